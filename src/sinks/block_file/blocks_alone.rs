//! Files of blocks alone, which a part of a run leaves, and rasters that take their blocks over.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::sinks::block_log::Stored;
use crate::sinks::checksum::{Checksum, Summed};
use crate::sinks::layout::Layout;

use super::{BlockFile, BlockFileState, open_to_append, rank};

/// Bytes that are copied at a time: what stays in the cache of a core on its way. With the 8 KiB of the standard library the
/// system takes twice the time.
const COPIED_BYTES: usize = 1 << 16;
const OTHER_BLOCKS: &str = "its file has not the blocks that the journal names";

impl BlockFile {
    /// Makes a file of blocks alone, which another file takes over later.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(in crate::sinks) fn of_blocks_alone(
        path: PathBuf,
        layout: Layout,
        n_bands: usize,
        stays_open: bool,
    ) -> Result<Self, String> {
        let made = File::create(&path).and_then(|_| {
            let file = stays_open.then(|| open_to_append(&path));
            file.transpose()
        });
        let file = made.map_err(|error| error.to_string())?;
        Ok(Self {
            sum: Some(Checksum::default()),
            ..Self::empty(path, layout, n_bands, file, None, 0)
        })
    }

    /// Takes over all blocks of a file of blocks alone.
    ///
    /// # Arguments
    ///
    /// * `blocks` - those in the file, in its order.
    /// * `begun` - whether each block of the grid is in the file, or missing.
    ///
    /// # Errors
    ///
    /// The file is not what the state says, its bytes are not those that were put, or a block is there already: of the kind
    /// `InvalidData`. The disk is full.
    pub(in crate::sinks) fn take_over(
        &mut self,
        from: &Path,
        state: &BlockFileState,
        blocks: &[Stored],
        begun: &[bool],
    ) -> io::Result<()> {
        let is_begun = begun.iter().filter(|begun| **begun).count();
        let is_whole = is_begun * self.n_bands == state.n_done && blocks.len() <= state.n_done;
        let sizes = blocks.iter().map(|block| u64::from(block.size));
        let expected = sizes.sum::<u64>();
        let from = File::open(from)?;
        let (true, Some(checksum)) = (is_whole && state.n_head == 0, state.checksum) else {
            return Err(damaged(OTHER_BLOCKS));
        };
        if from.metadata()?.len() != expected {
            return Err(damaged(OTHER_BLOCKS));
        }
        for (ours, theirs) in self.begun.iter_mut().zip(begun) {
            if *ours && *theirs {
                return Err(damaged("another part has one of its blocks"));
            }
            *ours |= *theirs;
        }
        let opened;
        let mut file = if let Some(file) = &self.file {
            file
        } else {
            opened = open_to_append(&self.path)?;
            &opened
        };
        // What is wrong is found when it is copied: the outputs have no names yet.
        let mut from = BufReader::with_capacity(COPIED_BYTES, Summed::new(from));
        io::copy(&mut from, &mut file)?;
        from.into_inner().checked(checksum)?;
        let n_blocks = self.layout.n_blocks();
        for block in blocks {
            let (of_block, band) = rank(self.layout, n_blocks, block.index as usize);
            let rank = of_block * self.n_bands + band;
            self.is_in_order &= self.last.is_none_or(|last| last < rank);
            self.last = Some(rank);
        }
        self.stored.extend_from_slice(blocks);
        self.n_done += state.n_done;
        Ok(())
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
