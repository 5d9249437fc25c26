//! Least squares of a response on one to eight drivers, on complete years.
//!
//! ```text
//! z      = (x − x̄) / norm                      each variable with Σ z² = 1
//! C      = Z'Z = L L'                           correlations of the predictors, Cholesky
//! β      = C⁻¹ r                                standardised coefficients, r = Z' z_y
//! VIF_j  = (C⁻¹)_jj,   coef_j = β_j norm_y / norm_j
//! u      = Σ (z_y − Σ β_j z_j)²,   e = β' r      unexplained and explained share, u + e = 1
//! ```
//!
//! Raw normal equations of climate data have a condition of 4e11; these have one of about 10. The
//! unexplained share is summed from the residuals, because `1 − R²` has no digits left where the
//! fit is good.
//!
//! A predictor that is constant, or a pivot of `C` under 1e-6, makes the pixel singular. A pivot
//! under 0.02 (a variance inflation of about 50) is flagged to be decided in `f64`, as is a fit that
//! leaves less than 1e-4 unexplained.
//!
//! Source: Golub & Van Loan (2013), *Matrix Computations*, 4th ed., sections 4.2 and 5.3; science
//! note section 5.4.
//! GPU twin: `shaders/lib/drivers.wgsl`.

use crate::kernels::abi::{Pixel, flags};
use crate::kernels::real::Real;

/// As many predictors as a study may name.
pub const MAX_PREDICTORS: usize = 8;
/// Below this pivot of the correlation matrix the predictors are no longer told apart.
const SINGULAR_PIVOT: f64 = 1e-6;
/// Below this pivot a pixel is decided in `f64`.
const WEAK_PIVOT: f64 = 0.02;
/// Below this unexplained share the residuals of `f32` are mostly rounding, and a pixel is decided
/// in `f64`.
const PERFECT_FIT: f64 = 1e-4;

const MAX_VARIABLES: usize = MAX_PREDICTORS + 1;

/// A fitted regression; only what `is_solved` marks has a meaning.
#[derive(Clone, Copy, Debug)]
pub struct Fit<R: Real> {
    /// Bits of [`flags`], as a number.
    pub flags: R,
    /// Complete years.
    pub n: R,
    /// Whether there is a solution.
    pub is_solved: R::Mask,
    /// Whether the response is constant: its share explained has no meaning.
    pub is_constant: R::Mask,
    /// Unexplained share of the variance.
    pub unexplained: R,
    /// Explained share of the variance.
    pub explained: R,
    /// Standardised coefficients.
    pub beta: [R; MAX_PREDICTORS],
    /// Variance inflation factors.
    pub vif: [R; MAX_PREDICTORS],
    /// Coefficients, response unit per predictor unit.
    pub coef: [R; MAX_PREDICTORS],
    /// What a standardised coefficient of 1 is as a coefficient.
    pub coef_per_beta: [R; MAX_PREDICTORS],
}

/// A year with all its values.
struct Year<R: Real> {
    value: [R; MAX_VARIABLES],
    valid: R::Mask,
}

#[inline(always)]
fn complete_year<R: Real>(pixel: &Pixel<'_, '_, R>, n_variables: usize, step: usize) -> Year<R> {
    use crate::kernels::real::Mask;
    let mut year = Year { value: [R::of(0.0); MAX_VARIABLES], valid: R::Mask::of(true) };
    for v in 0..n_variables {
        let s = pixel.sample(v, step);
        year.value[v] = s.value;
        year.valid = year.valid & s.valid;
    }
    year
}

