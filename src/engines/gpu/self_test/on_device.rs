//! One shader of the self-test on a device: words in, words out.

use crate::engines::error::EngineError;
use crate::engines::gpu::adapter::Gpu;
use crate::engines::gpu::passes::{dispatch, filled};

/// Threads of a workgroup in all shaders of the self-test.
pub(super) const THREADS: u32 = 64;

/// What a shader gets, and which part of a buffer it may write.
pub(super) struct Job<'a> {
    pub(super) label: &'static str,
    pub(super) wgsl: &'a str,
    /// What it reads.
    pub(super) input: &'a [u32],
    /// The whole buffer that it writes into, before it does.
    pub(super) output: &'a [u32],
    /// First word and number of words that it sees; all where none.
    pub(super) visible: Option<[u64; 2]>,
    /// Workgroups in x and y.
    pub(super) workgroups: [u32; 2],
}

/// As many workgroups as `n_threads` take in one dimension.
pub(super) fn in_a_row(n_threads: usize) -> [u32; 2] {
    let groups = n_threads.div_ceil(THREADS as usize).max(1);
    [u32::try_from(groups).unwrap_or(u32::MAX), 1]
}

/// Runs the shader and gives the whole buffer that it wrote into.
///
/// # Errors
///
/// The device refuses the shader, or is lost.
pub(super) fn run(gpu: &Gpu, job: &Job<'_>) -> Result<Vec<u32>, EngineError> {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
    let bytes = |words: &[u32]| bytemuck::cast_slice::<u32, u8>(words).to_vec();
    let input = filled(gpu, job.label, usage, &bytes(job.input));
    let output = filled(gpu, job.label, usage, &bytes(job.output));
    let back = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(job.label),
        size: output.size(),
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let pipeline = pipeline(gpu, job);
    let [first, n] = job.visible.unwrap_or([0, output.size() / 4]);
    let written = wgpu::BindingResource::Buffer(wgpu::BufferBinding {
        buffer: &output,
        offset: 4 * first,
        size: std::num::NonZeroU64::new(4 * n),
    });
    let entries = [(0, input.as_entire_binding()), (1, written)]
        .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource });
    let bindings = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(job.label),
        layout: &pipeline.get_bind_group_layout(0),
        entries: &entries,
    });
    let descriptor = wgpu::CommandEncoderDescriptor::default();
    let mut encoder = gpu.device.create_command_encoder(&descriptor);
    let [x, y] = job.workgroups;
    dispatch(&mut encoder, &pipeline, &bindings, [x, y, 1]);
    encoder.copy_buffer_to_buffer(&output, 0, &back, 0, output.size());
    let submission = gpu.queue.submit([encoder.finish()]);
    gpu.wait_for(Some(submission))?;
    gpu.map(&back, wgpu::MapMode::Read)?;
    let view = back.get_mapped_range(..);
    let view = view.map_err(|error| gpu.refused(error.to_string()))?;
    let words = view.chunks_exact(4);
    Ok(words
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect())
}

fn pipeline(gpu: &Gpu, job: &Job<'_>) -> wgpu::ComputePipeline {
    let module = gpu
        .device
        .create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(job.label),
            source: wgpu::ShaderSource::Wgsl(job.wgsl.into()),
        });
    gpu.device
        .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(job.label),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
}
