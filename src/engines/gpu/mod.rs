//! The GPU engine: the shaders on any Vulkan, Metal or DX12 adapter, through wgpu.
//!
//! - [`adapter`]: which adapters there are, and which one a run takes;
//! - [`memory`]: where inputs and layers stand in the device's buffers;
//! - [`pipelines`]: shaders compiled, each distinct text once; [`pipeline_cache`] keeps them on disk;
//! - `pace`: how much a device gets to do at once;
//! - [`engine`]: uploads, dispatches and read-back; `program` is one stage on a device;
//! - `decide`: pixels that are not left to `f32`;
//! - [`recovery`]: what follows when a device is lost.

pub mod adapter;
mod decide;
pub mod engine;
pub mod memory;
mod pace;
pub mod pipeline_cache;
pub mod pipelines;
mod program;
pub mod recovery;

pub use adapter::{AdapterReport, Gpu, adapters};
pub use engine::GpuEngine;
pub use recovery::{LostDevice, RecoveringEngine};
