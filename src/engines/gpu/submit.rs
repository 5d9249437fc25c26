//! Fills slabs and submits them: inputs up, all stages, what comes back put together, and back.
//!
//! Nobody waits for the slab that was submitted. A device that takes long gets a slab in several
//! submissions, which `schedule` keeps short.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::chain::Chain;
use crate::tile::Tile;

use super::adapter::DeviceWatch;
use super::collect::{Mapped, Message, Slab, Submitted};
use super::fill::{Row, fill, rows};
use super::memory::Layout;
use super::pack::{PackProgram, PackWords};
use super::packing::Packing;
use super::passes::dispatch;
use super::pick::PickProgram;
use super::pool::Pool;
use super::program::{Program, workgroups};
use super::progress::Progress;
use super::schedule::{Slice, SliceCursor};
use super::slots::{Buffers, Slot};
use super::unpack::{SlabPixels, pitch_of};

/// Added to the submission of a fault: the device lacks memory there, and is not lost. For tests.
pub const LACKS_MEMORY: u64 = 1 << 63;

/// Bytes of the packed layers of a slab.
fn packed_bytes(packing: &Packing, n_pixels: usize) -> u64 {
    (packing.bytes_per_pixel() * pitch_of(n_pixels)) as u64
}

/// What fills and submits the slabs of a chain.
pub(super) struct Submitter {
    pub(super) watch: DeviceWatch,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) max_workgroups: u32,
    pub(super) chain: Arc<Chain>,
    pub(super) layout: Layout,
    pub(super) packing: Arc<Packing>,
    /// The stages, and the one dispatch that follows them.
    pub(super) programs: Vec<Program>,
    pub(super) pack: PackProgram,
    /// None where nothing is decided.
    pub(super) pick: Option<PickProgram>,
    /// Bytes that come back before the packed layers.
    pub(super) picked_bytes: u64,
    pub(super) buffers: Buffers,
    pub(super) slots: Arc<Vec<Slot>>,
    pub(super) progress: Arc<Progress>,
    pub(super) pool: Pool,
    /// Slots that may be filled.
    pub(super) free: Receiver<usize>,
    pub(super) to_collector: Sender<Message>,
    /// The pixels that the uniform of each stage holds, with the pixels of the slab.
    pub(super) ranges: Vec<Option<[usize; 3]>>,
    /// The pixels of the slab that was picked from last.
    pub(super) picked_of: Option<usize>,
    /// Uniforms written so far.
    pub(super) uniform_writes: u64,
    /// The submission before which the device is to be lost, for tests.
    pub(super) lose_device_at: Option<u64>,
}

impl Submitter {
    /// Sends a tile through the device, slab by slab, and returns as soon as the last is submitted.
    ///
    /// # Errors
    ///
    /// Why the device was lost.
    pub(super) fn submit_tile(&mut self, tile: &Tile) -> Result<(), String> {
        let of_tile = tile.window.n_pixels();
        for first in (0..of_tile).step_by(self.layout.stride) {
            let n = self.layout.stride.min(of_tile - first);
            self.submit_slab(tile, SlabPixels { first, n, of_tile })?;
        }
        Ok(())
    }

    /// Bytes that come back of a tile of so many pixels: packed layers, and room for inputs of flagged pixels.
    pub(super) fn bytes_back(&self, of_tile: usize) -> u64 {
        let stride = self.layout.stride;
        let slabs = (0..of_tile).step_by(stride).map(|first| {
            let n = stride.min(of_tile - first);
            self.picked_bytes + packed_bytes(&self.packing, n)
        });
        slabs.sum()
    }

    fn submit_slab(&mut self, tile: &Tile, pixels: SlabPixels) -> Result<(), String> {
        let n_pixels = pixels.n;
        // Waits only where all slots are on their way.
        let slot = self.free.recv().map_err(|_| self.reason())?;
        let rows = rows(&self.chain, &self.layout, tile, pixels.first, n_pixels);
        let staging = &self.slots[slot].staging;
        let start = Instant::now();
        self.pool
            .install(|| fill(staging, &rows))
            .map_err(|error| self.watch.failure().unwrap_or(error.to_string()))?;
        let seconds = start.elapsed().as_secs_f64();
        self.progress.filled(n_pixels, seconds);
        staging.unmap();
        let mut encoder = self.encoder();
        self.upload(&mut encoder, slot, &rows, n_pixels);
        if self.progress.is_learning(n_pixels) {
            // On its own, so that it does not count as work of the first slice.
            self.send(encoder, Vec::new(), None)?;
            encoder = self.encoder();
        }
        let mut cursor = SliceCursor::default();
        loop {
            let slices = self.progress.next(&mut cursor, n_pixels);
            if slices.is_empty() {
                return Err(self.reason());
            }
            for slice in &slices {
                self.record(&mut encoder, *slice, n_pixels);
            }
            if self.progress.is_through(&cursor) {
                self.copy_back(&mut encoder, slot, n_pixels);
                return self.send(encoder, slices, Some((slot, pixels)));
            }
            self.send(encoder, slices, None)?;
            encoder = self.encoder();
        }
    }

