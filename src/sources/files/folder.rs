//! A folder where a file is meant.

use std::path::Path;

use crate::sources::files::archive::is_openable;

/// Names that a message has room for.
const MOST_NAMES: usize = 8;

/// Why a folder that GDAL cannot open is no file, and which files in it may be meant; `None` for what is no folder.
pub(crate) fn files_to_name(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let paths = entries.map(|entry| entry.path());
    let paths = paths.filter(|path| path.is_file() && is_openable(path));
    let mut names: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    names.sort();
    let n = names.len();
    let more = if n > MOST_NAMES {
        format!(" and {} more", n - MOST_NAMES)
    } else {
        String::new()
    };
    names.truncate(MOST_NAMES);
    Some(match n {
        0 => "it is a folder, and no file in it is a raster or a vector file by its ending; name a file".to_owned(),
        _ => format!("it is a folder; name a file in it: {}{more}", names.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_can_be_meant_are_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = |name: &str| dir.path().join(name);
        assert_eq!(files_to_name(&path("a.shp")), None);
        let of_none = files_to_name(dir.path()).expect("a folder");
        assert!(of_none.contains("no file in it"), "{of_none}");
        for name in [
            "b.shp",
            "b.dbf",
            "b.shx",
            "a.GeoJSON",
            "zones.zip",
            "notes.txt",
        ] {
            std::fs::write(path(name), "").expect("written");
        }
        std::fs::create_dir(path("c.shp")).expect("made");
        let text = files_to_name(dir.path()).expect("a folder");
        let expected =
            ["a.GeoJSON", "b.shp", "zones.zip"].map(|name| path(name).display().to_string());
        assert_eq!(
            text,
            format!("it is a folder; name a file in it: {}", expected.join(", "))
        );
        for n in 0..10 {
            std::fs::write(path(&format!("d{n}.tif")), "").expect("written");
        }
        let text = files_to_name(dir.path()).expect("a folder");
        assert!(text.ends_with("d5.tif and 5 more"), "{text}");
    }
}
