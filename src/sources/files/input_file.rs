//! A file of an input.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::servers::is_on_server;
use crate::sources::files::stamp::{FileStamp, file_on_disk};
use crate::sources::files::vrt;

/// A file of an input, for reading and for the record of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// Path as found.
    pub path: PathBuf,
    /// The name by which GDAL opens it: the path, or a variable inside the file.
    pub gdal_name: String,
    /// Size in bytes; 0 if the file is inside an archive, or on a server that does not state it.
    pub bytes: u64,
    /// Last change, if the file system or the server states it.
    pub modified: Option<SystemTime>,
    /// The files that are read for it, as they were when it was opened: itself or its archive, and the
    /// parts of a mosaic.
    pub stamps: Vec<(PathBuf, FileStamp)>,
    /// The files that are joined here, side by side; none for a file by itself.
    pub tiles: Vec<InputFile>,
}

pub(crate) fn file_record(path: &Path, gdal_name: String) -> InputFile {
    let parts = vrt::parts(path).unwrap_or_default();
    let name = path.to_string_lossy();
    // A server is asked for the file itself, which is between the quotes of the name of a part of it.
    let quoted = name.split('"').nth(1);
    let own = if is_on_server(&name) {
        Some(quoted.map_or_else(|| path.to_owned(), PathBuf::from))
    } else {
        file_on_disk(&name)
    };
    let stamped = |path: PathBuf| FileStamp::of(&path).map(|stamp| (path, stamp));
    let stamps: Vec<_> = own.into_iter().chain(parts).filter_map(stamped).collect();
    let itself = stamps.first().filter(|(known, _)| known == path);
    InputFile {
        path: path.to_owned(),
        gdal_name,
        bytes: itself.map_or(0, |(_, stamp)| stamp.bytes()),
        modified: itself.and_then(|(_, stamp)| stamp.modified()),
        stamps,
        tiles: Vec::new(),
    }
}
