//! Bands that cannot be steps: too many or too few of them, days, years of two digits.

use std::collections::{BTreeMap, HashSet};

use crate::calendar::{Steps, Time, Years};
use crate::sources::error::SourceError;
use crate::sources::request::InputRequest;
use crate::sources::times::error::TimesError;
use crate::sources::times::steps::{Band, files_of, n_bands, present};

/// Refuses gaps that are not steps of the input.
pub(crate) fn check_gaps(request: &InputRequest, steps: Steps) -> Result<(), SourceError> {
    let refused = |gap: Time, why: &'static str| {
        Err(SourceError::Times(TimesError::Gap {
            input: request.name.clone(),
            gap: gap.to_string(),
            why,
        }))
    };
    match (
        steps,
        request.missing.first(),
        request.missing.iter().find(|gap| gap.month.is_some()),
    ) {
        (Steps::Static, Some(&gap), _) => {
            refused(gap, "the input has one band that holds for all years")
        }
        (Steps::Annual, _, Some(&gap)) => refused(gap, "the input is annual; name whole years"),
        _ => Ok(()),
    }
}

/// Refuses a season or a lag of an input that has no months or years.
pub(crate) fn check_season(request: &InputRequest, steps: Steps) -> Result<(), SourceError> {
    let season = request.season;
    let refused = |key: &'static str, why: &'static str| {
        Err(SourceError::Times(TimesError::Season {
            input: request.name.clone(),
            key,
            why,
        }))
    };
    let has_months = season.n_months() < 12 || season.crosses_new_year();
    match steps {
        Steps::Static if has_months || season.lag > 0 => refused(
            if has_months { "months" } else { "lag" },
            "the input has one band that holds for all years",
        ),
        Steps::Annual if has_months => refused("months", "the input is annual, and has no months"),
        _ => Ok(()),
    }
}

/// Files of a glob are in the order of their names, which is wrong for two-digit years at the turn
/// of the century; a list is in the order that the user wrote.
pub(crate) fn check_short_years(request: &InputRequest, bands: &[Band]) -> Result<(), SourceError> {
    let is_glob = request
        .files
        .iter()
        .any(|file| file.contains(['*', '?', '[']));
    let mut names: Vec<&str> = bands
        .iter()
        .filter_map(|band| Some(band.label.rsplit_once(" band ")?.0))
        .collect();
    names.dedup();
    if !is_glob || names.len() < 3 {
        return Ok(());
    }
    match years_of_two_digits(&names) {
        Some(name) => Err(SourceError::Times(TimesError::ShortYears {
            input: request.name.clone(),
            name,
        })),
        None => Ok(()),
    }
}

/// A name with a number of two digits that runs through neighbouring years over the names.
fn years_of_two_digits(names: &[&str]) -> Option<String> {
    let numbers = |name: &str| -> Vec<u32> {
        let runs = name
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| run.len() == 2);
        runs.filter_map(|run| run.parse().ok()).collect()
    };
    let of_names: Vec<Vec<u32>> = names.iter().map(|name| numbers(name)).collect();
    let n_numbers = of_names.iter().map(Vec::len).min()?;
    let runs_on = |index: usize| {
        let mut values: Vec<u32> = of_names.iter().map(|numbers| numbers[index]).collect();
        values.sort_unstable();
        values.dedup();
        // 98, 99, 00, 01 come in the order 00, 01, 98, 99.
        values.len() > 2 && values.first() == Some(&0) && values.last() == Some(&99)
    };
    (0..n_numbers)
        .any(runs_on)
        .then(|| names.first().map(|name| (*name).to_owned()))?
}

pub(crate) fn wrong_count(request: &InputRequest, bands: &[Band], years: Years) -> SourceError {
    let requested = request.steps;
    let n_of = |steps| present(steps, years, &request.missing).len();
    let n_years = years.count();
    let span = format!("{}-{} has {n_years} years", years.first, years.last);
    let expected = match requested {
        Some(steps) => format!("{} are expected", n_of(steps)),
        None => format!(
            "1, {} (annual) or {} (monthly) are expected",
            n_of(Steps::Annual),
            n_of(Steps::Monthly)
        ),
    };
    let steps = match requested {
        Some(Steps::Annual) => ", one value each",
        Some(Steps::Monthly) => ", twelve values each",
        _ => "",
    };
    let declared = match request.missing.len() {
        0 => String::new(),
        1 => format!(", {} declared missing", request.missing[0]),
        n => format!(", {n} of them declared missing"),
    };
    let of_year = bands
        .len()
        .is_multiple_of(n_years.max(1))
        .then(|| bands.len() / n_years.max(1));
    if let Some((n, what)) = of_year.and_then(|n| Some((n, composites(n)?))) {
        return SourceError::Times(TimesError::BandCount {
            input: request.name.clone(),
            found: format!("{}, {n} a year, {what}", n_bands(bands)),
            expected,
            why: MEANS_FIRST.to_owned(),
        });
    }
    SourceError::Times(TimesError::BandCount {
        input: request.name.clone(),
        found: n_bands(bands),
        expected,
        why: format!(
            "{span}{steps}{declared}, and no time axis, band description or file name gives the \
             time of a band"
        ),
    })
}

