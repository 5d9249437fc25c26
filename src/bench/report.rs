//! What was measured. The fields are those of the JSON of `doline bench`: rates are bytes or pixels a second,
//! shares are of 1.

use serde::Serialize;

/// What was measured on one machine in one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Version of Doline.
    pub doline: &'static str,
    /// When, in seconds since 1970 UTC.
    pub unix_s: u64,
    /// The machine.
    pub host: Host,
    /// What was computed.
    pub work: Work,
    /// Each engine: the CPU first, then adapters from the best to the worst.
    pub engines: Vec<EngineReport>,
    /// What was asked for and could not be measured.
    pub failed: Vec<Failed>,
}

/// The machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Host {
    /// Operating system and architecture.
    pub system: String,
    /// The processor as the system names it, where it does.
    pub cpu: Option<String>,
    /// Threads of the CPU engine.
    pub threads: usize,
    /// Bytes a second that all threads read and write when they copy memory.
    pub copy_bytes_per_s: f64,
    /// The disk of the folder of the outputs; none where files were not measured.
    pub disk: Option<Disk>,
}

/// How fast plain files are written and read, without a format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disk {
    /// The folder.
    pub folder: String,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes a second written, the wait for the disk included.
    pub write_bytes_per_s: f64,
    /// Bytes a second read back; the system may have them in memory.
    pub read_bytes_per_s: f64,
}

/// What was computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Work {
    /// The chain: `whole`, `core`, `trend`, `bootstrap` or `draws`.
    pub chain: &'static str,
    /// `packed` or `float32` climate.
    pub climate: &'static str,
    /// Years of each series.
    pub years: usize,
    /// Stages of the chain.
    pub stages: usize,
    /// Bytes of a pixel that go to an engine.
    pub input_bytes: usize,
    /// Bytes of a pixel in the layers that an engine returns; from a device they travel in fewer.
    pub returned_bytes: usize,
}

/// An engine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EngineReport {
    /// Its name, with driver.
    pub engine: String,
    /// `cpu`, `gpu`, or `software` for an adapter that is a program on the CPU: it says nothing about cards.
    pub kind: &'static str,
    /// Pixels of a tile.
    pub pixels: usize,
    /// Seconds to compile the shaders; near 0 where an earlier run left them compiled.
    pub compile_s: f64,
    /// Bytes a second that the device reads and writes when it copies its own memory.
    pub copy_bytes_per_s: f64,
    /// Bytes a second to the device; none for the CPU.
    pub to_device_bytes_per_s: Option<f64>,
    /// Bytes a second to the host; none for the CPU.
    pub to_host_bytes_per_s: Option<f64>,
    /// The parts of the work.
    pub phases: Vec<Phase>,
    /// How kernels were timed: `blocks of pixels on all threads`, `timestamps of the device` or `whole submissions`.
    pub kernels_timed_by: &'static str,
    /// Pixels of one dispatch of a kernel.
    pub kernel_pixels: usize,
    /// Every stage of the chain; those of one label together.
    pub kernels: Vec<KernelSpeed>,
}

/// A part of the work, for all pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// What it is.
    pub phase: &'static str,
    /// Pixels a second.
    pub pixels_per_s: f64,
    /// Bytes that a pixel moves in it.
    pub bytes_per_pixel: f64,
    /// Bytes a second.
    pub bytes_per_s: f64,
    /// The same as a share of the device's own copies.
    pub share_of_copy: Option<f64>,
    /// Of what plain copies on the way to or from the device carry.
    pub share_of_bus: Option<f64>,
    /// Of what the disk reads and writes.
    pub share_of_disk: Option<f64>,
}

/// Stages of one label, such as `ols of nep`, alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelSpeed {
    /// The label.
    pub stage: String,
    /// The kernel.
    pub kernel: &'static str,
    /// How many stages have the label: each draw of a model is one.
    pub times: usize,
    /// Bytes that a pixel of all of them reads and writes.
    pub bytes_per_pixel: usize,
    /// Seconds of a pixel in all of them.
    pub s_per_pixel: f64,
    /// Pixels a second through all of them.
    pub pixels_per_s: f64,
    /// Bytes a second.
    pub bytes_per_s: f64,
    /// The same as a share of the device's own copies.
    pub share_of_copy: f64,
}

/// What could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failed {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl Phase {
    /// A phase by its pixels a second.
    pub(super) fn new(phase: &'static str, pixels_per_s: f64, bytes_per_pixel: f64) -> Self {
        Self {
            phase,
            pixels_per_s,
            bytes_per_pixel,
            bytes_per_s: pixels_per_s * bytes_per_pixel,
            share_of_copy: None,
            share_of_bus: None,
            share_of_disk: None,
        }
    }
}
