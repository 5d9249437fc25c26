//! A synthetic study as files: rasters, vector files, field data, the study file, and the truth beside them.

mod error;
mod folder;
mod outlines;
mod raster;
mod rasters;
mod write;

pub use error::SynthError;
pub use write::{SynthSummary, write};
