//! Chooses and opens the engine of a run.

use std::sync::Arc;

use crate::chain::Chain;
use crate::device::Device;
use crate::engines::cpu::CpuEngine;
use crate::engines::{Engine, EngineError};

/// Why the CPU computes where the choice was left to the program.
#[cfg(feature = "gpu")]
const WHY_CPU: &str = "no hardware GPU was found";
#[cfg(not(feature = "gpu"))]
const WHY_CPU: &str = "this build has no GPU engine";

/// The engine of a run, and why it is this one.
///
/// # Arguments
///
/// * `memory_bytes` - what a GPU may take.
///
/// # Errors
///
/// There is no such adapter, or it cannot run the chain.
pub fn open_engine(
    device: &Device,
    chain: Arc<Chain>,
    memory_bytes: u64,
) -> Result<(Box<dyn Engine>, String), EngineError> {
    open_engine_with_faults(device, chain, memory_bytes, &[])
}

/// The same with a GPU that is lost at these submissions: for tests.
pub(crate) fn open_engine_with_faults(
    device: &Device,
    chain: Arc<Chain>,
    memory_bytes: u64,
    faults: &[u64],
) -> Result<(Box<dyn Engine>, String), EngineError> {
    let wish = match device {
        Device::Cpu => Wish::Cpu("asked for"),
        Device::Auto if has_hardware_gpu() => Wish::Gpu {
            name_part: None,
            why: "the best adapter of this machine".to_owned(),
        },
        Device::Auto => Wish::Cpu(WHY_CPU),
        Device::Gpu => Wish::Gpu {
            name_part: None,
            why: "asked for".to_owned(),
        },
        Device::Named(part) => Wish::Gpu {
            name_part: Some(part),
            why: format!("its name contains {part:?}"),
        },
    };
    match wish {
        Wish::Cpu(why) => Ok((Box::new(CpuEngine::new(chain)), why.to_owned())),
        Wish::Gpu { name_part, why } => {
            // A study that asks for a GPU gets its results from a GPU alone.
            let only_gpu = *device == Device::Gpu;
            let engine = open_gpu(name_part, only_gpu, chain, memory_bytes, faults)?;
            Ok((engine, why))
        }
    }
}

/// What to open, and why.
enum Wish<'a> {
    Cpu(&'static str),
    Gpu {
        /// A part of the adapter's name; none for the best.
        name_part: Option<&'a str>,
        why: String,
    },
}

#[cfg(feature = "gpu")]
fn has_hardware_gpu() -> bool {
    let adapters = crate::engines::gpu::adapters();
    adapters.first().is_some_and(|best| !best.is_software())
}

#[cfg(not(feature = "gpu"))]
fn has_hardware_gpu() -> bool {
    false
}

/// Opens an adapter. When it is lost twice the run ends if `only_gpu`, else the CPU computes the rest.
#[cfg(feature = "gpu")]
fn open_gpu(
    name_part: Option<&str>,
    only_gpu: bool,
    chain: Arc<Chain>,
    memory_bytes: u64,
    faults: &[u64],
) -> Result<Box<dyn Engine>, EngineError> {
    use crate::engines::gpu::pipeline_cache::default_folder;
    use crate::engines::gpu::{LostDevice, RecoveringEngine};
    let on_second_loss = if only_gpu {
        LostDevice::EndsTheRun
    } else {
        LostDevice::CpuForTheRest
    };
    let engine = RecoveringEngine::open(
        name_part,
        default_folder(),
        chain,
        memory_bytes,
        on_second_loss,
        faults.to_vec(),
    )?;
    Ok(Box::new(engine))
}

#[cfg(not(feature = "gpu"))]
fn open_gpu(
    _name_part: Option<&str>,
    _only_gpu: bool,
    _chain: Arc<Chain>,
    _memory_bytes: u64,
    _faults: &[u64],
) -> Result<Box<dyn Engine>, EngineError> {
    Err(EngineError::NoAdapter {
        reason: "this build has no GPU engine".to_owned(),
    })
}
