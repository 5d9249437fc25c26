//! The store of Zarr beside the rasters of a run, as a folder among the files of the outputs.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::sinks::error::SinkError;

/// Its name under the output folder.
pub const STORE: &str = "out.zarr";
/// What a store says that it comes from begins so.
pub(super) const MADE_BY: &str = "Doline ";
/// The file that every store has: what it is, and all that is in it.
pub(super) const METADATA: &str = "zarr.json";

/// A store that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreWritten {
    /// Its name under the output folder.
    pub name: &'static str,
    /// Its arrays of values, one a raster.
    pub arrays: usize,
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Whether a store was made by a run, and so may go with its maps: it says so, and each of its rasters is that of another
/// file. What xarray writes of an opened store says so too, with rasters of its own.
pub(super) fn is_of_a_run(store: &Path) -> bool {
    let text = fs::read(store.join(METADATA)).unwrap_or_default();
    let metadata: Value = serde_json::from_slice(&text).unwrap_or_default();
    let source = metadata["attributes"]["source"].as_str();
    let arrays = metadata["consolidated_metadata"]["metadata"].as_object();
    let is_raster = |array: &&Value| {
        array["shape"]
            .as_array()
            .is_some_and(|shape| shape.len() > 1)
    };
    let rasters = arrays.iter().flat_map(|arrays| arrays.values());
    let files = rasters
        .filter(is_raster)
        .map(|raster| raster["attributes"]["file"].as_str());
    let mut known = HashSet::new();
    source.is_some_and(|source| source.starts_with(MADE_BY))
        && files
            .into_iter()
            .all(|file| file.is_some_and(|file| known.insert(file)))
}

/// Refuses what is there under the name of a store and was not made by a run: a store takes its place.
///
/// # Errors
///
/// Something else has the name.
pub fn check_store(store: &Path) -> Result<(), SinkError> {
    if !store.exists() || is_of_a_run(store) {
        return Ok(());
    }
    Err(SinkError::Folder {
        dir: store.parent().unwrap_or(store).to_owned(),
        reason: format!(
            "{} is there and was not made by Doline; move it away",
            store.display()
        ),
    })
}

/// Files and bytes of a file, or of a folder with all that is in it.
pub(super) fn size_of(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Ok((1, found.len()));
    }
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(path)? {
        let inside = size_of(&entry?.path())?;
        files += inside.0;
        bytes += inside.1;
    }
    Ok((files, bytes))
}

/// Has a file, or a folder with all that is in it, on the disk.
pub(super) fn sync_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        // A store may have a million files: the whole file system at once takes less than each of them.
        #[cfg(target_os = "linux")]
        return Ok(rustix::fs::syncfs(File::open(path)?)?);
        #[cfg(not(target_os = "linux"))]
        for entry in fs::read_dir(path)? {
            sync_all(&entry?.path())?;
        }
    }
    File::open(path)?.sync_all()
}
