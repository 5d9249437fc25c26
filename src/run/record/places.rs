//! What a run says of zones and periods in its record.

use std::path::PathBuf;

use serde::Serialize;

use crate::effects::ComparisonRecord;

/// What is to know of the tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TablesRecord {
    /// Why a number cannot be had, or what one has to know to read it; a sentence each.
    pub notes: Vec<String>,
    /// Tables written, by their paths under the output folder.
    pub files: Vec<String>,
}

/// A set of zones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneSetRecord {
    /// Its name.
    pub name: String,
    /// Its file; none of a set of combinations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// SHA-256 of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Features of a vector file.
    pub features: u64,
    /// Zones.
    pub zones: usize,
    /// Zones without a pixel of the grid.
    pub zones_without_pixels: usize,
    /// Pixels that more than one zone claims.
    pub pixels_claimed_twice: u64,
    /// Outlines that cross themselves.
    pub outlines_mended: u64,
    /// The zone whose mean response rises fastest.
    pub steepest_rise: Option<ZoneSlope>,
    /// The one whose mean response falls fastest.
    pub steepest_fall: Option<ZoneSlope>,
}

/// The trend of a variable in a zone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ZoneSlope {
    /// The zone.
    pub zone: String,
    /// The variable.
    pub variable: String,
    /// Slope per year.
    pub slope: f64,
    /// Its unit.
    pub unit: String,
    /// Two-sided p.
    pub p: Option<f64>,
}

/// The factor that accounts for most of a map's pattern, beside maps that only look alike.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorRecord {
    /// The map, such as `nep_slope`.
    pub of: String,
    /// The factor, a set of zones.
    pub factor: String,
    /// Its q.
    pub q: f64,
    /// Median q on random maps with the map's variogram.
    pub null_median: Option<f64>,
    /// Share of these maps, the map among them, with a q as large.
    pub p_map: Option<f64>,
    /// Factors of which the map has one zone alone: their q is 0 and says nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of_one_zone: Vec<String>,
}

/// How well modelled values agree with field data, over all pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SitesRecord {
    /// The variable.
    pub variable: String,
    /// Pairs.
    pub n: usize,
    /// Sites.
    pub sites: usize,
    /// Pearson's correlation.
    pub r: Option<f64>,
    /// Mean of modelled less measured, gC m-2 yr-1.
    pub bias: f64,
    /// Root of the mean squared difference, gC m-2 yr-1.
    pub rmse: f64,
}

/// The phase of fastest rise of a variable in the whole study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseRecord {
    /// The variable.
    pub variable: String,
    /// What was found, in words.
    pub words: String,
}

/// A comparison of measures with their control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuresRecord {
    /// The zone set.
    pub zones: String,
    /// Its control.
    pub control: String,
    /// The answer in words.
    pub sentence: Option<String>,
    /// When the measure that ranks first differs most from its control: its phase of fastest rise, in words.
    pub phase: Option<String>,
    /// Blocks of places that hold a pixel of either side.
    pub blocks: usize,
    /// What blocks are, in words that follow their number.
    pub block_words: String,
    /// Draws of blocks.
    pub replicates: u32,
    /// Their seed.
    pub seed: u32,
    /// Share of the variance of the mean before the measures that is not noise, where it is matched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reliability: Option<f64>,
    /// Each measure, within classes and without.
    pub comparisons: Vec<ComparisonOfMeasure>,
}

/// What the comparison of one measure rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonOfMeasure {
    /// The measure.
    pub zone: String,
    /// Whether it is within classes.
    pub matched: bool,
    /// Control nearer than this to a measure is left out, km.
    pub buffer_km: f64,
    /// Blocks with treated that have a control.
    pub treated_blocks: usize,
    /// Blocks with control of the treated.
    pub control_blocks: usize,
    /// Share of replicates that lack a side.
    pub replicates_dropped: f64,
    /// Treated area.
    pub treated_km2: f64,
    /// Treated area without a control in its class.
    pub unmatched_km2: f64,
}

impl From<&ComparisonRecord> for ComparisonOfMeasure {
    fn from(of: &ComparisonRecord) -> Self {
        Self {
            zone: of.zone.clone(),
            matched: of.is_matched,
            buffer_km: of.buffer_km,
            treated_blocks: of.treated_blocks,
            control_blocks: of.control_blocks,
            replicates_dropped: of.dropped_share,
            treated_km2: of.treated_km2,
            unmatched_km2: of.unmatched_km2,
        }
    }
}
