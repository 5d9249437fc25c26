//! Does the trend change from a stage to the next?
//!
//! A line in each stage, and one variance of the residuals for both:
//!
//! ```text
//! y        = (a1 + b1 t) [stage 1] + (a2 + b2 t) [stage 2],   df = n − 4
//! s²       = (SSE1 + SSE2) / df
//! se       = s √(1/Sxx1 + 1/Sxx2),   Sxx = Σ (t − t̄)² of a stage
//! t        = (b2 − b1) / se
//! jump     = line 2 − line 1, half a year before stage 2 begins
//! F        = [(SSE of one line for both − SSE1 − SSE2) / 2] / s²,   2 and df degrees of freedom
//! detectable = (t(0.975, df) + t(0.80, df)) se
//! ```
//!
//! | symbol       | meaning                                                   | unit              |
//! |--------------|-----------------------------------------------------------|-------------------|
//! | n            | valid years of both stages                                | 1                 |
//! | b1, b2       | slopes of the stages                                      | of y, a year      |
//! | `detectable` | the change that would be found at 5 % four times in five  | of y, a year      |
//!
//! `docs/science/stages.md#change-of-stages` has a worked example.
//!
//! Source: Chow (1960), Econometrica 28, 591-605; Holm (1979), Scand. J. Stat. 6, 65-70.

use std::ops::Range;

use crate::kernels::lib::holm::holm;
use crate::kernels::lib::tails::{f_p_value, t_p_value, t_quantile};

use super::line::{Line, is_varied, points};

/// Parameters of two lines.
const N_PARAMETERS: usize = 4;
/// Level of the test that `detectable` is about, two-sided.
const LEVEL: f64 = 0.05;
/// Twice the share of such changes that the test misses: the quantile is of both tails.
const MISSED_TWICE: f64 = 0.4;

/// A part of the study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its years, counted from the first of the study.
    pub steps: Range<usize>,
}

/// A stage against the one before it. What cannot be known is `None`: all numbers where the stages
/// overlap, or where too few years are valid; what rests on the variance where both lines go through
/// all values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageChange {
    /// The later stage, by its place in the list of stages.
    pub stage: usize,
    /// The stage before it.
    pub before: usize,
    /// Valid years of both.
    pub n: Option<usize>,
    /// Degrees of freedom.
    pub df: Option<usize>,
    /// Slope of the later stage less that of the earlier one, in the unit of the series a year.
    pub slope_change: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Two-sided p of no change of slope.
    pub p: Option<f64>,
    /// The same by Holm over all pairs of the series.
    pub p_holm: Option<f64>,
    /// The later line less the earlier one where the later stage begins.
    pub jump: Option<f64>,
    /// Chow's F of one line for both stages.
    pub chow_f: Option<f64>,
    /// Its p.
    pub chow_p: Option<f64>,
    /// The change of slope that would be found four times in five.
    pub detectable: Option<f64>,
}

/// Each stage of a series against the one before it in time: the stages in the order of their first
/// years, of two that begin together the shorter one first.
#[must_use]
pub fn changes_of_stages(series: &[Option<f64>], stages: &[Stage]) -> Vec<StageChange> {
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|&stage| (stages[stage].steps.start, stages[stage].steps.end));
    let mut changes: Vec<StageChange> = order
        .windows(2)
        .map(|pair| change(series, stages, pair[0], pair[1]))
        .collect();
    let p: Vec<Option<f64>> = changes.iter().map(|change| change.p).collect();
    for (change, p_holm) in changes.iter_mut().zip(holm(&p)) {
        change.p_holm = p_holm;
    }
    changes
}

