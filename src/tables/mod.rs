//! Area means of every series and their trends, as comma-separated tables, and what else takes the whole
//! map: q-values.
//!
//! Sums are gathered tile by tile while the run goes on, in a way that no cut into tiles changes.

mod area_mean;
mod attribution;
pub(crate) mod cells;
mod classes;
mod exact_sum;
pub mod false_discovery;
mod series;
pub mod series_trend;
pub mod uncertainty;

pub use area_mean::{AreaMeans, COLUMN_CHUNK, SeriesYear};
pub use attribution::{
    AttributionIntervals, AttributionMeans, AttributionRow, AttributionView, ReplicateMeans,
    ReplicateView, attribution_csv,
};
pub use classes::{ClassAreas, ClassTable, classes_csv};
pub use exact_sum::ExactSum;
pub use series::{SeriesTable, series_csv, trends_csv};
