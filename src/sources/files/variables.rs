//! Opens a file, or the variable in it that the study names.

use std::path::Path;

use gdal::{Dataset, Metadata};

use crate::sources::error::SourceError;
use crate::sources::files::dataset::{open_gdal, short_name};
use crate::sources::files::error::FileError;
use crate::sources::files::limits::check_openable;
use crate::sources::files::of_store;
use crate::sources::files::opened::OpenedVariable;
use crate::sources::files::vrt;
use crate::sources::zarr::names::is_store;

/// Opens one file, or the variable in it that the study names. Whether it may reach other files is to be checked before,
/// see [`check_reach`](crate::sources::files::reach::check_reach).
///
/// # Arguments
///
/// * `usual` - the variable to take if the file has several and the study names none.
///
/// # Errors
///
/// A file that cannot be opened, or a variable that it does not hold.
pub(crate) fn open_variable(
    input: &str,
    path: &Path,
    variable: Option<&str>,
    usual: Option<&str>,
) -> Result<OpenedVariable, SourceError> {
    if is_store(path) {
        return of_store::open(input, path, variable, usual);
    }
    check_parts(input, path)?;
    let (dataset, plain) = open_whole(input, path)?;
    let variables = variables_of(&dataset);
    let names = || variables.iter().map(|name| short_name(name).to_owned());
    let usual = usual.filter(|usual| variables.iter().any(|name| is_named(name, usual)));
    let whole = |dataset| OpenedVariable {
        dataset,
        gdal_name: plain,
        chunks: None,
    };
    let Some(variable) = variable.or(usual) else {
        return match (variables.as_slice(), dataset.raster_count()) {
            ([only], 0) => open_part(input, path, only),
            ([_, ..], 0) => Err(SourceError::File(FileError::WhichVariable {
                input: input.to_owned(),
                path: path.to_owned(),
                variables: names().collect(),
            })),
            _ => Ok(whole(dataset)),
        };
    };
    if let Some(name) = variables.iter().find(|name| is_named(name, variable)) {
        return open_part(input, path, name);
    }
    let own = netcdf_variable(&dataset).or_else(|| hdf5_variable(&dataset, variable));
    if own.as_deref() == Some(variable) {
        return Ok(whole(dataset));
    }
    Err(SourceError::File(FileError::NoSuchVariable {
        input: input.to_owned(),
        path: path.to_owned(),
        variable: variable.to_owned(),
        variables: names().chain(own).collect(),
    }))
}

/// Opens a file; with the name by which GDAL opens it again. GDAL takes netCDF of version 4 for plain HDF5, which has no
/// axes, where the name of the file has no ending.
fn open_whole(input: &str, path: &Path) -> Result<(Dataset, String), SourceError> {
    let plain = path.to_string_lossy().into_owned();
    let dataset = open_gdal(input, path, &plain)?;
    let is_hdf5 = dataset.driver().short_name().starts_with("HDF5");
    if is_hdf5 && path.extension().is_none() && path.is_file() {
        let name = format!("NETCDF:\"{plain}\"");
        if let Ok(netcdf) = open_gdal(input, path, &name) {
            return Ok((netcdf, name));
        }
    }
    Ok((dataset, plain))
}

/// Refuses a file that GDAL would wait on for ever, and a mosaic with such a file among its parts.
fn check_parts(input: &str, path: &Path) -> Result<(), SourceError> {
    check_openable(input, path)?;
    let parts = vrt::parts(path).map_err(|reason| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason,
        })
    })?;
    parts
        .iter()
        .try_for_each(|part| check_openable(input, part))
}

/// Opens a part of a file by GDAL's name of it.
fn open_part(input: &str, path: &Path, name: &str) -> Result<OpenedVariable, SourceError> {
    Ok(OpenedVariable {
        dataset: open_gdal(input, path, name)?,
        gdal_name: name.to_owned(),
        chunks: None,
    })
}

/// Whether GDAL's name of a part of a file is that of `variable`.
fn is_named(name: &str, variable: &str) -> bool {
    short_name(name) == variable
        || name
            .trim_end_matches('"')
            .ends_with(&format!(":{variable}"))
}

fn variables_of(dataset: &Dataset) -> Vec<String> {
    let items = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
    let name = |item: &String| {
        item.split_once('=')
            .filter(|(key, _)| key.ends_with("_NAME"))
            .map(|(_, name)| name.to_owned())
    };
    // The bounds of an axis are not a raster of the study.
    let of_file = dataset.metadata_domain("").unwrap_or_default();
    let is_bounds = |name: &String| {
        let mut stated = of_file.iter().filter_map(|item| item.split_once('='));
        stated.any(|(key, value)| {
            (key.ends_with("#bounds") || key.ends_with("#climatology")) && value == short_name(name)
        })
    };
    items
        .iter()
        .filter_map(name)
        .filter(|name| !is_bounds(name))
        .collect()
}

/// The name of the only data set of an HDF5 file, if it is `variable`: the driver gives names only
/// in attributes.
fn hdf5_variable(dataset: &Dataset, variable: &str) -> Option<String> {
    let band = dataset.rasterband(1).ok()?;
    let items = [band.metadata_domain(""), dataset.metadata_domain("")];
    let is_of_it = |item: String| item.starts_with(&format!("{variable}_"));
    let is_hdf5 = dataset.driver().short_name().starts_with("HDF5");
    (is_hdf5 && items.into_iter().flatten().flatten().any(is_of_it)).then(|| variable.to_owned())
}

fn netcdf_variable(dataset: &Dataset) -> Option<String> {
    dataset
        .rasterband(1)
        .ok()?
        .metadata_item("NETCDF_VARNAME", "")
}
