//! What is between reading and writing.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::tile::Tile;

/// Makes results of tiles. Tiles are started and finished in the same order.
pub trait Compute: Send {
    /// What is made of a tile.
    type Output: Send;
    /// Why there is none.
    type Error: Send;

    /// Tiles that may be on their way at a time, at least one.
    fn in_flight(&self) -> usize;

    /// Set as soon as the pipeline ends before its last tile: what is on its way is no longer wanted.
    fn early_end(&self) -> Arc<AtomicBool> {
        Arc::default()
    }

    /// Takes one more tile.
    ///
    /// # Errors
    ///
    /// It cannot be computed.
    fn start(&mut self, tile: Tile) -> Result<(), Self::Error>;

    /// The result of the oldest tile on its way, and the tile itself, so that the next can be read into its memory.
    ///
    /// # Errors
    ///
    /// It could not be computed.
    fn finish(&mut self) -> Result<(Self::Output, Option<Tile>), Self::Error>;

    /// Takes back a result that is written, so that the next can be made in its memory.
    fn reuse(&mut self, used: Self::Output);
}
