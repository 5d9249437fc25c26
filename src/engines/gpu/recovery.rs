//! Recovery from a lost device. A driver's watchdog, a driver update or a lack of memory can lose
//! it.
//!
//! The device is opened again and all tiles on their way are computed once more, with half the memory
//! and half the pixels at a time. One that lacks memory gets half as much, and half of that, a few times. When another is
//! lost too, the CPU computes the rest, unless the user asked
//! for a GPU only.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::engines::engine::{Engine, EngineStats, Started};
use crate::engines::error::EngineError;
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::budget::SLOTS;
use super::engine::GpuEngine;

/// How often a device that lacks memory is opened again with half of what it had.
const MAX_SMALLER: usize = 4;

/// What is to happen when a device was lost twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostDevice {
    /// The CPU computes the rest.
    CpuForTheRest,
    /// The run ends.
    EndsTheRun,
}

/// A GPU that is opened again when it is lost.
pub struct RecoveringEngine {
    name_part: Option<String>,
    cache_folder: Option<PathBuf>,
    chain: Arc<Chain>,
    memory_bytes: u64,
    on_second_loss: LostDevice,
    /// What computes now; none between a loss and the next device.
    gpu: Option<GpuEngine>,
    cpu: Option<CpuEngine>,
    /// Set when nobody wants what is on its way; for the CPU.
    is_ending: Arc<AtomicBool>,
    started: Started,
    /// Name of the adapter.
    name: String,
    report: EngineStats,
    /// How often a device lacked memory.
    n_without_memory: usize,
    /// Seconds of compiling by devices that were lost.
    compile_s: f64,
    /// Submissions at which the first, the second ... device is lost, for tests.
    faults: Vec<u64>,
}

impl RecoveringEngine {
    /// Opens the adapter whose name contains `name_part`, or the best one, for `chain`.
    ///
    /// # Arguments
    ///
    /// * `cache_folder` - where compiled shaders are kept between runs; none to compile them.
    /// * `faults` - submissions at which the first, the second ... device is lost: for tests.
    ///
    /// # Errors
    ///
    /// There is no such adapter, or it cannot run the chain even with half of the memory.
    pub fn open(
        name_part: Option<&str>,
        cache_folder: Option<PathBuf>,
        chain: Arc<Chain>,
        memory_bytes: u64,
        on_second_loss: LostDevice,
        faults: Vec<u64>,
    ) -> Result<Self, EngineError> {
        let mut engine = Self {
            name_part: name_part.map(str::to_owned),
            cache_folder,
            chain,
            memory_bytes,
            on_second_loss,
            gpu: None,
            cpu: None,
            is_ending: Arc::default(),
            started: Started::default(),
            name: String::new(),
            report: EngineStats::default(),
            n_without_memory: 0,
            compile_s: 0.0,
            faults,
        };
        let gpu = engine.open_within_memory()?;
        engine.name = gpu.name();
        engine.gpu = Some(gpu);
        Ok(engine)
    }

    /// Opens the device with all of the memory, or with half of it, a few times: other programs may hold the rest.
    fn open_within_memory(&mut self) -> Result<GpuEngine, EngineError> {
        for n in 0..MAX_SMALLER {
            match self.open_gpu() {
                Err(EngineError::NoDevice { reason, .. }) if n == 0 || lacks_memory(&reason) => {
                    self.memory_bytes /= 2;
                }
                opened => return opened,
            }
        }
        self.open_gpu()
    }

    fn open_gpu(&self) -> Result<GpuEngine, EngineError> {
        let gpu = Gpu::open_with_cache(self.name_part.as_deref(), self.cache_folder.as_deref())?;
        let mut engine = GpuEngine::new(gpu, Arc::clone(&self.chain), self.memory_bytes)?;
        engine.lose_device_at(self.faults.get(self.report.losses.len()).copied());
        Ok(engine)
    }

