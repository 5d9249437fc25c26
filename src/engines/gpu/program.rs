//! One stage on a device: its pipeline and its buffers.

use std::time::Duration;

use crate::chain::Chain;
use crate::kernels::wgsl::WORKGROUP_SIZE;

use super::adapter::Gpu;
use super::memory::Layout;

/// A submission that takes longer than this counts as a device that no longer responds.
pub(super) const SUBMISSION_TIMEOUT: Duration = Duration::from_secs(300);

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

/// One workgroup of a stage that is bound to no pixels. Drivers may delay compiling until the first
/// dispatch. It must not fall into a slice whose time is measured, or trigger a watchdog.
pub(super) fn dispatch_nothing(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    pipeline: &wgpu::ComputePipeline,
    bindings: &wgpu::BindGroup,
) {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, bindings, &[]);
    pass.dispatch_workgroups(1, 1, 1);
    drop(pass);
    let submission = queue.submit([encoder.finish()]);
    // What goes wrong here is found with the other failures of opening the engine.
    let _ = device.poll(wgpu::PollType::Wait {
        submission_index: Some(submission),
        timeout: Some(SUBMISSION_TIMEOUT),
    });
}

/// The range and the bindings of a stage: no pixels yet.
pub(super) fn bind(
    gpu: &Gpu,
    chain: &Chain,
    layout: &Layout,
    stage: usize,
    [tables, stored, layers]: [&wgpu::Buffer; 3],
) -> (wgpu::Buffer, wgpu::BindGroup) {
    let device = &gpu.device;
    let label = chain.stages[stage].label.as_str();
    let filled = |usage: wgpu::BufferUsages, bytes: &[u8]| {
        let descriptor = wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes.len().max(16) as u64,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        let buffer = device.create_buffer(&descriptor);
        gpu.queue.write_buffer(&buffer, 0, bytes);
        buffer
    };
    let tile = filled(
        wgpu::BufferUsages::UNIFORM,
        bytemuck::bytes_of(&layout.tile_words(chain, stage, 0, 0)),
    );
    let params = filled(
        wgpu::BufferUsages::UNIFORM,
        &chain.stages[stage].kernel.params(),
    );
    let slots = layout.slots(chain, &chain.stages[stage]);
    let slots = filled(wgpu::BufferUsages::UNIFORM, bytemuck::cast_slice(&slots));
    let buffers = [&tile, &params, &slots, tables, stored, layers];
    let entries: Vec<_> = (0_u32..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        })
        .collect();
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout: &gpu.pipelines.group_layout,
        entries: &entries,
    });
    (tile, bindings)
}
