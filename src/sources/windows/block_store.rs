//! Decoded blocks of inputs that later tiles need too, kept in a file without a name.
//!
//! A tile that is a part of a block would decode all of it again for each of its parts. Memory for the blocks of every
//! step is what a small budget lacks. The file is on a disk, beside the outputs: folders of temporary files are often in
//! memory. It is mostly in the system's cache, which gives way to programs, and writing and reading it costs a fraction
//! of decoding.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of the file at most; blocks past that are decoded again.
const MOST_BYTES: u64 = 16 << 30;

/// A block of one step of an input, by the number of the input, the step, and the block's first row and column.
pub(crate) type BlockKey = (usize, usize, usize, usize);

/// Decoded blocks that are needed again.
#[derive(Debug)]
pub(crate) struct BlockStore {
    file: File,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    slots: HashMap<BlockKey, Slot>,
    /// Places that are free again, by their bytes.
    free: HashMap<usize, Vec<u64>>,
    end: u64,
    /// The disk is full.
    is_full: bool,
}

/// Where a block is in the file.
#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u64,
    bytes: usize,
    /// Pixels that no tile has had.
    n_left: usize,
}

impl BlockStore {
    /// An empty one in a file of `folder` that has no name and goes with the process.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            kept: Mutex::default(),
        })
    }

    /// Keeps a block of which later tiles need `n_left` pixels. If there is no room it is not kept.
    pub(crate) fn keep(&self, key: BlockKey, bytes: &[u8], n_left: usize) {
        let Some(start) = self.place(bytes.len()) else {
            return;
        };
        match write_at(&self.file, bytes, start) {
            Ok(()) => {
                let slot = Slot {
                    start,
                    bytes: bytes.len(),
                    n_left,
                };
                self.kept().slots.insert(key, slot);
            }
            Err(error) => {
                tracing::debug!("decoded blocks are not kept any longer: {error}");
                self.kept().is_full = true;
            }
        }
    }

    /// Reads some bytes of a block, from `first` on, of which `n_pixels` are needed and no tile had them before. False if
    /// the block is not kept.
    pub(crate) fn read(&self, key: BlockKey, first: usize, to: &mut [u8], n_pixels: usize) -> bool {
        let slot = self.kept().slots.get(&key).copied();
        let Some(slot) = slot.filter(|slot| first + to.len() <= slot.bytes) else {
            return false;
        };
        let is_read = read_at(&self.file, to, slot.start + first as u64).is_ok();
        let mut kept = self.kept();
        let left = kept.slots.get_mut(&key).map(|slot| {
            slot.n_left = slot.n_left.saturating_sub(n_pixels);
            slot.n_left
        });
        if left == Some(0) || !is_read {
            kept.slots.remove(&key);
            kept.free.entry(slot.bytes).or_default().push(slot.start);
        }
        is_read
    }

    fn place(&self, bytes: usize) -> Option<u64> {
        let mut kept = self.kept();
        if kept.is_full {
            return None;
        }
        if let Some(start) = kept.free.get_mut(&bytes).and_then(Vec::pop) {
            return Some(start);
        }
        let (start, end) = (kept.end, kept.end + bytes as u64);
        if end > MOST_BYTES {
            return None;
        }
        kept.end = end;
        Some(start)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn read_at(file: &File, to: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, start)
}

#[cfg(unix)]
fn write_at(file: &File, from: &[u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, from, start)
}

#[cfg(windows)]
fn read_at(file: &File, mut to: &mut [u8], mut start: u64) -> io::Result<()> {
    while !to.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, to, start)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (to, start) = (&mut to[n..], start + n as u64);
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut from: &[u8], mut start: u64) -> io::Result<()> {
    while !from.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_write(file, from, start)?;
        if n == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        (from, start) = (&from[n..], start + n as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_until_every_pixel_was_needed_and_their_place_is_used_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = BlockStore::create(dir.path()).expect("a file");
        assert_eq!(
            std::fs::read_dir(dir.path()).expect("a folder").count(),
            usize::from(cfg!(windows))
        );
        store.keep((0, 0, 0, 0), &[1, 2, 3, 4], 3);
        store.keep((0, 1, 0, 0), &[5, 6, 7, 8], 1);
        let mut two = [0; 2];
        assert!(store.read((0, 0, 0, 0), 1, &mut two, 2));
        assert_eq!(two, [2, 3]);
        assert!(store.read((0, 1, 0, 0), 0, &mut two, 1));
        assert_eq!(two, [5, 6]);
        assert!(
            !store.read((0, 1, 0, 0), 0, &mut two, 1),
            "every pixel was needed"
        );
        store.keep((7, 0, 0, 0), &[9; 4], 1);
        assert_eq!(
            store.kept().end,
            8,
            "in the place of a block that is not needed"
        );
        assert!(store.read((0, 0, 0, 0), 3, &mut two[..1], 1) && two[0] == 4);
        assert!(store.read((7, 0, 0, 0), 0, &mut two, 1) && two == [9, 9]);
    }
}
