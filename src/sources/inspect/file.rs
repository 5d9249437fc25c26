//! What a file holds: a raster, variables or vector layers.

use std::path::Path;

use gdal::vector::{LayerAccess as _, field_type_to_name, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata as _};

use crate::gdal_calls::quiet_gdal;
use crate::sources::error::SourceError;
use crate::sources::files::archive::to_open;
use crate::sources::files::dataset::{reason_of, short_name, without_side_files};
use crate::sources::files::error::FileError;
use crate::sources::files::limits::check_openable;
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::files::opened::OpenedVariable;
use crate::sources::files::reach::check_reach;
use crate::sources::files::variables::open_variable;
use crate::sources::grids::crs::crs_name;
use crate::sources::grids::error::GridError;
use crate::sources::inspect::found::{Inspected, Variable, VectorLayer};
use crate::sources::inspect::raster::{raster, time_axis};
use crate::sources::inspect::store::of_store;
use crate::sources::request::InputRequest;
use crate::sources::times::found_times::{FoundTimes, times_of};
use crate::sources::zarr::names::is_store;

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
    let mut found = if is_store(path) {
        of_store(INPUT, path)?
    } else {
        of_file(path)?
    };
    if !found.layers.is_empty() {
        return Ok(found);
    }
    match open_variable(INPUT, path, variable, None) {
        Ok(OpenedVariable {
            dataset,
            gdal_name,
            chunks,
        }) => {
            let times = times_in(path, variable, &dataset, &mut found.warnings)?;
            let axis = time_axis(&dataset, &times);
            let pixels = chunks.map(|_| OpenRaster::open(INPUT, path, &gdal_name));
            let pixels = pixels.transpose()?;
            found.raster = Some(raster(
                (&dataset, pixels.as_ref()),
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

/// What a file that GDAL opens holds, but for its raster.
fn of_file(path: &Path) -> Result<Inspected, SourceError> {
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
    Ok(found)
}

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
