//! The slopes between all pairs of valid years: their median and its interval.
//!
//! ```text
//! slope_ij = (y_i − y_j) / (t_i − t_j),  j < i,  at the true years
//! ```
//!
//! Slopes of three ranks are wanted: [`search`](super::search) finds them by counting. Here slopes
//! are kept, and those with a missing year are infinite. A thread of a GPU has no memory for them:
//! the shader makes them anew for each count. There a missing year is larger than any value, and
//! the later the larger, so that no pair needs a test: its slopes lie above or below all others.
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389.
//! GPU twin: `shaders/lib/slopes.wgsl`.

use super::search::{MAX_TRIALS, Search, count};
use super::series::{ByYear, Series};
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::real::{Mask, Real, any};

/// What a missing year is in the shader, times its number: far beyond any value, and the later the
/// further.
const MISSING_YEAR: f64 = 1e30;
/// √π.
const SQRT_PI: f64 = 1.772_453_850_905_516;

/// Constants of the shader.
pub(super) const CONSTANTS: &[NamedConstant] = &thresholds![MISSING_YEAR, SQRT_PI];

/// Fills `slopes` with those between all pairs of years, infinite where a year is missing; rounded
/// to `f32`, the precision of the layer that one of them becomes.
#[inline(always)]
pub fn pair_slopes<R: Real>(series: &Series<R>, slopes: &mut Vec<R::Single>) {
    let [half, infinite] = [0.5, f64::INFINITY].map(R::of);
    let n_years = series.value.len();
    slopes.resize(
        n_years * n_years.saturating_sub(1) / 2,
        infinite.to_single(),
    );
    // Half the values: a whole difference may pass the largest f32 in the shader. One with a
    // missing year is infinite, whichever of the two it is.
    let mut earlier = ByYear::with_capacity(n_years);
    let mut later = ByYear::with_capacity(n_years);
    for (&value, weight) in series.value.iter().zip(&series.weight) {
        let is_there = weight.gt(half);
        earlier.push(R::select(is_there, half * value, -infinite));
        later.push(R::select(is_there, half * value, infinite));
    }
    let mut rest = slopes.as_mut_slice();
    for distance in 1..n_years {
        let per_distance = R::of(half_differences_per_year(distance));
        let (here, further) = rest.split_at_mut(n_years - distance);
        rest = further;
        for ((slope, &y0), &y1) in here.iter_mut().zip(&earlier).zip(&later[distance..]) {
            *slope = ((y1 - y0) * per_distance).to_single();
        }
    }
}

/// Up to so many years each pair has a line in the shader. The instructions of more no longer fit
/// the fastest memory of a GPU, and take long to compile.
const MAX_WRITTEN_YEARS: usize = 24;

/// How many years the shader writes out as pairs, and how many it turns against themselves: all of
/// them one way or the other.
#[must_use]
pub fn sizes_of_pairs(n_years: usize) -> [NamedConstant; 2] {
    let n_written = if n_years <= MAX_WRITTEN_YEARS {
        n_years
    } else {
        0
    };
    [
        ("N_WRITTEN", Constant::size(n_written)),
        ("N_TURNED", Constant::size(n_years - n_written)),
    ]
}

/// Where slopes lie, roughly.
#[derive(Clone, Copy, Debug)]
pub struct Spread<R> {
    /// The slope of least squares.
    pub middle: R,
    /// From one slope to the next, as in white noise.
    pub step: R,
}

