//! Which band is which step of the study.

use std::collections::{HashMap, HashSet};

use crate::calendar::{Steps, Time, Years};
use crate::sources::error::SourceError;
use crate::sources::lists::shorten;
use crate::sources::request::InputRequest;
use crate::sources::times::check_steps::{
    check_fineness, check_gaps, check_months, check_season, check_short_years, several_bands,
    wrong_count,
};
use crate::sources::times::error::TimesError;
use crate::sources::times::numbered::in_order;
use crate::sources::times::steps::{Band, FileBand, files_of, n_bands, present};
use crate::sources::times::wanted::Wanted;

/// The steps of an input in order.
#[derive(Debug)]
pub(crate) struct Arranged {
    pub(crate) steps: Steps,
    /// The band that is each step; `None` if the step is declared missing, `[step]`.
    pub(crate) band_of_step: Vec<Option<FileBand>>,
    pub(crate) how: String,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
    /// Bands of steps that are declared missing.
    pub(crate) left_out: Vec<(Time, String)>,
}

/// Picks the bands of the study's years, in order.
///
/// # Errors
///
/// Steps without a band, several bands of one step, or steps that Doline does not read.
pub(crate) fn arrange(
    request: &InputRequest,
    bands: &[Band],
    source: Option<&str>,
    years: Years,
) -> Result<Arranged, SourceError> {
    let steps = request
        .steps
        .unwrap_or_else(|| guess(bands, source.is_some(), (years, &request.missing)));
    check_gaps(request, steps)?;
    check_season(request, steps)?;
    if steps == Steps::Static {
        return arrange_static(&request.name, bands);
    }
    match source {
        Some(source) => arrange_by_time(request, steps, bands, source, years),
        None => arrange_by_order(request, bands, years),
    }
}

/// Notes on steps that are declared missing and have a file or band.
pub(crate) fn stated_gaps(
    input: &str,
    left_out: impl Iterator<Item = (Time, String)>,
) -> Option<String> {
    let names: Vec<String> = left_out
        .map(|(time, name)| format!("{time} ({name})"))
        .collect();
    let (first, more) = (names.first()?, names.len() - 1);
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    Some(format!(
        "input `{input}`: {first}{more} has a file or band, but is treated as missing because \
         inputs.{input}.missing lists it"
    ))
}

/// A single band is static; several months in one year are monthly.
fn guess(bands: &[Band], has_times: bool, (years, gaps): (Years, &[Time])) -> Steps {
    if bands.len() == 1 && gaps.is_empty() {
        return Steps::Static;
    }
    if !has_times {
        let is_monthly = bands.len() == present(Steps::Monthly, years, gaps).len();
        return if is_monthly {
            Steps::Monthly
        } else {
            Steps::Annual
        };
    }
    let times: HashSet<Time> = bands.iter().filter_map(Band::time).collect();
    let n_years = times
        .iter()
        .map(|time| time.year)
        .collect::<HashSet<_>>()
        .len();
    if times.len() > n_years {
        Steps::Monthly
    } else {
        Steps::Annual
    }
}

fn arrange_static(input: &str, bands: &[Band]) -> Result<Arranged, SourceError> {
    let [only] = bands else {
        return Err(SourceError::Times(TimesError::BandCount {
            input: input.to_owned(),
            found: n_bands(bands),
            expected: "1 is expected".to_owned(),
            why: "it holds for all years; put the one band in a file of its own".to_owned(),
        }));
    };
    let how = "one band holds for all years".to_owned();
    let band_of_step = vec![Some(only.at)];
    Ok(Arranged {
        steps: Steps::Static,
        band_of_step,
        how,
        notes: Vec::new(),
        left_out: Vec::new(),
    })
}

fn arrange_by_order(
    request: &InputRequest,
    bands: &[Band],
    years: Years,
) -> Result<Arranged, SourceError> {
    let gaps = &request.missing;
    check_short_years(request, bands)?;
    let fits = |steps: &Steps| present(*steps, years, gaps).len() == bands.len();
    let steps = match request.steps {
        Some(steps) => Some(steps).filter(fits),
        None => [Steps::Annual, Steps::Monthly].into_iter().find(fits),
    };
    let Some(steps) = steps else {
        return Err(wrong_count(request, bands, years));
    };
    let present = present(steps, years, gaps);
    let ordered = in_order(bands);
    let bands_of_times = present.iter().zip(&ordered.bands);
    let by_time = bands_of_times.map(|((_, time), band)| (*time, band.at));
    let placed = place(request, steps, &by_time.collect(), years);
    let ends = present.first().zip(present.last());
    let mut how = format!(
        "no time axis, band description or file name gives the time, so the {} are taken in \
         order{}",
        n_bands(bands),
        ends.map_or_else(String::new, |((_, first), (_, last))| format!(
            ", {first} to {last}"
        )),
    );
    let notes = std::iter::once(how.clone()).chain(ordered.note);
    let notes = notes.chain(placed.note).collect();
    how.push_str(&of_season(request));
    Ok(Arranged {
        steps,
        band_of_step: placed.band_of_step,
        notes,
        how,
        left_out: Vec::new(),
    })
}

/// The band of each step, and what the user should know of steps without one.
struct Placed {
    band_of_step: Vec<Option<FileBand>>,
    note: Option<String>,
}

