//! How much of a series lasts from year to year, and what noise has that in series of this length.
//!
//! The lag-1 correlation of residuals about a fitted line is too small in short series, and scatters:
//! of 20 years of independent noise it is −0.1 on average, with a standard deviation of 0.2. Neither may
//! go into simulated noise. So series with known correlation and the gaps of the data are simulated, and
//! the correlation is taken whose series look like those of the data (Gourieroux, Monfort & Renault
//! 1993, J. Appl. Econometrics 8, S85-S118):
//!
//! ```text
//! g(ρ) = mean r of simulated series of correlation ρ,    s(ρ) = its standard deviation
//! ρ_i  = g⁻¹[ r̄ + (r_i − r̄) √max(0, 1 − s² / var r) ]
//! ```
//!
//! The root takes the scatter off that estimation alone makes.

use std::sync::Arc;

use serde::Serialize;

use super::design::{CalibrateError, Design, Noise};
use super::simulation::{as_f64, inputs_of, mean, simulation_alone};
use crate::engines::cpu::CpuEngine;

/// Correlations of the simulated series.
const STEPS: std::ops::RangeInclusive<i32> = -14..=19;
/// Size of a step.
const STEP: f64 = 0.05;
/// Series of each.
const N_SERIES: usize = 2000;

/// The lag-1 correlation of the noise of some pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Persistence {
    /// Mean lag-1 correlation of the residuals as it is estimated.
    pub mean_estimate: f64,
    /// Mean lag-1 correlation of noise whose residuals are like that.
    pub mean: f64,
    /// A quarter of the pixels have less.
    pub lower_quartile: f64,
    /// A quarter of the pixels have more.
    pub upper_quartile: f64,
}

/// The lag-1 correlation of the residuals of a series about its least-squares line:
/// `r = (Σ x_t x_{t−1} / pairs) / (Σ x_t² / n)` over years with values, `pairs` those of adjacent years.
///
/// `None` with fewer than four values or no pair, and where the series equals its line.
#[must_use]
pub fn lag1_of_residuals(series: &[Option<f64>]) -> Option<f64> {
    let points: Vec<(usize, f64)> = series
        .iter()
        .enumerate()
        .filter_map(|(t, y)| y.map(|y| (t, y)))
        .collect();
    if points.len() < 4 {
        return None;
    }
    let t_mean = mean(points.iter().map(|(t, _)| as_f64(*t)));
    let y_mean = mean(points.iter().map(|(_, y)| *y));
    let centred = |(t, y): &(usize, f64)| (as_f64(*t) - t_mean, y - y_mean);
    let (ty, tt) = points
        .iter()
        .map(centred)
        .fold((0.0, 0.0), |(ty, tt), (t, y)| (ty + t * y, tt + t * t));
    let slope = ty / tt;
    let residual = |point: &(usize, f64)| {
        let (t, y) = centred(point);
        y - slope * t
    };
    let largest = points
        .iter()
        .map(|point| centred(point).1.abs())
        .fold(0.0, f64::max);
    let square = mean(points.iter().map(|point| residual(point).powi(2)));
    let adjacent: Vec<f64> = points
        .windows(2)
        .filter(|pair| pair[1].0 == pair[0].0 + 1)
        .map(|pair| residual(&pair[0]) * residual(&pair[1]))
        .collect();
    let is_on_line = square <= (1e-6 * largest).powi(2);
    (!adjacent.is_empty() && !is_on_line).then(|| mean(adjacent.into_iter()) / square)
}

/// The correlation of the noise of each pixel, from `estimates` of its series and what is
/// estimated from simulated series with the same gaps; and a summary.
///
/// # Arguments
///
/// * `estimates` - [`lag1_of_residuals`] of the series that the patterns of `design` are of.
///
/// # Errors
///
/// The chain that makes up series cannot be built, which does not happen.
pub fn corrected(
    design: &Design,
    estimates: &[f64],
) -> Result<(Vec<f32>, Persistence), CalibrateError> {
    let simulated = STEPS.map(|step| -> Result<(f64, f64, f64), CalibrateError> {
        let rho = f64::from(step) * STEP;
        let found = estimates_of(design, rho)?;
        let centre = mean(found.iter().copied());
        Ok((
            rho,
            centre,
            mean(found.iter().map(|r| (r - centre).powi(2))),
        ))
    });
    let simulated = simulated.collect::<Result<Vec<_>, _>>()?;
    let centre = mean(estimates.iter().copied());
    let variance = mean(estimates.iter().map(|r| (r - centre).powi(2)));
    let of_estimation = interpolated(
        simulated.iter().map(|&(_, r, variance)| (r, variance)),
        centre,
    );
    let share = (1.0 - of_estimation / variance.max(f64::MIN_POSITIVE))
        .clamp(0.0, 1.0)
        .sqrt();
    let rho = |estimate: f64| {
        interpolated(
            simulated.iter().map(|&(rho, r, _)| (r, rho)),
            centre + share * (estimate - centre),
        )
    };
    let mut sorted: Vec<f64> = estimates.iter().map(|&estimate| rho(estimate)).collect();
    #[expect(clippy::cast_possible_truncation, reason = "an input of a kernel")]
    let noise = sorted.iter().map(|&rho| rho as f32).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| {
        sorted
            .get((sorted.len() - 1) * part / 4)
            .copied()
            .unwrap_or_default()
    };
    let persistence = Persistence {
        mean_estimate: centre,
        mean: mean(sorted.iter().copied()),
        lower_quartile: at(1),
        upper_quartile: at(3),
    };
    Ok((noise, persistence))
}

