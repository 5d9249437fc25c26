//! One file as Doline reads it, for the user: raster or vector, with a sample of its values.

mod extent;
mod file;
mod found;
mod raster;
mod sample;
mod store;

pub use extent::{Extent, Orientation};
pub use file::inspect;
pub use found::{Inspected, Variable, VectorLayer};
pub use raster::{InspectedRaster, TimeAxis};
pub use sample::ValueSample;
