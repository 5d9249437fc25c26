//! A study looked at before it is run: what will be read, computed and written, and about how long it will take.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use crate::chain::FileSource;
use crate::error::Error;
use crate::grid::Grid;
use crate::sinks::{RasterSink, SinkError};
use crate::sources::{Extent, GdalReader, Source as _};
use crate::study::{Device, Study};

use super::all_missing::SeenValues;
use super::{
    InputRecord, Plan, compute, layer_of, merged_flags, open_engine, plan, raster_file,
    raster_options,
};

/// Tiles that are read, computed and written to see how long that takes.
const PROBED_TILES: usize = 3;
/// No further tile is begun after so many seconds.
const ENOUGH_S: f64 = 20.0;

/// What a run of a study would do.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Name of the study.
    pub study: String,
    /// First and last year.
    pub years: [i32; 2],
    /// Columns and rows of the study grid.
    pub size: [usize; 2],
    /// Where the grid lies.
    pub grid: Extent,
    /// Whether there is a mask.
    pub has_mask: bool,
    /// Inputs as they were understood.
    pub inputs: Vec<InputRecord>,
    /// The folder of the outputs.
    pub output_dir: PathBuf,
    /// Rasters that will be written.
    pub files: Vec<CheckedFile>,
    /// The kernels in their order.
    pub stages: Vec<String>,
    /// Tiles and memory.
    pub memory: MemoryPlan,
    /// What will compute, and why.
    pub device: String,
    /// The expected time.
    pub time: Option<ExpectedTime>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A raster that will be written.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedFile {
    /// Path under the output folder.
    pub path: String,
    /// Bands.
    pub bands: usize,
    /// Unit.
    pub unit: String,
    /// What it shows.
    pub description: String,
}

/// How the grid is cut, and what that takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryPlan {
    /// Columns and rows of a tile.
    pub tile: [usize; 2],
    /// Number of tiles.
    pub tiles: usize,
    /// Threads that read.
    pub readers: usize,
    /// The budget, `engine.memory`.
    pub budget_bytes: u64,
    /// What the program takes on the host, by the plan.
    pub host_bytes: u64,
    /// What a device may take at most.
    pub device_bytes: u64,
    /// Bytes of all outputs before compression.
    pub output_bytes: u64,
}

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
    /// Seconds that one thread read them.
    pub read_s: f64,
    /// Seconds that they were computed on the device.
    pub compute_s: f64,
    /// Seconds that they were written.
    pub write_s: f64,
}

/// Looks at a study: everything but the pixels, and of these a few tiles.
///
/// # Arguments
///
/// * `out`, `device` - instead of the study's.
///
/// # Errors
///
/// Everything that would stop a run, at once as [`Error::Several`].
pub fn check(study: &Study, out: Option<&Path>, device: Option<&Device>) -> Result<Checked, Error> {
    let out = out.map_or_else(|| study.resolve(&study.output.dir), Path::to_owned);
    let plan = match plan(study, None) {
        Ok(plan) => plan,
        Err(error) => return Err(with_output(error, check_folder(&out).err())),
    };
    check_output(study, &plan, &out)?;
    try_folder(&out)?;
    let device = device.unwrap_or(&study.engine.device);
    let (engine, why) = open_engine(device, Arc::clone(&plan.chain), plan.device_bytes)?;
    let name = engine.name();
    let mut warnings = plan.warnings.clone();
    let mut seen = SeenValues::new(&plan.chain);
    let time = match probe(study, &plan, engine, &mut seen) {
        Ok(time) => Some(time),
        // Temporary files may well have no room where the run itself has.
        Err(Error::Sink(error)) => {
            warnings.push(format!("the time could not be estimated: {error}"));
            None
        }
        Err(error) => return Err(error),
    };
    if let Some(error) = seen.error(study, &plan) {
        return Err(error);
    }
    warnings.extend(seen.warnings(&plan));
    let output_bytes = plan
        .chain
        .files
        .iter()
        .map(|file| file.bands.len() as u64 * 4)
        .sum::<u64>()
        * pixels(&plan.grid);
    Ok(Checked {
        study: study.name.clone(),
        years: [study.years.first, study.years.last],
        size: [plan.grid.width, plan.grid.height],
        grid: Extent::of(&plan.grid),
        has_mask: plan.stacks.has_mask(),
        inputs: super::record::input_records(study, &plan),
        output_dir: out,
        files: plan
            .chain
            .files
            .iter()
            .map(|file| CheckedFile {
                path: format!("{}.tif", file.path),
                bands: file.bands.len(),
                unit: file.unit.clone(),
                description: file.description.clone(),
            })
            .collect(),
        stages: plan.chain.equations(),
        memory: MemoryPlan {
            tile: [plan.tiling.width, plan.tiling.height],
            tiles: plan.tiling.windows.len(),
            readers: plan.n_readers(),
            budget_bytes: plan.memory_bytes,
            host_bytes: plan.host_bytes(),
            device_bytes: plan.device_bytes,
            output_bytes,
        },
        device: format!("{name}: {why}"),
        time,
        warnings,
    })
}

