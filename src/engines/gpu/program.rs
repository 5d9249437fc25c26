//! One stage on a device: its pipeline and its buffers.

use crate::chain::Chain;
use crate::kernels::wgsl::WORKGROUP_SIZE;

use super::adapter::Gpu;
use super::memory::Layout;
use super::passes::filled;

/// One stage, ready to be dispatched.
pub(super) struct Program {
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) bindings: wgpu::BindGroup,
    pub(super) tile: wgpu::Buffer,
}

/// Workgroups in x and y for `n_pixels`, each within the limit of a dimension.
pub(super) fn workgroups(n_pixels: usize, limit: u32) -> [u32; 2] {
    let needed = u32::try_from(n_pixels.div_ceil(WORKGROUP_SIZE as usize)).unwrap_or(u32::MAX);
    let y = needed.div_ceil(limit).max(1);
    [needed.div_ceil(y).max(1), y]
}

/// The range and the bindings of a stage: no pixels yet.
pub(super) fn bind(
    gpu: &Gpu,
    chain: &Chain,
    layout: &Layout,
    stage: usize,
    [tables, stored, layers]: [&wgpu::Buffer; 3],
) -> (wgpu::Buffer, wgpu::BindGroup) {
    let label = chain.stages[stage].label.as_str();
    let uniform = |bytes: &[u8]| filled(gpu, label, wgpu::BufferUsages::UNIFORM, bytes);
    let no_pixels = layout.tile_words(chain, stage, 0, 0);
    let tile = uniform(bytemuck::bytes_of(&no_pixels));
    let params = uniform(&chain.stages[stage].kernel.params());
    let slots = layout.slots(chain, &chain.stages[stage]);
    let slots = uniform(bytemuck::cast_slice(&slots));
    let buffers = [&tile, &params, &slots, tables, stored, layers];
    let entries: Vec<_> = (0_u32..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout: &gpu.pipelines.group_layout,
        entries: &entries,
    });
    (tile, bindings)
}
