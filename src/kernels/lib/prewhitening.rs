//! A series without the part that it has from the year before.
//!
//! ```text
//! w_t = x_t − r x_{t−1} + b t        for calendar years t and t − 1 that both have a value
//! ```
//!
//! With `x` the series itself and b = 0 it is pre-whitened; with `x` the residuals from a line of
//! slope `b` it is trend-free pre-whitened, the line added again. The first year, and each year
//! after a gap, is lost.
//!
//! In whole numbers many w are equal: years with the same value, the years before them on one line
//! of slope `b`. Which of the two is larger would depend on rounding, mainly of the slope,
//! which is an `f32`, and so on the unit of the series. So w within [`TIED`] are tied. Pairs
//! that `f32` may misjudge are computed again in `f64`, unless they are made of the same numbers:
//! [`margin_of_pairs`].
//!
//! Source: von Storch (1995), in *Analysis of Climate Variability*, 11-26; Yue, Pilon, Phinney & Cavadias
//! (2002), Hydrol. Process. 16, 1807-1829; `docs/science/trends.md#pre-whitening`.
//! GPU twin: `shaders/lib/prewhitening.wgsl`.

use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::persistence::{MAX_MARGIN, Residuals};
use crate::kernels::lib::series::{ByYear, Series};
use crate::kernels::real::Real;

/// Two values nearer than this, in parts of the scale, are tied. The slope of one engine or another
/// is good to four roundings of 6e-8, over all years to twice that, 5e-7 of the scale.
pub const TIED: f64 = 1e-6;
/// Distances this near to [`TIED`] are computed again in `f64`.
const NEAR: f64 = 1e-5;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] = &thresholds![TIED, NEAR];

/// The pre-whitened series where `is_applied`, and `y` itself elsewhere.
#[inline(always)]
#[must_use]
pub fn prewhitened<R: Real>(
    y: &Series<R>,
    x: &Residuals<R>,
    r: R,
    is_applied: R::Mask,
) -> Series<R> {
    let zero = R::of(0.0);
    let n_years = y.value.len();
    let mut whitened = Series {
        value: ByYear::with_capacity(n_years),
        weight: ByYear::with_capacity(n_years),
        n: zero,
    };
    for t in 0..n_years {
        let has_before = if t > 0 { x.series.weight[t - 1] } else { zero };
        let before = if t > 0 { x.series.value[t - 1] } else { zero };
        let value = x.series.value[t] - r * before + x.slope * R::of(t as f64);
        let weight = R::select(is_applied, y.weight[t] * has_before, y.weight[t]);
        whitened
            .value
            .push(R::select(is_applied, value, y.value[t]));
        whitened.weight.push(weight);
        whitened.n = whitened.n + weight;
    }
    whitened
}

/// How far the pair of values of a pre-whitened series that is nearest to [`TIED`] is from it, in
/// parts of the resolution of `f32`.
#[inline(always)]
#[must_use]
pub fn margin_of_pairs<R: Real>(whitened: &Series<R>, y: &Series<R>, x: &Residuals<R>, r: R) -> R {
    let [zero, half, far] = [0.0, 0.5, 1.0].map(R::of);
    // An r of 0 leaves ties as they are, an r of 2e-6 separates them.
    let mut nearest = R::select(x.is_constant, far, r.abs());
    for i in 1..y.value.len() {
        for j in 1..i {
            let from_tied = ((whitened.value[i] - whitened.value[j]).abs() - R::of(TIED)).abs();
            // Values made of the same numbers are equal on every engine.
            let made_of = (y.value[i] - y.value[j]).abs()
                + r.abs() * (y.value[i - 1] - y.value[j - 1]).abs()
                + x.slope.abs();
            let is_pair = (whitened.weight[i] * whitened.weight[j]).gt(half) & made_of.gt(zero);
            nearest = R::select(is_pair, nearest.min(from_tied), nearest);
        }
    }
    (nearest / R::of(NEAR)).min(R::of(MAX_MARGIN))
}
