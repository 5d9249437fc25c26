//! What a run says of zones and periods in its record.

use std::path::PathBuf;

use serde::Serialize;

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

/// The phase of fastest rise of a variable in the whole study.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseRecord {
    /// The variable.
    pub variable: String,
    /// What was found, in words.
    pub words: String,
}
