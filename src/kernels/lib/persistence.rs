//! What is left of a series without its trend, and how much of it lasts from year to year.
//!
//! ```text
//! x_t = [y_t − ȳ − b (t − t̄)] / scale,   scale = half the range of y, and of the line
//! r_k = Σ x_t x_{t−k} / Σ x_t²            about the mean of x
//! ```
//!
//! The products are over pairs of calendar years `k` apart that both have a value, the squares over
//! all valid years: the biased autocorrelation, divided by n at every lag, of a series whose gaps
//! are at its mean. It equals statsmodels' `acf` with `missing="conservative"`, and is between −1
//! and 1, and gaps pull it towards 0. Without gaps it is the published form.
//!
//! Of a series that is on its line nothing is left that could be correlated, and r is 0. That is where
//! the standard deviation of what is left is below 1e-6 of the scale, or below the distance of `f32` numbers as large
//! as the largest of the series, 2⁻²³ max |y|: a line stored in `f32` is off by half of that at most in each year, and
//! the slope that is taken away is good to the same.
//!
//! Source: Box, Jenkins & Reinsel (1994), *Time Series Analysis*, 3rd ed., section 2.1.5;
//! `docs/science/trends.md#persistence`.
//! GPU twin: `shaders/lib/persistence.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::flags;
use crate::kernels::lib::series::{ByYear, Series};
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::views::Pixel;

/// A mean square of residuals below this is rounding: the series is on its line.
const ON_THE_LINE: f64 = 1e-12;
/// A mean square of residuals below this may be called rounding by one engine and not by another.
const NEAR_THE_LINE: f64 = 1e-8;
/// The distance of `f32` numbers in parts of their size. Residuals below it are how the series is stored.
const SPACING: f64 = 1.0 / 8_388_608.0;
/// A mean square of residuals below this is computed again in `f64`.
const WEAK: f64 = 1e-4;
/// 97.5 % quantile of the standard normal distribution: |r| over this / √n is significant at 5 %.
pub const Z_95: f64 = 1.959_963_984_540_054;
/// Margins are cut off here. A pixel with a margin below 1 is computed again in `f64`. Below this
/// margin, engines that start from layers with different rounding may come to different results.
pub const MAX_MARGIN: f64 = 16.0;

/// What the shader takes.
pub(super) const CONSTANTS: &[NamedConstant] =
    &thresholds![ON_THE_LINE, NEAR_THE_LINE, SPACING, WEAK, Z_95, MAX_MARGIN];

/// A series about a line.
#[derive(Clone, Debug)]
pub struct Residuals<R: Real> {
    /// The residuals in parts of the scale; 0 where missing.
    pub series: Series<R>,
    /// The slope of the line in parts of the scale per year.
    pub slope: R,
    /// The scale, in the unit of the series.
    pub scale: R,
    /// Σ x².
    pub square: R,
    /// A standard deviation of residuals below this, in parts of the scale, is how the series is stored in `f32`.
    pub rounding: R,
    /// Whether series and line are constant: nothing is left, and that is exact.
    pub is_constant: R::Mask,
}

/// `series` about its mean and a line of this slope per year.
#[inline(always)]
#[must_use]
pub fn residuals<R: Real>(series: &Series<R>, slope: R) -> Residuals<R> {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let n_years = series.value.len();
    let mut y_mean = zero;
    let mut t_mean = zero;
    let mut lowest = zero;
    let mut highest = zero;
    let mut seen = zero;
    for t in 0..n_years {
        let (y, weight) = (series.value[t], series.weight[t]);
        let (is_valid, is_first) = (weight.gt(half), seen.lt(half));
        let low = R::select(is_first, y, lowest.min(y));
        let high = R::select(is_first, y, highest.max(y));
        lowest = R::select(is_valid, low, lowest);
        highest = R::select(is_valid, high, highest);
        y_mean = y_mean + R::select(is_valid, y, zero);
        t_mean = t_mean + weight * R::of(t as f64);
        seen = seen + weight;
    }
    let n = series.n.max(one);
    y_mean = y_mean / n;
    t_mean = t_mean / n;
    let size = half * highest - half * lowest + slope.abs() * R::of(0.5 * n_years as f64);
    let scale = R::select(size.gt(zero), size, one);
    let slope = slope / scale;
    let rounding = R::of(SPACING) * lowest.abs().max(highest.abs()) / scale;

    let mut x = Series {
        value: ByYear::with_capacity(n_years),
        weight: series.weight.clone(),
        n: series.n,
    };
    let mut x_mean = zero;
    for t in 0..n_years {
        let value = (series.value[t] - y_mean) / scale - slope * (R::of(t as f64) - t_mean);
        let value = R::select(series.weight[t].gt(half), value, zero);
        x.value.push(value);
        x_mean = x_mean + value;
    }
    x_mean = x_mean / n;
    let mut square = zero;
    for t in 0..n_years {
        x.value[t] = R::select(series.weight[t].gt(half), x.value[t] - x_mean, zero);
        square = square + x.value[t] * x.value[t];
    }
    Residuals {
        series: x,
        slope,
        scale,
        square,
        rounding,
        is_constant: size.le(zero),
    }
}

