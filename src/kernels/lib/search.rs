//! The number of a rank among many, without putting them in order.
//!
//! The numbers are counted up to a trial value, again and again. Each count tells on which side of
//! the trial value the rank lies and which numbers are next to it. The first trials go where the
//! number of the rank is expected; then where a straight line between two counts has the rank; and
//! where that takes long, to the middle of what is left, as whole numbers in the order of the
//! floats. Three or four trials find one of 190 slopes. A thread of a GPU has no memory to sort them
//! in; a processor sorts a few faster ([`FEW`](super::order::FEW)) and counts many.
//!
//! GPU twin: `shaders/lib/search.wgsl`.

use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::real::{Mask, Real, Single, any};

/// Numbers with a meaning are nearer to 0 than this in the shader; larger ones have none. Here those
/// are infinite.
const BEYOND: f64 = 1e18;
/// The first step away from a guess, at least; steps grow.
const SMALLEST_REACH: f64 = 1e-30;
/// After so many trials a search halves what is left, whatever the numbers are.
const MAX_GUESSES: u32 = 10;
/// Each halving leaves half of the 2³² floats or fewer.
pub const MAX_TRIALS: u32 = MAX_GUESSES + 34;

/// Constants of the shader.
pub(super) const CONSTANTS: &[NamedConstant] = &[
    ("BEYOND", Constant::threshold(BEYOND)),
    ("SMALLEST_REACH", Constant::threshold(SMALLEST_REACH)),
    ("MAX_GUESSES", Constant::U32(MAX_GUESSES)),
    ("MAX_TRIALS", Constant::U32(MAX_TRIALS)),
];

/// Numbers around a trial value.
#[derive(Clone, Copy, Debug)]
pub struct Count<R> {
    /// How many are not above it.
    pub n: R,
    /// The largest of those.
    pub below: R,
    /// The smallest of the others.
    pub above: R,
}

/// Counts numbers, none of them NaN, up to `at`.
#[inline(always)]
#[must_use]
pub fn count<R: Real>(numbers: &[R::Single], at: R) -> Count<R> {
    let [n, below, above] = R::Single::around(numbers, at.to_single());
    Count {
        n: R::from_single(n),
        below: R::from_single(below),
        above: R::from_single(above),
    }
}

/// Among zeros of both signs a rank tells nothing about the sign.
#[inline(always)]
#[must_use]
pub fn unsigned_zero<R: Real>(x: R) -> R {
    let zero = R::of(0.0);
    R::select(x.abs().gt(zero), x, zero)
}

/// A search for the number of a rank, counted from 0, and the one after it.
///
/// The number is one of those from `low` to `high`: `n_low` numbers are smaller than `low`, `n_high`
/// are not larger than `high`.
#[derive(Clone, Copy, Debug)]
pub struct Search<R: Real> {
    rank: R,
    needs_next: R::Mask,
    low: R,
    high: R,
    n_low: R,
    n_high: R,
    /// The next trial value.
    pub at: R,
    reach: R,
    n_trials: R,
    /// Whether `value` and `next` are found.
    pub is_found: R::Mask,
    /// The number of the rank.
    pub value: R,
    /// The one after it, where it was asked for.
    pub next: R,
}

impl<R: Real> Search<R> {
    /// Begins at a guess. As long as all counts lie on one side of the rank, the next trials go
    /// further, `reach` at first.
    #[inline(always)]
    #[must_use]
    pub fn from(rank: R, needs_next: R::Mask, guess: R, reach: R) -> Self {
        let [zero, infinite] = [0.0, f64::INFINITY].map(R::of);
        Self {
            rank,
            needs_next,
            low: -infinite,
            high: infinite,
            n_low: zero,
            n_high: zero,
            at: R::from_single(guess.to_single()),
            reach: reach.max(R::of(SMALLEST_REACH)),
            n_trials: zero,
            is_found: R::Mask::of(false),
            value: zero,
            next: zero,
        }
    }

    /// This search, and the `other` for pixels where `mask` holds.
    #[inline(always)]
    #[must_use]
    pub fn replaced(self, mask: R::Mask, other: Self) -> Self {
        Self {
            rank: R::select(mask, other.rank, self.rank),
            needs_next: (mask & other.needs_next) | (!mask & self.needs_next),
            low: R::select(mask, other.low, self.low),
            high: R::select(mask, other.high, self.high),
            n_low: R::select(mask, other.n_low, self.n_low),
            n_high: R::select(mask, other.n_high, self.n_high),
            at: R::select(mask, other.at, self.at),
            reach: R::select(mask, other.reach, self.reach),
            n_trials: R::select(mask, other.n_trials, self.n_trials),
            is_found: (mask & other.is_found) | (!mask & self.is_found),
            value: R::select(mask, other.value, self.value),
            next: R::select(mask, other.next, self.next),
        }
    }

