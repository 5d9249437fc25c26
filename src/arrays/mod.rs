//! Statistics of series in memory: arrays of `ndarray` in, named arrays out; no file, and no study.
//!
//! What is computed, by which engine and with which policy of missing values is that of a run: the same chain goes over the
//! same tiles.

mod compute;
mod drivers;
mod element;
mod error;
mod layers;
mod tiles;
mod trends;

pub use compute::On;
pub use drivers::DriversOf;
pub use element::Element;
pub use error::ArraysError;
pub use layers::{Layer, Layers};
pub use trends::TrendsOf;
