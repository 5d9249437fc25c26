//! `run.json`: what ran, on what, from which files, and how long it took.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calibrate::Calibration;
use crate::chain::Chain;
use crate::engines::{Engine, EngineStats};
use crate::run::options::RunOptions;
use crate::run::plan::Plan;
use crate::sinks::FileWritten;
use crate::study::Study;

use super::audit::AuditRecord;
use super::inputs::{InputRecord, input_records};
use super::places::{
    FactorRecord, MeasuresRecord, PhaseRecord, SitesRecord, TablesRecord, ZoneSetRecord,
};
use super::results::{
    AttributionRecord, FalseDiscoveryRecord, Gathered, LayerRecord, SeriesRecord, StoreRecord,
};

/// Seconds by phase. Phases overlap, so they add up to more than the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// Opening and checking inputs, compiling shaders, creating outputs.
    pub prepare: f64,
    /// Compiling shaders, a part of `prepare`; near 0 where an earlier run left them compiled.
    pub compile_shaders: f64,
    /// Readers, all together.
    pub read: f64,
    /// The engine.
    pub compute: f64,
    /// The writer.
    pub write: f64,
    /// The second pass over maps of p, for q.
    pub adjust: f64,
    /// The store of Zarr; absent where there is none.
    #[serde(skip_serializing_if = "is_nothing")]
    pub store: f64,
    /// From start to end.
    pub total: f64,
}

/// What computed.
pub(in crate::run) struct EngineRecord {
    /// Its name, at the end of the run: the CPU may have taken over.
    pub(in crate::run) name: String,
    /// Why it was chosen.
    pub(in crate::run) reason: String,
    /// What it did in addition to layers.
    pub(in crate::run) stats: EngineStats,
}

impl EngineRecord {
    /// An engine after the last tile, and the reason of its choice.
    pub(in crate::run) fn of(engine: &dyn Engine, reason: &str) -> Self {
        Self {
            name: engine.name(),
            reason: reason.to_owned(),
            stats: engine.report(),
        }
    }
}

/// All that a record is made of.
pub(in crate::run) struct Parts<'a> {
    pub(in crate::run) study: &'a Study,
    pub(in crate::run) plan: &'a Plan,
    pub(in crate::run) options: &'a RunOptions,
    /// Folder of the outputs.
    pub(in crate::run) out: &'a Path,
    pub(in crate::run) engine: EngineRecord,
    pub(in crate::run) seconds: Seconds,
    pub(in crate::run) gathered: Gathered,
    /// Names of the tables.
    pub(in crate::run) tables: Vec<String>,
    pub(in crate::run) false_discovery: Vec<FalseDiscoveryRecord>,
    pub(in crate::run) calibration: Vec<Calibration>,
    pub(in crate::run) audit: AuditRecord,
    /// The parts of a run that was computed in parts.
    pub(in crate::run) computed_in: Vec<PartRecord>,
    /// The SHA-256 of what these parts are parts of.
    pub(in crate::run) computed_of: Option<String>,
    /// The store of Zarr, where there is one.
    pub(in crate::run) store: Option<StoreRecord>,
}

/// A part of a run that was computed in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Its number, from 0.
    pub part: usize,
    /// What computed it; empty where it has no pixel.
    pub device: String,
    /// The machine.
    pub host: String,
    /// Its tiles.
    pub tiles: usize,
    /// Seconds from its start to its end.
    pub seconds: f64,
}

