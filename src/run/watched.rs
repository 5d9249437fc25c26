//! The files that a run reads, as they were when it opened them: results of files that change meanwhile are of no state of
//! them.

use std::path::PathBuf;

use crate::error::Error;
use crate::sources::{FileStamp, SourceError, Stacks, file_on_disk};
use crate::study::{Study, ZonesFrom};

/// Files as they were.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched(Vec<(PathBuf, FileStamp)>);

impl Watched {
    /// The files of a study besides its inputs: mask, zones, field data.
    pub(super) fn beside_inputs(study: &Study) -> Self {
        let mask = study.grid.mask.as_ref();
        let zones = study.zones.iter().filter_map(|table| match &table.source {
            ZonesFrom::File(file) => Some(&file.file),
            ZonesFrom::Cross(_) => None,
        });
        let sites = study.sites.as_ref().map(|sites| &sites.file);
        let names = mask.into_iter().chain(zones).chain(sites);
        // The store of `ZARR:"a.zarr":/zones`; a server is asked for the file itself.
        let on_disk = |path: PathBuf| file_on_disk(&path.to_string_lossy()).unwrap_or(path);
        let paths = names.map(|name| on_disk(study.resolve(name)));
        let stamped = paths.filter_map(|path| FileStamp::of(&path).map(|stamp| (path, stamp)));
        Self(stamped.collect())
    }

    /// These, and the files of the inputs.
    pub(super) fn with_inputs(mut self, stacks: &Stacks) -> Self {
        let files = stacks.inputs().iter().flat_map(|input| &input.files);
        self.0
            .extend(files.flat_map(|file| file.stamps.iter().cloned()));
        self
    }

    /// Refuses results of files that are not as they were.
    ///
    /// # Errors
    ///
    /// The files that changed.
    pub(super) fn check(&self) -> Result<(), Error> {
        let changed = self.0.iter().filter_map(|(path, stamp)| {
            let what = stamp.change(path)?;
            Some((path.clone(), what))
        });
        let mut files: Vec<_> = changed.collect();
        files.dedup();
        if files.is_empty() {
            return Ok(());
        }
        Err(SourceError::Changed { files }.into())
    }
}
