//! The folder of the outputs, which gets all files of a run or none.
//!
//! Files are written into a hidden folder inside it. Once all of them are complete they are renamed, `run.json` last.
//! Dropping the folder before that removes everything that was made, or leaves it for a run that goes on from there.
//!
//! ```text
//! .doline-unfinished/
//!   lock                     held by the run that is at work
//!   identity                 what is run, in the words of the run
//!   journal, journal-quick   the latest checkpoints
//!   blocks                   where the blocks of the rasters are
//!   names                    while files get their final names: all of them
//!   maps/ stacks/ tables/ .. the files
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::sinks::error::SinkError;
use crate::sinks::folder_lock::{LOCK, lock};
use crate::sinks::journal::{Checkpoint, DURABLE, QUICK, SinkState, sync_folder};

/// The hidden folder. There is one for each output folder, so that a run finds what another left.
const HIDDEN: &str = ".doline-unfinished";
/// The text that is moved last: a program that waits for it finds the rest.
const LAST: &str = "run.json";
/// What is run.
const IDENTITY: &str = "identity";
/// The names that files are about to get.
const NAMES: &str = "names";

/// A file under its final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWritten {
    /// Path.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
}

/// What an interrupted run left to go on from.
#[derive(Debug)]
pub struct Unfinished {
    /// What was run, as [`OutputFolder::start_anew`] was told.
    pub identity: Vec<u8>,
    /// Tiles that are written.
    pub tiles: usize,
    /// What the run has to know to go on, as [`Sink::checkpoint`](super::Sink::checkpoint) was told.
    pub run: Vec<u8>,
    pub(super) sink: SinkState,
}

/// An output folder with the hidden folder of its unfinished files. No other run can write into it as long as this is
/// there.
#[derive(Debug)]
pub struct OutputFolder {
    dir: PathBuf,
    hidden: PathBuf,
    /// Folders that were not there before, innermost first.
    created: Vec<PathBuf>,
    texts: Vec<String>,
    /// Whether the hidden folder stays when this goes.
    stays: bool,
    /// Whether a checkpoint outlives a power cut; then finished files do too.
    is_durable: bool,
    lock: Option<File>,
}

impl OutputFolder {
    /// Makes the folder where it is missing, and the hidden one in it, and keeps other runs out. What an interrupted run
    /// left stays as it is.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or written to; another run writes into it.
    pub fn claim(dir: &Path) -> Result<Self, SinkError> {
        let created: Vec<PathBuf> = dir
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(dir).map_err(|error| cannot_use(dir, &error))?;
        let hidden = dir.join(HIDDEN);
        let lock = lock(dir, &hidden)?;
        let mut folder = Self {
            dir: dir.to_owned(),
            hidden,
            created,
            texts: Vec::new(),
            stays: false,
            is_durable: false,
            lock: Some(lock),
        };
        folder.stays = folder.has_leftovers();
        Ok(folder)
    }

