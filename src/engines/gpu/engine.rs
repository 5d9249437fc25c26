//! Uploads, dispatches and read-back.
//!
//! Inputs go up once, as stored. The stages of a slab run one after the other, in submissions that
//! `pace` keeps short; what they write stays in the layers buffer. Only returned layers
//! come back, through two read-back buffers in turn, so that the device works on a slab while the host
//! takes the last one apart.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::chain::Chain;
use crate::engines::{Engine, EngineError, EngineStats, layers_to_write};
use crate::grid::Window;
use crate::kernels::wgsl::compose;
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::decide::F64Recheck;
use super::memory::{Layout, READBACKS, least_buffer, slab_pixels, slot_kinds, words_of};
use super::pace::{Pace, Place, Slice};
use super::program::{PATIENCE, Program, bind, dispatch_nothing, workgroups};

/// Waiting for less than this, the host came late: the device was through before.
const NO_WAIT: Duration = Duration::from_micros(200);

/// A submission on its way.
struct Submitted {
    submission: wgpu::SubmissionIndex,
    at: Instant,
    slices: Vec<Slice>,
}

/// A slab whose results are on their way back.
struct Pending {
    first: usize,
    n_pixels: usize,
    readback: usize,
    /// Submissions of slices up to its last.
    after: u64,
    submission: wgpu::SubmissionIndex,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

/// Submissions in the order in which the device takes them.
#[derive(Default)]
struct Submissions {
    waiting: VecDeque<Submitted>,
    /// How many were made, and how many are through.
    made: u64,
    done: u64,
    last_done: Option<Instant>,
    /// The submission before which the device is to be lost, for tests.
    lose_device_at: Option<u64>,
}

/// What all stages share on the device.
struct Buffers {
    stored: wgpu::Buffer,
    layers: wgpu::Buffer,
    tables: wgpu::Buffer,
    readbacks: Vec<wgpu::Buffer>,
}

impl Buffers {
    fn new(gpu: &Gpu, layout: &Layout, readback_words: usize) -> Self {
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
        let layers = buffer(
            "layers",
            layout.layer_words,
            on_device | wgpu::BufferUsages::COPY_SRC,
        );
        let tables = buffer("tables", layout.tables.len(), on_device);
        gpu.queue
            .write_buffer(&tables, 0, bytemuck::cast_slice(&layout.tables));
        let back = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        let readbacks = (0..READBACKS)
            .map(|_| buffer("read-back", readback_words, back))
            .collect();
        Self {
            stored,
            layers,
            tables,
            readbacks,
        }
    }
}

/// A GPU as an engine.
pub struct GpuEngine {
    gpu: Gpu,
    chain: Arc<Chain>,
    layout: Layout,
    programs: Vec<Program>,
    pace: Pace,
    submissions: Submissions,
    buffers: Buffers,
    /// Where each returned layer starts in a read-back buffer, in words.
    returned_at: Vec<usize>,
    upload: Vec<u8>,
    /// Layers whose memory the next tile may have.
    used: Vec<Vec<f32>>,
    deciders: Option<F64Recheck>,
    /// Pixels of the tile at hand that read a number which is not for `f32`.
    extremes: Vec<usize>,
    /// Seconds that compiling the shaders of this engine took.
    compile_s: f64,
}

impl GpuEngine {
    /// Compiles the shaders of `chain` and takes buffers within `memory_bytes`.
    ///
    /// Pixels that a kernel flags as within rounding of a threshold, or as badly conditioned, are
    /// decided in `f64` by the CPU, and so are those with numbers outside [`WITHIN_F32`](crate::kernels::abi::WITHIN_F32).
    ///
    /// # Errors
    ///
    /// The device has no room for a single workgroup, or refuses a shader or a buffer.
    pub fn new(gpu: Gpu, chain: Arc<Chain>, memory_bytes: u64) -> Result<Self, EngineError> {
        let deciders = F64Recheck::new(&chain);
        Ok(Self {
            deciders: Some(deciders),
            ..Self::undecided(gpu, chain, memory_bytes)?
        })
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
        mut gpu: Gpu,
        chain: Arc<Chain>,
        memory_bytes: u64,
        shader: &dyn Fn(&Chain, usize) -> String,
    ) -> Result<Self, EngineError> {
        check_passes(&gpu, &chain)?;
        let limits = &gpu.limits;
        let largest = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let stride = slab_pixels(&chain, largest, memory_bytes);
        if stride == 0 {
            return Err(EngineError::TooLarge {
                needed: least_buffer(&chain),
                limit: largest,
            });
        }
        let layout = Layout::new(&chain, stride);
        let returned_words: Vec<usize> = chain
            .returned
            .iter()
            .map(|&i| words_of(&chain, i, stride))
            .collect();
        let returned_at = returned_words
            .iter()
            .scan(0, |at, words| Some(std::mem::replace(at, *at + words)))
            .collect();
        // The words of extreme pixels come back behind the layers.
        let readback_words = returned_words.iter().sum::<usize>() + stride;

        let buffers = Buffers::new(&gpu, &layout, readback_words);
        let n_stages = chain.stages.len();
        let bound = [&buffers.tables, &buffers.stored, &buffers.layers];
        let start = Instant::now();
        let stages: Vec<(&str, String)> = (0..n_stages)
            .map(|stage| (chain.stages[stage].label.as_str(), shader(&chain, stage)))
            .collect();
        gpu.pipelines.compile_missing(&gpu.device, &stages);
        let mut programs = Vec::with_capacity(n_stages);
        for (stage, (_, text)) in stages.iter().enumerate() {
            let (tile, bindings) = bind(&gpu, &chain, &layout, stage, bound);
            let Gpu {
                device,
                queue,
                pipelines,
                ..
            } = &mut gpu;
            let try_out = |pipeline: &wgpu::ComputePipeline| {
                dispatch_nothing(device, queue, pipeline, &bindings)
            };
            // Each text was compiled just above.
            programs.extend(pipelines.get(text, try_out).map(|pipeline| Program {
                pipeline,
                bindings,
                tile,
            }));
        }
        let compile_s = start.elapsed().as_secs_f64();
        if let Some(reason) = gpu.take_failure() {
            return Err(EngineError::NoDevice {
                adapter: gpu.report.name,
                reason,
            });
        }
        gpu.pipelines.save();
        Ok(Self {
            gpu,
            chain,
            layout,
            programs,
            pace: Pace::new(n_stages, stride),
            submissions: Submissions::default(),
            buffers,
            returned_at,
            upload: Vec::new(),
            used: Vec::new(),
            deciders: None,
            extremes: Vec::new(),
            compile_s,
        })
    }

