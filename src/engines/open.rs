//! Chooses and opens the engine of a run.

use std::sync::Arc;

use crate::chain::Chain;
use crate::device::Device;

use super::auto::open_auto;
use super::cpu::CpuEngine;
use super::engine::Engine;
use super::error::EngineError;
use super::open_gpu::open_gpu;

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
    match device {
        Device::Cpu => Ok((Box::new(CpuEngine::new(chain)), "asked for".to_owned())),
        Device::Auto => Ok(open_auto(chain, memory_bytes)),
        Device::Gpu => {
            // A study that asks for a GPU gets its results from a GPU alone.
            let engine = open_gpu(None, true, chain, memory_bytes, faults)?;
            Ok((engine, with_remark("asked for")))
        }
        Device::Named(part) => {
            let engine = open_gpu(Some(part), false, chain, memory_bytes, faults)?;
            let why = format!("its name contains {part:?}");
            Ok((engine, with_remark(&why)))
        }
    }
}

/// Why an adapter computes, with what is to know of its self-test.
fn with_remark(why: &str) -> String {
    #[cfg(feature = "gpu")]
    if super::trust::is_switched_off() {
        return format!("{why}; NOT TESTED, as DOLINE_SELF_TEST=off: its results may be wrong");
    }
    why.to_owned()
}
