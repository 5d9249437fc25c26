//! The two dispatches that pick the stored inputs of flagged pixels on the device.

use super::adapter::Gpu;
use super::pack::PIXEL_FLAGGED;
use super::passes::{Bound, THREADS, constants, dispatch, filled, uniform, workgroups_of_rows};
use super::picking::Picking;

const WGSL: &str = include_str!("../../../shaders/pick.wgsl");

/// The whole text of the shader.
#[must_use]
pub fn pick_text() -> String {
    let constants = constants(&[
        ("PICK_THREADS", THREADS),
        ("PIXEL_FLAGGED", u32::from(PIXEL_FLAGGED)),
    ]);
    format!("{constants}\n{WGSL}")
}

/// The shader's `Pick`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct PickWords {
    pub(super) n_pixels: u32,
    pub(super) most: u32,
    pub(super) attention_at: u32,
    pub(super) n_rows: u32,
}

/// The dispatches with their buffers.
pub(super) struct PickProgram {
    find: wgpu::ComputePipeline,
    copy: wgpu::ComputePipeline,
    bound: Bound,
    /// The pixels of a slab.
    pub(super) words: wgpu::Buffer,
    listed: wgpu::Buffer,
    picked: wgpu::Buffer,
    n_rows: usize,
    most: usize,
}

impl PickProgram {
    /// Compiles the shader, binds it and tries it out.
    ///
    /// # Arguments
    ///
    /// * `packed`, `stored` - the buffers that it reads.
    pub(super) fn new(gpu: &Gpu, picking: &Picking, [packed, stored]: [&wgpu::Buffer; 2]) -> Self {
        use wgpu::BufferUsages as Usage;
        let device = &gpu.device;
        let buffer = |label: &str, bytes: usize| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes.max(16) as u64,
                usage: Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let words = uniform(device, "pixels to pick", size_of::<PickWords>());
        let rows = bytemuck::cast_slice(&picking.rows);
        let rows = filled(gpu, "rows to pick", Usage::STORAGE, rows);
        let listed = buffer("flagged pixels", picking.list_bytes());
        let picked = buffer("inputs of flagged pixels", picking.row_bytes());
        let (read, written) = ([&rows, packed, stored], [&listed, &picked]);
        let bound = Bound::new(device, "pick", &words, &read, &written);
        let [find, copy] = bound.pipelines(gpu, "pick", &pick_text(), ["find", "copy"]);
        Self {
            find,
            copy,
            bound,
            words,
            listed,
            picked,
            n_rows: picking.rows.len(),
            most: picking.most,
        }
    }

    /// What the uniform holds for slabs of `n_pixels`.
    ///
    /// # Arguments
    ///
    /// * `attention_at` - bytes of the packed slab before those that say what is to be done.
    pub(super) fn words_of(&self, n_pixels: usize, attention_at: usize) -> PickWords {
        let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        PickWords {
            n_pixels: word(n_pixels),
            most: word(self.most),
            attention_at: word(attention_at / 4),
            n_rows: word(self.n_rows),
        }
    }

    /// Picks from the packed slab, and copies to the beginning of `readback`.
    pub(super) fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        n_pixels: usize,
        readback: &wgpu::Buffer,
    ) {
        encoder.clear_buffer(&self.listed, 0, Some(4));
        let pixels = workgroups_of_rows(n_pixels, 1);
        dispatch(encoder, &self.find, &self.bound.group, pixels);
        let (list, rows) = (self.listed.size(), (self.n_rows * self.most) as u64);
        if rows > 0 {
            let groups = workgroups_of_rows(self.most, self.n_rows);
            dispatch(encoder, &self.copy, &self.bound.group, groups);
            encoder.copy_buffer_to_buffer(&self.picked, 0, readback, list, self.picked.size());
        }
        encoder.copy_buffer_to_buffer(&self.listed, 0, readback, 0, list);
    }

    /// Bytes of its buffers.
    pub(super) fn n_bytes(&self) -> u64 {
        self.listed.size() + self.picked.size()
    }
}
