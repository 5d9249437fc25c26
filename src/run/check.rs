//! A study checked before it is run: what will be read, computed and written, and about how long it will take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::engines::open_engine;
use crate::error::Error;
use crate::sinks::SinkError;
use crate::sources::Extent;
use crate::study::{Device, Study};
use crate::zones::ZoneSet;

use super::collect::SeenValues;
use super::outputs::{bytes_on_disk, check_folder, check_output, name_of, try_folder};
use super::plan::{Plan, plan_to_look_at};
use super::probe::{ExpectedTime, probe};
use super::record::{InputRecord, input_records, labels};
use super::room::check_disk;

/// What a run of a study would do.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Name of the study.
    pub study: String,
    /// First and last year.
    pub years: [i32; 2],
    /// Columns and rows of the study grid.
    pub size: [usize; 2],
    /// The extent of the grid.
    pub grid: Extent,
    /// Whether there is a mask.
    pub has_mask: bool,
    /// Inputs as they were understood.
    pub inputs: Vec<InputRecord>,
    /// The zone sets.
    pub zones: Vec<CheckedZones>,
    /// The folder of the outputs.
    pub output_dir: PathBuf,
    /// Rasters that will be written.
    pub files: Vec<CheckedFile>,
    /// The kernels in their order.
    pub stages: Vec<String>,
    /// The same as equations of layers, such as `nep = nep(npp, rh)`.
    pub equations: Vec<String>,
    /// Tiles and memory.
    pub memory: MemoryPlan,
    /// What will compute, and why.
    pub device: String,
    /// The expected time.
    pub time: Option<ExpectedTime>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A zone set on the study grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedZones {
    /// Its name.
    pub name: String,
    /// Its file; none of a set of combinations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// How pixels belong to its zones: `centre` or `fraction`.
    pub cells: &'static str,
    /// Its zones.
    pub zones: Vec<String>,
    /// How many of them hold no pixel centre; by fractions, cover no part of a pixel.
    pub zones_without_pixels: usize,
}

impl CheckedZones {
    fn of(set: &ZoneSet) -> Self {
        Self {
            name: set.name.clone(),
            file: set.notes.path.clone(),
            cells: set.rule.as_str(),
            zones: set.labels.clone(),
            zones_without_pixels: set.notes.without_pixels().count(),
        }
    }
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

/// Checks a study: everything but the pixels, and of these a few tiles.
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
    let plan = match plan_to_look_at(study) {
        Ok(plan) => plan,
        Err(error) => return Err(with_output(error, check_folder(&out).err())),
    };
    check_output(study, &plan, &out)?;
    let of_disk = check_disk(bytes_on_disk(study, &plan), &out)?;
    try_folder(&out)?;
    let device = device.unwrap_or(&study.engine.device);
    let (engine, why) = open_engine(device, Arc::clone(&plan.chain), plan.device_bytes)?;
    let name = engine.name();
    let mut warnings = plan.warnings.clone();
    warnings.extend(of_disk);
    let seen = SeenValues::new(&plan.chain);
    let time = match probe(study, &plan, engine, &seen) {
        Ok(time) => Some(time),
        // The temporary folder may be full where the output folder is not.
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
    Ok(Checked {
        study: study.name.clone(),
        years: [study.years.first, study.years.last],
        size: [plan.grid.width, plan.grid.height],
        grid: Extent::of(&plan.grid),
        has_mask: plan.stacks.has_mask(),
        inputs: input_records(study, &plan, &BTreeMap::new()),
        zones: plan.zones.iter().map(CheckedZones::of).collect(),
        output_dir: out,
        files: checked_files(study, &plan),
        stages: labels(&plan.chain),
        equations: plan.chain.equations(),
        memory: memory_plan(study, &plan),
        device: format!("{name}: {why}"),
        time,
        warnings,
    })
}

fn checked_files(study: &Study, plan: &Plan) -> Vec<CheckedFile> {
    let files = plan.chain.files.iter();
    files
        .map(|file| CheckedFile {
            path: name_of(study, file),
            bands: file.bands.len(),
            unit: file.unit.clone(),
            description: file.description.clone(),
        })
        .collect()
}

fn memory_plan(study: &Study, plan: &Plan) -> MemoryPlan {
    MemoryPlan {
        tile: [plan.tiling.width, plan.tiling.height],
        tiles: plan.tiling.windows.len(),
        readers: plan.reading_threads(),
        budget_bytes: plan.memory_bytes,
        host_bytes: plan.host_bytes(),
        device_bytes: plan.device_bytes,
        output_bytes: bytes_on_disk(study, plan),
    }
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
