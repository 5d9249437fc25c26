//! Expands what the study writes under `files` to a list of files in the order of time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::calendar::{Time, Years};
use crate::servers::gdal_name;
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::error::MissingFile;
use crate::sources::files::listing::{files_of, glob_files, is_glob, is_there, nothing_matches};
use crate::sources::times::moment::{Moment, moment_of_day};
use crate::sources::times::wanted::Wanted;

/// A file of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Its path.
    pub path: PathBuf,
    /// What `{year}`, `{month}` and `{doy}` matched.
    pub time: Option<Time>,
    /// The day of the month that `{doy}` matched.
    pub day: Option<u32>,
    /// The pattern with its time filled in, if several files match it.
    pub several_match: Option<String>,
}

impl FoundFile {
    fn plain(path: PathBuf) -> Self {
        Self {
            path,
            time: None,
            day: None,
            several_match: None,
        }
    }
}

/// What a pattern finds in the study's years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// The files in order.
    pub(crate) files: Vec<FoundFile>,
    /// Times that are declared missing although there is a file.
    pub(crate) left_out: Vec<(Time, PathBuf)>,
}

/// Expands everything under `files` into a list of files.
///
/// `{year}`, `{month}` (`01`, or `1` where no file has two digits) and `{doy}` (day of the year, three digits) run over the
/// study's years; `*`, `?` and `[...]` are a glob whose files are sorted by name; anything else is
/// one path. Lists keep their order.
///
/// # Errors
///
/// Every file that is missing, at once; a glob without a file; `{month}` or `{doy}` without
/// `{year}` over several years.
pub fn expand(input: &str, files: &[String], years: Years) -> Result<Vec<FoundFile>, SourceError> {
    expand_but(input, files, &Wanted::plain(years), &[]).map(|expanded| expanded.files)
}

/// As [`expand`], without the files of times that are declared missing.
pub(crate) fn expand_but(
    input: &str,
    files: &[String],
    wanted: &Wanted,
    gaps: &[Time],
) -> Result<Expanded, SourceError> {
    let mut expanded = Expanded::default();
    let mut missing = Vec::new();
    for pattern in files {
        let pattern = &*gdal_name(pattern);
        // A file may have braces in its name.
        if has_time(pattern) && !Path::new(pattern).is_file() {
            expand_times(input, pattern, (wanted, gaps), &mut expanded, &mut missing)?;
        } else {
            expand_plain(input, pattern, &mut expanded.files, &mut missing)?;
        }
    }
    if !missing.is_empty() {
        return Err(SourceError::File(FileError::MissingFiles {
            input: input.to_owned(),
            missing,
        }));
    }
    if expanded.files.is_empty() {
        return Err(SourceError::File(FileError::NothingMatches {
            input: input.to_owned(),
            pattern: "the empty list under `files`".to_owned(),
        }));
    }
    Ok(expanded)
}

/// Expands everything under `files` without knowing the years: `{year}`, `{month}` and `{doy}`
/// match any files that exist.
///
/// # Errors
///
/// A pattern without a file, or a file that is missing.
pub(crate) fn expand_any(input: &str, files: &[String]) -> Result<Vec<FoundFile>, SourceError> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for pattern in files {
        let pattern = &*gdal_name(pattern);
        if pattern.contains("{year}") && !Path::new(pattern).is_file() {
            let any = pattern.replace("{year}", "[0-9][0-9][0-9][0-9]");
            let of_pattern = |path: PathBuf| {
                let moment = moment_in(pattern, &path, None)?;
                Some(FoundFile {
                    time: Some(moment.time),
                    day: moment.day,
                    ..FoundFile::plain(path)
                })
            };
            let any = with_any_day(&any);
            let mut paths = glob_files(input, &any.replace("{month}", "[0-9][0-9]"))?;
            if any.contains("{month}") {
                paths.extend(glob_files(input, &any.replace("{month}", "[0-9]"))?);
                paths.sort();
                paths.dedup();
            }
            let mut of_this: Vec<FoundFile> = paths.into_iter().filter_map(of_pattern).collect();
            if of_this.is_empty() {
                return Err(nothing_matches(input, pattern));
            }
            if pattern.contains("{doy}") {
                one_a_year(&mut of_this);
            }
            found.extend(of_this);
        } else {
            expand_plain(input, pattern, &mut found, &mut missing)?;
        }
    }
    if missing.is_empty() {
        Ok(found)
    } else {
        Err(SourceError::File(FileError::MissingFiles {
            input: input.to_owned(),
            missing,
        }))
    }
}

