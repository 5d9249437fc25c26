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
//! under 0.02 (a variance inflation of about 50) is flagged for the recheck in `f64`, as is a fit
//! that leaves less than 1e-4 unexplained.
//!
//! A kernel defines a row of the fit: a year with its response and drivers, or something made of
//! such years. The shader calls `row(step, pixel)`, which the kernel defines; here the rows are
//! handed over in a list.
//!
//! Source: Golub & Van Loan (2013), *Matrix Computations*, 4th ed., sections 4.2 and 5.3;
//! `docs/science/drivers.md#regression`.
//! GPU twin: `shaders/lib/drivers.wgsl`.

use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::series::ByYear;
use crate::kernels::real::{Mask, Real};
use crate::kernels::views::Pixel;

/// As many predictors as a study may name.
pub const MAX_PREDICTORS: usize = 8;
/// Below this pivot of the correlation matrix the predictors are not distinguished.
const SINGULAR_PIVOT: f64 = 1e-6;
/// Below this pivot a pixel is computed again in `f64`.
const WEAK_PIVOT: f64 = 0.02;
/// Below this unexplained share the residuals of `f32` are mostly rounding, and a pixel is decided
/// in `f64`.
const PERFECT_FIT: f64 = 1e-4;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] =
    &thresholds![SINGULAR_PIVOT, WEAK_PIVOT, PERFECT_FIT];

/// A fitted regression on up to `K` predictors; only what `is_solved` marks has a meaning.
#[derive(Clone, Copy, Debug)]
pub struct Fit<R: Real, const K: usize> {
    /// Bits of [`flags`], as a number.
    pub flags: R,
    /// Rows of the fit: complete years.
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
    pub beta: [R; K],
    /// Variance inflation factors.
    pub vif: [R; K],
    /// Coefficients, response unit per predictor unit.
    pub coef: [R; K],
    /// What a standardised coefficient of 1 is as a coefficient.
    pub coef_per_beta: [R; K],
}

/// One row of a fit: the response, then up to `V - 1` predictors.
#[derive(Clone, Copy, Debug)]
pub struct Row<R: Real, const V: usize> {
    /// The values; without meaning unless all are there.
    pub value: [R; V],
    /// Whether all values are there.
    pub valid: R::Mask,
}

/// Calls a function that is generic over the most predictors and variables that it takes. Three,
/// the drivers of the carbon chain, have code of their own: with whole loops in registers it is
/// twice as fast.
macro_rules! for_predictors {
    ($k:expr, $function:ident::<$real:ty>($($argument:expr),*)) => {
        match $k {
            3 => $function::<$real, 3, 4>(3, $($argument),*),
            // The drivers of a study and the year.
            k => $function::<$real, 9, 10>(k, $($argument),*),
        }
    };
}
pub(crate) use for_predictors;

/// The values of inputs `0..=k` at `step`.
#[inline(always)]
#[must_use]
#[expect(
    clippy::needless_range_loop,
    reason = "the form that was measured: it is unrolled"
)]
pub fn complete_year<R: Real, const V: usize>(
    k: usize,
    pixel: &Pixel<'_, '_, R>,
    step: usize,
) -> Row<R, V> {
    // Not an inclusive range: only loops like this one are unrolled, and then a row stays in registers.
    let n_variables = k + 1;
    let mut value = [R::of(0.0); V];
    let mut valid = R::Mask::of(true);
    for v in 0..n_variables {
        let s = pixel.sample(v, step);
        value[v] = s.value;
        valid = valid & s.valid;
    }
    Row { value, valid }
}

/// Every year of inputs `0..=k`.
#[inline(always)]
#[must_use]
pub fn complete_years<R: Real, const V: usize>(
    k: usize,
    pixel: &Pixel<'_, '_, R>,
) -> ByYear<Row<R, V>> {
    let n_years = pixel.n_steps(0);
    // Not `with_capacity`: that is a call, and its result is moved, ten kilobytes for each group of pixels.
    let mut rows = ByYear::new();
    rows.reserve(n_years);
    for step in 0..n_years {
        rows.push(complete_year(k, pixel, step));
    }
    rows
}

