//! A file of an input.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file of an input, for reading and for the record of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// Path as found.
    pub path: PathBuf,
    /// The name by which GDAL opens it: the path, or a variable inside the file.
    pub gdal_name: String,
    /// Size in bytes; 0 if the file is inside an archive.
    pub bytes: u64,
    /// Last change, if the file system records it.
    pub modified: Option<SystemTime>,
    /// The files that are joined here, side by side; none for a file by itself.
    pub tiles: Vec<InputFile>,
}

pub(crate) fn file_record(path: &Path, gdal_name: String) -> InputFile {
    let metadata = std::fs::metadata(path).ok();
    InputFile {
        path: path.to_owned(),
        gdal_name,
        bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
        tiles: Vec::new(),
    }
}
