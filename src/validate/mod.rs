//! Compares one engine with the reference, layer by layer.
//!
//! Two comparisons answer two questions. *Stage by stage*, the twin of each kernel is fed what the
//! GPU's stage was fed, so a difference is that shader's own. *End to end*, each engine starts from
//! the inputs, so a difference is what a user's map would show.
//!
//! The comparison is in the library ([`comparison`](crate::comparison)), not in the tests, so that `doline validate` runs
//! it on a user's own data and card.

mod adapter;
mod sample;

pub use crate::comparison::{Comparison, Differences, Layers, compare_end_to_end, compare_stages};
pub use adapter::Verdict;
#[cfg(feature = "gpu")]
pub use adapter::validate_adapter;
#[cfg(feature = "gdal")]
pub use sample::sample_of_plan;
pub use sample::{Sample, synthetic_sample};