/// A run, as in `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRecord {
    /// Version of Doline.
    pub doline: &'static str,
    /// Version of GDAL.
    pub gdal: String,
    /// The command line.
    pub command: String,
    /// Name of the study.
    pub study: String,
    /// The study that the arguments of a command without a study file amount to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments_as_study: Option<String>,
    /// Path of the study file.
    #[serde(skip_serializing_if = "is_empty")]
    pub study_file: PathBuf,
    /// SHA-256 of its text.
    pub study_sha256: String,
    /// `key=value` changes to it.
    pub overrides: Vec<String>,
    /// The study file with these changes, as TOML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study_toml: Option<String>,
    /// The folder in which relative paths of this record begin.
    pub working_dir: PathBuf,
    /// First and last year.
    pub years: [i32; 2],
    /// Coefficients of soil and heterotrophic respiration that the run used.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub coefficients: BTreeMap<String, f64>,
    /// Folder of the outputs.
    pub output_dir: PathBuf,
    /// What computed.
    pub device: String,
    /// Why.
    pub device_reason: String,
    /// Why the device was lost, each time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_losses: Vec<String>,
    /// Tiles that the CPU computed in place of a device that was lost.
    #[serde(skip_serializing_if = "is_zero")]
    pub tiles_on_cpu: u64,
    /// Coordinate reference system of the grid.
    pub crs: String,
    /// Its affine transform, as GDAL's.
    pub transform: [f64; 6],
    /// Columns and rows.
    pub size: [usize; 2],
    /// Columns and rows of a tile.
    pub tile: [usize; 2],
    /// Number of tiles.
    pub tiles: usize,
    /// Threads that read.
    pub readers: usize,
    /// Threads of the CPU engine.
    pub threads: usize,
    /// The memory budget.
    pub memory_budget_bytes: u64,
    /// The most memory that the process had, where the system reports it (Linux).
    pub peak_memory_bytes: Option<u64>,
    /// Seconds by phase.
    pub seconds: Seconds,
    /// Bytes of raw values handed to the engine.
    pub bytes_read: u64,
    /// Bytes of all files written; absent in the file itself.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_written: u64,
    /// Number of files written; absent in the file itself.
    #[serde(skip_serializing_if = "is_zero")]
    pub files_written: u64,
    /// Pixels of the grid.
    pub pixels: u64,
    /// Pixels inside the mask.
    pub pixels_inside: u64,
    /// Area means of each series over the study, and their trends.
    pub series: Vec<SeriesRecord>,
    /// Climate and human parts of the trend over the region, where they are attributed.
    pub attribution: Option<AttributionRecord>,
    /// Phases of fastest rise over the study.
    pub phases: Vec<PhaseRecord>,
    /// Zone sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneSetRecord>,
    /// Measures beside their control; the sentence is of the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<MeasuresRecord>,
    /// The zone set that accounts for most of each map's pattern.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<FactorRecord>,
    /// Agreement with field data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<SitesRecord>,
    /// What is to know of the tables.
    pub tables: TablesRecord,
    /// False alarms and power of the tests of trend on series like these, where the study asks for that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<Calibration>,
    /// Files written, with their missing values.
    pub layers: Vec<LayerRecord>,
    /// The store of Zarr that has the values of all layers, where the format has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreRecord>,
    /// How p were made into q, map by map.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub false_discovery: Vec<FalseDiscoveryRecord>,
    /// Some pixels computed again in `f64` from the stored inputs on.
    pub audit: AuditRecord,
    /// Inputs read.
    pub inputs: Vec<InputRecord>,
    /// Kernels in the order in which they ran.
    pub stages: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The parts, where the run was computed in parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRecord>,
    /// The SHA-256 of what these parts are parts of: versions, study, grid and input files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts_of: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_nothing(seconds: &f64) -> bool {
    *seconds == 0.0
}

fn is_empty(path: &std::path::Path) -> bool {
    path.as_os_str().is_empty()
}

