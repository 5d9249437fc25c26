//! Gives tiles: windows of all inputs, as they are stored.

use crate::grid::Window;
use crate::sources::error::SourceError;
use crate::tile::Tile;

/// Gives the stored numbers of any window of the study grid.
pub trait Source: Send {
    /// Reads one window of all inputs, and the mask.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; a missing pixel is not an error.
    fn read(&mut self, window: Window) -> Result<Tile, SourceError>;
}
