//! Uploads, dispatches and read-back.
//!
//! Inputs go up once, as stored. All stages of a slab run in one submission, each in a pass of its
//! own; what they write stays in the layers buffer. Only returned layers come back, through two
//! read-back buffers in turn, so that the device works on a slab while the host takes the last one
//! apart.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rayon::prelude::*;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::engines::{Engine, EngineError};
use crate::grid::Window;
use crate::kernels::abi::flags;
use crate::kernels::wgsl::{WORKGROUP_SIZE, compose};
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::memory::{Layout, READBACKS, bit_words, slab_pixels, slot_kinds};

/// A slab that takes longer than this is taken for a device that hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// One stage, ready to be dispatched.
struct Program {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    tile: wgpu::Buffer,
}

/// A slab whose results are on their way back.
struct Pending {
    first: usize,
    n_pixels: usize,
    readback: usize,
    submission: wgpu::SubmissionIndex,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

/// A GPU as an engine.
pub struct GpuEngine {
    gpu: Gpu,
    chain: Arc<Chain>,
    layout: Layout,
    programs: Vec<Program>,
    stored: wgpu::Buffer,
    layers: wgpu::Buffer,
    readbacks: Vec<wgpu::Buffer>,
    /// Where each returned layer starts in a read-back buffer, in words.
    returned_at: Vec<usize>,
    upload: Vec<u8>,
    cpu: Option<CpuEngine>,
}

impl GpuEngine {
    /// Compiles the shaders of `chain` and takes buffers within `memory_bytes`.
    ///
    /// Pixels that a kernel flags as within rounding of a threshold, or as badly conditioned, are
    /// decided in `f64` by the CPU.
    ///
    /// # Errors
    ///
    /// The device has no room for a single workgroup, or refuses a shader or a buffer.
    pub fn new(gpu: Gpu, chain: Arc<Chain>, memory_bytes: u64) -> Result<Self, EngineError> {
        let cpu = CpuEngine::new(Arc::clone(&chain));
        Ok(Self { cpu: Some(cpu), ..Self::undecided(gpu, chain, memory_bytes)? })
    }

    /// The same without the decisions in `f64`: what the shaders alone give, for validation.
    ///
    /// # Errors
    ///
    /// As [`GpuEngine::new`].
    pub fn undecided(gpu: Gpu, chain: Arc<Chain>, memory_bytes: u64) -> Result<Self, EngineError> {
        Self::with_shaders(gpu, chain, memory_bytes, &|chain, stage| {
            let stage = &chain.stages[stage];
            compose(&*stage.kernel, &slot_kinds(chain, stage))
        })
    }

    /// The same with other shader texts, by stage: the canaries need that.
    ///
    /// # Errors
    ///
    /// As [`GpuEngine::new`].
    pub fn with_shaders(
        gpu: Gpu,
        chain: Arc<Chain>,
        memory_bytes: u64,
        shader: &dyn Fn(&Chain, usize) -> String,
    ) -> Result<Self, EngineError> {
        let limits = &gpu.limits;
        let largest = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let stride = slab_pixels(&chain, largest, memory_bytes);
        if stride == 0 {
            let needed = slab_pixels_needed(&chain);
            return Err(EngineError::TooLarge { needed, limit: largest });
        }
        let layout = Layout::new(&chain, stride);
        let returned_words: Vec<usize> = chain.returned.iter().map(|&i| words_of(&chain, i, stride)).collect();
        let returned_at = returned_words.iter().scan(0, |at, words| Some(std::mem::replace(at, *at + words))).collect();
        let readback_words: usize = returned_words.iter().sum();

        let buffer = |label: &str, words: usize, usage: wgpu::BufferUsages| {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: 4 * words.max(4) as u64,
                usage,
                mapped_at_creation: false,
            })
        };
        let on_device = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let stored = buffer("stored inputs", layout.stored_words, on_device);
        let layers = buffer("layers", layout.layer_words, on_device | wgpu::BufferUsages::COPY_SRC);
        let tables = buffer("tables", layout.tables.len(), on_device);
        gpu.queue.write_buffer(&tables, 0, bytemuck::cast_slice(&layout.tables));
        let back = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let readbacks = (0..READBACKS).map(|_| buffer("read-back", readback_words, back)).collect();

