//! Where a TIFF says where its blocks are.
//!
//! GDAL makes a file with all that describes it and no block. Blocks are compressed by all cores and put behind it in
//! one order, and their places are then written into the tables that the file has for them.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::ops::Range;

/// The tag of the places of blocks.
const OFFSETS: u64 = 324;
/// The tag of their sizes.
const SIZES: u64 = 325;
/// TIFF's numbers of types of whole numbers, with their bytes.
const TYPES: [(u64, usize); 3] = [(3, 2), (4, 4), (16, 8)];

/// A block in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StoredBlock {
    /// Its number in the tables.
    pub(super) index: usize,
    /// Where it starts.
    pub(super) offset: u64,
    /// Its bytes.
    pub(super) size: u64,
}

/// The tables of places and sizes of a little-endian TIFF, classic or big.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockTables {
    offsets: Table,
    sizes: Table,
}

/// A table of whole numbers in a file.
#[derive(Clone, Copy, Debug)]
struct Table {
    start: usize,
    n: usize,
    n_bytes: usize,
}

impl BlockTables {
    /// Finds the tables in the first directory of a file.
    pub(super) fn find(file: &[u8]) -> Option<Self> {
        let is_big = match file.get(..4)? {
            b"II*\0" => false,
            b"II+\0" => true,
            _ => return None,
        };
        // Bytes of a place or count, and of the number of entries.
        let (wide, of_count) = if is_big { (8, 8) } else { (4, 2) };
        let directory = place(number(file, if is_big { 8 } else { 4 }, wide)?)?;
        let n_entries = place(number(file, directory, of_count)?)?;
        let entry = |index: usize| directory + of_count + index * (4 + 2 * wide);
        let table = |tag: u64| {
            let at = (0..n_entries).map(entry);
            let at = at
                .into_iter()
                .find(|&at| number(file, at, 2) == Some(tag))?;
            let kind = number(file, at + 2, 2)?;
            let n_bytes = TYPES.iter().find(|(known, _)| *known == kind)?.1;
            let n = place(number(file, at + 4, wide)?)?;
            let value = at + 4 + wide;
            let start = if n.checked_mul(n_bytes)? <= wide {
                value
            } else {
                place(number(file, value, wide)?)?
            };
            (start.checked_add(n * n_bytes)? <= file.len()).then_some(Table { start, n, n_bytes })
        };
        Some(Self {
            offsets: table(OFFSETS)?,
            sizes: table(SIZES)?,
        })
    }

    /// Blocks that there is room for.
    pub(super) fn n(&self) -> usize {
        self.offsets.n.min(self.sizes.n)
    }

    /// The bytes of a block of a whole file.
    pub(super) fn block(&self, file: &[u8], index: usize) -> Option<Range<usize>> {
        let start = place(self.offsets.get(file, index)?)?;
        Some(start..start.checked_add(place(self.sizes.get(file, index)?)?)?)
    }

    /// Whether the file that has this head says where its blocks are.
    pub(super) fn are_filled(&self, head: &[u8]) -> bool {
        let bytes = self.offsets.start..self.offsets.start + self.offsets.n * self.offsets.n_bytes;
        head.get(bytes)
            .is_some_and(|bytes| bytes.iter().any(|&byte| byte != 0))
    }

    /// Writes where blocks are. All others have no place: readers take them as missing.
    pub(super) fn write(&self, file: &mut File, blocks: &[StoredBlock]) -> io::Result<()> {
        let places = blocks.iter().map(|block| (block.index, block.offset));
        self.offsets.write(file, places)?;
        self.sizes
            .write(file, blocks.iter().map(|block| (block.index, block.size)))
    }
}

impl Table {
    fn get(&self, file: &[u8], index: usize) -> Option<u64> {
        let at = self.start + index * self.n_bytes;
        (index < self.n).then(|| number(file, at, self.n_bytes))?
    }

    fn write(
        &self,
        file: &mut File,
        numbers: impl Iterator<Item = (usize, u64)>,
    ) -> io::Result<()> {
        let mut bytes = vec![0; self.n * self.n_bytes];
        for (index, number) in numbers {
            let number = number.to_le_bytes();
            let (low, high) = number.split_at(self.n_bytes);
            let room = bytes.get_mut(index * self.n_bytes..(index + 1) * self.n_bytes);
            match room.filter(|_| high.iter().all(|&byte| byte == 0)) {
                Some(room) => room.copy_from_slice(low),
                None => {
                    return Err(io::Error::other(
                        "a block does not fit the tables of the file",
                    ));
                }
            }
        }
        file.seek(SeekFrom::Start(self.start as u64))?;
        file.write_all(&bytes)
    }
}

/// The number of `n_bytes` bytes at a place.
fn number(file: &[u8], at: usize, n_bytes: usize) -> Option<u64> {
    let bytes = file.get(at..at.checked_add(n_bytes)?)?;
    let whole = bytes.iter().rev();
    Some(whole.fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}
