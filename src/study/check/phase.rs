//! `[phase]`.

use super::numbers::{seed, size};
use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::places::PhaseTable;
use crate::study::schema::phase as keys;
use crate::study::section::Section;

/// `[phase]`, checked against the years of the study.
pub(in crate::study) fn phase(
    c: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> PhaseTable {
    let s = c.table(root, &keys::TABLE);
    let n_years = years.map_or(usize::MAX, |years| years.count());
    let steps = n_years - 1;
    let bounds = |least: usize| match years {
        Some(_) => format!("{least} to {steps}, the steps of the study"),
        None => format!("at least {least}"),
    };
    let inside =
        |n: &i64, least: usize| usize::try_from(*n).is_ok_and(|n| (least..=steps).contains(&n));
    let min_steps = c.bounded(&s, &keys::MIN_STEPS, &bounds(1), |n| inside(n, 1));
    let min_steps = size(min_steps).unwrap_or(PhaseTable::DEFAULT_MIN_STEPS.min(steps));
    let max_steps = c.bounded(&s, &keys::MAX_STEPS, &bounds(min_steps), |n| {
        inside(n, min_steps)
    });
    let default_max = PhaseTable::default_max_steps(n_years).max(min_steps);
    PhaseTable {
        min_steps,
        max_steps: size(max_steps).unwrap_or(default_max),
        replicates: size(c.get(&s, &keys::REPLICATES)).unwrap_or(999),
        seed: seed(c.get(&s, &keys::SEED)).unwrap_or(1),
    }
}
