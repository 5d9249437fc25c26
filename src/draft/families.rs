//! Files whose names differ in their times alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::servers::is_on_server;

/// Endings of rasters that people keep.
const RASTERS: [&str; 15] = [
    "tif", "tiff", "nc", "nc4", "cdf", "hdf", "h5", "he5", "vrt", "img", "grd", "asc", "bil",
    "flt", STORE,
];
/// The ending of Zarr stores, which are folders.
const STORE: &str = "zarr";
/// Endings of outlines.
const VECTORS: [&str; 5] = ["gpkg", "shp", "geojson", "fgb", "kml"];
/// Folders inside folders that are looked into.
const DEEPEST: usize = 6;
/// So many files are looked at; a study file of more is written by hand.
const MOST_FILES: usize = 100_000;

/// Files of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// What to write under `files`, relative to the folder.
    pub(super) pattern: String,
    /// One of them.
    pub(super) example: PathBuf,
    pub(super) n_files: usize,
    /// First and last year in their names.
    pub(super) years: Option<[i32; 2]>,
}

/// What lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) rasters: Vec<Family>,
    /// Vector files, relative to the folder.
    pub(super) vectors: Vec<String>,
}

/// The rasters and vector files of a folder and the folders in it. Results of runs are left out.
pub(super) fn find(folder: &Path) -> io::Result<Found> {
    let name = folder.to_string_lossy();
    if is_on_server(&name) {
        let text = "it is on a server, and folders of this machine alone are looked into; write the study by hand, with \
                    names such as files = \"s3://BUCKET/npp_{year}.tif\"";
        return Err(io::Error::other(text));
    }
    let mut files = Vec::new();
    walk(folder, DEEPEST, &mut files)?;
    files.sort();
    let mut found = Found::default();
    let mut families: BTreeMap<String, Vec<(PathBuf, Option<i32>)>> = BTreeMap::new();
    for path in files {
        let Some(name) = relative(folder, &path) else {
            continue;
        };
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        let ending = ending.to_lowercase();
        if VECTORS.contains(&ending.as_str()) {
            found.vectors.push(name);
        } else if RASTERS.contains(&ending.as_str()) {
            let (pattern, year) = pattern_of(&name);
            families.entry(pattern).or_default().push((path, year));
        }
    }
    let families = families.into_iter();
    found.rasters = families
        .filter_map(|(pattern, files)| family(folder, pattern, &files))
        .collect();
    Ok(found)
}

fn family(folder: &Path, pattern: String, files: &[(PathBuf, Option<i32>)]) -> Option<Family> {
    let (example, _) = files.first()?;
    let years = files.iter().filter_map(|(_, year)| *year);
    let years = years.clone().min().zip(years.max());
    // One file is named as it is: a year in its name may be anything.
    let is_one = files.len() == 1;
    Some(Family {
        pattern: if is_one {
            relative(folder, example)?
        } else {
            pattern
        },
        example: example.clone(),
        n_files: files.len(),
        years: years.filter(|_| !is_one).map(|(first, last)| [first, last]),
    })
}

fn walk(folder: &Path, deepest: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if folder.join("run.json").is_file() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
        if path.file_name().is_none_or(is_hidden) || files.len() >= MOST_FILES {
            continue;
        }
        let is_store = path.extension().is_some_and(|ending| ending == STORE);
        if path.is_dir() && !is_store {
            if deepest > 0 {
                walk(&path, deepest - 1, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// A path relative to a folder, with `/` between names.
fn relative(folder: &Path, path: &Path) -> Option<String> {
    let names = path.strip_prefix(folder).ok()?.iter();
    let names: Option<Vec<&str>> = names.map(|name| name.to_str()).collect();
    Some(names?.join("/"))
}

/// A name with its time as a placeholder, and the year.
pub(super) fn pattern_of(name: &str) -> (String, Option<i32>) {
    let start_of_name = name.rfind('/').map_or(0, |slash| slash + 1);
    let places = start_of_name..name.len();
    let Some((at, year)) = places
        .filter(|&at| name.is_char_boundary(at))
        .find_map(|at| Some((at, year_at(name, at)?)))
    else {
        return (name.to_owned(), None);
    };
    let (before, after) = (&name[..at], &name[at + 4..]);
    let n_digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match n_digits {
        // Days of the year, as MODIS has them: tiles of a year or of several days.
        3 => {
            let ending = after.rfind('.').map_or("", |dot| &after[dot..]);
            let doy = if &after[..3] == "001" { "001" } else { "{doy}" };
            format!("{doy}*{ending}")
        }
        _ => with_month(after),
    };
    (format!("{before}{{year}}{rest}"), Some(year))
}

/// The year that begins at a place of a name: four digits from 1850 to 2100, alone, or before a month or a day of the
/// year.
fn year_at(name: &str, at: usize) -> Option<i32> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    if at > 0 && is_digit(at - 1) {
        return None;
    }
    let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit());
    let n_digits = digits.count();
    let year: i32 = name.get(at..at + 4)?.parse().ok()?;
    let is_year = (1850..=2100).contains(&year);
    (is_year && matches!(n_digits, 4 | 6 | 7)).then_some(year)
}

/// What follows a year, with `{month}` in place of a month.
fn with_month(after: &str) -> String {
    let separators = after
        .bytes()
        .take_while(|b| matches!(b, b'-' | b'_' | b'.'));
    let skipped = separators.count().min(1);
    let digits = after[skipped..].bytes();
    let n_digits = digits.take_while(u8::is_ascii_digit).count();
    let month = after.get(skipped..skipped + 2);
    let is_month = month.is_some_and(|month| (1..=12).contains(&month.parse().unwrap_or(0)));
    if n_digits == 2 && is_month {
        format!("{}{{month}}{}", &after[..skipped], &after[skipped + 2..])
    } else {
        after.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names_become_placeholders() {
        for (name, pattern, year) in [
            ("npp/npp_2001.tif", "npp/npp_{year}.tif", Some(2001)),
            ("tas_2001-07.nc", "tas_{year}-{month}.nc", Some(2001)),
            ("pr_200112.tif", "pr_{year}{month}.tif", Some(2001)),
            ("2003/pr.tif", "2003/pr.tif", None),
            ("srtm_30m_dem.tif", "srtm_30m_dem.tif", None),
            ("lai_2001_2020.tif", "lai_{year}_2020.tif", Some(2001)),
            ("a_20010115.tif", "a_20010115.tif", None),
            (
                "MOD17A3HGF.A2001001.h27v06.061.2020123.hdf",
                "MOD17A3HGF.A{year}001*.hdf",
                Some(2001),
            ),
            ("é1999ü.tif", "é{year}ü.tif", Some(1999)),
        ] {
            assert_eq!(pattern_of(name), (pattern.to_owned(), year), "{name}");
        }
    }
}
