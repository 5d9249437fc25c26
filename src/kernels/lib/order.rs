//! The slopes between all pairs of valid years, in order: what a median and its interval are read
//! from.
//!
//! ```text
//! slope_ij = (y_i − y_j) / (t_i − t_j),  j < i,  at the true years
//! ```
//!
//! The two sides find the same numbers in two ways. A processor sorts: [`sort`] is Batcher's
//! bitonic network, whose comparisons do not depend on the numbers, so that eight pixels are sorted
//! at once; pairs with a missing year are infinite and end up last. A GPU thread has no memory for
//! hundreds of slopes, so the shader stores none: it counts how many are at most a trial value, as
//! whole numbers in the order of the floats, and closes in on the slope of the rank.
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389; Batcher (1968), AFIPS Spring Joint Computer
//! Conference 32, 307-314.
//! GPU twin: `shaders/lib/order.wgsl`.

use super::search::{MAX_TRIALS, Search, count};
use super::series::{ByYear, Series};
use crate::kernels::constant::{Constant, NamedConstant, thresholds};
use crate::kernels::real::{Mask, Real, Single, any};

/// What a missing year is in the shader, times its number: far beyond any value, and the later the
/// further.
const MISSING_YEAR: f64 = 1e30;
/// The smallest step of the shader's search for a slope; steps grow.
const SMALLEST_REACH: f64 = 1e-30;

/// √π.
const SQRT_PI: f64 = 1.772_453_850_905_516;

/// Constants of the shader.
pub(super) const CONSTANTS: &[NamedConstant] = &thresholds![MISSING_YEAR, SMALLEST_REACH, SQRT_PI];

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

