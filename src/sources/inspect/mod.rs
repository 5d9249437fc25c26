//! One file as Doline reads it, for people: raster or vector, with a look at some of its values.

mod extent;
mod file;
mod raster;
mod sample;

pub use extent::{Extent, Orientation};
pub use file::{Inspected, Variable, VectorLayer, inspect};
pub use raster::{InspectedRaster, TimeAxis};
pub use sample::ValueSample;
