//! Makes the head of a `GeoTIFF` with GDAL: all that describes the raster, and no block.

use std::path::Path;

use gdal::errors::GdalError;
use gdal::raster::{
    ColorEntry, ColorTable, PaletteInterpretation, RasterBand, RasterCreationOptions,
};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

use crate::formats::{Compress, FileKind};
use crate::gdal_calls::{set_category_names, set_unit};
use crate::grid::Grid;
use crate::palette::colours_of;
use crate::sinks::element::Element;
use crate::sinks::predictor::predictor_of;
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA, RasterFile};

/// GDAL's name of a compression.
pub(super) fn gdal_name(compress: Compress) -> &'static str {
    match compress {
        Compress::Deflate => "DEFLATE",
        Compress::Zstd => "ZSTD",
        Compress::Lerc => "LERC_ZSTD",
        Compress::None => "NONE",
    }
}

/// Options for blocks of these rows and columns, and for the bytes that Doline itself reads and writes.
pub(super) fn tile_options(
    [height, width]: [usize; 2],
    list: &mut RasterCreationOptions,
) -> Result<(), GdalError> {
    list.set_name_value("TILED", "YES")?;
    list.set_name_value("BLOCKXSIZE", &width.to_string())?;
    list.set_name_value("BLOCKYSIZE", &height.to_string())?;
    list.set_name_value("ENDIANNESS", "LITTLE")
}

/// Options for a compression at its fastest level.
pub(super) fn compression_options(
    compress: Compress,
    list: &mut RasterCreationOptions,
) -> Result<(), GdalError> {
    list.set_name_value("COMPRESS", gdal_name(compress))?;
    match compress {
        Compress::Deflate => list.set_name_value("ZLEVEL", "1"),
        Compress::Zstd | Compress::Lerc => list.set_name_value("ZSTD_LEVEL", "1"),
        Compress::None => Ok(()),
    }
}

fn creation_options(
    element: Element,
    compress: Compress,
    block: [usize; 2],
) -> Result<RasterCreationOptions, GdalError> {
    let mut list = RasterCreationOptions::new();
    tile_options(block, &mut list)?;
    compression_options(compress, &mut list)?;
    list.set_name_value("INTERLEAVE", "BAND")?;
    list.set_name_value("BIGTIFF", "IF_SAFER")?;
    // A block that is not there is missing. Without this GDAL fills a new file with blocks when it closes it.
    list.set_name_value("SPARSE_OK", "TRUE")?;
    let predictor = predictor_of(compress, element);
    if predictor != 1 {
        list.set_name_value("PREDICTOR", &predictor.to_string())?;
    }
    Ok(list)
}

/// Makes a file at `path` without blocks.
///
/// # Errors
///
/// What GDAL reports.
pub(super) fn create_head(
    path: &Path,
    grid: &Grid,
    file: &RasterFile,
    compress: Compress,
    block: [usize; 2],
) -> Result<(), GdalError> {
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let element = Element::of(&file.kind);
    let list = creation_options(element, compress, block)?;
    let (width, height, n_bands) = (grid.width, grid.height, file.bands.len());
    let mut dataset = match element {
        Element::Float => driver
            .create_with_band_type_with_options::<f32, _>(path, width, height, n_bands, &list)?,
        Element::Byte => driver
            .create_with_band_type_with_options::<u8, _>(path, width, height, n_bands, &list)?,
        Element::Short => driver
            .create_with_band_type_with_options::<u16, _>(path, width, height, n_bands, &list)?,
    };
    dataset.set_geo_transform(&grid.transform)?;
    if !grid.crs_wkt.is_empty() {
        dataset.set_spatial_ref(&SpatialRef::from_wkt(&grid.crs_wkt)?)?;
    }
    describe(&mut dataset, file)?;
    set_colours(&dataset, &file.kind)?;
    dataset.close()
}

/// Gives a map of classes its colours. TIFF has a table of colours for files of one band alone.
///
/// # Errors
///
/// What GDAL reports.
fn set_colours(dataset: &Dataset, kind: &FileKind) -> Result<(), GdalError> {
    let Some(classes) = kind.classes().filter(|_| dataset.raster_count() == 1) else {
        return Ok(());
    };
    let mut table = ColorTable::new(PaletteInterpretation::Rgba);
    for ((code, _), [red, green, blue]) in classes.iter().zip(colours_of(&classes)) {
        let entry = ColorEntry::rgba(red.into(), green.into(), blue.into(), 255);
        table.set_color_entry(u16::from(*code), &entry);
    }
    dataset.rasterband(1)?.set_color_table(&table);
    Ok(())
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
