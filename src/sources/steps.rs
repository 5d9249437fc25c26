//! Which band is which step of the study.

use std::collections::{HashMap, HashSet};

use crate::calendar::{Steps, Years};
use crate::sources::error::SourceError;
use crate::sources::pattern::Time;

/// A band of an input and what it is of.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    /// Place in the list of files.
    pub(crate) file: usize,
    /// Band of the file, counted from 1.
    pub(crate) number: usize,
    /// File and band, for messages.
    pub(crate) label: String,
    /// Its time, where anything tells.
    pub(crate) time: Option<Time>,
}

/// The steps of an input in order.
#[derive(Debug)]
pub(crate) struct Arranged {
    pub(crate) steps: Steps,
    /// File and band of each step, `[step]`.
    pub(crate) places: Vec<(usize, usize)>,
    pub(crate) how: String,
    /// Nothing told the times.
    pub(crate) is_by_order: bool,
}

/// Picks the bands of the study's years, in order.
pub(crate) fn arrange(
    input: &str,
    requested: Option<Steps>,
    bands: &[Band],
    source: Option<&str>,
    years: Years,
) -> Result<Arranged, SourceError> {
    let steps = requested.unwrap_or_else(|| guess(bands, source.is_some(), years));
    if steps == Steps::Static {
        return arrange_static(input, bands);
    }
    match source {
        Some(source) => arrange_by_time(input, steps, bands, source, years),
        None => arrange_by_order(input, requested, bands, years),
    }
}

/// A single band is static; several months in one year are monthly.
fn guess(bands: &[Band], has_times: bool, years: Years) -> Steps {
    if bands.len() == 1 {
        return Steps::Static;
    }
    if !has_times {
        let is_monthly = bands.len() == Steps::Monthly.count(years);
        return if is_monthly { Steps::Monthly } else { Steps::Annual };
    }
    let times: HashSet<Time> = bands.iter().filter_map(|band| band.time).collect();
    let n_years = times.iter().map(|time| time.year).collect::<HashSet<_>>().len();
    if times.len() > n_years { Steps::Monthly } else { Steps::Annual }
}

fn arrange_static(input: &str, bands: &[Band]) -> Result<Arranged, SourceError> {
    let [only] = bands else {
        return Err(SourceError::BandCount {
            input: input.to_owned(),
            found: n_bands(bands),
            expected: "1 is expected".to_owned(),
            why: "it holds for all years; name the one band in a file of its own".to_owned(),
        });
    };
    let how = "one band holds for all years".to_owned();
    let places = vec![(only.file, only.number)];
    Ok(Arranged { steps: Steps::Static, places, how, is_by_order: false })
}

fn arrange_by_order(
    input: &str,
    requested: Option<Steps>,
    bands: &[Band],
    years: Years,
) -> Result<Arranged, SourceError> {
    let (annual, monthly) = (Steps::Annual.count(years), Steps::Monthly.count(years));
    let steps = match requested {
        Some(steps) if bands.len() == steps.count(years) => steps,
        None if bands.len() == annual => Steps::Annual,
        None if bands.len() == monthly => Steps::Monthly,
        _ => return Err(wrong_count(input, requested, bands, years)),
    };
    let how = format!(
        "no time axis, band or file name tells the time, so the {} are taken in order, {} to {}",
        n_bands(bands),
        name_of_step(steps, years, 0),
        name_of_step(steps, years, bands.len() - 1),
    );
    let places = bands.iter().map(|band| (band.file, band.number)).collect();
    Ok(Arranged { steps, places, how, is_by_order: true })
}

fn wrong_count(input: &str, requested: Option<Steps>, bands: &[Band], years: Years) -> SourceError {
    let n_years = years.count();
    let span = format!("{}-{} has {n_years} years", years.first, years.last);
    let expected = match requested {
        Some(steps) => format!("{} are expected", steps.count(years)),
        None => format!("1, {n_years} (annual) or {} (monthly) are expected", 12 * n_years),
    };
    let steps = match requested {
        Some(Steps::Annual) => ", one value each",
        Some(Steps::Monthly) => ", twelve values each",
        _ => "",
    };
    SourceError::BandCount {
        input: input.to_owned(),
        found: n_bands(bands),
        expected,
        why: format!(
            "{span}{steps}, and no time axis, band description or file name tells which band is \
             which"
        ),
    }
}