/// Where a search for slopes begins.
///
/// In white noise slopes over `d` years have the density `d / (2 √π deviation)` in their middle, and
/// `d` is `(n + 1) / 3` on average.
#[inline(always)]
#[must_use]
pub fn spread_of_slopes<R: Real>(series: &Series<R>) -> Spread<R> {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let n = series.n;
    let mut t_mean = zero;
    let mut y_mean = zero;
    for (t, (&value, &weight)) in series.value.iter().zip(&series.weight).enumerate() {
        t_mean = t_mean + weight * R::of(t as f64);
        y_mean = y_mean + weight * value;
    }
    t_mean = t_mean / n.max(one);
    y_mean = y_mean / n.max(one);
    let mut sum_tt = zero;
    let mut sum_ty = zero;
    let mut sum_yy = zero;
    for (t, (&value, &weight)) in series.value.iter().zip(&series.weight).enumerate() {
        let from_mean = R::of(t as f64) - t_mean;
        let y = value - y_mean;
        sum_tt = sum_tt + weight * from_mean * from_mean;
        sum_ty = sum_ty + weight * from_mean * y;
        sum_yy = sum_yy + weight * y * y;
    }
    let slope = sum_ty / sum_tt.max(one);
    let deviation = ((sum_yy - slope * sum_ty).max(zero) / n.max(one)).sqrt();
    let n_pairs = (half * n * (n - one)).max(one);
    let step = R::of(6.0 * SQRT_PI) * deviation / ((n + one) * n_pairs);
    Spread {
        middle: slope,
        step,
    }
}

/// Slopes of three ranks.
#[derive(Clone, Copy, Debug)]
pub struct Slopes<R> {
    /// The median.
    pub median: R,
    /// The lower end of an interval.
    pub low: R,
    /// The upper one.
    pub high: R,
}

/// The median of the slopes between `n_pairs` of years, and those of the ranks `low` and `high`,
/// counted from 0.
///
/// # Arguments
///
/// * `slopes` - from [`pair_slopes`].
#[inline(always)]
#[must_use]
pub fn slopes_of_ranks<R: Real>(
    series: &Series<R>,
    slopes: &[R::Single],
    [n_pairs, low, high]: [R; 3],
) -> Slopes<R> {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let spread = spread_of_slopes(series);
    let middle = half * (n_pairs - one).max(zero);
    let lower_middle = middle.floor();
    let has_two = (middle - lower_middle).gt(R::of(0.25));
    let reach = R::of(8.0) * spread.step;
    let no = R::Mask::of(false);
    let mut found = Slopes {
        median: zero,
        low: zero,
        high: zero,
    };
    let mut search = Search::from(lower_middle, has_two, spread.middle, reach);
    // One loop for all three, so that pixels do not wait for each other after each of them.
    let mut n_found = zero;
    for _ in 0..3 * MAX_TRIALS {
        search = search.narrowed(&count(slopes, search.at));
        if !any::<R>(search.is_found) {
            continue;
        }
        let is_median = search.is_found & n_found.lt(half);
        let is_low = search.is_found & n_found.gt(half) & n_found.lt(one + half);
        let is_high = search.is_found & n_found.gt(one + half) & n_found.lt(R::of(2.5));
        let next = R::select(has_two, search.next, search.value);
        let median = half * search.value + half * next;
        found.median = R::select(is_median, median, found.median);
        found.low = R::select(is_low, search.value, found.low);
        found.high = R::select(is_high, search.value, found.high);
        n_found = n_found + R::select(is_median | is_low | is_high, one, zero);
        if !any::<R>(n_found.lt(R::of(2.5))) {
            break;
        }
        let guess = found.median + (low - middle) * spread.step;
        search = search.replaced(is_median, Search::from(low, no, guess, reach));
        // As far above the median as the other end lies below it.
        let width = (found.median - found.low) * (high - middle) / (middle - low).max(one);
        let further = reach.max(R::of(0.1) * width);
        let from = Search::from(high, no, found.median + width, further);
        search = search.replaced(is_low, from);
    }
    Slopes {
        median: unsigned_zero(found.median),
        low: unsigned_zero(found.low),
        high: unsigned_zero(found.high),
    }
}

/// A slope of 0 has the sign of its pair of years, which tells nothing.
#[inline(always)]
fn unsigned_zero<R: Real>(x: R) -> R {
    let zero = R::of(0.0);
    R::select(x.abs().gt(zero), x, zero)
}

/// What half a difference over `distance` years is multiplied by.
#[must_use]
pub fn half_differences_per_year(distance: usize) -> f64 {
    2.0 / distance as f64
}
