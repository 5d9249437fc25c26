//! Products that many use: how their numbers are stored, and where that is written.
//!
//! `product = "MOD17A3HGF"` in an input's table replaces the keys that are in [`PRODUCTS`]; keys that the study
//! states win over them. Plain data: nothing here opens a file.

mod preset;
mod product;
mod table;

pub use preset::{NoPreset, find, preset};
pub use product::{Cadence, Fill, Layer, OutOfRange, Preset, Product};
pub use table::PRODUCTS;
