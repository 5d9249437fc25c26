//! What a study says about a set of zones.

use std::path::PathBuf;

use crate::grid::CellRule;

/// A set of zones: a name and where its zones come from.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneSpec {
    /// The name of the set.
    pub name: String,
    /// Where its zones come from.
    pub source: ZoneSource,
    /// How pixels belong to a zone. A set of combinations takes the rule of its members instead.
    pub rule: CellRule,
}

/// Where the zones of a set come from.
#[derive(Clone, Debug, PartialEq)]
pub enum ZoneSource {
    /// A vector file, or a raster.
    File(ZoneFile),
    /// Every combination that occurs of the zones of these sets, which stand before this one.
    Cross(Vec<String>),
}

/// A file of zones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZoneFile {
    /// The file.
    pub path: PathBuf,
    /// The layer of a vector file that has several.
    pub layer: Option<String>,
    /// The features of a vector file that are read, as GDAL filters by attributes: `NAME = 'Guangxi'`.
    pub filter: Option<String>,
    /// The field of a vector file that holds the label of each feature.
    pub field: Option<String>,
    /// The zones of a raster of codes: a code and its label. Empty: every code but 0 is a zone, named by its
    /// number.
    pub labels: Vec<(i64, String)>,
    /// Where a raster of a quantity is cut into classes, rising. A class holds its lower limit.
    pub breaks: Vec<f64>,
}
