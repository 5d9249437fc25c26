//! Doline.
pub mod calendar;
#[cfg(feature = "gdal")]
mod gdal_calls;
pub mod grid;
pub mod tile;
#[cfg(feature = "gdal")]
pub mod sinks;
#[cfg(feature = "gdal")]
pub mod sources;
