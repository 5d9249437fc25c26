//! Which paths are Zarr stores.

use std::path::{Path, PathBuf};

use crate::gdal_calls::vsi_exists;

/// The files of which a store has one at its root.
const AT_THE_ROOT: [&str; 4] = ["zarr.json", ".zmetadata", ".zgroup", ".zarray"];

/// What a study may write for a store, or for a variable of one: its path, or GDAL's `ZARR:"path"` and
/// `ZARR:"path":/variable`.
pub(crate) fn parts_of(path: &Path) -> (PathBuf, Option<String>) {
    let named = || path.to_str()?.strip_prefix("ZARR:");
    let Some(name) = named() else {
        return (path.to_owned(), None);
    };
    let Some(quoted) = name.strip_prefix('"') else {
        return (PathBuf::from(name), None);
    };
    let (store, variable) = quoted.split_once('"').unwrap_or((quoted, ""));
    let variable = variable.trim_start_matches([':', '/']);
    let variable = Some(variable.to_owned()).filter(|variable| !variable.is_empty());
    (PathBuf::from(store), variable)
}

/// The name by which a variable of a store is opened again.
#[cfg(feature = "zarr")]
pub(crate) fn name_of(store: &Path, variable: &str) -> String {
    format!("ZARR:\"{}\":/{variable}", store.display())
}

/// Whether a path is a Zarr store.
pub(crate) fn is_store(path: &Path) -> bool {
    let (store, _) = parts_of(path);
    let Some(name) = store.to_str().filter(|name| name.starts_with("/vsi")) else {
        return store.is_dir() && AT_THE_ROOT.iter().any(|file| store.join(file).is_file());
    };
    // A server need not be asked about `npp_2001.tif`.
    let ending = store.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let may_be = ending.is_none_or(|ending| ending == "zarr" || ending == "zip");
    let name = name.trim_end_matches('/');
    may_be
        && AT_THE_ROOT
            .iter()
            .any(|file| vsi_exists(&format!("{name}/{file}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "zarr")]
    fn a_store_may_be_named_as_gdal_names_it() {
        let parts = |name: &str| {
            let (store, variable) = parts_of(Path::new(name));
            (store.display().to_string(), variable)
        };
        let npp = Some("npp".to_owned());
        assert_eq!(parts("a/b.zarr"), ("a/b.zarr".to_owned(), None));
        assert_eq!(parts("ZARR:\"a b.zarr\""), ("a b.zarr".to_owned(), None));
        assert_eq!(
            parts("ZARR:\"C:/b.zarr\":/npp"),
            ("C:/b.zarr".to_owned(), npp)
        );
        let again = name_of(Path::new("a.zarr"), "group/npp");
        assert_eq!(
            parts(&again),
            ("a.zarr".to_owned(), Some("group/npp".to_owned()))
        );
    }
}
