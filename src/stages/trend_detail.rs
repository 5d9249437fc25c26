//! What stands beside the trend of a series: its years, its interval, and what persistence leaves of
//! its p.
//!
//! ```text
//! se        = √[Σ e² / (n − 2) / Σ (t − t̄)²]          e = residuals of the least-squares line
//! low, high = slope −+ t(1 − alpha/2, n − 2) se
//! lag1      = (n r + 2) / (n − 4), between −1 and 1     r = Σ e_t e_{t−1} / Σ e_t²
//! ```
//!
//! `lag1` is the persistence of the years about the line without the bias of `r`. `p_effective` is the p
//! of the slope with as many years as independent ones are worth: of `ols_effective`, with its `lag1`
//! where that is positive. Both need 10 years, as `r` of fewer tells next to nothing.
//!
//! Source: `docs/science/trends.md#ols` and `docs/science/trends.md#effective-years`.

use crate::kernels::lib::persistence::{fit_line, is_varied};
use crate::kernels::lib::tails::t_quantile;
use crate::kernels::statistics::ols_effective::effective_test;

use super::line::{points, series_of};

/// A line needs so many years for an interval.
const MIN_YEARS: usize = 3;
/// Persistence needs so many.
const MIN_YEARS_OF_LAG1: usize = 10;
/// A slope of filled series this many standard errors from that of the series as they are is reported.
const COMPOSITION_SHIFT: f64 = 0.5;

/// Years, interval and persistence of a linear trend; `None` where missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrendDetail {
    /// Valid years.
    pub n: usize,
    /// Standard error of the slope, in the unit of the series a year.
    pub se: Option<f64>,
    /// Lower end of the interval of the slope.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Autocorrelation of the residuals between adjacent calendar years, without its bias.
    pub lag1: Option<f64>,
    /// Two-sided p of the slope with the effective number of years.
    pub p_effective: Option<f64>,
}

/// What stands beside the trend of `series`, an entry a year.
///
/// # Arguments
///
/// * `min_years` - valid years that a trend needs, at least 3; with fewer there is only their number.
/// * `alpha` - 1 less the level of the interval.
///
/// A constant series has a slope and no interval. Of a series on its line nothing is left that could
/// last from year to year.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub fn trend_detail(series: &[Option<f64>], min_years: usize, alpha: f64) -> TrendDetail {
    let n = points(series, 0..series.len()).len();
    let counted = TrendDetail {
        n,
        ..TrendDetail::default()
    };
    let line = fit_line(&series_of(series));
    if n < min_years.max(MIN_YEARS) || line.is_constant {
        return counted;
    }
    let x = &line.residuals;
    let slope = x.slope * line.scale;
    let df = n - 2;
    let se = (x.square / df as f64 / line.sum_tt).sqrt() * line.scale;
    let half_width = t_quantile(alpha, df) * se;
    let lasting = (n >= MIN_YEARS_OF_LAG1 && is_varied(x)).then(|| effective_test(&line, n as f64));
    TrendDetail {
        se: Some(se),
        low: Some(slope - half_width),
        high: Some(slope + half_width),
        lag1: lasting.as_ref().map(|test| test.unbiased.clamp(-1.0, 1.0)),
        p_effective: lasting.filter(|test| test.n_eff > 2.0).map(|test| test.p),
        ..counted
    }
}

/// Whether gaps move the trend of an area mean: its slope and that of the filled series differ by more
/// than half the standard error.
#[must_use]
pub fn composition_shifts(slope: f64, slope_filled: f64, se: f64) -> bool {
    (slope - slope_filled).abs() > COMPOSITION_SHIFT * se
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_years_leave_the_count_alone() {
        let y = [Some(1.0), None, Some(2.5), None];
        let expected = TrendDetail {
            n: 2,
            ..TrendDetail::default()
        };
        assert_eq!(trend_detail(&y, 2, 0.05), expected);
        assert_eq!(trend_detail(&[], 3, 0.05), TrendDetail::default());
        let y = [1.0, 2.0, 4.0, 3.0].map(Some);
        assert_eq!(trend_detail(&y, 5, 0.05).se, None);
    }

    #[test]
    fn a_constant_series_has_no_interval_and_a_line_no_persistence() {
        let constant = trend_detail(&[Some(0.1); 20], 3, 0.05);
        assert_eq!((constant.n, constant.se, constant.low), (20, None, None));
        let line: Vec<_> = (0..20).map(|t| Some(f64::from(t))).collect();
        let on_line = trend_detail(&line, 3, 0.05);
        assert!((on_line.low.unwrap_or(0.0) - 1.0).abs() < 1e-12);
        assert_eq!((on_line.lag1, on_line.p_effective), (None, None));
    }

    /// Residuals 1, -1, 1, ... of twelve years: r is -11/12 but for the slope, so that years count as
    /// they are and p is the one of n - 2 degrees of freedom.
    #[test]
    fn years_that_alternate_are_worth_no_more_than_years() {
        let y: Vec<_> = (0..12_i32)
            .map(|t| Some(f64::from(t) + f64::from(1 - 2 * (t % 2))))
            .collect();
        let detail = trend_detail(&y, 3, 0.05);
        assert_eq!(detail.lag1, Some(-1.0));
        let trend = crate::tables::series_trend::series_trend(&y, 3);
        let ratio = detail.p_effective.unwrap_or(0.0) / trend.p.unwrap_or(1.0);
        assert!((ratio - 1.0).abs() < 1e-8, "{ratio}");
        let nine = trend_detail(&y[..9], 3, 0.05);
        assert_eq!((nine.lag1, nine.p_effective), (None, None));
        assert!(nine.se.is_some());
    }

    #[test]
    fn half_a_standard_error_is_told() {
        assert!(composition_shifts(1.0, 1.3, 0.5));
        assert!(!composition_shifts(1.0, 1.2, 0.5));
        assert!(!composition_shifts(1.0, f64::NAN, 0.5));
    }
}
