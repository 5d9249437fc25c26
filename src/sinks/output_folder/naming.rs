//! How the files of an output folder get their final names, and lose them again.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path};

use rayon::prelude::*;

use crate::sinks::error::SinkError;
use crate::sinks::journal::sync_folder;
use crate::sinks::store_folder::{check_store, is_of_a_run, size_of, sync_all};

use super::{FileWritten, LAST, NAMES, OutputFolder, cannot_use};

/// Where files are kept that have the names of new ones.
const REPLACED: &str = "replaced";
/// The ending of a store that was moved out of the way.
const ASIDE: &str = "replaced";

impl OutputFolder {
    /// The names that files were about to get when a run was interrupted.
    pub(super) fn names_given(&self) -> Result<Vec<String>, SinkError> {
        let Ok(bytes) = fs::read(self.hidden.join(NAMES)) else {
            return Ok(Vec::new());
        };
        let names: Result<Vec<String>, _> = serde_json::from_slice(&bytes);
        let is_inside = |name: &String| {
            let mut parts = Path::new(name).components();
            parts.all(|part| matches!(part, Component::Normal(_)))
        };
        let names = names.ok().filter(|names| names.iter().all(is_inside));
        names.ok_or_else(|| SinkError::Journal {
            path: self.hidden.clone(),
            reason: "the list of its files is damaged".to_owned(),
        })
    }

    /// Removes a store that an earlier run left under this name, together with the hidden folder. One that no run made
    /// stays.
    ///
    /// # Errors
    ///
    /// It cannot be moved.
    fn set_aside(&self, store: &str) -> Result<(), SinkError> {
        let old = self.final_path(store);
        if !is_of_a_run(&old) {
            return Ok(());
        }
        let moved = replace(&old, &self.unfinished_path(store));
        moved.map_err(|error| cannot_use(&self.dir, &error))
    }

    /// Gives the files of these names, and then the texts, their final names.
    ///
    /// # Arguments
    ///
    /// * `old_store` - what goes as soon as all names are noted, since it is a store of other maps.
    ///
    /// # Errors
    ///
    /// A file cannot be moved. Then none is left under its final name, and what an earlier run left is as it was.
    pub(in crate::sinks) fn publish(
        mut self,
        files: Vec<String>,
        old_store: Option<&str>,
    ) -> Result<Vec<FileWritten>, SinkError> {
        let mut names = files;
        let mut texts = std::mem::take(&mut self.texts);
        texts.sort_by_key(|name| name == LAST);
        names.extend(texts);
        if self.stays {
            let noted = self.note_names(&names);
            noted.map_err(|error| cannot_use(&self.dir, &error))?;
        }
        if let Some(store) = old_store {
            self.set_aside(store)?;
        }
        let mut written: Vec<FileWritten> = Vec::new();
        for name in &names {
            let kept = self.keep_old(name);
            let published = kept
                .and_then(|()| publish_file(&self.unfinished_path(name), &self.final_path(name)));
            match published {
                Ok(file) => written.push(file),
                Err(error) => {
                    self.take_back(&names[..written.len()]);
                    let failed = names[written.len()].as_str();
                    for name in [Some(failed), old_store].into_iter().flatten() {
                        self.give_back(name);
                    }
                    return Err(error);
                }
            }
        }
        self.stays = false;
        self.created.clear();
        Ok(written)
    }

    /// Gives their names to files of a complete run that was interrupted while they got them.
    pub(super) fn give_the_rest(&self) -> Result<(), SinkError> {
        for name in self.names_given()? {
            let from = self.unfinished_path(&name);
            if from.exists() {
                publish_file(&from, &self.final_path(&name))?;
            }
        }
        Ok(())
    }

    /// Notes all names before the first file gets its own, so that an interruption among them can be mended.
    pub(super) fn note_names(&self, names: &[String]) -> io::Result<()> {
        if self.is_durable {
            let files = names.par_iter();
            files.try_for_each(|name| sync_all(&self.unfinished_path(name)))?;
        }
        let unfinished = self.hidden.join("names-new");
        fs::write(&unfinished, serde_json::to_vec(names)?)?;
        if self.is_durable {
            File::open(&unfinished)?.sync_all()?;
        }
        fs::rename(unfinished, self.hidden.join(NAMES))?;
        if self.is_durable {
            sync_folder(&self.hidden)?;
        }
        Ok(())
    }

    /// Moves files that have their final names back, and gives these names to what had them before.
    fn take_back(&self, names: &[String]) {
        for name in names {
            // The error that led here is the one to report.
            let _ = fs::rename(self.final_path(name), self.unfinished_path(name));
            self.give_back(name);
        }
        let _ = fs::remove_file(self.hidden.join(NAMES));
    }

    /// Keeps the file that has a name until the hidden folder is removed.
    ///
    /// # Errors
    ///
    /// It can be neither linked nor moved.
    fn keep_old(&self, name: &str) -> Result<(), SinkError> {
        let old = self.final_path(name);
        if !old.is_file() {
            return Ok(());
        }
        let kept = self.hidden.join(REPLACED).join(name);
        let keep = || {
            if let Some(folder) = kept.parent() {
                fs::create_dir_all(folder)?;
            }
            if kept.exists() {
                fs::remove_file(&kept)?;
            }
            // Some file systems have no links.
            fs::hard_link(&old, &kept).or_else(|_| fs::rename(&old, &kept))
        };
        keep().map_err(|error| SinkError::Move {
            path: old.clone(),
            reason: error.to_string(),
        })
    }

    /// Gives a name back to the file or store that had it, where nothing else has it.
    fn give_back(&self, name: &str) {
        let old = self.final_path(name);
        let kept = self.hidden.join(REPLACED).join(name);
        let store = self.unfinished_path(name).with_extension(ASIDE);
        for kept in [kept, store].iter().filter(|kept| kept.exists()) {
            if !old.exists() {
                // The error that led here is the one to report.
                let _ = fs::rename(kept, &old);
            }
        }
    }
}

pub(super) fn publish_file(from: &Path, to: &Path) -> Result<FileWritten, SinkError> {
    if from.is_dir() {
        check_store(to)?;
    }
    let moved = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        if from.is_dir() && to.exists() {
            replace(to, from)?;
        }
        fs::rename(from, to)?;
        size_of(to)
    };
    let (_, bytes) = moved().map_err(|error| SinkError::Move {
        path: to.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(FileWritten {
        path: to.to_owned(),
        bytes,
    })
}

/// Moves a folder out of the way, beside the one that takes its place, where it is removed with the hidden folder.
fn replace(old: &Path, new: &Path) -> io::Result<()> {
    let aside = new.with_extension(ASIDE);
    if aside.exists() {
        fs::remove_dir_all(&aside)?;
    }
    fs::rename(old, aside)
}
