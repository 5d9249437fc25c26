//! The times of its files that an input is asked for: those of the study, or of a season and some years earlier.

use crate::calendar::{Season, Steps, Time, Years};
use crate::sources::request::InputRequest;
use crate::sources::times::steps::times;

/// The times of its files that an input is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The years of the study.
    years: Years,
    season: Season,
    /// Whether months outside the season are read too.
    all_months: bool,
}

impl Wanted {
    pub(crate) fn of(request: &InputRequest, years: Years) -> Self {
        Self {
            years,
            season: request.season,
            all_months: request.all_months,
        }
    }

    /// All months of the years of a study.
    pub(crate) fn plain(years: Years) -> Self {
        Self {
            years,
            season: Season::default(),
            all_months: true,
        }
    }

    /// The years of its files.
    pub(crate) fn years_in_files(&self) -> Years {
        self.season.years_in_files(self.years)
    }

    /// The steps that are read and not declared missing, each with its time in the files.
    pub(crate) fn steps(&self, steps: Steps, gaps: &[Time]) -> Vec<(usize, Time)> {
        let is_read = |time: &Time| self.is_read(*time) && !gaps.iter().any(|gap| gap.holds(*time));
        times(steps, self.years)
            .into_iter()
            .map(|time| self.season.in_files(time))
            .enumerate()
            .filter(|(_, time)| is_read(time))
            .collect()
    }

    /// Whether a file of this year or month may have a step.
    pub(crate) fn has(&self, time: Time) -> bool {
        let ends = [(self.years.first, 1), (self.years.last, 12)].map(|(year, month)| {
            let month = time.month.map(|_| month);
            self.season.in_files(Time { year, month })
        });
        let years = self.years_in_files();
        match time.month {
            None => (years.first..=years.last).contains(&time.year),
            Some(_) => (ends[0]..=ends[1]).contains(&time) && self.is_read(time),
        }
    }

    /// Whether a file of this year or month has to be there, if it is wanted: before the first year of the study it
    /// need not.
    pub(crate) fn must_have(&self, time: Time) -> bool {
        time.year >= self.years.first
    }

    fn is_read(&self, time: Time) -> bool {
        let is_of_season = |month| self.season.has_month(month);
        self.all_months || time.month.is_none_or(is_of_season)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_winter_asks_for_the_year_before_and_does_not_insist() {
        let years = Years {
            first: 2001,
            last: 2002,
        };
        let wanted = Wanted {
            years,
            season: Season {
                first_month: 11,
                last_month: 3,
                lag: 0,
            },
            all_months: false,
        };
        let time = |year, month| Time {
            year,
            month: Some(month),
        };
        let steps = wanted.steps(Steps::Monthly, &[time(2002, 1)]);
        assert_eq!(steps.len(), 9);
        assert_eq!(
            (steps[0], steps[8]),
            ((7, time(2000, 11)), (23, time(2002, 3)))
        );
        assert!(wanted.has(time(2000, 12)) && !wanted.must_have(time(2000, 12)));
        assert!(!wanted.has(time(2000, 3)) && !wanted.has(time(2002, 11)));
        assert!(!wanted.has(time(2001, 7)) && wanted.must_have(time(2001, 11)));
        let whole = Time {
            year: 2000,
            month: None,
        };
        assert!(wanted.has(whole) && !wanted.must_have(whole));
    }
}
