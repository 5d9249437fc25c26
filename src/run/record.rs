//! `run.json`: what ran, on what, from which files, and how long it took.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use serde::Serialize;

use crate::calibrate::Calibration;
use crate::chain::{Chain, describe_unit_of_slope};
use crate::sources::{FillCount, InputFile, OpenedInput};
use crate::study::{InputTable, Study};
use crate::tables::series_trend::series_trend;
use crate::tables::{AttributionRow, SeriesTable};

use super::{FalseDiscoveryRecord, Plan, RunOptions};

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
    /// From start to end.
    pub total: f64,
}

/// An input as it was understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputRecord {
    /// Its name.
    pub name: String,
    /// The product that the study says it is, and what was taken from that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductRecord>,
    /// Its unit, and who says so.
    pub unit: String,
    /// `monthly`, `annual` or `static`.
    pub steps: String,
    /// Where years and months come from.
    pub time: String,
    /// The calendar of its time axis, where that is not the Gregorian one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<&'static str>,
    /// Years and months that the study declares missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How it came to the study grid.
    pub grid: String,
    /// Type of the stored numbers as handed to the engine.
    pub data_type: String,
    /// Factor on stored numbers, before the unit's.
    pub scale: f64,
    /// Offset on scaled numbers, before the unit's.
    pub offset: f64,
    /// Stored numbers taken as missing.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Stored numbers that were no values in all that was read, by code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fill_codes: Vec<FillRecord>,
    /// GDAL driver.
    pub driver: String,
    /// Files.
    pub files: Vec<FileRecord>,
}

/// How often a stored number that is no value was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FillRecord {
    /// The number; none for all that are outside the valid range, or no number.
    pub code: Option<f64>,
    /// What it means.
    pub meaning: String,
    /// How often it was read, over all steps.
    pub count: u64,
}

/// What an input has from its product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProductRecord {
    /// Product and variable.
    pub name: String,
    /// Version of the product that the numbers are of.
    pub version: &'static str,
    /// Where the numbers are written.
    pub source: &'static str,
    /// The keys that the study does not state, with the product's values.
    pub gives: Vec<String>,
}

impl ProductRecord {
    fn new(table: &InputTable) -> Option<Self> {
        let preset = table.product?;
        let layer = preset.layer;
        let mut gives = Vec::new();
        if let (None, Some(variable)) = (&table.variable, layer.variable) {
            gives.push(format!(
                "variable = {variable:?}, where the files have several"
            ));
        }
        if let (None, Some(unit)) = (&table.units, layer.unit) {
            gives.push(format!("units = {unit:?}"));
        }
        if let (None, Some(scale)) = (table.scale, layer.scale) {
            gives.push(format!("scale = {scale}"));
        }
        if let (None, Some(range)) = (table.valid_range, layer.valid_range) {
            gives.push(format!("valid_range = {range:?}"));
        }
        if !layer.fill.is_empty() {
            let codes: Vec<f64> = layer.fill.iter().map(|fill| fill.code).collect();
            gives.push(format!("nodata = {codes:?}"));
        }
        if let Some(steps) = layer.cadence.steps() {
            gives.push(format!("steps = {:?}", format!("{steps:?}").to_lowercase()));
        }
        Some(Self {
            name: preset.name(),
            version: preset.product.version,
            source: preset.product.source,
            gives,
        })
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileRecord {
    /// Path.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Last change, seconds since 1970 UTC.
    pub modified_unix_s: Option<u64>,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerRecord {
    /// Path under the output folder without ending.
    pub path: String,
    /// Missing values inside the mask, over all bands.
    pub missing: u64,
}

impl LayerRecord {
    /// Nothing written yet.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            missing: 0,
        }
    }
}

/// The area mean of a series over the study, and its trend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesRecord {
    /// The variable.
    pub variable: String,
    /// Its unit.
    pub unit: String,
    /// Unit of its slope.
    pub slope_unit: String,
    /// Mean over the years.
    pub mean: Option<f64>,
    /// Least-squares slope per year.
    pub slope: Option<f64>,
    /// Two-sided p of the slope.
    pub p: Option<f64>,
}

