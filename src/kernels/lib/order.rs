//! Values of years in order: what a median and the variance of Mann-Kendall's S are read from.
//!
//! [`sort`] is Batcher's bitonic network, whose comparisons do not depend on the numbers, so that
//! eight pixels are sorted at once; a missing value is infinite and ends up last. The shader has few
//! values and lets neighbours change places.
//!
//! Source: Batcher (1968), AFIPS Spring Joint Computer Conference 32, 307-314.
//! GPU twin: `shaders/lib/order.wgsl`.

use crate::kernels::real::{Real, Single};

/// Numbers that are put in order at a time: few enough for the registers of a processor.
const BLOCK: usize = 16;

/// Up to so many numbers a processor puts in order faster than it counts them for two or three
/// ranks.
///
/// Nanoseconds a pixel, sorted and counted, one thread with AVX-512: 190 slopes 247 and 331, 435
/// slopes 598 and 624, 780 slopes 1281 and 1176; 200 values 366 and 407, 1000 values 2512 and 2355.
pub const FEW: usize = 512;

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

/// The variance of Mann-Kendall's S of each pixel's `n` values in order, followed by what is
/// missing: equal values are neighbours there, and no pair need be compared.
#[inline(always)]
#[must_use]
pub fn variance_of_sorted<R: Real>(sorted: &[R::Single], n: R) -> R {
    let [zero, half, one, two, six] = [0.0, 0.5, 1.0, 2.0, 6.0].map(R::of);
    let mut variance = zero;
    let mut tied = zero;
    let mut last = R::of(f64::NEG_INFINITY);
    for (i, &here) in sorted.iter().enumerate() {
        let before = R::of(i as f64);
        let here = R::from_single(here);
        tied = R::select(last.lt(here), zero, tied + one);
        let term = six * (before * (before + two) - tied * (tied + two));
        variance = variance + R::select((before + half).lt(n), term, zero);
        last = here;
    }
    variance / R::of(18.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::lib::mann_kendall::compare_pairs;
    use crate::kernels::lib::series::Series;

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

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
    fn values_in_order_have_the_variance_of_all_pairs() {
        for value in [
            vec![3.0, 1.0, 2.0],
            vec![1.0, 1.0, 0.0, -0.0, 0.0, 5.0],
            vec![2.0; 7],
            vec![],
            vec![4.0],
        ] {
            let n = value.len() as f64;
            let mut sorted: Vec<f32> = value.iter().map(|&x: &f64| x as f32).collect();
            sorted.sort_by(f32::total_cmp);
            sorted.extend([f32::INFINITY; 2]);
            assert_eq!(
                variance_of_sorted(&sorted, n),
                compare_pairs(&Series::complete(&value)).variance
            );
        }
    }
}