impl RunRecord {
    /// The record of a run whose files are about to get their names.
    pub(in crate::run) fn new(parts: Parts<'_>) -> Self {
        let Parts {
            study,
            plan,
            options,
            out,
            engine,
            seconds,
            gathered,
            tables,
            false_discovery,
            calibration,
            audit,
            computed_in,
            computed_of,
            store,
        } = parts;
        let grid = &plan.grid;
        let pixels = grid.window().n_pixels() as u64;
        Self {
            doline: env!("CARGO_PKG_VERSION"),
            gdal: gdal_version(),
            command: options.command.clone(),
            study: study.name.clone(),
            arguments_as_study: options.arguments_as_study.clone(),
            study_file: study.path.clone(),
            study_sha256: study.sha256.clone(),
            coefficients: coefficients(plan),
            overrides: study.overrides.clone(),
            study_toml: options
                .arguments_as_study
                .is_none()
                .then(|| study.toml.clone()),
            working_dir: std::env::current_dir().unwrap_or_default(),
            years: [study.years.first, study.years.last],
            output_dir: out.to_owned(),
            device: engine.name,
            device_reason: engine.reason,
            device_losses: engine.stats.losses,
            tiles_on_cpu: engine.stats.tiles_on_cpu,
            crs: grid.crs_name.clone(),
            transform: grid.transform,
            size: [grid.width, grid.height],
            tile: [plan.tiling.width, plan.tiling.height],
            tiles: plan.tiling.windows.len(),
            readers: plan.reading_threads(),
            threads: rayon::current_num_threads(),
            memory_budget_bytes: plan.memory_bytes,
            peak_memory_bytes: peak_memory_bytes(),
            seconds,
            bytes_read: plan.chain.input_bytes() as u64 * pixels,
            bytes_written: 0,
            files_written: 0,
            pixels,
            pixels_inside: gathered.pixels_inside,
            series: gathered.series,
            attribution: gathered.attribution,
            phases: gathered.phases,
            zones: gathered.zone_sets,
            measures: gathered.measures,
            factors: gathered.factors,
            sites: gathered.sites,
            tables: TablesRecord {
                notes: [options.notes.clone(), gathered.notes].concat(),
                files: tables,
            },
            calibration,
            layers: gathered.layers,
            store,
            false_discovery,
            audit,
            inputs: input_records(study, plan, &gathered.fill_codes),
            stages: labels(&plan.chain),
            warnings: [
                plan.warnings.clone(),
                engine.stats.warnings,
                gathered.warnings,
            ]
            .concat(),
            parts: computed_in,
            parts_of: computed_of,
        }
    }

    /// The same once the files have their names.
    pub(in crate::run) fn with_files(self, files: &[FileWritten], total: Duration) -> Self {
        Self {
            files_written: files.len() as u64,
            bytes_written: files.iter().map(|file| file.bytes).sum(),
            peak_memory_bytes: peak_memory_bytes(),
            seconds: Seconds {
                total: total.as_secs_f64(),
                ..self.seconds
            },
            ..self
        }
    }

    /// The text of `run.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A record of numbers and texts always has a JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// The coefficients of a run that computes respiration.
fn coefficients(plan: &Plan) -> BTreeMap<String, f64> {
    let mut series = plan.chain.series.iter();
    if series.any(|series| matches!(series.name.as_str(), "rs" | "rh")) {
        plan.coefficients.iter().cloned().collect()
    } else {
        BTreeMap::new()
    }
}

/// Version of GDAL.
pub(in crate::run) fn gdal_version() -> String {
    gdal::version::VersionInfo::release_name()
}

/// The most memory that this process had so far, from `/proc`.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Each stage by its label, those that run once a draw with how often.
pub(in crate::run) fn labels(chain: &Chain) -> Vec<String> {
    let mut labels: Vec<(&str, usize)> = Vec::new();
    for stage in &chain.stages {
        match labels.iter_mut().find(|(label, _)| *label == stage.label) {
            Some((_, times)) => *times += 1,
            None => labels.push((&stage.label, 1)),
        }
    }
    let text = |(label, times): (&str, usize)| {
        if times == 1 {
            label.to_owned()
        } else {
            format!("{label}, {times} times")
        }
    };
    labels.into_iter().map(text).collect()
}
