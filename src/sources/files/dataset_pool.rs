//! The open files of one reader: as many as the process may hold open, the least recently used
//! closed first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gdal::Dataset;

use crate::open_files::ReaderShare;
use crate::sources::error::SourceError;
use crate::sources::files::dataset::open_gdal;
use crate::sources::files::input_file::InputFile;

/// Open files by the number of their input and their number in it.
#[derive(Debug, Default)]
pub(crate) struct DatasetPool {
    open: HashMap<(usize, usize), (Dataset, u64)>,
    clock: u64,
    share: ReaderShare,
}

impl DatasetPool {
    /// File number `key.1` of input number `key.0`; opened unless it is open.
    pub(crate) fn of(
        &mut self,
        key: (usize, usize),
        input: &str,
        file: &InputFile,
    ) -> Result<&Dataset, SourceError> {
        self.clock += 1;
        let clock = self.clock;
        if !self.open.contains_key(&key) {
            self.make_room();
        }
        match self.open.entry(key) {
            Entry::Occupied(entry) => {
                let (dataset, used) = entry.into_mut();
                *used = clock;
                Ok(dataset)
            }
            Entry::Vacant(entry) => {
                let dataset = open_gdal(input, &file.path, &file.gdal_name)?;
                Ok(&entry.insert((dataset, clock)).0)
            }
        }
    }

    /// Closes files until one more may be open; another reader may have come since the last one was
    /// opened.
    fn make_room(&mut self) {
        while self.open.len() >= self.share.files() {
            let oldest = self
                .open
                .iter()
                .min_by_key(|(_, (_, used))| *used)
                .map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            self.open.remove(&oldest);
        }
    }
}
