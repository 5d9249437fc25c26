//! What a file holds: a raster, variables or vector layers.

use std::path::Path;

use gdal::vector::{LayerAccess as _, field_type_to_name, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata as _};
use serde::Serialize;

use crate::gdal_calls::{quiet_gdal, text_of};
use crate::sources::error::SourceError;
use crate::sources::files::dataset::short_name;
use crate::sources::files::error::FileError;
use crate::sources::files::limits::check_openable;
use crate::sources::files::variables::{OpenedVariable, open_variable};
use crate::sources::grids::crs::crs_name;
use crate::sources::grids::error::GridError;
use crate::sources::inspect::raster::{InspectedRaster, raster, time_axis};
use crate::sources::request::InputRequest;
use crate::sources::times::found_times::{FoundTimes, times_of};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspected {
    /// The file as it was named.
    pub path: String,
    /// Short name of GDAL's driver.
    pub driver: String,
    /// Name of the format.
    pub format: String,
    /// Size in bytes; 0 where the file is inside an archive.
    pub bytes: u64,
    /// The raster that would be read; `None` for vectors, and where a variable has to be named first.
    pub raster: Option<InspectedRaster>,
    /// The variables to choose from, where there are several.
    pub variables: Vec<Variable>,
    /// Vector layers.
    pub layers: Vec<VectorLayer>,
    /// What may surprise.
    pub warnings: Vec<String>,
    /// Why its values cannot be read, where they cannot.
    pub unreadable: Option<String>,
}

/// A variable inside a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    /// What to write under `variable`.
    pub name: String,
    /// What GDAL says of it, such as `[240x360x720] tmp (32-bit floating-point)`.
    pub description: String,
    /// Columns; 0 where it cannot be opened.
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
    /// Short name of the reference system.
    pub crs: String,
    /// Fields with their types.
    pub fields: Vec<String>,
}

/// Looks at one file.
///
/// # Errors
///
/// It cannot be opened, or has no such variable.
pub fn inspect(path: &Path, variable: Option<&str>) -> Result<Inspected, SourceError> {
    quiet_gdal();
    let name = path.to_string_lossy().into_owned();
    check_openable("file", path)?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let dataset = Dataset::open_ex(&name, options).map_err(|error| {
        SourceError::File(FileError::Open {
            input: "file".to_owned(),
            path: path.to_owned(),
            reason: text_of(&error),
        })
    })?;
    let driver = dataset.driver();
    let mut found = Inspected {
        path: name.clone(),
        driver: driver.short_name(),
        format: driver.long_name(),
        bytes: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        raster: None,
        variables: variables(&dataset),
        layers: layers(&dataset),
        warnings: Vec::new(),
        unreadable: None,
    };
    if !found.variables.is_empty() || dataset.raster_count() > 0 {
        // netCDF offers its axes as tables besides.
        found.layers.clear();
    }
    let is_vector =
        !found.layers.is_empty() && dataset.raster_count() == 0 && found.variables.is_empty();
    drop(dataset);
    if is_vector {
        return Ok(found);
    }
    match open_variable("file", path, variable, None) {
        Ok(OpenedVariable { dataset, .. }) => {
            let request = InputRequest {
                name: "file".to_owned(),
                files: vec![name],
                variable: variable.map(str::to_owned),
                ..InputRequest::default()
            };
            // Several kinds of trouble with bands and sizes are told there.
            let times = match times_of(&request) {
                // What would keep a run from using it is one thing of several to know.
                Err(
                    error @ (SourceError::Grid(GridError::Georeference { .. })
                    | SourceError::File(FileError::Differ { .. })),
                ) => {
                    found.warnings.push(error.to_string());
                    FoundTimes {
                        times: None,
                        source: String::new(),
                        n_bands: dataset.raster_count(),
                    }
                }
                times => times?,
            };
            let axis = time_axis(&dataset, &times);
            found.raster = Some(raster(
                &dataset,
                (path, variable),
                axis,
                &mut found.warnings,
                &mut found.unreadable,
            ));
        }
        // To be chosen from: what there is, is listed.
        Err(SourceError::File(FileError::WhichVariable { .. })) => {}
        Err(error) => return Err(error),
    }
    Ok(found)
}

/// The variables of a file that holds several rasters.
fn variables(dataset: &Dataset) -> Vec<Variable> {
    let items = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
    let names = items
        .iter()
        .filter_map(|item| item.split_once('='))
        .filter(|(key, _)| key.ends_with("_NAME"));
    let variable = |(key, name): (&str, &str)| {
        let key = key.replace("_NAME", "_DESC");
        let description = items
            .iter()
            .filter_map(|item| item.split_once('='))
            .find(|(k, _)| *k == key);
        let size =
            Dataset::open(name).map(|dataset| (dataset.raster_size(), dataset.raster_count()));
        let ((width, height), bands) = size.unwrap_or_default();
        Variable {
            name: short_name(name).to_owned(),
            description: description
                .map(|(_, text)| text.to_owned())
                .unwrap_or_default(),
            width,
            height,
            bands,
        }
    };
    names.map(variable).collect()
}

/// The layers of a vector file.
fn layers(dataset: &Dataset) -> Vec<VectorLayer> {
    let layer = |layer: gdal::vector::Layer<'_>| {
        let fields = layer.defn().fields();
        let fields = fields
            .map(|field| {
                format!(
                    "{} ({})",
                    field.name(),
                    field_type_to_name(field.field_type())
                )
            })
            .collect();
        let crs = layer.spatial_ref();
        VectorLayer {
            name: layer.name(),
            geometry: geometry_type_to_name(layer.defn().geometry_type()),
            features: layer.feature_count(),
            crs: crs.map_or_else(|| "none".to_owned(), |crs| crs_name(&crs)),
            fields,
        }
    };
    dataset.layers().map(layer).collect()
}