    fn encoder(&self) -> wgpu::CommandEncoder {
        self.device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    /// Why nothing more can be submitted.
    pub(super) fn reason(&self) -> String {
        let reason = self.progress.failure().or_else(|| self.watch.failure());
        reason.unwrap_or_else(|| "it was lost before".to_owned())
    }

    /// Copies a slab from its staging buffer, and clears the marks of extreme pixels.
    fn upload(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        slot: usize,
        rows: &[Row<'_>],
        n_pixels: usize,
    ) {
        let (staging, stored) = (&self.slots[slot].staging, &self.buffers.stored);
        if n_pixels == self.layout.stride {
            encoder.copy_buffer_to_buffer(staging, 0, stored, 0, stored.size());
        } else {
            for row in rows.iter().filter(|row| !row.bytes.is_empty()) {
                let (to, bytes) = (row.to as u64, row.n_bytes() as u64);
                encoder.copy_buffer_to_buffer(staging, to, stored, to, bytes);
            }
        }
        let (at, bytes) = (4 * self.layout.extremes_at, 4 * self.layout.stride);
        encoder.clear_buffer(&self.buffers.layers, at as u64, Some(bytes as u64));
    }

    /// Picks the inputs of flagged pixels, and copies them and the packed layers back.
    fn copy_back(&mut self, encoder: &mut wgpu::CommandEncoder, slot: usize, n_pixels: usize) {
        let readback = &self.slots[slot].readback;
        if let Some(pick) = &self.pick {
            if self.picked_of.replace(n_pixels) != Some(n_pixels) {
                let attention_at = self.packing.attention_at * pitch_of(n_pixels);
                let words = pick.words_of(n_pixels, attention_at);
                let bytes = bytemuck::bytes_of(&words);
                self.queue.write_buffer(&pick.words, 0, bytes);
                self.uniform_writes += 1;
            }
            pick.record(encoder, n_pixels, readback);
        }
        let (packed, bytes) = (&self.buffers.packed, packed_bytes(&self.packing, n_pixels));
        encoder.copy_buffer_to_buffer(packed, 0, readback, self.picked_bytes, bytes);
    }

    /// One slice as a pass of its own. Passes of a submission share the uniforms, and a stage has
    /// one slice in it.
    fn record(&mut self, encoder: &mut wgpu::CommandEncoder, slice: Slice, of_slab: usize) {
        let Slice {
            stage,
            first,
            n_pixels,
        } = slice;
        let range = Some([first, n_pixels, of_slab]);
        let is_new = std::mem::replace(&mut self.ranges[stage], range) != range;
        self.uniform_writes += u64::from(is_new);
        if let Some(program) = self.programs.get(stage) {
            if is_new {
                let words = self.layout.tile_words(&self.chain, stage, first, n_pixels);
                let bytes = bytemuck::bytes_of(&words);
                self.queue.write_buffer(&program.tile, 0, bytes);
            }
            let [x, y] = workgroups(n_pixels, self.max_workgroups);
            dispatch(encoder, &program.pipeline, &program.bindings, [x, y, 1]);
            return;
        }
        if is_new {
            let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let words = PackWords {
                first_pixel: word(first),
                n_pixels: word(n_pixels),
                pitch: word(pitch_of(of_slab)),
                n_rows: word(self.pack.n_rows),
            };
            let bytes = bytemuck::bytes_of(&words);
            self.queue.write_buffer(&self.pack.words, 0, bytes);
        }
        self.pack.record(encoder, n_pixels);
    }

    /// Submits, and reports it to the thread that waits for it. With the last submission of a slab
    /// its buffers are asked for.
    fn send(
        &mut self,
        encoder: wgpu::CommandEncoder,
        slices: Vec<Slice>,
        slab: Option<(usize, SlabPixels)>,
    ) -> Result<(), String> {
        let n_made = self.progress.n_made();
        if self.lose_device_at == Some(n_made) {
            self.device.destroy();
        } else if self.lose_device_at == Some(n_made | LACKS_MEMORY) {
            self.watch.fail("Out of memory, as a test asks".to_owned());
        }
        let at = Instant::now();
        let submission = self.queue.submit([encoder.finish()]);
        let slab = slab.map(|(slot, pixels)| {
            let Slot { staging, readback } = &self.slots[slot];
            let bytes = self.picked_bytes + packed_bytes(&self.packing, pixels.n);
            let mapped = [
                map(staging, wgpu::MapMode::Write, staging.size()),
                map(readback, wgpu::MapMode::Read, bytes),
            ];
            Slab {
                slot,
                pixels,
                n_bytes: bytes,
                mapped,
            }
        });
        self.progress.made(slab.is_some());
        let submitted = Submitted {
            submission,
            at,
            slices,
            slab,
        };
        let sent = self.to_collector.send(Message::Submitted(submitted));
        sent.map_err(|_| self.reason())
    }
}

/// Asks for a buffer; what waits for the device hands it out.
fn map(buffer: &wgpu::Buffer, mode: wgpu::MapMode, bytes: u64) -> Mapped {
    let (done, mapped) = channel();
    buffer.map_async(mode, ..bytes, move |result| {
        // The receiver is gone once a slab has failed.
        let _ = done.send(result);
    });
    mapped
}
