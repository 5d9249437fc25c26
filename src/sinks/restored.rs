//! What an interrupted run has written of every raster.

use std::io;
use std::path::PathBuf;

use crate::grid::Window;
use crate::sinks::block_file::{BlockFile, BlockFileState};
use crate::sinks::block_log::{BlockLog, Stored};
use crate::sinks::error::SinkError;
use crate::sinks::layout::Layout;
use crate::sinks::output_folder::{OutputFolder, Unfinished};
use crate::sinks::parts::Parts;

/// The rasters that were begun, each until it is taken.
#[derive(Debug)]
pub(super) struct Restored {
    /// By the index of the raster.
    files: Vec<Option<RestoredFile>>,
    /// Whether each block of the grid is whole.
    begun: Vec<bool>,
}

/// A raster that was begun.
#[derive(Debug)]
pub(super) struct RestoredFile {
    state: BlockFileState,
    blocks: Vec<Stored>,
    begun: Vec<bool>,
}

impl Restored {
    /// What the journal of a folder says, with the log of blocks, open at its end.
    ///
    /// # Arguments
    ///
    /// * `done` - the tiles that are written.
    ///
    /// # Errors
    ///
    /// The files beside the journal are damaged.
    pub(super) fn new(
        folder: &OutputFolder,
        unfinished: Unfinished,
        done: &[Window],
        layout: Layout,
        parts: &mut Parts,
    ) -> io::Result<(Self, BlockLog)> {
        let sink = unfinished.sink;
        let (log, blocks) = BlockLog::resume(folder.hidden(), &sink.log, sink.files.len())?;
        parts.restore(&sink.parts)?;
        let begun = whole_blocks(layout, done);
        let files = sink.files.into_iter().zip(blocks);
        let files = files.map(|(state, blocks)| {
            Some(RestoredFile {
                state,
                blocks,
                begun: Vec::new(),
            })
        });
        let files = files.collect();
        Ok((Self { files, begun }, log))
    }

    /// What is written of a raster; `None` for one that has to be made: it was not begun, or is made after the last tile
    /// alone.
    pub(super) fn take(&mut self, index: usize) -> Option<RestoredFile> {
        let file = self.files.get_mut(index)?.take()?;
        if file.state.is_new() && self.begun.contains(&true) {
            return None;
        }
        let begun = self.begun.clone();
        Some(RestoredFile { begun, ..file })
    }
}

impl RestoredFile {
    /// Opens its file.
    pub(super) fn open(
        self,
        path: PathBuf,
        layout: Layout,
        n_bands: usize,
        stays_open: bool,
    ) -> Result<BlockFile, String> {
        let Self {
            state,
            blocks,
            begun,
        } = self;
        BlockFile::resume(path, layout, n_bands, stays_open, &state, blocks, begun)
    }
}

/// A run that cannot be gone on with.
pub(super) fn cannot_resume(folder: &OutputFolder, reason: String) -> SinkError {
    SinkError::Journal {
        path: folder.hidden().to_owned(),
        reason,
    }
}

/// Which blocks some windows that share no pixel cover.
pub(super) fn whole_blocks(layout: Layout, windows: &[Window]) -> Vec<bool> {
    let mut covered = vec![0_usize; layout.n_blocks()];
    let mut is_whole = vec![false; covered.len()];
    for window in windows {
        for block in layout.blocks.of(*window) {
            let number = layout.number(block);
            let (Some(covered), Some(whole)) = (covered.get_mut(number), is_whole.get_mut(number))
            else {
                continue;
            };
            *covered += window.shared(block).n_pixels();
            *whole = *covered == block.n_pixels();
        }
    }
    is_whole
}
