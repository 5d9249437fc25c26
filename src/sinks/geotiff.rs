//! Tiled `GeoTIFF`.

use std::fs;
use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::raster::{Buffer, GdalType, RasterBand, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

use crate::formats::{Compress, FileKind};
use crate::gdal_calls::{set_category_names, set_unit, text_of, with_failures};
use crate::grid::{Grid, Window};
use crate::sinks::error::SinkError;
use crate::sinks::format::{OpenRaster, RasterFormat};
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA, RasterFile, RasterOptions};

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
    fn create(
        &self,
        path: &Path,
        grid: &Grid,
        file: &RasterFile,
    ) -> Result<Box<dyn OpenRaster>, String> {
        match create_dataset(path, grid, file, self.options) {
            Ok(dataset) => Ok(Box::new(OpenGeoTiff(dataset))),
            Err(error) => Err(text_of(&error)),
        }
    }

    fn check_complete(&self, path: &Path) -> Result<(), String> {
        check_blocks(path)
    }

    fn side_files(&self, path: &Path) -> Vec<PathBuf> {
        vec![side_file(path)]
    }
}

/// A `GeoTIFF` that takes values.
#[derive(Debug)]
struct OpenGeoTiff(Dataset);

impl OpenRaster for OpenGeoTiff {
    fn write(&self, file: &RasterFile, window: Window, values: &[f32]) -> Result<(), String> {
        let (written, failure) = with_failures(|| write_bands(&self.0, file, window, values));
        written.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)
    }

    fn close(self: Box<Self>) -> Result<(), String> {
        let (closed, failure) = with_failures(|| self.0.close());
        closed.map_err(|error| text_of(&error))?;
        failure.map_or(Ok(()), Err)
    }
}

/// GDAL's name of a compression.
pub(super) fn gdal_name(compress: Compress) -> &'static str {
    match compress {
        Compress::Deflate => "DEFLATE",
        Compress::Zstd => "ZSTD",
        Compress::Lerc => "LERC_ZSTD",
        Compress::None => "NONE",
    }
}

