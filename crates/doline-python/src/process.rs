//! What a process has once: its options, its threads, and the devices that stay open.
//!
//! A process that was forked has the memory of its parent and none of its threads: whoever waits for those waits forever. So each
//! process has its own entry in a list that only grows, and what belongs to the parent is left alone.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use doline::arrays::{KeptEngines, On, Threads};
use doline::device::Device;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

/// The variable that names the device where no option does.
const DEVICE: &str = "DOLINE_DEVICE";
/// What a GPU may take of one kind of calls; a few kinds stay open.
const MEMORY_BYTES: u64 = 512 << 20;

/// Options and what follows from them.
#[derive(Clone, Debug, Default)]
struct Options {
    device: Option<String>,
    n_threads: usize,
    threads: Option<Threads>,
    kept: Arc<KeptEngines>,
}

/// One process, and those that were forked from it.
#[derive(Debug)]
struct Process {
    id: u32,
    /// Whether this package was used before the process was forked.
    is_forked: bool,
    options: Mutex<Options>,
    forked: OnceLock<Box<Process>>,
}

static FIRST: OnceLock<Process> = OnceLock::new();

impl Process {
    fn new(id: u32, options: Options, is_forked: bool) -> Self {
        Self {
            id,
            is_forked,
            options: Mutex::new(options),
            forked: OnceLock::new(),
        }
    }

    /// That of the caller. No lock that another process may have left closed is waited for.
    fn own() -> &'static Self {
        let id = std::process::id();
        let mut process = FIRST.get_or_init(|| Self::new(id, Options::default(), false));
        while process.id != id {
            let of_parent = process.options.try_lock();
            let (device, n_threads) = of_parent
                .map(|options| (options.device.clone(), options.n_threads))
                .unwrap_or_default();
            process = process.forked.get_or_init(|| {
                let options = Options {
                    device,
                    n_threads,
                    ..Options::default()
                };
                Box::new(Self::new(id, options, true))
            });
        }
        process
    }

    fn options(&self) -> std::sync::MutexGuard<'_, Options> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The word of the device: that of a call, of the options, of the environment, or `auto`.
    fn device(&self, of_call: Option<&str>) -> String {
        let stated = of_call.map(str::to_owned);
        stated
            .or_else(|| self.options().device.clone())
            .or_else(|| std::env::var(DEVICE).ok().filter(|word| !word.is_empty()))
            .unwrap_or_else(|| "auto".to_owned())
    }
}

/// What computes a call.
///
/// # Errors
///
/// A GPU is asked for in a process that was forked after the package was used, or there are no threads.
pub(crate) fn on(device: Option<&str>) -> PyResult<On> {
    let process = Process::own();
    let mut device = Device::from_word(&process.device(device));
    if process.is_forked && device != Device::Cpu {
        if device != Device::Auto {
            return Err(PyRuntimeError::new_err(
                "this process was forked after doline was used, and a GPU does not survive that: start workers with \
                 multiprocessing.set_start_method(\"forkserver\") or \"spawn\", or compute on device=\"cpu\"",
            ));
        }
        device = Device::Cpu;
    }
    let mut options = process.options();
    if options.threads.is_none() {
        let threads = Threads::new(options.n_threads);
        options.threads =
            Some(threads.map_err(|error| PyRuntimeError::new_err(error.to_string()))?);
    }
    Ok(On {
        device,
        memory_bytes: MEMORY_BYTES,
        threads: options.threads.clone(),
        kept: Some(Arc::clone(&options.kept)),
    })
}

/// Sets device and threads of this process; what is None stays. Devices that were open are closed.
#[pyfunction]
#[pyo3(signature = (device=None, threads=None))]
pub(crate) fn set_options(device: Option<String>, threads: Option<usize>) -> PyResult<()> {
    if threads == Some(0) {
        return Err(PyValueError::new_err("threads must be 1 or more"));
    }
    let mut options = Process::own().options();
    if let Some(device) = device {
        options.device = Some(device);
    }
    if let Some(n_threads) = threads {
        options.n_threads = n_threads;
        options.threads = None;
    }
    options.kept = Arc::default();
    Ok(())
}

/// The device that calls without one compute on: `auto`, `cpu`, `gpu` or a part of an adapter's name.
#[pyfunction]
pub(crate) fn device() -> String {
    Process::own().device(None)
}

/// How many engines of this process are open and idle, each with its device.
#[pyfunction]
pub(crate) fn open_engines() -> usize {
    Process::own().options().kept.count()
}

/// How many threads compute.
#[pyfunction]
pub(crate) fn threads() -> PyResult<usize> {
    let on = on(Some("cpu"))?;
    Ok(on.threads.map_or(1, |threads| threads.count()))
}
