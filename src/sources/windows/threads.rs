//! The threads that decode blocks for one reader.
//!
//! They are not those of the CPU engine: a thread that waits for a disk would keep the engine waiting too.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::sources::error::SourceError;
use crate::sources::files::dataset_pool::DatasetPool;
use crate::sources::input::OpenedInput;
use crate::sources::windows::bands::Bands;
use crate::sources::windows::reading::Task;

/// Threads, started when they are first needed, and what they have done.
#[derive(Debug, Default)]
pub(crate) struct DecodingThreads {
    /// `None` where there is one core, or the system gives no threads.
    pool: OnceLock<Option<ThreadPool>>,
    n_decoded: AtomicU64,
}

impl DecodingThreads {
    /// Does `shared` on all threads, each of which has a file open, and `alone` on this one.
    pub(crate) fn run(
        &self,
        shared: Vec<Task<'_>>,
        alone: Vec<Task<'_>>,
        most_open: usize,
    ) -> Result<(), SourceError> {
        let one_by_one = |tasks: Vec<Task<'_>>| tasks.into_iter().try_for_each(|task| task());
        // One more file is open on this thread.
        let pool = || self.pool(most_open.saturating_sub(usize::from(!alone.is_empty())));
        let Some(pool) = Some(&shared)
            .filter(|tasks| tasks.len() > 1)
            .and_then(|_| pool())
        else {
            return one_by_one(shared).and_then(|()| one_by_one(alone));
        };
        if alone.is_empty() {
            return pool.install(|| shared.into_par_iter().try_for_each(|task| task()));
        }
        let mut done = Ok(());
        let done_alone = pool.in_place_scope(|scope| {
            scope.spawn(|_| done = shared.into_par_iter().try_for_each(|task| task()));
            one_by_one(alone)
        });
        done.and(done_alone)
    }

    /// The bands of an input, whose decoded blocks are counted here.
    pub(crate) fn bands<'a>(
        &'a self,
        index: usize,
        input: &'a OpenedInput,
        datasets: &'a DatasetPool,
        is_counting: bool,
    ) -> Bands<'a> {
        Bands {
            index,
            input,
            datasets,
            is_counting,
            n_decoded: &self.n_decoded,
        }
    }

    /// Blocks decoded so far.
    pub(crate) fn n_decoded(&self) -> u64 {
        self.n_decoded.load(Ordering::Relaxed)
    }

    fn pool(&self, most: usize) -> Option<&ThreadPool> {
        let start = || {
            let n_threads = rayon::current_num_threads().min(most);
            let builder = ThreadPoolBuilder::new().num_threads(n_threads);
            let named = builder.thread_name(|n| format!("decode {n}"));
            (n_threads > 1).then(|| named.build().ok()).flatten()
        };
        self.pool.get_or_init(start).as_ref()
    }
}
