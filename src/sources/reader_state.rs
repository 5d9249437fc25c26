//! What a reader knows after some windows: counts of missing numbers, and the cells that it keeps.

use crate::sources::cell_cache::CachedCells;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::CellWindow;
use crate::sources::reader::{GdalReader, ReadInput};
use crate::sources::values::fill_state::FillCountsState;

/// What a reader has counted and which cells it keeps after some windows: what a run that goes on after them starts with.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ReaderState {
    inputs: Vec<(FillCountsState, Option<CellWindow>)>,
}

impl GdalReader {
    /// What it has counted so far, and which cells it keeps.
    #[must_use]
    pub fn state(&self) -> ReaderState {
        let state = |of: &ReadInput| (of.input.fill_counts.state(), of.cache.window());
        ReaderState {
            inputs: self.inputs.iter().map(state).collect(),
        }
    }

    /// Goes on from the state of another reader of the same inputs: no count depends on where a run was interrupted.
    ///
    /// # Errors
    ///
    /// Cells that were kept cannot be read again.
    pub fn restore(&mut self, state: &ReaderState) -> Result<(), SourceError> {
        for (input, (counts, kept)) in state.inputs.iter().enumerate().take(self.inputs.len()) {
            if let Some(window) = *kept {
                let of = &self.inputs[input];
                let steps: Vec<usize> = (0..of.input.timing.n_steps()).collect();
                let cache = of.cache.clone();
                // Counted already, when they were read first.
                cache.get_or_read(&window, || {
                    let stored = self.read_cells(input, &steps, window)?;
                    Ok(CachedCells { window, stored })
                })?;
            }
            self.inputs[input].input.fill_counts.restore(counts);
        }
        Ok(())
    }
}
