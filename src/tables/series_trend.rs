//! Trend of one series, as an area mean has it: ordinary least squares, Theil-Sen, Mann-Kendall.
//!
//! ```text
//! sen = median over j < k of (y_k − y_j) / (t_k − t_j)             at the true years
//! S   = Σ sign(y_k − y_j),  Var = [n(n−1)(2n+5) − Σ u(u−1)(2u+5)] / 18  over groups of u ties
//! Z   = (S − sign S) / √Var, 0 where S = 0;  p = erfc(|Z| / √2), exact for up to ten years without ties
//! ```
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389; Kendall (1975), *Rank Correlation
//! Methods*; `docs/science/trends.md#theil-sen` and
//! `docs/science/trends.md#mann-kendall`.

use std::sync::LazyLock;

use crate::kernels::lib::mann_kendall::{compare_pairs, exact_p_table, p_value, standardised};
use crate::kernels::lib::series::Series;
use crate::kernels::lib::tails::f_p_value;

/// What is known of a series; `None` where it is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeriesTrend {
    /// Mean of the valid years.
    pub mean: Option<f64>,
    /// Least-squares slope per year.
    pub slope: Option<f64>,
    /// Share of the variance that the line explains.
    pub r2: Option<f64>,
    /// Two-sided p of the slope.
    pub p: Option<f64>,
    /// Theil-Sen slope per year.
    pub sen: Option<f64>,
    /// Mann-Kendall S.
    pub mk_s: Option<i64>,
    /// Mann-Kendall Z.
    pub mk_z: Option<f64>,
    /// Two-sided p of the Mann-Kendall test.
    pub mk_p: Option<f64>,
}

/// The trend of `series`, one entry a year, `None` where the year is missing. Everything is missing
/// with fewer than `min_years` valid years, or fewer than 3.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "years are few")]
pub fn series_trend(series: &[Option<f64>], min_years: usize) -> SeriesTrend {
    let points = points(series);
    let Some(line) = line(&points, min_years) else {
        return SeriesTrend::default();
    };
    let Line {
        t_mean,
        mean,
        slope,
        sum_tt,
        is_constant,
    } = line;
    let from_line = |(t, y): (f64, f64)| y - mean - slope * (t - t_mean);
    let unexplained: f64 = points.iter().map(|&point| from_line(point).powi(2)).sum();
    let explained = slope * slope * sum_tt;
    let r2 = (!is_constant).then(|| explained / (explained + unexplained));
    let df = points.len() - 2;
    let p = (!is_constant).then(|| f_p_value(explained / (unexplained / df as f64), 1, df));
    let (s, z, mk_p) = mann_kendall(&points);
    SeriesTrend {
        mean: Some(mean),
        slope: Some(slope),
        r2,
        p,
        sen: Some(sen_slope(&points)),
        mk_s: Some(s),
        mk_z: Some(z),
        mk_p: Some(mk_p),
    }
}

/// The least-squares slope of a series per year, as that of [`series_trend`].
#[must_use]
pub fn series_slope(series: &[Option<f64>], min_years: usize) -> Option<f64> {
    line(&points(series), min_years).map(|line| line.slope)
}

/// The valid years of a series, counted from the first.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn points(series: &[Option<f64>]) -> Vec<(f64, f64)> {
    let years = series.iter().enumerate();
    years
        .filter_map(|(step, y)| y.map(|y| (step as f64, y)))
        .collect()
}

/// A least-squares line.
struct Line {
    t_mean: f64,
    mean: f64,
    /// Per year.
    slope: f64,
    /// Σ (t − t̄)².
    sum_tt: f64,
    is_constant: bool,
}

/// The line of a series with enough years.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn line(points: &[(f64, f64)], min_years: usize) -> Option<Line> {
    if points.len() < min_years.max(3) {
        return None;
    }
    let n = points.len() as f64;
    let t_mean = points.iter().map(|(t, _)| t).sum::<f64>() / n;
    let mean = points.iter().map(|(_, y)| y).sum::<f64>() / n;
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        let from_means = points.iter().map(|&(t, y)| f(t - t_mean, y - mean));
        from_means.sum::<f64>()
    };
    let sum_tt = sum(&|t, _| t * t);
    let is_constant = points.iter().all(|&(_, y)| y == points[0].1);
    let slope = if is_constant {
        0.0
    } else {
        sum(&|t, y| t * y) / sum_tt
    };
    Some(Line {
        t_mean,
        mean,
        slope,
        sum_tt,
        is_constant,
    })
}

/// Median of the slopes between all pairs of years.
fn sen_slope(points: &[(f64, f64)]) -> f64 {
    let pairs = points
        .iter()
        .enumerate()
        .flat_map(|(j, a)| points[j + 1..].iter().map(move |b| (a, b)));
    let mut slopes: Vec<f64> = pairs.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    slopes.sort_unstable_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    if slopes.len() % 2 == 1 {
        slopes[middle]
    } else {
        f64::midpoint(slopes[middle - 1], slopes[middle])
    }
}

/// Exact p of up to ten years, made once.
static EXACT_P: LazyLock<Vec<f64>> = LazyLock::new(exact_p_table);

/// S, Z and two-sided p, as the maps of the Mann-Kendall test have them.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "S and the index are small whole numbers"
)]
fn mann_kendall(points: &[(f64, f64)]) -> (i64, f64, f64) {
    let value: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    let n = value.len() as f64;
    let score = compare_pairs(&Series::complete(&value));
    let z = standardised(score.s, score.variance);
    let at = |i: f64| EXACT_P.get(i as usize).copied().unwrap_or(f64::NAN);
    (score.s as i64, z, p_value(n, &score, z, at))
}
