//! Sets of zones on the study grid: of which zone each pixel is, or which parts of it.
//!
//! ```text
//! ZoneSpec ── open ──► ZoneSet ── read(window) ──► codes, parts
//!   vector   outlines cut at the grid's edges, reprojected (`vector`, `to_grid`), turned into rows (`paint`)
//!   raster   codes or classes of a quantity by the cell at the centre, or by shares (`raster`, `cell_shares`)
//!   cross    combinations of sets (`cross`)
//! ```
//!
//! `outlines` makes the outlines of vector sets for display.
//!
//! A set keeps rows for the whole grid, so that the zones of a window do not depend on how the grid is cut.
//! `docs/science/grids_and_areas.md#zones` has the rules.

mod areas;
mod cell_shares;
mod centres;
mod codes;
mod cover;
mod cross;
mod edges;
mod error;
mod labels;
mod notes;
mod open;
mod order;
mod outlines;
mod paint;
mod part;
mod polygons;
mod raster;
mod rows;
mod set;
mod spec;
mod sweep;
mod to_grid;
mod vector;

pub use crate::grid::CellRule;
pub use areas::{PixelAreas, nominal_by_true_area};
pub use error::{AreaError, ZoneError, ZoneProblem};
pub use notes::ZoneNotes;
pub use open::{open, open_within};
pub use outlines::{Outlines, outlines};
pub use part::{NO_ZONE, Part};
pub use set::ZoneSet;
pub use spec::{ZoneFile, ZoneSource, ZoneSpec};
