//! What is refused before GDAL follows it: pipes, pixels without a position, blocks that do not fit
//! into memory, truncated files.

use std::path::Path;

use gdal::Dataset;
use gdal::raster::RasterBand;

use crate::sources::error::SourceError;
use crate::sources::files::dataset::open_gdal;
use crate::sources::files::error::FileError;
use crate::sources::files::opened::Chunks;
use crate::sources::files::{truncated, vrt};
use crate::sources::grids::error::GridError;

/// Parts of a mosaic whose blocks are checked before it is read.
const MAX_PARTS_CHECKED: usize = 2000;

/// Refuses what GDAL would wait on for ever, and names that cannot be passed to GDAL.
pub(crate) fn check_openable(input: &str, path: &Path) -> Result<(), SourceError> {
    let refused = |reason: &str| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason: reason.to_owned(),
        })
    };
    let Some(name) = path.to_str() else {
        return Err(refused("its name is not UTF-8; rename it"));
    };
    if name.contains('\0') {
        return Err(refused("its name contains a zero byte"));
    }
    // GDAL judges names that are not paths, such as NETCDF:"a.nc":t or /vsizip/...
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            Err(refused("it is a pipe or a device, not a file"))
        }
        _ => Ok(()),
    }
}

/// Bytes of one block of a band, decoded.
pub(crate) fn block_bytes(band: &RasterBand<'_>) -> u64 {
    let (width, height) = band.block_size();
    (width as u64)
        .saturating_mul(height as u64)
        .saturating_mul(u64::from(band.band_type().bytes()))
}

/// Refuses pixels without a size or a position.
pub(crate) fn check_transform(
    input: &str,
    path: &Path,
    dataset: &Dataset,
) -> Result<(), SourceError> {
    // A file without a geotransform is reported for its missing CRS.
    let Ok(transform) = dataset.geo_transform() else {
        return Ok(());
    };
    let [_, a, b, _, c, d] = transform;
    let area = a * d - b * c;
    if transform.iter().all(|x| x.is_finite()) && area.is_finite() && area != 0.0 {
        return Ok(());
    }
    Err(SourceError::Grid(GridError::Transform {
        input: input.to_owned(),
        path: path.to_owned(),
        transform,
    }))
}

/// Refuses truncated files if GDAL would read zeros past their end.
pub(crate) fn check_length(input: &str, path: &Path, dataset: &Dataset) -> Result<(), SourceError> {
    let Ok(found) = std::fs::metadata(path).map(|metadata| metadata.len()) else {
        return Ok(());
    };
    let expected = match dataset.driver().short_name().as_str() {
        "netCDF" => truncated::expected_netcdf_bytes(path),
        "ENVI" => {
            let (width, height) = dataset.raster_size();
            let of_band = |band: RasterBand<'_>| {
                (width as u64)
                    .saturating_mul(height as u64)
                    .saturating_mul(u64::from(band.band_type().bytes()))
            };
            Some(
                dataset
                    .rasterbands()
                    .filter_map(Result::ok)
                    .map(of_band)
                    .fold(0, u64::saturating_add),
            )
        }
        _ => None,
    };
    match expected {
        Some(expected) if found < expected => Err(SourceError::File(FileError::Truncated {
            input: input.to_owned(),
            path: path.to_owned(),
            found,
            expected,
        })),
        _ => Ok(()),
    }
}

/// Refuses a file if a decoded block of it, or of a part of a mosaic, would not fit into memory.
pub(crate) fn check_blocks(
    input: &str,
    most_bytes: Option<u64>,
    path: &Path,
    dataset: &Dataset,
) -> Result<(), SourceError> {
    let Some(limit) = most_bytes else {
        return Ok(());
    };
    let check = |path: &Path, dataset: &Dataset| {
        let bytes = dataset.rasterband(1).map_or(0, |band| block_bytes(&band));
        if bytes <= limit {
            return Ok(());
        }
        Err(SourceError::File(FileError::Block {
            input: input.to_owned(),
            path: path.to_owned(),
            bytes,
            limit,
        }))
    };
    check(path, dataset)?;
    let parts = vrt::parts(path).unwrap_or_default();
    for part in parts.iter().take(MAX_PARTS_CHECKED) {
        // A part that cannot be opened is reported when it is read.
        if let Ok(dataset) = open_gdal(input, part, &part.to_string_lossy()) {
            check(part, &dataset)?;
        }
    }
    Ok(())
}

/// Refuses a Zarr store if a decoded chunk of it would not fit into memory.
pub(crate) fn check_chunks(
    input: &str,
    most_bytes: Option<u64>,
    path: &Path,
    chunks: Option<Chunks>,
) -> Result<(), SourceError> {
    match (most_bytes, chunks) {
        (Some(limit), Some(Chunks { bytes, .. })) if bytes > limit => {
            Err(SourceError::File(FileError::Chunk {
                input: input.to_owned(),
                path: path.to_owned(),
                bytes,
                limit,
            }))
        }
        _ => Ok(()),
    }
}
