//! Which year and month a band is of by the digits in its label: a description, a file name,
//! metadata.

use std::collections::HashSet;

use crate::calendar::{Time, Years};
use crate::sources::times::moment::{Moment, YEARS, moment_of_digits, month_of_name};

/// The times in a set of labels (band descriptions, file names), one a label.
///
/// All labels must have a year at the same position: `2001`, `sst_1982_01`, `2001-07-16`,
/// `MOD17A3.A2001001.h27`, `tas_200107`. A number that is the same in all labels, such as a
/// version, is not a time. If several positions fit, the first that distinguishes all labels
/// is used. `None` if no position fits.
#[must_use]
pub fn times_of_labels(labels: &[String]) -> Option<Vec<Time>> {
    moments_of_labels(labels).map(|moments| moments.iter().map(|moment| moment.time).collect())
}

/// As [`times_of_labels`], with the days of labels such as `20010716`.
pub(crate) fn moments_of_labels(labels: &[String]) -> Option<Vec<Moment>> {
    let runs: Vec<Vec<Run<'_>>> = labels.iter().map(|label| digit_runs(label)).collect();
    let n_runs = runs.iter().map(Vec::len).min()?;
    let mut with_repeats = None;
    for index in 0..n_runs {
        let Some(times) = runs
            .iter()
            .map(|runs| moment_at(runs, index))
            .collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        let times = named_months(labels, &times, &runs, index).unwrap_or(times);
        let times = without_constant_month(times);
        let n_distinct = times.iter().collect::<HashSet<_>>().len();
        if n_distinct == times.len() {
            return Some(times);
        }
        if n_distinct > 1 && with_repeats.is_none() {
            with_repeats = Some(times);
        }
    }
    with_repeats
}

/// The times of labels that name the month beside the year: `Jan 2001`, `2001-January`, `X2001.Jan`.
fn named_months(
    labels: &[String],
    times: &[Moment],
    runs: &[Vec<Run<'_>>],
    index: usize,
) -> Option<Vec<Moment>> {
    let named = |((label, moment), runs): ((&String, &Moment), &Vec<Run<'_>>)| {
        let run = runs.get(index).filter(|_| moment.time.month.is_none())?;
        let month = month_beside(label, run)?;
        Some(Moment::from(Time {
            month: Some(month),
            ..moment.time
        }))
    };
    labels.iter().zip(times).zip(runs).map(named).collect()
}

/// The month whose name stands before or after a year.
fn month_beside(label: &str, year: &Run<'_>) -> Option<u32> {
    let is_between = |c: char| matches!(c, ' ' | '-' | '_' | '.' | '/' | ',');
    let month = |word: &str| month_of_name(&word.to_lowercase());
    let end = year.start + year.digits.len();
    let before = label[..year.start].trim_end_matches(is_between);
    let after = label[end..].trim_start_matches(is_between);
    let last = before.rsplit(|c: char| !c.is_alphabetic()).next();
    let first = after.split(|c: char| !c.is_alphabetic()).next();
    last.and_then(month).or_else(|| first.and_then(month))
}

/// First and last year in the name of a file that holds both: `ndvi_1982-2013.tif`,
/// `t2m_1981_2018.nc`.
pub(crate) fn years_in_name(name: &str) -> Option<Years> {
    let runs = digit_runs(name);
    let is_year = |run: &Run<'_>, year: &i32| run.digits.len() == 4 && YEARS.contains(year);
    let year = |run: &Run<'_>| {
        run.digits
            .parse::<i32>()
            .ok()
            .filter(|year| is_year(run, year))
    };
    let is_joined = |run: &Run<'_>| matches!(run.before, "-" | "_" | "_to_" | "-to-" | "to");
    runs.windows(2).find_map(|pair| {
        let (first, last) = (
            year(&pair[0])?,
            year(&pair[1]).filter(|_| is_joined(&pair[1]))?,
        );
        (first < last).then_some(Years { first, last })
    })
}

/// A month that is the same everywhere, as in `2001_01`, `2002_01`, is a suffix.
pub(crate) fn without_constant_month(mut moments: Vec<Moment>) -> Vec<Moment> {
    let month = |moment: &Moment| moment.time.month;
    let is_mixed = moments.iter().any(|moment| month(moment).is_none());
    let is_constant = moments.len() > 1
        && moments
            .iter()
            .all(|moment| month(moment) == month(&moments[0]));
    if is_mixed || is_constant {
        let is_one_day = moments.iter().all(|moment| moment.day == moments[0].day);
        for moment in &mut moments {
            moment.time.month = None;
            moment.day = moment.day.filter(|_| !is_one_day);
        }
    }
    moments
}

/// Digits of a label, with the text before them.
struct Run<'a> {
    digits: &'a str,
    before: &'a str,
    /// Where the digits begin in the label.
    start: usize,
}

