//! The folder of the outputs, which gets all files of a run or none.
//!
//! Files are written into a hidden folder inside it. Once all of them are complete they are renamed, `run.json` last.
//! Dropping the folder before that removes everything that was made.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::sinks::error::SinkError;

/// The text that is moved last: a program that waits for it finds the rest.
const LAST: &str = "run.json";

/// A file under its final name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWritten {
    /// Path.
    pub path: PathBuf,
    /// Size in bytes.
    pub bytes: u64,
}

/// An output folder with the hidden folder of its unfinished files.
#[derive(Debug)]
pub(super) struct OutputFolder {
    dir: PathBuf,
    hidden: PathBuf,
    /// Folders that were not there before, innermost first.
    created: Vec<PathBuf>,
    keep_created: bool,
    texts: Vec<String>,
}

impl OutputFolder {
    /// Makes the folder where it is missing, and the hidden one in it.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or written to.
    pub(super) fn create(dir: &Path) -> Result<Self, SinkError> {
        let failed = |error: io::Error| SinkError::Folder {
            dir: dir.to_owned(),
            reason: error.to_string(),
        };
        let created: Vec<PathBuf> = dir
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        fs::create_dir_all(dir).map_err(failed)?;
        let hidden = dir.join(format!(".doline-unfinished-{}", std::process::id()));
        // A process of the same number that was killed may have left one.
        if hidden.exists() {
            fs::remove_dir_all(&hidden).map_err(failed)?;
        }
        // From here on a failure removes what was created.
        let folder = Self {
            dir: dir.to_owned(),
            hidden,
            created,
            keep_created: false,
            texts: Vec::new(),
        };
        fs::create_dir(&folder.hidden).map_err(failed)?;
        Ok(folder)
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

    /// Writes a text, or replaces the one of this name.
    ///
    /// # Errors
    ///
    /// The text cannot be written.
    pub(super) fn write_text(&mut self, name: &str, text: &str) -> Result<(), SinkError> {
        self.path_to_create(name)
            .and_then(|path| fs::write(path, text))
            .map_err(|error| SinkError::Write {
                path: self.final_path(name),
                reason: error.to_string(),
            })?;
        if !self.texts.iter().any(|known| known == name) {
            self.texts.push(name.to_owned());
        }
        Ok(())
    }

    /// Gives the files of these names, and then the texts, their final names.
    ///
    /// # Errors
    ///
    /// A file cannot be moved. Then none is left under its final name.
    pub(super) fn publish(mut self, files: Vec<String>) -> Result<Vec<FileWritten>, SinkError> {
        let mut names = files;
        let mut texts = std::mem::take(&mut self.texts);
        texts.sort_by_key(|name| name == LAST);
        names.extend(texts);
        let mut written: Vec<FileWritten> = Vec::new();
        for name in names {
            match publish_file(&self.unfinished_path(&name), &self.final_path(&name)) {
                Ok(file) => written.push(file),
                Err(error) => {
                    remove_all(&written);
                    return Err(error);
                }
            }
        }
        self.keep_created = true;
        Ok(written)
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // Nothing can be done about a folder that cannot be removed; it is hidden and named so.
        let _ = fs::remove_dir_all(&self.hidden);
        if !self.keep_created {
            for folder in &self.created {
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

fn publish_file(from: &Path, to: &Path) -> Result<FileWritten, SinkError> {
    let moved = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(from, to)?;
        fs::metadata(to)
    };
    let metadata = moved().map_err(|error| SinkError::Move {
        path: to.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(FileWritten {
        path: to.to_owned(),
        bytes: metadata.len(),
    })
}

fn remove_all(written: &[FileWritten]) {
    for file in written {
        // The error that led here is the one to report.
        let _ = fs::remove_file(&file.path);
    }
}
