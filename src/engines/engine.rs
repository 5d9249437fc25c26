//! What every engine does.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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
///
/// Tiles are started and finished in the same order. Between the two an engine may compute on a device while the host
/// does something else.
pub trait Engine: Send {
    /// The name of the device, for messages: an adapter's, or the CPU's.
    fn name(&self) -> String;

    /// Tiles that may be on their way at a time, at least one.
    fn tiles_in_flight(&self) -> usize {
        1
    }

    /// Takes one more tile. It is let go of when it is finished.
    ///
    /// # Errors
    ///
    /// As many tiles as [`tiles_in_flight`](Self::tiles_in_flight) are on their way, or the device failed.
    fn start(&mut self, tile: Arc<Tile>) -> Result<(), EngineError>;

    /// The layers of the oldest tile on its way. What pixels outside the mask have means nothing: some engines leave them out.
    ///
    /// # Errors
    ///
    /// Only what stops a whole tile; a pixel that cannot be computed is missing in the output. No tile is on its way.
    fn finish(&mut self) -> Result<TileOutput, EngineError>;

    /// Computes one tile, for tests and small work: it is copied, and nothing else may be on its way.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start) and [`finish`](Self::finish).
    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        self.start(Arc::new(tile.clone()))?;
        self.finish()
    }

    /// Takes back layers that are no longer needed. The next tile is written into their memory,
    /// which costs less than new memory.
    fn reuse(&mut self, used: TileOutput) {
        drop(used);
    }

    /// Once `is_ending` is set nobody wants what is on its way: [`finish`](Self::finish) may give up. An engine that is
    /// slow over a tile looks at it on the way; others need not.
    fn give_up_when(&mut self, is_ending: Arc<AtomicBool>) {
        drop(is_ending);
    }

    /// Its statistics so far.
    fn report(&self) -> EngineStats {
        EngineStats::default()
    }
}

/// Tiles that were started and not finished yet.
#[derive(Debug, Default)]
pub(super) struct Started(VecDeque<Arc<Tile>>);

impl Started {
    /// Takes a tile, if fewer than `at_most` are on their way.
    pub(super) fn push(&mut self, tile: Arc<Tile>, at_most: usize) -> Result<(), EngineError> {
        if self.0.len() >= at_most {
            let what = format!(
                "of {} was started while {at_most} were on their way",
                tile.window
            );
            return Err(EngineError::OutOfTurn { what });
        }
        self.0.push_back(tile);
        Ok(())
    }

    /// All of them, the oldest first.
    #[cfg(feature = "gpu")]
    pub(super) fn tiles(&self) -> Vec<Arc<Tile>> {
        self.0.iter().cloned().collect()
    }

    /// The oldest tile, which stays on its way.
    #[cfg(feature = "gpu")]
    pub(super) fn oldest(&self) -> Result<Arc<Tile>, EngineError> {
        self.0.front().cloned().ok_or_else(none_started)
    }

    /// The oldest tile.
    pub(super) fn pop(&mut self) -> Result<Arc<Tile>, EngineError> {
        self.0.pop_front().ok_or_else(none_started)
    }
}

fn none_started() -> EngineError {
    EngineError::OutOfTurn {
        what: "was asked for and none was started".to_owned(),
    }
}

/// Results that are no longer needed, whose memory the next ones get.
#[derive(Debug, Default)]
pub(super) struct UsedResults(Vec<TileOutput>);

impl UsedResults {
    /// Takes one back.
    pub(super) fn push(&mut self, used: TileOutput) {
        self.0.push(used);
    }

    /// A result of `tile` to be written, in used memory where there is some. Its values have no meaning yet.
    pub(super) fn next(&mut self, chain: &Chain, tile: &Tile) -> TileOutput {
        let used = self.0.pop();
        let (layers, mask) = used.map_or_else(Default::default, |used| (used.layers, used.inside));
        let inside = tile.inside.as_ref().map(|inside| {
            let mut mask = mask.unwrap_or_default();
            mask.clone_from(inside);
            mask
        });
        TileOutput {
            window: tile.window,
            layers: layers_to_write(chain, tile.window.n_pixels(), layers),
            inside,
        }
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
