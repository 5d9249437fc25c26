//! The GPU engine: the shaders on any Vulkan, Metal or DX12 adapter, through wgpu.
//!
//! - [`adapter`]: which adapters there are, and which one a run takes;
//! - [`memory`]: where inputs and layers are in the device's buffers;
//! - [`pipelines`]: shaders compiled, each distinct text once; [`pipeline_cache`] keeps them on
//!   disk;
//! - `schedule`: how much work a device gets at once;
//! - [`engine`]: tiles in slabs; `slabs`: upload, dispatch and read-back of one slab; `program`:
//!   one stage on a device;
//! - `recheck`: pixels that are computed again in `f64`;
//! - [`bandwidth`], [`stage_times`]: how fast a device moves bytes and runs each stage, for
//!   `doline bench`;
//! - [`recovery`]: what follows when a device is lost.

pub mod adapter;
pub mod bandwidth;
mod copy_kernel;
pub mod engine;
pub mod memory;
pub mod pipeline_cache;
pub mod pipelines;
mod program;
mod recheck;
pub mod recovery;
mod schedule;
mod slabs;
pub mod stage_times;

pub use adapter::{AdapterReport, Gpu, adapters};
pub use bandwidth::Bandwidth;
pub use engine::GpuEngine;
pub use recovery::{LostDevice, RecoveringEngine};
pub use stage_times::StageTimes;
