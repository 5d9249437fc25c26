//! Recovery from a lost device. A driver's watchdog, a driver update or a lack of memory can lose
//! it.
//!
//! The device is opened again and the tile computed once more, with half the memory and half the
//! pixels at a time. When that one is lost too, the CPU computes the rest, unless the user asked
//! for a GPU only.

use std::path::PathBuf;
use std::sync::Arc;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::engines::engine::{Engine, EngineStats, Started};
use crate::engines::error::EngineError;
use crate::tile::{Tile, TileOutput};

use super::adapter::Gpu;
use super::engine::GpuEngine;

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
    started: Started,
    /// Name of the adapter.
    name: String,
    report: EngineStats,
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
            started: Started::default(),
            name: String::new(),
            report: EngineStats::default(),
            compile_s: 0.0,
            faults,
        };
        let gpu = match engine.open_gpu() {
            // Other programs may hold the device's memory; less of it may be had.
            Err(EngineError::NoDevice { .. }) => {
                engine.memory_bytes /= 2;
                engine.open_gpu()?
            }
            opened => opened?,
        };
        engine.name = gpu.name();
        engine.gpu = Some(gpu);
        Ok(engine)
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
        if self.report.losses.len() == 1 {
            self.memory_bytes /= 2;
            match self.open_gpu() {
                Ok(mut engine) => {
                    engine.limit_slices(slab / 2);
                    self.report.warnings.push(format!(
                        "the device was lost and opened again; the run continues with half the memory and \
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
            "the device was lost twice; the CPU computes the rest, within the tolerances of \
             docs/ACCURACY.md ({what})"
        ));
        self.cpu = Some(CpuEngine::new(Arc::clone(&self.chain)));
        Ok(())
    }
}

impl Engine for RecoveringEngine {
    fn name(&self) -> String {
        match &self.cpu {
            Some(cpu) => format!("{}, then {}", self.name, cpu.name()),
            None => self.name.clone(),
        }
    }

    fn start(&mut self, tile: Arc<Tile>) -> Result<(), EngineError> {
        self.started.push(tile, self.tiles_in_flight())
    }

    fn finish(&mut self) -> Result<TileOutput, EngineError> {
        let tile = self.started.pop()?;
        self.run(&tile)
    }

    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        loop {
            if let Some(cpu) = &mut self.cpu {
                self.report.tiles_on_cpu += 1;
                return cpu.run(tile);
            }
            // `recover` leaves a GPU or the CPU behind, or an error; then nothing is run again.
            let Some(gpu) = &mut self.gpu else {
                let reason = "it was lost before".to_owned();
                return Err(EngineError::DeviceLost {
                    adapter: self.name.clone(),
                    window: tile.window,
                    reason,
                });
            };
            match gpu.run(tile) {
                Err(lost @ EngineError::DeviceLost { .. }) => self.recover(lost)?,
                done => return done,
            }
        }
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