impl SeriesRecord {
    /// The trend of a table's series.
    #[must_use]
    pub fn new(table: &SeriesTable, min_years: usize) -> Self {
        let series: Vec<Option<f64>> = table.years.iter().map(|year| year.mean).collect();
        let trend = series_trend(&series, min_years);
        Self {
            variable: table.variable.clone(),
            unit: table.unit.clone(),
            slope_unit: describe_unit_of_slope(&table.unit),
            mean: trend.mean,
            slope: trend.slope,
            p: trend.p,
        }
    }
}

/// What the attributions say of the region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionRecord {
    /// The series whose trend is attributed.
    pub response: String,
    /// Unit of the trends.
    pub unit: String,
    /// The drivers, in the order of their parts.
    pub predictors: Vec<String>,
    /// By each sensitivity.
    pub by: Vec<AttributionRow>,
}

impl AttributionRecord {
    /// The attributions of a chain with their figures.
    #[must_use]
    pub fn all(chain: &Chain, by: Vec<AttributionRow>) -> Option<Self> {
        let spec = chain.attribution.as_ref()?;
        Some(Self {
            response: spec.response.clone(),
            unit: spec.unit.clone(),
            predictors: spec.predictors.clone(),
            by,
        })
    }
}

/// A run as `run.json` tells it.
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
    /// The study that the arguments of a command without a study file stand for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments_as_study: Option<String>,
    /// Path of the study file.
    #[serde(skip_serializing_if = "is_empty")]
    pub study_file: PathBuf,
    /// SHA-256 of its text.
    pub study_sha256: String,
    /// `key=value` changes to it.
    pub overrides: Vec<String>,
    /// First and last year.
    pub years: [i32; 2],
    /// Coefficients of soil and heterotrophic respiration, as the run used them.
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
    /// Reference system of the grid.
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
    /// Most memory that the process had, where the system tells (Linux).
    pub peak_memory_bytes: Option<u64>,
    /// Seconds by phase.
    pub seconds: Seconds,
    /// Bytes of stored numbers handed to the engine.
    pub bytes_read: u64,
    /// Bytes of all files written, but for this one.
    #[serde(skip_serializing_if = "is_zero")]
    pub bytes_written: u64,
    /// Number of files written.
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
    /// False alarms and power of the tests of trend on series like these, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calibration: Vec<Calibration>,
    /// Files written, with their missing values.
    pub layers: Vec<LayerRecord>,
    /// How p were made into q, map by map.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub false_discovery: Vec<FalseDiscoveryRecord>,
    /// Inputs read.
    pub inputs: Vec<InputRecord>,
    /// Kernels in the order in which they ran.
    pub stages: Vec<String>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_empty(path: &std::path::Path) -> bool {
    path.as_os_str().is_empty()
}

impl RunRecord {
    /// What is known before the first tile.
    #[must_use]
    pub fn new(
        study: &Study,
        plan: &Plan,
        options: &RunOptions,
        device: &str,
        why: &str,
        readers: usize,
    ) -> Self {
        let grid = &plan.grid;
        let pixels = grid.window().n_pixels() as u64;
        let respires = plan
            .chain
            .series
            .iter()
            .any(|series| matches!(series.name.as_str(), "rs" | "rh"));
        Self {
            doline: env!("CARGO_PKG_VERSION"),
            gdal: gdal::version::VersionInfo::release_name(),
            command: options.command.clone(),
            study: study.name.clone(),
            arguments_as_study: options.arguments_as_study.clone(),
            study_file: study.path.clone(),
            study_sha256: study.sha256.clone(),
            coefficients: if respires {
                plan.coefficients.iter().cloned().collect()
            } else {
                BTreeMap::new()
            },
            overrides: study.overrides.clone(),
            years: [study.years.first, study.years.last],
            output_dir: PathBuf::new(),
            device: device.to_owned(),
            device_reason: why.to_owned(),
            device_losses: Vec::new(),
            tiles_on_cpu: 0,
            crs: grid.crs_name.clone(),
            transform: grid.transform,
            size: [grid.width, grid.height],
            tile: [plan.tiling.width, plan.tiling.height],
            tiles: plan.tiling.windows.len(),
            readers,
            threads: rayon::current_num_threads(),
            memory_budget_bytes: plan.memory_bytes,
            peak_memory_bytes: None,
            seconds: Seconds::default(),
            bytes_read: plan.chain.input_bytes() as u64 * pixels,
            bytes_written: 0,
            files_written: 0,
            pixels,
            pixels_inside: 0,
            series: Vec::new(),
            attribution: None,
            calibration: Vec::new(),
            layers: Vec::new(),
            false_discovery: Vec::new(),
            inputs: input_records(study, plan),
            stages: labels(&plan.chain),
            warnings: plan.warnings.clone(),
        }
    }

