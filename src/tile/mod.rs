//! What travels from a source to an engine and on to a sink: one window of every input as it is
//! stored, and one window of every layer that was asked for.

mod decoding;
mod input_spec;
mod stored;
mod windows;

pub use decoding::{DataType, Decoding};
pub use input_spec::{Geometry, InputSpec, Resampling, places};
pub use stored::Stored;
pub use windows::{Tile, TileOutput, gather, side_by_side};
