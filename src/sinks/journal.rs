//! The journal of an unfinished run: how far its files are written, and what the run itself has to know to go on.
//!
//! A checkpoint is a file of its own that replaces the one before by a rename, with a checksum. There are two: `durable`
//! is written once everything that it speaks of is on the disk; `quick` does not wait for the disk. The second is enough
//! after the end of a process, since the system keeps what it was given, and is not used after a restart of the machine.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::sinks::block_file::BlockFileState;
use crate::sinks::block_log::LogState;

/// First bytes of a checkpoint; another form has another number.
const MAGIC: &[u8] = b"doline journal 3\n";
const CHECKSUM_BYTES: usize = 32;
/// Names of the two checkpoints.
pub(super) const DURABLE: &str = "journal";
pub(super) const QUICK: &str = "journal-quick";

/// How far the rasters of a sink are written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SinkState {
    /// By the index of the raster.
    pub(super) files: Vec<BlockFileState>,
    pub(super) parts: Vec<u8>,
    pub(super) log: LogState,
}

/// A moment between two tiles.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// Tiles that are written.
    pub(super) tiles: usize,
    /// The start of the machine in which it holds; `None` for one that holds in any.
    pub(super) boot: Option<String>,
    pub(super) sink: SinkState,
    /// What the run has to know.
    pub(super) run: Vec<u8>,
}

/// A name of the present start of the machine, where the system has one. Without it no checkpoint is quick.
pub(super) fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

impl Checkpoint {
    /// Puts it in the place of the one before, of which something is left until then.
    pub(super) fn write(&self, hidden: &Path) -> io::Result<()> {
        let is_durable = self.boot.is_none();
        let name = if is_durable { DURABLE } else { QUICK };
        let bytes = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let unfinished = hidden.join(format!("{name}-new"));
        let mut file = File::create(&unfinished)?;
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(&bytes))?;
        file.write_all(&bytes)?;
        if is_durable {
            file.sync_all()?;
        }
        drop(file);
        fs::rename(&unfinished, hidden.join(name))?;
        if is_durable {
            sync_folder(hidden)?;
        }
        Ok(())
    }

    /// The latest one that holds.
    ///
    /// # Errors
    ///
    /// There are some, and none is whole.
    pub(super) fn latest(hidden: &Path) -> Result<Option<Self>, String> {
        let read = [DURABLE, QUICK].map(|name| Self::read(&hidden.join(name)));
        let (mut latest, mut damaged) = (None::<Self>, None);
        for checkpoint in read {
            match checkpoint {
                Ok(Some(found)) if found.boot.is_none() || found.boot == boot() => {
                    let is_later = latest
                        .as_ref()
                        .is_none_or(|known| known.tiles < found.tiles);
                    if is_later {
                        latest = Some(found);
                    }
                }
                Ok(_) => {}
                Err(reason) => damaged = Some(reason),
            }
        }
        match (latest, damaged) {
            (None, Some(reason)) => Err(reason),
            (latest, _) => Ok(latest),
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, String> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let torn = || "it is damaged".to_owned();
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or("it is damaged, or of another version")?;
        let (checksum, rest) = rest.split_at_checked(CHECKSUM_BYTES).ok_or_else(torn)?;
        if Sha256::digest(rest)[..] != *checksum {
            return Err(torn());
        }
        postcard::from_bytes(rest)
            .map(Some)
            .map_err(|error| error.to_string())
    }
}

/// Has the names in a folder on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems cannot open a folder, and need not.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(tiles: usize, boot: Option<String>) -> Checkpoint {
        Checkpoint {
            tiles,
            boot,
            sink: SinkState {
                files: Vec::new(),
                parts: Vec::new(),
                log: LogState::default(),
            },
            run: vec![1, 2, 3],
        }
    }

    fn latest(folder: &Path) -> Result<Option<usize>, String> {
        Ok(Checkpoint::latest(folder)?.map(|found| found.tiles))
    }

    #[test]
    fn the_latest_whole_checkpoint_of_this_start_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path();
        assert_eq!(latest(folder), Ok(None));
        checkpoint(3, None).write(folder).expect("written");
        checkpoint(5, Some("a start before".to_owned()))
            .write(folder)
            .expect("written");
        assert_eq!(latest(folder), Ok(Some(3)));
        if boot().is_some() {
            checkpoint(7, boot()).write(folder).expect("written");
            assert_eq!(latest(folder), Ok(Some(7)));
        }
        checkpoint(9, None).write(folder).expect("written");
        assert_eq!(latest(folder), Ok(Some(9)));
    }

    #[test]
    fn a_torn_checkpoint_is_noticed_wherever_it_is_torn() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join(DURABLE);
        checkpoint(3, None).write(dir.path()).expect("written");
        let whole = fs::read(&path).expect("read");
        for n in 0..whole.len() {
            fs::write(&path, &whole[..n]).expect("torn");
            assert!(latest(dir.path()).is_err(), "{n} bytes");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 16;
            fs::write(&path, &bytes).expect("changed");
            assert!(latest(dir.path()).is_err(), "byte {at}");
        }
        // The other one is whole.
        checkpoint(2, boot()).write(dir.path()).expect("written");
        if boot().is_some() {
            assert_eq!(latest(dir.path()), Ok(Some(2)));
        }
    }
}
