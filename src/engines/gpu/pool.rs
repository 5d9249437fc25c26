//! Threads that move slabs between tiles and mapped buffers.
//!
//! They are apart from those that decode, decide and compress, so that a device does not wait until
//! one of these is free.

use std::thread::available_parallelism;

/// More threads than these only wait for the bus.
const MAX_THREADS: usize = 6;

/// A few threads.
pub(super) struct Pool(Option<rayon::ThreadPool>);

impl Pool {
    /// Starts them. Without threads of its own a pool takes those of everybody.
    pub(super) fn new(what: &'static str) -> Self {
        let n_threads = available_parallelism().map_or(1, usize::from);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads.min(MAX_THREADS))
            .thread_name(move |i| format!("{what} {i}"))
            .build();
        Self(pool.ok())
    }

    /// Runs `work` on them.
    pub(super) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.0 {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
