//! Opens a GPU as the engine of a run.

use std::sync::Arc;

use crate::chain::Chain;

use super::engine::Engine;
use super::error::EngineError;

/// Opens an adapter that has passed its self-test. When it is lost twice the run ends if `only_gpu`, else the CPU computes the rest.
#[cfg(feature = "gpu")]
pub(super) fn open_gpu(
    name_part: Option<&str>,
    only_gpu: bool,
    chain: Arc<Chain>,
    memory_bytes: u64,
    faults: &[u64],
) -> Result<Box<dyn Engine>, EngineError> {
    use super::gpu::pipeline_cache::default_folder;
    use super::gpu::{LostDevice, RecoveringEngine};
    let on_second_loss = if only_gpu {
        LostDevice::EndsTheRun
    } else {
        LostDevice::CpuForTheRest
    };
    super::trust::require(name_part)?;
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
pub(super) fn open_gpu(
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