    /// Pixels of a slab.
    #[must_use]
    pub fn slab_pixels(&self) -> usize {
        self.layout.stride
    }

    /// Lets no dispatch cover more than `pixels`, rounded down to whole workgroups. No result depends
    /// on it.
    pub fn limit_slices(&mut self, pixels: usize) {
        self.pace.limit(pixels);
    }

    /// Submissions of slices so far.
    #[must_use]
    pub fn n_submissions(&self) -> u64 {
        self.submissions.made
    }

    /// Loses the device before submission number `n`, counted from 0: for tests of what follows.
    #[doc(hidden)]
    pub fn lose_device_at(&mut self, n: Option<u64>) {
        self.submissions.lose_device_at = n;
    }

    /// Bytes of all buffers that it holds on the device, and of the staging copy of an upload.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        let readbacks: u64 = self.buffers.readbacks.iter().map(wgpu::Buffer::size).sum();
        2 * self.buffers.stored.size() + self.buffers.layers.size() + readbacks
    }

    /// The device, to be used again.
    #[must_use]
    pub fn into_gpu(self) -> Gpu {
        self.gpu
    }

    fn lost(&self, window: Window, reason: String) -> EngineError {
        EngineError::DeviceLost {
            adapter: self.gpu.report.name.clone(),
            window,
            reason,
        }
    }

    /// Writes the inputs of a slab into the stored buffer.
    fn upload(&mut self, tile: &Tile, first: usize, n_pixels: usize) {
        let tile_pixels = tile.window.n_pixels();
        self.upload.resize(4 * self.layout.stored_words.max(4), 0);
        for (i, input) in tile.inputs.iter().enumerate() {
            let spec = &self.chain.inputs[i];
            let size = spec.data_type.bytes();
            let (from, to_stride) = (self.layout.input_byte(i), self.layout.input_stride(spec));
            let bytes = input.bytes();
            // Of cells, those of the whole tile go up with each slab.
            let stride = spec.stride(input, tile_pixels);
            let (first, n) = if spec.is_on_cells() {
                (0, stride)
            } else {
                (first, n_pixels)
            };
            for step in 0..spec.n_steps {
                let source = &bytes[(step * stride + first) * size..][..n * size];
                self.upload[from + step * to_stride * size..][..n * size].copy_from_slice(source);
            }
        }
        self.gpu
            .queue
            .write_buffer(&self.buffers.stored, 0, &self.upload);
    }

