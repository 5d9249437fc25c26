//! A sample of the values of a raster.

use gdal::Dataset;
use gdal::errors::GdalError;
use serde::Serialize;

use crate::gdal_calls::text_of;
use crate::grid::Window;
use crate::sources::files::band_metadata::{BandMetadata, has_own_mask, is_signed_byte};
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::values::suspects::{Suspect, suspects};
use crate::sources::windows::bands::read_part;

/// Side of a window that is sampled, in pixels.
const SIDE: usize = 32;

/// Some values of a raster: small windows spread over it, in its first, middle and last band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueSample {
    /// Values sampled.
    pub values: usize,
    /// Share of them that the file itself marks as missing.
    pub missing: f64,
    /// The least stored number that is not missing.
    pub least: Option<f64>,
    /// The largest.
    pub largest: Option<f64>,
    /// Least and largest after the file's scale and offset, if it has them.
    pub scaled: Option<[f64; 2]>,
    /// Stored numbers that look like undeclared codes of missing values.
    pub suspects: Vec<Suspect>,
}

impl ValueSample {
    /// What may be unexpected about the values.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .suspects
            .iter()
            .map(
                |Suspect {
                     value,
                     share,
                     others: [least, largest],
                 }| {
                    format!(
                        "{value} is {:.1} % of the sampled values, the others are {least} to \
                     {largest}: if it means missing, set nodata = [{value}]",
                        100.0 * share
                    )
                },
            )
            .collect();
        if self.least.is_none() && self.values > 0 {
            warnings.push("every sampled value is missing".to_owned());
        }
        warnings
    }
}

/// Reads the windows; on failure, gives GDAL's message.
pub(crate) fn take(
    (dataset, pixels): (&Dataset, Option<&OpenRaster>),
    nodata: &[f64],
    stated: Option<&BandMetadata>,
) -> Result<ValueSample, String> {
    let n_bands = dataset.raster_count();
    let mut bands = vec![1, n_bands.div_ceil(2), n_bands];
    bands.dedup();
    let (mut valid, mut n_values) = (Vec::new(), 0);
    for number in bands.into_iter().filter(|number| *number > 0) {
        n_values += take_of_band((dataset, pixels), number, nodata, &mut valid)
            .map_err(|error| text_of(&error))?;
    }
    if let Some([low, high]) = stated.and_then(|stated| stated.valid_range) {
        valid.retain(|number| (low..=high).contains(number));
    }
    let least = valid.iter().copied().reduce(f64::min);
    let largest = valid.iter().copied().reduce(f64::max);
    let scale = stated.and_then(|stated| stated.scale).unwrap_or(1.0);
    let offset = stated.and_then(|stated| stated.offset).unwrap_or(0.0);
    let is_scaled = (scale, offset) != (1.0, 0.0);
    #[expect(clippy::cast_precision_loss, reason = "a sample is small")]
    let missing = if n_values == 0 {
        0.0
    } else {
        1.0 - valid.len() as f64 / n_values as f64
    };
    Ok(ValueSample {
        values: n_values,
        missing,
        least,
        largest,
        scaled: least
            .zip(largest)
            .filter(|_| is_scaled)
            .map(|(a, b)| [a * scale + offset, b * scale + offset]),
        suspects: suspects(&valid),
    })
}

/// Adds the valid values of the windows of one band, and gives the number of values read.
fn take_of_band(
    (dataset, pixels): (&Dataset, Option<&OpenRaster>),
    number: usize,
    nodata: &[f64],
    valid: &mut Vec<f64>,
) -> Result<usize, GdalError> {
    let (width, height) = dataset.raster_size();
    let size = (SIDE.min(width), SIDE.min(height));
    let band = dataset.rasterband(number)?;
    let is_signed = is_signed_byte(&band);
    let mut n_values = 0;
    for (col, row) in corners(width, height) {
        let at = (
            isize::try_from(col).unwrap_or(0),
            isize::try_from(row).unwrap_or(0),
        );
        let read = match pixels {
            Some(pixels) => of_store(pixels, number, (col, row), size)?,
            None => band.read_as::<f64>(at, size, size, None)?.data().to_vec(),
        };
        n_values += read.len();
        let mask = has_own_mask(&band).then(|| {
            band.open_mask_band()
                .and_then(|mask| mask.read_as::<u8>(at, size, size, None))
        });
        let mask = mask.transpose()?;
        let is_kept = |i: usize| {
            mask.as_ref()
                .is_none_or(|mask| mask.data().get(i).is_none_or(|kept| *kept != 0))
        };
        let stored = read.iter().map(|v| signed(*v, is_signed)).enumerate();
        valid.extend(
            stored
                .filter(|(i, v)| v.is_finite() && !nodata.contains(v) && is_kept(*i))
                .map(|(_, v)| v),
        );
    }
    Ok(n_values)
}

/// A window of a band of an open raster.
fn of_store(
    pixels: &OpenRaster,
    band: usize,
    (col, row): (usize, usize),
    (width, height): (usize, usize),
) -> Result<Vec<f64>, GdalError> {
    let window = Window {
        row,
        col,
        height,
        width,
    };
    let mut values = vec![0.0; window.n_pixels()];
    read_part(pixels, band, window, &mut values)?;
    Ok(values)
}

/// A number of a signed byte, which GDAL before 3.7 gives as an unsigned one.
fn signed(number: f64, is_signed: bool) -> f64 {
    if is_signed && number > 127.0 {
        number - 256.0
    } else {
        number
    }
}

/// Upper left corners of at most nine windows.
fn corners(width: usize, height: usize) -> Vec<(usize, usize)> {
    let along = |length: usize| {
        let last = length.saturating_sub(SIDE);
        let mut starts = vec![0, last / 2, last];
        starts.dedup();
        starts
    };
    along(height)
        .into_iter()
        .flat_map(|row| along(width).into_iter().map(move |col| (col, row)))
        .collect()
}