/// Fits input 0 on inputs `1..=n_predictors`.
#[inline(always)]
#[expect(clippy::too_many_lines, reason = "one algorithm, in the order of its shader")]
#[expect(clippy::needless_range_loop, reason = "indices as in the shader")]
pub fn fit_drivers<R: Real>(pixel: &Pixel<'_, '_, R>, n_predictors: usize, min_years: u32) -> Fit<R> {
    let n_variables = n_predictors + 1;
    let n_years = pixel.n_steps(0);
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);

    let mut n = zero;
    let mut mean = [zero; MAX_VARIABLES];
    let mut lowest = [zero; MAX_VARIABLES];
    let mut highest = [zero; MAX_VARIABLES];
    for step in 0..n_years {
        let year = complete_year(pixel, n_variables, step);
        let is_first = n.lt(half);
        for v in 0..n_variables {
            let x = year.value[v];
            mean[v] = mean[v] + R::select(year.valid, x, zero);
            let low = R::select(is_first, x, lowest[v].min(x));
            let high = R::select(is_first, x, highest[v].max(x));
            lowest[v] = R::select(year.valid, low, lowest[v]);
            highest[v] = R::select(year.valid, high, highest[v]);
        }
        n = n + R::select(year.valid, one, zero);
    }
    let is_enough = n.ge(R::of(f64::from(min_years).max(n_predictors as f64 + 2.0)));

    // Half the range as the scale: with it no square overflows.
    let count = n.max(one);
    let mut scale = [one; MAX_VARIABLES];
    let mut is_varied = is_enough;
    for v in 0..n_variables {
        mean[v] = mean[v] / count;
        let is_constant = lowest[v].ge(highest[v]);
        scale[v] = R::select(is_constant, one, half * highest[v] - half * lowest[v]);
        if v > 0 {
            is_varied = is_varied & !is_constant;
        }
    }
    let is_constant = lowest[0].ge(highest[0]);

    // The mean again, now of small numbers.
    let mut shift = [zero; MAX_VARIABLES];
    for step in 0..n_years {
        let year = complete_year(pixel, n_variables, step);
        for v in 0..n_variables {
            shift[v] = shift[v] + R::select(year.valid, (year.value[v] - mean[v]) / scale[v], zero);
        }
    }
    for v in 0..n_variables {
        shift[v] = shift[v] / count;
    }

    let mut product = [[zero; MAX_VARIABLES]; MAX_VARIABLES];
    for step in 0..n_years {
        let year = complete_year(pixel, n_variables, step);
        let mut z = [zero; MAX_VARIABLES];
        for v in 0..n_variables {
            let centred = (year.value[v] - mean[v]) / scale[v] - shift[v];
            z[v] = R::select(year.valid, centred, zero);
        }
        for a in 0..n_variables {
            for b in 0..=a {
                product[a][b] = product[a][b] + z[a] * z[b];
            }
        }
    }
    let mut norm = [one; MAX_VARIABLES];
    for v in 0..n_variables {
        // Pixels without a solution go on with harmless numbers.
        let is_positive = product[v][v].gt(zero);
        norm[v] = R::select(is_positive, product[v][v].sqrt(), one);
    }
    norm[0] = R::select(is_constant, one, norm[0]);

    // Cholesky factor of the predictors' correlation matrix, and its inverse, row by row.
    let mut factor = [[zero; MAX_PREDICTORS]; MAX_PREDICTORS];
    let mut inverse = [[zero; MAX_PREDICTORS]; MAX_PREDICTORS];
    let mut weakest = one;
    for a in 0..n_predictors {
        for b in 0..=a {
            let mut rest = if a == b { one } else { product[a + 1][b + 1] / (norm[a + 1] * norm[b + 1]) };
            for c in 0..b {
                rest = rest - factor[a][c] * factor[b][c];
            }
            if a == b {
                weakest = weakest.min(rest);
                factor[a][a] = rest.max(R::of(SINGULAR_PIVOT)).sqrt();
            } else {
                factor[a][b] = rest / factor[b][b];
            }
        }
        inverse[a][a] = one / factor[a][a];
        for b in 0..a {
            let mut sum = zero;
            for c in b..a {
                sum = sum + factor[a][c] * inverse[c][b];
            }
            inverse[a][b] = -sum / factor[a][a];
        }
    }
    let is_solved = is_varied & weakest.ge(R::of(SINGULAR_PIVOT));
    let is_weak = is_varied & weakest.lt(R::of(WEAK_PIVOT));

    // β = inverse' (inverse r), with r the correlations with the response.
    let mut beta = [zero; MAX_PREDICTORS];
    let mut vif = [zero; MAX_PREDICTORS];
    let mut coef = [zero; MAX_PREDICTORS];
    let mut coef_per_beta = [zero; MAX_PREDICTORS];
    let mut explained = zero;
    let mut half_way = [zero; MAX_PREDICTORS];
    let mut worst_vif = zero;
    for a in 0..n_predictors {
        for b in 0..=a {
            half_way[a] = half_way[a] + inverse[a][b] * product[b + 1][0] / (norm[b + 1] * norm[0]);
        }
    }
    for a in 0..n_predictors {
        for c in a..n_predictors {
            beta[a] = beta[a] + inverse[c][a] * half_way[c];
            vif[a] = vif[a] + inverse[c][a] * inverse[c][a];
        }
        explained = explained + half_way[a] * half_way[a];
        coef[a] = beta[a] * (norm[0] / norm[a + 1]) * (scale[0] / scale[a + 1]);
        coef_per_beta[a] = (norm[0] / norm[a + 1]) * (scale[0] / scale[a + 1]);
        worst_vif = worst_vif.max(vif[a]);
    }

    // The unexplained share from the residuals themselves: 1 − R² would lose its digits.
    let mut unexplained = zero;
    for step in 0..n_years {
        let year = complete_year(pixel, n_variables, step);
        let mut residual = ((year.value[0] - mean[0]) / scale[0] - shift[0]) / norm[0];
        for a in 0..n_predictors {
            residual =
                residual - beta[a] * (((year.value[a + 1] - mean[a + 1]) / scale[a + 1] - shift[a + 1]) / norm[a + 1]);
        }
        unexplained = unexplained + R::select(year.valid, residual * residual, zero);
    }

    let is_perfect = is_solved & !is_constant & unexplained.lt(R::of(PERFECT_FIT));

    let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
    let flags = bit(!is_enough, flags::TOO_FEW_YEARS)
        + bit(is_enough & !is_solved, flags::SINGULAR)
        + bit(is_weak | is_perfect, flags::DECIDED_IN_F64)
        + bit(is_solved & worst_vif.gt(R::of(10.0)), flags::HIGH_VIF);
    Fit { flags, n, is_solved, is_constant, unexplained, explained, beta, vif, coef, coef_per_beta }
}
