//! The blocks of all rasters of an unfinished run, in the order of each file: appended at every checkpoint, since a list
//! of millions would be too long to write each time.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The name of the file.
pub(super) const LOG: &str = "blocks";
const ENTRY_BYTES: usize = 12;

/// A block in the file of a raster. Where it starts follows from those before it. A large raster has millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its number in the tables of the file.
    pub(super) index: u32,
    /// Its bytes.
    pub(super) size: u32,
}

/// How far the log counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogState {
    n_bytes: u64,
    sha256: Vec<u8>,
}

/// The log, open at its end.
#[derive(Debug)]
pub(super) struct BlockLog {
    file: File,
    n_bytes: u64,
    hash: Sha256,
}

impl BlockLog {
    /// An empty one.
    pub(super) fn create(hidden: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create(hidden.join(LOG))?,
            n_bytes: 0,
            hash: Sha256::new(),
        })
    }

    /// One that counts so far, and the blocks of each of `n_rasters`. What is behind is removed.
    pub(super) fn resume(
        hidden: &Path,
        state: &LogState,
        n_rasters: usize,
    ) -> io::Result<(Self, Vec<Vec<Stored>>)> {
        let file = File::options()
            .read(true)
            .write(true)
            .open(hidden.join(LOG))?;
        let (blocks, hash) = read(&file, state, n_rasters)?;
        file.set_len(state.n_bytes)?;
        let mut log = Self {
            file,
            n_bytes: state.n_bytes,
            hash,
        };
        io::Seek::seek(&mut log.file, io::SeekFrom::End(0))?;
        Ok((log, blocks))
    }

    /// The blocks of each of `n_rasters`, as far as the log counts.
    pub(super) fn blocks(
        hidden: &Path,
        state: &LogState,
        n_rasters: usize,
    ) -> io::Result<Vec<Vec<Stored>>> {
        let file = File::open(hidden.join(LOG))?;
        Ok(read(&file, state, n_rasters)?.0)
    }

    /// Appends blocks, each with the index of its raster.
    pub(super) fn append(
        &mut self,
        blocks: impl Iterator<Item = (usize, Stored)>,
        is_durable: bool,
    ) -> io::Result<LogState> {
        let mut bytes = Vec::new();
        for (raster, Stored { index, size }) in blocks {
            let raster = u32::try_from(raster).map_err(io::Error::other)?;
            for number in [raster, index, size] {
                bytes.extend(number.to_le_bytes());
            }
        }
        self.file.write_all(&bytes)?;
        if is_durable {
            self.file.sync_data()?;
        }
        self.n_bytes += bytes.len() as u64;
        self.hash.update(&bytes);
        Ok(LogState {
            n_bytes: self.n_bytes,
            sha256: self.hash.clone().finalize().to_vec(),
        })
    }
}

/// The blocks of each raster as far as the log counts, and the hash of these entries.
fn read(file: &File, state: &LogState, n_rasters: usize) -> io::Result<(Vec<Vec<Stored>>, Sha256)> {
    let damaged = || io::Error::other("the list of blocks is damaged");
    let mut blocks = vec![Vec::new(); n_rasters];
    let mut hash = Sha256::new();
    let mut reader = BufReader::new(file.take(state.n_bytes));
    let mut entry = [0; ENTRY_BYTES];
    for _ in 0..state.n_bytes / ENTRY_BYTES as u64 {
        reader.read_exact(&mut entry)?;
        hash.update(entry);
        let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| entry[at + byte]));
        let of_raster = blocks.get_mut(number(0) as usize).ok_or_else(damaged)?;
        of_raster.push(Stored {
            index: number(4),
            size: number(8),
        });
    }
    if hash.clone().finalize()[..] != state.sha256 {
        return Err(damaged());
    }
    Ok((blocks, hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_as_far_as_a_checkpoint_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let stored = |index: u32| Stored { index, size: 7 };
        let mut log = BlockLog::create(dir.path()).expect("made");
        let first = [(1, stored(4)), (0, stored(0))];
        let state = log.append(first.into_iter(), true).expect("written");
        let lost = [(0, stored(9))];
        log.append(lost.into_iter(), false).expect("written");
        let (mut log, blocks) = BlockLog::resume(dir.path(), &state, 2).expect("read");
        assert_eq!(blocks, [vec![stored(0)], vec![stored(4)]]);
        let state = log
            .append([(1, stored(5))].into_iter(), false)
            .expect("written");
        let (_, blocks) = BlockLog::resume(dir.path(), &state, 2).expect("read");
        assert_eq!(blocks, [vec![stored(0)], vec![stored(4), stored(5)]]);
        let path = dir.path().join(LOG);
        let mut bytes = std::fs::read(&path).expect("read");
        bytes[9] ^= 1;
        std::fs::write(&path, bytes).expect("written");
        assert!(BlockLog::resume(dir.path(), &state, 2).is_err());
    }
}
