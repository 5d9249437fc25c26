//! The simplest kernel: it reads a buffer and writes another. No kernel of a chain is faster.

use super::adapter::Gpu;
use super::passes::dispatch;

/// Four words a thread, the widest that a shader reads at a time.
const WGSL: &str = "
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copied: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let i = (group.y * groups.x + group.x) * 256u + thread;
    if i < arrayLength(&source) {
        copied[i] = source[i];
    }
}
";

/// Threads of a workgroup, and bytes of a thread.
const THREADS: u64 = 256;
const THREAD_BYTES: u64 = 16;

/// A copy of one buffer into another, ready to be dispatched.
pub(super) struct CopyKernel {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    workgroups: [u32; 2],
}

impl CopyKernel {
    pub(super) fn new(gpu: &Gpu, from: &wgpu::Buffer, to: &wgpu::Buffer) -> Self {
        let module = gpu
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some("copy"),
                source: wgpu::ShaderSource::Wgsl(WGSL.into()),
            });
        let pipeline = gpu
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("copy"),
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            });
        let entries = [(0, from), (1, to)].map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        });
        let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("copy"),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let needed = from.size().div_ceil(THREAD_BYTES * THREADS);
        let needed = u32::try_from(needed).unwrap_or(u32::MAX);
        let rows = needed.div_ceil(gpu.limits.max_compute_workgroups_per_dimension.max(1));
        Self {
            pipeline,
            bindings,
            workgroups: [needed.div_ceil(rows.max(1)), rows],
        }
    }

    /// So many copies, one after the other.
    pub(super) fn record(&self, encoder: &mut wgpu::CommandEncoder, times: u32) {
        let [x, y] = self.workgroups;
        for _ in 0..times {
            dispatch(encoder, &self.pipeline, &self.bindings, [x, y, 1]);
        }
    }
}
