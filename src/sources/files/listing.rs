//! Which files there are: in folders, in archives that GDAL reads, on a network.

use std::path::{Path, PathBuf};

use crate::gdal_calls::{vsi_exists, waiting_words};
use crate::servers::{access, is_on_server};
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;

/// The files of a step; none if it is missing.
pub(crate) fn files_of(input: &str, path: &str) -> Result<Vec<PathBuf>, SourceError> {
    if is_there(path) {
        Ok(vec![path.into()])
    } else if is_glob(path) {
        glob_files(input, path)
    } else {
        Ok(Vec::new())
    }
}

pub(crate) fn glob_files(input: &str, pattern: &str) -> Result<Vec<PathBuf>, SourceError> {
    let refused = |reason: String| {
        SourceError::File(FileError::Pattern {
            input: input.to_owned(),
            pattern: pattern.to_owned(),
            reason,
        })
    };
    let all: Vec<PathBuf> = if pattern.starts_with("/vsi") {
        let wanted = glob::Pattern::new(pattern).map_err(|error| refused(error.to_string()))?;
        // As in a folder, `*` and `?` stay within one name.
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::default()
        };
        let is_wanted = |path: &PathBuf| wanted.matches_path_with(path, options);
        let all = files_below(pattern);
        all.into_iter().filter(is_wanted).collect()
    } else {
        let unlisted = |reason: String| {
            SourceError::File(FileError::Unlisted {
                input: input.to_owned(),
                pattern: pattern.to_owned(),
                reason,
            })
        };
        if let Some(name) = matching_name_without_utf8(pattern) {
            return Err(unlisted(format!(
                "{} has a name that is not UTF-8; rename it",
                name.display()
            )));
        }
        let found = glob::glob(pattern).map_err(|error| refused(error.to_string()))?;
        found
            .collect::<Result<_, _>>()
            .map_err(|error| unlisted(error.to_string()))?
    };
    // Side files of GDAL and headers match `npp_*` too, but are not rasters.
    let is_side_file = |path: &Path| {
        let name = name_of(path).to_lowercase();
        [".aux.xml", ".ovr", ".hdr", ".prj", ".tfw", ".msk"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let mut paths: Vec<PathBuf> = all.into_iter().filter(|path| !is_side_file(path)).collect();
    paths.sort();
    Ok(paths)
}

/// A file in the folder of a glob that matches it but has a name that is not UTF-8: glob ignores
/// those.
fn matching_name_without_utf8(pattern: &str) -> Option<std::ffi::OsString> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", pattern));
    let wanted = glob::Pattern::new(name).ok()?;
    let names = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name()));
    names
        .into_iter()
        .find(|name| name.to_str().is_none() && wanted.matches(&name.to_string_lossy()))
}

/// The folder of a glob: its text before the first wildcard, up to the last `/`.
fn folder_of_glob(pattern: &str) -> &str {
    let sign = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    pattern[..sign].rfind('/').map_or("", |end| &pattern[..end])
}

/// The files of one of GDAL's file systems, such as an archive, in the folder of a glob, and in the folders in it where the
/// glob looks there; none if there is no such folder, or a server does not list it.
fn files_below(pattern: &str) -> Vec<PathBuf> {
    let folder = folder_of_glob(pattern);
    let rest = pattern[folder.len()..].trim_start_matches('/');
    // A bucket may have millions of files.
    let is_deep = !is_on_server(pattern) || rest.contains('/') || rest.contains("**");
    let names = gdal::vsi::read_dir(folder, is_deep).unwrap_or_default();
    names
        .into_iter()
        .map(|name| Path::new(folder).join(name))
        .collect()
}

/// The error of a pattern without a file.
pub(crate) fn nothing_matches(input: &str, pattern: &str) -> SourceError {
    let (input, pattern) = (input.to_owned(), pattern.to_owned());
    SourceError::File(if is_on_server(&pattern) {
        let way_in = way_in(&pattern);
        FileError::NotListed {
            input,
            pattern,
            way_in,
        }
    } else {
        FileError::NothingMatches { input, pattern }
    })
}

/// How to be let in to the server of a file, and how long it is waited for, for messages.
pub(crate) fn way_in(name: &str) -> String {
    let waiting = waiting_words();
    match access(name) {
        Some(access) => format!("{access}; {waiting}"),
        None if name.contains("://") => format!(
            "Doline knows names on servers that begin with s3://, gs://, az://, http:// or https://; {waiting}"
        ),
        None => waiting,
    }
}

pub(crate) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether to open `path` as it is written: it exists, in a file system of the machine or of GDAL,
/// or it is on a network or names a part of a file, which only opening can check.
pub(crate) fn is_there(path: &str) -> bool {
    if is_on_server(path) || names_a_part(path) {
        // In the name of a web server a question mark begins a query.
        return !path.contains(['*', '[']) && (!path.contains('?') || path.contains("://"));
    }
    if path.starts_with("/vsi") {
        vsi_exists(path)
    } else {
        Path::new(path).exists()
    }
}

/// Whether a name is one of a driver, such as `NETCDF:"t.nc":tas`. One letter is a drive of
/// Windows.
fn names_a_part(path: &str) -> bool {
    let driver = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    path.split_once(':')
        .is_some_and(|(head, _)| head.len() > 1 && head.chars().all(driver))
}

/// The last part of a path, for messages and for digits.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
