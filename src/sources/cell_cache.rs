//! Cells of an input on a grid of its own, kept so that a coarse file is not decoded again for each
//! tile.

use std::sync::{Arc, Mutex, PoisonError};

use crate::sources::error::SourceError;
use crate::sources::grids::cells::CellWindow;
use crate::tile::Stored;

/// Cells of all steps of an input.
#[derive(Debug)]
pub(crate) struct CachedCells {
    pub(crate) window: CellWindow,
    pub(crate) stored: Stored,
}

impl CachedCells {
    /// Some of these cells, `[step][cell]`.
    pub(crate) fn part(&self, cells: &CellWindow, n_steps: usize) -> Stored {
        let Self { window, stored } = self;
        if window == cells {
            return stored.clone();
        }
        let mut part = Stored::zeros(stored.data_type(), n_steps * cells.n_cells());
        let size = [cells.height, cells.width];
        let at = [
            cells.row - window.row,
            (cells.col - window.col).cast_unsigned(),
        ];
        stored.copy_part(
            [window.height, window.width],
            at,
            size,
            &mut part,
            size,
            [0, 0],
        );
        part
    }
}

/// The cells of an input that all its readers share: one reads them, the others wait and use them.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellCache(Arc<Mutex<Option<Arc<CachedCells>>>>);

impl CellCache {
    /// Which cells are kept.
    pub(crate) fn window(&self) -> Option<CellWindow> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|kept| kept.window)
    }

    /// The kept cells if `cells` are among them, else what `read` gives, which is kept from now on.
    pub(crate) fn get_or_read(
        &self,
        cells: &CellWindow,
        read: impl FnOnce() -> Result<CachedCells, SourceError>,
    ) -> Result<Arc<CachedCells>, SourceError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.as_ref().filter(|found| found.window.holds(cells)) {
            return Ok(Arc::clone(found));
        }
        Ok(Arc::clone(kept.insert(Arc::new(read()?))))
    }
}
