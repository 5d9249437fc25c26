//! The GPU engine.
//!
//! A tile goes to the device slab by slab, in slots that follow each other: one is filled while the
//! device computes another and a third is taken apart. The slabs of the next tile follow those of
//! the last without a gap.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::chain::Chain;
use crate::engines::engine::{Engine, EngineStats, Started, UsedResults};
use crate::engines::error::EngineError;
use crate::kernels::wgsl::compose;
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::budget::SLOTS;
use super::collect::{Message, TileOnItsWay};
use super::memory::slots_of;
use super::open::{Opened, Threads, open};
use super::pick::PickProgram;
use super::progress::{HostWork, SlabCounts};
use super::recheck::F64Recheck;
use super::slots::bytes_of;
use super::submit::Submitter;

/// A GPU as an engine.
pub struct GpuEngine {
    // In this order: what is dropped first ends the threads.
    pub(super) submitter: Submitter,
    ready: Receiver<TileOnItsWay>,
    threads: Threads,
    started: Started,
    used: UsedResults,
    used_attention: Vec<Vec<u8>>,
    /// Seconds that compiling the shaders of this engine took.
    compile_s: f64,
    pub(super) gpu: Gpu,
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
        Self::open(gpu, chain, memory_bytes, &own_shader, Some(recheck))
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
        Self::with_shaders(gpu, chain, memory_bytes, &own_shader)
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
        Self::open(gpu, chain, memory_bytes, shader, None)
    }

    fn open(
        mut gpu: Gpu,
        chain: Arc<Chain>,
        memory_bytes: u64,
        shader: &dyn Fn(&Chain, usize) -> String,
        recheck: Option<F64Recheck>,
    ) -> Result<Self, EngineError> {
        let Opened {
            submitter,
            ready,
            threads,
            compile_s,
        } = open(&mut gpu, chain, memory_bytes, shader, recheck)?;
        Ok(Self {
            submitter,
            ready,
            threads,
            started: Started::default(),
            used: UsedResults::default(),
            used_attention: Vec::new(),
            compile_s,
            gpu,
        })
    }

    /// Pixels of a slab.
    #[must_use]
    pub fn slab_pixels(&self) -> usize {
        self.submitter.layout.stride
    }

    /// Limits a dispatch to `pixels`, rounded down to whole workgroups. No result
    /// depends on it.
    pub fn limit_slices(&mut self, pixels: usize) {
        self.submitter.progress.limit(pixels);
    }

    /// Submissions so far.
    #[must_use]
    pub fn n_submissions(&self) -> u64 {
        self.submitter.progress.n_made()
    }

    /// Slabs so far.
    #[must_use]
    pub fn slabs(&self) -> SlabCounts {
        self.submitter.progress.slabs()
    }

    /// What the host did for slabs so far.
    #[must_use]
    pub fn host_work(&self) -> HostWork {
        self.submitter.progress.host()
    }

    /// Bytes that come back of a tile of `n_pixels`: its layers, packed, and room for the inputs of flagged pixels.
    #[must_use]
    pub fn bytes_back(&self, n_pixels: usize) -> u64 {
        self.submitter.bytes_back(n_pixels)
    }

    /// Uniforms written so far: all that goes to the device but through the slots. Slabs of one size
    /// that are not cut need none.
    #[must_use]
    pub fn uniform_writes(&self) -> u64 {
        self.submitter.uniform_writes
    }

    /// Loses the device before submission `n`, for tests.
    pub fn lose_device_at(&mut self, n: Option<u64>) {
        self.submitter.lose_device_at = n;
    }

    /// Bytes of the buffers that grow with a slab, on the device and for what travels.
    #[must_use]
    pub fn device_bytes(&self) -> u64 {
        let pick = self.submitter.pick.as_ref();
        bytes_of(&self.submitter.buffers, &self.submitter.slots)
            + pick.map_or(0, PickProgram::n_bytes)
    }

    /// The device, to be used again.
    #[must_use]
    pub fn into_gpu(self) -> Gpu {
        let Self {
            submitter,
            ready,
            threads,
            gpu,
            ..
        } = self;
        drop((submitter, ready));
        drop(threads);
        gpu
    }

    fn lost(&self, tile: &Tile, reason: String) -> EngineError {
        EngineError::DeviceLost {
            adapter: self.gpu.report.name.clone(),
            window: tile.window,
            reason,
        }
    }
}

fn own_shader(chain: &Chain, stage: usize) -> String {
    let stage = &chain.stages[stage];
    compose(&*stage.kernel, &slots_of(chain, stage))
}

impl Engine for GpuEngine {
    fn name(&self) -> String {
        self.gpu.report.engine_name()
    }

    fn tiles_in_flight(&self) -> usize {
        SLOTS
    }

    fn start(&mut self, tile: Arc<Tile>) -> Result<(), EngineError> {
        self.started.push(Arc::clone(&tile), SLOTS)?;
        let output = self.used.next(&self.submitter.chain, &tile);
        let attention = self.used_attention.pop().unwrap_or_default();
        let on_its_way = TileOnItsWay::new(Arc::clone(&tile), output, attention);
        let sent = self.submitter.to_collector.send(Message::Tile(on_its_way));
        let submitted = match sent {
            Ok(()) => self.submitter.submit_tile(&tile),
            Err(_) => Err(self.submitter.reason()),
        };
        submitted.map_err(|reason| {
            self.submitter.progress.fail(reason.clone());
            self.lost(&tile, reason)
        })
    }

    fn finish(&mut self) -> Result<TileOutput, EngineError> {
        let tile = self.started.pop()?;
        match self.ready.recv() {
            Ok(ready) => {
                self.used_attention.push(ready.attention);
                Ok(ready.output)
            }
            Err(_) => Err(self.lost(&tile, self.submitter.reason())),
        }
    }

    fn reuse(&mut self, used: TileOutput) {
        self.used.push(used);
    }

    fn report(&self) -> EngineStats {
        EngineStats {
            compile_s: self.compile_s,
            ..EngineStats::default()
        }
    }
}
