//! What a reader must know of the numbers, one line for each matter with the measures that it is about.

use std::collections::BTreeMap;

use super::design::{Design, Measure};
use super::interval::{FEW_BLOCKS, MAX_DROPPED, MIN_BLOCKS};
use super::rows::ComparisonRecord;
use super::statistics::Plan;
use super::text::{listed, percent, quoted_label};

/// Less of the treated area than this within classes that hold control is told.
pub const MIN_MATCHED_SHARE: f64 = 0.8;

/// What can be told of a measure; warnings come before what only explains empty cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Matter {
    TooFewBlocks,
    FewBlocks,
    Dropped,
    PoorlyMatched,
    StartInPre,
    NoPixels,
    NoControl,
    NoYearsBefore,
    TooManyToRank,
}

/// What is told, gathered measure by measure.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The measures of each matter, with what is to be said of each.
    found: BTreeMap<Matter, Vec<String>>,
}

impl Notes {
    fn tell(&mut self, matter: Matter, about: String) {
        self.found.entry(matter).or_default().push(about);
    }

    /// Starts that cannot be used.
    pub(super) fn about_measure(&mut self, design: &Design, measure: &Measure, plan: &Plan) {
        let label = quoted_label(&measure.label);
        for start in &plan.unusable_starts {
            self.tell(Matter::NoYearsBefore, format!("{label} ({start})"));
        }
        let Some(pre) = &design.pre else { return };
        let starts = measure.cohorts.iter().filter_map(|cohort| cohort.start);
        let years_before =
            |start: i32| usize::try_from(start.saturating_sub(design.years.first)).unwrap_or(0);
        if let Some(start) = starts
            .min()
            .filter(|start| years_before(*start) < pre.years.end)
        {
            self.tell(Matter::StartInPre, format!("{label} ({start})"));
        }
    }

    /// Few blocks, replicates without a side, area without a control.
    pub(super) fn about_comparison(&mut self, design: &Design, record: &ComparisonRecord) {
        let label = quoted_label(&record.zone);
        if record.treated_km2 <= 0.0 {
            self.tell(Matter::NoPixels, label);
            return;
        }
        if record.treated_blocks == 0 {
            self.tell(Matter::NoControl, label);
            return;
        }
        let blocks = record.treated_blocks.min(record.control_blocks);
        if blocks < MIN_BLOCKS {
            self.tell(Matter::TooFewBlocks, format!("{label} ({blocks})"));
        } else if record.dropped_share > MAX_DROPPED {
            let share = percent(record.dropped_share);
            self.tell(Matter::Dropped, format!("{label} ({share})"));
        } else if blocks < FEW_BLOCKS {
            self.tell(Matter::FewBlocks, format!("{label} ({blocks})"));
        }
        let is_poor = |share: &f64| design.is_matched && *share < MIN_MATCHED_SHARE;
        if let Some(share) = record.matched_share.filter(is_poor) {
            let share = percent(share);
            self.tell(Matter::PoorlyMatched, format!("{label} ({share})"));
        }
    }

    /// That there is no ranking.
    pub(super) fn too_many_to_rank(&mut self, n: usize) {
        let of = n.to_string();
        if !self.found.contains_key(&Matter::TooManyToRank) {
            self.tell(Matter::TooManyToRank, of);
        }
    }

    /// Warnings, and notes on empty cells.
    pub(super) fn lines(&self) -> [Vec<String>; 2] {
        let mut lines = [Vec::new(), Vec::new()];
        for (matter, about) in &self.found {
            let place = usize::from(*matter >= Matter::NoPixels);
            lines[place].push(line(*matter, &listed(about)));
        }
        lines
    }
}

fn line(matter: Matter, about: &str) -> String {
    match matter {
        Matter::TooFewBlocks => format!(
            "measures: no interval with fewer than {MIN_BLOCKS} blocks of places on a side: {about}; smaller \
             blocks give more of them, but a block must hold whole patches of a measure"
        ),
        Matter::FewBlocks => format!(
            "measures: fewer than {FEW_BLOCKS} blocks of places on a side, so the intervals are rough: {about}"
        ),
        Matter::Dropped => format!(
            "measures: no interval where more than {} of the replicates lack a side: {about}",
            percent(MAX_DROPPED)
        ),
        Matter::PoorlyMatched => format!(
            "measures: less than {} of the treated area has a control in its class: {about}; the effect is that \
             of the rest, and fewer classes would match more",
            percent(MIN_MATCHED_SHARE)
        ),
        Matter::StartInPre => format!(
            "measures: the first year under the measure is not after `pre`, so `pre_slope` and `did_` do not \
             compare before with after: {about}; choose an earlier `pre`, or read `after`"
        ),
        Matter::NoPixels => format!("measures: no pixel with a value and a class: {about}"),
        Matter::NoControl => format!("measures: no control, or none in the same classes: {about}"),
        Matter::NoYearsBefore => format!(
            "measures: no `after` and no events without two years of the study before the start and one from it \
             on: {about}"
        ),
        Matter::TooManyToRank => {
            format!("measures: {about} of them are too many to rank; ranking.csv is empty")
        }
    }
}
