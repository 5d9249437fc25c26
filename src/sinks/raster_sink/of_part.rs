//! The sink of a part of a run, and one that takes the rasters of all parts over.
//!
//! A part has no rasters: only the blocks of each, as they are put into its file, one behind the other. So the file of the
//! whole run is its head and the blocks of all parts in their order, without any of them being compressed again.

use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::grid::{Grid, Window};
use crate::open_files::Shares;
use crate::sinks::block_file::BlockFile;
use crate::sinks::error::SinkError;
use crate::sinks::finished_part::FinishedPart;
use crate::sinks::output_folder::OutputFolder;
use crate::sinks::raster::{RasterFile, RasterOptions};
use crate::sinks::restored::whole_blocks;
use crate::sinks::sink::Sink as _;

use super::RasterSink;

impl RasterSink {
    /// Makes the files of a part of a run in a folder that it has claimed and that starts anew.
    ///
    /// # Errors
    ///
    /// As [`RasterSink::create`].
    pub fn create_part(
        folder: OutputFolder,
        grid: &Grid,
        files: Vec<RasterFile>,
        options: &RasterOptions,
    ) -> Result<Self, SinkError> {
        let max_open = Shares::of_process().outputs;
        Self::new(folder, grid, files, options, max_open, None, true)
    }

    /// Makes the file of the blocks of a raster.
    pub(super) fn begin_blocks_alone(&mut self, index: usize) -> Result<(), SinkError> {
        let name = name_in_part(index);
        let failed = |reason: String| SinkError::Create {
            path: self.folder.unfinished_path(&name),
            reason,
        };
        let path = self.folder.path_to_create(&name);
        let path = path.map_err(|error| failed(error.to_string()))?;
        let n_bands = self.files[index].bands.len();
        let stays_open = index < self.max_open;
        let file = BlockFile::of_blocks_alone(path, self.layout, n_bands, stays_open);
        self.open.push(Some(file.map_err(failed)?));
        Ok(())
    }

    /// Keeps a part of which every tile is written, and gives its folder its name. False where there is a part of that
    /// name: then this one is removed.
    ///
    /// # Arguments
    ///
    /// * `tiles` - how many it has.
    /// * `run` - what the whole run has to know of it.
    ///
    /// # Errors
    ///
    /// The disk is full; the folder cannot be moved.
    pub fn finish_part(mut self, tiles: usize, run: Vec<u8>, to: &Path) -> Result<bool, SinkError> {
        let kept = self.checkpoint(tiles, run, true);
        // A folder that is not whole must not stay.
        self.folder.forget();
        kept?;
        let Self {
            open,
            mut parts,
            folder,
            log,
            ..
        } = self;
        drop((open, log));
        parts.close();
        folder.rename_whole(to)
    }

    /// Takes the blocks of a part over. Parts come in the order of their blocks.
    ///
    /// # Arguments
    ///
    /// * `windows` - its tiles.
    ///
    /// # Errors
    ///
    /// The part is damaged; the disk is full.
    pub fn take_part(&mut self, part: &FinishedPart, windows: &[Window]) -> Result<(), SinkError> {
        let begun = whole_blocks(self.layout, windows);
        let blocks = part.blocks(self.open.len())?;
        let rasters = self.open.par_iter_mut().zip(blocks).enumerate();
        let taken = rasters.try_for_each(|(index, (file, blocks))| {
            let (Some(file), Some(state)) = (file, part.state_of(index)) else {
                return Ok(());
            };
            // What is made after the last tile has no block in any part.
            if state.is_new() {
                return Ok(());
            }
            let from = part.scratch_folder().join(name_in_part(index));
            let taken = file.take_over(&from, state, &blocks, &begun);
            taken.map_err(|error| (index, error))
        });
        taken.map_err(|(index, error)| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::NotFound => {
                part.damaged(format!("{}: {error}", self.name(index)))
            }
            _ => self.cannot_write(index, error.to_string()),
        })
    }
}

/// The file of the blocks of a raster in the folder of a part.
fn name_in_part(index: usize) -> String {
    format!("layers/{index:04}")
}
