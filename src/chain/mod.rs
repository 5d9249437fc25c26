//! A run as a chain of kernels over one tile.
//!
//! Inputs come from files, layers from kernels. A [`Chain`] says which kernels run in which order,
//! what each reads, which layers come back from the engine, and which files they become. It knows
//! neither files nor devices. Both engines and the validation walk it.
//!
//! A kernel says what its outputs are called and what they show
//! ([`output`](crate::kernels::output)). The chain decides which series a kernel reads, and which
//! outputs become files.

mod assemble;
#[expect(
    clippy::module_inception,
    reason = "the type that the folder is about has a file of its name"
)]
mod chain;
mod correlation;
mod error;
mod false_discovery;
mod files;
mod names;
mod recipe;
mod sensitivity;
mod stage;
mod tabled;

pub use crate::formats::FileKind;
pub use crate::kernels::output::describe_unit_of_slope;
pub use crate::kernels::trend_tests::TrendTest;

pub use assemble::build;
pub use chain::Chain;
pub use correlation::Correlation;
pub use error::{AttributionProblem, ChainError};
pub use false_discovery::FalseDiscovery;
pub use files::{FileSource, FileSpec};
pub use names::trend_of_default;
pub use recipe::{Draws, Ensemble, MapRequest, Recipe, Selection, TrendOptions};
pub use sensitivity::{BootstrapOptions, Sensitivity};
pub use stage::{LayerSpec, Operand, Stage};
pub use tabled::{
    AttributionLayers, AttributionSpec, MapSpec, ReplicateLayers, SampleSpec, SeriesSpec,
};
