//! What a reader knows after some windows: counts of missing numbers, and the cells that it keeps.

use serde::{Deserialize, Serialize};

use crate::sources::cell_cache::CachedCells;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::CellWindow;
use crate::sources::reader::{GdalReader, ReadInput};
use crate::sources::values::fill_state::FillCountsState;
use crate::sources::windows::left_out::Known;

/// What a reader has counted and which cells it keeps after some windows: what a run that goes on after them starts with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReaderState {
    inputs: Vec<InputState>,
}

/// The same of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct InputState {
    counts: FillCountsState,
    kept: Option<CellWindow>,
    left_out: Known,
}

impl GdalReader {
    /// What it has counted so far, and which cells it keeps.
    #[must_use]
    pub fn state(&self) -> ReaderState {
        let state = |of: &ReadInput| InputState {
            counts: of.input.fill_counts.state(),
            kept: of.cache.window(),
            left_out: of.input.unreadable.state(),
        };
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
        for (input, state) in state.inputs.iter().enumerate().take(self.inputs.len()) {
            if let Some(window) = state.kept {
                let of = &self.inputs[input];
                let steps: Vec<usize> = (0..of.input.timing.n_steps()).collect();
                let cache = of.cache.clone();
                // Counted already, when they were read first.
                cache.get_or_read(&window, || {
                    let stored = self.read_cells(input, &steps, window)?;
                    Ok(CachedCells { window, stored })
                })?;
            }
            let of = &self.inputs[input].input;
            of.fill_counts.restore(&state.counts);
            of.unreadable.merge(&state.left_out);
        }
        Ok(())
    }

    /// Counts what other readers of the same inputs have counted in other windows. Cells that each of them needs all of,
    /// and so has read, count once.
    pub fn merge(&self, states: &[ReaderState]) {
        for (number, ReadInput { input, .. }) in self.inputs.iter().enumerate() {
            let needed = input.cells().map(|cells| cells.window);
            let mut is_counted = false;
            for state in states.iter().filter_map(|state| state.inputs.get(number)) {
                input.unreadable.merge(&state.left_out);
                let has_all = state.kept.is_some() && state.kept == needed;
                if !(has_all && is_counted) {
                    input.fill_counts.merge(&state.counts);
                }
                is_counted |= has_all;
            }
        }
    }
}
