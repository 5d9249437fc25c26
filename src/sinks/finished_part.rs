//! What a part of a run left: the blocks of every raster, and what the run has to know of it.

use std::path::{Path, PathBuf};

use crate::sinks::block_file::BlockFileState;
use crate::sinks::block_log::{BlockLog, Stored};
use crate::sinks::error::SinkError;
use crate::sinks::output_folder::{Unfinished, hidden_in, left_in};

/// A part of a run whose tiles are all written.
#[derive(Debug)]
pub struct FinishedPart {
    dir: PathBuf,
    hidden: PathBuf,
    left: Unfinished,
}

impl FinishedPart {
    /// Reads what a part left in its folder.
    ///
    /// # Errors
    ///
    /// It is damaged, or is no folder of a part.
    pub fn open(dir: &Path) -> Result<Self, SinkError> {
        let hidden = hidden_in(dir);
        let left = left_in(&hidden)
            .map_err(|reason| format!("its journal: {reason}"))
            .and_then(|left| left.ok_or("its journal is missing".to_owned()));
        Ok(Self {
            left: left.map_err(|reason| damaged(dir, reason))?,
            dir: dir.to_owned(),
            hidden,
        })
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What was run, as [`OutputFolder::start_anew`](super::OutputFolder::start_anew) was told.
    #[must_use]
    pub fn identity(&self) -> &[u8] {
        &self.left.identity
    }

    /// What the whole run has to know, as [`RasterSink::finish_part`](super::RasterSink::finish_part) was told.
    #[must_use]
    pub fn run(&self) -> &[u8] {
        &self.left.run
    }

    /// Where it kept files until its end.
    #[must_use]
    pub fn scratch_folder(&self) -> &Path {
        &self.hidden
    }

    /// An error of something in it.
    #[must_use]
    pub fn damaged(&self, reason: String) -> SinkError {
        damaged(&self.dir, reason)
    }

    /// The blocks of each of its rasters, in the order of their files.
    pub(super) fn blocks(&self, n_rasters: usize) -> Result<Vec<Vec<Stored>>, SinkError> {
        let found = self.left.sink.files.len();
        if found != n_rasters {
            return Err(self.damaged(format!("it has {found} rasters in place of {n_rasters}")));
        }
        let blocks = BlockLog::blocks(&self.hidden, &self.left.sink.log, n_rasters);
        blocks.map_err(|error| self.damaged(error.to_string()))
    }

    /// How far the file of a raster is written.
    pub(super) fn state_of(&self, index: usize) -> Option<&BlockFileState> {
        self.left.sink.files.get(index)
    }
}

fn damaged(dir: &Path, reason: String) -> SinkError {
    SinkError::Part {
        dir: dir.to_owned(),
        reason,
    }
}
