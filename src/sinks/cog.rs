//! Cloud-optimised `GeoTIFF`.
//!
//! GDAL makes one from another raster: values go into a plain `GeoTIFF` without compression, which is translated once
//! it is complete.

use std::fs;
use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::raster::RasterCreationOptions;
use gdal::{Dataset, DriverManager};

use crate::formats::{Compress, FileKind};
use crate::gdal_calls::{text_of, with_failures};
use crate::grid::Grid;
use crate::sinks::error::SinkError;
use crate::sinks::format::{OpenRaster, RasterFormat};
use crate::sinks::geotiff::{
    GeoTiff, check_blocks, check_codec, gdal_name, has_predictor, side_file,
};
use crate::sinks::raster::{RasterFile, RasterOptions};

/// COG with its compression and blocks.
#[derive(Debug)]
pub(super) struct Cog {
    options: RasterOptions,
    /// How values are written on the way.
    plain: GeoTiff,
}

impl Cog {
    /// COG as the options state it.
    ///
    /// # Errors
    ///
    /// This GDAL cannot compress so.
    pub(super) fn new(options: RasterOptions) -> Result<Self, SinkError> {
        check_codec(options.compress)?;
        let plain = RasterOptions {
            compress: Compress::None,
            ..options
        };
        Ok(Self {
            options,
            plain: GeoTiff::new(plain)?,
        })
    }
}

impl RasterFormat for Cog {
    /// A COG keeps the bands of a pixel together, and LERC 4 keeps NaN in single bands only: it comes back as the
    /// lowest float.
    fn check(&self, file: &RasterFile, path: &Path) -> Result<(), SinkError> {
        let is_lossy = self.options.compress == Compress::Lerc
            && file.bands.len() > 1
            && file.kind == FileKind::Values;
        if is_lossy {
            return Err(SinkError::CogLerc {
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    fn create(
        &self,
        path: &Path,
        grid: &Grid,
        file: &RasterFile,
    ) -> Result<Box<dyn OpenRaster>, String> {
        self.plain.create(path, grid, file)
    }

    fn check_complete(&self, path: &Path) -> Result<(), String> {
        check_blocks(path)
    }

    fn finish(&self, path: &Path, file: &RasterFile) -> Result<(), String> {
        let target = path.with_extension("cog");
        let (translated, failure) = with_failures(|| translate(path, &target, file, self.options));
        translated.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)?;
        check_blocks(&target)?;
        let rename = |from: &Path, to: &Path| fs::rename(from, to).map_err(|e| e.to_string());
        rename(&target, path)?;
        let beside_target = side_file(&target);
        if beside_target.exists() {
            rename(&beside_target, &side_file(path))?;
        }
        Ok(())
    }

    fn side_files(&self, path: &Path) -> Vec<PathBuf> {
        self.plain.side_files(path)
    }
}

fn translate(
    from: &Path,
    to: &Path,
    file: &RasterFile,
    options: RasterOptions,
) -> Result<(), GdalError> {
    let mut list = RasterCreationOptions::new();
    list.set_name_value("COMPRESS", gdal_name(options.compress))?;
    list.set_name_value("BLOCKSIZE", &options.block.max(128).to_string())?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    if options.compress != Compress::None {
        list.set_name_value("LEVEL", "1")?;
    }
    if has_predictor(options.compress) {
        list.set_name_value("PREDICTOR", "YES")?;
    }
    // An overview of classes or flags must not invent values.
    let resampling = match file.kind {
        FileKind::Values => "AVERAGE",
        FileKind::Classes(_) | FileKind::Labelled(_) | FileKind::Flags(_) => "NEAREST",
    };
    list.set_name_value("RESAMPLING", resampling)?;
    let source = Dataset::open(from)?;
    let driver = DriverManager::get_driver_by_name("COG")?;
    source.create_copy(&driver, to, &list)?.close()
}
