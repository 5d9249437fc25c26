//! The zones of a study, and which of them the pixels of a tile are in.

use crate::grid::{Grid, Window};
use crate::run::plan::Plan;
use crate::tables::{Areas, TilePlaces, ZoneNames};

/// The zones of a study.
pub(super) struct Places {
    grid: Grid,
    names: ZoneNames,
}

impl Places {
    /// Those of a plan.
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            grid: plan.grid.clone(),
            names: ZoneNames::default(),
        }
    }

    /// Their names.
    pub(super) fn names(&self) -> &ZoneNames {
        &self.names
    }

    /// The zones of the pixels of a window.
    pub(super) fn of(&self, window: Window, inside: Option<&[bool]>) -> TilePlaces {
        let rows = window.row..window.row + window.height;
        let areas = rows.map(|row| self.grid.pixel_area_m2(row) * 1e-6);
        let areas = Areas::ByRow(areas.collect());
        TilePlaces::new(window.width, areas, inside, &[], Vec::new())
    }
}