/// Puts the bands at the steps of the study that they stand for. What is not there was not there before the study either,
/// or is declared missing.
fn place(
    request: &InputRequest,
    steps: Steps,
    by_time: &HashMap<Time, FileBand>,
    years: Years,
) -> Placed {
    let mut band_of_step = vec![None; steps.count(years)];
    let mut lacking = Vec::new();
    for (step, time) in Wanted::of(request, years).steps(steps, &request.missing) {
        band_of_step[step] = by_time.get(&time).copied();
        if band_of_step[step].is_none() {
            lacking.push(time.to_string());
        }
    }
    let note = (!lacking.is_empty()).then(|| {
        let n = lacking.len();
        let what = match (steps, n) {
            (Steps::Monthly, 1) => "month",
            (Steps::Monthly, _) => "months",
            (_, 1) => "year",
            _ => "years",
        };
        format!(
            "{n} {what} before the study that its years need, {}, {} no data and {} missing",
            shorten(&lacking),
            if n == 1 { "has" } else { "have" },
            if n == 1 { "is" } else { "are" },
        )
    });
    Placed { band_of_step, note }
}

/// How the years of an input differ from those of the study, for the record; nothing where they do not.
fn of_season(request: &InputRequest) -> String {
    let season = request.season.to_string();
    if season.is_empty() {
        season
    } else {
        format!("; {season}")
    }
}

/// Bands in the study's years by their time, and those of times that are declared missing.
struct BandsByTime<'a> {
    bands: HashMap<Time, &'a Band>,
    left_out: Vec<(Time, String)>,
}

fn bands_by_time<'a>(
    request: &InputRequest,
    steps: Steps,
    bands: &'a [Band],
    years: Years,
    how: &str,
) -> Result<BandsByTime<'a>, SourceError> {
    let mut found = BandsByTime {
        bands: HashMap::new(),
        left_out: Vec::new(),
    };
    for band in bands {
        let Some(time) = band.time().map(|time| key(steps, time)) else {
            continue;
        };
        if !Wanted::of(request, years).has(time) {
            continue;
        }
        if request.missing.iter().any(|gap| gap.holds(time)) {
            found.left_out.push((time, band.label.clone()));
            continue;
        }
        if let Some(first) = found.bands.insert(time, band) {
            if first.at.file == band.at.file {
                return Err(several_bands(&request.name, bands, band, time));
            }
            return Err(SourceError::Times(TimesError::TimeTwice {
                input: request.name.clone(),
                time: time.to_string(),
                first: first.label.clone(),
                second: band.label.clone(),
                how_time_was_found: how.to_owned(),
            }));
        }
    }
    Ok(found)
}

fn arrange_by_time(
    request: &InputRequest,
    steps: Steps,
    bands: &[Band],
    source: &str,
    years: Years,
) -> Result<Arranged, SourceError> {
    let (input, gaps) = (request.name.as_str(), &request.missing);
    let wanted = Wanted::of(request, years);
    let years_in_files = wanted.years_in_files();
    check_fineness(input, bands, years_in_files)?;
    check_months(input, steps, bands, years_in_files)?;
    let mut how = how_sentence(bands, source);
    let found = bands_by_time(request, steps, bands, years, &how)?;
    let steps_wanted = wanted.steps(steps, gaps);
    let is_missing =
        |(_, time): &&(usize, Time)| !found.bands.contains_key(time) && wanted.must_have(*time);
    let missing: Vec<String> = steps_wanted
        .iter()
        .filter(is_missing)
        .map(|(_, time)| time.to_string())
        .collect();
    if !missing.is_empty() {
        return Err(SourceError::Times(TimesError::StepsMissing {
            input: input.to_owned(),
            files: files_of(bands),
            steps: missing,
            how_time_was_found: how,
        }));
    }
    let by_time = found.bands.iter().map(|(time, band)| (*time, band.at));
    let placed = place(request, steps, &by_time.collect(), years);
    let mut notes: Vec<String> = placed.note.into_iter().collect();
    how.push_str(&of_season(request));
    if let Some(label) = out_of_order(bands) {
        how.push_str("; its bands are not in the order of time, and were sorted");
        notes.push(format!(
            "its bands are not in the order of time (from {label} on), and were sorted"
        ));
    }
    if !gaps.is_empty() {
        let names: Vec<String> = gaps.iter().map(Time::to_string).collect();
        how = format!("{how}; declared missing: {}", names.join(", "));
    }
    Ok(Arranged {
        steps,
        band_of_step: placed.band_of_step,
        how,
        notes,
        left_out: found.left_out,
    })
}

/// The first band of a file that is of an earlier time than the one before.
fn out_of_order(bands: &[Band]) -> Option<&str> {
    let is_back =
        |pair: &&[Band]| pair[0].at.file == pair[1].at.file && pair[1].time() < pair[0].time();
    bands
        .windows(2)
        .find(is_back)
        .map(|pair| pair[1].label.as_str())
}

fn key(steps: Steps, time: Time) -> Time {
    if steps == Steps::Annual {
        Time {
            month: None,
            ..time
        }
    } else {
        time
    }
}

fn how_sentence(bands: &[Band], source: &str) -> String {
    let first = bands.iter().filter_map(Band::time).min();
    let last = bands.iter().filter_map(Band::time).max();
    match (first, last) {
        (Some(first), Some(last)) => format!("its times, {first} to {last}, are {source}"),
        _ => format!("its times are {source}"),
    }
}
