//! Upload, dispatch and read-back of the slabs of a tile.
//!
//! Inputs go up once, as stored. The stages of a slab run one after the other, in submissions that
//! `schedule` keeps short. What they write stays in the layers buffer. Only returned layers
//! come back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::chain::Chain;
use crate::engines::error::EngineError;
use crate::grid::Window;
use crate::tile::Tile;

use super::adapter::Gpu;
use super::memory::{Layout, READBACKS, words_of};
use super::program::{Program, SUBMISSION_TIMEOUT, workgroups};
use super::schedule::{Slice, SliceCursor, SliceScheduler};

/// With a shorter wait than this the host was late: the device had already finished.
const NO_WAIT: Duration = Duration::from_micros(200);

/// A submission on its way.
struct Submitted {
    submission: wgpu::SubmissionIndex,
    at: Instant,
    slices: Vec<Slice>,
}

/// A slab whose results are on their way back.
pub(super) struct Pending {
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
pub(super) struct Submissions {
    waiting: VecDeque<Submitted>,
    /// How many were made, and how many are done.
    pub(super) made: u64,
    done: u64,
    last_done: Option<Instant>,
    /// The submission before which the device is to be lost, for tests.
    pub(super) lose_device_at: Option<u64>,
}

/// What all stages share on the device.
pub(super) struct Buffers {
    pub(super) stored: wgpu::Buffer,
    pub(super) layers: wgpu::Buffer,
    pub(super) tables: wgpu::Buffer,
    pub(super) readbacks: Vec<wgpu::Buffer>,
}

impl Buffers {
    pub(super) fn new(gpu: &Gpu, layout: &Layout, readback_words: usize) -> Self {
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

/// The slabs of a chain on one device.
pub(super) struct Slabs {
    pub(super) gpu: Gpu,
    pub(super) chain: Arc<Chain>,
    pub(super) layout: Layout,
    pub(super) programs: Vec<Program>,
    pub(super) scheduler: SliceScheduler,
    pub(super) submissions: Submissions,
    pub(super) buffers: Buffers,
    /// Where each returned layer starts in a read-back buffer, in words.
    pub(super) returned_at: Vec<usize>,
    pub(super) upload: Vec<u8>,
    /// Pixels of the current tile that read a number outside the range of `f32`.
    pub(super) extremes: Vec<usize>,
}

impl Slabs {
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
            // Cells belong to no pixel: those of the whole tile go up with each slab.
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
    pub(super) fn submit(
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
        let mut cursor = SliceCursor::default();
        loop {
            // One waits while another runs; until all stages are measured, each runs alone.
            let may_wait = u64::from(self.scheduler.knows_all());
            self.wait_until(tile.window, self.submissions.made.saturating_sub(may_wait))?;
            let slices = self.scheduler.next(&mut cursor, n_pixels);
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
            // The receiver is gone once a slab has failed.
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
            self.scheduler
                .learn(&submitted.slices, (now - since).as_secs_f64(), is_late);
            self.submissions.last_done = Some(now);
            self.submissions.done += 1;
        }
        Ok(())
    }

    /// Waits for a submission, and checks that the device is still there.
    fn wait(&self, window: Window, submission: &wgpu::SubmissionIndex) -> Result<(), EngineError> {
        let wait = wgpu::PollType::Wait {
            submission_index: Some(submission.clone()),
            timeout: Some(SUBMISSION_TIMEOUT),
        };
        let polled = self.gpu.device.poll(wait);
        if let Some(reason) = self.gpu.take_failure() {
            return Err(self.lost(window, reason));
        }
        polled
            .map(|_| ())
            .map_err(|error| self.lost(window, error.to_string()))
    }

    /// Waits for a slab and copies its layers into the tile.
    pub(super) fn collect(
        &mut self,
        tile: &Tile,
        pending: &Pending,
        layers: &mut [Vec<f32>],
    ) -> Result<(), EngineError> {
        self.wait_until(tile.window, pending.after)?;
        self.wait(tile.window, &pending.submission)?;
        match pending.mapped.recv_timeout(SUBMISSION_TIMEOUT) {
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
            .for_each(|(index, layer)| {
                let n_steps = chain.layers[chain.returned[index]].n_steps;
                let values = &words[returned_at[index]..];
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