/// Stage `stage` against stage `before`, without Holm's p.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn change(series: &[Option<f64>], stages: &[Stage], before: usize, stage: usize) -> StageChange {
    let nothing = StageChange {
        stage,
        before,
        ..StageChange::default()
    };
    let (earlier, later) = (&stages[before].steps, &stages[stage].steps);
    if later.start < earlier.end {
        return nothing;
    }
    let years = [earlier, later].map(|steps| points(series, steps.clone()));
    let both = years.concat();
    let counted = StageChange {
        n: Some(both.len()),
        ..nothing
    };
    let df = both.len().saturating_sub(N_PARAMETERS);
    let lines = (Line::through(&years[0]), Line::through(&years[1]));
    let (true, (Some(one), Some(two)), Some(common)) = (df > 0, lines, Line::through(&both)) else {
        return counted;
    };
    let border = later.start as f64 - 0.5;
    let slope_change = two.slope - one.slope;
    let lined = StageChange {
        df: Some(df),
        slope_change: Some(slope_change),
        jump: Some(two.at(border) - one.at(border)),
        ..counted
    };
    let unexplained = one.unexplained + two.unexplained;
    if !is_varied(&both, unexplained) {
        return lined;
    }
    let variance = unexplained / df as f64;
    let se = (variance * (1.0 / one.sum_tt + 1.0 / two.sum_tt)).sqrt();
    let chow_f = (0.5 * (common.unexplained - unexplained) / variance).max(0.0);
    StageChange {
        se: Some(se),
        p: Some(t_p_value(slope_change / se, df)),
        chow_f: Some(chow_f),
        chow_p: Some(f_p_value(chow_f, 2, df)),
        detectable: Some((t_quantile(LEVEL, df) + t_quantile(MISSED_TWICE, df)) * se),
        ..lined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(steps: &[Range<usize>]) -> Vec<Stage> {
        let stage = |steps: &Range<usize>| Stage {
            name: format!("{steps:?}"),
            steps: steps.clone(),
        };
        steps.iter().map(stage).collect()
    }

    fn series(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|y| (!y.is_nan()).then_some(*y)).collect()
    }

    /// 1, 2, 3 and then 10, 12, 14: slopes 1 and 2; at 2.5 the lines are at 3.5 and 9.
    #[test]
    fn lines_without_noise_have_a_change_and_no_p() {
        let y = series(&[1.0, 2.0, 3.0, 10.0, 12.0, 14.0]);
        let changes = changes_of_stages(&y, &stages(&[0..3, 3..6]));
        let expected = StageChange {
            stage: 1,
            before: 0,
            n: Some(6),
            df: Some(2),
            slope_change: Some(1.0),
            jump: Some(5.5),
            ..StageChange::default()
        };
        assert_eq!(changes, [expected]);
    }

    #[test]
    fn stages_that_overlap_are_not_compared() {
        let y = series(&[1.0, 2.5, 3.0, 10.0, 12.0, 14.5]);
        let changes = changes_of_stages(&y, &stages(&[0..4, 3..6]));
        assert_eq!((changes[0].n, changes[0].slope_change), (None, None));
    }

    #[test]
    fn the_stage_before_is_so_in_time_whatever_the_order_of_the_list() {
        let y = series(&[1.0, 2.5, 3.0, 10.0, 12.0, 14.5, 14.0, 13.0, 13.5]);
        let changes = changes_of_stages(&y, &stages(&[6..9, 0..3, 3..6]));
        let pairs: Vec<_> = changes.iter().map(|c| (c.before, c.stage)).collect();
        assert_eq!(pairs, [(1, 2), (2, 0)]);
        let in_order = changes_of_stages(&y, &stages(&[0..3, 3..6, 6..9]));
        assert_eq!(changes[1].p_holm, in_order[1].p_holm);
    }

    #[test]
    fn too_few_years_leave_the_count_alone() {
        let gap = f64::NAN;
        for values in [
            [1.0, 2.0, gap, gap, 3.0, 4.5],
            // Four years in one stage do not make a line in the other.
            [1.0, gap, gap, 2.0, 3.0, 5.0],
            [gap; 6],
        ] {
            let y = series(&values);
            let n = y.iter().flatten().count();
            let changes = changes_of_stages(&y, &stages(&[0..3, 3..6]));
            let expected = StageChange {
                stage: 1,
                n: Some(n),
                ..StageChange::default()
            };
            assert_eq!(changes, [expected]);
        }
    }

    #[test]
    fn a_stage_beyond_the_series_has_no_year() {
        let y = series(&[1.0, 2.0, 4.0]);
        let changes = changes_of_stages(&y, &stages(&[0..3, 3..9]));
        assert_eq!((changes[0].n, changes[0].df), (Some(3), None));
        let one = &stages(&[0..3, 3..9])[..1];
        assert_eq!(changes_of_stages(&y, one), []);
        assert_eq!(changes_of_stages(&y, &[]), []);
    }
}
