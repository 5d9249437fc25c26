//! What stages of few years can tell, said once and not in every row.

use super::change::{Stage, StageChange};

/// Stages of at most so many years tell large changes alone.
const SHORT: usize = 6;

/// One line on the power of short stages: how often the change of slope that would be found is larger than
/// the one that was seen. `None` where no stage has 6 years or fewer, or nothing was compared.
///
/// # Arguments
///
/// * `changes` - of every zone and variable.
#[must_use]
pub fn power_line<'a>(
    stages: &[Stage],
    changes: impl IntoIterator<Item = &'a StageChange>,
) -> Option<String> {
    let is_short = |stage: usize| {
        let years = stages.get(stage).map(|stage| stage.steps.len());
        years.is_some_and(|years| years <= SHORT)
    };
    let (mut n, mut n_below) = (0_u64, 0_u64);
    let mut lengths: Option<(usize, usize)> = None;
    for change in changes {
        let pair = [change.before, change.stage];
        let (Some(seen), Some(detectable)) = (change.slope_change, change.detectable) else {
            continue;
        };
        for stage in pair.into_iter().filter(|&stage| is_short(stage)) {
            let years = stages[stage].steps.len();
            let (low, high) = lengths.unwrap_or((years, years));
            lengths = Some((low.min(years), high.max(years)));
        }
        if pair.into_iter().any(is_short) {
            n += 1;
            n_below += u64::from(seen.abs() < detectable);
        }
    }
    let (low, high) = lengths?;
    let years = if low == high {
        low.to_string()
    } else {
        format!("{low} to {high}")
    };
    Some(format!(
        "stages of {years} years tell large changes alone: in {n_below} of {n} comparisons the change \
         of slope is smaller than what would be found four times in five (detectable in stages.csv)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(lengths: &[usize]) -> Vec<Stage> {
        let mut start = 0;
        let stage = |length: &usize| {
            let steps = start..start + length;
            start += length;
            Stage {
                name: format!("{length} years"),
                steps,
            }
        };
        lengths.iter().map(stage).collect()
    }

    fn change(before: usize, seen: f64, detectable: f64) -> StageChange {
        StageChange {
            before,
            stage: before + 1,
            slope_change: Some(seen),
            detectable: Some(detectable),
            ..StageChange::default()
        }
    }

    #[test]
    fn changes_that_would_be_missed_are_counted() {
        let changes = [
            change(0, -3.0, 2.0),
            change(1, -1.0, 4.0),
            change(2, 0.5, 9.0),
            StageChange::default(),
        ];
        let line = power_line(&stages(&[5, 6, 4, 12]), &changes).unwrap_or_default();
        assert!(line.starts_with("stages of 4 to 6 years "), "{line}");
        assert!(line.contains("in 2 of 3 comparisons"), "{line}");
    }

    #[test]
    fn long_stages_get_no_line() {
        let changes = [change(0, 1.0, 2.0)];
        assert_eq!(power_line(&stages(&[7, 12]), &changes), None);
        assert_eq!(power_line(&stages(&[5, 5]), &[]), None);
        // A list of stages that does not fit the changes is no reason to stop.
        assert_eq!(power_line(&[], &changes), None);
    }
}
