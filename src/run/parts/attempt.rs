//! A process at work on a part: its folder, and the signs that it is alive.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::sinks::SinkError;

use super::folder::{PartsFolder, remove_attempt};
use super::host::{host_name, now};

/// The file that says who is at work.
const WORKER: &str = "worker.json";
/// The lock of the run in the folder, which goes with the process.
const LOCK: &str = ".doline-unfinished/lock";
/// From one heartbeat to the next.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A process of another machine that has no heartbeat for so long is taken for dead.
const DEAD_AFTER: Duration = Duration::from_mins(2);

/// Who is at work on a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Worker {
    /// The machine.
    pub(super) host: String,
    /// The process.
    pub(super) pid: u32,
    /// Since when, seconds since 1970 UTC.
    pub(super) since: u64,
}

/// The folder of this process, which is removed unless it becomes the part.
pub(super) struct Attempt {
    dir: PathBuf,
    heart: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Attempt {
    /// Makes a folder for a part. What dead processes left of it is removed, and the note of the last failure.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(super) fn begin(folder: &PartsFolder, index: usize) -> Result<Self, SinkError> {
        folder.remove_leftovers();
        for (of, dir) in folder.attempts() {
            if of == index && !is_alive(&dir) {
                remove_attempt(&dir);
            }
        }
        // A note that cannot be removed speaks of an older failure.
        let _ = fs::remove_file(folder.failure(index));
        let (since, nanos) = now();
        let (host, pid) = (host_name(), std::process::id());
        let name: String = host
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
            .collect();
        let dir = folder.attempt(index, &format!("{name}-{pid}-{since:x}{nanos:08x}"))?;
        let worker = Worker { host, pid, since };
        let text = serde_json::to_vec(&worker).unwrap_or_default();
        let path = dir.join(WORKER);
        let attempt = Self {
            dir,
            heart: Some(beat(path.clone())),
        };
        fs::write(&path, text).map_err(|error| SinkError::Folder {
            dir: attempt.dir.clone(),
            reason: error.to_string(),
        })?;
        Ok(attempt)
    }

    /// Its folder.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Stops the heartbeat, so that nothing touches the folder any more.
    fn rest(&mut self) {
        if let Some((stop, heart)) = self.heart.take() {
            drop(stop);
            // It cannot panic.
            let _ = heart.join();
        }
    }

    /// The folder has become the part, or the part is there already: nothing is left of it here.
    pub(super) fn end(mut self) {
        self.rest();
        if self.dir.exists() {
            remove_attempt(&self.dir);
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.rest();
        if self.dir.exists() {
            remove_attempt(&self.dir);
        }
    }
}

/// Sets the time of a file again and again, until what is returned is dropped.
fn beat(path: PathBuf) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = channel();
    let heart = thread::spawn(move || {
        while stopped.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
            let file = File::options().write(true).open(&path);
            // A beat that fails is one that is missing.
            let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
        }
    });
    (stop, heart)
}

/// Who is, or was, at work in a folder.
pub(super) fn worker_of(dir: &Path) -> Option<Worker> {
    serde_json::from_slice(&fs::read(dir.join(WORKER)).ok()?).ok()
}

/// Whether the process of a folder is alive: it holds its lock, or, where the lock of another machine is not seen, its
/// heart beats.
pub(super) fn is_alive(dir: &Path) -> bool {
    let is_locked = match File::open(dir.join(LOCK)) {
        Ok(lock) => match lock.try_lock() {
            Ok(()) => Some(false),
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        },
        // It has not come so far.
        Err(_) => None,
    };
    let worker = worker_of(dir);
    let is_here = worker
        .as_ref()
        .is_some_and(|worker| worker.host == host_name());
    match is_locked {
        Some(true) => true,
        Some(false) if is_here => false,
        None if is_here
            && worker
                .as_ref()
                .is_some_and(|worker| !is_process(worker.pid)) =>
        {
            false
        }
        _ => {
            let beats = [dir.join(WORKER), dir.to_owned()];
            let beats = beats
                .iter()
                .filter_map(|path| fs::metadata(path).ok()?.modified().ok());
            let ago = |beat: SystemTime| beat.elapsed().unwrap_or_default();
            beats
                .into_iter()
                .map(ago)
                .min()
                .is_some_and(|ago| ago < DEAD_AFTER)
        }
    }
}

/// Whether there is a process of this number on this machine; true where the system does not say.
fn is_process(pid: u32) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_at_work_is_alive_and_what_a_dead_one_left_is_removed() {
        let out = tempfile::tempdir().expect("a folder");
        let folder = PartsFolder::of(out.path());
        folder.make().expect("made");
        let attempt = Attempt::begin(&folder, 3).expect("begun");
        let worker = worker_of(attempt.dir()).expect("a worker");
        assert_eq!((worker.host, worker.pid), (host_name(), std::process::id()));
        assert!(is_alive(attempt.dir()));
        // Its lock is free, as after its end.
        let lock = attempt.dir().join(LOCK);
        fs::create_dir_all(lock.parent().expect("a folder")).expect("made");
        let file = File::create(&lock).expect("made");
        assert!(!is_alive(attempt.dir()));
        file.lock().expect("locked");
        assert!(is_alive(attempt.dir()));
        drop(file);
        // The next one of another part lets it be, that of the same part removes it.
        let of_other = Attempt::begin(&folder, 4).expect("begun");
        assert_eq!(folder.attempts().len(), 2);
        let again = Attempt::begin(&folder, 3).expect("begun");
        assert!(!attempt.dir().exists() && again.dir().exists());
        drop((of_other, again));
        assert!(folder.attempts().is_empty());
    }
}
