//! An attribution with years that count as often as they were drawn, weighted least squares.
//!
//! ```text
//! z        = (v − v̄) / half range                  of each column: response, drivers, year; no weights
//! M_ab     = Σ w (z_a − z̄_a)(z_b − z̄_b)             weighted means and products of a replicate
//! C        = M_ab / √(M_aa M_bb) = L L'             correlations of the predictors, Cholesky
//! β        = C⁻¹ r,   coef_j = β_j √(M_yy / M_jj)
//! slope_v  = M_tv / M_tt,   climate = Σ coef_j slope_j,   human = slope_y − climate
//! share    = 100 human / slope_y between 0 and 100: 0 where climate alone and 100 where people alone move it
//! ```
//!
//! with the year among the predictors where sensitivities are detrended. All trends are in half
//! ranges of the response over that of the years until they are handed out.
//!
//! Source: as `kernels::attribution::Bootstrap`.
//! GPU twin: `shaders/lib/replicate.wgsl`.

use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::real::{Mask, Real};
use crate::kernels::views::Pixel;

use super::drivers::MAX_PREDICTORS;

/// Below this variance, in squares of the half range, a column is constant in a replicate.
const MIN_VARIANCE: f64 = 1e-4;
/// The same of the response, whose trend is then 0.
const FLAT: f64 = 1e-10;
/// Below this pivot of the correlations the drivers of a replicate are not distinguished.
const MIN_PIVOT: f64 = 1e-4;
/// Below this correlation of response and year there is no trend to share.
const NO_TREND: f64 = 1e-5;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] =
    &thresholds![MIN_VARIANCE, FLAT, MIN_PIVOT, NO_TREND];

/// The response, the drivers and the year.
pub const COLUMNS: usize = MAX_PREDICTORS + 2;

/// A pixel's years, centred and scaled.
pub struct Columns<R: Real> {
    /// The columns of each year, and whether all are there.
    pub rows: Vec<([R; COLUMNS], R::Mask)>,
    /// Half ranges.
    pub scale: [R; COLUMNS],
    /// Whether there are complete years enough.
    pub is_enough: R::Mask,
}

/// One replicate; only what its masks mark has a meaning.
pub struct Replicate<R: Real> {
    /// The observed trend.
    pub observed: R,
    /// Whether there is one.
    pub has_observed: R::Mask,
    /// The trend that the drivers explain.
    pub climate: R,
    /// Whether there is a solution.
    pub is_solved: R::Mask,
    /// Share of people in the trend, in per cent.
    pub share: R,
    /// Whether there is one.
    pub has_share: R::Mask,
    /// Cholesky factor of the correlations of the predictors.
    pub factor: [[R; COLUMNS]; COLUMNS],
    /// The least spread of a column in half ranges: roundings grow as it shrinks.
    pub least_spread: R,
    /// Magnitudes of all parts together.
    pub size: R,
}

impl Replicate<f64> {
    /// The largest variance inflation of `n_predictors`: what roundings grow by.
    #[must_use]
    #[expect(clippy::needless_range_loop, reason = "the letters of the equations")]
    pub fn worst_vif(&self, n_predictors: usize) -> f64 {
        let mut inverse = [[0.0; COLUMNS]; COLUMNS];
        for a in 0..n_predictors {
            inverse[a][a] = 1.0 / self.factor[a][a];
            for b in 0..a {
                let sum: f64 = (b..a).map(|c| self.factor[a][c] * inverse[c][b]).sum();
                inverse[a][b] = -sum / self.factor[a][a];
            }
        }
        let vif = |x: usize| {
            (x..n_predictors)
                .map(|c| inverse[c][x] * inverse[c][x])
                .sum::<f64>()
        };
        (0..n_predictors).map(vif).fold(1.0, f64::max)
    }
}

/// What a fit has in it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Drivers.
    pub n_drivers: usize,
    /// Whether the year is one more predictor.
    pub with_year: bool,
}

impl Shape {
    /// Predictors of the fit, the year counted.
    #[must_use]
    pub fn n_predictors(self) -> usize {
        self.n_drivers + usize::from(self.with_year)
    }

    /// Centres and scales the years of a pixel.
    #[inline(always)]
    #[must_use]
    pub fn columns<R: Real>(self, min_years: u32, pixel: &Pixel<'_, '_, R>) -> Columns<R> {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let n_columns = self.n_drivers + 2;
        let mut rows: Vec<([R; COLUMNS], R::Mask)> = Vec::with_capacity(pixel.n_steps(0));
        let mut n = zero;
        let mut mean = [zero; COLUMNS];
        let mut lowest = [zero; COLUMNS];
        let mut highest = [zero; COLUMNS];
        for step in 0..pixel.n_steps(0) {
            let mut value = [zero; COLUMNS];
            let mut valid = R::Mask::of(true);
            for (c, value) in value.iter_mut().enumerate().take(self.n_drivers + 1) {
                let s = pixel.sample(c, step);
                *value = s.value;
                valid = valid & s.valid;
            }
            value[n_columns - 1] = R::of(step as f64);
            let is_first = n.lt(half);
            for c in 0..n_columns {
                mean[c] = mean[c] + R::select(valid, value[c], zero);
                let low = R::select(is_first, value[c], lowest[c].min(value[c]));
                let high = R::select(is_first, value[c], highest[c].max(value[c]));
                lowest[c] = R::select(valid, low, lowest[c]);
                highest[c] = R::select(valid, high, highest[c]);
            }
            n = n + R::select(valid, one, zero);
            rows.push((value, valid));
        }
        let least = f64::from(min_years).max(self.n_predictors() as f64 + 2.0);
        let mut scale = [one; COLUMNS];
        for c in 0..n_columns {
            mean[c] = mean[c] / n.max(one);
            let is_constant = lowest[c].ge(highest[c]);
            // Half the range as the scale: with it no square overflows.
            scale[c] = R::select(is_constant, one, half * highest[c] - half * lowest[c]);
        }
        for (value, _) in &mut rows {
            for c in 0..n_columns {
                value[c] = (value[c] - mean[c]) / scale[c];
            }
        }
        Columns {
            rows,
            scale,
            is_enough: n.ge(R::of(least)),
        }
    }

