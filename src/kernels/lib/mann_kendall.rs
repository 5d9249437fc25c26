//! Mann-Kendall's S with its variance under the null hypothesis.
//!
//! ```text
//! S    = Σ_{j<i} sign(y_i − y_j)
//! Var  = [n(n−1)(2n+5) − Σ u(u−1)(2u+5)] / 18          over groups of u equal values
//! Z    = (S − sign S) / √Var,  0 where S = 0
//! p    = P(|Z| >= |z|) of a standard normal Z
//! ```
//!
//! Values are compared as they are, with no tolerance, and the sign is never taken from a
//! difference: S is the same whole number on every engine. (Values that a kernel computes have
//! rounding errors, see [`compare_pairs_within`].) The sums over groups need no groups. A group
//! that grows from `a` to `a + 1` values adds `6 a (a + 2)` to `u(u−1)(2u+5)` and `a` to the number
//! of tied pairs; with `a` the earlier values equal to this one, and `b` the earlier values in all,
//!
//! ```text
//! 18 Var = Σ_i 6 [b(b+2) − a(a+2)]
//! ```
//!
//! and every term is a whole number that `f32` holds exactly for up to 180 years.
//!
//! With ten years or fewer and no ties, p is exact ([`exact_p_table`]): of the n! orders of n
//! different values, all equally likely without a trend, the share with an S this far from 0. Near
//! 0.02 the normal p is 1.2 (ten years) to 1.65 times (five) the exact one.
//!
//! Source: Mann (1945), Econometrica 13, 245-259; Kendall (1975), *Rank Correlation Methods*, 4th ed.,
//! chapters 4 and 5; `docs/science/trends.md#mann-kendall`.
//! GPU twin: `shaders/lib/mann_kendall.wgsl`.

use crate::kernels::lib::normal::normal_p_value;
use crate::kernels::lib::series::Series;
use crate::kernels::real::Real;

/// Up to this many valid years without ties p is exact.
pub const MAX_EXACT_YEARS: usize = 10;
/// Entries of [`exact_p_table`] for each number of years: S is at most 45.
pub const EXACT_STRIDE: usize = 46;

/// What the comparison of all pairs gives.
#[derive(Clone, Copy, Debug)]
pub struct Score<R> {
    /// Kendall's S, a whole number.
    pub s: R,
    /// Pairs of equal values.
    pub tied_pairs: R,
    /// Variance of S without a trend, ties counted.
    pub variance: R,
}

/// Compares all pairs of valid years.
#[inline(always)]
#[must_use]
pub fn compare_pairs<R: Real>(series: &Series<R>) -> Score<R> {
    compare_pairs_within(series, R::of(0.0))
}

/// Compares all pairs of valid years; values that differ by at most `within` are equal.
#[inline(always)]
#[must_use]
pub fn compare_pairs_within<R: Real>(series: &Series<R>, within: R) -> Score<R> {
    let [zero, two, six] = [0.0, 2.0, 6.0].map(R::of);
    let mut s = zero;
    let mut tied_pairs = zero;
    let mut variance = zero;
    let mut before = zero;
    let (values, weights) = (&series.value[..], &series.weight[..]);
    for i in 0..values.len() {
        let (low, high) = (values[i] - within, values[i] + within);
        let mut smaller = zero;
        let mut larger = zero;
        for j in 0..i {
            smaller = smaller + R::select(values[j].lt(low), weights[j], zero);
            larger = larger + R::select(high.lt(values[j]), weights[j], zero);
        }
        let weight = weights[i];
        let tied = before - smaller - larger;
        s = s + weight * (smaller - larger);
        tied_pairs = tied_pairs + weight * tied;
        variance = variance + weight * six * (before * (before + two) - tied * (tied + two));
        before = before + weight;
    }
    Score {
        s,
        tied_pairs,
        variance: variance / R::of(18.0),
    }
}

/// Z of a score `s` with this variance, with the correction for continuity; 0 where `s` is 0.
#[inline(always)]
#[must_use]
pub fn standardised<R: Real>(s: R, variance: R) -> R {
    let [zero, half, one] = [0.0, 0.5, 1.0].map(R::of);
    let sign = R::select(s.gt(half), one, zero) - R::select(s.lt(-half), one, zero);
    let is_zero = s.abs().lt(half);
    R::select(
        is_zero,
        zero,
        (s - sign) / R::select(is_zero, one, variance).sqrt(),
    )
}

/// Two-sided p of a score of `n` valid years: exact or normal, see above.
///
/// # Arguments
///
/// * `exact` - the entry of [`exact_p_table`] at an index.
#[inline(always)]
#[must_use]
pub fn p_value<R: Real>(n: R, score: &Score<R>, z: R, exact: impl FnOnce(R) -> R) -> R {
    let [zero, half] = [0.0, 0.5].map(R::of);
    let is_exact = n.lt(R::of(MAX_EXACT_YEARS as f64 + 0.5)) & score.tied_pairs.lt(half);
    let exact = exact(R::select(
        is_exact,
        n * R::of(EXACT_STRIDE as f64) + score.s.abs(),
        zero,
    ));
    let normal = R::select(score.s.abs().lt(half), R::of(1.0), normal_p_value(z));
    R::select(is_exact, exact, normal)
}

/// `P(|S| >= |s|)` without a trend and without ties, at `n · 46 + |s|` for n = 0..=10.
///
/// Without a trend every order of n values is equally likely, and S = n(n−1)/2 − 2 · inversions. Of
/// n values the last one makes 0..n−1 inversions with the others, whatever their order.
#[must_use]
pub fn exact_p_table() -> Vec<f64> {
    let mut table = Vec::with_capacity((MAX_EXACT_YEARS + 1) * EXACT_STRIDE);
    // Orders of n values with k inversions, by k; of no value there is one.
    let mut orders: Vec<u32> = vec![1];
    for n in 0..=MAX_EXACT_YEARS {
        if n > 0 {
            let n_inversions = n * (n - 1) / 2;
            orders = (0..=n_inversions)
                .map(|k| {
                    (0..n)
                        .filter_map(|of_last| orders.get(k.checked_sub(of_last)?))
                        .sum()
                })
                .collect();
        }
        let all: f64 = orders.iter().map(|&count| f64::from(count)).sum();
        let most = orders.len() - 1;
        let at_least = |s: usize| {
            orders
                .iter()
                .enumerate()
                .filter(move |(k, _)| most.abs_diff(2 * k) >= s)
        };
        table.extend(
            (0..EXACT_STRIDE)
                .map(|s| at_least(s).map(|(_, &count)| f64::from(count)).sum::<f64>() / all),
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kendall (1975), appendix table 1: n = 4, S = 6 has a one-sided probability of 1/24; n = 10,
    /// S = 21 one of 0.036; n = 9, S = 18 one of 0.038.
    #[test]
    fn exact_tails_are_those_of_kendalls_table() {
        let table = exact_p_table();
        let two_sided = |n: usize, s: usize| table[n * EXACT_STRIDE + s];
        assert_eq!(two_sided(4, 6), 2.0 / 24.0);
        assert_eq!(two_sided(4, 4), 8.0 / 24.0);
        assert!((two_sided(10, 21) / 2.0 - 0.036).abs() < 5e-4);
        assert!((two_sided(9, 18) / 2.0 - 0.038).abs() < 5e-4);
        for n in 2..=MAX_EXACT_YEARS {
            assert_eq!(two_sided(n, 0), 1.0);
        }
        assert_eq!(two_sided(10, 45), 2.0 / 3_628_800.0);
    }
}
