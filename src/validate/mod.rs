//! Compares one engine with the reference, layer by layer.
//!
//! Two comparisons answer two questions. *Stage by stage*, the twin of each kernel is fed what the
//! GPU's stage was fed, so a difference is that shader's own. *End to end*, each engine starts from
//! the inputs, so a difference is what a user's map would show.
//!
//! The comparison is in the library, not in the tests, so that `doline validate` runs it on
//! a user's own data and card.

mod adapter;
mod compare;
mod end_to_end;
mod members;
mod sample;
mod stages;
mod twins;

pub use adapter::Verdict;
#[cfg(feature = "gpu")]
pub use adapter::validate_adapter;
pub use compare::{Comparison, Differences};
pub use end_to_end::compare_end_to_end;
#[cfg(feature = "gdal")]
pub use sample::sample_of_plan;
pub use sample::{Sample, synthetic_sample};
pub use stages::compare_stages;
pub use twins::Layers;
