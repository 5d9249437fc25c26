//! The times that files state, before the years of the study are known.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{Season, Steps, Time, Years};
use crate::sources::error::SourceError;
use crate::sources::files::pattern::expand_any;
use crate::sources::files::scan::ScannedFile;
use crate::sources::files::variable_years::scan_years;
use crate::sources::request::InputRequest;
use crate::sources::times::bands::moments_of;

/// The times of an input's bands, as far as its files state them.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTimes {
    /// One a band, over all files; `None` if the files state none.
    pub times: Option<Vec<Time>>,
    /// The source of the times, such as `from the descriptions of the bands`.
    pub source: String,
    /// Bands of all files together.
    pub n_bands: usize,
}

/// Opens every file of an input, without reading a pixel, and gathers the times of its bands.
///
/// `{year}` and `{month}` in `request.files` match any files that exist.
///
/// # Errors
///
/// A file that is missing or cannot be opened.
pub fn times_of(request: &InputRequest) -> Result<FoundTimes, SourceError> {
    crate::gdal_calls::quiet_gdal();
    let found = expand_any(&request.name, &request.files)?;
    let mut notes = Vec::new();
    let files: Vec<ScannedFile> = found
        .iter()
        .map(|file| scan_years(request, file, &mut notes))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect();
    let (moments, source) = moments_of(&files);
    let times = moments.map(|moments| moments.iter().map(|moment| moment.time).collect());
    let n_bands = files.iter().map(|file| file.descriptions.len()).sum();
    Ok(FoundTimes {
        times,
        source: source.to_owned(),
        n_bands,
    })
}

impl FoundTimes {
    /// How often there is a value, if that can be known; `years` are those that the user stated.
    #[must_use]
    pub fn steps(&self, years: Option<Years>) -> Option<Steps> {
        if let Some(times) = &self.times {
            let is_monthly = months_of_years(times)
                .values()
                .any(|months| months.len() > 1);
            return Some(if is_monthly {
                Steps::Monthly
            } else {
                Steps::Annual
            });
        }
        let years = years?;
        [Steps::Annual, Steps::Monthly]
            .into_iter()
            .find(|steps| steps.count(years) == self.n_bands)
    }

    /// The years that the files hold in full: from the first to the last year with a value, or with
    /// all twelve months. With a season or a lag these are years of a study, whose months or earlier years are there.
    #[must_use]
    pub fn years(&self, season: Season) -> Option<Years> {
        if season != Season::default() {
            return self.years_of_season(season);
        }
        let months = months_of_years(self.times.as_ref()?);
        let least = if self.steps(None) == Some(Steps::Monthly) {
            12
        } else {
            1
        };
        let mut full = months
            .iter()
            .filter(|(_, months)| months.len() >= least)
            .map(|(year, _)| *year);
        let first = full.next()?;
        Some(Years {
            first,
            last: full.next_back().unwrap_or(first),
        })
    }

    fn years_of_season(&self, season: Season) -> Option<Years> {
        let times: BTreeSet<Time> = self.times.as_ref()?.iter().copied().collect();
        let is_monthly = season.n_months() < 12 || self.steps(None) == Some(Steps::Monthly);
        let years_there: BTreeSet<i32> = times.iter().map(|time| time.year).collect();
        let is_full = |year: &i32| {
            if !is_monthly {
                let time = season.in_files(Time {
                    year: *year,
                    month: None,
                });
                return years_there.contains(&time.year);
            }
            season.steps_of_year().all(|step| {
                let month = u32::try_from(step + 1).ok();
                times.contains(&season.in_files(Time { year: *year, month }))
            })
        };
        let first = *years_there.first()?;
        let last = years_there
            .last()?
            .saturating_add(i32::try_from(season.lag).ok()?);
        let mut full = (first..=last).filter(is_full);
        let first = full.next()?;
        Some(Years {
            first,
            last: full.next_back().unwrap_or(first),
        })
    }

    /// First and last time, in words; empty if the files state none.
    #[must_use]
    pub fn span(&self) -> String {
        let times = || self.times.iter().flatten();
        match (times().min(), times().max()) {
            (Some(first), Some(last)) => format!("{first} to {last}"),
            _ => String::new(),
        }
    }
}

/// The distinct months of each year; one entry for an annual value.
fn months_of_years(times: &[Time]) -> BTreeMap<i32, BTreeSet<Option<u32>>> {
    let mut months: BTreeMap<i32, BTreeSet<Option<u32>>> = BTreeMap::new();
    for time in times {
        months.entry(time.year).or_default().insert(time.month);
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(times: impl IntoIterator<Item = (i32, Option<u32>)>) -> FoundTimes {
        let times: Vec<Time> = times
            .into_iter()
            .map(|(year, month)| Time { year, month })
            .collect();
        FoundTimes {
            n_bands: times.len(),
            times: Some(times),
            source: String::new(),
        }
    }

    #[test]
    fn years_that_start_or_end_within_a_year_are_left_out() {
        // July 1981 to June 1984.
        let months = (0..36).map(|m| (1981 + (6 + m) / 12, u32::try_from((6 + m) % 12 + 1).ok()));
        let found = found(months);
        assert_eq!(found.steps(None), Some(Steps::Monthly));
        assert_eq!(
            found.years(Season::default()),
            Some(Years {
                first: 1982,
                last: 1983
            })
        );
        assert_eq!(found.span(), "1981-07 to 1984-06");
    }

    #[test]
    fn a_season_and_a_lag_have_their_own_full_years() {
        // July 1981 to June 1984.
        let months = (0..36).map(|m| (1981 + (6 + m) / 12, u32::try_from((6 + m) % 12 + 1).ok()));
        let found = found(months);
        let years = |first_month, last_month, lag| {
            let season = Season {
                first_month,
                last_month,
                lag,
            };
            found.years(season).map(|years| [years.first, years.last])
        };
        assert_eq!(years(11, 3, 0), Some([1982, 1984]));
        assert_eq!(years(4, 6, 0), Some([1982, 1984]));
        assert_eq!(years(7, 6, 0), Some([1982, 1984]));
        assert_eq!(years(11, 3, 1), Some([1983, 1985]));
        assert_eq!(years(1, 12, 1), Some([1983, 1984]));
    }

    #[test]
    fn one_value_a_year_is_annual_whatever_its_month() {
        let found = found((1990..2000).map(|year| (year, Some(7))));
        assert_eq!(
            (found.steps(None), found.years(Season::default())),
            (
                Some(Steps::Annual),
                Some(Years {
                    first: 1990,
                    last: 1999
                })
            )
        );
    }

    #[test]
    fn bands_without_times_follow_the_stated_years_if_their_number_fits() {
        let years = Some(Years {
            first: 2001,
            last: 2020,
        });
        let untold = |n_bands| FoundTimes {
            times: None,
            source: String::new(),
            n_bands,
        };
        assert_eq!(untold(20).steps(years), Some(Steps::Annual));
        assert_eq!(untold(240).steps(years), Some(Steps::Monthly));
        assert_eq!(untold(21).steps(years), None);
        assert_eq!(untold(20).years(Season::default()), None);
    }
}