fn pixels(grid: &Grid) -> u64 {
    grid.window().n_pixels() as u64
}

/// An error of the plan, and one of the output folder besides.
fn with_output(error: Error, output: Option<SinkError>) -> Error {
    let Some(output) = output else { return error };
    let mut all = match error {
        Error::Several(all) => all,
        one => vec![one],
    };
    all.push(output.into());
    Error::Several(all)
}

/// Reads, computes and writes a few tiles from all over the grid, and scales the time up.
fn probe(
    study: &Study,
    plan: &Plan,
    mut engine: Box<dyn crate::engines::Engine>,
    seen: &mut SeenValues,
) -> Result<ExpectedTime, Error> {
    let mut reader: GdalReader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let windows = &plan.tiling.windows;
    let n = windows.len();
    // From the middle, then a sixth from either end; the same one is not taken twice.
    let mut places = vec![n / 2, n / 6, n - 1 - n / 6];
    places.truncate(PROBED_TILES);
    let (mut done, start) = (Vec::new(), Instant::now());
    let mut time = ExpectedTime {
        seconds: 0.0,
        tiles: 0,
        pixels: 0,
        of_pixels: pixels(&plan.grid),
        read_s: 0.0,
        compute_s: 0.0,
        write_s: 0.0,
    };
    let mut first_s = 0.0;
    // As in a run, each tile is made in the memory of the one before.
    let mut used = None;
    for place in places {
        if done.contains(&place) || (!done.is_empty() && start.elapsed().as_secs_f64() > ENOUGH_S) {
            continue;
        }
        let (tile, read_s) = timed(|| reader.read(windows[place]));
        let tile = tile?;
        seen.look(&plan.chain, &tile);
        if done.is_empty() {
            // Once without the clock: the first tile compiles shaders.
            let (warm, s) = timed(|| compute(&plan.chain, engine.as_mut(), &tile, None));
            used = Some(warm?);
            first_s = s;
        }
        let (computed, compute_s) =
            timed(|| compute(&plan.chain, engine.as_mut(), &tile, used.take()));
        let computed = computed?;
        let (written, write_s) = timed(|| write(study, plan, &computed.output));
        written?;
        used = Some(computed);
        done.push(place);
        time.tiles += 1;
        time.pixels += windows[place].n_pixels() as u64;
        time.read_s += read_s;
        time.compute_s += compute_s;
        time.write_s += write_s;
    }
    let once_s = (first_s
        - time.compute_s / f64::from(u32::try_from(time.tiles.max(1)).unwrap_or(1)))
    .max(0.0);
    time.seconds = once_s + scaled_up(plan, &time, engine.name().starts_with("CPU"));
    Ok(time)
}