    /// What the count at the trial value tells, and the next trial value.
    #[inline(always)]
    #[must_use]
    pub fn narrowed(self, count: &Count<R>) -> Self {
        let [half, one, two] = [0.5, 1.0, 2.0].map(R::of);
        let mut next = self;
        next.n_trials = self.n_trials + one;
        // As many numbers as the rank are smaller than the one that has it.
        let is_above = count.n.lt(self.rank + half);
        next.low = R::select(is_above, count.above, self.low);
        next.n_low = R::select(is_above, count.n, self.n_low);
        next.high = R::select(is_above, self.high, count.below);
        next.n_high = R::select(is_above, self.n_high, count.n);

        let is_first_above = is_above & count.n.gt(self.rank - half);
        let is_last_below = !is_above & count.n.lt(self.rank + one + half);
        next.is_found =
            is_last_below | (is_first_above & !self.needs_next) | next.high.le(next.low);
        next.value = R::select(is_above, next.low, next.high);
        next.next = R::select(is_last_below, count.above, next.value);

        // Where a straight line between both counts has the rank.
        let infinite = R::of(f64::INFINITY);
        let is_between = (-infinite).lt(next.low) & next.high.lt(infinite);
        let share = (self.rank - next.n_low) / (next.n_high - next.n_low - one).max(one);
        let on_the_line = next.low + (next.high - next.low) * share;
        let further = self.at + R::select(is_above, self.reach, -self.reach);
        next.reach = R::select(is_between, self.reach, two * self.reach);
        let at = R::select(is_between, on_the_line, further);
        let at = R::from_single(at.to_single());
        next.at = R::select(is_between & !at.lt(next.high), next.low, at);
        let is_slow = R::of(f64::from(MAX_GUESSES)).le(next.n_trials) & !next.is_found;
        if any::<R>(is_slow) {
            next.at = R::select(is_slow, halfway(next.low, next.high), next.at);
        }
        next
    }
}

/// A number as a whole number in the order of the numbers.
fn key_of(x: f32) -> u32 {
    let bits = x.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 0x8000_0000
    }
}

fn of_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 {
        key & 0x7fff_ffff
    } else {
        !key
    })
}

/// In the middle of the floats between two.
fn halfway<R: Real>(low: R, high: R) -> R {
    let (low, high) = (low.to_single(), high.to_single());
    R::from_lanes(|l| {
        let low = key_of(low.lane(l));
        of_key(low + key_of(high.lane(l)).saturating_sub(low) / 2).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of all ranks, found from a guess.
    fn found(numbers: &[f32], guess: f64, reach: f64) -> Vec<(f64, f64)> {
        (0..numbers.len())
            .map(|rank| {
                let has_next = rank + 1 < numbers.len();
                let mut search = Search::<f64>::from(rank as f64, has_next, guess, reach);
                for _ in 0..MAX_TRIALS {
                    search = search.narrowed(&count(numbers, search.at));
                    if search.is_found {
                        break;
                    }
                }
                assert!(search.is_found, "rank {rank} of {numbers:?}");
                (search.value, search.next)
            })
            .collect()
    }

    #[test]
    fn every_rank_is_found_from_any_guess() {
        let inf = f32::INFINITY;
        let cases: [&[f32]; 9] = [
            &[3.0],
            &[2.0, 1.0],
            &[1.0, 1.0, 1.0, 1.0],
            &[5.0, -3.0, 5.0, 0.0, -0.0, 5.0, 2.5],
            &[1e-30, 1e30, -1e30, -1e-30, 0.0, 1e-44, 3e38],
            &[1.0, 1.000_000_1, 1.000_000_2, 1.0, 0.999_999_9],
            &[inf, 4.0, inf, -inf, 4.0],
            &[-inf, -inf, inf, inf],
            &[f32::MAX, f32::MIN, f32::MAX, f32::MIN],
        ];
        for numbers in cases {
            let mut sorted = numbers.to_vec();
            sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
            for (guess, reach) in [(0.0, 1.0), (1e30, 1e-30), (-7.0, 0.0), (4.0, 1e38)] {
                for (rank, (value, next)) in found(numbers, guess, reach).into_iter().enumerate() {
                    assert_eq!(value, f64::from(sorted[rank]), "{rank} of {numbers:?}");
                    if let Some(&expected) = sorted.get(rank + 1) {
                        assert_eq!(next, f64::from(expected), "after {rank} of {numbers:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn many_numbers_take_few_trials() {
        let numbers: Vec<f32> = (0..190)
            .map(|i| ((i * 7919) % 1009) as f32 / 100.0)
            .collect();
        let mut search = Search::<f64>::from(94.0, true, 5.0, 0.5);
        let mut n_trials = 0;
        while !search.is_found {
            search = search.narrowed(&count(&numbers, search.at));
            n_trials += 1;
        }
        assert!(n_trials < 10, "{n_trials}");
    }
}
