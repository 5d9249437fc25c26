//! The GPU engine.
//!
//! A tile goes to the device slab by slab, through two read-back buffers in turn: the device
//! computes one slab while the host reads the last one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::chain::Chain;
use crate::engines::engine::{Engine, EngineStats, layers_to_write};
use crate::engines::error::EngineError;
use crate::kernels::wgsl::compose;
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::memory::{Layout, least_buffer, slab_pixels, slots_of, words_of};
use super::program::{Program, bind, dispatch_nothing};
use super::recheck::F64Recheck;
use super::schedule::SliceScheduler;
use super::slabs::{Buffers, Pending, Slabs, Submissions};

/// A GPU as an engine.
pub struct GpuEngine {
    slabs: Slabs,
    /// Layers whose memory the next tile may have.
    used: Vec<Vec<f32>>,
    /// None where the shaders alone compute, for validation.
    recheck: Option<F64Recheck>,
    /// Seconds that compiling the shaders of this engine took.
    compile_s: f64,
}

impl GpuEngine {
    /// Compiles the shaders of `chain` and takes buffers within `memory_bytes`.
    ///
    /// The CPU computes some pixels again in `f64`: those that a kernel flags as within rounding of
    /// a threshold or as badly conditioned, and those with numbers outside
    /// [`WITHIN_F32`](crate::kernels::f32_range::WITHIN_F32).
    ///
    /// # Errors
    ///
    /// The device has too little memory for a single workgroup, or refuses a shader or a buffer.
    pub fn new(gpu: Gpu, chain: Arc<Chain>, memory_bytes: u64) -> Result<Self, EngineError> {
        let recheck = F64Recheck::new(&chain);
        Ok(Self {
            recheck: Some(recheck),
            ..Self::without_recheck(gpu, chain, memory_bytes)?
        })
    }

    /// The same without the recheck in `f64`: what the shaders alone give, for validation.
    ///
    /// # Errors
    ///
    /// As [`GpuEngine::new`].
    pub fn without_recheck(
        gpu: Gpu,
        chain: Arc<Chain>,
        memory_bytes: u64,
    ) -> Result<Self, EngineError> {
        Self::with_shaders(gpu, chain, memory_bytes, &|chain, stage| {
            let stage = &chain.stages[stage];
            compose(&*stage.kernel, &slots_of(chain, stage))
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
        check_iterations(&gpu, &chain)?;
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
                dispatch_nothing(device, queue, pipeline, &bindings);
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
        let slabs = Slabs {
            gpu,
            chain,
            layout,
            programs,
            scheduler: SliceScheduler::new(n_stages, stride),
            submissions: Submissions::default(),
            buffers,
            returned_at,
            upload: Vec::new(),
            extremes: Vec::new(),
        };
        Ok(Self {
            slabs,
            used: Vec::new(),
            recheck: None,
            compile_s,
        })
    }

    /// Pixels of a slab.
    #[must_use]
    pub fn slab_pixels(&self) -> usize {
        self.slabs.layout.stride
    }

    /// Limits a dispatch to `pixels`, rounded down to whole workgroups. No result
    /// depends on it.
    pub fn limit_slices(&mut self, pixels: usize) {
        self.slabs.scheduler.limit(pixels);
    }

    /// Submissions of slices so far.
    #[must_use]
    pub fn n_submissions(&self) -> u64 {
        self.slabs.submissions.made
    }

    /// Loses the device before submission number `n`, counted from 0: for tests of what follows.
    #[doc(hidden)]
    pub fn lose_device_at(&mut self, n: Option<u64>) {
        self.slabs.submissions.lose_device_at = n;
    }

    /// Bytes of all buffers that it holds on the device, and of the staging copy of an upload.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        let readbacks: u64 = self
            .slabs
            .buffers
            .readbacks
            .iter()
            .map(wgpu::Buffer::size)
            .sum();
        2 * self.slabs.buffers.stored.size() + self.slabs.buffers.layers.size() + readbacks
    }

    /// The device, to be used again.
    #[must_use]
    pub fn into_gpu(self) -> Gpu {
        self.slabs.gpu
    }
}

/// Mesa's llvmpipe ends all loops of a thread after so many iterations
/// (`LP_MAX_TGSI_LOOP_ITERATIONS`).
const SOFTWARE_LOOP_ITERATIONS: usize = 65_535;

/// Refuses a stage that a software adapter would not finish.
fn check_iterations(gpu: &Gpu, chain: &Chain) -> Result<(), EngineError> {
    let iterations = chain
        .stages
        .iter()
        .map(|stage| (stage, stage.kernel.max_iterations()));
    match iterations.max_by_key(|(_, iterations)| *iterations) {
        Some((stage, iterations))
            if gpu.report.is_software() && iterations > SOFTWARE_LOOP_ITERATIONS =>
        {
            Err(EngineError::TooManyIterations {
                adapter: gpu.report.name.clone(),
                stage: stage.label.clone(),
                iterations,
                limit: SOFTWARE_LOOP_ITERATIONS,
            })
        }
        _ => Ok(()),
    }
}

impl Engine for GpuEngine {
    fn name(&self) -> String {
        let report = &self.slabs.gpu.report;
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
        let mut layers =
            layers_to_write(&self.slabs.chain, n_pixels, std::mem::take(&mut self.used));
        let mut in_flight: VecDeque<Pending> = VecDeque::new();
        self.slabs.extremes.clear();
        for (slab, first) in (0..n_pixels).step_by(self.slabs.layout.stride).enumerate() {
            if in_flight.len() == self.slabs.buffers.readbacks.len()
                && let Some(oldest) = in_flight.pop_front()
            {
                self.slabs.collect(tile, &oldest, &mut layers)?;
            }
            let n = self.slabs.layout.stride.min(n_pixels - first);
            in_flight.push_back(self.slabs.submit(
                tile,
                first,
                n,
                slab % self.slabs.buffers.readbacks.len(),
            )?);
        }
        for pending in in_flight {
            self.slabs.collect(tile, &pending, &mut layers)?;
        }
        let extremes = std::mem::take(&mut self.slabs.extremes);
        if let Some(recheck) = &self.recheck {
            recheck.run(&self.slabs.chain, tile, &extremes, &mut layers);
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
