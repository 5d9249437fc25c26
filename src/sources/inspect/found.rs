//! What a file holds, as it is shown.

use serde::Serialize;

use crate::sources::inspect::raster::InspectedRaster;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspected {
    /// The file as it was named.
    pub path: String,
    /// Short name of GDAL's driver.
    pub driver: String,
    /// Name of the format.
    pub format: String,
    /// Size in bytes; 0 if the file is inside an archive.
    pub bytes: u64,
    /// The raster that would be read; `None` for vectors, and if a variable has to be named first.
    pub raster: Option<InspectedRaster>,
    /// The variables to choose from, if there are several.
    pub variables: Vec<Variable>,
    /// Vector layers.
    pub layers: Vec<VectorLayer>,
    /// What may be unexpected.
    pub warnings: Vec<String>,
    /// Why its values cannot be read, if so.
    pub unreadable: Option<String>,
}

/// A variable inside a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    /// What to write under `variable`.
    pub name: String,
    /// GDAL's description, such as `[240x360x720] tmp (32-bit floating-point)`.
    pub description: String,
    /// Columns; 0 if it cannot be opened.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bands.
    pub bands: usize,
}

/// A layer of a vector file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VectorLayer {
    /// Name.
    pub name: String,
    /// Points, polygons ...
    pub geometry: String,
    /// Number of features.
    pub features: u64,
    /// Short name of the CRS.
    pub crs: String,
    /// Fields with their types.
    pub fields: Vec<String>,
}
