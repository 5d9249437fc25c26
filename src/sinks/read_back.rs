//! Rasters that were written, read again: window by window during a run, or whole for checks.

use std::path::{Path, PathBuf};

use gdal::errors::GdalError;
use gdal::{Dataset, Metadata as _};

use crate::gdal_calls::{category_names, quiet_gdal, text_of};
use crate::grid::Window;
use crate::sinks::error::SinkError;
use crate::sinks::sink::ReadBack;

/// An unfinished raster, open for reading.
pub(super) struct WrittenRaster {
    /// Its final name, for messages.
    path: PathBuf,
    dataset: Dataset,
}

impl WrittenRaster {
    /// Opens the raster at `unfinished`; `path` is its final name.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub(super) fn open(unfinished: &Path, path: PathBuf) -> Result<Self, SinkError> {
        match Dataset::open(unfinished) {
            Ok(dataset) => Ok(Self { path, dataset }),
            Err(error) => Err(SinkError::ReadBack {
                path,
                reason: text_of(&error),
            }),
        }
    }
}

/// A band of a window, nodata as NaN, `[pixel]`.
///
/// # Arguments
///
/// * `band` - from 1.
fn values(dataset: &Dataset, band: usize, window: Window) -> Result<Vec<f32>, GdalError> {
    let band = dataset.rasterband(band)?;
    let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    let size = (window.width, window.height);
    let mut values = band
        .read_as::<f32>(at, size, size, None)?
        .into_shape_and_vec()
        .1;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "nodata of classes and flags are small numbers"
    )]
    if let Some(nodata) = band.no_data_value().filter(|nodata| !nodata.is_nan()) {
        values
            .iter_mut()
            .filter(|v| **v == nodata as f32)
            .for_each(|v| *v = f32::NAN);
    }
    Ok(values)
}

/// A raster that a finished run left, open for reading.
#[derive(Debug)]
pub struct FinishedRaster {
    dataset: Dataset,
}

impl FinishedRaster {
    /// Opens a raster of a finished run.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub fn open(path: &Path) -> Result<Self, GdalError> {
        quiet_gdal();
        let dataset = Dataset::open(path)?;
        Ok(Self { dataset })
    }

    /// Columns and rows.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        self.dataset.raster_size()
    }

    /// The labels of its classes; empty where it has something else.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub fn classes(&self) -> Result<Vec<(u8, String)>, GdalError> {
        let band = self.dataset.rasterband(1)?;
        let label = |class: u8| Some((class, band.metadata_item(&format!("class_{class}"), "")?));
        Ok((0..=u8::MAX).filter_map(label).collect())
    }

    /// The values of one window of the first band, `[pixel]`, NaN where missing.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub fn read(&self, window: Window) -> Result<Vec<f32>, GdalError> {
        values(&self.dataset, 1, window)
    }

    /// The same of another band, counted from 1.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub fn read_band(&self, band: usize, window: Window) -> Result<Vec<f32>, GdalError> {
        values(&self.dataset, band, window)
    }

    /// Number of its bands.
    #[must_use]
    pub fn n_bands(&self) -> usize {
        self.dataset.raster_count()
    }

    /// What it shows, in a line; empty where it does not say.
    #[must_use]
    pub fn description(&self) -> String {
        let item = self.dataset.metadata_item("TIFFTAG_IMAGEDESCRIPTION", "");
        item.unwrap_or_default()
    }

    /// The unit of its first band.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    pub fn unit(&self) -> Result<String, GdalError> {
        Ok(self.dataset.rasterband(1)?.unit())
    }

    /// Its coordinate reference system as WKT; empty where it has none.
    #[must_use]
    pub fn crs_wkt(&self) -> String {
        self.dataset.projection()
    }
}

impl ReadBack for WrittenRaster {
    fn read(&self, window: Window) -> Result<Vec<f32>, SinkError> {
        values(&self.dataset, 1, window).map_err(|error| SinkError::ReadBack {
            path: self.path.clone(),
            reason: text_of(&error),
        })
    }
}

/// A raster read back whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterRead {
    /// Values of all bands, nodata as NaN, `[band][pixel]`.
    pub values: Vec<Vec<f64>>,
    /// Descriptions of the bands.
    pub bands: Vec<String>,
    /// Unit of the first band.
    pub unit: String,
    /// Names of the classes 0, 1, 2 ... of the first band.
    pub class_names: Vec<String>,
    /// Metadata of the file and of the first band, `key=value`.
    pub metadata: Vec<String>,
    /// Columns and rows of a block.
    pub block_size: (usize, usize),
}

impl RasterRead {
    /// Reads a whole raster, for checks of small results.
    ///
    /// # Errors
    ///
    /// What GDAL reports when the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, GdalError> {
        quiet_gdal();
        let dataset = Dataset::open(path)?;
        let first = dataset.rasterband(1)?;
        let mut metadata = dataset.metadata_domain("").unwrap_or_default();
        metadata.extend(first.metadata_domain("").unwrap_or_default());
        metadata.extend(
            dataset
                .metadata_domain("IMAGE_STRUCTURE")
                .unwrap_or_default(),
        );
        let (mut values, mut bands) = (Vec::new(), Vec::new());
        for band in dataset.rasterbands() {
            let band = band?;
            bands.push(band.description()?);
            let nodata = band.no_data_value();
            let data = band.read_band_as::<f64>()?.into_shape_and_vec().1;
            let valid = |v: f64| if Some(v) == nodata { f64::NAN } else { v };
            values.push(data.into_iter().map(valid).collect());
        }
        Ok(Self {
            values,
            bands,
            unit: first.unit(),
            class_names: category_names(&first),
            metadata,
            block_size: first.block_size(),
        })
    }
}
