//! What a file holds: a raster, variables or vector layers.

use std::path::Path;

use gdal::vector::{LayerAccess as _, field_type_to_name, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata as _};
use serde::Serialize;

use crate::gdal_calls::quiet_gdal;
use crate::sources::error::SourceError;
use crate::sources::files::archive::to_open;
use crate::sources::files::dataset::{reason_of, short_name, without_side_files};
use crate::sources::files::error::FileError;
use crate::sources::files::limits::check_openable;
use crate::sources::files::reach::check_reach;
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

/// Inspects one file.
///
/// # Arguments
///
/// * `allow_external` - whether a file that only describes where its pixels are may reach outside its folder.
///
/// # Errors
///
/// It cannot be opened, or has no such variable.
pub fn inspect(
    path: &Path,
    variable: Option<&str>,
    allow_external: bool,
) -> Result<Inspected, SourceError> {
    quiet_gdal();
    let path = &to_open(path);
    check_openable(INPUT, path)?;
    check_reach(INPUT, path, allow_external)?;
    let dataset = open_any(path)?;
    let driver = dataset.driver();
    let mut found = Inspected {
        path: path.to_string_lossy().into_owned(),
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
        // netCDF also lists its axes as tables.
        found.layers.clear();
    }
    let is_vector =
        !found.layers.is_empty() && dataset.raster_count() == 0 && found.variables.is_empty();
    drop(dataset);
    if is_vector {
        return Ok(found);
    }
    match open_variable(INPUT, path, variable, None) {
        Ok(OpenedVariable { dataset, .. }) => {
            let times = times_in(path, variable, &dataset, &mut found.warnings)?;
            let axis = time_axis(&dataset, &times);
            found.raster = Some(raster(
                &dataset,
                (path, variable),
                axis,
                &mut found.warnings,
                &mut found.unreadable,
            ));
        }
        // The variables to choose from are listed.
        Err(SourceError::File(FileError::WhichVariable { .. })) => {}
        Err(error) => return Err(error),
    }
    Ok(found)
}

/// The name in messages of a file that is not an input of a study.
const INPUT: &str = "file";

/// Opens a raster or a vector file.
fn open_any(path: &Path) -> Result<Dataset, SourceError> {
    let options = || DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let opened = without_side_files(path, || Dataset::open_ex(path, options()));
    opened.map_err(|error| {
        SourceError::File(FileError::Open {
            input: INPUT.to_owned(),
            path: path.to_owned(),
            reason: reason_of(path, &error),
        })
    })
}

/// The times of the bands. A georeference or a band that a run would refuse is a warning here:
/// there is more to know about the file.
fn times_in(
    path: &Path,
    variable: Option<&str>,
    dataset: &Dataset,
    warnings: &mut Vec<String>,
) -> Result<FoundTimes, SourceError> {
    let request = InputRequest {
        name: INPUT.to_owned(),
        files: vec![path.to_string_lossy().into_owned()],
        variable: variable.map(str::to_owned),
        // It was checked before.
        allow_external: true,
        ..InputRequest::default()
    };
    match times_of(&request) {
        Err(
            error @ (SourceError::Grid(GridError::Georeference { .. })
            | SourceError::File(FileError::Differ { .. })),
        ) => {
            warnings.push(error.to_string());
            Ok(FoundTimes {
                times: None,
                source: String::new(),
                n_bands: dataset.raster_count(),
            })
        }
        times => times,
    }
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