fn digit_runs(label: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut end = 0;
    while let Some(start) = label[end..]
        .find(|c: char| c.is_ascii_digit())
        .map(|at| at + end)
    {
        let length = label[start..].find(|c: char| !c.is_ascii_digit());
        let stop = length.map_or(label.len(), |length| start + length);
        runs.push(Run {
            digits: &label[start..stop],
            before: &label[end..start],
            start,
        });
        end = stop;
    }
    runs
}

fn moment_at(runs: &[Run<'_>], index: usize) -> Option<Moment> {
    let run = runs.get(index)?;
    let moment = moment_of_digits(run.digits, run.before.ends_with('A'))?;
    let is_next = |next: &&Run<'_>| {
        next.digits.len() <= 2
            && matches!(next.before, "-" | "_" | "." | "/" | " " | "m" | "_m" | "M")
    };
    let next = |index: usize, most: u32| -> Option<u32> {
        let number = runs.get(index).filter(is_next)?.digits.parse().ok()?;
        (1..=most).contains(&number).then_some(number)
    };
    if moment.time.month.is_some() {
        return Some(moment);
    }
    let month = next(index + 1, 12);
    // `2001-07-16`; without the hyphens, the number after a month may be anything.
    let is_dated = runs
        .get(index + 1)
        .zip(runs.get(index + 2))
        .is_some_and(|(a, b)| a.before == "-" && b.before == "-");
    let day = month.filter(|_| is_dated).and_then(|_| next(index + 2, 31));
    Some(Moment {
        time: Time {
            month,
            ..moment.time
        },
        day,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(of: &[&str]) -> Option<Vec<String>> {
        let owned: Vec<String> = of.iter().map(|&label| label.to_owned()).collect();
        times_of_labels(&owned).map(|times| times.iter().map(Time::to_string).collect())
    }

    #[test]
    fn labels_carry_years_and_months() {
        assert_eq!(labels(&["2001", "2002"]).unwrap(), ["2001", "2002"]);
        assert_eq!(
            labels(&["sst_1982_01", "sst_1982_02"]).unwrap(),
            ["1982-01", "1982-02"]
        );
        assert_eq!(
            labels(&["t 200111.tif", "t 200112.tif"]).unwrap(),
            ["2001-11", "2001-12"]
        );
        assert_eq!(
            labels(&["MOD17A3.A2001001.h27.tif", "MOD17A3.A2001032.h27.tif"]).unwrap(),
            ["2001-01", "2001-02"]
        );
        assert_eq!(labels(&["20010716", "20020716"]).unwrap(), ["2001", "2002"]);
    }

    #[test]
    fn months_may_be_named_beside_the_year() {
        for of in [
            ["Jan 2001", "Feb 2001", "Jan 2002"],
            ["January 2001", "February 2001", "January 2002"],
            ["2001-Jan", "2001-Feb", "2002-Jan"],
            ["X2001.JAN", "X2001.FEB", "X2002.JAN"],
        ] {
            assert_eq!(labels(&of).unwrap(), ["2001-01", "2001-02", "2002-01"]);
        }
        assert_eq!(
            labels(&["npp_jan_2001", "npp_jan_2002"]).unwrap(),
            ["2001", "2002"],
            "one name is no month of a series"
        );
        assert_eq!(
            labels(&["march of 2001", "decline 2002"]).unwrap(),
            ["2001", "2002"]
        );
    }

    #[test]
    fn a_constant_number_is_no_time() {
        assert_eq!(
            labels(&["v2017_2001", "v2017_2002"]).unwrap(),
            ["2001", "2002"]
        );
        assert_eq!(
            labels(&["npp_2001_01", "npp_2002_01"]).unwrap(),
            ["2001", "2002"]
        );
        assert_eq!(labels(&["a1000b", "a3000b"]), None);
        assert_eq!(labels(&["Npp", "Npp"]), None);
        assert_eq!(labels(&["lai 2000", "lai 2000"]), None);
    }

    #[test]
    fn a_repeated_year_is_kept_to_be_reported() {
        assert_eq!(
            labels(&["2001", "2002", "2001"]).unwrap(),
            ["2001", "2002", "2001"]
        );
    }

    #[test]
    fn a_name_may_state_first_and_last_year() {
        let years = |first, last| Some(Years { first, last });
        assert_eq!(
            years_in_name("MOD15A2_LAI_China_G050_2001-2020.tif"),
            years(2001, 2020)
        );
        assert_eq!(years_in_name("t2m_1981_2018.nc"), years(1981, 2018));
        assert_eq!(years_in_name("h2020_v2017_2001.tif"), None, "backwards");
        assert_eq!(years_in_name("ndvi_2001.tif"), None);
    }
}
