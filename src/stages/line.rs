//! The least-squares line of a part of a series, and the numbers that others need of it.

use crate::kernels::lib::series::Series;

/// A mean square of residuals below this part of the squared half range is rounding: the values are
/// on their lines, as for the kernels (`kernels::lib::persistence`).
const ON_THE_LINE: f64 = 1e-12;

/// A valid year: its place in the study, and the value.
pub(super) type Point = (f64, f64);

/// The valid years of some entries of a series; entries that the series does not have are missing.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub(super) fn points(series: &[Option<f64>], steps: impl Iterator<Item = usize>) -> Vec<Point> {
    let valid = |step: usize| {
        let y = series.get(step).copied().flatten()?;
        y.is_finite().then_some((step as f64, y))
    };
    steps.filter_map(valid).collect()
}

/// The series as the kernels have it.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub(super) fn series_of(series: &[Option<f64>]) -> Series<f64> {
    let valid = |y: &Option<f64>| y.filter(|y| y.is_finite());
    let weight = |y: &Option<f64>| f64::from(u8::from(valid(y).is_some()));
    Series {
        value: series.iter().map(|y| valid(y).unwrap_or(0.0)).collect(),
        weight: series.iter().map(weight).collect(),
        n: series.iter().filter_map(valid).count() as f64,
    }
}

/// A least-squares line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Mean of the years.
    t_mean: f64,
    /// Mean of the values.
    y_mean: f64,
    /// Σ (t − t̄)².
    pub(super) sum_tt: f64,
    /// Change a year.
    pub(super) slope: f64,
    /// Σ of the squared residuals.
    pub(super) unexplained: f64,
}

impl Line {
    /// The line through `points`; `None` with fewer than two.
    #[expect(clippy::cast_precision_loss, reason = "years are few")]
    pub(super) fn through(points: &[Point]) -> Option<Self> {
        if points.len() < 2 {
            return None;
        }
        let n = points.len() as f64;
        let t_mean = points.iter().map(|(t, _)| t).sum::<f64>() / n;
        let y_mean = points.iter().map(|(_, y)| y).sum::<f64>() / n;
        let sum = |f: &dyn Fn(f64, f64) -> f64| {
            let about_means = points.iter().map(|(t, y)| f(t - t_mean, y - y_mean));
            about_means.sum::<f64>()
        };
        let sum_tt = sum(&|t, _| t * t);
        let slope = sum(&|t, y| t * y) / sum_tt;
        Some(Self {
            t_mean,
            y_mean,
            sum_tt,
            slope,
            unexplained: sum(&|t, y| (y - slope * t).powi(2)),
        })
    }

    /// The line at a time, in entries of the series.
    pub(super) fn at(&self, t: f64) -> f64 {
        self.y_mean + self.slope * (t - self.t_mean)
    }
}

/// Whether squares of residuals that sum to `unexplained` are more than the rounding of `points`.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub(super) fn is_varied(points: &[Point], unexplained: f64) -> bool {
    let mut bounds = (f64::INFINITY, f64::NEG_INFINITY);
    for (_, y) in points {
        bounds = (bounds.0.min(*y), bounds.1.max(*y));
    }
    let half_range = 0.5 * bounds.1 - 0.5 * bounds.0;
    unexplained > ON_THE_LINE * half_range * half_range * points.len() as f64
}
