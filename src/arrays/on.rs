//! What computes arrays in memory.

use std::collections::VecDeque;
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::ArraysError;
use crate::chain::Chain;
use crate::device::Device;
use crate::engines::{Engine, open_engine};

/// Engines that stay open at most; each may hold a device with its buffers.
const MAX_KEPT: usize = 4;

/// What computes.
#[derive(Clone, Debug)]
pub struct On {
    /// The device.
    pub device: Device,
    /// What a GPU may take.
    pub memory_bytes: u64,
    /// The threads of the CPU; those of all programs of this process where there are none.
    pub threads: Option<Threads>,
    /// Where engines stay open for the next call; none opens a GPU each time.
    pub kept: Option<Arc<KeptEngines>>,
}

impl Default for On {
    /// The CPU with all its cores.
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            memory_bytes: 2 << 30,
            threads: None,
            kept: None,
        }
    }
}

impl On {
    /// Does what engines do on the threads stated.
    pub(super) fn within<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.threads {
            Some(threads) => threads.0.install(work),
            None => work(),
        }
    }

    /// An engine for a chain: one that was kept, or a new one.
    pub(super) fn open(&self, chain: &Arc<Chain>) -> Result<Box<dyn Engine>, ArraysError> {
        let kept = self.kept.as_ref().filter(|_| self.device != Device::Cpu);
        if let Some(engine) = kept.and_then(|kept| kept.take(&self.key(chain))) {
            return Ok(engine);
        }
        let chain = Arc::clone(chain);
        let opened = self.within(|| open_engine(&self.device, chain, self.memory_bytes));
        Ok(opened?.0)
    }

    /// Keeps an engine that has nothing on its way.
    pub(super) fn keep(&self, chain: &Chain, engine: Box<dyn Engine>) {
        if let Some(kept) = self.kept.as_ref().filter(|_| self.device != Device::Cpu) {
            kept.put(self.key(chain), engine);
        }
    }

    /// All that an engine was opened for.
    fn key(&self, chain: &Chain) -> String {
        let mut key = format!("{:?} {}", self.device, self.memory_bytes);
        // Writing into a text cannot fail.
        let _ = write!(key, "{:?} {:?}", chain.inputs, chain.returned);
        for layer in &chain.layers {
            let _ = write!(key, " {}", layer.n_steps);
        }
        for stage in &chain.stages {
            let kernel = &stage.kernel;
            let _ = write!(
                key,
                "\n{} {:?} {:?} {:?} {:?} {:?} {:?}",
                kernel.spec().name,
                stage.inputs,
                stage.outputs,
                stage.first_step,
                kernel.params(),
                kernel.constants(),
                kernel.tables()
            );
        }
        key
    }
}

/// Threads of their own, which other programs of the process do not share.
#[derive(Clone, Debug)]
pub struct Threads(Arc<rayon::ThreadPool>);

impl Threads {
    /// So many of them; 0 for as many as there are cores, or `RAYON_NUM_THREADS` says.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub fn new(n: usize) -> Result<Self, ArraysError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
        pool.map(|pool| Self(Arc::new(pool)))
            .map_err(|error| ArraysError::Threads(error.to_string()))
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.current_num_threads()
    }
}

/// Engines that stay open between calls, with the device that each has.
#[derive(Default)]
pub struct KeptEngines(Mutex<VecDeque<(String, Box<dyn Engine>)>>);

impl KeptEngines {
    fn take(&self, key: &str) -> Option<Box<dyn Engine>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(of, _)| of == key)?;
        kept.remove(place).map(|(_, engine)| engine)
    }

    fn put(&self, key: String, engine: Box<dyn Engine>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front((key, engine));
        kept.truncate(MAX_KEPT);
    }

    /// How many are open and idle.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl fmt::Debug for KeptEngines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} engines", self.count())
    }
}
