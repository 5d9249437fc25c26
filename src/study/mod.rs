//! The study file: what a run is asked to do, read from TOML into checked types.
//!
//! [`Study::load`] reports everything that is wrong in a file at once, each problem with its line,
//! its full key and the nearest right one. Later code does not check a study again. Only what the
//! rasters alone can show is left to their reader.

mod check;
mod checker;
mod choices;
mod document;
mod error;
mod formats;
mod load;
mod models;
mod overrides;
mod places;
mod problem;
mod schema;
mod section;
mod tables;
mod whole;
mod wording;

pub use crate::chain::{FalseDiscovery, Sensitivity, TrendTest};
pub use crate::grid::{Area, CellRule};
pub use crate::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};
pub use crate::tile::Resampling;
pub use choices::{
    Aggregate, Compress, Device, Format, HurstSd, Layers, OnError, PixelWeight, bytes_from_text,
};
#[cfg(feature = "gdal")]
pub(crate) use document::sha256_of;
pub use error::StudyError;
pub use places::{
    GeodetectorTable, MeasuresTable, PhaseTable, PlaceBlocks, RankBy, SIMULATIONS, SitesTable,
    Stage, Starts, ZoneTable, ZonesFile, ZonesFrom,
};
pub use problem::{Origin, Problem, ProblemKind};
pub use schema::{example_file, reference_page};
pub use tables::{
    AttributionTable, BootstrapTable, DriversTable, EngineTable, EnsembleTable, GridTable,
    InputTable, OutputTable, RespirationTable, RhChoice, TrendTable, Uncertain, UncertaintyTable,
};
pub use whole::{Study, resolve};

#[cfg(test)]
mod tests;
