//! What GDAL opens for the name of a file: the one raster or vector file of a zip archive, a file on a server.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::servers::{gdal_name, is_on_server};

/// Endings of files that GDAL opens; a shapefile is named by its `.shp`.
const ENDINGS: [&str; 9] = [
    "shp", "gpkg", "geojson", "json", "fgb", "kml", "gml", "tif", "tiff",
];

/// What to open for a name of a file on a server: GDAL's name of it. Other names are returned as they are.
pub(crate) fn to_open(path: &Path) -> PathBuf {
    match path.to_str().map(gdal_name) {
        Some(Cow::Owned(name)) => PathBuf::from(name),
        _ => path.to_owned(),
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|own| own.eq_ignore_ascii_case(ending))
}

/// Whether a file is a raster, a vector file or an archive of one by its ending.
pub(crate) fn is_openable(path: &Path) -> bool {
    let mut endings = ENDINGS.iter().chain(&["zip"]);
    endings.any(|ending| has_ending(path, ending))
}

/// What to open for a file: the one in it for a zip archive, else itself.
///
/// # Errors
///
/// An archive with none or several, and what to write.
pub(crate) fn in_archive(path: &Path) -> Result<PathBuf, String> {
    let name = path.to_string_lossy();
    let is_there = path.is_file() || (is_on_server(&name) && !name.starts_with("/vsizip"));
    if !has_ending(path, "zip") || !is_there {
        return Ok(path.to_owned());
    }
    // Two slashes stand before an absolute path.
    let archive = PathBuf::from(format!("/vsizip/{}", path.display()));
    let names = gdal::vsi::read_dir(&archive, true).unwrap_or_default();
    let mut found: Vec<PathBuf> = names
        .into_iter()
        .filter(|name| ENDINGS.iter().any(|ending| has_ending(name, ending)))
        // What macOS adds.
        .filter(|name| !name.starts_with("__MACOSX"))
        .map(|name| archive.join(name))
        .collect();
    found.sort();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(format!(
            "it is a zip archive without a file that ends in .{}; unpack it, and name the file",
            ENDINGS.join(", .")
        )),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            Err(format!(
                "it is a zip archive with several files; name one of them: {}",
                names.join(", ")
            ))
        }
    }
}
