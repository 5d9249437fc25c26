//! What computes: the CPU with all its cores, or a GPU.
//!
//! Both walk the same [`Chain`] over one tile and return the same layers.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
mod open;

use crate::chain::Chain;
use crate::tile::{Tile, TileOutput};

pub use open::open_engine;
#[cfg(feature = "gdal")]
pub(crate) use open::open_engine_with_faults;

/// An engine could not compute a tile, or could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no adapter of the kind asked for.
    #[error(
        "no GPU to compute on: {reason}; use `--device cpu`, or install a driver (docs: README, \"Devices\")"
    )]
    NoAdapter {
        /// What the graphics library said, or which adapters there are.
        reason: String,
    },
    /// The adapter refused a device.
    #[error("adapter {adapter} gave no device: {reason}; use `--device cpu` or update its driver")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What it said.
        reason: String,
    },
    /// A software adapter would stop the loops of a shader before their end, and say nothing.
    #[error(
        "adapter {adapter} stops a thread after {limit} passes of its loops, and {stage} may need {passes}: \
         its result would be wrong; use `--device cpu`, which is faster than a software adapter"
    )]
    TooManyPasses {
        /// Name of the adapter.
        adapter: String,
        /// The stage.
        stage: String,
        /// What it may need.
        passes: usize,
        /// What the adapter does.
        limit: usize,
    },
    /// The adapter computes basic things wrong.
    #[error(
        "adapter {adapter} fails the self-test: {what}; use `--device cpu`, or update its driver and try again"
    )]
    SelfTest {
        /// Name of the adapter.
        adapter: String,
        /// What is wrong.
        what: String,
    },
    /// A tile does not fit, even one workgroup at a time.
    #[error(
        "one pixel needs {needed} bytes on the device, and a buffer holds {limit}; use `--device cpu`"
    )]
    TooLarge {
        /// Bytes of 64 pixels.
        needed: u64,
        /// Largest buffer.
        limit: u64,
    },
    /// The device was lost, or its memory gave out.
    #[error(
        "device {adapter} failed while computing {window}: {reason}; try a smaller engine.memory, or `--device cpu`"
    )]
    DeviceLost {
        /// Name of the adapter.
        adapter: String,
        /// The tile.
        window: crate::grid::Window,
        /// What it said.
        reason: String,
    },
}

/// What an engine did besides layers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineStats {
    /// Seconds that compiling shaders took.
    pub compile_s: f64,
    /// Why the device was lost, each time.
    pub losses: Vec<String>,
    /// Tiles that the CPU computed in place of a device that was lost.
    pub tiles_on_cpu: u64,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The returned layers of `n_pixels` to be written, in the memory of `used` ones where it is large enough. What they
/// hold has no meaning yet.
fn layers_to_write(chain: &Chain, n_pixels: usize, mut used: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    used.resize_with(chain.returned.len(), Vec::new);
    for (layer, &returned) in used.iter_mut().zip(&chain.returned) {
        let len = chain.layers[returned].n_steps * n_pixels;
        if layer.capacity() < len {
            // Zeros from the system, which no one writes.
            *layer = vec![0.0; len];
        } else {
            layer.resize(len, 0.0);
        }
    }
    used
}

/// Computes the layers of a chain for one tile after the other.
pub trait Engine: Send {
    /// What computes, for people: an adapter's name, or the CPU's.
    fn name(&self) -> String;

    /// Computes one tile.
    ///
    /// # Errors
    ///
    /// Only what stops a whole tile; a pixel that cannot be computed is missing in the output.
    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError>;

    /// Takes back layers that nobody needs any more: the next tile is written into their memory, which costs less
    /// than memory that is new.
    fn reuse(&mut self, used: TileOutput) {
        drop(used);
    }

    /// What it did so far besides layers.
    fn report(&self) -> EngineStats {
        EngineStats::default()
    }
}
