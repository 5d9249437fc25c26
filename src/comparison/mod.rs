//! Layers of an engine beside those of the reference in `f64`, value by value: by how much of its tolerance each differs.
//!
//! `doline validate` compares a sample of pixels, layer by layer and stage by stage; every run audits a few of its own.

mod compare;
mod end_to_end;
mod members;
mod stages;
mod twins;

pub use compare::{Comparison, Differences, Worst};
pub use end_to_end::compare_end_to_end;
pub use stages::compare_stages;
pub use twins::Layers;
