//! Opens rasters and arrays with GDAL.

use std::path::Path;

use gdal::errors::GdalError;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use crate::gdal_calls::{quiet_hdf5_on_this_thread, text_of};
use crate::servers::is_on_server;
use crate::sources::error::SourceError;
use crate::sources::files::arrays::goes_north_down;
use crate::sources::files::error::FileError;
use crate::sources::files::listing::way_in;

/// Opens what GDAL calls `name`, the file `path` or a part of it.
pub(crate) fn open_gdal(input: &str, path: &Path, name: &str) -> Result<Dataset, SourceError> {
    quiet_hdf5_on_this_thread();
    let options = || DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let opened = without_side_files(path, || Dataset::open_ex(name, options()));
    opened.map_err(|error| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason: lacking_driver(path).unwrap_or_else(|| reason_of(path, &error)),
        })
    })
}

/// What GDAL reports; for a file on a server, how to be let in, and how long it waited.
pub(crate) fn reason_of(path: &Path, error: &GdalError) -> String {
    let reason = text_of(error);
    let name = path.to_string_lossy();
    if is_on_server(&name) {
        format!("{reason}; {}", way_in(&name))
    } else {
        reason
    }
}

/// Opens a file, its first row in the north where its axes tell, and removes what GDAL writes beside it meanwhile: a
/// description of the fields of a GML file.
pub(crate) fn without_side_files(
    path: &Path,
    open: impl Fn() -> Result<Dataset, GdalError>,
) -> Result<Dataset, GdalError> {
    let is_gml = path.extension().is_some_and(|ending| {
        ending.eq_ignore_ascii_case("gml") || ending.eq_ignore_ascii_case("xml")
    });
    let side = path.with_extension("gfs");
    let is_new = is_gml && side.symlink_metadata().is_err();
    let opened = without_listing(path, || {
        open().and_then(|dataset| upright(dataset, path, &open))
    });
    if is_new {
        // Most often there is none.
        let _ = std::fs::remove_file(&side);
    }
    opened
}

/// Opens a file on a server without asking for a list of all files beside it, of which there may be millions: GDAL asks for
/// each side file by its name. A look at the head of a file may still list its own folder once.
fn without_listing(
    path: &Path,
    open: impl Fn() -> Result<Dataset, GdalError>,
) -> Result<Dataset, GdalError> {
    const KEY: &str = "GDAL_DISABLE_READDIR_ON_OPEN";
    let is_stated = gdal::config::get_config_option(KEY, "").is_ok_and(|stated| !stated.is_empty());
    if is_stated || !is_on_server(&path.to_string_lossy()) {
        return open();
    }
    gdal::config::set_thread_local_config_option(KEY, "TRUE")?;
    let opened = open();
    gdal::config::clear_thread_local_config_option(KEY)?;
    opened
}

/// GDAL turns the rows of a netCDF file over unless it finds that they start in the north; where it takes no position
/// from the axes it does so blindly. Opens such a file again as it is stored if that starts in the north.
fn upright(
    dataset: Dataset,
    path: &Path,
    open: impl Fn() -> Result<Dataset, GdalError>,
) -> Result<Dataset, GdalError> {
    const KEY: &str = "GDAL_NETCDF_BOTTOMUP";
    let is_blind = dataset.driver().short_name() == "netCDF"
        && dataset.raster_count() > 0
        && dataset.geo_transform().is_err();
    if !is_blind || !goes_north_down(&dataset, path) {
        return Ok(dataset);
    }
    gdal::config::set_thread_local_config_option(KEY, "NO")?;
    let opened = open();
    gdal::config::clear_thread_local_config_option(KEY)?;
    opened
}

/// What to write under `variable` for one of GDAL's names of subdatasets.
pub(crate) fn short_name(name: &str) -> &str {
    name.rsplit([':', '/'])
        .next()
        .unwrap_or(name)
        .trim_matches('"')
}

/// Formats by the bytes that their files begin with, and the driver of GDAL that reads them.
const MAGIC: &[(&[u8], &str)] = &[
    (b"\x0e\x03\x13\x01", "HDF4"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"CDF\x01", "netCDF"),
    (b"CDF\x02", "netCDF"),
    (b"GRIB", "GRIB"),
];

/// A message on the driver that a file needs and this GDAL lacks.
fn lacking_driver(path: &Path) -> Option<String> {
    let mut start = [0_u8; 8];
    std::io::Read::read_exact(&mut std::fs::File::open(path).ok()?, &mut start).ok()?;
    let (_, driver) = MAGIC.iter().find(|(magic, _)| start.starts_with(magic))?;
    let is_there = |name: &str| gdal::DriverManager::get_driver_by_name(name).is_ok();
    // netCDF files of version 4 are HDF5 files, which either driver reads.
    let is_readable = is_there(driver) || (*driver == "HDF5" && is_there("netCDF"));
    (!is_readable).then(|| {
        format!(
            "this GDAL has no {driver} driver; install a GDAL that has one (as in conda-forge and \
             Debian), or convert the file"
        )
    })
}