    /// The text of `run.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let record = Self {
            peak_memory_bytes: peak_memory_bytes(),
            ..self.clone()
        };
        // A record of numbers and texts always has a JSON.
        serde_json::to_string_pretty(&record).unwrap_or_default() + "\n"
    }
}

/// The inputs that are read, as they were understood.
pub(super) fn input_records(study: &Study, plan: &Plan) -> Vec<InputRecord> {
    let read = plan
        .stacks
        .inputs()
        .iter()
        .filter(|input| plan.chain.inputs.iter().any(|spec| spec.name == input.name));
    read.map(|input| {
        let unit = plan.unit_notes.iter().find(|(name, _)| *name == input.name);
        InputRecord {
            name: input.name.clone(),
            product: study.input(&input.name).and_then(ProductRecord::new),
            unit: unit.map_or_else(String::new, |(_, note)| note.clone()),
            steps: format!("{:?}", input.timing.steps).to_lowercase(),
            time: input.timing.how.clone(),
            calendar: (!input.timing.calendar.is_gregorian()).then(|| input.timing.calendar.name()),
            missing: input.timing.gaps.iter().map(ToString::to_string).collect(),
            grid: input.how_placed().to_owned(),
            data_type: format!("{:?}", input.data_type()).to_lowercase(),
            scale: input.packing.scale,
            offset: input.packing.offset,
            nodata: input.packing.nodata.clone(),
            valid_range: input.packing.valid_range,
            fill_codes: Vec::new(),
            driver: input.layout.driver.clone(),
            files: input
                .files
                .iter()
                .flat_map(parts)
                .map(file_record)
                .collect(),
        }
    })
    .collect()
}

/// What was no value in the tiles read so far, by the name of the input.
pub(super) fn fill_records(plan: &Plan) -> BTreeMap<String, Vec<FillRecord>> {
    let row = |FillCount {
                   code,
                   meaning,
                   count,
               }| FillRecord {
        code,
        meaning,
        count,
    };
    let rows = |input: &OpenedInput| input.fill_counts().into_iter().map(row).collect();
    plan.stacks
        .inputs()
        .iter()
        .map(|input| (input.name.clone(), rows(input)))
        .collect()
}

/// Zeros of inputs, as read whole, that look like fill values.
pub(super) fn warnings_of_zeros(plan: &Plan) -> Vec<String> {
    let warning = |input: &OpenedInput| {
        let found = input.suspect_zeros()?;
        Some(format!(
            "inputs.{}: {} stored numbers ({:.1} %) are 0, and no other is less than {}: 0 looks like a fill value that is \
             not declared; if it is one, state nodata = [0]",
            input.name,
            found.zeros,
            100.0 * found.share,
            found.least
        ))
    };
    plan.stacks.inputs().iter().filter_map(warning).collect()
}

/// A file, or the files that are joined in it.
fn parts(file: &InputFile) -> &[InputFile] {
    if file.tiles.is_empty() {
        std::slice::from_ref(file)
    } else {
        &file.tiles
    }
}

fn file_record(file: &InputFile) -> FileRecord {
    let modified = file
        .modified
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    FileRecord {
        path: file.path.display().to_string(),
        bytes: file.bytes,
        modified_unix_s: modified.map(|since| since.as_secs()),
    }
}

/// Most memory that this process had so far, from `/proc`.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Each stage by its label, those that run once a draw with how often.
pub(super) fn labels(chain: &Chain) -> Vec<String> {
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
