//! An adapter.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::Chain;
use crate::engines::gpu::pipeline_cache::default_folder;
use crate::engines::gpu::{Bandwidth, Gpu, GpuEngine};
use crate::engines::{Engine as _, EngineError, stream};
use crate::tile::Tile;

use super::clock::{middle_of, per_second};
use super::report::{EngineReport, Phase};
use super::stages::{Missing, speeds};

/// Tiles that follow each other on a card, so that upload, kernels and read-back overlap as in a run.
const TILES: usize = 6;

/// Bytes of the copies of a software adapter, and of hardware: more than their caches hold.
const BANDWIDTH_BYTES: [u64; 2] = [64 << 20, 256 << 20];

/// Measures the adapter of this name on a tile.
///
/// # Arguments
///
/// * `memory_bytes` - what it may take.
/// * `budget` - time for the whole chain, and about as much for all kernels.
///
/// # Errors
///
/// There is no such adapter, it cannot run the chain, or it is lost.
pub(super) fn measure_adapter(
    name: &str,
    chain: &Arc<Chain>,
    tile: &Arc<Tile>,
    memory_bytes: u64,
    budget: Duration,
) -> Result<EngineReport, EngineError> {
    let gpu = Gpu::open_with_cache(Some(name), default_folder().as_deref())?;
    let is_software = gpu.report.is_software();
    let n_pixels = tile.window.n_pixels();
    let bus = gpu.bandwidth(if is_software {
        BANDWIDTH_BYTES[0]
    } else {
        BANDWIDTH_BYTES[1]
    })?;

    let mut shaders = GpuEngine::without_recheck(gpu, Arc::clone(chain), memory_bytes)?;
    let compile_s = shaders.report().compile_s;
    let tiles = if is_software { 1 } else { TILES };
    let a_tile = |seconds: f64| per_second(tiles * n_pixels, seconds);
    let alone = a_tile(middle_of(budget, || stream(&mut shaders, tile, tiles))?);
    let times = shaders.time_stages(n_pixels, budget)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
    let dispatched = times.n_pixels.max(1) as f64;
    let kernels = speeds(chain, Missing::InBits, bus.copy, |_, numbers| {
        let seconds = numbers.iter().map(|&number| times.seconds[number]);
        Ok(seconds.sum::<f64>() / dispatched)
    })?;

    let mut engine = GpuEngine::new(shaders.into_gpu(), Arc::clone(chain), memory_bytes)?;
    let decided = a_tile(middle_of(budget, || stream(&mut engine, tile, tiles))?);
    let s_of_kernels = kernels.iter().map(|kernel| kernel.s_per_pixel).sum();
    let bytes_of_kernels = kernels.iter().map(|kernel| kernel.bytes_per_pixel).sum();
    Ok(EngineReport {
        engine: engine.name(),
        kind: if is_software { "software" } else { "gpu" },
        pixels: n_pixels,
        compile_s,
        copy_bytes_per_s: bus.copy,
        to_device_bytes_per_s: Some(bus.to_device()),
        to_host_bytes_per_s: Some(bus.to_host()),
        phases: phases(
            chain,
            &bus,
            [alone, decided],
            (s_of_kernels, bytes_of_kernels),
        ),
        kernels_timed_by: if times.by_device {
            "timestamps of the device"
        } else {
            "whole submissions"
        },
        kernel_pixels: times.n_pixels,
        kernels,
    })
}

/// The parts of the work, and all of it without and with decisions in `f64`.
#[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
fn phases(
    chain: &Chain,
    bus: &Bandwidth,
    [alone, decided]: [f64; 2],
    (s_of_kernels, bytes_of_kernels): (f64, usize),
) -> Vec<Phase> {
    let input = chain.input_bytes() as f64;
    let returned = chain.returned_bytes() as f64;
    let part = |name, rate: f64, bytes: f64| Phase::new(name, rate / bytes.max(1.0), bytes);
    let mut kernels = Phase::new(
        "kernels",
        1.0 / f64::max(s_of_kernels, 1e-15),
        bytes_of_kernels as f64,
    );
    kernels.share_of_copy = Some(kernels.bytes_per_s / bus.copy.max(1.0));
    let from_host_to_host = |name, pixels_per_s: f64| {
        let mut phase = Phase::new(name, pixels_per_s, input + returned);
        // Both ways at once: the fuller one bounds.
        let shares = [
            pixels_per_s * input / bus.to_device().max(1.0),
            pixels_per_s * returned / bus.to_host().max(1.0),
        ];
        phase.share_of_bus = Some(shares[0].max(shares[1]));
        phase
    };
    let mut all = vec![
        part("fill", bus.fill, input),
        part("upload", bus.upload, input),
        kernels,
        part("read-back", bus.read_back, returned),
        part("unpack", bus.unpack, returned),
        from_host_to_host("host to host, undecided", alone),
    ];
    // The decisions may be hidden beside the device, or in the noise.
    let s_to_decide = 1.0 / decided - 1.0 / alone;
    if s_to_decide > 0.0 {
        all.push(Phase::new("decide", 1.0 / s_to_decide, 0.0));
    }
    all.push(from_host_to_host("host to host", decided));
    all
}