    /// Whether an interrupted run left anything.
    #[must_use]
    pub fn has_leftovers(&self) -> bool {
        let entries = fs::read_dir(&self.hidden).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name() != LOCK)
    }

    /// What an interrupted run left to go on from; `None` where there is nothing, or not enough.
    ///
    /// # Errors
    ///
    /// Its journal is damaged.
    pub fn unfinished(&self) -> Result<Option<Unfinished>, SinkError> {
        left_in(&self.hidden).map_err(|reason| SinkError::Journal {
            path: self.hidden.clone(),
            reason,
        })
    }

    /// Removes what an interrupted run left. If it was complete and was interrupted while its files got their names, the
    /// others get theirs first.
    ///
    /// # Arguments
    ///
    /// * `identity` - what will be run, for a later [`OutputFolder::unfinished`].
    ///
    /// # Errors
    ///
    /// Something cannot be removed or written.
    pub fn start_anew(&mut self, identity: &[u8]) -> Result<(), SinkError> {
        self.give_the_rest()?;
        self.stays = false;
        let failed = |error: io::Error| cannot_use(&self.dir, &error);
        self.clear().map_err(failed)?;
        fs::write(self.hidden.join(IDENTITY), identity).map_err(failed)
    }

    /// Prepares to go on from what is there: files that have their final names already lose them again.
    ///
    /// # Errors
    ///
    /// A file cannot be moved.
    pub fn take_up(&mut self) -> Result<(), SinkError> {
        self.stays = true;
        self.is_durable = self.hidden.join(DURABLE).exists();
        let names = self.names_given()?;
        let failed = |error: io::Error| cannot_use(&self.dir, &error);
        for name in &names {
            let (from, to) = (self.final_path(name), self.unfinished_path(name));
            if !to.exists() && from.exists() {
                fs::rename(&from, &to).map_err(failed)?;
            }
        }
        if !names.is_empty() {
            fs::remove_file(self.hidden.join(NAMES)).map_err(failed)?;
        }
        Ok(())
    }

    /// Puts a checkpoint in the place of the one before. From then on an early end leaves the files.
    pub(super) fn keep(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        checkpoint.write(&self.hidden)?;
        if checkpoint.boot.is_none() {
            File::open(self.hidden.join(IDENTITY))?.sync_all()?;
            sync_folder(&self.dir)?;
            self.is_durable = true;
        }
        self.stays = true;
        Ok(())
    }

    /// An early end leaves nothing.
    pub(super) fn forget(&mut self) {
        self.stays = false;
    }

    /// The hidden folder.
    pub(super) fn hidden(&self) -> &Path {
        &self.hidden
    }

    /// Whether there is a checkpoint that outlives a power cut.
    pub(super) fn is_durable(&self) -> bool {
        self.is_durable
    }

    /// The path that a file has in the end.
    pub(super) fn final_path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The path that it has until then.
    pub(super) fn unfinished_path(&self, name: &str) -> PathBuf {
        self.hidden.join(name)
    }

    /// The same, with the folders above it made.
    pub(super) fn path_to_create(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.unfinished_path(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(path)
    }

    /// Writes a text or other bytes, or replaces those of this name.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub(super) fn write_text(
        &mut self,
        name: &str,
        content: impl AsRef<[u8]>,
    ) -> Result<(), SinkError> {
        self.path_to_create(name)
            .and_then(|path| fs::write(path, content))
            .map_err(|error| SinkError::Write {
                path: self.final_path(name),
                reason: error.to_string(),
            })?;
        if !self.texts.iter().any(|known| known == name) {
            self.texts.push(name.to_owned());
        }
        Ok(())
    }

    /// Gives the whole folder another name, with all that its last checkpoint speaks of. False where there is a folder of
    /// that name: then this one is removed.
    ///
    /// # Errors
    ///
    /// It cannot be moved.
    pub(super) fn rename_whole(mut self, to: &Path) -> Result<bool, SinkError> {
        self.stays = false;
        let moved = sync_folder(&self.hidden).and_then(|()| fs::rename(&self.dir, to));
        match moved {
            Ok(()) => {
                self.stays = true;
                self.created.clear();
                let parent = to.parent().unwrap_or(to);
                sync_folder(parent).map_err(|error| cannot_use(parent, &error))?;
                Ok(true)
            }
            // Which error a system gives where a folder has the name is its own.
            Err(_) if to.join(HIDDEN).exists() => Ok(false),
            Err(error) => Err(SinkError::Move {
                path: to.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// Removes everything in the hidden folder but the lock: first what says that a run can go on.
    fn clear(&self) -> io::Result<()> {
        for name in [QUICK, DURABLE, NAMES] {
            match fs::remove_file(self.hidden.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        for entry in fs::read_dir(&self.hidden)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // Nothing can be done about a folder that cannot be removed; it is hidden, and the next run removes it.
        let _ = self.clear();
        let path = self.hidden.join(LOCK);
        // Some systems do not remove a file that is open.
        if fs::remove_file(&path).is_err() {
            self.lock = None;
            let _ = fs::remove_file(&path);
        }
        let _ = fs::remove_dir(&self.hidden);
        for folder in &self.created {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The hidden folder of an output folder.
pub(super) fn hidden_in(dir: &Path) -> PathBuf {
    dir.join(HIDDEN)
}

/// What a run left in a hidden folder; `None` where there is nothing, or not enough.
pub(super) fn left_in(hidden: &Path) -> Result<Option<Unfinished>, String> {
    let Some(checkpoint) = Checkpoint::latest(hidden)? else {
        return Ok(None);
    };
    let identity = fs::read(hidden.join(IDENTITY));
    Ok(Some(Unfinished {
        identity: identity.map_err(|error| error.to_string())?,
        tiles: checkpoint.tiles,
        run: checkpoint.run,
        sink: checkpoint.sink,
    }))
}

fn cannot_use(dir: &Path, error: &io::Error) -> SinkError {
    SinkError::Folder {
        dir: dir.to_owned(),
        reason: error.to_string(),
    }
}

mod naming;
#[cfg(test)]
mod tests;