/// Fits the first value of each row on the next `k`; `min_rows` valid rows are needed, and never
/// fewer than `k + 2`.
#[inline(always)]
#[must_use]
#[expect(
    clippy::too_many_lines,
    reason = "one algorithm, in the order of its shader"
)]
#[expect(clippy::needless_range_loop, reason = "indices as in the shader")]
pub fn fit_drivers<R: Real, const K: usize, const V: usize>(
    k: usize,
    rows: &[Row<R, V>],
    min_rows: u32,
) -> Fit<R, K> {
    let n_variables = k + 1;
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);

    let mut n = zero;
    let mut mean = [zero; V];
    let mut lowest = [zero; V];
    let mut highest = [zero; V];
    for row in rows {
        let is_first = n.lt(half);
        for v in 0..n_variables {
            let x = row.value[v];
            mean[v] = mean[v] + R::select(row.valid, x, zero);
            let low = R::select(is_first, x, lowest[v].min(x));
            let high = R::select(is_first, x, highest[v].max(x));
            lowest[v] = R::select(row.valid, low, lowest[v]);
            highest[v] = R::select(row.valid, high, highest[v]);
        }
        n = n + R::select(row.valid, one, zero);
    }
    let is_enough = n.ge(R::of(f64::from(min_rows).max(k as f64 + 2.0)));

    // Half the range as the scale: with it no square overflows.
    let count = n.max(one);
    let mut scale = [one; V];
    let mut per_scale = [one; V];
    let mut is_varied = is_enough;
    for v in 0..n_variables {
        mean[v] = mean[v] / count;
        let is_constant = lowest[v].ge(highest[v]);
        scale[v] = R::select(is_constant, one, half * highest[v] - half * lowest[v]);
        per_scale[v] = one / scale[v];
        if v > 0 {
            is_varied = is_varied & !is_constant;
        }
    }
    let is_constant = lowest[0].ge(highest[0]);

    // The mean again, now of small numbers.
    let mut shift = [zero; V];
    for row in rows {
        for v in 0..n_variables {
            shift[v] =
                shift[v] + R::select(row.valid, (row.value[v] - mean[v]) * per_scale[v], zero);
        }
    }
    for v in 0..n_variables {
        shift[v] = shift[v] / count;
    }

    let mut product = [[zero; V]; V];
    for row in rows {
        let mut z = [zero; V];
        for v in 0..n_variables {
            let centred = (row.value[v] - mean[v]) * per_scale[v] - shift[v];
            z[v] = R::select(row.valid, centred, zero);
        }
        for a in 0..n_variables {
            for b in 0..=a {
                product[a][b] = product[a][b] + z[a] * z[b];
            }
        }
    }
    let mut norm = [one; V];
    let mut per_norm = [one; V];
    for v in 0..n_variables {
        // Pixels without a solution go on with harmless numbers.
        let is_positive = product[v][v].gt(zero);
        norm[v] = R::select(is_positive, product[v][v].sqrt(), one);
        if v == 0 {
            norm[v] = R::select(is_constant, one, norm[v]);
        }
        per_norm[v] = one / norm[v];
    }

    // Cholesky factor of the predictors' correlation matrix, and its inverse, row by row.
    let mut factor = [[zero; K]; K];
    let mut inverse = [[zero; K]; K];
    let mut weakest = one;
    for a in 0..k {
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
                factor[a][a] = rest.max(R::of(SINGULAR_PIVOT)).sqrt();
            } else {
                factor[a][b] = rest * inverse[b][b];
            }
        }
        inverse[a][a] = one / factor[a][a];
        for b in 0..a {
            let mut sum = zero;
            for c in b..a {
                sum = sum + factor[a][c] * inverse[c][b];
            }
            inverse[a][b] = -sum * inverse[a][a];
        }
    }
    let is_solved = is_varied & weakest.ge(R::of(SINGULAR_PIVOT));
    let is_weak = is_varied & weakest.lt(R::of(WEAK_PIVOT));

    // β = inverse' (inverse r), with r the correlations with the response.
    let mut beta = [zero; K];
    let mut vif = [zero; K];
    let mut coef = [zero; K];
    let mut coef_per_beta = [zero; K];
    let mut explained = zero;
    let mut half_way = [zero; K];
    let mut worst_vif = zero;
    for a in 0..k {
        for b in 0..=a {
            half_way[a] =
                half_way[a] + inverse[a][b] * product[b + 1][0] * per_norm[b + 1] * per_norm[0];
        }
    }
    for a in 0..k {
        for c in a..k {
            beta[a] = beta[a] + inverse[c][a] * half_way[c];
            vif[a] = vif[a] + inverse[c][a] * inverse[c][a];
        }
        explained = explained + half_way[a] * half_way[a];
        coef_per_beta[a] = (norm[0] * per_norm[a + 1]) * (scale[0] * per_scale[a + 1]);
        coef[a] = beta[a] * coef_per_beta[a];
        worst_vif = worst_vif.max(vif[a]);
    }

    // The unexplained share from the residuals themselves: 1 − R² would lose its digits.
    let mut unexplained = zero;
    for row in rows {
        let mut residual = ((row.value[0] - mean[0]) * per_scale[0] - shift[0]) * per_norm[0];
        for a in 0..k {
            let z = (row.value[a + 1] - mean[a + 1]) * per_scale[a + 1] - shift[a + 1];
            residual = residual - beta[a] * per_norm[a + 1] * z;
        }
        unexplained = unexplained + R::select(row.valid, residual * residual, zero);
    }

    let is_perfect = is_solved & !is_constant & unexplained.lt(R::of(PERFECT_FIT));

    let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
    let flags = bit(!is_enough, flags::TOO_FEW_YEARS)
        + bit(is_enough & !is_solved, flags::SINGULAR)
        + bit(is_weak | is_perfect, flags::DECIDED_IN_F64)
        + bit(is_solved & worst_vif.gt(R::of(10.0)), flags::HIGH_VIF);
    Fit {
        flags,
        n,
        is_solved,
        is_constant,
        unexplained,
        explained,
        beta,
        vif,
        coef,
        coef_per_beta,
    }
}
