//! The face that everything has which is gathered while tiles pass.

use std::path::Path;

use crate::error::Error;
use crate::grid::Window;
use crate::run::plan::Plan;
use crate::run::record::Gathered;
use crate::run::tile::TileView;
use crate::tables::ZoneNames;

use super::places::TileZones;
use super::state::StateError;

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
    fn take(&mut self, plan: &Plan, tile: &TileView<'_>, zones: &TileZones);

    /// Whether a tile adds something in which all that tables sum is missing, and each layer has one number a step for all
    /// pixels.
    fn counts_missing(&self) -> bool;

    /// All that it has gathered from tiles, for a run that goes on after them.
    ///
    /// # Arguments
    ///
    /// * `is_durable` - whether what it keeps in files has to survive a power cut.
    ///
    /// # Errors
    ///
    /// A file that it keeps pixels in cannot be written.
    fn state(&mut self, is_durable: bool) -> Result<Vec<u8>, StateError>;

    /// Goes on from a state, in place of all that it has gathered.
    ///
    /// # Errors
    ///
    /// It is not a state of this collector; a file that belongs to it cannot be read.
    fn restore(&mut self, state: &[u8]) -> Result<(), StateError>;

    /// Adds what another run has gathered from other tiles of the study. Parts come in the order of their tiles.
    ///
    /// # Arguments
    ///
    /// * `state` - what its collector gave.
    /// * `files` - the folder of the files that it kept until the end of its run.
    ///
    /// # Errors
    ///
    /// It is not a state of this collector; a file that belongs to it cannot be read.
    fn merge(&mut self, state: &[u8], files: &Path) -> Result<(), StateError>;

    /// Adds a window of a map that is made after the last tile.
    fn take_late(&mut self, _late: &LateWindow<'_>, _zones: &TileZones) {}

    /// Does what needs every pixel, after the last window.
    ///
    /// # Errors
    ///
    /// A file that it keeps pixels in cannot be written or read.
    fn finish(&mut self, _plan: &Plan) -> Result<(), Error> {
        Ok(())
    }

    /// Its tables, after the last window. Rows of tables of one name are put together.
    fn tables(&self, _plan: &Plan, _zones: &ZoneNames) -> Vec<Table> {
        Vec::new()
    }

    /// Adds its figures to the record, after the last window.
    fn record(&self, _plan: &Plan, _zones: &ZoneNames, _gathered: &mut Gathered) {}
}
