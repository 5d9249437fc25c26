//! The slopes between all pairs of valid years, in order: what a median and its interval are read from.
//!
//! ```text
//! slope_ij = (y_i − y_j) / (t_i − t_j),  j < i,  at the true years
//! ```
//!
//! The two sides find the same numbers in two ways. A processor sorts: [`sort`] is Batcher's network,
//! whose comparisons do not depend on the numbers, so that eight pixels are sorted at once; pairs with
//! a missing year are infinite and end up last. A GPU has no room for hundreds of slopes a thread, so
//! the shader stores none: it counts how many are at most a trial value, as whole numbers in the order
//! of the floats, and closes in on the slope of the rank.
//!
//! Source: Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389; Knuth (1998), *The Art of Computer
//! Programming*, vol. 3, 2nd ed., algorithm 5.2.2M.
//! GPU twin: `shaders/lib/order.wgsl`.

use super::series::Series;
use crate::kernels::real::{Real, Single};

/// Fills `slopes` with those between all pairs of years, infinite where a year is missing; rounded to
/// `f32`, the precision of the layer that one of them becomes.
#[inline(always)]
pub fn pair_slopes<R: Real>(series: &Series<R>, slopes: &mut Vec<R::Single>) {
    let [zero, half, infinite] = [0.0, 0.5, f64::INFINITY].map(R::of);
    let n_years = series.value.len();
    let halves: Vec<R> = series.value.iter().map(|&y| half * y).collect();
    slopes.resize(n_years * n_years.saturating_sub(1) / 2, infinite.to_single());
    let mut rest = slopes.as_mut_slice();
    for distance in 1..n_years {
        let per_distance = R::of(half_differences_per_year(distance));
        let (here, further) = rest.split_at_mut(n_years - distance);
        rest = further;
        let earlier = halves.iter().zip(&series.weight);
        let later = halves[distance..].iter().zip(&series.weight[distance..]);
        for ((slope, (&y0, &w0)), (&y1, &w1)) in here.iter_mut().zip(earlier).zip(later) {
            // Half the difference: the whole one may pass the largest f32 in the shader.
            *slope = R::select((w0 * w1).gt(zero), (y1 - y0) * per_distance, infinite).to_single();
        }
    }
}

/// What half a difference over `distance` years is multiplied by.
#[must_use]
pub fn half_differences_per_year(distance: usize) -> f64 {
    2.0 / distance as f64
}

/// Sorts each pixel's numbers upwards.
#[inline(always)]
pub fn sort<S: Single>(numbers: &mut [S]) {
    let n = numbers.len();
    let top = n.next_power_of_two() / 2;
    let mut stretch = top;
    while stretch > 0 {
        let (mut reach, mut first, mut distance) = (top, 0, stretch);
        loop {
            match stretch {
                1 => exchange_stretches::<S, 1>(numbers, first, distance),
                2 => exchange_stretches::<S, 2>(numbers, first, distance),
                4 => exchange_stretches::<S, 4>(numbers, first, distance),
                _ => exchange(numbers, first, distance, stretch),
            }
            if reach == stretch {
                break;
            }
            (distance, first) = (reach - stretch, stretch);
            reach /= 2;
        }
        stretch /= 2;
    }
}

/// Puts stretches of neighbours in order with those `distance` further on, every other stretch.
#[inline(always)]
fn exchange<S: Single>(numbers: &mut [S], first: usize, distance: usize, stretch: usize) {
    for start in (first..numbers.len().saturating_sub(distance)).step_by(2 * stretch) {
        let (near, far) = numbers[start..].split_at_mut(distance);
        for (near, far) in near[..stretch].iter_mut().zip(far) {
            (*near, *far) = near.in_order(*far);
        }
    }
}

/// The same for stretches so short that their loop would cost more than their work.
#[inline(always)]
fn exchange_stretches<S: Single, const STRETCH: usize>(numbers: &mut [S], first: usize, distance: usize) {
    let mut start = first;
    while let Some((near, far)) = numbers.get_mut(start..).and_then(|rest| rest.split_at_mut_checked(distance)) {
        let (Some(near), Some(far)) = (near.first_chunk_mut::<STRETCH>(), far.first_chunk_mut::<STRETCH>()) else {
            break;
        };
        for i in 0..STRETCH {
            (near[i], far[i]) = near[i].in_order(far[i]);
        }
        start += 2 * STRETCH;
    }
    // What is left of the last stretch.
    exchange(numbers, start, distance, STRETCH);
}

/// Each pixel's number of the given rank, counted from 0 and cut to a whole one; the last one past
/// the end.
#[inline(always)]
#[must_use]
pub fn of_rank<R: Real>(sorted: &[R::Single], rank: R) -> R {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
    R::from_lanes(|l| {
        let place = (rank.lane(l).max(0.0) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(place).map_or(0.0, |number| number.lane(l).into())
    })
}

/// Each pixel's median of its `count` smallest numbers: the mean of the middle two where that is even.
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
            sort(&mut numbers);
            assert_eq!(numbers, expected, "{n}");
        }
    }

    #[test]
    fn a_median_is_the_middle_or_the_mean_of_the_middle_two() {
        assert_eq!(median_of_sorted(&[1.0, 2.0, 4.0, f32::INFINITY], 3.0_f64), 2.0);
        assert_eq!(median_of_sorted(&[1.0, 2.0, 4.0, 8.0], 4.0_f64), 3.0);
        assert_eq!(median_of_sorted(&[7.0], 1.0_f64), 7.0);
    }
}
