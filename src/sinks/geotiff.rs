//! Tiled `GeoTIFF`.

use std::path::{Path, PathBuf};

use gdal::{DriverManager, Metadata};

use crate::formats::Compress;
use crate::gdal_calls::{text_of, with_failures};
use crate::grid::Grid;
use crate::sinks::creation::{create_head, gdal_name};
use crate::sinks::error::SinkError;
use crate::sinks::format::RasterFormat;
use crate::sinks::raster::{RasterFile, RasterOptions};

/// `GeoTIFF` with its compression and blocks.
#[derive(Debug)]
pub(super) struct GeoTiff {
    options: RasterOptions,
}

impl GeoTiff {
    /// `GeoTIFF` as the options state it.
    ///
    /// # Errors
    ///
    /// This GDAL cannot compress so.
    pub(super) fn new(options: RasterOptions) -> Result<Self, SinkError> {
        check_codec(options.compress)?;
        Ok(Self { options })
    }
}

impl RasterFormat for GeoTiff {
    fn create(&self, path: &Path, grid: &Grid, file: &RasterFile) -> Result<(), String> {
        let RasterOptions {
            compress, block, ..
        } = self.options;
        let (made, failure) = with_failures(|| create_head(path, grid, file, compress, block));
        made.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)
    }

    fn compress(&self) -> Compress {
        self.options.compress
    }

    fn side_files(&self, path: &Path) -> Vec<PathBuf> {
        vec![side_file(path)]
    }
}

/// What GDAL keeps beside a raster: names of classes, among other things.
pub(super) fn side_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".aux.xml");
    name.into()
}

/// Whether this GDAL can compress so.
///
/// # Errors
///
/// It cannot; the error lists what it can do.
pub(super) fn check_codec(compress: Compress) -> Result<(), SinkError> {
    let options = DriverManager::get_driver_by_name("GTiff")
        .ok()
        .and_then(|driver| driver.metadata_item("DMD_CREATIONOPTIONLIST", ""))
        .unwrap_or_default();
    let is_known = |compress: Compress| options.contains(&format!(">{}<", gdal_name(compress)));
    if is_known(compress) {
        return Ok(());
    }
    let known = Compress::WORDS
        .iter()
        .filter(|(_, compress)| is_known(*compress))
        .map(|(word, _)| *word)
        .collect();
    Err(SinkError::Codec {
        compress: compress.as_str(),
        known,
    })
}
