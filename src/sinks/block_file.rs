//! A raster that is being written: its head is made, and its blocks are put behind it one after the other.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::grid::Window;
use crate::sinks::layout::{Layout, Place};
use crate::sinks::tiff::{BlockTables, StoredBlock};

/// A file that takes compressed blocks.
#[derive(Debug)]
pub(super) struct BlockFile {
    path: PathBuf,
    /// Open where it stays so.
    file: Option<File>,
    tables: BlockTables,
    layout: Layout,
    n_bands: usize,
    /// Bytes in front of the first block.
    n_head: u64,
    /// Blocks in the file, in its order.
    stored: Vec<Stored>,
    /// Whether each block of the grid is begun.
    begun: Vec<bool>,
    /// Blocks of all bands that are stored, or missing and left out.
    n_done: usize,
    /// Place of the last block in the order.
    last: Option<usize>,
    is_in_order: bool,
}

/// A block in the file. Where it starts follows from those before it. A large raster has millions of them.
#[derive(Clone, Copy, Debug)]
struct Stored {
    index: u32,
    size: u32,
}

impl Stored {
    /// A block of `size` bytes.
    fn new(index: usize, size: usize) -> io::Result<Self> {
        let too_many = |_| io::Error::other("more blocks, or a larger one, than a file may have");
        let narrow = |number: usize| u32::try_from(number).map_err(too_many);
        Ok(Self {
            index: narrow(index)?,
            size: narrow(size)?,
        })
    }
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
        let n_blocks = layout.n_blocks();
        let tables = BlockTables::find(&head).filter(|tables| tables.n() == n_blocks * n_bands);
        let tables = tables.ok_or("GDAL made a file without tables of its blocks")?;
        let file = stays_open.then(|| open_to_append(&path)).transpose();
        Ok(Self {
            file: file.map_err(reported)?,
            path,
            tables,
            layout,
            n_bands,
            n_head: head.len() as u64,
            stored: Vec::new(),
            begun: vec![false; n_blocks],
            n_done: 0,
            last: None,
            is_in_order: true,
        })
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
            let stored = Stored::new(place.index, bytes.len())?;
            file.write_all(bytes)?;
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
        let mut places = self.places();
        if !self.is_in_order {
            let n_blocks = self.layout.n_blocks();
            places.sort_by_key(|block| {
                let (band, number) = (block.index / n_blocks, block.index % n_blocks);
                (self.layout.rank(number), band)
            });
            self.copy_in_order(&mut places)?;
        }
        let mut file = File::options().write(true).open(&self.path)?;
        self.tables.write(&mut file, &places)
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

    /// Copies the file with the blocks in the order of `places`, and sets where they are then.
    fn copy_in_order(&self, places: &mut [StoredBlock]) -> io::Result<()> {
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
        fs::rename(&copy, &self.path)
    }
}

fn open_to_append(path: &Path) -> io::Result<File> {
    File::options().append(true).open(path)
}
