//! Ends a run at a signal: at its next tile, or within two seconds where all that matters is on the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::sleep;
use std::time::Duration;

use crate::error::Error;

use super::failure::{Failure, report};

/// How long a run may take to end by itself.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// Files may be many, far away and slow to open, and there is nothing to clear away yet.
    Opening,
    /// It looks whether it has to stop.
    Running,
    /// Files get their names, which takes a moment.
    Publishing,
}

/// The wish to stop, set by a signal.
pub(super) struct Interrupt {
    stop: Arc<AtomicBool>,
    phase: Arc<AtomicU8>,
    at_once: Option<fn() -> Error>,
}

impl Interrupt {
    /// Watches for signals.
    ///
    /// # Arguments
    ///
    /// * `at_once` - how a run ends that loses nothing wherever it ends: it is not waited for long.
    pub(super) fn watch(at_once: Option<fn() -> Error>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let phase = Arc::new(AtomicU8::new(Phase::Opening as u8));
        let (on_stop, on_phase) = (Arc::clone(&stop), Arc::clone(&phase));
        // Without a handler a signal ends the program at once; the next run clears away what it leaves.
        let _ = ctrlc::set_handler(move || {
            let is_in = |phase: Phase| on_phase.load(Ordering::SeqCst) == phase as u8;
            on_stop.store(true, Ordering::SeqCst);
            if is_in(Phase::Opening) {
                end(Error::Stopped);
            }
            if let Some(error) = at_once {
                sleep(PATIENCE);
                if !is_in(Phase::Publishing) {
                    end(error());
                }
            }
        });
        Self {
            stop,
            phase,
            at_once,
        }
    }

    /// Ends the run as at a signal once the process that started it has ended. Only systems that tell the parent of a
    /// process can do it.
    pub(super) fn watch_parent(&self) {
        #[cfg(unix)]
        {
            const LOOK: Duration = Duration::from_millis(200);
            let parent = rustix::process::getppid();
            let (stop, phase) = (Arc::clone(&self.stop), Arc::clone(&self.phase));
            let error = self.at_once.unwrap_or(|| Error::Stopped);
            std::thread::spawn(move || {
                while rustix::process::getppid() == parent {
                    sleep(LOOK);
                }
                stop.store(true, Ordering::SeqCst);
                sleep(PATIENCE);
                while phase.load(Ordering::SeqCst) == Phase::Publishing as u8 {
                    sleep(LOOK);
                }
                end(error());
            });
        }
    }

    /// Set at a signal.
    pub(super) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// Says where the run is.
    pub(super) fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::SeqCst);
    }
}

/// Ends the program as a run that was stopped.
fn end(error: Error) {
    let stopped = Failure::Run(error);
    report(&stopped);
    let code = stopped.exit_code().into();
    // Without what libraries do at an end: their other threads are at work.
    #[cfg(unix)]
    signal_hook::low_level::exit(code);
    #[cfg(not(unix))]
    std::process::exit(code);
}

/// Makes writing past a limit of file sizes an error like that of a full disk; by itself the signal would end the program.
pub(super) fn outlive_size_limits() {
    #[cfg(unix)]
    {
        // If it cannot be had the signal ends the program.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    }
}