/// What is estimated from simulated series of one correlation.
fn estimates_of(design: &Design, rho: f64) -> Result<Vec<f64>, CalibrateError> {
    #[expect(clippy::cast_possible_truncation, reason = "an input of a kernel")]
    let noise = Noise {
        label: String::new(),
        lag1: vec![rho as f32],
    };
    // Another seed than that of the tests.
    let chain = simulation_alone(design, !design.seed)?;
    let layers = CpuEngine::new(Arc::new(chain))
        .compute(&inputs_of(design, &noise, 0.0, 0, N_SERIES), N_SERIES);
    let series = |pixel: usize| -> Vec<Option<f64>> {
        layers[0]
            .iter()
            .skip(pixel)
            .step_by(N_SERIES)
            .map(|y| (!y.is_nan()).then(|| f64::from(*y)))
            .collect()
    };
    Ok((0..N_SERIES)
        .filter_map(|pixel| lag1_of_residuals(&series(pixel)))
        .collect())
}

/// The value at `x` of a line through points with rising `x`, as at its ends beyond them.
fn interpolated(points: impl Iterator<Item = (f64, f64)>, x: f64) -> f64 {
    let mut before: Option<(f64, f64)> = None;
    for (x1, y1) in points {
        if x <= x1 {
            return match before {
                Some((x0, y0)) if x1 > x0 => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
                _ => y1,
            };
        }
        before = Some((x1, y1));
    }
    before.map_or(0.0, |(_, y)| y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Years;
    use crate::chain::{TrendOptions, TrendTest};

    fn design(years: i32) -> Design {
        Design {
            years: Years {
                first: 1,
                last: years,
            },
            min_years: 4,
            alpha: 0.05,
            tests: vec![TrendTest::Ols],
            options: TrendOptions::default(),
            patterns: vec![vec![true; usize::try_from(years).unwrap_or(0)]],
            noises: Vec::new(),
            slopes: Vec::new(),
            n_series: 0,
            seed: 1,
        }
    }

    /// statsmodels: OLS on the years, then sum(x[1:] x[:-1]) / 7 / (sum(x²) / 8).
    #[test]
    fn residuals_about_the_line_are_correlated() {
        let y = [3.0, 5.0, 4.0, 6.0, 8.0, 7.0, 9.0, 8.0].map(Some);
        let r = lag1_of_residuals(&y).expect("a correlation");
        assert!((r + 0.571_428_571_428_570).abs() < 1e-12, "{r}");
        assert_eq!(
            lag1_of_residuals(&[Some(1.0), Some(2.0), Some(3.0), Some(4.0)]),
            None,
            "on its line"
        );
        assert_eq!(
            lag1_of_residuals(&[Some(1.0), None, Some(3.0), None, Some(2.0), None, Some(5.0)]),
            None,
            "no pair"
        );
    }

    /// Noise of known correlation is found again, though its estimates are far too small.
    #[test]
    fn the_correlation_of_noise_is_found_from_short_series() {
        let design = design(20);
        for rho in [0.0, 0.4, 0.7] {
            let estimates = estimates_of(&design, rho).expect("estimates");
            let other_seed = Design {
                seed: 99,
                ..design.clone()
            };
            let (noise, persistence) = corrected(&other_seed, &estimates).expect("a chain");
            assert!(
                (persistence.mean - rho).abs() < 0.04,
                "{rho}: {persistence:?}"
            );
            assert!(
                persistence.mean_estimate < rho - 0.05,
                "{rho}: {persistence:?}"
            );
            // All had the same correlation, so the scatter of the estimates is taken off.
            assert!(
                persistence.upper_quartile - persistence.lower_quartile < 0.1,
                "{rho}: {persistence:?}"
            );
            assert!(noise.iter().all(|rho| rho.abs() <= 0.95));
        }
    }
}
