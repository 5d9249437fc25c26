//! The face that everything has which is gathered while tiles pass.

use crate::error::Error;
use crate::grid::Window;
use crate::run::plan::Plan;
use crate::run::record::Gathered;
use crate::run::tile::TileView;
use crate::tables::ZoneNames;

use super::places::TileZones;

/// A table of a run.
pub(in crate::run) struct Table {
    /// Its name under the output folder, such as `tables/series.csv`.
    pub(in crate::run) name: &'static str,
    /// Its text.
    pub(in crate::run) text: String,
}

/// A window of a map that is made after the last tile, such as one of q.
pub(in crate::run) struct LateWindow<'a> {
    /// The map, by its index among the files of the chain.
    pub(in crate::run) file: usize,
    /// The window.
    pub(in crate::run) window: Window,
    /// Its values, `[pixel]`, NaN where missing and outside the mask.
    pub(in crate::run) values: &'a [f32],
}

/// Sums over the whole map. No sum may depend on how the grid is cut into tiles, nor on threads.
pub(in crate::run) trait Collector: Send {
    /// Adds a tile, on all cores: the engine waits for whatever one thread does with every tile. Tiles come in the order
    /// of the plan.
    ///
    /// # Arguments
    ///
    /// * `zones` - the zones of its pixels.
    fn take(&mut self, tile: &TileView<'_>, zones: &TileZones);

    /// Whether a tile adds something in which all that tables sum is missing, and each layer has one number a step for all
    /// pixels.
    fn counts_missing(&self) -> bool;

    /// Adds a window of a map that is made after the last tile.
    fn take_late(&mut self, _late: &LateWindow<'_>, _zones: &TileZones) {}

    /// What went wrong in [`take`](Self::take): then there are no tables.
    fn failed(&mut self) -> Option<Error> {
        None
    }

    /// Its tables, after the last window.
    fn tables(&self, _plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        Vec::new()
    }

    /// Adds its figures to the record, after the last window.
    fn record(&self, _plan: &Plan, _zones: &ZoneNames, _gathered: &mut Gathered) {}
}
