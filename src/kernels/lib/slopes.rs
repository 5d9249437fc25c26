//! The slopes between all pairs of valid years: their median and its interval.
//!
//! ```text
//! slope_ij = (y_i − y_j) / (t_i − t_j),  j < i,  at the true years
//! ```
//!
//! Slopes of three ranks are wanted. Here slopes are kept, and those with a missing year are
//! infinite: few are sorted, of many those of the ranks are found by counting
//! ([`search`](super::search)), with the same result. A thread of a GPU has no memory for them: the
//! shader always counts, and makes them anew for each count. There a missing year is larger than any
//! value, and the later the larger, so that no pair needs a test: its slopes lie above or below all
//! others.
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389.
//! GPU twin: `shaders/lib/slopes.wgsl`.

use super::order::{FEW, median_of_sorted, of_rank, sort};
use super::search::{MAX_TRIALS, Search, count, unsigned_zero};
use super::series::{ByYear, Series};
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::real::{Mask, Real, any};

/// What a missing year is in the shader, times its number: far beyond any value, and the later the
/// further.
const MISSING_YEAR: f64 = 1e30;
/// √π.
const SQRT_PI: f64 = 1.772_453_850_905_516;
/// How far a search goes from its guess at first, of a step from one slope to the next.
const REACH_OF_STEP: f64 = 8.0;
/// And at least for the second end of an interval, of the width between the median and the first.
const REACH_OF_WIDTH: f64 = 0.1;

/// Constants of the shader.
pub(super) const CONSTANTS: &[NamedConstant] =
    &thresholds![MISSING_YEAR, SQRT_PI, REACH_OF_STEP, REACH_OF_WIDTH];

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
/// * `ranks` - `n_pairs`, `low` and `high`.
/// * `slopes` - from [`pair_slopes`]; few are sorted.
#[inline(always)]
#[must_use]
pub fn slopes_of_ranks<R: Real>(
    series: &Series<R>,
    slopes: &mut Vec<R::Single>,
    ranks: [R; 3],
) -> Slopes<R> {
    let found = if slopes.len() <= FEW {
        sorted_slopes(slopes, ranks)
    } else {
        counted_slopes(series, slopes, ranks)
    };
    Slopes {
        median: unsigned_zero(found.median),
        low: unsigned_zero(found.low),
        high: unsigned_zero(found.high),
    }
}

#[inline(always)]
fn sorted_slopes<R: Real>(slopes: &mut Vec<R::Single>, [n_pairs, low, high]: [R; 3]) -> Slopes<R> {
    sort::<R>(slopes);
    let slopes = slopes.as_slice();
    Slopes {
        median: median_of_sorted(slopes, n_pairs),
        low: of_rank(slopes, low),
        high: of_rank(slopes, high),
    }
}

/// As the shader finds them.
#[inline(always)]
fn counted_slopes<R: Real>(
    series: &Series<R>,
    slopes: &[R::Single],
    [n_pairs, low, high]: [R; 3],
) -> Slopes<R> {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let spread = spread_of_slopes(series);
    let middle = half * (n_pairs - one).max(zero);
    let lower_middle = middle.floor();
    let has_two = middle.gt(lower_middle);
    let reach = R::of(REACH_OF_STEP) * spread.step;
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
        let further = reach.max(R::of(REACH_OF_WIDTH) * width);
        let from = Search::from(high, no, found.median + width, further);
        search = search.replaced(is_low, from);
    }
    found
}

/// What half a difference over `distance` years is multiplied by.
#[must_use]
pub fn half_differences_per_year(distance: usize) -> f64 {
    2.0 / distance as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Years with gaps and ties, so that some slopes are 0.
    fn series(n_years: usize, seed: usize) -> Series<f64> {
        let number = |year: usize| (year * 7919 + seed * 104_729) % 1009;
        let weight: ByYear<f64> = (0..n_years)
            .map(|year| f64::from(u8::from(number(year) % 7 != 0)))
            .collect();
        let values = (0..n_years).map(|year| (number(3 * year) % (5 + 20 * seed)) as f64 / 8.0);
        Series {
            n: weight.iter().sum(),
            value: values.zip(&weight).map(|(y, w)| y * w).collect(),
            weight,
        }
    }

    fn bits(slopes: &Slopes<f64>) -> [u64; 3] {
        [slopes.median, slopes.low, slopes.high].map(|slope| unsigned_zero(slope).to_bits())
    }

    #[test]
    fn sorting_and_counting_find_the_same_slopes() {
        let mut n_compared = 0;
        for n_years in [4, 5, 20, 31, 32, 33, 34, 60] {
            for seed in 0..12 {
                let series = series(n_years, seed);
                let n_pairs = 0.5 * series.n * (series.n - 1.0);
                let mut slopes = Vec::new();
                pair_slopes(&series, &mut slopes);
                for part in [0.0, 0.1, 0.35] {
                    let low = (part * (n_pairs - 1.0).max(0.0)).floor();
                    let ranks = [n_pairs, low, (n_pairs - 1.0 - low).max(0.0)];
                    if n_pairs < 1.0 {
                        continue;
                    }
                    let counted = counted_slopes(&series, &slopes, ranks);
                    let sorted = sorted_slopes(&mut slopes.clone(), ranks);
                    let mut kept = slopes.clone();
                    let found = slopes_of_ranks(&series, &mut kept, ranks);
                    assert_eq!(bits(&counted), bits(&sorted), "{series:?}");
                    assert_eq!(bits(&found), bits(&sorted), "{series:?}");
                    // 32 years have 496 pairs, 33 have 528.
                    assert_eq!(kept == slopes, n_years > 32, "few are sorted: {n_years}");
                    n_compared += 1;
                }
            }
        }
        assert!(n_compared > 200, "{n_compared}");
    }
}
