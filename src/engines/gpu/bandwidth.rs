//! How fast this device moves bytes: on itself, from the host, and back.

use std::sync::mpsc::channel;
use std::time::Instant;

use rayon::prelude::*;

use crate::engines::error::EngineError;

use super::adapter::Gpu;
use super::adapter::SUBMISSION_TIMEOUT;
use super::copy_kernel::CopyKernel;

/// Bytes that one thread writes at a time.
const CHUNK: usize = 4096;
/// Copies of one submission, so that its own time does not count.
const COPIES: u32 = 8;
/// Rounds, of which the fastest counts; the first ones wake the clock of the device.
const ROUNDS: usize = 6;

/// Bytes a second of one device.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Bandwidth {
    /// From one buffer of the device to another, by a kernel or by the driver, whichever is faster: bytes read and
    /// written.
    pub copy: f64,
    /// All threads of the host write into a mapped buffer.
    pub fill: f64,
    /// From that buffer to one that kernels read.
    pub upload: f64,
    /// From a buffer of the device into one that the host reads, mapped.
    pub read_back: f64,
    /// All threads of the host read that buffer.
    pub unpack: f64,
}

impl Bandwidth {
    /// Bytes a second to the device where filling and uploading overlap: the slower of both.
    #[must_use]
    pub fn to_device(&self) -> f64 {
        self.fill.min(self.upload)
    }

    /// Bytes a second to the host where reading back and unpacking overlap.
    #[must_use]
    pub fn to_host(&self) -> f64 {
        self.read_back.min(self.unpack)
    }
}

/// The buffers that bytes move between.
struct Places {
    staging: wgpu::Buffer,
    device: [wgpu::Buffer; 2],
    back: wgpu::Buffer,
}

impl Gpu {
    /// Measures how fast the device moves `bytes`, rounded to whole pages.
    ///
    /// # Errors
    ///
    /// The device has no such buffers, or is lost.
    pub fn bandwidth(&self, bytes: u64) -> Result<Bandwidth, EngineError> {
        let pages = (bytes / CHUNK as u64).max(1);
        // The copy kernel sees whole buffers.
        let largest = self
            .limits
            .max_buffer_size
            .min(self.limits.max_storage_buffer_binding_size);
        let bytes = (pages * CHUNK as u64).min(largest / CHUNK as u64 * CHUNK as u64);
        let places = self.places(bytes);
        let length = usize::try_from(bytes).unwrap_or(CHUNK);
        let kernel = CopyKernel::new(self, &places.device[0], &places.device[1]);
        let mut host = vec![1_u8; length];
        let [mut copy, mut fill, mut upload, mut read_back, mut unpack] = [f64::INFINITY; 5];
        for _ in 0..ROUNDS {
            self.map(&places.staging, wgpu::MapMode::Write)?;
            let start = Instant::now();
            self.fill(&places.staging, &host)?;
            fill = fill.min(start.elapsed().as_secs_f64());
            places.staging.unmap();
            upload = upload.min(self.copy(&places.staging, &places.device[0], 1)?);
            copy = copy.min(self.copy(&places.device[0], &places.device[1], COPIES)?);
            copy = copy.min(self.timed(|encoder| kernel.record(encoder, COPIES))?);
            let start = Instant::now();
            self.copy(&places.device[1], &places.back, 1)?;
            self.map(&places.back, wgpu::MapMode::Read)?;
            read_back = read_back.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            let view = places.back.get_mapped_range(..);
            let view = view.map_err(|error| self.refused(error.to_string()))?;
            host.par_chunks_mut(CHUNK)
                .zip(view.par_chunks(CHUNK))
                .for_each(|(to, from)| to.copy_from_slice(from));
            unpack = unpack.min(start.elapsed().as_secs_f64());
            drop(view);
            places.back.unmap();
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
        let rate = |seconds: f64| bytes as f64 / seconds.max(1e-9);
        Ok(Bandwidth {
            copy: 2.0 * f64::from(COPIES) * rate(copy),
            fill: rate(fill),
            upload: rate(upload),
            read_back: rate(read_back),
            unpack: rate(unpack),
        })
    }

    fn places(&self, bytes: u64) -> Places {
        let buffer = |usage: wgpu::BufferUsages| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("bandwidth"),
                size: bytes,
                usage,
                mapped_at_creation: false,
            })
        };
        let both = wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
        let on_device = wgpu::BufferUsages::STORAGE | both;
        Places {
            staging: buffer(wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC),
            device: [buffer(on_device), buffer(on_device)],
            back: buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
        }
    }

    /// Writes `from` into a mapped buffer with all threads.
    fn fill(&self, to: &wgpu::Buffer, from: &[u8]) -> Result<(), EngineError> {
        let view = to.get_mapped_range_mut(..);
        let mut view = view.map_err(|error| self.refused(error.to_string()))?;
        let (pieces, _) = view.slice(..).into_chunks::<CHUNK>();
        let pieces: Vec<_> = pieces.into_iter().collect();
        pieces
            .into_par_iter()
            .zip(from.par_chunks_exact(CHUNK))
            .for_each(|(piece, from)| {
                let mut to: wgpu::WriteOnly<'_, [u8]> = piece.into();
                to.copy_from_slice(from);
            });
        Ok(())
    }

    /// Seconds in which the driver copies a buffer so many times.
    fn copy(&self, from: &wgpu::Buffer, to: &wgpu::Buffer, times: u32) -> Result<f64, EngineError> {
        self.timed(|encoder| {
            for _ in 0..times {
                encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
            }
        })
    }

    /// Seconds of one submission.
    fn timed(&self, record: impl FnOnce(&mut wgpu::CommandEncoder)) -> Result<f64, EngineError> {
        let descriptor = wgpu::CommandEncoderDescriptor::default();
        let mut encoder = self.device.create_command_encoder(&descriptor);
        record(&mut encoder);
        let start = Instant::now();
        let submission = self.queue.submit([encoder.finish()]);
        self.wait_for(Some(submission))?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Maps a buffer and waits for that.
    pub(super) fn map(
        &self,
        buffer: &wgpu::Buffer,
        mode: wgpu::MapMode,
    ) -> Result<(), EngineError> {
        let (done, mapped) = channel();
        buffer.map_async(mode, .., move |result| {
            // The receiver is gone once waiting failed.
            let _ = done.send(result);
        });
        self.wait_for(None)?;
        match mapped.recv_timeout(SUBMISSION_TIMEOUT) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.refused(error.to_string())),
            Err(error) => Err(self.refused(error.to_string())),
        }
    }

    /// Waits for a submission, or for all, and checks that the device is still there.
    pub(super) fn wait_for(
        &self,
        submission_index: Option<wgpu::SubmissionIndex>,
    ) -> Result<(), EngineError> {
        let polled = self.device.poll(wgpu::PollType::Wait {
            submission_index,
            timeout: Some(SUBMISSION_TIMEOUT),
        });
        match (self.failure(), polled) {
            (Some(reason), _) => Err(self.refused(reason)),
            (None, Err(error)) => Err(self.refused(error.to_string())),
            (None, Ok(_)) => Ok(()),
        }
    }

    pub(super) fn refused(&self, reason: String) -> EngineError {
        EngineError::NoDevice {
            adapter: self.report.name.clone(),
            reason,
        }
    }
}