        let group_layout = bind_group_layout(&gpu.device);
        let programs = (0..chain.stages.len())
            .map(|stage| {
                let text = shader(&chain, stage);
                program(&gpu, &chain, &layout, stage, &text, &group_layout, [&tables, &stored, &layers])
            })
            .collect();
        let engine = Self {
            gpu,
            chain,
            layout,
            programs,
            stored,
            layers,
            readbacks,
            returned_at,
            upload: Vec::new(),
            cpu: None,
        };
        match engine.gpu.take_failure() {
            Some(reason) => Err(EngineError::NoDevice { adapter: engine.gpu.report.name.clone(), reason }),
            None => Ok(engine),
        }
    }

    /// Pixels of a slab.
    #[must_use]
    pub fn slab_pixels(&self) -> usize {
        self.layout.stride
    }

    /// The device, to be used again.
    #[must_use]
    pub fn into_gpu(self) -> Gpu {
        self.gpu
    }

    fn lost(&self, window: Window, reason: String) -> EngineError {
        EngineError::DeviceLost { adapter: self.gpu.report.name.clone(), window, reason }
    }

    /// Writes the inputs of a slab into the stored buffer.
    fn upload(&mut self, tile: &Tile, first: usize, n_pixels: usize) {
        let tile_pixels = tile.window.n_pixels();
        self.upload.resize(4 * self.layout.stored_words.max(4), 0);
        for (i, input) in tile.inputs.iter().enumerate() {
            let size = self.chain.inputs[i].data_type.bytes();
            let from = self.layout.input_byte(i);
            let bytes = input.bytes();
            for step in 0..self.chain.inputs[i].n_steps {
                let source = &bytes[(step * tile_pixels + first) * size..][..n_pixels * size];
                self.upload[from + step * self.layout.stride * size..][..n_pixels * size].copy_from_slice(source);
            }
        }
        self.gpu.queue.write_buffer(&self.stored, 0, &self.upload);
    }

    /// Sends a slab through all stages and its returned layers back.
    fn submit(&mut self, tile: &Tile, first: usize, n_pixels: usize, readback: usize) -> Pending {
        self.upload(tile, first, n_pixels);
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (stage, program) in self.programs.iter().enumerate() {
            let words = self.layout.tile_words(&self.chain, stage, n_pixels);
            self.gpu.queue.write_buffer(&program.tile, 0, bytemuck::bytes_of(&words));
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&program.pipeline);
            pass.set_bind_group(0, &program.bindings, &[]);
            let [x, y] = workgroups(n_pixels, self.gpu.limits.max_compute_workgroups_per_dimension);
            pass.dispatch_workgroups(x, y, 1);
        }
        let mut bytes = 0;
        for (&layer, &at) in self.chain.returned.iter().zip(&self.returned_at) {
            let words = words_of(&self.chain, layer, self.layout.stride);
            let from = 4 * self.layout.layers_at[layer] as u64;
            encoder.copy_buffer_to_buffer(
                &self.layers,
                from,
                &self.readbacks[readback],
                4 * at as u64,
                4 * words as u64,
            );
            bytes = 4 * (at + words) as u64;
        }
        let submission = self.gpu.queue.submit([encoder.finish()]);
        let (done, mapped) = channel();
        self.readbacks[readback].map_async(wgpu::MapMode::Read, 0..bytes.max(16), move |result| {
            // Nobody listens any more once a slab has failed.
            let _ = done.send(result);
        });
        Pending { first, n_pixels, readback, submission, mapped }
    }

    /// Waits for a slab and puts its layers where they belong in the tile.
    fn collect(&self, tile: &Tile, pending: &Pending, layers: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let wait = wgpu::PollType::Wait { submission_index: Some(pending.submission.clone()), timeout: Some(PATIENCE) };
        let polled = self.gpu.device.poll(wait);
        if let Some(reason) = self.gpu.take_failure() {
            return Err(self.lost(tile.window, reason));
        }
        polled.map_err(|error| self.lost(tile.window, error.to_string()))?;
        match pending.mapped.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.lost(tile.window, error.to_string())),
            Err(error) => return Err(self.lost(tile.window, error.to_string())),
        }
        let readback = &self.readbacks[pending.readback];
        let view = readback.get_mapped_range(..).map_err(|error| self.lost(tile.window, error.to_string()))?;
        let words: &[u32] = bytemuck::cast_slice(&view);
        let tile_pixels = tile.window.n_pixels();
        let stride = self.layout.stride;
        let (chain, returned_at) = (&*self.chain, &self.returned_at);
        let (first, n_pixels) = (pending.first, pending.n_pixels);
        layers.par_iter_mut().enumerate().for_each(|(place, layer)| {
            let n_steps = chain.layers[chain.returned[place]].n_steps;
            let values = &words[returned_at[place]..];
            let bits = &values[n_steps * stride..];
            for step in 0..n_steps {
                let row = &mut layer[step * tile_pixels + first..][..n_pixels];
                let values = &values[step * stride..];
                let bits = &bits[(step / 32) * stride..];
                for (pixel, out) in row.iter_mut().enumerate() {
                    let is_valid = (bits[pixel] >> (step % 32)) & 1 == 1;
                    *out = if is_valid { f32::from_bits(values[pixel]) } else { f32::NAN };
                }
            }
        });
        drop(view);
        readback.unmap();
        Ok(())
    }

    /// Computes the pixels that a stage flags once more in `f64`, from their inputs on, and takes
    /// over what that stage gives.
    fn decide(&self, cpu: &CpuEngine, tile: &Tile, layers: &mut [Vec<f32>]) {
        let n_pixels = tile.window.n_pixels();
        for stage in &self.chain.stages {
            let Some(place) = stage.flags_layer().and_then(|layer| self.chain.place_of(layer)) else { continue };
            let flagged: Vec<usize> = (0..n_pixels).filter(|&pixel| is_flagged(layers[place][pixel])).collect();
            if flagged.is_empty() {
                continue;
            }
            let inputs: Vec<_> = tile.inputs.iter().map(|input| input.gather(n_pixels, &flagged)).collect();
            let decided = cpu.compute(&inputs, flagged.len());
            for place in stage.outputs.iter().filter_map(|&layer| self.chain.place_of(layer)) {
                for (i, &pixel) in flagged.iter().enumerate() {
                    layers[place][pixel] = decided[place][i];
                }
            }
            // The decision itself stays on record, also where f64 finds the pixel off the threshold.
            for &pixel in &flagged {
                layers[place][pixel] = with_decided(layers[place][pixel]);
            }
        }
    }
}