    /// Takes note of a loss and opens what computes from here on.
    fn recover(&mut self, lost: EngineError) -> Result<(), EngineError> {
        let slab = self.gpu.as_ref().map_or(0, GpuEngine::slab_pixels);
        // Dropped before the next one is opened: two devices would need twice the memory.
        if let Some(engine) = self.gpu.take() {
            self.compile_s += engine.report().compile_s;
        }
        let what = match &lost {
            EngineError::DeviceLost { window, reason, .. } => {
                format!("while computing {window}: {reason}")
            }
            other => other.to_string(),
        };
        self.report.losses.push(what.clone());
        let lacks_memory = lacks_memory(&what);
        self.n_without_memory += usize::from(lacks_memory);
        let is_opened_again = if lacks_memory {
            self.n_without_memory <= MAX_SMALLER
        } else {
            self.report.losses.len() - self.n_without_memory == 1
        };
        if is_opened_again {
            self.memory_bytes /= 2;
            match self.open_gpu() {
                Ok(mut engine) => {
                    engine.limit_slices(slab / 2);
                    let happened = if lacks_memory {
                        "lacked memory"
                    } else {
                        "was lost"
                    };
                    self.report.warnings.push(format!(
                        "the device {happened} and was opened again; the run continues with half the memory and \
                         half the pixels at a time ({what})"
                    ));
                    self.gpu = Some(engine);
                    return Ok(());
                }
                Err(error) => self.report.losses.push(error.to_string()),
            }
        }
        if self.on_second_loss == LostDevice::EndsTheRun {
            return Err(lost);
        }
        self.report.warnings.push(format!(
            "the device was lost again; the CPU computes the rest, within the tolerances of \
             docs/ACCURACY.md ({what})"
        ));
        let mut cpu = CpuEngine::new(Arc::clone(&self.chain));
        cpu.give_up_when(Arc::clone(&self.is_ending));
        self.cpu = Some(cpu);
        Ok(())
    }

    /// Recovers, and starts all tiles on their way once more. The CPU starts a tile when it is asked
    /// for.
    fn start_again(&mut self, mut lost: EngineError) -> Result<(), EngineError> {
        loop {
            if let Err(error) = self.recover(lost) {
                self.started = Started::default();
                return Err(error);
            }
            let Some(gpu) = &mut self.gpu else {
                return Ok(());
            };
            let tiles = self.started.tiles().into_iter();
            match tiles.map(|tile| gpu.start(tile)).find(Result::is_err) {
                Some(Err(again @ EngineError::DeviceLost { .. })) => lost = again,
                Some(other) => return other,
                None => return Ok(()),
            }
        }
    }

    /// What computes `tile`. After a loss that ended the run there is nothing.
    fn gpu(&mut self, tile: &Tile) -> Result<&mut GpuEngine, EngineError> {
        self.gpu.as_mut().ok_or_else(|| EngineError::DeviceLost {
            adapter: self.name.clone(),
            window: tile.window,
            reason: "it was lost before".to_owned(),
        })
    }
}

/// Whether a device failed for lack of memory.
fn lacks_memory(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["out of memory", "not enough memory"]
        .iter()
        .any(|words| reason.contains(words))
}

impl Engine for RecoveringEngine {
    fn name(&self) -> String {
        match &self.cpu {
            Some(cpu) => format!("{}, then {}", self.name, cpu.name()),
            None => self.name.clone(),
        }
    }

    fn tiles_in_flight(&self) -> usize {
        SLOTS
    }

    fn start(&mut self, tile: Arc<Tile>) -> Result<(), EngineError> {
        self.started.push(Arc::clone(&tile), SLOTS)?;
        if self.cpu.is_some() {
            return Ok(());
        }
        match self.gpu(&tile)?.start(Arc::clone(&tile)) {
            Err(lost @ EngineError::DeviceLost { .. }) => self.start_again(lost),
            started => started,
        }
    }

    fn finish(&mut self) -> Result<TileOutput, EngineError> {
        loop {
            let oldest = self.started.oldest()?;
            if let Some(cpu) = &mut self.cpu {
                self.report.tiles_on_cpu += 1;
                self.started.pop()?;
                cpu.start(oldest)?;
                return cpu.finish();
            }
            match self.gpu(&oldest)?.finish() {
                Err(lost @ EngineError::DeviceLost { .. }) => self.start_again(lost)?,
                Err(error) => return Err(error),
                Ok(output) => {
                    self.started.pop()?;
                    return Ok(output);
                }
            }
        }
    }

    fn give_up_when(&mut self, is_ending: Arc<AtomicBool>) {
        self.is_ending = is_ending;
    }

    fn reuse(&mut self, used: TileOutput) {
        match (&mut self.cpu, &mut self.gpu) {
            (Some(cpu), _) => cpu.reuse(used),
            (None, Some(gpu)) => gpu.reuse(used),
            (None, None) => {}
        }
    }

    fn report(&self) -> EngineStats {
        let now = self
            .gpu
            .as_ref()
            .map_or(0.0, |engine| engine.report().compile_s);
        EngineStats {
            compile_s: self.compile_s + now,
            ..self.report.clone()
        }
    }
}
