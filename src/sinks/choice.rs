//! Which format the options of a run name.

use std::path::Path;

use crate::formats::Format;
use crate::gdal_calls::quiet_gdal;
use crate::sinks::cog::Cog;
use crate::sinks::error::SinkError;
use crate::sinks::format::RasterFormat;
use crate::sinks::geotiff::GeoTiff;
use crate::sinks::raster::{RasterFile, RasterOptions};

/// Refuses what this build or the format cannot write.
///
/// # Errors
///
/// The first such raster.
pub fn check_formats(
    dir: &Path,
    files: &[RasterFile],
    options: &RasterOptions,
) -> Result<(), SinkError> {
    quiet_gdal();
    let (format, ending) = (format_of(*options)?, options.format.ending());
    files
        .iter()
        .try_for_each(|file| format.check(file, &dir.join(file_name(file, ending))))
}

/// The name of a raster under the output folder.
pub(super) fn file_name(file: &RasterFile, ending: &str) -> String {
    format!("{}.{ending}", file.path)
}

/// The format that the options name.
///
/// # Errors
///
/// This build cannot write the format, or cannot compress it so.
pub(super) fn format_of(options: RasterOptions) -> Result<Box<dyn RasterFormat>, SinkError> {
    Ok(match options.format {
        Format::GTiff => Box::new(GeoTiff::new(options)?),
        Format::Cog => Box::new(Cog::new(options)?),
        Format::Zarr if cfg!(feature = "zarr") => Box::new(GeoTiff::new(options)?),
        Format::Zarr => {
            return Err(SinkError::Format {
                format: options.format,
            });
        }
    })
}
