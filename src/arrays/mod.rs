//! Statistics of series in memory: arrays of `ndarray` in, named arrays out; no file, and no study.
//!
//! What is computed, by which engine and with which policy of missing values is that of a run: the same chain goes over the
//! same tiles.

mod chain_words;
mod compute;
mod drivers;
mod element;
mod error;
mod fluxes;
mod layers;
mod on;
mod tiles;
mod trends;
mod wanted;

pub use drivers::DriversOf;
pub use element::Element;
pub use error::ArraysError;
pub use fluxes::FluxesOf;
pub use layers::{Layer, Layers};
pub use on::{KeptEngines, On, Threads};
pub use trends::TrendsOf;
