//! Area means of every series over zones and their trends, as comma-separated tables, and what else takes the whole
//! map: q-values.
//!
//! Sums are gathered tile by tile while the run goes on, in a way that no cut into tiles changes.

mod attribution;
mod binned_sum;
pub(crate) mod cells;
mod classes;
pub mod false_discovery;
mod filled_means;
mod series;
pub mod series_trend;
mod tile_pixels;
mod tile_places;
pub mod uncertainty;
mod zone_blocks;
mod zone_means;
mod zone_names;
mod zone_strips;
mod zone_values;

pub use attribution::{
    AttributionIntervals, AttributionMeans, AttributionRow, AttributionView, ReplicateMeans,
    ReplicateView, attribution_csv,
};
pub use binned_sum::BinnedSum;
#[cfg(test)]
pub(crate) use binned_sum::tests::made_up;
pub use classes::{ClassAreas, ClassTable, classes_csv};
pub use filled_means::FilledMeans;
pub use series::{SeriesTable, ZoneSeries, series_csv};
pub use tile_pixels::{ALL_ZONE, Areas, COLUMN_CHUNK, NO_ZONE, ROW_CHUNK, SetInTile, Share};
pub use tile_places::TilePlaces;
pub use zone_means::{SeriesYear, ZoneExtents, ZoneMeans};
pub use zone_names::{ZoneName, ZoneNames};