/// Whether a pattern has a placeholder of time.
fn has_time(pattern: &str) -> bool {
    ["{year}", "{month}", "{doy}"]
        .iter()
        .any(|word| pattern.contains(word))
}

/// A pattern that matches any day of the year.
fn with_any_day(pattern: &str) -> String {
    pattern.replace("{doy}", "[0-3][0-9][0-9]")
}

/// The time with which `pattern` becomes `path`.
///
/// # Arguments
///
/// * `year` - the year, if the pattern already has it filled in.
fn moment_in(pattern: &str, path: &Path, year: Option<i32>) -> Option<Moment> {
    let text = path.to_string_lossy();
    let numbers = |length: usize| {
        let digits = text
            .as_bytes()
            .windows(length)
            .filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let mut numbers: Vec<u32> = digits
            .filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    let four_digits = || {
        numbers(4)
            .into_iter()
            .filter_map(|year| i32::try_from(year).ok())
            .collect()
    };
    let years: Vec<i32> = year.map_or_else(four_digits, |year| vec![year]);
    let months: Vec<Option<u32>> = if pattern.contains("{month}") {
        (1..=12).map(Some).collect()
    } else {
        vec![None]
    };
    let days: Vec<Option<u32>> = if pattern.contains("{doy}") {
        numbers(3).into_iter().map(Some).collect()
    } else {
        vec![None]
    };
    let matches =
        |filled: &str| glob::Pattern::new(filled).is_ok_and(|filled| filled.matches_path(path));
    for &year in &years {
        for &month in &months {
            let time = Time { year, month };
            let filled = filled(pattern, time);
            for day in &days {
                match day {
                    None if matches(&filled) => return Some(time.into()),
                    Some(day) if matches(&filled.replace("{doy}", &format!("{day:03}"))) => {
                        return moment_of_day(year, *day);
                    }
                    _ => {}
                }
            }
        }
    }
    let mut times = years.iter().flat_map(|&year| {
        (1..=9).map(move |month| Time {
            year,
            month: Some(month),
        })
    });
    let is_of = |time: &Time| {
        let short = short_month(pattern, *time);
        short.is_some_and(|short| short.matches(path))
    };
    times.find(is_of).map(Moment::from)
}

/// A pattern of a month of one digit, for files such as `tmp_2001_1.tif`.
struct ShortMonth {
    path: String,
    /// The same with another digit before or after the month: it is no month of one digit there.
    longer: [String; 2],
}

impl ShortMonth {
    fn matches(&self, path: &Path) -> bool {
        let is = |text: &str| glob::Pattern::new(text).is_ok_and(|text| text.matches_path(path));
        is(&self.path) && !self.longer.iter().any(|longer| is(longer))
    }
}

/// A pattern with its year and a month of one digit; `None` if it has no month, or one of two digits.
fn short_month(pattern: &str, time: Time) -> Option<ShortMonth> {
    let month = time.month.filter(|month| *month < 10)?;
    if !pattern.contains("{month}") {
        return None;
    }
    let path = pattern.replace("{year}", &format!("{:04}", time.year));
    let with = |text: String| path.replace("{month}", &text);
    Some(ShortMonth {
        longer: [with(format!("[0-9]{month}")), with(format!("{month}[0-9]"))],
        path: with(month.to_string()),
    })
}

/// The files of a step of a pattern.
fn files_of_step(input: &str, pattern: &str, time: Time) -> Result<Vec<PathBuf>, SourceError> {
    let paths = files_of(input, &with_any_day(&filled(pattern, time)))?;
    match short_month(pattern, time) {
        Some(short) if paths.is_empty() => {
            let paths = files_of(input, &short.path)?;
            let is_of = |path: &PathBuf| !is_glob(&short.path) || short.matches(path);
            Ok(paths.into_iter().filter(is_of).collect())
        }
        _ => Ok(paths),
    }
}

/// One day in each year is not a month, as of annual products that are dated 1 January.
fn one_a_year(found: &mut [FoundFile]) {
    let mut days = BTreeMap::<i32, BTreeSet<(Option<u32>, Option<u32>)>>::new();
    for file in found.iter() {
        if let Some(time) = file.time {
            days.entry(time.year)
                .or_default()
                .insert((time.month, file.day));
        }
    }
    if days.values().all(|days| days.len() == 1) {
        for file in found {
            file.time = file.time.map(|time| Time {
                month: None,
                ..time
            });
            file.day = None;
        }
    }
}

/// A pattern with its year and month.
fn filled(pattern: &str, time: Time) -> String {
    let path = pattern.replace("{year}", &format!("{:04}", time.year));
    time.month.map_or_else(
        || path.clone(),
        |month| path.replace("{month}", &format!("{month:02}")),
    )
}

/// Expands a pattern with `{year}`, `{month}` or `{doy}` over the study's years.
fn expand_times(
    input: &str,
    pattern: &str,
    (wanted, gaps): (&Wanted, &[Time]),
    expanded: &mut Expanded,
    missing: &mut Vec<MissingFile>,
) -> Result<(), SourceError> {
    let refused = |reason: &str| {
        Err(SourceError::File(FileError::Pattern {
            input: input.to_owned(),
            pattern: pattern.to_owned(),
            reason: reason.to_owned(),
        }))
    };
    let years = wanted.years_in_files();
    let (has_month, has_day) = (pattern.contains("{month}"), pattern.contains("{doy}"));
    if !pattern.contains("{year}") && years.count() != 1 {
        return refused("`{month}` or `{doy}` alone does not name the year; add `{year}`");
    }
    if has_month && has_day {
        return refused("`{month}` and `{doy}` both give the month; write `*` for one of them");
    }
    let months: Vec<Option<u32>> = if has_month {
        (1..=12).map(Some).collect()
    } else {
        vec![None]
    };
    let first = expanded.files.len();
    for year in years.iter() {
        for &month in &months {
            let time = Time { year, month };
            if !wanted.has(time) {
                continue;
            }
            let filled = filled(pattern, time);
            let paths = files_of_step(input, pattern, time)?;
            if gaps.iter().any(|gap| gap.holds(time)) {
                let left_out = paths.into_iter().map(|path| (time, path));
                expanded.left_out.extend(left_out);
            } else if paths.is_empty() && wanted.must_have(time) {
                missing.push(MissingFile {
                    year: Some(year),
                    month,
                    path: filled.into(),
                });
            } else {
                expanded.files.extend(dated(&filled, time, paths));
            }
        }
    }
    if has_day {
        one_a_year(&mut expanded.files[first..]);
    }
    Ok(())
}

/// Files that match a pattern whose year and month are `time`; their days come from their names.
fn dated(filled: &str, time: Time, paths: Vec<PathBuf>) -> Vec<FoundFile> {
    if filled.contains("{doy}") {
        let of_day = |path: PathBuf| {
            let moment = moment_in(filled, &path, Some(time.year))?;
            Some(FoundFile {
                time: Some(moment.time),
                day: moment.day,
                ..FoundFile::plain(path)
            })
        };
        return paths.into_iter().filter_map(of_day).collect();
    }
    let several_match = (paths.len() > 1).then(|| filled.to_owned());
    let of_time = |path: PathBuf| FoundFile {
        time: Some(time),
        several_match: several_match.clone(),
        ..FoundFile::plain(path)
    };
    paths.into_iter().map(of_time).collect()
}

fn expand_plain(
    input: &str,
    pattern: &str,
    found: &mut Vec<FoundFile>,
    missing: &mut Vec<MissingFile>,
) -> Result<(), SourceError> {
    // A folder may have brackets in its name: a path that exists as written is not a glob.
    if is_there(pattern) {
        found.push(FoundFile::plain(pattern.into()));
    } else if is_glob(pattern) {
        let paths = glob_files(input, pattern)?;
        if paths.is_empty() {
            return Err(nothing_matches(input, pattern));
        }
        found.extend(paths.into_iter().map(FoundFile::plain));
    } else {
        missing.push(MissingFile {
            year: None,
            month: None,
            path: pattern.into(),
        });
    }
    Ok(())
}
