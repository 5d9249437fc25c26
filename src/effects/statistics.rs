//! The numbers that are computed of a measure: its contrasts, then its effect by years.

use super::contrast::{event_weights, weights};
use super::design::{Contrast, Design, Measure};

/// A number made of differences: a contrast of years of one cohort, or the mean of those of several
/// cohorts, weighted by their areas.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistic {
    pub(super) kind: Kind,
    pub(super) terms: Vec<Term>,
}

/// What a number is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Contrast(Contrast),
    /// The effect in a year, or so many years after the start, or both.
    Event {
        year: Option<i32>,
        since_start: Option<i32>,
        is_before: bool,
    },
}

/// A contrast of the difference of one unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    /// Place in [`Plan::units`].
    pub(super) unit: usize,
    /// `C_t` of each year.
    pub(super) weights: Vec<f64>,
}

/// All that is computed of a measure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// The groups of each unit that has a difference of its own: the measure, then its cohorts.
    pub(super) units: Vec<Vec<u32>>,
    /// Contrasts, then events.
    pub(super) statistics: Vec<Statistic>,
    /// How many of the statistics are contrasts.
    pub(super) n_contrasts: usize,
    /// Starts without two years of the study before them, or without a year after.
    pub(super) unusable_starts: Vec<i32>,
}

/// A cohort with a usable start.
struct Usable {
    unit: usize,
    start: i32,
    /// Years before the start.
    before: usize,
}

/// The numbers of `measure`. What has too few years is left out.
pub(super) fn plan(design: &Design, measure: &Measure) -> Plan {
    let mut units = vec![measure.cohorts.iter().map(|cohort| cohort.group).collect()];
    let mut usable = Vec::new();
    let mut unusable_starts = Vec::new();
    for cohort in &measure.cohorts {
        let Some(start) = cohort.start else { continue };
        let Some(before) = design.years_before(start) else {
            unusable_starts.push(start);
            continue;
        };
        let unit = if measure.cohorts.len() == 1 {
            0
        } else {
            units.push(vec![cohort.group]);
            units.len() - 1
        };
        usable.push(Usable {
            unit,
            start,
            before,
        });
    }
    let mut statistics = Vec::new();
    for contrast in design.contrasts(measure) {
        let terms: Vec<Term> = if contrast == Contrast::After {
            let of_cohort = |cohort: &Usable| {
                let weights = weights(design, &contrast, Some(cohort.start))?;
                let unit = cohort.unit;
                Some(Term { unit, weights })
            };
            usable.iter().filter_map(of_cohort).collect()
        } else {
            let weights = weights(design, &contrast, None);
            let of_measure = weights.map(|weights| Term { unit: 0, weights });
            of_measure.into_iter().collect()
        };
        if !terms.is_empty() {
            let kind = Kind::Contrast(contrast);
            statistics.push(Statistic { kind, terms });
        }
    }
    let n_contrasts = statistics.len();
    if !usable.is_empty() {
        statistics.extend(events_since_start(design, &usable));
    } else if unusable_starts.is_empty() {
        statistics.extend(events_since_pre(design));
    }
    Plan {
        units,
        statistics,
        n_contrasts,
        unusable_starts,
    }
}

/// The effect so many years before or after the start of each cohort that has that year.
fn events_since_start(design: &Design, usable: &[Usable]) -> Vec<Statistic> {
    let n_years = design.years.count();
    let most_before = usable.iter().map(|cohort| cohort.before).max().unwrap_or(0);
    let most_after = usable.iter().map(|cohort| n_years - cohort.before);
    let n_events = most_before + most_after.max().unwrap_or(0);
    let events = (0..n_events).filter_map(|event| {
        let terms: Vec<Term> = usable
            .iter()
            .filter_map(|cohort| {
                let year = (event + cohort.before).checked_sub(most_before)?;
                (year < n_years).then(|| Term {
                    unit: cohort.unit,
                    weights: event_weights(n_years, &(0..cohort.before), year),
                })
            })
            .collect();
        let since = i32::try_from(event).ok()? - i32::try_from(most_before).ok()?;
        let year = match usable {
            [cohort] => Some(cohort.start + since),
            _ => None,
        };
        (!terms.is_empty()).then_some(Statistic {
            kind: Kind::Event {
                year,
                since_start: Some(since),
                is_before: since < 0,
            },
            terms,
        })
    });
    events.collect()
}

/// The effect in each year, where no start is known.
fn events_since_pre(design: &Design) -> Vec<Statistic> {
    let n_years = design.years.count();
    let Some(pre) = &design.pre else {
        return Vec::new();
    };
    let base = pre.years.start.min(n_years)..pre.years.end.min(n_years);
    if base.is_empty() {
        return Vec::new();
    }
    let events = design.years.iter().enumerate().map(|(t, year)| Statistic {
        kind: Kind::Event {
            year: Some(year),
            since_start: None,
            is_before: t < base.end,
        },
        terms: vec![Term {
            unit: 0,
            weights: event_weights(n_years, &base, t),
        }],
    });
    events.collect()
}

/// The number of `terms`; each unit has a weight and its contrast, or `None` where it has no
/// difference. `None` where none of the units has one.
pub(super) fn mean_of_terms(
    terms: &[Term],
    mut unit: impl FnMut(&Term) -> Option<(f64, f64)>,
) -> Option<f64> {
    if let [term] = terms {
        return unit(term).map(|(_, value)| value);
    }
    let (mut weight, mut sum) = (0.0, 0.0);
    for (area, value) in terms.iter().filter_map(&mut unit) {
        weight += area;
        sum += area * value;
    }
    (weight > 0.0).then(|| sum / weight)
}

/// `Σ C_t D_t`.
pub(super) fn dot(weights: &[f64], difference: &[f64]) -> f64 {
    weights.iter().zip(difference).map(|(c, d)| c * d).sum()
}
