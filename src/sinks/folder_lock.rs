//! One run at a time in an output folder: a lock on a file in the hidden folder, which goes with the process.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::sinks::error::SinkError;

/// The file that is locked. It says who holds it.
pub(super) const LOCK: &str = "lock";
/// A run that ends removes the folder of another that is about to lock it; so often in a row it does not happen.
const MOST_TRIES: usize = 100;

/// Makes the hidden folder of an output folder where it is missing, and locks it until the file is dropped.
///
/// # Errors
///
/// Another run has it; what is there is not the folder of a run; the system's.
pub(super) fn lock(dir: &Path, hidden: &Path) -> Result<File, SinkError> {
    let failed = |error: io::Error| SinkError::Folder {
        dir: dir.to_owned(),
        reason: error.to_string(),
    };
    for _ in 0..MOST_TRIES {
        make(dir, hidden)?;
        let path = hidden.join(LOCK);
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock() {
            // Some shared file systems have no locks: there the user sees to it.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // It is only for the message.
                let _ = file.read_to_string(&mut by);
                return Err(SinkError::InUse {
                    dir: dir.to_owned(),
                    by: by.trim().to_owned(),
                });
            }
        }
        if is_there(&file, &path) {
            let written = file.set_len(0).and_then(|()| {
                let text = format!("process {}{}\n", std::process::id(), on_host());
                file.write_all(text.as_bytes())
            });
            written.map_err(failed)?;
            return Ok(file);
        }
    }
    Err(failed(io::Error::other(
        "runs begin and end in it all the time",
    )))
}

fn make(dir: &Path, hidden: &Path) -> Result<(), SinkError> {
    let refused = |reason: String| SinkError::Folder {
        dir: dir.to_owned(),
        reason,
    };
    match fs::create_dir(hidden) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(refused(error.to_string())),
    }
    // What is in the folder may be removed: it has to be that of a run.
    let is_folder = hidden.symlink_metadata().is_ok_and(|found| found.is_dir());
    let is_empty = || fs::read_dir(hidden).is_ok_and(|mut entries| entries.next().is_none());
    if is_folder && (hidden.join(LOCK).is_file() || is_empty()) {
        return Ok(());
    }
    Err(refused(format!(
        "{} is not what an interrupted run leaves; move it away",
        hidden.display()
    )))
}

/// Whether the locked file is the one that the path names: a run that ended may have removed it meanwhile.
#[cfg(unix)]
fn is_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |found: fs::Metadata| (found.dev(), found.ino());
    let both = file.metadata().ok().zip(fs::metadata(path).ok());
    both.is_some_and(|(held, named)| id(held) == id(named))
}

#[cfg(not(unix))]
fn is_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

/// The name of the machine, where the system tells it in a file.
fn on_host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| String::new(), |name| format!(" on {}", name.trim()))
}
