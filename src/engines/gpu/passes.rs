//! Passes, and those that are no kernels: they move what kernels read and write.

use std::fmt::Write as _;

use super::adapter::{Gpu, SUBMISSION_TIMEOUT};

/// Threads of a workgroup.
pub(super) const THREADS: u32 = 256;
/// Workgroups in y; rows beyond go to z.
const ROWS_OF_Y: u32 = 65_535;

/// The constants of a shader, as they are written before its text.
pub(super) fn constants(of_shader: &[(&str, u32)]) -> String {
    let rows = [("ROWS_OF_Y", ROWS_OF_Y)];
    let mut text = String::new();
    for (name, value) in of_shader.iter().chain(&rows) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "const {name}: u32 = {value}u;");
    }
    text
}

/// Workgroups for `n_words` in each of `n_rows`.
pub(super) fn workgroups_of_rows(n_words: usize, n_rows: usize) -> [u32; 3] {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let rows = count(n_rows);
    [
        count(n_words).div_ceil(THREADS).max(1),
        rows.clamp(1, ROWS_OF_Y),
        rows.div_ceil(ROWS_OF_Y).max(1),
    ]
}

/// A buffer with its contents, which a shader reads as `usage` says.
pub(super) fn filled(
    gpu: &Gpu,
    label: &str,
    usage: wgpu::BufferUsages,
    contents: &[u8],
) -> wgpu::Buffer {
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: contents.len().max(16) as u64,
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    gpu.queue.write_buffer(&buffer, 0, contents);
    buffer
}

/// An empty uniform of `bytes`.
pub(super) fn uniform(device: &wgpu::Device, label: &str, bytes: usize) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The buffers of a shader: a uniform, what it reads, what it writes, in the order of its bindings.
pub(super) struct Bound {
    layout: wgpu::BindGroupLayout,
    pub(super) group: wgpu::BindGroup,
}

impl Bound {
    pub(super) fn new(
        device: &wgpu::Device,
        label: &str,
        uniform: &wgpu::Buffer,
        read: &[&wgpu::Buffer],
        written: &[&wgpu::Buffer],
    ) -> Self {
        let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
        let types = std::iter::once(wgpu::BufferBindingType::Uniform)
            .chain(read.iter().map(|_| storage(true)))
            .chain(written.iter().map(|_| storage(false)));
        let entries: Vec<_> = (0_u32..)
            .zip(types)
            .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some(label),
            entries: &entries,
        });
        let buffers = std::iter::once(&uniform).chain(read).chain(written);
        let entries: Vec<_> = (0_u32..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout: &layout,
            entries: &entries,
        });
        Self { layout, group }
    }

    /// The entry points of a shader text as pipelines, each tried out: the uniform must be zero.
    pub(super) fn pipelines<const N: usize>(
        &self,
        gpu: &Gpu,
        label: &str,
        text: &str,
        entry_points: [&str; N],
    ) -> [wgpu::ComputePipeline; N] {
        let device = &gpu.device;
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(&self.layout)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(text.into()),
        });
        entry_points.map(|entry_point| {
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(label),
                layout: Some(&layout),
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: gpu.pipelines.cache(),
            });
            dispatch_nothing(device, &gpu.queue, &pipeline, &self.group);
            pipeline
        })
    }
}

/// Dispatches one pipeline as a pass of its own.
pub(super) fn dispatch(
    encoder: &mut wgpu::CommandEncoder,
    pipeline: &wgpu::ComputePipeline,
    bindings: &wgpu::BindGroup,
    [x, y, z]: [u32; 3],
) {
    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
    pass.set_pipeline(pipeline);
    pass.set_bind_group(0, bindings, &[]);
    pass.dispatch_workgroups(x, y, z);
}

/// One workgroup of a pipeline that is bound to no pixels. Drivers may delay compiling until the first
/// dispatch. It must not fall into a slice whose time is measured, or trigger a watchdog.
pub(super) fn dispatch_nothing(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    pipeline: &wgpu::ComputePipeline,
    bindings: &wgpu::BindGroup,
) {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    dispatch(&mut encoder, pipeline, bindings, [1, 1, 1]);
    let submission = queue.submit([encoder.finish()]);
    // What goes wrong here is found with the other failures of opening the engine.
    let _ = device.poll(wgpu::PollType::Wait {
        submission_index: Some(submission),
        timeout: Some(SUBMISSION_TIMEOUT),
    });
}
