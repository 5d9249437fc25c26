//! The open files of one reader, lent to one of its threads at a time: as many as the process may hold open, the least
//! recently used closed first.
//!
//! A mosaic (VRT) keeps the files inside it to itself, so that two handles of one, or of mosaics with a file in common,
//! may be used by two threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::open_files::ReaderShare;
use crate::sources::error::SourceError;
use crate::sources::files::input_file::InputFile;
use crate::sources::files::open_raster::OpenRaster;

/// Number of an input, and of a file in it.
type Key = (usize, usize);

/// Open files by the number of their input and their number in it.
#[derive(Debug, Default)]
pub(crate) struct DatasetPool {
    files: Mutex<Files>,
    share: ReaderShare,
}

#[derive(Debug, Default)]
struct Files {
    /// Those that no thread uses, the one used last at the end.
    idle: Vec<Open>,
    n_lent: usize,
}

#[derive(Debug)]
struct Open {
    key: Key,
    raster: OpenRaster,
}

impl DatasetPool {
    /// What `work` makes of file number `key.1` of input number `key.0`, which this thread alone uses meanwhile. The file
    /// is opened unless it is open.
    pub(crate) fn with<R>(
        &self,
        key: Key,
        input: &str,
        file: &InputFile,
        work: impl FnOnce(&OpenRaster) -> Result<R, SourceError>,
    ) -> Result<R, SourceError> {
        let open = match self.take(key) {
            Ok(open) => Ok(open),
            // Closing and opening take time that other threads need not wait for.
            Err(to_close) => {
                drop(to_close);
                let opened = OpenRaster::open(input, &file.path, &file.gdal_name);
                opened.map(|raster| Open { key, raster })
            }
        };
        let done = open.and_then(|open| {
            let made = work(&open.raster);
            open.raster.forget();
            Ok((made?, open))
        });
        let mut files = self.files();
        files.n_lent -= 1;
        let (made, open) = done?;
        files.idle.push(open);
        Ok(made)
    }

    /// As many files as may be open at a time.
    pub(crate) fn most_open(&self) -> usize {
        self.share.files()
    }

    /// The file if it is open; else what to close before it is opened. Another reader may have come since a file was
    /// opened last.
    fn take(&self, key: Key) -> Result<Open, Vec<Open>> {
        let mut files = self.files();
        files.n_lent += 1;
        if let Some(place) = files.idle.iter().rposition(|open| open.key == key) {
            return Ok(files.idle.remove(place));
        }
        let most_idle = self.share.files().saturating_sub(files.n_lent);
        let n = files.idle.len().saturating_sub(most_idle);
        Err(files.idle.drain(..n).collect())
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