impl Engine for GpuEngine {
    fn name(&self) -> String {
        let report = &self.gpu.report;
        format!("{} ({}, {}, {})", report.name, report.kind, report.backend, report.driver)
    }

    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        let n_pixels = tile.window.n_pixels();
        let n_steps = |layer: usize| self.chain.layers[layer].n_steps;
        let mut layers: Vec<Vec<f32>> =
            self.chain.returned.iter().map(|&layer| vec![f32::NAN; n_steps(layer) * n_pixels]).collect();
        let mut in_flight: VecDeque<Pending> = VecDeque::new();
        for (slab, first) in (0..n_pixels).step_by(self.layout.stride).enumerate() {
            if in_flight.len() == self.readbacks.len()
                && let Some(oldest) = in_flight.pop_front()
            {
                self.collect(tile, &oldest, &mut layers)?;
            }
            let n = self.layout.stride.min(n_pixels - first);
            in_flight.push_back(self.submit(tile, first, n, slab % self.readbacks.len()));
        }
        for pending in in_flight {
            self.collect(tile, &pending, &mut layers)?;
        }
        if let Some(cpu) = &self.cpu {
            self.decide(cpu, tile, &mut layers);
        }
        Ok(TileOutput { window: tile.window, layers, inside: tile.inside.clone() })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags are small whole numbers")]
fn flag_bits(flags: f32) -> u16 {
    flags as u16
}

fn is_flagged(value: f32) -> bool {
    flag_bits(value) & flags::DECIDED_IN_F64 != 0
}

fn with_decided(value: f32) -> f32 {
    f32::from(flag_bits(value) | flags::DECIDED_IN_F64)
}

/// Words of a layer with its validity bits.
fn words_of(chain: &Chain, layer: usize, stride: usize) -> usize {
    let n_steps = chain.layers[layer].n_steps;
    (n_steps + bit_words(n_steps)) * stride
}

/// Bytes that one workgroup needs in the larger of the two buffers.
fn slab_pixels_needed(chain: &Chain) -> u64 {
    let layers: usize = (0..chain.layers.len()).map(|layer| 4 * words_of(chain, layer, 1)).sum();
    chain.input_bytes().max(layers) as u64 * u64::from(WORKGROUP_SIZE)
}

/// Workgroups in x and y for `n_pixels`, each within the limit of a dimension.
fn workgroups(n_pixels: usize, limit: u32) -> [u32; 2] {
    let needed = u32::try_from(n_pixels.div_ceil(WORKGROUP_SIZE as usize)).unwrap_or(u32::MAX);
    let y = needed.div_ceil(limit).max(1);
    [needed.div_ceil(y).max(1), y]
}

/// The one layout of all kernels, so that a shader may leave a binding unused.
fn bind_group_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry = |binding: u32, ty: wgpu::BufferBindingType| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let read = wgpu::BufferBindingType::Storage { read_only: true };
    let write = wgpu::BufferBindingType::Storage { read_only: false };
    let uniform = wgpu::BufferBindingType::Uniform;
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("kernel"),
        entries: &[
            entry(0, uniform),
            entry(1, uniform),
            entry(2, read),
            entry(3, read),
            entry(4, read),
            entry(5, write),
        ],
    })
}

