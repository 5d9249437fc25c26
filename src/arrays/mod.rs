//! Statistics of series in memory: arrays of `ndarray` in, named arrays out; no file, and no study.
//!
//! What is computed, by which engine and with which policy of missing values is that of a run: the same chain goes over the
//! same tiles.

mod element;
mod error;
mod layers;
mod tiles;
mod trends;

pub use element::Element;
pub use error::ArraysError;
pub use layers::Layers;
pub use trends::TrendsOf;
