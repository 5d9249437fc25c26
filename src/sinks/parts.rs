//! Parts of blocks that wait until their block is whole.
//!
//! Tiles smaller than a block bring parts of it. They wait in memory where the budget has room for them, else in a file,
//! which starts anew whenever nothing waits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::grid::Window;

/// Parts of blocks of all rasters.
#[derive(Debug)]
pub(super) struct Parts {
    /// Where the file of parts is made; `None` where they wait in memory.
    path: Option<PathBuf>,
    file: Option<Mutex<File>>,
    end: u64,
    /// By the raster and the corner of the block.
    waiting: HashMap<(usize, [usize; 2]), Vec<Part>>,
    /// Whether a checkpoint speaks of what is in the file: then nothing is written over it.
    is_in_checkpoint: bool,
}

/// A part of a block, all bands of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Part {
    /// Its pixels.
    pub(super) window: Window,
    bytes: Bytes,
}

/// Stored numbers, `[band][pixel]`.
#[derive(Debug, Serialize, Deserialize)]
enum Bytes {
    Memory(Vec<u8>),
    /// In the file, from here on.
    Disk(u64),
}

impl Parts {
    /// None yet.
    ///
    /// # Arguments
    ///
    /// * `path` - the file of parts, if they shall not wait in memory. It is made once it is needed.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            file: None,
            end: 0,
            waiting: HashMap::new(),
            is_in_checkpoint: false,
        }
    }

    /// Keeps a part of a block. Gives all parts of it once they make it whole.
    ///
    /// # Arguments
    ///
    /// * `bytes` - stored numbers of `window`, `[band][pixel]`.
    ///
    /// # Errors
    ///
    /// A pixel is there already; the disk is full.
    pub(super) fn add(
        &mut self,
        raster: usize,
        block: Window,
        window: Window,
        bytes: Vec<u8>,
    ) -> io::Result<Option<Vec<Part>>> {
        let key = (raster, [block.row, block.col]);
        let known = self.waiting.get(&key).map_or(&[][..], |parts| &parts[..]);
        let is_there = |part: &Part| part.window.shared(window).n_pixels() > 0;
        if known.iter().any(is_there) {
            return Err(io::Error::other(format!("{window} were written twice")));
        }
        let bytes = self.keep(bytes)?;
        let parts = self.waiting.entry(key).or_default();
        parts.push(Part { window, bytes });
        let n_pixels: usize = parts.iter().map(|part| part.window.n_pixels()).sum();
        if n_pixels < block.n_pixels() {
            return Ok(None);
        }
        Ok(self.waiting.remove(&key))
    }

    /// To be called when no part that was given is needed any more.
    pub(super) fn reuse_room(&mut self) {
        if self.waiting.is_empty() && !self.is_in_checkpoint {
            self.end = 0;
        }
    }

    /// Whether no part waits.
    pub(super) fn are_none(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What waits, for a checkpoint.
    ///
    /// # Arguments
    ///
    /// * `is_durable` - whether it is one that outlives a power cut. Checkpoints before that count no longer.
    pub(super) fn state(&mut self, is_durable: bool) -> io::Result<Vec<u8>> {
        if is_durable && self.waiting.is_empty() {
            self.end = 0;
        }
        if let Some(file) = self.file.as_ref().filter(|_| is_durable) {
            let file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.sync_data()?;
        }
        self.is_in_checkpoint = true;
        postcard::to_stdvec(&(self.end, &self.waiting)).map_err(io::Error::other)
    }

    /// Goes on from what waited.
    pub(super) fn restore(&mut self, state: &[u8]) -> io::Result<()> {
        (self.end, self.waiting) = postcard::from_bytes(state).map_err(io::Error::other)?;
        self.is_in_checkpoint = true;
        if let Some(path) = self.path.as_ref().filter(|_| self.end > 0) {
            let file = File::options().read(true).write(true).open(path)?;
            if file.metadata()?.len() < self.end {
                return Err(io::Error::other("parts of blocks are lost"));
            }
            self.file = Some(Mutex::new(file));
        }
        Ok(())
    }

    fn keep(&mut self, bytes: Vec<u8>) -> io::Result<Bytes> {
        let Some(path) = &self.path else {
            return Ok(Bytes::Memory(bytes));
        };
        if self.file.is_none() {
            let file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .open(path)?;
            self.file = Some(Mutex::new(file));
        }
        let start = self.end;
        if let Some(file) = &mut self.file {
            let file = file.get_mut().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(start))?;
            file.write_all(&bytes)?;
        }
        self.end += bytes.len() as u64;
        Ok(Bytes::Disk(start))
    }

    /// One band of a part.
    ///
    /// # Arguments
    ///
    /// * `n_bytes` - of the band.
    ///
    /// # Errors
    ///
    /// What the system reports.
    pub(super) fn band<'a>(
        &self,
        part: &'a Part,
        band: usize,
        n_bytes: usize,
    ) -> io::Result<Cow<'a, [u8]>> {
        let start = band * n_bytes;
        match (&part.bytes, &self.file) {
            (Bytes::Memory(bytes), _) => {
                let bytes = bytes.get(start..start + n_bytes);
                bytes.map(Cow::Borrowed).ok_or_else(|| lost(part))
            }
            (Bytes::Disk(at), Some(file)) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let mut bytes = vec![0; n_bytes];
                file.seek(SeekFrom::Start(at + start as u64))?;
                file.read_exact(&mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
            (Bytes::Disk(_), None) => Err(lost(part)),
        }
    }

    /// Closes the file of parts: some systems keep a folder with an open file.
    pub(super) fn close(&mut self) {
        self.file = None;
    }
}

