//! A raster that is being written: its head is made, and its blocks are put behind it one after the other.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::grid::Window;
use crate::sinks::block_log::Stored;
use crate::sinks::checksum::Checksum;
use crate::sinks::layout::{Layout, Place};
use crate::sinks::tiff::{BlockTables, StoredBlock};

/// A file that takes compressed blocks.
#[derive(Debug)]
pub(super) struct BlockFile {
    path: PathBuf,
    /// Open where it stays so.
    file: Option<File>,
    /// Where it says where its blocks are; a file of blocks alone has none.
    tables: Option<BlockTables>,
    layout: Layout,
    n_bands: usize,
    /// Bytes in front of the first block.
    n_head: u64,
    /// Blocks in the file, in its order.
    stored: Vec<Stored>,
    /// How many of them the log of an unfinished run has.
    n_logged: usize,
    /// Whether each block of the grid is begun.
    begun: Vec<bool>,
    /// Blocks of all bands that are stored, or missing and left out.
    n_done: usize,
    /// Place of the last block in the order.
    last: Option<usize>,
    is_in_order: bool,
    /// Of all bytes that were put; a file of blocks alone has it.
    sum: Option<Checksum>,
}

/// How far a file is written, beside the list of its blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockFileState {
    n_head: u64,
    n_done: usize,
    last: Option<usize>,
    is_in_order: bool,
    /// The checksum of a file of blocks alone.
    checksum: Option<u32>,
}

impl BlockFileState {
    /// Whether it has no block yet, not even a missing one.
    pub(super) fn is_new(&self) -> bool {
        self.n_done == 0
    }
}

/// A block of `size` bytes.
fn stored(index: usize, size: usize) -> io::Result<Stored> {
    let too_many = |_| io::Error::other("more blocks, or a larger one, than a file may have");
    let narrow = |number: usize| u32::try_from(number).map_err(too_many);
    Ok(Stored {
        index: narrow(index)?,
        size: narrow(size)?,
    })
}

impl BlockFile {
    /// Takes over a file that has a head and no blocks.
    ///
    /// # Arguments
    ///
    /// * `stays_open` - whether the file may be open all the time; if not, it is opened each time.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no room for the places of these blocks.
    pub(super) fn open(
        path: PathBuf,
        layout: Layout,
        n_bands: usize,
        stays_open: bool,
    ) -> Result<Self, String> {
        let reported = |error: io::Error| error.to_string();
        let head = fs::read(&path).map_err(reported)?;
        let tables = tables_of(&head, layout, n_bands)?;
        let file = stays_open.then(|| open_to_append(&path)).transpose();
        let file = file.map_err(reported)?;
        let n_head = head.len() as u64;
        Ok(Self::empty(
            path,
            layout,
            n_bands,
            file,
            Some(tables),
            n_head,
        ))
    }

    /// A file of `n_head` bytes without blocks.
    fn empty(
        path: PathBuf,
        layout: Layout,
        n_bands: usize,
        file: Option<File>,
        tables: Option<BlockTables>,
        n_head: u64,
    ) -> Self {
        Self {
            path,
            file,
            tables,
            layout,
            n_bands,
            n_head,
            stored: Vec::new(),
            n_logged: 0,
            begun: vec![false; layout.n_blocks()],
            n_done: 0,
            last: None,
            is_in_order: true,
            sum: None,
        }
    }

    /// Takes over a file that was written so far by a run that was interrupted. What is behind is removed.
    ///
    /// # Arguments
    ///
    /// * `blocks` - those in the file, in its order.
    /// * `begun` - whether each block of the grid is in the file, or missing.
    ///
    /// # Errors
    ///
    /// The file is not what the state says.
    pub(super) fn resume(
        path: PathBuf,
        layout: Layout,
        n_bands: usize,
        stays_open: bool,
        state: &BlockFileState,
        mut blocks: Vec<Stored>,
        begun: Vec<bool>,
    ) -> Result<Self, String> {
        let reported = |error: io::Error| error.to_string();
        let is_begun = begun.iter().filter(|begun| **begun);
        if is_begun.count() * n_bands != state.n_done || blocks.len() > state.n_done {
            return Err("it has other blocks than its tiles".to_owned());
        }
        let file = File::options().read(true).write(true).open(&path);
        let file = file.map_err(reported)?;
        let sizes = blocks.iter().map(|block| u64::from(block.size));
        let expected = state.n_head + sizes.sum::<u64>();
        let found = file.metadata().map_err(reported)?.len();
        if found < expected {
            return Err(format!("it has {found} bytes in place of {expected}"));
        }
        let mut head = Vec::new();
        let read = (&file).take(state.n_head).read_to_end(&mut head);
        read.map_err(reported)?;
        let tables = tables_of(&head, layout, n_bands)?;
        let mut is_in_order = state.is_in_order;
        if !is_in_order && tables.are_filled(&head) {
            // It was closed before the run was interrupted, and so put in order.
            sort(&mut blocks, layout);
            is_in_order = true;
        }
        file.set_len(expected).map_err(reported)?;
        drop(file);
        let file = stays_open.then(|| open_to_append(&path)).transpose();
        Ok(Self {
            file: file.map_err(reported)?,
            path,
            tables: Some(tables),
            layout,
            n_bands,
            n_head: state.n_head,
            n_logged: blocks.len(),
            stored: blocks,
            begun,
            n_done: state.n_done,
            last: state.last,
            is_in_order,
            sum: None,
        })
    }