/// Seconds of all tiles. Reading, computing and writing overlap, so that the slowest of them counts; but where all
/// three are done by the same cores, no less than their work divided by the cores.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn scaled_up(plan: &Plan, time: &ExpectedTime, on_cpu: bool) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let readers = (plan.n_readers().min(plan.tiling.windows.len()) as f64).min(cores);
    let slowest = (time.read_s / readers)
        .max(time.compute_s)
        .max(time.write_s);
    // The CPU engine keeps all cores busy while it computes.
    let compute_work = if on_cpu { time.compute_s * cores } else { 0.0 };
    let shared = (time.read_s + time.write_s + compute_work) / cores;
    let scale = time.of_pixels as f64 / time.pixels.max(1) as f64;
    // One tile alone has nothing to overlap with.
    let all = if plan.tiling.windows.len() == 1 {
        time.read_s + time.compute_s + time.write_s
    } else {
        0.0
    };
    slowest.max(shared).max(all) * scale
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// Writes a tile as a run would, into a temporary folder that is removed again.
fn write(study: &Study, plan: &Plan, output: &crate::tile::TileOutput) -> Result<(), Error> {
    let dir = std::env::temp_dir().join(format!("doline-check-{}", std::process::id()));
    let window = output.window;
    let grid = Grid {
        height: window.height,
        width: window.width,
        ..plan.grid.clone()
    };
    let here = crate::grid::Window {
        row: 0,
        col: 0,
        ..window
    };
    let files = plan
        .chain
        .files
        .iter()
        .map(|file| raster_file(study, file))
        .collect();
    let mut sink = RasterSink::create(&dir, &grid, files, &raster_options(study, plan))?;
    let flags = merged_flags(&plan.chain, output);
    for (place, file) in plan.chain.files.iter().enumerate() {
        let values = match file.content {
            FileSource::Layer(layer) => layer_of(&plan.chain, output, layer),
            FileSource::Flags => &flags,
            // Made after the last tile; not a part of the estimate.
            FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => continue,
        };
        sink.write(place, here, values)?;
    }
    // Not finished: dropping it removes everything.
    Ok(())
}

/// Whether the outputs can go into `out` without touching an input or leaving the folder.
pub(super) fn check_output(study: &Study, plan: &Plan, out: &Path) -> Result<(), SinkError> {
    check_folder(out)?;
    for folder in ["maps", "stacks", "tables"] {
        let path = out.join(folder);
        if path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
        {
            let reason = format!("{} is a link to another place", path.display());
            return Err(SinkError::Folder {
                dir: out.to_owned(),
                reason,
            });
        }
    }
    let mut read: Vec<PathBuf> = plan
        .stacks
        .inputs()
        .iter()
        .flat_map(|i| &i.files)
        .map(|f| f.path.clone())
        .collect();
    read.extend(study.grid.mask.as_ref().map(|mask| study.resolve(mask)));
    read.push(study.path.clone());
    let read: Vec<PathBuf> = read
        .iter()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let names = plan
        .chain
        .files
        .iter()
        .map(|file| format!("{}.tif", file.path));
    for name in names.chain(["run.json".to_owned()]) {
        let target = out.join(name);
        if target
            .canonicalize()
            .is_ok_and(|target| read.contains(&target))
        {
            return Err(SinkError::IsInput { path: target });
        }
    }
    Ok(())
}

/// Makes the folder, and one inside it, and removes again what was not there before.
fn try_folder(out: &Path) -> Result<(), SinkError> {
    let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let made: Vec<&Path> = out.ancestors().take_while(is_new).collect();
    let trial = out.join(format!(".doline-check-{}", std::process::id()));
    let tried = std::fs::create_dir_all(out)
        .and_then(|()| std::fs::create_dir(&trial))
        .and_then(|()| std::fs::remove_dir(&trial));
    for folder in made {
        // One that was never made cannot be removed, and is told below.
        let _ = std::fs::remove_dir(folder);
    }
    tried.map_err(|error| SinkError::Folder {
        dir: out.to_owned(),
        reason: error.to_string(),
    })
}

/// Whether the folder is one, or can be made.
fn check_folder(out: &Path) -> Result<(), SinkError> {
    let failed = |reason: String| SinkError::Folder {
        dir: out.to_owned(),
        reason,
    };
    let nearest = out
        .ancestors()
        .find(|folder| folder.as_os_str().is_empty() || folder.symlink_metadata().is_ok());
    match nearest {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(failed(format!("{} is not a folder", folder.display())))
        }
        _ => Ok(()),
    }
}