/// Pairs of as few years have a line each in the shader: the instructions of more no longer fit the
/// fastest memory of a GPU, and take long to compile.
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
    let years = || series.value.iter().zip(&series.weight).enumerate();
    let mut t_mean = zero;
    let mut y_mean = zero;
    for (t, (&value, &weight)) in years() {
        t_mean = t_mean + weight * R::of(t as f64);
        y_mean = y_mean + weight * value;
    }
    t_mean = t_mean / n.max(one);
    y_mean = y_mean / n.max(one);
    let mut sum_tt = zero;
    let mut sum_ty = zero;
    let mut sum_yy = zero;
    for (t, (&value, &weight)) in years() {
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
    let reach = (R::of(8.0) * spread.step).max(R::of(SMALLEST_REACH));
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

/// Numbers that are put in order at a time: few enough for the registers of a processor.
const BLOCK: usize = 16;

/// Sorts each pixel's numbers upwards.
#[inline(always)]
pub fn sort<R: Real>(numbers: &mut Vec<R::Single>) {
    let n = numbers.len();
    // What fills the last block comes last, and goes.
    numbers.resize(n.next_multiple_of(BLOCK), R::of(f64::INFINITY).to_single());
    let (blocks, _) = numbers.as_chunks_mut::<BLOCK>();
    for block in &mut *blocks {
        sort_block(block);
    }
    // Stretches of `half` blocks are in order; of each two of them, one of twice the length is
    // made.
    let mut half = 1;
    while half < blocks.len() {
        for stretch in blocks
            .chunks_mut(2 * half)
            .filter(|stretch| stretch.len() > half)
        {
            exchange_mirrored(stretch, half);
            let mut distance = half / 2;
            while distance > 0 {
                exchange(stretch, distance);
                distance /= 2;
            }
            for block in stretch {
                merge_block(block);
            }
        }
        half *= 2;
    }
    numbers.truncate(n);
}

/// Puts the blocks of the first half in order with those of the second, which is walked from its
/// end: the smaller numbers are then in the first half, and either half rises and falls no more
/// than once.
#[inline(always)]
fn exchange_mirrored<S: Single>(stretch: &mut [[S; BLOCK]], half: usize) {
    let (near, far) = stretch.split_at_mut(half);
    for (near, far) in near.iter_mut().rev().zip(far) {
        for i in 0..BLOCK {
            (near[i], far[BLOCK - 1 - i]) = near[i].in_order(far[BLOCK - 1 - i]);
        }
    }
}

/// Puts blocks in order with those `distance` further on, every other `distance` of them.
#[inline(always)]
fn exchange<S: Single>(stretch: &mut [[S; BLOCK]], distance: usize) {
    for pair in stretch
        .chunks_mut(2 * distance)
        .filter(|pair| pair.len() > distance)
    {
        let (near, far) = pair.split_at_mut(distance);
        for (near, far) in near.iter_mut().zip(far) {
            for i in 0..BLOCK {
                (near[i], far[i]) = near[i].in_order(far[i]);
            }
        }
    }
}

#[inline(always)]
fn sort_block<S: Single>(block: &mut [S; BLOCK]) {
    let mut x = *block;
    exchange_within::<S, 1, 1>(&mut x);
    exchange_within::<S, 2, 3>(&mut x);
    exchange_within::<S, 1, 1>(&mut x);
    exchange_within::<S, 4, 7>(&mut x);
    exchange_within::<S, 2, 2>(&mut x);
    exchange_within::<S, 1, 1>(&mut x);
    exchange_within::<S, 8, 15>(&mut x);
    exchange_within::<S, 4, 4>(&mut x);
    exchange_within::<S, 2, 2>(&mut x);
    exchange_within::<S, 1, 1>(&mut x);
    *block = x;
}

/// Sorts numbers that rise and fall no more than once.
#[inline(always)]
fn merge_block<S: Single>(block: &mut [S; BLOCK]) {
    let mut x = *block;
    exchange_within::<S, 8, 8>(&mut x);
    exchange_within::<S, 4, 4>(&mut x);
    exchange_within::<S, 2, 2>(&mut x);
    exchange_within::<S, 1, 1>(&mut x);
    *block = x;
}

/// Puts the numbers whose index lacks the bit `NEAR` in order with those at the index that differs
/// in `BITS`.
#[inline(always)]
fn exchange_within<S: Single, const NEAR: usize, const BITS: usize>(x: &mut [S; BLOCK]) {
    for i in 0..BLOCK {
        if i & NEAR == 0 {
            (x[i], x[i ^ BITS]) = x[i].in_order(x[i ^ BITS]);
        }
    }
}

/// Each pixel's number of the given rank, counted from 0 and cut to a whole one; the last one past
/// the end.
#[inline(always)]
#[must_use]
pub fn of_rank<R: Real>(sorted: &[R::Single], rank: R) -> R {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small whole number"
    )]
    R::from_lanes(|l| {
        let index = (rank.lane(l).max(0.0) as usize).min(sorted.len().saturating_sub(1));
        sorted
            .get(index)
            .map_or(0.0, |number| number.lane(l).into())
    })
}

/// Each pixel's median of its `count` smallest numbers: the mean of the middle two where that is
/// even.
#[inline(always)]
#[must_use]
pub fn median_of_sorted<R: Real>(sorted: &[R::Single], count: R) -> R {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let lower = of_rank(sorted, half * (count - one).max(zero));
    let upper = of_rank(sorted, half * count);
    half * lower + half * upper
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_numbers_is_sorted() {
        for n in 0..300_usize {
            let mut numbers: Vec<f32> = (0..n).map(|i| ((i * 7919 + n) % 101) as f32).collect();
            let mut expected = numbers.clone();
            expected.sort_by(f32::total_cmp);
            sort::<f64>(&mut numbers);
            assert_eq!(numbers, expected, "{n}");
        }
    }

    #[test]
    fn a_median_is_the_middle_or_the_mean_of_the_middle_two() {
        assert_eq!(
            median_of_sorted(&[1.0, 2.0, 4.0, f32::INFINITY], 3.0_f64),
            2.0
        );
        assert_eq!(median_of_sorted(&[1.0, 2.0, 4.0, 8.0], 4.0_f64), 3.0);
        assert_eq!(median_of_sorted(&[7.0], 1.0_f64), 7.0);
    }
}
