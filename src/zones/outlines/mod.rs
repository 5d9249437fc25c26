//! Outlines of zones for display: simplified, as `GeoJSON`.
//!
//! `read` brings the polygons of a file to degrees, `simplify` takes corners out, `geojson` writes.

mod geojson;
mod read;
mod simplify;
mod write;

pub use write::{Outlines, outlines};