/// Refuses daily, weekly and half-monthly values, which Doline does not aggregate.
pub(crate) fn check_fineness(input: &str, bands: &[Band], years: Years) -> Result<(), SourceError> {
    let mut days: BTreeMap<Time, HashSet<u32>> = BTreeMap::new();
    for moment in bands.iter().filter_map(|band| band.moment) {
        if let Some(day) = moment.day {
            days.entry(moment.time).or_default().insert(day);
        }
    }
    let in_study = |time: &Time| (years.first..=years.last).contains(&time.year);
    // A single date that occurs twice in a month is a mistake, and is reported as one.
    let n_fine = days
        .iter()
        .filter(|(time, days)| in_study(time) && days.len() > 1)
        .count();
    let n_months = days.keys().filter(|time| in_study(time)).count();
    let Some((time, _)) = days
        .iter()
        .find(|(time, days)| in_study(time) && days.len() > 1)
    else {
        return Ok(());
    };
    if 2 * n_fine < n_months {
        return Ok(());
    }
    let n = days
        .iter()
        .filter(|(other, _)| other.year == time.year)
        .map(|(_, days)| days.len())
        .sum();
    Err(SourceError::Times(TimesError::FinerThanMonths {
        input: input.to_owned(),
        files: files_of(bands),
        year: time.year,
        n,
    }))
}

/// What so many values a year are.
fn composites(n: usize) -> Option<&'static str> {
    Some(match n {
        23 => "as composites of 16 days are",
        24 => "as half-months are",
        36 | 37 => "as spans of ten days are",
        45 | 46 => "as composites of 8 days are",
        52 | 53 => "as weeks are",
        73 => "as spans of five days are",
        365 | 366 => "as days are",
        _ => return None,
    })
}

/// How values within a year become one that Doline reads.
const MEANS_FIRST: &str = "make means of months or of the year first, such as of the year in R: \
     terra::app(terra::rast(FILE), mean, na.rm = TRUE, filename = OUT)";

/// The error for a file that holds a time more than once.
pub(crate) fn several_bands(input: &str, bands: &[Band], of: &Band, time: Time) -> SourceError {
    let n = bands
        .iter()
        .filter(|band| band.at.file == of.at.file)
        .count();
    let file = of
        .label
        .rsplit_once(" band ")
        .map_or(of.label.as_str(), |(file, _)| file);
    let n_of_time = bands
        .iter()
        .filter(|band| band.at.file == of.at.file && band.time() == Some(time))
        .count();
    if let (None, Some(what)) = (time.month, composites(n_of_time)) {
        return SourceError::Times(TimesError::BandCount {
            input: input.to_owned(),
            found: format!("{n} bands in {file}, {n_of_time} of them of {time}, {what}"),
            expected: "1 a year, or 12 for its months, are expected".to_owned(),
            why: MEANS_FIRST.to_owned(),
        });
    }
    SourceError::Times(TimesError::BandCount {
        input: input.to_owned(),
        found: format!("{n} bands in {file}, at least two of them of {time}"),
        expected: "1 of each time is expected".to_owned(),
        why: "a file of a year holds 1 band, or 12 for its months; if it has a further dimension, \
              such as a level, extract one level first"
            .to_owned(),
    })
}

/// Refuses months if years are needed, and years if months are needed.
pub(crate) fn check_months(
    input: &str,
    steps: Steps,
    bands: &[Band],
    years: Years,
) -> Result<(), SourceError> {
    let in_study: Vec<Time> = bands
        .iter()
        .filter_map(Band::time)
        .filter(|time| (years.first..=years.last).contains(&time.year))
        .collect();
    let most = years.iter().map(|year| {
        in_study
            .iter()
            .filter(|time| time.year == year)
            .collect::<HashSet<_>>()
            .len()
    });
    let most = most.max().unwrap_or(0);
    let wrong = |found: String, expected: &str, why: &str| {
        SourceError::Times(TimesError::BandCount {
            input: input.to_owned(),
            found,
            expected: expected.to_owned(),
            why: why.to_owned(),
        })
    };
    match steps {
        Steps::Annual if most > 1 => Err(wrong(
            format!("{most} bands in one year ({})", files_of(bands)),
            "1 is expected",
            "it is an annual input; sum or average its months first",
        )),
        Steps::Monthly if !in_study.is_empty() && in_study.iter().all(|t| t.month.is_none()) => {
            Err(wrong(
                format!("1 band a year ({})", files_of(bands)),
                "12 are expected",
                "it is a monthly input; give it monthly files, such as {year}_{month}",
            ))
        }
        _ => Ok(()),
    }
}
