//! Which band is which step of the study.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::calendar::{Steps, Time, Years};
use crate::sources::InputRequest;
use crate::sources::error::SourceError;
use crate::sources::time_axis::Moment;

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
    pub(crate) moment: Option<Moment>,
}

impl Band {
    fn time(&self) -> Option<Time> {
        self.moment.map(|moment| moment.time)
    }
}

/// The steps of an input in order.
#[derive(Debug)]
pub(crate) struct Arranged {
    pub(crate) steps: Steps,
    /// File and band of each step, `None` where it is declared missing, `[step]`.
    pub(crate) places: Vec<Option<(usize, usize)>>,
    pub(crate) how: String,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
    /// Bands of steps that are declared missing.
    pub(crate) left_out: Vec<(Time, String)>,
}

/// Picks the bands of the study's years, in order.
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
    if steps == Steps::Static {
        return arrange_static(&request.name, bands);
    }
    match source {
        Some(source) => arrange_by_time(request, steps, bands, source, years),
        None => arrange_by_order(request, bands, years),
    }
}

/// What is declared missing must be steps of the input.
fn check_gaps(request: &InputRequest, steps: Steps) -> Result<(), SourceError> {
    let refused = |gap: Time, why: &'static str| {
        Err(SourceError::Gap {
            input: request.name.clone(),
            gap: gap.to_string(),
            why,
        })
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
        "input `{input}`: {first}{more} has a file or band, and is missing all the same, as inputs.{input}.missing says"
    ))
}

