//! What computes: the CPU with all its cores, or a GPU.
//!
//! Both run the same [`Chain`](crate::chain::Chain) over one tile and return the same layers.

mod auto;
mod by_year;
#[cfg(feature = "gpu")]
mod choice;
pub mod cpu;
mod engine;
mod error;
#[cfg(feature = "gpu")]
pub mod gpu;
mod open;
mod open_gpu;
mod remedy;
mod stream;
#[cfg(feature = "gpu")]
mod trial;
#[cfg(feature = "gpu")]
mod trust;

pub use auto::{AutoChoice, choose_engine};
pub use engine::{Engine, EngineStats};
pub use error::EngineError;
pub use open::open_engine;
#[cfg(feature = "gdal")]
pub(crate) use open::open_engine_with_faults;
pub use remedy::Remedy;
pub use stream::stream;
#[cfg(feature = "gpu")]
pub use trust::test_adapter;
