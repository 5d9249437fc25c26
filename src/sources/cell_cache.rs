//! Cells of an input on another grid that readers keep.

use std::sync::{Arc, Mutex};

use crate::sources::grids::cells::CellWindow;
use crate::tile::Stored;

/// Cells of all steps of an input.
#[derive(Debug)]
pub(crate) struct HeldCells {
    pub(crate) window: CellWindow,
    pub(crate) stored: Stored,
}

/// Cells of an input on another grid that its readers keep together: one reads them, the others wait and use them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCells(pub(crate) Arc<Mutex<Option<Arc<HeldCells>>>>);

/// What is kept changes nothing of an input.
impl PartialEq for SharedCells {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}