/// `Σ x_t x_{t−lag} / Σ x²`; 0 on the line.
#[inline(always)]
#[must_use]
pub fn autocorrelation<R: Real>(x: &Residuals<R>, lag: usize) -> R {
    let [zero, one] = [0.0, 1.0].map(R::of);
    let mut product = zero;
    for t in lag..x.series.value.len() {
        product = product + x.series.value[t] * x.series.value[t - lag];
    }
    let is_varied = is_varied(x);
    R::select(
        is_varied,
        product / R::select(is_varied, x.square, one),
        zero,
    )
}

/// Whether anything is left that could be correlated.
#[inline(always)]
#[must_use]
pub fn is_varied<R: Real>(x: &Residuals<R>) -> R::Mask {
    let least = (x.rounding * x.rounding).max(R::of(ON_THE_LINE));
    x.square.gt(least * x.series.n.max(R::of(1.0)))
}

/// How far the residuals are from being mostly rounding in `f32`; below 1 the pixel is computed
/// again in `f64`.
#[inline(always)]
#[must_use]
pub fn margin_of_spread<R: Real>(x: &Residuals<R>) -> R {
    margin_of_square(x, WEAK)
}

/// How far the residuals are from being how the series is stored.
#[inline(always)]
#[must_use]
pub fn margin_of_line<R: Real>(x: &Residuals<R>) -> R {
    margin_of_square(x, NEAR_THE_LINE)
}

/// The mean square of residuals in parts of `least`, or of twice the rounding where that is more.
#[inline(always)]
fn margin_of_square<R: Real>(x: &Residuals<R>, least: f64) -> R {
    let most = R::of(MAX_MARGIN);
    let of_rounding = R::of(4.0) * x.rounding * x.rounding;
    let least = of_rounding.max(R::of(least)) * x.series.n.max(R::of(1.0));
    R::select(x.is_constant, most, (x.square / least).min(most))
}

/// How far `value` is from `threshold`, in parts of `near`, up to [`MAX_MARGIN`].
#[inline(always)]
#[must_use]
pub fn margin_of<R: Real>(value: R, threshold: R, near: f64) -> R {
    ((value - threshold).abs() / R::of(near)).min(R::of(MAX_MARGIN))
}

/// The last two outputs of a kernel with decisions: how near the nearest of them is, in parts of
/// what `f32` can tell, and the flags that follow.
///
/// # Arguments
///
/// * `margin` - the port of the margin.
#[must_use]
pub fn margin_ports(margin: usize) -> [Port; 2] {
    let flags = Tolerance::Class {
        of: margin,
        thresholds: &[1.0],
        within: 1.0,
    };
    [
        Port::output(
            "margin",
            Steps::Static,
            Tolerance::Relative {
                relative: 0.0,
                absolute: 1.0,
            },
        ),
        Port::output("flags", Steps::Static, flags),
    ]
}

/// Writes margin and flags at `port` and the one after.
#[inline(always)]
pub fn put_margin<R: Real>(
    pixel: &mut Pixel<'_, '_, R>,
    port: usize,
    margin: R,
    is_enough: R::Mask,
) {
    let zero = R::of(0.0);
    let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), zero);
    let is_decided = is_enough & margin.lt(R::of(1.0));
    pixel.put(port, 0, margin, is_enough);
    let flags = bit(!is_enough, flags::TOO_FEW_YEARS) + bit(is_decided, flags::DECIDED_IN_F64);
    pixel.put(port + 1, 0, flags, R::Mask::of(true));
}

/// A least-squares line through a series, and the residuals.
#[derive(Clone, Debug)]
pub struct Line<R: Real> {
    /// The residuals.
    pub residuals: Residuals<R>,
    /// The scale of the residuals, in the unit of the series.
    pub scale: R,
    /// Mean of the valid years, counted from the first of the study.
    pub t_mean: R,
    /// Σ (t − t̄)² over the valid years.
    pub sum_tt: R,
    /// Whether the series has one value in all years.
    pub is_constant: R::Mask,
}

/// The least-squares line of `series`.
#[inline(always)]
#[must_use]
pub fn fit_line<R: Real>(series: &Series<R>) -> Line<R> {
    let [zero, one] = [0.0, 1.0].map(R::of);
    let x = residuals(series, zero);
    let mut t_mean = zero;
    for t in 0..series.value.len() {
        t_mean = t_mean + series.weight[t] * R::of(t as f64);
    }
    t_mean = t_mean / series.n.max(one);
    let mut sum_tt = zero;
    let mut sum_tx = zero;
    for t in 0..series.value.len() {
        let from_mean = series.weight[t] * (R::of(t as f64) - t_mean);
        sum_tt = sum_tt + from_mean * from_mean;
        sum_tx = sum_tx + from_mean * x.series.value[t];
    }
    let left = residuals(&x.series, sum_tx / sum_tt.max(one));
    // It is the series that was stored, not what is about its mean.
    let left = Residuals {
        rounding: x.rounding / left.scale,
        ..left
    };
    let scale = x.scale * left.scale;
    Line {
        residuals: left,
        scale,
        t_mean,
        sum_tt,
        is_constant: x.is_constant,
    }
}