/// Compiles a stage and binds its buffers.
fn program(
    gpu: &Gpu,
    chain: &Chain,
    layout: &Layout,
    stage: usize,
    text: &str,
    group_layout: &wgpu::BindGroupLayout,
    [tables, stored, layers]: [&wgpu::Buffer; 3],
) -> Program {
    let device = &gpu.device;
    let label = chain.stages[stage].label.as_str();
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(group_layout)],
        immediate_size: 0,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(label),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions {
            // No kernel uses workgroup memory.
            zero_initialize_workgroup_memory: false,
            ..wgpu::PipelineCompilationOptions::default()
        },
        cache: None,
    });
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
    let tile = filled(wgpu::BufferUsages::UNIFORM, bytemuck::bytes_of(&layout.tile_words(chain, stage, 0)));
    let params = filled(wgpu::BufferUsages::UNIFORM, &chain.stages[stage].kernel.params());
    let slots = layout.slots(chain, &chain.stages[stage]);
    let slots = filled(wgpu::BufferUsages::STORAGE, bytemuck::cast_slice(&slots));
    let buffers = [&tile, &params, &slots, tables, stored, layers];
    let entries: Vec<_> = (0_u32..)
        .zip(buffers)
        .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
        .collect();
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some(label),
        layout: group_layout,
        entries: &entries,
    });
    Program { pipeline, bindings, tile }
}
