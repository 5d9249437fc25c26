//! The CPU engine.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::engines::{Engine as _, EngineError, stream};
use crate::tile::Tile;

use super::clock::{middle_of, per_second};
use super::report::{EngineReport, Phase};
use super::stages::{Missing, StagesOnCpu, by_label, speeds};

/// Measures the CPU engine on a tile.
///
/// # Arguments
///
/// * `copy` - bytes a second that the host copies.
/// * `budget` - time for the whole chain, and about as much for all kernels.
pub(super) fn measure_cpu(
    chain: &Arc<Chain>,
    tile: &Arc<Tile>,
    copy: f64,
    budget: Duration,
) -> Result<EngineReport, EngineError> {
    let mut engine = CpuEngine::new(Arc::clone(chain));
    let n_pixels = tile.window.n_pixels();
    let seconds = middle_of(budget, || stream(&mut engine, tile, 1))?;
    #[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
    let moved = (chain.input_bytes() + chain.returned_bytes()) as f64;
    let mut phase = Phase::new("host to host", per_second(n_pixels, seconds), moved);
    phase.share_of_copy = Some(phase.bytes_per_s / copy.max(1.0));

    let stages = StagesOnCpu::new(chain, tile);
    let rows = by_label(chain).len();
    let each = budget / u32::try_from(rows.max(1)).unwrap_or(u32::MAX);
    let kernels = speeds(chain, Missing::InValues, copy, |stage, numbers| {
        // Stages of one label differ in coefficients and inputs of the same kind: one of them is measured.
        #[expect(clippy::cast_precision_loss, reason = "some hundred stages")]
        let times = numbers.len() as f64;
        Ok(times * stages.seconds_of_pixel(stage, each)?)
    })?;
    Ok(EngineReport {
        engine: engine.name(),
        kind: "cpu",
        pixels: n_pixels,
        compile_s: 0.0,
        copy_bytes_per_s: copy,
        to_device_bytes_per_s: None,
        to_host_bytes_per_s: None,
        phases: vec![phase],
        kernels_timed_by: "blocks of pixels on all threads",
        kernel_pixels: n_pixels,
        kernels,
    })
}
