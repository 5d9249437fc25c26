//! Where the region lies, and its years.

use crate::calendar::Years;

/// West and north edge of the region in degrees.
pub(super) const NORTH_WEST: [f64; 2] = [104.4, 26.5];
/// Width and height of the region in degrees.
pub(super) const EXTENT: [f64; 2] = [7.7, 5.7];

/// Years of every synthetic study.
pub const YEARS: Years = Years {
    first: 2001,
    last: 2020,
};
pub(super) const N_YEARS: usize = 20;
pub(super) const N_MONTHS: usize = 12 * N_YEARS;

/// Places of the years around the middle of the study, in years.
#[must_use]
pub(super) fn centred_years() -> [f64; N_YEARS] {
    let mut place = -9.5;
    [(); N_YEARS].map(|()| {
        place += 1.0;
        place - 1.0
    })
}

/// Slope of a straight line through yearly values, per year.
pub(super) fn slope(values: &[f64; N_YEARS]) -> f64 {
    let times = centred_years();
    let power: f64 = times.iter().map(|t| t * t).sum();
    times.iter().zip(values).map(|(t, v)| t * v).sum::<f64>() / power
}

/// Mean of yearly values.
#[expect(clippy::cast_precision_loss, reason = "twenty years")]
pub(super) fn mean(values: &[f64; N_YEARS]) -> f64 {
    values.iter().sum::<f64>() / N_YEARS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_centred() {
        assert_eq!(centred_years()[0], -9.5);
        assert_eq!(centred_years()[19], 9.5);
    }
}
