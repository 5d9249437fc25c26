//! The dispatch that puts the returned layers of a slab together on the device.

use crate::chain::{Chain, Stage};
use crate::kernels::flags;
use crate::kernels::wgsl::{MARK_EXTREME, MARK_LEFT};

use super::adapter::Gpu;
use super::memory::Layout;
use super::packing::{Packing, Width};
use super::passes::{Bound, THREADS, constants, dispatch, filled, uniform, workgroups_of_rows};

/// The code of a missing whole number.
pub(super) const MISSING_HALF: i16 = i16::MIN;
/// The code of a missing class.
pub(super) const MISSING_BYTE: u8 = u8::MAX;
/// A pixel that read a number outside the range of `f32`.
pub(super) const PIXEL_EXTREME: u8 = 1;
/// A pixel that a stage flags to be decided in `f64`.
pub(super) const PIXEL_FLAGGED: u8 = 2;
/// A pixel that a stage leaves to `f64` with all that is made of it.
pub(super) const PIXEL_LEFT: u8 = 4;

const WGSL: &str = include_str!("../../../shaders/pack.wgsl");

/// How a row is packed, as the shader numbers it.
const IN_FLOATS: u32 = 0;
const IN_HALVES: u32 = 1;
const IN_BYTES: u32 = 2;
const IN_ATTENTION: u32 = 3;

/// The whole text of the shader.
#[must_use]
pub fn pack_text() -> String {
    let constants = constants(&[
        ("PACK_THREADS", THREADS),
        ("IN_HALVES", IN_HALVES),
        ("IN_BYTES", IN_BYTES),
        ("IN_ATTENTION", IN_ATTENTION),
        ("MISSING_FLOAT", f32::NAN.to_bits()),
        ("MISSING_HALF", u32::from(MISSING_HALF.cast_unsigned())),
        ("MISSING_BYTE", u32::from(MISSING_BYTE)),
        ("PIXEL_EXTREME", u32::from(PIXEL_EXTREME)),
        ("PIXEL_FLAGGED", u32::from(PIXEL_FLAGGED)),
        ("PIXEL_LEFT", u32::from(PIXEL_LEFT)),
        ("MARK_EXTREME", MARK_EXTREME),
        ("MARK_LEFT", MARK_LEFT),
        ("FLAG_DECIDED_IN_F64", u32::from(flags::DECIDED_IN_F64)),
    ]);
    format!(
        "{constants}const HALF_MOST: f32 = {}.0;\n\n{WGSL}",
        i16::MAX
    )
}

/// The shader's `Row`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RowWords {
    at: u32,
    bits_at: u32,
    shift: u32,
    how: u32,
    to: u32,
    pad: [u32; 3],
}

/// The shader's `Pack`: the pixels of a slice, and how far a row of the packed slab is from the next.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct PackWords {
    pub(super) first_pixel: u32,
    pub(super) n_pixels: u32,
    pub(super) pitch: u32,
    pub(super) n_rows: u32,
}

/// The rows of all returned layers, the last row, and where the returned layers of flags are.
pub(super) fn rows(chain: &Chain, layout: &Layout, packing: &Packing) -> Vec<RowWords> {
    let word = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
    let row = |layer: usize, step: usize, how: u32, to: usize| {
        let n_steps = chain.layers[layer].n_steps;
        RowWords {
            at: word(layout.layers_at[layer] + step * layout.stride),
            bits_at: word(layout.layers_at[layer] + (n_steps + step / 32) * layout.stride),
            shift: word(step % 32),
            how,
            to: word(to),
            pad: [0; 3],
        }
    };
    let mut rows = Vec::new();
    for (&layer, packed) in chain.returned.iter().zip(&packing.layers) {
        let how = match packed.width {
            Width::Float => IN_FLOATS,
            Width::Half => IN_HALVES,
            Width::Byte => IN_BYTES,
        };
        let to = |step: usize| packed.at + step * packed.width.bytes();
        rows.extend((0..packed.n_steps).map(|step| row(layer, step, how, to(step))));
    }
    rows.push(RowWords {
        at: word(layout.extremes_at),
        how: IN_ATTENTION,
        to: word(packing.attention_at),
        ..bytemuck::Zeroable::zeroed()
    });
    let flags = chain.stages.iter().filter_map(Stage::flags_layer);
    let mut flags: Vec<usize> = flags
        .filter(|&layer| chain.index_of_layer(layer).is_some())
        .collect();
    flags.sort_unstable();
    flags.dedup();
    rows.extend(flags.into_iter().map(|layer| row(layer, 0, IN_BYTES, 0)));
    rows
}

/// The dispatch with its buffers.
pub(super) struct PackProgram {
    pipeline: wgpu::ComputePipeline,
    bound: Bound,
    /// The pixels of a slice.
    pub(super) words: wgpu::Buffer,
    /// Rows that it writes.
    pub(super) n_rows: usize,
}

impl PackProgram {
    /// Compiles the shader, binds it and tries it out.
    ///
    /// # Arguments
    ///
    /// * `rows` - of all layers, the last one, and layers of flags.
    /// * `n_rows` - how many of them are written.
    /// * `layers`, `packed` - the buffers that it reads and writes.
    pub(super) fn new(
        gpu: &Gpu,
        rows: &[RowWords],
        n_rows: usize,
        [layers, packed]: [&wgpu::Buffer; 2],
    ) -> Self {
        let device = &gpu.device;
        let words = uniform(device, "pixels to pack", size_of::<PackWords>());
        let (usage, rows) = (wgpu::BufferUsages::STORAGE, bytemuck::cast_slice(rows));
        let rows = filled(gpu, "rows to pack", usage, rows);
        let bound = Bound::new(device, "pack", &words, &[&rows, layers], &[packed]);
        let [pipeline] = bound.pipelines(gpu, "pack", &pack_text(), ["main"]);
        Self {
            pipeline,
            bound,
            words,
            n_rows,
        }
    }

    /// Packs `n_pixels`, those of the uniform.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder, n_pixels: usize) {
        let groups = workgroups_of_rows(n_pixels, self.n_rows);
        dispatch(encoder, &self.pipeline, &self.bound.group, groups);
    }
}
