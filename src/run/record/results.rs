//! The results of a run in its record: what each file, table and pass over the map came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::chain::{AttributionSpec, describe_unit_of_slope};
use crate::tables::series_trend::series_trend;
use crate::tables::{AttributionRow, SeriesTable};

use super::inputs::FillRecord;
use super::places::{FactorRecord, MeasuresRecord, PhaseRecord, SitesRecord, ZoneSetRecord};

/// What was gathered while tiles passed.
#[derive(Clone, Debug, Default)]
pub(in crate::run) struct Gathered {
    /// Area means of each series and their trends.
    pub(in crate::run) series: Vec<SeriesRecord>,
    /// The attributions over the region, where there are any.
    pub(in crate::run) attribution: Option<AttributionRecord>,
    /// Files with their missing values.
    pub(in crate::run) layers: Vec<LayerRecord>,
    /// Pixels inside the mask.
    pub(in crate::run) pixels_inside: u64,
    /// What was no value, by the name of the input.
    pub(in crate::run) fill_codes: BTreeMap<String, Vec<FillRecord>>,
    /// What the user should know.
    pub(in crate::run) warnings: Vec<String>,
    /// What a reader of the tables should know.
    pub(in crate::run) notes: Vec<String>,
    /// The zone sets.
    pub(in crate::run) zone_sets: Vec<ZoneSetRecord>,
    /// Measures beside their control.
    pub(in crate::run) measures: Vec<MeasuresRecord>,
    /// Phases of fastest rise of the whole study.
    pub(in crate::run) phases: Vec<PhaseRecord>,
    /// The best factor of each map.
    pub(in crate::run) factors: Vec<FactorRecord>,
    /// Agreement with field data by variable.
    pub(in crate::run) sites: Vec<SitesRecord>,
}

/// A store of Zarr that was made of the files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreRecord {
    /// Name under the output folder.
    pub path: &'static str,
    /// Its arrays of values, one a layer.
    pub arrays: usize,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerRecord {
    /// Path under the output folder without ending.
    pub path: String,
    /// Missing values inside the mask, over all bands.
    pub missing: u64,
    /// Lowest and highest value; none where all are missing.
    pub extremes: Option<[f32; 2]>,
    /// The 2 % and the 98 % point of a sample of the values, which the colours of its style go between; none for classes and
    /// flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub central_range: Option<[f64; 2]>,
    /// The sums of bits that a map of flags has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<u16>,
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
    /// The trend of a table's series in a zone.
    #[must_use]
    pub fn new(table: &SeriesTable, zone: usize, min_years: usize) -> Self {
        let trend = series_trend(&table.zones[zone].means(), min_years);
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

/// The attributions over the region.
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
    pub(in crate::run) fn new(spec: &AttributionSpec, by: Vec<AttributionRow>) -> Self {
        Self {
            response: spec.response.clone(),
            unit: spec.unit.clone(),
            predictors: spec.predictors.clone(),
            by,
        }
    }
}

/// A level of q on a map of p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelRecord {
    /// The level.
    pub q: f64,
    /// The largest p below it; none without such a pixel.
    pub largest_p: Option<f32>,
    /// Pixels below it.
    pub pixels: u64,
    /// Pixels whose p is so near to the largest one that another engine may put them on the other side.
    pub pixels_near: u64,
}

/// What the second pass did with one map of p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseDiscoveryRecord {
    /// The name of the p, such as `nep_mk_p`.
    pub p: String,
    /// The rule.
    pub rule: &'static str,
    /// Pixels with a p.
    pub tests: u64,
    /// The levels of the classes.
    pub levels: Vec<LevelRecord>,
}