    /// How far the file is written.
    pub(super) fn state(&self) -> BlockFileState {
        BlockFileState {
            n_head: self.n_head,
            n_done: self.n_done,
            last: self.last,
            is_in_order: self.is_in_order,
            checksum: self.sum.as_ref().map(Checksum::value),
        }
    }

    /// The blocks that were put since this was asked last.
    pub(super) fn not_logged(&mut self) -> &[Stored] {
        let n_logged = std::mem::replace(&mut self.n_logged, self.stored.len());
        self.stored.get(n_logged..).unwrap_or_default()
    }

    /// Has what was put on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match &self.file {
            Some(file) => file.sync_data(),
            None => open_to_append(&self.path)?.sync_data(),
        }
    }

    /// Its bands.
    pub(super) fn n_bands(&self) -> usize {
        self.n_bands
    }

    /// Marks a block as one that will be put; false if it already is.
    pub(super) fn begin(&mut self, block: Window) -> bool {
        let begun = self.begun.get_mut(self.layout.number(block));
        begun.is_some_and(|begun| !std::mem::replace(begun, true))
    }

    /// Puts blocks into the file; an empty one is missing and left out.
    ///
    /// # Errors
    ///
    /// The disk is full, or what else the system reports.
    pub(super) fn put<'a>(
        &mut self,
        blocks: impl Iterator<Item = (Place, &'a [u8])>,
    ) -> io::Result<()> {
        let opened;
        let mut file = if let Some(file) = &self.file {
            file
        } else {
            opened = open_to_append(&self.path)?;
            &opened
        };
        for (place, bytes) in blocks {
            self.n_done += 1;
            if bytes.is_empty() {
                continue;
            }
            let stored = stored(place.index, bytes.len())?;
            file.write_all(bytes)?;
            if let Some(sum) = &mut self.sum {
                sum.add(bytes);
            }
            self.is_in_order &= self.last.is_none_or(|last| last < place.rank);
            self.last = Some(place.rank);
            self.stored.push(stored);
        }
        Ok(())
    }

    /// Closes the file once every block is put.
    ///
    /// # Errors
    ///
    /// A block was never put, or is not wholly in the file.
    pub(super) fn close(mut self) -> Result<(), String> {
        let n_blocks = self.layout.n_blocks() * self.n_bands;
        if self.n_done != n_blocks {
            return Err(format!(
                "{} of {n_blocks} blocks are not written",
                n_blocks - self.n_done
            ));
        }
        // A share of files reports a full disk here alone.
        self.file = None;
        let completed = self.check_size().and_then(|()| self.complete());
        completed.map_err(|error| error.to_string())
    }

    fn check_size(&self) -> io::Result<()> {
        let sizes = self.stored.iter().map(|block| u64::from(block.size));
        let expected = self.n_head + sizes.sum::<u64>();
        let found = fs::metadata(&self.path)?.len();
        if found == expected {
            return Ok(());
        }
        let text = format!("the file has {found} bytes in place of {expected}");
        Err(io::Error::other(text))
    }

    /// Puts the blocks in order where they are not, and writes where each is.
    fn complete(&self) -> io::Result<()> {
        let Some(tables) = &self.tables else {
            return Err(io::Error::other("it is a file of blocks alone"));
        };
        let mut places = self.places();
        if self.is_in_order {
            let mut file = File::options().write(true).open(&self.path)?;
            return tables.write(&mut file, &places);
        }
        let n_blocks = self.layout.n_blocks();
        places.sort_by_key(|block| rank(self.layout, n_blocks, block.index));
        let copy = self.copy_in_order(&mut places)?;
        let mut file = File::options().write(true).open(&copy)?;
        tables.write(&mut file, &places)?;
        // Whoever finds the file sees by its tables that it is in order.
        fs::rename(&copy, &self.path)
    }

    fn places(&self) -> Vec<StoredBlock> {
        let mut offset = self.n_head;
        let place = |block: &Stored| {
            let (start, size) = (offset, u64::from(block.size));
            offset += size;
            StoredBlock {
                index: block.index as usize,
                offset: start,
                size,
            }
        };
        self.stored.iter().map(place).collect()
    }

    /// Copies the file with the blocks in the order of `places`, and sets where they are then. Returns the copy.
    fn copy_in_order(&self, places: &mut [StoredBlock]) -> io::Result<PathBuf> {
        let copy = self.path.with_extension("ordered");
        let mut from = File::open(&self.path)?;
        let mut to = BufWriter::new(File::create(&copy)?);
        io::copy(&mut (&from).take(self.n_head), &mut to)?;
        let mut end = self.n_head;
        for block in places {
            from.seek(SeekFrom::Start(block.offset))?;
            io::copy(&mut (&from).take(block.size), &mut to)?;
            block.offset = end;
            end += block.size;
        }
        to.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(copy)
    }
}

fn tables_of(head: &[u8], layout: Layout, n_bands: usize) -> Result<BlockTables, String> {
    let n = layout.n_blocks() * n_bands;
    let tables = BlockTables::find(head).filter(|tables| tables.n() == n);
    tables.ok_or_else(|| "GDAL made a file without tables of its blocks".to_owned())
}

/// Sorts blocks by their place in the order of the grid.
fn sort(blocks: &mut [Stored], layout: Layout) {
    let n_blocks = layout.n_blocks();
    blocks.sort_by_key(|block| rank(layout, n_blocks, block.index as usize));
}

/// The place of a block of a band, by its number in the tables, in the order of the grid.
fn rank(layout: Layout, n_blocks: usize, index: usize) -> (usize, usize) {
    let (band, number) = (index / n_blocks, index % n_blocks);
    (layout.rank(number), band)
}

fn open_to_append(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}

mod blocks_alone;
