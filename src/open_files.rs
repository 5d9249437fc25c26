//! How many files the process may keep open, and how these are shared out.
//!
//! GDAL keeps a file open for as long as a dataset lives, and opening it again costs about a millisecond. A study has
//! hundreds of inputs and dozens of outputs. The usual limits are 1024 (Linux), 256 (macOS) or what a cluster's queue
//! sets. Readers of inputs get half of what is left of the limit, outputs a quarter, and the files inside mosaics (VRT),
//! which GDAL opens itself, a quarter.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reserved for the rest of the process: standard streams, the device, PROJ's database, threads, texts.
const RESERVED: usize = 28;
/// The limit where the system reports none.
#[cfg(any(test, not(unix)))]
const USUAL_LIMIT: usize = 512;
/// More open files than this gain nothing.
const MAX_FILES: usize = 200;

/// Readers alive in this process.
static READERS: AtomicUsize = AtomicUsize::new(0);

/// Shares of the files that may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    /// Of all readers together.
    pub(crate) readers: usize,
    /// Of the outputs of a run.
    pub(crate) outputs: usize,
    /// Of the files inside mosaics.
    pub(crate) mosaics: usize,
}

impl Shares {
    /// Shares of this many open files in all.
    #[must_use]
    pub(crate) fn of(limit: usize) -> Self {
        let free = limit.saturating_sub(RESERVED).max(limit / 4);
        let quarter = (free / 4).clamp(2, 2 * MAX_FILES);
        Self {
            readers: (free / 2).clamp(2, 4 * MAX_FILES),
            outputs: quarter,
            mosaics: quarter,
        }
    }

    /// Shares of the limit of this process, as it was at the first call.
    #[must_use]
    pub(crate) fn of_process() -> Self {
        static SHARES: OnceLock<Shares> = OnceLock::new();
        *SHARES.get_or_init(|| Self::of(limit()))
    }
}

#[cfg(unix)]
fn limit() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    // No limit of the system is no limit here.
    limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    })
}

#[cfg(not(unix))]
fn limit() -> usize {
    USUAL_LIMIT
}

/// A reader's share of what all readers may keep open. It changes with their number.
#[derive(Debug)]
pub(crate) struct ReaderShare {
    /// Of all readers together.
    of_all: usize,
}

impl ReaderShare {
    /// Counts one more reader until it is dropped.
    #[must_use]
    pub(crate) fn new() -> Self {
        READERS.fetch_add(1, Ordering::Relaxed);
        Self {
            of_all: Shares::of_process().readers,
        }
    }

    /// Files that this reader may keep open; at least one.
    #[must_use]
    pub(crate) fn files(&self) -> usize {
        (self.of_all / READERS.load(Ordering::Relaxed).max(1)).clamp(1, MAX_FILES)
    }
}

impl Default for ReaderShare {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ReaderShare {
    fn drop(&mut self) {
        READERS.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_below_the_limit_whatever_it_is() {
        for limit in [16, 32, 64, 100, 256, 1024, USUAL_LIMIT, 1 << 20, usize::MAX] {
            let Shares {
                readers,
                outputs,
                mosaics,
            } = Shares::of(limit);
            assert!(readers + outputs + mosaics < limit, "{limit}");
            assert!(readers.min(outputs).min(mosaics) >= 2);
        }
        let Shares {
            readers,
            outputs,
            mosaics,
        } = Shares::of(64);
        assert_eq!((readers, outputs, mosaics), (18, 9, 9));
    }
}