    /// Sends a slab through all stages, slice by slice, and its returned layers back.
    fn submit(
        &mut self,
        tile: &Tile,
        first: usize,
        n_pixels: usize,
        readback: usize,
    ) -> Result<Pending, EngineError> {
        self.upload(tile, first, n_pixels);
        let Layout {
            stride,
            extremes_at,
            ..
        } = self.layout;
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.clear_buffer(
            &self.buffers.layers,
            4 * extremes_at as u64,
            Some(4 * stride as u64),
        );
        // On its own, so that the upload does not count as work of the first slice.
        self.gpu.queue.submit([encoder.finish()]);
        let mut place = Place::default();
        loop {
            // One waits while another runs; until all stages are known, each is looked at first.
            let may_wait = u64::from(self.pace.knows_all());
            self.wait_until(tile.window, self.submissions.made.saturating_sub(may_wait))?;
            let slices = self.pace.next(&mut place, n_pixels);
            if slices.is_empty() {
                break;
            }
            self.submit_slices(slices);
        }
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut copy = |from: usize, to: usize, words: usize| {
            let [from, to, words] = [from, to, words].map(|n| 4 * n as u64);
            encoder.copy_buffer_to_buffer(
                &self.buffers.layers,
                from,
                &self.buffers.readbacks[readback],
                to,
                words,
            );
        };
        for (&layer, &at) in self.chain.returned.iter().zip(&self.returned_at) {
            copy(
                self.layout.layers_at[layer],
                at,
                words_of(&self.chain, layer, stride),
            );
        }
        copy(extremes_at, self.extremes_returned_at(), stride);
        let bytes = 4 * (self.extremes_returned_at() + stride) as u64;
        let submission = self.gpu.queue.submit([encoder.finish()]);
        let (done, mapped) = channel();
        self.buffers.readbacks[readback].map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            // Nobody listens any more once a slab has failed.
            let _ = done.send(result);
        });
        Ok(Pending {
            first,
            n_pixels,
            readback,
            after: self.submissions.made,
            submission,
            mapped,
        })
    }

    /// Where the words of extreme pixels start in a read-back buffer.
    fn extremes_returned_at(&self) -> usize {
        let last = self.chain.returned.last().zip(self.returned_at.last());
        last.map_or(0, |(&layer, at)| {
            at + words_of(&self.chain, layer, self.layout.stride)
        })
    }

    /// One submission: each slice a pass of its own.
    fn submit_slices(&mut self, slices: Vec<Slice>) {
        if self.submissions.lose_device_at == Some(self.submissions.made) {
            self.gpu.device.destroy();
        }
        let mut encoder = self
            .gpu
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for &Slice {
            stage,
            first,
            n_pixels,
        } in &slices
        {
            let program = &self.programs[stage];
            let words = self.layout.tile_words(&self.chain, stage, first, n_pixels);
            self.gpu
                .queue
                .write_buffer(&program.tile, 0, bytemuck::bytes_of(&words));
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&program.pipeline);
            pass.set_bind_group(0, &program.bindings, &[]);
            let [x, y] = workgroups(
                n_pixels,
                self.gpu.limits.max_compute_workgroups_per_dimension,
            );
            pass.dispatch_workgroups(x, y, 1);
        }
        let at = Instant::now();
        let submission = self.gpu.queue.submit([encoder.finish()]);
        self.submissions.waiting.push_back(Submitted {
            submission,
            at,
            slices,
        });
        self.submissions.made += 1;
    }

    /// Waits until `count` submissions of slices are through, and learns how long each took.
    fn wait_until(&mut self, window: Window, count: u64) -> Result<(), EngineError> {
        while self.submissions.done < count {
            let Some(submitted) = self.submissions.waiting.pop_front() else {
                break;
            };
            let asked = Instant::now();
            self.wait(window, &submitted.submission)?;
            let now = Instant::now();
            let since = self
                .submissions
                .last_done
                .map_or(submitted.at, |last| last.max(submitted.at));
            let is_late = now - asked < NO_WAIT;
            self.pace
                .learn(&submitted.slices, (now - since).as_secs_f64(), is_late);
            self.submissions.last_done = Some(now);
            self.submissions.done += 1;
        }
        Ok(())
    }

    /// Waits for a submission, and looks whether the device is still there.
    fn wait(&self, window: Window, submission: &wgpu::SubmissionIndex) -> Result<(), EngineError> {
        let wait = wgpu::PollType::Wait {
            submission_index: Some(submission.clone()),
            timeout: Some(PATIENCE),
        };
        let polled = self.gpu.device.poll(wait);
        if let Some(reason) = self.gpu.take_failure() {
            return Err(self.lost(window, reason));
        }
        polled
            .map(|_| ())
            .map_err(|error| self.lost(window, error.to_string()))
    }

    /// Waits for a slab and puts its layers where they belong in the tile.
    fn collect(
        &mut self,
        tile: &Tile,
        pending: &Pending,
        layers: &mut [Vec<f32>],
    ) -> Result<(), EngineError> {
        self.wait_until(tile.window, pending.after)?;
        self.wait(tile.window, &pending.submission)?;
        match pending.mapped.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.lost(tile.window, error.to_string())),
            Err(error) => return Err(self.lost(tile.window, error.to_string())),
        }
        let readback = &self.buffers.readbacks[pending.readback];
        let view = readback
            .get_mapped_range(..)
            .map_err(|error| self.lost(tile.window, error.to_string()))?;
        let words: &[u32] = bytemuck::cast_slice(&view);
        let tile_pixels = tile.window.n_pixels();
        let stride = self.layout.stride;
        let (chain, returned_at) = (&*self.chain, &self.returned_at);
        let (first, n_pixels) = (pending.first, pending.n_pixels);
        layers
            .par_iter_mut()
            .enumerate()
            .for_each(|(place, layer)| {
                let n_steps = chain.layers[chain.returned[place]].n_steps;
                let values = &words[returned_at[place]..];
                let bits = &values[n_steps * stride..];
                for step in 0..n_steps {
                    let row = &mut layer[step * tile_pixels + first..][..n_pixels];
                    let values = &values[step * stride..];
                    let bits = &bits[(step / 32) * stride..];
                    for (pixel, out) in row.iter_mut().enumerate() {
                        let is_valid = (bits[pixel] >> (step % 32)) & 1 == 1;
                        *out = if is_valid {
                            f32::from_bits(values[pixel])
                        } else {
                            f32::NAN
                        };
                    }
                }
            });
        let extremes = &words[self.extremes_returned_at()..][..n_pixels];
        self.extremes.extend(
            (0..n_pixels)
                .filter(|&pixel| extremes[pixel] != 0)
                .map(|pixel| first + pixel),
        );
        drop(view);
        readback.unmap();
        Ok(())
    }
}

