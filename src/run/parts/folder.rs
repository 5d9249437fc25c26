//! The folder of the parts inside the folder of the outputs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sinks::SinkError;

/// Its name.
const PARTS: &str = ".parts";
/// How a folder ends of which a process is at work.
const AT_WORK: &str = ".tmp";
/// The same after the end of the process, while it is removed.
const REMOVED: &str = ".removed";
/// How the note of a failure ends.
const FAILED: &str = ".failed";
/// The plan of all parts.
const PLAN: &str = "plan.json";

/// The folder of the parts of a run.
#[derive(Clone, Debug)]
pub(super) struct PartsFolder {
    dir: PathBuf,
}

impl PartsFolder {
    /// The one in a folder of outputs, which may not be there yet.
    pub(super) fn of(out: &Path) -> Self {
        Self {
            dir: out.join(PARTS),
        }
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    /// Makes it.
    pub(super) fn make(&self) -> Result<(), SinkError> {
        fs::create_dir_all(&self.dir).map_err(|error| self.cannot_use(&error))
    }

    /// The file of the plan.
    pub(super) fn plan(&self) -> PathBuf {
        self.dir.join(PLAN)
    }

    /// The folder of a part that is whole.
    pub(super) fn part(&self, index: usize) -> PathBuf {
        self.dir.join(number(index))
    }

    /// Whether a part is whole.
    pub(super) fn is_whole(&self, index: usize) -> bool {
        self.part(index).is_dir()
    }

    /// Makes a folder for a process that begins with a part. No other process has one of this name.
    pub(super) fn attempt(&self, index: usize, by: &str) -> Result<PathBuf, SinkError> {
        let dir = self.dir.join(format!("{}-{by}{AT_WORK}", number(index)));
        let made = fs::create_dir(&dir);
        made.map_err(|error| self.cannot_use(&error))?;
        Ok(dir)
    }

    /// The folders of processes that are, or were, at work, each with its part.
    pub(super) fn attempts(&self) -> Vec<(usize, PathBuf)> {
        self.entries(AT_WORK)
    }

    /// The note of a failure.
    pub(super) fn failure(&self, index: usize) -> PathBuf {
        self.dir.join(format!("{}{FAILED}", number(index)))
    }

    /// The notes of all failures, each with its part.
    pub(super) fn failures(&self) -> Vec<(usize, PathBuf)> {
        self.entries(FAILED)
    }

    /// Entries that end so, with the number that each begins with.
    fn entries(&self, ending: &str) -> Vec<(usize, PathBuf)> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut found: Vec<(usize, PathBuf)> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let rest = name.strip_suffix(ending)?;
                let index = rest.split('-').next()?.parse().ok()?;
                Some((index, entry.path()))
            })
            .collect();
        found.sort();
        found
    }

    /// Removes everything: first its name, so that nobody takes what is left for whole.
    pub(super) fn remove(&self) {
        let unnamed = self
            .dir
            .with_file_name(format!("{PARTS}-{}{REMOVED}", std::process::id()));
        remove_as(&self.dir, &unnamed);
    }

    /// Removes what other processes were about to remove when they ended.
    pub(super) fn remove_leftovers(&self) {
        let folders = [Some(self.dir.as_path()), self.dir.parent()];
        for folder in folders.into_iter().flatten() {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            for entry in entries {
                let name = entry.file_name();
                let is_left = name.to_str().is_some_and(|name| {
                    let is_own = folder == self.dir || name.starts_with(PARTS);
                    is_own && name.ends_with(REMOVED)
                });
                if is_left {
                    // It is of no use and harms nobody.
                    let _ = fs::remove_dir_all(entry.path());
                }
            }
        }
    }

    fn cannot_use(&self, error: &std::io::Error) -> SinkError {
        SinkError::Folder {
            dir: self.dir.clone(),
            reason: error.to_string(),
        }
    }
}

/// Removes the folder of a process. One that is still at work, against all signs, finds at its end that it has none.
pub(super) fn remove_attempt(dir: &Path) {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(REMOVED);
    remove_as(dir, &dir.with_file_name(name));
}

/// Removes a folder under another name.
fn remove_as(dir: &Path, unnamed: &Path) {
    if fs::rename(dir, unnamed).is_ok() {
        // What cannot be removed now is removed later.
        let _ = fs::remove_dir_all(unnamed);
    }
}

fn number(index: usize) -> String {
    format!("{index:04}")
}
