//! A look at some values of a raster.

use gdal::Dataset;
use gdal::raster::RasterBand;
use serde::Serialize;

use crate::gdal_calls::text_of;

/// Side of a window that is looked at, in pixels.
const SIDE: usize = 32;

/// A code is at least this share of the values looked at.
const LEAST_SHARE: f64 = 0.001;
/// A code comes at least so often: a single extreme is none.
const LEAST_COUNT: usize = 8;
/// Codes side by side at one end.
const MOST_CODES: usize = 4;

/// Some values of a raster: small windows spread over it, in its first, middle and last band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueSample {
    /// Values looked at.
    pub values: usize,
    /// Share of them that is missing by the file's own account.
    pub missing: f64,
    /// The least stored number that is not missing.
    pub least: Option<f64>,
    /// The largest.
    pub largest: Option<f64>,
    /// Least and largest after the file's scale and offset, where it has them.
    pub scaled: Option<[f64; 2]>,
    /// Stored numbers that look like undeclared codes of missing values, each with its share.
    pub codes: Vec<(f64, f64)>,
}

impl ValueSample {
    /// What may surprise about the values.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .codes
            .iter()
            .map(|(code, share)| {
                format!(
                    "{code} is {:.1} % of the values looked at and lies apart from the rest: if it means missing, state nodata = [{code}]",
                    100.0 * share
                )
            })
            .collect();
        if self.least.is_none() && self.values > 0 {
            warnings.push("every value looked at is missing".to_owned());
        }
        warnings
    }
}

/// Reads the windows; what GDAL says where it cannot.
pub(super) fn look(dataset: &Dataset, nodata: &[f64]) -> Result<ValueSample, String> {
    let (width, height) = dataset.raster_size();
    let n_bands = dataset.raster_count();
    let mut bands = vec![1, n_bands.div_ceil(2), n_bands];
    bands.dedup();
    let mut valid: Vec<f64> = Vec::new();
    let mut values = 0;
    for number in bands.into_iter().filter(|number| *number > 0) {
        let band = dataset.rasterband(number).map_err(|error| text_of(&error))?;
        for (col, row) in places(width, height) {
            let size = (SIDE.min(width), SIDE.min(height));
            let at = (isize::try_from(col).unwrap_or(0), isize::try_from(row).unwrap_or(0));
            let read = band.read_as::<f64>(at, size, size, None).map_err(|error| text_of(&error))?;
            values += read.data().len();
            valid.extend(read.data().iter().filter(|v| v.is_finite() && !nodata.contains(v)));
        }
    }
    let least = valid.iter().copied().reduce(f64::min);
    let largest = valid.iter().copied().reduce(f64::max);
    let first = dataset.rasterband(1).ok();
    let scale = first.as_ref().and_then(RasterBand::scale).unwrap_or(1.0);
    let offset = first.as_ref().and_then(RasterBand::offset).unwrap_or(0.0);
    let is_scaled = (scale, offset) != (1.0, 0.0);
    #[expect(clippy::cast_precision_loss, reason = "a sample is small")]
    let missing = if values == 0 { 0.0 } else { 1.0 - valid.len() as f64 / values as f64 };
    Ok(ValueSample {
        values,
        missing,
        least,
        largest,
        scaled: least.zip(largest).filter(|_| is_scaled).map(|(a, b)| [a * scale + offset, b * scale + offset]),
        codes: codes(&valid),
    })
}

/// Upper left corners of at most nine windows.
fn places(width: usize, height: usize) -> Vec<(usize, usize)> {
    let along = |length: usize| {
        let last = length.saturating_sub(SIDE);
        let mut starts = vec![0, last / 2, last];
        starts.dedup();
        starts
    };
    along(height).into_iter().flat_map(|row| along(width).into_iter().map(move |col| (col, row))).collect()
}

/// Whole numbers at either end of the values that come often and lie far from everything else: each with its
/// share. Several may lie side by side, such as 65534 and 65535.
#[expect(clippy::cast_precision_loss, reason = "a sample is small")]
fn codes(valid: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted = valid.to_vec();
    sorted.sort_by(f64::total_cmp);
    let distinct: Vec<&[f64]> = sorted.chunk_by(|a, b| a == b).collect();
    let is_code = |same: &&[f64]| {
        let share = same.len() as f64 / valid.len() as f64;
        same[0].fract() == 0.0 && same[0] != 0.0 && share >= LEAST_SHARE && same.len() >= LEAST_COUNT
    };
    let of = |group: &[&[f64]]| group.iter().map(|same| (same[0], same.len() as f64 / valid.len() as f64)).collect();
    let mut codes: Vec<(f64, f64)> = Vec::new();
    for k in 1..=MOST_CODES.min(distinct.len().saturating_sub(1)) {
        let (low, above) = distinct.split_at(k);
        if codes.is_empty() && low.iter().all(is_code) && is_apart(above[0][0] - low[k - 1][0], low[k - 1][0], above) {
            codes = of(low);
        }
    }
    for k in 1..=MOST_CODES.min(distinct.len().saturating_sub(1 + codes.len())) {
        let (below, high) = distinct[codes.len()..].split_at(distinct.len() - codes.len() - k);
        let gap = high[0][0] - below[below.len() - 1][0];
        if high.iter().all(is_code) && is_apart(gap, high[0][0], below) {
            codes.extend::<Vec<(f64, f64)>>(of(high));
            break;
        }
    }
    codes
}

/// Whether a gap beside `code` is wider than the other values spread, outliers aside.
fn is_apart(gap: f64, code: f64, others: &[&[f64]]) -> bool {
    let others: Vec<f64> = others.concat();
    let twentieth = others.len() / 20;
    let spread = (others[others.len() - 1 - twentieth] - others[twentieth]).max(1.0);
    gap > if is_usual(code) { 0.2 * spread } else { spread }
}

/// Numbers that files often use for missing values.
fn is_usual(code: f64) -> bool {
    let usual = [-9.0, -99.0, -999.0, -9999.0, -99999.0, 9999.0, 99999.0, -3000.0, 255.0, 65535.0, 32767.0, -32768.0];
    usual.contains(&code) || code.abs() >= 1e20
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_far_from_the_values_are_told_and_plain_extremes_are_not() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i % 400)).collect();
        assert_eq!(codes(&values), []);
        let with = |code: f64, n: usize| [values.clone(), vec![code; n]].concat();
        assert_eq!(codes(&with(-9999.0, 50))[0].0, -9999.0);
        assert_eq!(codes(&with(65535.0, 50))[0].0, 65535.0);
        assert_eq!(codes(&with(255.0, 50)), [], "inside the values");
        let two = [with(65535.0, 50), vec![65534.0; 20]].concat();
        let found: Vec<f64> = codes(&two).iter().map(|(code, _)| *code).collect();
        assert_eq!(found, [65534.0, 65535.0]);
        assert_eq!(codes(&[5.0; 10]), [], "nothing to lie apart from");
        assert_eq!(codes(&[]), []);
    }
}
