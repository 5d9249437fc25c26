//! The inputs of a run in its record, as they were understood.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use serde::Serialize;

use crate::run::plan::Plan;
use crate::servers::as_written;
use crate::sources::{FillCount, InputFile, OpenedInput, UnreadableBlocks};
use crate::study::{InputTable, Study};

/// An input as it was understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputRecord {
    /// Its name.
    pub name: String,
    /// The product that the study states, and what was taken from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductRecord>,
    /// Its unit, and where that comes from.
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
    /// How it is brought to the study grid.
    pub grid: String,
    /// Type of the raw values as the engine gets them.
    pub data_type: String,
    /// Factor on raw values, before that of the unit.
    pub scale: f64,
    /// Offset on scaled values, before that of the unit.
    pub offset: f64,
    /// Raw values that mean missing.
    pub nodata: Vec<f64>,
    /// Raw values outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Raw values that were read and mean missing, by code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fill_codes: Vec<FillRecord>,
    /// Blocks that could not be read and count as missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<UnreadableRecord>,
    /// GDAL driver.
    pub driver: String,
    /// Files.
    pub files: Vec<FileRecord>,
}

/// How often a raw value that means missing was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FillRecord {
    /// The raw value; none for all that are outside the valid range or not a number.
    pub code: Option<f64>,
    /// What it means.
    pub meaning: String,
    /// How often it was read, over all steps.
    pub count: u64,
}

impl From<FillCount> for FillRecord {
    fn from(found: FillCount) -> Self {
        let FillCount {
            code,
            meaning,
            count,
        } = found;
        Self {
            code,
            meaning,
            count,
        }
    }
}

/// Blocks that could not be read and count as missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadableRecord {
    /// How many, of single bands.
    pub blocks: u64,
    /// Their values, over all bands; the codes of missing values count those in tiles too.
    pub values: u64,
    /// Where the first of them is, and why it cannot be read.
    pub first: String,
}

impl From<UnreadableBlocks> for UnreadableRecord {
    fn from(found: UnreadableBlocks) -> Self {
        let UnreadableBlocks {
            blocks,
            values,
            first,
        } = found;
        Self {
            blocks,
            values,
            first,
        }
    }
}

/// What an input has from its product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProductRecord {
    /// Product and variable.
    pub name: String,
    /// Version of the product that these numbers belong to.
    pub version: &'static str,
    /// Where these numbers are published.
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

/// The inputs that are read, as they were understood.
///
/// # Arguments
///
/// * `fill_codes` - what was no value in the tiles read so far, by the name of the input.
pub(in crate::run) fn input_records(
    study: &Study,
    plan: &Plan,
    fill_codes: &BTreeMap<String, Vec<FillRecord>>,
) -> Vec<InputRecord> {
    let is_read = |input: &&OpenedInput| {
        let mut specs = plan.chain.inputs.iter();
        specs.any(|spec| spec.name == input.name)
    };
    let read = plan.stacks.inputs().iter().filter(is_read);
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
            fill_codes: fill_codes.get(&input.name).cloned().unwrap_or_default(),
            unreadable: input.unreadable().map(UnreadableRecord::from),
            driver: input.layout.driver.clone(),
            files: file_records(input),
        }
    })
    .collect()
}

fn file_records(input: &OpenedInput) -> Vec<FileRecord> {
    let files = input.files.iter().flat_map(parts);
    files.map(file_record).collect()
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
        path: as_written(&file.path.display().to_string()).into_owned(),
        bytes: file.bytes,
        modified_unix_s: modified.map(|since| since.as_secs()),
    }
}
