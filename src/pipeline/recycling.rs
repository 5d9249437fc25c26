//! Memory that goes round.

use std::sync::mpsc::{Receiver, RecvError, Sender, channel};
use std::sync::{Mutex, PoisonError};

use crate::tile::Tile;

/// Where readers get the memory of their next tile: as many pieces as tiles may be alive, each new or of a tile that is
/// computed.
pub(super) struct UsedTiles(Mutex<Receiver<Option<Tile>>>);

impl UsedTiles {
    /// Room for `n` tiles, and where used ones are given back.
    pub(super) fn new(n: usize) -> (Self, Sender<Option<Tile>>) {
        let (give_back, used) = channel();
        for _ in 0..n {
            // The receiver is in this function.
            let _ = give_back.send(None);
        }
        (Self(Mutex::new(used)), give_back)
    }

    /// Waits for room for one more tile, in a used one or in new memory. An error once nobody gives any back.
    pub(super) fn next(&self) -> Result<Option<Tile>, RecvError> {
        // A reader that waits here keeps the others out: they would wait as well.
        let used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.recv()
    }
}
