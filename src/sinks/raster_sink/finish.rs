//! What a sink does once every tile is written: files get their final form, a store is made of them, and all get their names.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use crate::sinks::block_file::BlockFile;
use crate::sinks::error::SinkError;
use crate::sinks::output_folder::FileWritten;
use crate::sinks::store_folder::{STORE, StoreWritten};

use super::RasterSink;

impl RasterSink {
    /// Closes a file, which must be complete.
    pub(super) fn close(&mut self, index: usize) -> Result<(), SinkError> {
        let closed = self.open[index].take().map_or(Ok(()), BlockFile::close);
        closed.map_err(|reason| self.cannot_write(index, reason))
    }

    /// Closes every file and brings those that are kept to their final form.
    fn finish_rasters(&mut self) -> Result<(), SinkError> {
        for index in 0..self.files.len() {
            self.close(index)?;
        }
        let kept = (0..self.n_kept).into_par_iter().with_max_len(1);
        let finished = kept.try_for_each(|index| {
            let finished = self
                .format
                .finish(&self.unfinished_path(index), &self.files[index]);
            finished.map_err(|reason| (index, reason))
        });
        finished.map_err(|(index, reason)| self.cannot_write(index, reason))
    }

    /// Makes the store of the kept rasters, where the format has one and it is not made yet; nothing where it was stopped.
    pub(super) fn make_store_of_rasters(
        &mut self,
        stop: &AtomicBool,
    ) -> Result<Option<StoreWritten>, SinkError> {
        if !self.options.format.has_store() || self.n_kept == 0 {
            return Ok(None);
        }
        if self.store.is_none() {
            self.finish_rasters()?;
            let made = self.new_store(stop);
            self.store = made.map_err(|reason| SinkError::Write {
                path: self.folder.final_path(STORE),
                reason,
            })?;
        }
        Ok(self.store.clone())
    }

    #[cfg(feature = "zarr")]
    fn new_store(&self, stop: &AtomicBool) -> Result<Option<StoreWritten>, String> {
        use crate::formats::Compress;
        use crate::sinks::store_folder::size_of;
        use crate::sinks::zarr_store::{Finished, StoreOptions, make};

        let folder = self.folder.unfinished_path(STORE);
        let reported = |error: std::io::Error| error.to_string();
        if folder.exists() {
            // A run that was interrupted here left it.
            std::fs::remove_dir_all(&folder).map_err(reported)?;
        }
        let kept = self.files.iter().take(self.n_kept).enumerate();
        let rasters: Vec<_> = kept
            .map(|(index, file)| Finished {
                path: self.unfinished_path(index),
                file,
            })
            .collect();
        let options = StoreOptions {
            ending: self.ending,
            is_compressed: self.options.compress != Compress::None,
            memory_bytes: self.options.store_bytes,
        };
        if !make(&folder, &self.grid, &rasters, &options, stop)? {
            return Ok(None);
        }
        let (files, bytes) = size_of(&folder).map_err(reported)?;
        Ok(Some(StoreWritten {
            name: STORE,
            arrays: rasters.len(),
            files,
            bytes,
        }))
    }

    #[cfg(not(feature = "zarr"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn new_store(&self, _stop: &AtomicBool) -> Result<Option<StoreWritten>, String> {
        Err("this build has no Zarr".to_owned())
    }

    /// Gives all files their names. A store that an earlier run left goes, since it is of other maps.
    pub(super) fn finish_all(mut self) -> Result<Vec<FileWritten>, SinkError> {
        self.finish_rasters()?;
        let never = AtomicBool::new(false);
        let store = self.make_store_of_rasters(&never)?;
        let mut names = self.names_to_keep();
        let old_store = (store.is_none() && self.n_kept > 0).then_some(STORE);
        names.extend(store.map(|store| store.name.to_owned()));
        self.parts.close();
        self.folder.publish(names, old_store)
    }

    /// The rasters that are kept and what is beside them, relative to the folder.
    fn names_to_keep(&self) -> Vec<String> {
        let mut names = Vec::new();
        for index in 0..self.n_kept {
            let (name, path) = (self.name(index), self.unfinished_path(index));
            let folder = Path::new(&name).parent().map(Path::to_owned);
            names.push(name);
            for beside in self.format.side_files(&path) {
                let kept = folder.as_ref().zip(beside.file_name());
                if let Some((folder, file)) = kept.filter(|_| beside.exists()) {
                    names.push(folder.join(file).to_string_lossy().into_owned());
                }
            }
        }
        names
    }
}
