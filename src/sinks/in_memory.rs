//! Compresses a block with GDAL: as the only block of a `GeoTIFF` in memory, out of which its bytes are taken.

use std::sync::atomic::{AtomicU64, Ordering};

use gdal::DriverManager;
use gdal::errors::GdalError;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::vsi;

use crate::formats::Compress;
use crate::sinks::creation::{compression_options, tile_options};
use crate::sinks::tiff::BlockTables;

/// Numbers files in memory, which all threads share.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Puts the compressed bytes of a block into `out`, whose contents are replaced. Gives the values back.
///
/// # Arguments
///
/// * `size` - columns and rows of the block.
///
/// # Errors
///
/// What GDAL reports.
pub(super) fn compress<T: GdalType + Copy>(
    compress: Compress,
    size: (usize, usize),
    values: Vec<T>,
    out: &mut Vec<u8>,
) -> Result<Vec<T>, GdalError> {
    let path = format!(
        "/vsimem/doline/{}.tif",
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let mut options = RasterCreationOptions::new();
    tile_options([size.1, size.0], &mut options)?;
    compression_options(compress, &mut options)?;
    let written = write(&path, size, values, &options);
    let taken = vsi::call_on_mem_file_bytes(&path, |file| {
        out.clear();
        let block = BlockTables::find(file).and_then(|tables| tables.block(file, 0));
        let block = block.and_then(|block| file.get(block));
        block.is_some_and(|block| {
            out.extend_from_slice(block);
            !block.is_empty()
        })
    });
    // A file that was not made cannot be removed either; the error is returned below.
    let _ = vsi::unlink_mem_file(&path);
    let values = written?;
    if taken? {
        Ok(values)
    } else {
        let text = "a compressed block is not in its file";
        Err(GdalError::BadArgument(text.to_owned()))
    }
}

fn write<T: GdalType + Copy>(
    path: &str,
    size: (usize, usize),
    values: Vec<T>,
    options: &RasterCreationOptions,
) -> Result<Vec<T>, GdalError> {
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let dataset =
        driver.create_with_band_type_with_options::<T, _>(path, size.0, size.1, 1, options)?;
    let mut buffer = Buffer::new(size, values);
    dataset.rasterband(1)?.write_block((0, 0), &mut buffer)?;
    dataset.close()?;
    Ok(buffer.into_shape_and_vec().1)
}