/// Whether numbers are replaced by differences to their neighbours before a compression.
pub(super) fn has_predictor(compress: Compress) -> bool {
    match compress {
        Compress::Deflate | Compress::Zstd => true,
        Compress::Lerc | Compress::None => false,
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

fn creation_options(
    file: &RasterFile,
    options: RasterOptions,
) -> Result<RasterCreationOptions, GdalError> {
    let block = options.block.max(16).to_string();
    let mut list = RasterCreationOptions::new();
    list.set_name_value("TILED", "YES")?;
    list.set_name_value("BLOCKXSIZE", &block)?;
    list.set_name_value("BLOCKYSIZE", &block)?;
    list.set_name_value("INTERLEAVE", "BAND")?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    let compress = options.compress;
    list.set_name_value("COMPRESS", gdal_name(compress))?;
    if compress != Compress::None {
        // One band after the other is written from one thread: a second one that compresses makes
        // 20 float bands of 2000 x 2000 pixels 1.3 to 1.8 times as fast.
        list.set_name_value("NUM_THREADS", "2")?;
    }
    if has_predictor(compress) {
        // 2: differences of integers. 3: of the bytes of floats.
        let is_float = file.kind == FileKind::Values;
        list.set_name_value("PREDICTOR", if is_float { "3" } else { "2" })?;
    }
    match compress {
        Compress::Deflate => list.set_name_value("ZLEVEL", "1")?,
        Compress::Zstd | Compress::Lerc => list.set_name_value("ZSTD_LEVEL", "1")?,
        Compress::None => {}
    }
    Ok(list)
}

fn create_dataset(
    path: &Path,
    grid: &Grid,
    file: &RasterFile,
    options: RasterOptions,
) -> Result<Dataset, GdalError> {
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let list = creation_options(file, options)?;
    let (width, height, n_bands) = (grid.width, grid.height, file.bands.len());
    let mut dataset = match file.kind {
        FileKind::Values => driver
            .create_with_band_type_with_options::<f32, _>(path, width, height, n_bands, &list)?,
        FileKind::Classes(_) | FileKind::Labelled(_) => driver
            .create_with_band_type_with_options::<u8, _>(path, width, height, n_bands, &list)?,
        FileKind::Flags(_) => driver
            .create_with_band_type_with_options::<u16, _>(path, width, height, n_bands, &list)?,
    };
    dataset.set_geo_transform(&grid.transform)?;
    if !grid.crs_wkt.is_empty() {
        dataset.set_spatial_ref(&SpatialRef::from_wkt(&grid.crs_wkt)?)?;
    }
    describe(&mut dataset, file)?;
    Ok(dataset)
}

fn describe(dataset: &mut Dataset, file: &RasterFile) -> Result<(), GdalError> {
    dataset.set_metadata_item("TIFFTAG_IMAGEDESCRIPTION", &file.description, "")?;
    let software = concat!("Doline ", env!("CARGO_PKG_VERSION"));
    dataset.set_metadata_item("TIFFTAG_SOFTWARE", software, "")?;
    for (key, value) in &file.metadata {
        dataset.set_metadata_item(key, value, "")?;
    }
    for (index, name) in file.bands.iter().enumerate() {
        let mut band = dataset.rasterband(index + 1)?;
        band.set_description(name)?;
        if !file.unit.is_empty() {
            set_unit(&mut band, &file.unit)?;
        }
        describe_kind(&mut band, &file.kind)?;
    }
    Ok(())
}

/// Nodata and labels of a band.
fn describe_kind(band: &mut RasterBand<'_>, kind: &FileKind) -> Result<(), GdalError> {
    match kind {
        FileKind::Values => band.set_no_data_value(Some(f64::NAN)),
        FileKind::Classes(_) | FileKind::Labelled(_) => {
            let classes = kind.classes().unwrap_or_default();
            band.set_no_data_value(Some(CLASS_NODATA.into()))?;
            let n_names = classes
                .iter()
                .map(|(class, _)| usize::from(*class) + 1)
                .max();
            let mut names = vec![String::new(); n_names.unwrap_or(0)];
            for (class, name) in &classes {
                names[usize::from(*class)].clone_from(name);
                band.set_metadata_item(&format!("class_{class}"), name, "")?;
            }
            set_category_names(band, &names)
        }
        FileKind::Flags(flags) => {
            band.set_no_data_value(Some(FLAGS_NODATA.into()))?;
            flags.iter().try_for_each(|(bit, _, label)| {
                band.set_metadata_item(&format!("bit_{bit}"), label, "")
            })
        }
    }
}

fn write_bands(
    dataset: &Dataset,
    file: &RasterFile,
    window: Window,
    values: &[f32],
) -> Result<(), GdalError> {
    for (index, values) in values.chunks_exact(window.n_pixels()).enumerate() {
        let mut band = dataset.rasterband(index + 1)?;
        match file.kind {
            FileKind::Values => write_band(&mut band, window, values.to_vec())?,
            FileKind::Classes(_) | FileKind::Labelled(_) => {
                let classes = values.iter().map(|&v| class_of(v)).collect();
                write_band(&mut band, window, classes)?;
            }
            FileKind::Flags(_) => {
                let flags = values.iter().map(|&v| flags_of(v)).collect();
                write_band(&mut band, window, flags)?;
            }
        }
    }
    Ok(())
}

fn write_band<T: GdalType + Copy>(
    band: &mut RasterBand<'_>,
    window: Window,
    values: Vec<T>,
) -> Result<(), GdalError> {
    let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    // Width first: the crate, as GDAL, counts columns before rows.
    let size = (window.width, window.height);
    band.write(at, size, &mut Buffer::new(size, values))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn class_of(value: f32) -> u8 {
    if value.is_nan() {
        CLASS_NODATA
    } else {
        value.round() as u8
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates"
)]
fn flags_of(value: f32) -> u16 {
    if value.is_nan() {
        FLAGS_NODATA
    } else {
        value.round() as u16
    }
}

/// Whether every block of every band is inside the file, and the last one can be decoded.
///
/// GDAL before 3.7 does not report a full disk when it closes a file, and may write blocks on another thread. The
/// directory of the file shows what is there.
///
/// # Errors
///
/// The first block that is incomplete, or what GDAL reports.
pub(super) fn check_blocks(path: &Path) -> Result<(), String> {
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
                let end = item("OFFSET")
                    .zip(item("SIZE"))
                    .map(|(offset, size)| offset + size);
                if end.is_none_or(|end| end > bytes) {
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
