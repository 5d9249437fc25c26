//! What every engine does.

use crate::chain::Chain;
use crate::tile::{Tile, TileOutput};

use super::error::EngineError;

/// Statistics of an engine, and what the user should know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineStats {
    /// Seconds that compiling shaders took.
    pub compile_s: f64,
    /// Why the device was lost, each time.
    pub losses: Vec<String>,
    /// Tiles that the CPU computed instead of a device that was lost.
    pub tiles_on_cpu: u64,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Computes the layers of a chain for one tile after the other.
pub trait Engine: Send {
    /// The name of the device, for messages: an adapter's, or the CPU's.
    fn name(&self) -> String;

    /// Computes one tile.
    ///
    /// # Errors
    ///
    /// Only what stops a whole tile; a pixel that cannot be computed is missing in the output.
    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError>;

    /// Takes back layers that are no longer needed. The next tile is written into their memory,
    /// which costs less than new memory.
    fn reuse(&mut self, used: TileOutput) {
        drop(used);
    }

    /// Its statistics so far.
    fn report(&self) -> EngineStats {
        EngineStats::default()
    }
}

/// The returned layers of `n_pixels` to be written, in the memory of `used` layers where it is
/// large enough. Their values have no meaning yet.
pub(super) fn layers_to_write(
    chain: &Chain,
    n_pixels: usize,
    mut used: Vec<Vec<f32>>,
) -> Vec<Vec<f32>> {
    used.resize_with(chain.returned.len(), Vec::new);
    for (layer, &returned) in used.iter_mut().zip(&chain.returned) {
        let len = chain.layers[returned].n_steps * n_pixels;
        if layer.capacity() < len {
            // Zeros that the system provides: no one writes them.
            *layer = vec![0.0; len];
        } else {
            layer.resize(len, 0.0);
        }
    }
    used
}
