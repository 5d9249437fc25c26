//! Cloud-optimised `GeoTIFF`.
//!
//! GDAL makes one from another raster: values go into a plain `GeoTIFF` without compression, which is translated once
//! it is complete.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::raster::RasterCreationOptions;
use gdal::{Dataset, DriverManager, Metadata as _};

use crate::formats::{Compress, FileKind};
use crate::gdal_calls::{text_of, with_failures};
use crate::grid::Grid;
use crate::sinks::creation::gdal_name;
use crate::sinks::element::Element;
use crate::sinks::error::SinkError;
use crate::sinks::format::RasterFormat;
use crate::sinks::geotiff::{GeoTiff, check_codec, side_file};
use crate::sinks::predictor::predictor_of;
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

    fn create(&self, path: &Path, grid: &Grid, file: &RasterFile) -> Result<(), String> {
        self.plain.create(path, grid, file)
    }

    fn compress(&self) -> Compress {
        self.plain.compress()
    }

    fn finish(&self, path: &Path, file: &RasterFile) -> Result<(), String> {
        let target = path.with_extension("cog");
        if self.is_finished(path) {
            return move_side_file(&target, path);
        }
        let (translated, failure) = with_failures(|| translate(path, &target, file, self.options));
        translated.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)?;
        check_blocks(&target)?;
        fs::rename(&target, path).map_err(|error| error.to_string())?;
        move_side_file(&target, path)
    }

    fn is_finished(&self, path: &Path) -> bool {
        let mut start = [0; 64];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
        read.is_ok() && start.windows(GHOST.len()).any(|bytes| bytes == GHOST)
    }

    fn side_files(&self, path: &Path) -> Vec<PathBuf> {
        self.plain.side_files(path)
    }
}

/// What stands behind the first bytes of a COG that GDAL made, and of no plain file.
const GHOST: &[u8] = b"GDAL_STRUCTURAL_METADATA_SIZE";

/// Moves what is beside a COG after it.
fn move_side_file(from: &Path, to: &Path) -> Result<(), String> {
    let from = side_file(from);
    if from.exists() {
        fs::rename(&from, side_file(to)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn translate(
    from: &Path,
    to: &Path,
    file: &RasterFile,
    options: RasterOptions,
) -> Result<(), GdalError> {
    let mut list = RasterCreationOptions::new();
    list.set_name_value("COMPRESS", gdal_name(options.compress))?;
    let [height, width] = options.block;
    list.set_name_value("BLOCKSIZE", &height.min(width).max(128).to_string())?;
    list.set_name_value("SPARSE_OK", "TRUE")?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    if options.compress != Compress::None {
        list.set_name_value("LEVEL", "1")?;
    }
    if predictor_of(options.compress, Element::of(&file.kind)) != 1 {
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

/// Whether every block of every band that the file has is wholly inside it, and the last one can be decoded.
///
/// GDAL before 3.7 does not report a full disk when it closes a file. The directory of the file shows what is there.
/// Blocks that are missing everywhere are not there.
///
/// # Errors
///
/// The first block that is incomplete, or what GDAL reports.
fn check_blocks(path: &Path) -> Result<(), String> {
    let reported = |error: GdalError| text_of(&error);
    let bytes = fs::metadata(path).map_err(|error| error.to_string())?.len();
    let dataset = Dataset::open(path).map_err(reported)?;
    let (width, height) = dataset.raster_size();
    for number in 1..=dataset.raster_count() {
        let band = dataset.rasterband(number).map_err(reported)?;
        let (block_width, block_height) = band.block_size();
        for y in 0..height.div_ceil(block_height.max(1)) {
            for x in 0..width.div_ceil(block_width.max(1)) {
                let item = |what: &str| -> Option<u64> {
                    band.metadata_item(&format!("BLOCK_{what}_{x}_{y}"), "TIFF")?
                        .parse()
                        .ok()
                };
                let end = item("OFFSET").zip(item("SIZE"));
                if end.is_some_and(|(offset, size)| offset + size > bytes) {
                    return Err(format!("block {x}, {y} of band {number} is incomplete"));
                }
            }
        }
        if number == dataset.raster_count() {
            let last = (isize::try_from(width - 1), isize::try_from(height - 1));
            let last = (last.0.unwrap_or(0), last.1.unwrap_or(0));
            band.read_as::<f64>(last, (1, 1), (1, 1), None)
                .map_err(reported)?;
        }
    }
    Ok(())
}