/// The steps of `years` that are not declared missing, each with its place.
fn present(steps: Steps, years: Years, gaps: &[Time]) -> Vec<(usize, Time)> {
    let is_there = |time: &Time| !gaps.iter().any(|gap| gap.holds(*time));
    times(steps, years)
        .into_iter()
        .enumerate()
        .filter(|(_, time)| is_there(time))
        .collect()
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
        return Err(SourceError::BandCount {
            input: input.to_owned(),
            found: n_bands(bands),
            expected: "1 is expected".to_owned(),
            why: "it holds for all years; name the one band in a file of its own".to_owned(),
        });
    };
    let how = "one band holds for all years".to_owned();
    let places = vec![Some((only.file, only.number))];
    Ok(Arranged {
        steps: Steps::Static,
        places,
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
    let mut places = vec![None; steps.count(years)];
    for ((step, _), band) in present.iter().zip(bands) {
        places[*step] = Some((band.file, band.number));
    }
    let ends = present.first().zip(present.last());
    let how = format!(
        "no time axis, band or file name tells the time, so the {} are taken in order{}",
        n_bands(bands),
        ends.map_or_else(String::new, |((_, first), (_, last))| format!(
            ", {first} to {last}"
        )),
    );
    Ok(Arranged {
        steps,
        places,
        notes: vec![how.clone()],
        how,
        left_out: Vec::new(),
    })
}

/// Files of a glob are in the order of their names, in which years of two digits run wrong at the turn of the
/// century; a list is in the order that the user wrote.
fn check_short_years(request: &InputRequest, bands: &[Band]) -> Result<(), SourceError> {
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
        Some(name) => Err(SourceError::ShortYears {
            input: request.name.clone(),
            name,
        }),
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
    let n_places = of_names.iter().map(Vec::len).min()?;
    let runs_on = |place: usize| {
        let mut values: Vec<u32> = of_names.iter().map(|numbers| numbers[place]).collect();
        values.sort_unstable();
        values.dedup();
        // 98, 99, 00, 01 come in the order 00, 01, 98, 99.
        values.len() > 2 && values.first() == Some(&0) && values.last() == Some(&99)
    };
    (0..n_places)
        .any(runs_on)
        .then(|| names.first().map(|name| (*name).to_owned()))?
}

fn wrong_count(request: &InputRequest, bands: &[Band], years: Years) -> SourceError {
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
    SourceError::BandCount {
        input: request.name.clone(),
        found: n_bands(bands),
        expected,
        why: format!(
            "{span}{steps}{declared}, and no time axis, band description or file name tells which band is \
             which"
        ),
    }
}

fn arrange_by_time(
    request: &InputRequest,
    steps: Steps,
    bands: &[Band],
    source: &str,
    years: Years,
) -> Result<Arranged, SourceError> {
    let (input, gaps) = (request.name.as_str(), &request.missing);
    check_fineness(input, bands, years)?;
    check_months(input, steps, bands, years)?;
    let mut how = how_sentence(bands, source);
    let mut by_time: HashMap<Time, &Band> = HashMap::new();
    let mut left_out = Vec::new();
    for band in bands {
        let Some(time) = band.time().map(|time| key(steps, time)) else {
            continue;
        };
        if !(years.first..=years.last).contains(&time.year) {
            continue;
        }
        if gaps.iter().any(|gap| gap.holds(time)) {
            left_out.push((time, band.label.clone()));
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
    let wanted = present(steps, years, gaps);
    let is_lacking = |(_, time): &&(usize, Time)| !by_time.contains_key(time);
    let missing: Vec<String> = wanted
        .iter()
        .filter(is_lacking)
        .map(|(_, time)| time.to_string())
        .collect();
    if !missing.is_empty() {
        return Err(SourceError::StepsMissing {
            input: input.to_owned(),
            steps: missing,
            how_time_was_found: how,
        });
    }
    let mut places = vec![None; steps.count(years)];
    for (step, time) in wanted {
        places[step] = by_time.get(&time).map(|band| (band.file, band.number));
    }
    let mut notes = Vec::new();
    if let Some(label) = out_of_order(bands) {
        how.push_str("; its bands are not in the order of time, and were put in order");
        notes.push(format!(
            "its bands are not in the order of time (from {label} on), and were put in order"
        ));
    }
    if !gaps.is_empty() {
        let names: Vec<String> = gaps.iter().map(Time::to_string).collect();
        how = format!("{how}; declared missing: {}", names.join(", "));
    }
    Ok(Arranged {
        steps,
        places,
        how,
        notes,
        left_out,
    })
}

/// The first band of a file that is of an earlier time than the one before.
fn out_of_order(bands: &[Band]) -> Option<&str> {
    let is_back = |pair: &&[Band]| pair[0].file == pair[1].file && pair[1].time() < pair[0].time();
    bands
        .windows(2)
        .find(is_back)
        .map(|pair| pair[1].label.as_str())
}

/// Days, weeks or half months, of which Doline does not make years.
fn check_fineness(input: &str, bands: &[Band], years: Years) -> Result<(), SourceError> {
    let mut days: BTreeMap<Time, HashSet<u32>> = BTreeMap::new();
    for moment in bands.iter().filter_map(|band| band.moment) {
        if let Some(day) = moment.day {
            days.entry(moment.time).or_default().insert(day);
        }
    }
    let in_study = |time: &Time| (years.first..=years.last).contains(&time.year);
    // One stray date twice in a month is a slip, which is reported as that.
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
    Err(SourceError::FinerThanMonths {
        input: input.to_owned(),
        year: time.year,
        n,
    })
}

/// One file holds a time more than once.
fn several_bands(input: &str, bands: &[Band], of: &Band, time: Time) -> SourceError {
    let n = bands.iter().filter(|band| band.file == of.file).count();
    let file = of
        .label
        .rsplit_once(" band ")
        .map_or(of.label.as_str(), |(file, _)| file);
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
fn check_months(
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
        Steps::Monthly if !in_study.is_empty() && in_study.iter().all(|t| t.month.is_none()) => {
            Err(wrong(
                "1 band a year".to_owned(),
                "12 are expected",
                "it is a monthly input; give it monthly files, such as {year}_{month}",
            ))
        }
        _ => Ok(()),
    }
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

/// Every step of `years` in order.
pub(crate) fn times(steps: Steps, years: Years) -> Vec<Time> {
    let months = |year| {
        (1..=12).map(move |month| Time {
            year,
            month: Some(month),
        })
    };
    match steps {
        Steps::Monthly => years.iter().flat_map(months).collect(),
        _ => years
            .iter()
            .map(|year| Time { year, month: None })
            .collect(),
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

fn n_bands(bands: &[Band]) -> String {
    let files = bands
        .iter()
        .map(|band| band.file)
        .collect::<HashSet<_>>()
        .len();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    if files == 1 {
        plural(bands.len(), "band")
    } else {
        format!(
            "{} in {}",
            plural(bands.len(), "band"),
            plural(files, "file")
        )
    }
}
