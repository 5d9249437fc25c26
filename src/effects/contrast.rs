//! The weights of years that make a contrast of a difference, and what the years add to its error.
//!
//! ```text
//! effect    = Σ_t C_t D_t,   Σ C_t = 0
//! slope     : C_t = (t − t̄) / Σ (t − t̄)²
//! did       : C_t = 1/n in the stage, −1/n in `pre`
//! se_years  : of a slope √[Σ e² / (n_eff − 2) / Σ (t − t̄)²], n_eff as in kernels::statistics::OlsEffective;
//!             of a did √(s²_pre / n_pre + s²_post / n_post)
//! ```
//!
//! Source: Stewart-Oaten, Murdoch & Parker (1986), Ecology 67, 929-940 (differences of two places in time).

use std::ops::Range;

use crate::kernels::lib::persistence::{autocorrelation, fit_line, is_varied};
use crate::kernels::lib::series::Series;

use super::design::{Contrast, Design};

/// Fewest years of which persistence is estimated; with fewer, each year counts as one.
const MIN_YEARS_OF_PERSISTENCE: usize = 10;

/// The years that a contrast sets against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Years {
    /// The slope in these.
    Slope(Range<usize>),
    /// The mean of the second less the mean of the first.
    Means(Range<usize>, Range<usize>),
}

/// The years of a contrast; `None` where there are too few. Only [`Contrast::After`] asks for the start.
fn years_of(design: &Design, contrast: &Contrast, start: Option<i32>) -> Option<Years> {
    let n_years = design.years.count();
    let inside = |years: &Range<usize>| years.start.min(n_years)..years.end.min(n_years);
    let pre = design.pre.as_ref().map(|stage| inside(&stage.years));
    match contrast {
        Contrast::Slope => Some(Years::Slope(0..n_years)),
        Contrast::PreSlope => Some(Years::Slope(pre?)),
        Contrast::Did(name) => {
            let stage = design.stages.iter().find(|stage| &stage.name == name)?;
            Some(Years::Means(pre?, inside(&stage.years)))
        }
        Contrast::After => {
            let before = design.years_before(start?)?;
            Some(Years::Means(0..before, before..n_years))
        }
    }
}

/// `C_t` of each year of the study; `None` where the contrast has too few years.
pub(super) fn weights(
    design: &Design,
    contrast: &Contrast,
    start: Option<i32>,
) -> Option<Vec<f64>> {
    let mut weights = vec![0.0; design.years.count()];
    match years_of(design, contrast, start)? {
        Years::Slope(years) => {
            let (mean, squares) = centre(&years)?;
            for t in years {
                weights[t] = (number(t) - mean) / squares;
            }
        }
        Years::Means(before, after) => {
            if before.is_empty() || after.is_empty() {
                return None;
            }
            // A year of both stages counts in both.
            let (n_before, n_after) = (number(before.len()), number(after.len()));
            before.for_each(|t| weights[t] -= 1.0 / n_before);
            after.for_each(|t| weights[t] += 1.0 / n_after);
        }
    }
    Some(weights)
}

/// `C_t` of the difference in one year less its mean over `base`.
pub(super) fn event_weights(n_years: usize, base: &Range<usize>, year: usize) -> Vec<f64> {
    let mut weights = vec![0.0; n_years];
    let n = number(base.len());
    base.clone().for_each(|t| weights[t] -= 1.0 / n);
    weights[year] += 1.0;
    weights
}

/// Standard error of a contrast of `difference` if its years were drawn again.
pub(super) fn se_years(
    design: &Design,
    contrast: &Contrast,
    start: Option<i32>,
    difference: &[f64],
) -> Option<f64> {
    match years_of(design, contrast, start)? {
        Years::Slope(years) => se_of_slope(difference.get(years)?),
        Years::Means(before, after) => {
            let variance = |years: Range<usize>| {
                let values = difference.get(years)?;
                Some(sample_variance(values)? / number(values.len()))
            };
            Some((variance(before)? + variance(after)?).sqrt())
        }
    }
}

/// Standard error of the least-squares slope with effective years.
fn se_of_slope(y: &[f64]) -> Option<f64> {
    if y.len() < 3 {
        return None;
    }
    let line = fit_line(&Series::<f64>::complete(y));
    let residuals = &line.residuals;
    if !is_varied(residuals) {
        return Some(0.0);
    }
    let n = number(y.len());
    let effective = if y.len() >= MIN_YEARS_OF_PERSISTENCE {
        let r = autocorrelation(residuals, 1);
        let rho = ((n * r + 2.0) / (n - 4.0)).clamp(0.0, 1.0);
        n * (1.0 - rho) / (1.0 + rho)
    } else {
        n
    };
    let square = residuals.square * line.scale * line.scale;
    (effective > 2.0).then(|| (square / (effective - 2.0) / line.sum_tt).sqrt())
}

fn sample_variance(values: &[f64]) -> Option<f64> {
    let n = number(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (values.len() > 1).then(|| squares / (n - 1.0))
}

/// Mean of the years and Σ (t − t̄)²; `None` of fewer than two.
fn centre(years: &Range<usize>) -> Option<(f64, f64)> {
    let mean = years.clone().map(number).sum::<f64>() / number(years.len());
    let squares = years.clone().map(|t| (number(t) - mean).powi(2)).sum();
    (years.len() > 1).then_some((mean, squares))
}

#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn number(n: usize) -> f64 {
    n as f64
}
