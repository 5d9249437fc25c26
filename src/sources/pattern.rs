//! From what is written under `files` to a list of files in the order of time.

use std::path::{Path, PathBuf};

use crate::calendar::Years;
use crate::sources::error::{MissingFile, SourceError};

/// A year, and a month where the source tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Year.
    pub year: i32,
    /// Month, 1..=12.
    pub month: Option<u32>,
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.month {
            Some(month) => write!(f, "{}-{month:02}", self.year),
            None => write!(f, "{}", self.year),
        }
    }
}

/// A file of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Its path.
    pub path: PathBuf,
    /// What `{year}` and `{month}` stood for.
    pub time: Option<Time>,
}

/// Expands everything under `files` into a list of files.
///
/// `{year}` and `{month}` (two digits) run over the study's years; `*`, `?` and `[...]` are a glob
/// whose files are sorted by name; anything else is one path. Lists keep their order.
///
/// # Errors
///
/// Every file that is missing, at once; a glob without a file; a glob with several files for one
/// year; `{month}` without `{year}` over several years.
pub fn expand(input: &str, files: &[String], years: Years) -> Result<Vec<FoundFile>, SourceError> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for pattern in files {
        if pattern.contains("{year}") || pattern.contains("{month}") {
            expand_times(input, pattern, years, &mut found, &mut missing)?;
        } else {
            expand_plain(input, pattern, &mut found, &mut missing)?;
        }
    }
    if !missing.is_empty() {
        return Err(SourceError::MissingFiles { input: input.to_owned(), missing });
    }
    if found.is_empty() {
        return Err(SourceError::NothingMatches {
            input: input.to_owned(),
            pattern: "the empty list under `files`".to_owned(),
        });
    }
    Ok(found)
}

/// Expands everything under `files` without knowing the years: `{year}` and `{month}` stand for
/// whatever files are there.
///
/// # Errors
///
/// A pattern without a file, or a file that is missing.
pub(crate) fn expand_any(input: &str, files: &[String]) -> Result<Vec<FoundFile>, SourceError> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for pattern in files {
        if pattern.contains("{year}") {
            let any = pattern.replace("{year}", "[0-9][0-9][0-9][0-9]").replace("{month}", "[0-9][0-9]");
            let of_pattern = |path: PathBuf| {
                let time = time_in(pattern, &path)?;
                Some(FoundFile { path, time: Some(time) })
            };
            let before = found.len();
            found.extend(glob_files(input, &any)?.into_iter().filter_map(of_pattern));
            if found.len() == before {
                return Err(SourceError::NothingMatches { input: input.to_owned(), pattern: pattern.clone() });
            }
        } else {
            expand_plain(input, pattern, &mut found, &mut missing)?;
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(SourceError::MissingFiles { input: input.to_owned(), missing }) }
}

/// The year and month with which `pattern` becomes `path`.
fn time_in(pattern: &str, path: &Path) -> Option<Time> {
    let text = path.to_string_lossy();
    let digits = text.as_bytes().windows(4).filter(|four| four.iter().all(u8::is_ascii_digit));
    let years = digits.filter_map(|four| std::str::from_utf8(four).ok()?.parse::<i32>().ok());
    let months: Vec<Option<u32>> = if pattern.contains("{month}") { (1..=12).map(Some).collect() } else { vec![None] };
    let mut times = years.flat_map(|year| months.iter().map(move |&month| Time { year, month }));
    times.find(|time| glob::Pattern::new(&filled(pattern, *time)).is_ok_and(|filled| filled.matches_path(path)))
}

/// A pattern with its year and month.
fn filled(pattern: &str, time: Time) -> String {
    let path = pattern.replace("{year}", &format!("{:04}", time.year));
    time.month.map_or_else(|| path.clone(), |month| path.replace("{month}", &format!("{month:02}")))
}

fn expand_times(
    input: &str,
    pattern: &str,
    years: Years,
    found: &mut Vec<FoundFile>,
    missing: &mut Vec<MissingFile>,
) -> Result<(), SourceError> {
    if !pattern.contains("{year}") && years.count() != 1 {
        return Err(SourceError::Pattern {
            input: input.to_owned(),
            pattern: pattern.to_owned(),
            reason: "`{month}` alone cannot tell the years apart; add `{year}`".to_owned(),
        });
    }
    let months: Vec<Option<u32>> = if pattern.contains("{month}") { (1..=12).map(Some).collect() } else { vec![None] };
    for year in years.iter() {
        for &month in &months {
            let path = filled(pattern, Time { year, month });
            match one_file(input, &path)? {
                Some(path) => found.push(FoundFile { path, time: Some(Time { year, month }) }),
                None => {
                    missing.push(MissingFile { year: Some(year), month, path: path.into() });
                }
            }
        }
    }
    Ok(())
}

fn expand_plain(
    input: &str,
    pattern: &str,
    found: &mut Vec<FoundFile>,
    missing: &mut Vec<MissingFile>,
) -> Result<(), SourceError> {
    // A folder may well have brackets in its name: what is there as written is meant.
    if is_there(pattern) {
        found.push(FoundFile { path: pattern.into(), time: None });
    } else if is_glob(pattern) {
        let paths = glob_files(input, pattern)?;
        if paths.is_empty() {
            return Err(SourceError::NothingMatches { input: input.to_owned(), pattern: pattern.to_owned() });
        }
        found.extend(paths.into_iter().map(|path| FoundFile { path, time: None }));
    } else {
        missing.push(MissingFile { year: None, month: None, path: pattern.into() });
    }
    Ok(())
}

/// The one file of a step; `None` where it is missing.
fn one_file(input: &str, path: &str) -> Result<Option<PathBuf>, SourceError> {
    if is_there(path) {
        return Ok(Some(path.into()));
    }
    if !is_glob(path) {
        return Ok(None);
    }
    let mut paths = glob_files(input, path)?;
    if let [first, second, ..] = paths.as_slice() {
        return Err(SourceError::SeveralMatch {
            input: input.to_owned(),
            pattern: path.to_owned(),
            n: paths.len(),
            first: name_of(first),
            second: name_of(second),
        });
    }
    Ok(paths.pop())
}

fn glob_files(input: &str, pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let matches = glob::glob(pattern).map_err(|error| SourceError::Pattern {
        input: input.to_owned(),
        pattern: pattern.to_owned(),
        reason: error.to_string(),
    })?;
    // Side files of GDAL and headers match `npp_*` too and are no rasters of their own.
    let is_side_file = |path: &Path| {
        let name = name_of(path).to_lowercase();
        [".aux.xml", ".ovr", ".hdr", ".prj", ".tfw", ".msk"].iter().any(|end| name.ends_with(end))
    };
    let mut paths: Vec<PathBuf> = matches.filter_map(Result::ok).filter(|path| !is_side_file(path)).collect();
    paths.sort();
    Ok(paths)
}

fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether GDAL is to be handed `path`; inside its virtual file systems only GDAL can tell.
fn is_there(path: &str) -> bool {
    path.starts_with("/vsi") || Path::new(path).exists()
}

/// The last part of a path, for messages and for digits.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
