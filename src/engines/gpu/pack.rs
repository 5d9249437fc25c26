//! The dispatch that puts the returned layers of a slab together on the device.

use std::fmt::Write as _;

use crate::chain::{Chain, Stage};
use crate::kernels::flags;

use super::adapter::Gpu;
use super::memory::Layout;
use super::packing::{Packing, Width};

/// Threads of a workgroup.
const THREADS: u32 = 256;
/// Workgroups of one dimension.
const ROWS_OF_Y: usize = 65_535;
/// The code of a missing whole number.
pub(super) const MISSING_HALF: i16 = i16::MIN;
/// The code of a missing class.
pub(super) const MISSING_BYTE: u8 = u8::MAX;
/// A pixel that read a number outside the range of `f32`.
pub(super) const PIXEL_EXTREME: u8 = 1;
/// A pixel that a stage flags to be decided in `f64`.
pub(super) const PIXEL_FLAGGED: u8 = 2;

const WGSL: &str = include_str!("../../../shaders/pack.wgsl");

/// How a row is packed, as the shader numbers it.
const IN_FLOATS: u32 = 0;
const IN_HALVES: u32 = 1;
const IN_BYTES: u32 = 2;
const IN_ATTENTION: u32 = 3;

/// The whole text of the shader.
#[must_use]
pub fn pack_text() -> String {
    let mut text = String::new();
    for (name, value) in [
        ("PACK_THREADS", THREADS),
        ("ROWS_OF_Y", 65_535),
        ("IN_FLOATS", IN_FLOATS),
        ("IN_HALVES", IN_HALVES),
        ("IN_BYTES", IN_BYTES),
        ("IN_ATTENTION", IN_ATTENTION),
        ("MISSING_FLOAT", f32::NAN.to_bits()),
        ("MISSING_HALF", u32::from(MISSING_HALF.cast_unsigned())),
        ("MISSING_BYTE", u32::from(MISSING_BYTE)),
        ("PIXEL_EXTREME", u32::from(PIXEL_EXTREME)),
        ("PIXEL_FLAGGED", u32::from(PIXEL_FLAGGED)),
        ("FLAG_DECIDED_IN_F64", u32::from(flags::DECIDED_IN_F64)),
    ] {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    let _ = writeln!(text, "const HALF_MOST: f32 = {}.0;", i16::MAX);
    text.push_str(WGSL);
    text
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
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) bindings: wgpu::BindGroup,
    /// The pixels of a slice.
    pub(super) words: wgpu::Buffer,
    /// Rows that it writes.
    pub(super) n_rows: usize,
}

impl PackProgram {
    /// Compiles the shader and binds it.
    ///
    /// # Arguments
    ///
    /// * `layers`, `packed` - the buffers that it reads and writes.
    pub(super) fn new(
        gpu: &Gpu,
        rows: &[RowWords],
        n_rows: usize,
        [layers, packed]: [&wgpu::Buffer; 2],
    ) -> Self {
        let device = &gpu.device;
        let (group_layout, pipeline) = pipeline(device);
        let buffer = |label: &str, bytes: usize, usage: wgpu::BufferUsages| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes as u64,
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let words = buffer(
            "pixels to pack",
            size_of::<PackWords>(),
            wgpu::BufferUsages::UNIFORM,
        );
        let on_device = buffer(
            "rows to pack",
            size_of_val(rows),
            wgpu::BufferUsages::STORAGE,
        );
        gpu.queue
            .write_buffer(&on_device, 0, bytemuck::cast_slice(rows));
        let entries: Vec<_> = (0_u32..)
            .zip([&words, &on_device, layers, packed])
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("pack"),
            layout: &group_layout,
            entries: &entries,
        });
        Self {
            pipeline,
            bindings,
            words,
            n_rows,
        }
    }

    /// Workgroups for `n_pixels` of all rows.
    pub(super) fn workgroups(&self, n_pixels: usize) -> [u32; 3] {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        [
            count(n_pixels).div_ceil(THREADS),
            count(self.n_rows.min(ROWS_OF_Y)),
            count(self.n_rows.div_ceil(ROWS_OF_Y)),
        ]
    }
}

fn pipeline(device: &wgpu::Device) -> (wgpu::BindGroupLayout, wgpu::ComputePipeline) {
    let entry = |binding: u32, ty: wgpu::BufferBindingType| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let read = wgpu::BufferBindingType::Storage { read_only: true };
    let write = wgpu::BufferBindingType::Storage { read_only: false };
    let group_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("pack"),
        entries: &[
            entry(0, wgpu::BufferBindingType::Uniform),
            entry(1, read),
            entry(2, read),
            entry(3, write),
        ],
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("pack"),
        bind_group_layouts: &[Some(&group_layout)],
        immediate_size: 0,
    });
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("pack"),
        source: wgpu::ShaderSource::Wgsl(pack_text().into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("pack"),
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    (group_layout, pipeline)
}
