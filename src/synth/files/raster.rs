//! One raster that is being written.

use std::fs;
use std::path::{Path, PathBuf};

use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager, Metadata};

use super::error::{SynthError, files_error};
use crate::gdal_calls::set_unit;
use crate::grid::Window;
use crate::synth::options::{Compression, SynthOptions};
use crate::synth::text;
use crate::synth::tile::grid;

/// Side of a block of a file, and of the windows in which the region is made.
pub(super) const BLOCK: usize = 256;

/// One band of a file.
pub(super) struct Band {
    description: String,
    scale: f64,
    unit: &'static str,
    nodata: Option<f64>,
}

impl Band {
    pub(super) fn new(
        description: impl Into<String>,
        unit: &'static str,
        nodata: Option<f64>,
    ) -> Self {
        Self {
            description: description.into(),
            scale: 1.0,
            unit,
            nodata,
        }
    }

    pub(super) fn scaled(self, scale: f64) -> Self {
        Self { scale, ..self }
    }
}

/// A raster that is being written.
pub(super) struct Raster {
    pub path: PathBuf,
    pub dataset: Dataset,
}

impl Raster {
    pub(super) fn create<T: GdalType>(
        path: PathBuf,
        options: &SynthOptions,
        bands: &[Band],
    ) -> Result<Self, SynthError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| files_error(folder, source))?;
        }
        let dataset = create::<T>(&path, options, bands).map_err(|source| SynthError::Raster {
            path: path.clone(),
            source,
        })?;
        Ok(Self { path, dataset })
    }

    /// Writes all bands of one window, `[band][pixel]`.
    pub(super) fn put<T: GdalType + Copy>(
        &mut self,
        window: Window,
        values: &[T],
    ) -> Result<(), SynthError> {
        put(&mut self.dataset, window, values).map_err(|source| SynthError::Raster {
            path: self.path.clone(),
            source,
        })
    }

    pub(super) fn close(self) -> Result<(), SynthError> {
        self.dataset.close().map_err(|source| SynthError::Raster {
            path: self.path,
            source,
        })
    }
}

/// Blocks are no larger than the raster, to whole sixteens as TIFF wants them.
fn block_side(pixels: usize) -> usize {
    pixels.next_multiple_of(16).min(BLOCK)
}

fn creation_options<T: GdalType>(options: &SynthOptions) -> RasterCreationOptions {
    let mut list = RasterCreationOptions::new();
    let mut set = |key: &str, value: &str| {
        // Keys and values are ours and contain no NUL, the only thing that is refused.
        let _ = list.set_name_value(key, value);
    };
    set("TILED", "YES");
    set("BLOCKXSIZE", &block_side(options.width).to_string());
    set("BLOCKYSIZE", &block_side(options.height).to_string());
    set("INTERLEAVE", "BAND");
    set("BIGTIFF", "IF_SAFER");
    let level = match options.compress {
        Compression::None => return list,
        Compression::Fast => "1",
        Compression::Small => "9",
    };
    set("COMPRESS", "DEFLATE");
    set("ZLEVEL", level);
    set(
        "PREDICTOR",
        if T::datatype().is_floating() {
            "3"
        } else {
            "2"
        },
    );
    if options.width > BLOCK || options.height > BLOCK {
        set("NUM_THREADS", "ALL_CPUS");
    }
    list
}

fn create<T: GdalType>(
    path: &Path,
    options: &SynthOptions,
    bands: &[Band],
) -> gdal::errors::Result<Dataset> {
    let mut dataset = DriverManager::get_driver_by_name("GTiff")?
        .create_with_band_type_with_options::<T, _>(
            path,
            options.width,
            options.height,
            bands.len(),
            &creation_options::<T>(options),
        )?;
    dataset.set_spatial_ref(&SpatialRef::from_epsg(4326)?)?;
    dataset.set_geo_transform(&grid(options).transform)?;
    dataset.set_metadata_item("SYNTHETIC", text::SYNTHETIC, "")?;
    for (index, band) in bands.iter().enumerate() {
        let mut raster_band = dataset.rasterband(index + 1)?;
        raster_band.set_description(&band.description)?;
        if !band.unit.is_empty() {
            set_unit(&mut raster_band, band.unit)?;
        }
        // GeoTIFF knows one nodata value a file; setting none would leave a side file.
        if index == 0 && band.nodata.is_some() {
            raster_band.set_no_data_value(band.nodata)?;
        }
        if (band.scale - 1.0).abs() > f64::EPSILON {
            raster_band.set_scale(band.scale)?;
        }
    }
    Ok(dataset)
}

fn put<T: GdalType + Copy>(
    dataset: &mut Dataset,
    window: Window,
    values: &[T],
) -> gdal::errors::Result<()> {
    let size = (window.width, window.height);
    let corner = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    for (index, band) in values.chunks_exact(window.n_pixels()).enumerate() {
        let mut buffer = Buffer::new(size, band.to_vec());
        dataset
            .rasterband(index + 1)?
            .write(corner, size, &mut buffer)?;
    }
    Ok(())
}