fn lost(part: &Part) -> io::Error {
    io::Error::other(format!("{} are lost", part.window))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(row: usize, col: usize) -> Window {
        Window {
            row,
            col,
            height: 2,
            width: 2,
        }
    }

    #[test]
    fn parts_wait_over_an_interruption() {
        let block = Window {
            row: 4,
            col: 0,
            height: 2,
            width: 4,
        };
        let dir = tempfile::tempdir().expect("a folder");
        for path in [None, Some(dir.path().join("parts"))] {
            let mut parts = Parts::new(path.clone());
            let first = parts.add(0, block, window(4, 2), vec![1, 2, 3, 4]);
            assert!(first.expect("kept").is_none());
            let state = parts.state(true).expect("saved");
            // The block becomes whole, and others come, before the run is interrupted.
            let whole = parts.add(0, block, window(4, 0), vec![9; 4]);
            assert!(whole.expect("kept").is_some());
            parts.reuse_room();
            let lost = parts.add(0, block, window(4, 0), vec![7; 4]);
            assert!(lost.expect("kept").is_none());
            drop(parts);
            let mut parts = Parts::new(path);
            parts.restore(&state).expect("restored");
            let whole = parts.add(0, block, window(4, 0), vec![9; 4]);
            let whole = whole.expect("kept").expect("whole");
            assert_eq!(*parts.band(&whole[0], 0, 4).expect("there"), [1, 2, 3, 4]);
        }
    }

    #[test]
    fn parts_are_given_back_when_they_make_their_block() {
        let block = Window {
            row: 4,
            col: 0,
            height: 2,
            width: 4,
        };
        let dir = tempfile::tempdir().expect("a folder");
        for path in [None, Some(dir.path().join("parts"))] {
            let mut parts = Parts::new(path);
            for round in 0..2 {
                let first = parts.add(3, block, window(4, 2), (round..round + 8).collect());
                assert!(first.expect("kept").is_none());
                let again = parts.add(3, block, window(4, 2), vec![0; 8]);
                assert!(again.expect_err("twice").to_string().contains("rows 4..6"));
                let other = parts.add(2, block, window(4, 0), vec![0; 8]);
                assert!(other.expect("another raster").is_none());
                let whole = parts.add(3, block, window(4, 0), vec![9; 8]);
                let whole = whole.expect("kept").expect("whole");
                assert_eq!(whole.len(), 2);
                let band = parts.band(&whole[0], 1, 4).expect("there");
                assert_eq!(*band, [4, 5, 6, 7].map(|byte| byte + round));
                let rest = parts.add(2, block, window(4, 2), vec![0; 8]);
                assert!(rest.expect("kept").is_some());
                parts.reuse_room();
            }
            let file = parts.path.as_ref().map(std::fs::metadata);
            assert!(file.is_none_or(|file| file.expect("made").len() == 32));
        }
    }
}
