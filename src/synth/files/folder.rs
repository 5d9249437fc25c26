//! The folder of a study: all files or none, and nobody else's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::{SynthError, files_error};
use crate::synth::text;

/// Whether `dir` may be written: absent, empty, or from an earlier synth.
pub(super) fn check_folder(dir: &Path) -> Result<(), SynthError> {
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(files_error(dir, source)),
    };
    if entries.next().is_none() || text::is_truth(&dir.join("truth/truth.json")) {
        return Ok(());
    }
    Err(SynthError::FolderInUse {
        dir: dir.to_owned(),
    })
}

/// A folder beside `dir` that is removed unless it was moved to its place.
pub(super) struct Partial(pub PathBuf);

impl Partial {
    pub(super) fn beside(dir: &Path) -> Result<Self, SynthError> {
        let name = dir.file_name().unwrap_or_default().to_string_lossy();
        let partial = dir.with_file_name(format!(".{name}.partial-{}", std::process::id()));
        fs::create_dir_all(&partial).map_err(|source| files_error(&partial, source))?;
        Ok(Self(partial))
    }

    /// Moves all entries into `dir`, in place of those of the same names. What else is there,
    /// such as the results of a run, stays.
    pub(super) fn move_into(&self, dir: &Path) -> Result<(), SynthError> {
        fs::create_dir_all(dir).map_err(|source| files_error(dir, source))?;
        for entry in fs::read_dir(&self.0).map_err(|source| files_error(&self.0, source))? {
            let entry = entry.map_err(|source| files_error(&self.0, source))?;
            let target = dir.join(entry.file_name());
            if target.is_dir() {
                fs::remove_dir_all(&target).map_err(|source| files_error(&target, source))?;
            }
            fs::rename(entry.path(), &target).map_err(|source| files_error(&target, source))?;
        }
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Nothing is lost if it stays; the error that led here is the one to report.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Number and bytes of the files under `dir`.
pub(super) fn size_of(dir: &Path) -> Result<(usize, u64), SynthError> {
    let (mut n_files, mut n_bytes) = (0, 0);
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|source| files_error(&folder, source))? {
            let path = entry.map_err(|source| files_error(&folder, source))?.path();
            let metadata = fs::metadata(&path).map_err(|source| files_error(&path, source))?;
            if metadata.is_dir() {
                folders.push(path);
            } else {
                n_files += 1;
                n_bytes += metadata.len();
            }
        }
    }
    Ok((n_files, n_bytes))
}
