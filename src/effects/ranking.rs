//! Which measure is first, and how far down each may stand.
//!
//! ```text
//! d     = effect_i − effect_j of each pair,   se_d = sd of its replicates d*
//! M     = max over pairs of |d* − d| / se_d   in each replicate;   c = its quantile at the level
//! a pair is ordered where |d| / se_d > c
//! rank interval of j = [1 + measures surely above, K − measures surely below]
//! ```
//!
//! All rank intervals hold at once with the probability of the level.
//!
//! Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Rev. Econ. Stud. 91, 476-518.

use super::interval::{MAX_DROPPED, critical, number, sd, share_dropped};

/// More measures than this are not ranked: pairs grow as their square.
pub const MAX_RANKED: usize = 200;

/// The ranks of some measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The `c` that differences are compared with; `None` where no pair has replicates.
    pub critical: Option<f64>,
    /// Place of each by its effect, from 1; the first of equal ones comes first.
    pub rank: Vec<usize>,
    /// Best place of each that the replicates allow.
    pub low: Vec<usize>,
    /// Worst place of each.
    pub high: Vec<usize>,
    /// Share of replicates in which each is first; `None` of a measure without an interval.
    pub p_best: Vec<Option<f64>>,
    /// Whether `[i][j]`: i is surely above j.
    pub is_above: Vec<Vec<bool>>,
}

/// A pair of measures with replicates, and what is known of its difference.
struct Pair {
    i: usize,
    j: usize,
    difference: f64,
    se: f64,
}

/// Ranks by effect, the largest first. `replicates` are `[measure][replicate]`, NaN where one lacks a
/// side of the measure, in the same order of draws; a measure with more than one in twenty of these, or
/// with none at all, is above and below nobody.
#[must_use]
pub fn rank(effects: &[f64], replicates: &[&[f64]], level: f64) -> Ranks {
    let n = effects.len();
    let has_replicates: Vec<bool> = (0..n)
        .map(|i| {
            let of_measure = replicates.get(i).copied().unwrap_or_default();
            share_dropped(of_measure) <= MAX_DROPPED
        })
        .collect();
    let ranked: Vec<usize> = (0..n).filter(|i| has_replicates[*i]).collect();
    let pairs = pairs_of(effects, replicates, &ranked);
    let n_draws = ranked.iter().map(|i| replicates[*i].len()).max();
    let n_draws = n_draws.unwrap_or(0);
    let mut largest: Vec<f64> = (0..n_draws)
        .filter_map(|draw| largest_departure(&pairs, replicates, draw))
        .collect();
    let critical = critical(&mut largest, level);

    let mut is_above = vec![vec![false; n]; n];
    for pair in &pairs {
        let is_ordered = critical.is_some_and(|c| pair.difference.abs() > c * pair.se);
        if is_ordered && pair.difference > 0.0 {
            is_above[pair.i][pair.j] = true;
        } else if is_ordered {
            is_above[pair.j][pair.i] = true;
        }
    }
    let above = |j: usize| is_above.iter().filter(|row| row[j]).count();
    let below = |j: usize| is_above[j].iter().filter(|is_below| **is_below).count();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| effects[*b].total_cmp(&effects[*a]));
    let mut place = vec![0; n];
    for (rank, measure) in order.iter().enumerate() {
        place[*measure] = rank + 1;
    }
    Ranks {
        critical,
        rank: place,
        low: (0..n).map(|j| 1 + above(j)).collect(),
        high: (0..n).map(|j| n - below(j)).collect(),
        p_best: shares_of_first(replicates, &ranked, n, n_draws),
        is_above,
    }
}

fn pairs_of(effects: &[f64], replicates: &[&[f64]], ranked: &[usize]) -> Vec<Pair> {
    let pairs = ranked
        .iter()
        .enumerate()
        .flat_map(|(at, i)| ranked[at + 1..].iter().map(|j| (*i, *j)));
    let with_spread = pairs.filter_map(|(i, j)| {
        let differences = replicates[i].iter().zip(replicates[j]).map(|(a, b)| a - b);
        let se = sd(differences)?;
        (se > 0.0).then_some(Pair {
            i,
            j,
            difference: effects[i] - effects[j],
            se,
        })
    });
    with_spread.collect()
}

/// How far a draw departs from the estimates, in standard errors, in the pair where it departs most.
fn largest_departure(pairs: &[Pair], replicates: &[&[f64]], draw: usize) -> Option<f64> {
    let departures = pairs.iter().filter_map(|pair| {
        let of = |measure: usize| replicates[measure].get(draw);
        let departure = ((of(pair.i)? - of(pair.j)?) - pair.difference).abs() / pair.se;
        (!departure.is_nan()).then_some(departure)
    });
    departures.reduce(f64::max)
}

/// Share of the draws in which each measure has the largest effect.
fn shares_of_first(
    replicates: &[&[f64]],
    ranked: &[usize],
    n: usize,
    n_draws: usize,
) -> Vec<Option<f64>> {
    let mut first = vec![0; n];
    let mut n_counted = 0;
    for draw in 0..n_draws {
        let effects = ranked.iter().filter_map(|i| {
            let effect = replicates[*i].get(draw).copied()?;
            (!effect.is_nan()).then_some((*i, effect))
        });
        let best = effects.reduce(|best, next| if next.1 > best.1 { next } else { best });
        if let Some((measure, _)) = best {
            first[measure] += 1;
            n_counted += 1;
        }
    }
    let mut shares = vec![None; n];
    if n_counted > 0 {
        for i in ranked {
            shares[*i] = Some(number(first[*i]) / number(n_counted));
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_measure_is_first_of_one() {
        let ranks = rank(&[0.4], &[&[0.1, 0.5, 0.6]], 0.95);
        assert_eq!((ranks.rank[0], ranks.low[0], ranks.high[0]), (1, 1, 1));
        assert_eq!(ranks.p_best, [Some(1.0)]);
        assert_eq!(ranks.critical, None);
    }

    #[test]
    fn a_measure_without_replicates_may_stand_anywhere() {
        let first: Vec<f64> = (0..40).map(|i| 5.0 + 0.01 * f64::from(i % 7)).collect();
        let third: Vec<f64> = (0..40).map(|i| 1.0 + 0.01 * f64::from(i % 5)).collect();
        let ranks = rank(&[5.0, 9.0, 1.0], &[&first, &[], &third], 0.95);
        assert_eq!(ranks.rank, [2, 1, 3]);
        assert_eq!(ranks.low, [1, 1, 2]);
        assert_eq!(ranks.high, [2, 3, 3]);
        assert_eq!(ranks.p_best, [Some(1.0), None, Some(0.0)]);
    }

    #[test]
    fn effects_that_no_draw_tells_apart_are_not_ordered() {
        let draws = [1.0, 2.0, 3.0, 4.0];
        let ranks = rank(&[2.5, 2.5], &[&draws, &draws], 0.95);
        assert_eq!((ranks.low, ranks.high), (vec![1, 1], vec![2, 2]));
    }
}
