//! An adapter.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::Chain;
use crate::engines::gpu::pipeline_cache::default_folder;
use crate::engines::gpu::{Bandwidth, Gpu, GpuEngine, HostWork};
use crate::engines::{Engine as _, EngineError, stream};
use crate::tile::Tile;

use super::clock::{middle_of, per_second};
use super::report::{EngineReport, KernelSpeed, Phase};
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
    let bus = gpu.bandwidth(BANDWIDTH_BYTES[usize::from(!is_software)])?;

    let mut shaders = GpuEngine::without_recheck(gpu, Arc::clone(chain), memory_bytes)?;
    let compile_s = shaders.report().compile_s;
    let tiles = if is_software { 1 } else { TILES };
    let a_tile = |seconds: f64| per_second(tiles * n_pixels, seconds);
    // The first tiles touch new memory.
    stream(&mut shaders, tile, tiles)?;
    let warm = shaders.host_work();
    let alone = a_tile(middle_of(budget, || stream(&mut shaders, tile, tiles))?);
    let host = shaders.host_work();
    let bytes_back = shaders.bytes_back(n_pixels);
    let times = shaders.time_stages(n_pixels, budget)?;
    #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
    let dispatched = times.n_pixels.max(1) as f64;
    let kernels = speeds(chain, Missing::InBits, bus.copy, |_, numbers| {
        let seconds = numbers.iter().map(|&number| times.seconds[number]);
        Ok(seconds.sum::<f64>() / dispatched)
    })?;

    let mut engine = GpuEngine::new(shaders.into_gpu(), Arc::clone(chain), memory_bytes)?;
    let decided = a_tile(middle_of(budget, || stream(&mut engine, tile, tiles))?);
    let whole = [(alone, bytes_back), (decided, engine.bytes_back(n_pixels))];
    #[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
    let traffic = Traffic {
        input: chain.input_bytes() as f64,
        whole: whole.map(|(rate, bytes)| (rate, bytes as f64 / n_pixels.max(1) as f64)),
        host: pixels_per_s(warm, host),
    };
    Ok(EngineReport {
        engine: engine.name(),
        kind: if is_software { "software" } else { "gpu" },
        pixels: n_pixels,
        compile_s,
        copy_bytes_per_s: bus.copy,
        to_device_bytes_per_s: Some(bus.to_device()),
        to_host_bytes_per_s: Some(bus.to_host()),
        phases: phases(&bus, &traffic, &kernels),
        kernels_timed_by: if times.by_device {
            "timestamps of the device"
        } else {
            "whole submissions"
        },
        kernel_pixels: times.n_pixels,
        kernels,
    })
}

/// What goes to and fro, and how fast the host and the whole engine are.
struct Traffic {
    /// Bytes of a pixel that go to the device.
    input: f64,
    /// Pixels a second from host to host, and bytes of a pixel that come back: without decisions in `f64`, and with them.
    whole: [(f64, f64); 2],
    /// Pixels a second that the host writes for the device, and that it takes apart.
    host: [f64; 2],
}

/// Pixels a second that the host filled and unpacked between two times.
fn pixels_per_s(from: HostWork, to: HostWork) -> [f64; 2] {
    #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
    let rate = |n: u64, seconds: f64| n as f64 / seconds.max(1e-9);
    [
        rate(to.filled - from.filled, to.fill_s - from.fill_s),
        rate(to.unpacked - from.unpacked, to.unpack_s - from.unpack_s),
    ]
}

/// The parts of the work, and all of it without and with decisions in `f64`.
fn phases(bus: &Bandwidth, traffic: &Traffic, kernels: &[KernelSpeed]) -> Vec<Phase> {
    let &Traffic { input, .. } = traffic;
    let [(alone, back), (decided, back_with_picked)] = traffic.whole;
    // Bytes as they travel, at the speed of plain copies.
    let at_best = |name, rate: f64, bytes: f64| Phase::new(name, rate / bytes.max(1.0), bytes);
    let on_host = |name, pixels_per_s: f64, bytes: f64, copy: f64| {
        let mut phase = Phase::new(name, pixels_per_s, bytes);
        phase.share_of_bus = Some(phase.bytes_per_s / copy.max(1.0));
        phase
    };
    let from_host_to_host = |name, pixels_per_s: f64, back: f64| {
        let mut phase = Phase::new(name, pixels_per_s, input + back);
        // Both ways at once: the fuller one bounds.
        let shares = [
            pixels_per_s * input / bus.to_device().max(1.0),
            pixels_per_s * back / bus.to_host().max(1.0),
        ];
        phase.share_of_bus = Some(shares[0].max(shares[1]));
        phase
    };
    let [filled, unpacked] = traffic.host;
    let mut all = vec![
        on_host("fill", filled, input, bus.fill),
        at_best("upload at best", bus.upload, input),
        of_kernels(bus, kernels),
        at_best("read-back at best", bus.read_back, back),
        on_host("unpack", unpacked, back, bus.unpack),
        from_host_to_host("host to host, undecided", alone, back),
    ];
    // The decisions may be hidden beside the device, or in the noise.
    let s_to_decide = 1.0 / decided - 1.0 / alone;
    if s_to_decide > 0.0 {
        all.push(Phase::new("decide", 1.0 / s_to_decide, 0.0));
    }
    all.push(from_host_to_host("host to host", decided, back_with_picked));
    all
}

/// All kernels one by one.
#[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
fn of_kernels(bus: &Bandwidth, kernels: &[KernelSpeed]) -> Phase {
    let seconds: f64 = kernels.iter().map(|kernel| kernel.s_per_pixel).sum();
    let bytes: usize = kernels.iter().map(|kernel| kernel.bytes_per_pixel).sum();
    let mut phase = Phase::new("kernels", 1.0 / seconds.max(1e-15), bytes as f64);
    phase.share_of_copy = Some(phase.bytes_per_s / bus.copy.max(1.0));
    phase
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 bytes in and 250 back, or 300 with inputs of flagged pixels; a million pixels a second of everything.
    #[test]
    fn shares_of_the_way_are_those_of_bytes_as_they_travel() {
        let bus = Bandwidth {
            copy: 1e11,
            fill: 1e10,
            upload: 4e9,
            read_back: 2e9,
            unpack: 5e8,
        };
        let warm = HostWork {
            filled: 100,
            fill_s: 7.0,
            unpacked: 100,
            unpack_s: 7.0,
        };
        let work = HostWork {
            filled: 3_000_100,
            fill_s: 10.0,
            unpacked: 2_000_100,
            unpack_s: 11.0,
        };
        let traffic = Traffic {
            input: 1000.0,
            whole: [(1e6, 250.0), (1e6, 300.0)],
            host: pixels_per_s(warm, work),
        };
        let found = phases(&bus, &traffic, &[]).into_iter();
        let found: Vec<_> = found
            .filter(|phase| phase.phase != "kernels")
            .map(|phase| {
                (
                    phase.phase,
                    phase.pixels_per_s,
                    phase.bytes_per_pixel,
                    phase.share_of_bus,
                )
            })
            .collect();
        let expected = [
            ("fill", 1e6, 1000.0, Some(0.1)),
            ("upload at best", 4e6, 1000.0, None),
            ("read-back at best", 8e6, 250.0, None),
            ("unpack", 5e5, 250.0, Some(0.25)),
            // 250 MB/s of 500: the way back is fuller than a quarter of the way there.
            ("host to host, undecided", 1e6, 1250.0, Some(0.5)),
            ("host to host", 1e6, 1300.0, Some(0.6)),
        ];
        assert_eq!(found, expected);
    }
}