/// Mesa's llvmpipe ends all loops of a thread after so many passes (`LP_MAX_TGSI_LOOP_ITERATIONS`).
const SOFTWARE_LOOP_PASSES: usize = 65_535;

/// Refuses a stage that a software adapter would leave half done.
fn check_passes(gpu: &Gpu, chain: &Chain) -> Result<(), EngineError> {
    let passes = chain
        .stages
        .iter()
        .map(|stage| (stage, stage.kernel.max_iterations()));
    match passes.max_by_key(|(_, passes)| *passes) {
        Some((stage, passes)) if gpu.report.is_software() && passes > SOFTWARE_LOOP_PASSES => {
            Err(EngineError::TooManyPasses {
                adapter: gpu.report.name.clone(),
                stage: stage.label.clone(),
                passes,
                limit: SOFTWARE_LOOP_PASSES,
            })
        }
        _ => Ok(()),
    }
}

impl Engine for GpuEngine {
    fn name(&self) -> String {
        let report = &self.gpu.report;
        format!(
            "{} ({}, {}, {})",
            report.name, report.kind, report.backend, report.driver
        )
    }

    fn report(&self) -> EngineStats {
        EngineStats {
            compile_s: self.compile_s,
            ..EngineStats::default()
        }
    }

    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        let n_pixels = tile.window.n_pixels();
        let mut layers = layers_to_write(&self.chain, n_pixels, std::mem::take(&mut self.used));
        let mut in_flight: VecDeque<Pending> = VecDeque::new();
        self.extremes.clear();
        for (slab, first) in (0..n_pixels).step_by(self.layout.stride).enumerate() {
            if in_flight.len() == self.buffers.readbacks.len()
                && let Some(oldest) = in_flight.pop_front()
            {
                self.collect(tile, &oldest, &mut layers)?;
            }
            let n = self.layout.stride.min(n_pixels - first);
            in_flight.push_back(self.submit(
                tile,
                first,
                n,
                slab % self.buffers.readbacks.len(),
            )?);
        }
        for pending in in_flight {
            self.collect(tile, &pending, &mut layers)?;
        }
        let extremes = std::mem::take(&mut self.extremes);
        if let Some(deciders) = &self.deciders {
            deciders.decide(&self.chain, tile, &extremes, &mut layers);
        }
        Ok(TileOutput {
            window: tile.window,
            layers,
            inside: tile.inside.clone(),
        })
    }

    fn reuse(&mut self, used: TileOutput) {
        self.used = used.layers;
    }
}