fn arrange_by_time(
    input: &str,
    steps: Steps,
    bands: &[Band],
    source: &str,
    years: Years,
) -> Result<Arranged, SourceError> {
    check_months(input, steps, bands, years)?;
    let how = how_sentence(bands, source);
    let mut by_time: HashMap<Time, &Band> = HashMap::new();
    for band in bands {
        let Some(time) = band.time.map(|time| key(steps, time)) else { continue };
        if !(years.first..=years.last).contains(&time.year) {
            continue;
        }
        if let Some(first) = by_time.insert(time, band) {
            if first.file == band.file {
                return Err(several_bands(input, bands, band, time));
            }
            return Err(SourceError::TimeTwice {
                input: input.to_owned(),
                time: time.to_string(),
                first: first.label.clone(),
                second: band.label.clone(),
                how_time_was_found: how,
            });
        }
    }
    let wanted = times(steps, years);
    let missing: Vec<String> = wanted.iter().filter(|time| !by_time.contains_key(time)).map(Time::to_string).collect();
    if !missing.is_empty() {
        return Err(SourceError::StepsMissing { input: input.to_owned(), steps: missing, how_time_was_found: how });
    }
    let places = wanted.iter().filter_map(|time| by_time.get(time)).map(|band| (band.file, band.number)).collect();
    Ok(Arranged { steps, places, how, is_by_order: false })
}

/// One file holds a time more than once.
fn several_bands(input: &str, bands: &[Band], of: &Band, time: Time) -> SourceError {
    let n = bands.iter().filter(|band| band.file == of.file).count();
    let file = of.label.rsplit_once(" band ").map_or(of.label.as_str(), |(file, _)| file);
    SourceError::BandCount {
        input: input.to_owned(),
        found: format!("{n} bands in {file}, at least two of them of {time},"),
        expected: "1 of each time is expected".to_owned(),
        why: "a file of a year holds 1 band, or 12 for its months; if it has a further dimension, \
              such as a level, take one of it out first"
            .to_owned(),
    }
}

/// Months where years are needed, or the other way round.
fn check_months(input: &str, steps: Steps, bands: &[Band], years: Years) -> Result<(), SourceError> {
    let in_study: Vec<Time> = bands
        .iter()
        .filter_map(|band| band.time)
        .filter(|time| (years.first..=years.last).contains(&time.year))
        .collect();
    let most = years.iter().map(|year| in_study.iter().filter(|time| time.year == year).collect::<HashSet<_>>().len());
    let most = most.max().unwrap_or(0);
    let wrong = |found: String, expected: &str, why: &str| SourceError::BandCount {
        input: input.to_owned(),
        found,
        expected: expected.to_owned(),
        why: why.to_owned(),
    };
    match steps {
        Steps::Annual if most > 1 => Err(wrong(
            format!("{most} bands in one year"),
            "1 is expected",
            "it is an annual input; sum or average its months first",
        )),
        Steps::Monthly if !in_study.is_empty() && in_study.iter().all(|t| t.month.is_none()) => Err(wrong(
            "1 band a year".to_owned(),
            "12 are expected",
            "it is a monthly input; give it monthly files, such as {year}_{month}",
        )),
        _ => Ok(()),
    }
}

fn key(steps: Steps, time: Time) -> Time {
    if steps == Steps::Annual { Time { month: None, ..time } } else { time }
}

/// Every step of `years` in order.
pub(crate) fn times(steps: Steps, years: Years) -> Vec<Time> {
    let months = |year| (1..=12).map(move |month| Time { year, month: Some(month) });
    match steps {
        Steps::Monthly => years.iter().flat_map(months).collect(),
        _ => years.iter().map(|year| Time { year, month: None }).collect(),
    }
}

fn name_of_step(steps: Steps, years: Years, step: usize) -> String {
    times(steps, years).get(step).map_or_else(String::new, Time::to_string)
}

fn how_sentence(bands: &[Band], source: &str) -> String {
    let first = bands.iter().filter_map(|band| band.time).min();
    let last = bands.iter().filter_map(|band| band.time).max();
    match (first, last) {
        (Some(first), Some(last)) => format!("its times, {first} to {last}, are {source}"),
        _ => format!("its times are {source}"),
    }
}

fn n_bands(bands: &[Band]) -> String {
    let files = bands.iter().map(|band| band.file).collect::<HashSet<_>>().len();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    if files == 1 {
        plural(bands.len(), "band")
    } else {
        format!("{} in {}", plural(bands.len(), "band"), plural(files, "file"))
    }
}
