//! What each stage takes on a device, alone: one dispatch over as many pixels of a slab as it may have.

use std::time::{Duration, Instant};

use crate::engines::error::EngineError;

use super::engine::GpuEngine;
use super::program::workgroups;

/// Rounds over all stages at most.
const MOST_ROUNDS: usize = 15;
/// What a dispatch should take at most, seconds: a driver's watchdog ends what lasts for two.
const LONGEST_S: f64 = 0.5;
/// The clock of a device that was idle is slow: stages run so long before they are timed.
const WARM_UP: Duration = Duration::from_millis(300);

/// What the stages of a chain take.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTimes {
    /// Seconds of each stage, in the order of the chain: the median of all rounds.
    pub seconds: Vec<f64>,
    /// Pixels of a dispatch.
    pub n_pixels: usize,
    /// Whether the device took the times itself; else they are those of whole submissions.
    pub by_device: bool,
}

/// Where a device writes when a pass begins and ends.
struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    back: wgpu::Buffer,
}

/// Bytes of two times.
const CLOCK_BYTES: u64 = 16;

impl GpuEngine {
    /// Times each stage over the first `n_pixels` of the slab that the engine computed last, or fewer where a stage
    /// would take too long, several times within `budget`. It computes once more what is there.
    ///
    /// # Errors
    ///
    /// The device is lost, or its times cannot be read.
    pub fn time_stages(
        &mut self,
        n_pixels: usize,
        budget: Duration,
    ) -> Result<StageTimes, EngineError> {
        let in_time = self.submitter.progress.pixels_within(LONGEST_S);
        let n_pixels = n_pixels.min(self.slab_pixels()).min(in_time);
        let n_stages = self.submitter.programs.len();
        let clock = self.clock();
        let start = Instant::now();
        loop {
            for stage in 0..n_stages {
                self.time_stage(stage, n_pixels, clock.as_ref())?;
            }
            // A slow device is warm after a round.
            if start.elapsed() > WARM_UP {
                break;
            }
        }
        let start = Instant::now();
        let mut seconds = vec![Vec::new(); n_stages];
        for round in 0..MOST_ROUNDS {
            if round > 0 && start.elapsed() > budget {
                break;
            }
            for (stage, seconds) in seconds.iter_mut().enumerate() {
                seconds.push(self.time_stage(stage, n_pixels, clock.as_ref())?);
            }
        }
        Ok(StageTimes {
            seconds: seconds.into_iter().map(median).collect(),
            n_pixels,
            by_device: clock.is_some(),
        })
    }

    fn clock(&self) -> Option<Clock> {
        let device = &self.gpu.device;
        if !device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return None;
        }
        let buffer = |usage: wgpu::BufferUsages| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("times"),
                size: CLOCK_BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        Some(Clock {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("times"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            back: buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
        })
    }

    /// Seconds of one dispatch.
    fn time_stage(
        &mut self,
        stage: usize,
        n_pixels: usize,
        clock: Option<&Clock>,
    ) -> Result<f64, EngineError> {
        let gpu = &self.gpu;
        let program = &self.submitter.programs[stage];
        let layout = &self.submitter.layout;
        let words = layout.tile_words(&self.submitter.chain, stage, 0, n_pixels);
        // The next slab writes its own.
        self.submitter.ranges[stage] = None;
        gpu.queue
            .write_buffer(&program.tile, 0, bytemuck::bytes_of(&words));
        let descriptor = wgpu::CommandEncoderDescriptor::default();
        let mut encoder = gpu.device.create_command_encoder(&descriptor);
        let timestamp_writes = clock.map(|clock| wgpu::ComputePassTimestampWrites {
            query_set: &clock.queries,
            beginning_of_pass_write_index: Some(0),
            end_of_pass_write_index: Some(1),
        });
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: None,
            timestamp_writes,
        });
        pass.set_pipeline(&program.pipeline);
        pass.set_bind_group(0, &program.bindings, &[]);
        let [x, y] = workgroups(n_pixels, gpu.limits.max_compute_workgroups_per_dimension);
        pass.dispatch_workgroups(x, y, 1);
        drop(pass);
        if let Some(clock) = clock {
            encoder.resolve_query_set(&clock.queries, 0..2, &clock.resolved, 0);
            encoder.copy_buffer_to_buffer(&clock.resolved, 0, &clock.back, 0, CLOCK_BYTES);
        }
        // What was written before does not count.
        let before = gpu.queue.submit([]);
        gpu.wait_for(Some(before))?;
        let start = Instant::now();
        let submission = gpu.queue.submit([encoder.finish()]);
        gpu.wait_for(Some(submission))?;
        let elapsed = start.elapsed().as_secs_f64();
        match clock {
            Some(clock) => self.read(clock),
            None => Ok(elapsed),
        }
    }

    /// The seconds between both times.
    fn read(&self, clock: &Clock) -> Result<f64, EngineError> {
        let gpu = &self.gpu;
        gpu.map(&clock.back, wgpu::MapMode::Read)?;
        let view = clock.back.get_mapped_range(..);
        let view = view.map_err(|error| gpu.refused(error.to_string()))?;
        let times: &[u64] = bytemuck::cast_slice(&view);
        let ticks = times[1].saturating_sub(times[0]);
        drop(view);
        clock.back.unmap();
        #[expect(clippy::cast_precision_loss, reason = "a duration of few digits")]
        let seconds = ticks as f64 * f64::from(gpu.queue.get_timestamp_period()) * 1e-9;
        Ok(seconds)
    }
}

/// The middle one of some numbers.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
