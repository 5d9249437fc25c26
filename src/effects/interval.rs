//! The interval of an effect from replicates of it.
//!
//! ```text
//! se = sd of the replicates,   df = min(blocks with treated, blocks with control) − 1
//! effect ± t_(1+level)/2, df · se,   p = 2 P(t_df > |effect| / se)
//! ```
//!
//! Percentiles of few blocks are too narrow; the t distribution with the blocks of the smaller side
//! is not. With fewer than four blocks on a side, or where more than one replicate in twenty lacks a
//! side, there is no interval.
//!
//! Source: Cameron, Gelbach & Miller (2008), Rev. Econ. Stat. 90, 414-427; `docs/science/measures.md#intervals`.

use super::student::t_p;
use crate::kernels::lib::tails::t_quantile;

/// Fewest blocks with the measure, and with the control, for an interval.
pub(super) const MIN_BLOCKS: usize = 4;
/// Below so many blocks on a side an interval is rough.
pub(super) const FEW_BLOCKS: usize = 10;
/// Largest share of replicates that may lack a side.
pub(super) const MAX_DROPPED: f64 = 0.05;

/// An effect's uncertainty by place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Standard error.
    pub se: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p; `None` where no replicate differs.
    pub p: Option<f64>,
}

/// How the intervals of one comparison are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// Degrees of freedom.
    pub(super) df: usize,
    /// The t of the level.
    pub(super) t: f64,
}

impl Form {
    /// With so many blocks on either side; `None` where there are too few.
    pub(super) fn new(blocks: [usize; 2], level: f64) -> Option<Self> {
        let [treated, control] = blocks;
        let fewest = treated.min(control);
        let df = fewest.checked_sub(1)?;
        (fewest >= MIN_BLOCKS).then(|| Self {
            df,
            t: t_quantile(1.0 - level, df),
        })
    }

    /// The interval around `effect`; `None` where too many replicates are missing.
    pub(super) fn interval(&self, effect: f64, replicates: &[f64]) -> Option<Interval> {
        if share_dropped(replicates) > MAX_DROPPED {
            return None;
        }
        let se = sd(replicates.iter().copied())?;
        Some(Interval {
            se,
            low: effect - self.t * se,
            high: effect + self.t * se,
            p: (se > 0.0).then(|| t_p(effect / se, number(self.df))),
        })
    }
}

/// Share of replicates that lack a side of the comparison.
pub(super) fn share_dropped(replicates: &[f64]) -> f64 {
    let n_dropped = replicates.iter().filter(|x| x.is_nan()).count();
    if replicates.is_empty() {
        1.0
    } else {
        number(n_dropped) / number(replicates.len())
    }
}

/// Standard deviation of the values that are there; `None` of fewer than two.
pub(super) fn sd(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let valid = values.filter(|x| !x.is_nan());
    let (mut n, mut sum) = (0.0, 0.0);
    for value in valid.clone() {
        n += 1.0;
        sum += value;
    }
    let mean = sum / n;
    let squares: f64 = valid.map(|x| (x - mean).powi(2)).sum();
    (n > 1.5).then(|| (squares / (n - 1.0)).sqrt())
}

/// How many standard errors a band needs around all effects of a series, so that all of them are in it at once: a
/// quantile of the largest departure of each replicate, and no less than what one effect needs.
pub(super) fn band(
    effects: &[Option<f64>],
    intervals: &[Option<Interval>],
    replicates: &[&[f64]],
    t: f64,
    level: f64,
) -> Option<f64> {
    let n = replicates.iter().map(|of| of.len()).max().unwrap_or(0);
    let mut largest: Vec<f64> = (0..n)
        .filter_map(|replicate| {
            let series = effects.iter().zip(intervals).zip(replicates);
            let departures = series.filter_map(|((effect, interval), replicates)| {
                // A year that is its own base never departs.
                let interval = interval.as_ref().filter(|interval| interval.se > 0.0)?;
                let departure = (replicates.get(replicate)? - (*effect)?).abs() / interval.se;
                (!departure.is_nan()).then_some(departure)
            });
            departures.reduce(f64::max)
        })
        .collect();
    critical(&mut largest, level).map(|c| c.max(t))
}

/// The value at position `(n + 1) level` of n sorted values, linear between two; at most the last.
///
/// Source: Hyndman & Fan (1996), Am. Stat. 50, 361-365, type 6.
pub(super) fn critical(values: &mut [f64], level: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let position = ((number(values.len()) + 1.0) * level - 1.0).clamp(0.0, number(last));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in the list"
    )]
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let share = position - position.floor();
    Some(values[below] + share * (values[above] - values[below]))
}

#[expect(clippy::cast_precision_loss, reason = "replicates and blocks are few")]
pub(super) fn number(n: usize) -> f64 {
    n as f64
}