    /// The attribution with these weights of the years.
    #[inline(always)]
    #[must_use]
    #[expect(clippy::needless_range_loop, reason = "indices as in the shader")]
    #[expect(
        clippy::too_many_lines,
        reason = "one algorithm, in the order of its shader"
    )]
    pub fn replicate<R: Real>(self, columns: &Columns<R>, weights: &[u16]) -> Replicate<R> {
        let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
        let n_columns = self.n_drivers + 2;
        let n_predictors = self.n_predictors();
        let year = n_columns - 1;

        let mut weight_sum = zero;
        let mut n_different = zero;
        let mut mean = [zero; COLUMNS];
        for ((z, valid), &weight) in columns
            .rows
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0)
        {
            let w = R::select(*valid, R::of(f64::from(weight)), zero);
            weight_sum = weight_sum + w;
            n_different = n_different + R::select(*valid, one, zero);
            for c in 0..n_columns {
                mean[c] = mean[c] + w * z[c];
            }
        }
        let total = weight_sum.max(one);
        for c in 0..n_columns {
            mean[c] = mean[c] / total;
        }
        let mut product = [[zero; COLUMNS]; COLUMNS];
        for ((z, valid), &weight) in columns
            .rows
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0)
        {
            let w = R::select(*valid, R::of(f64::from(weight)), zero);
            let mut d = [zero; COLUMNS];
            for a in 0..n_columns {
                d[a] = z[a] - mean[a];
                let wd = w * d[a];
                for b in 0..=a {
                    product[a][b] = product[a][b] + wd * d[b];
                }
            }
        }

        // Spreads; a flat response has no trend and no coefficients.
        let is_flat = product[0][0].le(R::of(FLAT) * total);
        let mut is_varied = R::Mask::of(true);
        let mut per_norm = [one; COLUMNS];
        let mut least_spread = one;
        for c in 0..n_columns {
            let least = R::of(if c == 0 { FLAT } else { MIN_VARIANCE }) * total;
            let is_spread = product[c][c].gt(least);
            is_varied = is_varied & (is_spread | R::Mask::of(c == 0));
            per_norm[c] = one / R::select(is_spread, product[c][c], one).sqrt();
            least_spread =
                least_spread.min(R::select(is_spread, (product[c][c] / total).sqrt(), one));
        }

        // Cholesky factor of the predictors' correlations, and the forward half of the solution.
        let mut factor = [[zero; COLUMNS]; COLUMNS];
        let mut solution = [zero; COLUMNS];
        let mut weakest = one;
        for a in 0..n_predictors {
            for b in 0..=a {
                let mut rest = if a == b {
                    one
                } else {
                    product[a + 1][b + 1] * per_norm[a + 1] * per_norm[b + 1]
                };
                for c in 0..b {
                    rest = rest - factor[a][c] * factor[b][c];
                }
                if a == b {
                    weakest = weakest.min(rest);
                    factor[a][a] = rest.max(R::of(MIN_PIVOT)).sqrt();
                } else {
                    factor[a][b] = rest / factor[b][b];
                }
            }
            let mut rest = product[a + 1][0] * per_norm[a + 1] * per_norm[0];
            for c in 0..a {
                rest = rest - factor[a][c] * solution[c];
            }
            solution[a] = rest / factor[a][a];
        }
        for a in (0..n_predictors).rev() {
            for c in a + 1..n_predictors {
                solution[a] = solution[a] - factor[c][a] * solution[c];
            }
            solution[a] = solution[a] / factor[a][a];
        }

        // Everything in half ranges of the response over that of the years.
        let unit = columns.scale[0] / columns.scale[year];
        let has_years_apart = product[year][year].gt(R::of(MIN_VARIANCE) * total);
        let per_tt = one / R::select(has_years_apart, product[year][year], one);
        let observed = R::select(is_flat, zero, product[year][0] * per_tt);
        let mut climate = zero;
        let mut size = observed.abs();
        for x in 1..=self.n_drivers {
            let coef = solution[x - 1] * per_norm[x] / per_norm[0];
            let part = R::select(is_flat, zero, coef * (product[year][x] * per_tt));
            climate = climate + part;
            size = size + part.abs();
        }
        let human = observed - climate;
        let is_trend = (product[year][0] * per_norm[year] * per_norm[0])
            .abs()
            .gt(R::of(NO_TREND))
            & !is_flat;
        // With the trend on the side of 0 where it rises, all three turned round where it falls.
        let side = R::select(observed.lt(zero), -one, one);
        let between = human / R::select(is_trend, observed, one) * R::of(100.0);
        let share = R::select(
            (side * climate).le(zero),
            R::of(100.0),
            R::select((side * human).le(zero), zero, between),
        );

        let has_years = |least: usize| n_different.gt(R::of(least as f64) - half);
        let is_solved = columns.is_enough
            & is_varied
            & has_years(n_predictors + 2)
            & weakest.ge(R::of(MIN_PIVOT));
        Replicate {
            observed: observed * unit,
            has_observed: columns.is_enough & has_years(3) & has_years_apart,
            climate: climate * unit,
            is_solved,
            share,
            has_share: is_solved & is_trend,
            factor,
            least_spread,
            size: size * unit,
        }
    }
}
