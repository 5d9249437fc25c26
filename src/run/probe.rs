//! The expected time of a run, from a few tiles that are read, computed and written.

use std::time::Instant;

use serde::Serialize;

use crate::engines::Engine;
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::pipeline::Compute as _;
use crate::sources::{GdalReader, Source as _};
use crate::study::Study;

use super::collect::SeenValues;
use super::computing::Computing;
use super::outputs::{raster_sink, write_tile};
use super::plan::Plan;
use super::tile::{ComputedTile, TileView};

/// No further tile is begun after so many seconds.
const ENOUGH_S: f64 = 20.0;

/// An estimate of the time of a run, from tiles that were read, computed and written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExpectedTime {
    /// Seconds of the whole run.
    pub seconds: f64,
    /// Tiles that were measured.
    pub tiles: usize,
    /// Their pixels.
    pub pixels: u64,
    /// Pixels of the whole grid.
    pub of_pixels: u64,
    /// Seconds that they were read.
    pub read_s: f64,
    /// Seconds that they were computed on the device.
    pub compute_s: f64,
    /// Seconds that they were written.
    pub write_s: f64,
}

/// What a few tiles took.
#[derive(Default)]
struct Measured {
    tiles: u32,
    pixels: u64,
    read_s: f64,
    compute_s: f64,
    write_s: f64,
    /// Seconds of the first tile on a new engine, which compiles shaders.
    first_s: f64,
}

/// Reads, computes and writes a few tiles from all over the grid, and scales the time up.
pub(super) fn probe(
    study: &Study,
    plan: &Plan,
    mut engine: Box<dyn Engine>,
    seen: &SeenValues,
) -> Result<ExpectedTime, Error> {
    let mut reader: GdalReader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let start = Instant::now();
    let mut measured = Measured::default();
    for window in probed_windows(plan) {
        if measured.tiles > 0 && start.elapsed().as_secs_f64() > ENOUGH_S {
            break;
        }
        let (tile, read_s) = timed(|| reader.read(window));
        let tile = tile?;
        if measured.tiles == 0 {
            let (warm, s) = timed(|| engine.run(&tile));
            engine.reuse(warm?);
            measured.first_s = s;
        }
        let mut computing = Computing::new(&plan.chain, engine.as_mut(), seen, None);
        let (computed, compute_s) = timed(|| {
            computing.start(tile)?;
            computing.finish()
        });
        let (computed, _) = computed?;
        let (written, write_s) = timed(|| write(study, plan, &computed));
        written?;
        // As in a run, each result is made in the memory of the one before.
        computing.reuse(computed);
        measured.tiles += 1;
        measured.pixels += window.n_pixels() as u64;
        measured.read_s += read_s;
        measured.compute_s += compute_s;
        measured.write_s += write_s;
    }
    Ok(expected(plan, &measured, engine.name().starts_with("CPU")))
}

/// A window from the middle of the grid and one from a sixth before either end, each once.
fn probed_windows(plan: &Plan) -> Vec<Window> {
    let windows = &plan.tiling.windows;
    let n = windows.len();
    let mut indices: Vec<usize> = Vec::new();
    for index in [n / 2, n / 6, n - 1 - n / 6] {
        if !indices.contains(&index) {
            indices.push(index);
        }
    }
    indices.into_iter().map(|index| windows[index]).collect()
}

/// The time of the whole run.
fn expected(plan: &Plan, measured: &Measured, on_cpu: bool) -> ExpectedTime {
    let of_pixels = plan.grid.window().n_pixels() as u64;
    let a_tile_s = measured.compute_s / f64::from(measured.tiles.max(1));
    let once_s = (measured.first_s - a_tile_s).max(0.0);
    ExpectedTime {
        seconds: once_s + scaled_up(plan, measured, of_pixels, on_cpu),
        tiles: measured.tiles as usize,
        pixels: measured.pixels,
        of_pixels,
        read_s: measured.read_s,
        compute_s: measured.compute_s,
        write_s: measured.write_s,
    }
}

/// Seconds of all tiles. Reading, computing and writing overlap, so that the slowest of them counts. Where the same
/// cores do all three, it is no less than their work divided by the cores.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn scaled_up(plan: &Plan, measured: &Measured, of_pixels: u64, on_cpu: bool) -> f64 {
    let Measured {
        read_s,
        compute_s,
        write_s,
        ..
    } = *measured;
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let n_tiles = plan.tiling.windows.len();
    let slowest = read_s.max(compute_s).max(write_s);
    // Counted as if reading kept its threads busy, the CPU engine all cores and the writer one.
    let read_work = read_s * (plan.reading_threads() as f64).min(cores);
    let compute_work = if on_cpu { compute_s * cores } else { 0.0 };
    let shared = (read_work + write_s + compute_work) / cores;
    // One tile alone has nothing to overlap with.
    let all = if n_tiles == 1 {
        read_s + compute_s + write_s
    } else {
        0.0
    };
    let scale = of_pixels as f64 / measured.pixels.max(1) as f64;
    slowest.max(shared).max(all) * scale
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// Writes a tile as a run would, into a temporary folder that is removed again.
fn write(study: &Study, plan: &Plan, computed: &ComputedTile) -> Result<(), Error> {
    let dir = std::env::temp_dir().join(format!("doline-check-{}", std::process::id()));
    let tile = TileView::new(&plan.chain, computed);
    let grid = Grid {
        height: tile.window().height,
        width: tile.window().width,
        ..plan.grid.clone()
    };
    // Not finished: dropping the sink removes everything.
    let mut sink = raster_sink(study, plan, &grid, &dir)?;
    Ok(write_tile(&mut sink, &tile, grid.window(), &[])?)
}
