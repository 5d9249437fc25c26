//! The GPU engine: the shaders on any Vulkan, Metal or DX12 adapter, through wgpu.
//!
//! - [`adapter`]: which adapters there are, and which one a run takes;
//! - [`memory`]: where inputs and layers stand in the device's buffers;
//! - [`engine`]: uploads, dispatches and read-back.

pub mod adapter;
pub mod engine;
pub mod memory;

pub use adapter::{AdapterReport, Gpu, adapters};
pub use engine::GpuEngine;
