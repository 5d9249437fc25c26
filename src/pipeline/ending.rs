//! How a pipeline ends: whole, asked to stop, or with the error of a stage.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What all stages know about the end of the run.
pub(super) struct Ending<'a, E> {
    /// Set from outside.
    stop: &'a AtomicBool,
    /// Set when the run ends before its last tile, also for what is at work inside a stage.
    early: Arc<AtomicBool>,
    failed: Mutex<Option<E>>,
}

impl<'a, E> Ending<'a, E> {
    /// The end of a run that `stop` ends from outside; `early` is set at every early end.
    pub(super) fn new(stop: &'a AtomicBool, early: Arc<AtomicBool>) -> Self {
        Self {
            stop,
            early,
            failed: Mutex::new(None),
        }
    }

    /// Whether no stage should begin with another tile.
    pub(super) fn is_early(&self) -> bool {
        if self.stop.load(Ordering::Relaxed) {
            self.early.store(true, Ordering::Relaxed);
        }
        self.early.load(Ordering::Relaxed)
    }

    /// A stage failed: all of them end. Errors after the first may follow from that and are not kept.
    pub(super) fn fail(&self, error: E) {
        let is_first = !self.is_early();
        self.early.store(true, Ordering::Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if is_first {
            failed.get_or_insert(error);
        }
    }

    /// The first error.
    pub(super) fn into_error(self) -> Option<E> {
        let failed = self.failed.into_inner();
        failed.unwrap_or_else(PoisonError::into_inner)
    }
}
