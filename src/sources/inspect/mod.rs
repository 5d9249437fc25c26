//! One file as Doline reads it, for the user: raster or vector, with a sample of its values.

mod extent;
mod file;
mod raster;
mod sample;

pub use extent::{Extent, Orientation};
pub use file::{Inspected, Variable, VectorLayer, inspect};
pub use raster::{InspectedRaster, TimeAxis};
pub use sample::ValueSample;
