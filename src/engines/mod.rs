//! What computes: the CPU with all its cores, or a GPU.
//!
//! Both run the same [`Chain`](crate::chain::Chain) over one tile and return the same layers.

pub mod cpu;
mod engine;
mod error;
#[cfg(feature = "gpu")]
pub mod gpu;

pub use engine::{Engine, EngineStats};
pub use error::EngineError;
