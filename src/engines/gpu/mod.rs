//! The GPU engine: the shaders on any Vulkan, Metal or DX12 adapter, through wgpu.
//!
//! - [`adapter`]: which adapters there are, and which one a run takes;
//! - [`memory`]: where inputs and layers are in the device's buffers;
//! - [`pipelines`]: shaders compiled, each distinct text once; [`pipeline_cache`] keeps them on
//!   disk;
//! - [`budget`]: how many pixels a slab has; `slots`: the buffers in which slabs travel;
//! - [`packing`]: how results travel; [`pack`] puts them together on the device, `unpack` takes them
//!   apart; `picking`: the inputs of flagged pixels, which [`pick`] picks on the device;
//! - `schedule`: how much work a device gets at once; [`progress`]: how far it is;
//! - `program`: one stage on a device;
//! - [`engine`]: tiles on their way; `open` starts it, `fill` and `submit` send slabs up, `collect`
//!   takes them back, each on the threads of a `pool`;
//! - `recheck`: pixels that are computed again in `f64`;
//! - [`bandwidth`], [`stage_times`]: how fast a device moves bytes and runs each stage, for
//!   `doline bench`;
//! - [`self_test`]: whether an adapter computes what the kernels rely on;
//! - [`recovery`]: what follows when a device is lost.

pub mod adapter;
pub mod bandwidth;
pub mod budget;
mod collect;
mod copy_kernel;
pub mod engine;
mod fill;
pub mod memory;
mod open;
pub mod pack;
pub mod packing;
mod passes;
pub mod pick;
mod picking;
pub mod pipeline_cache;
pub mod pipelines;
mod pool;
mod program;
pub mod progress;
mod recheck;
pub mod recovery;
mod schedule;
pub mod self_test;
mod slots;
pub mod stage_times;
mod submit;
mod unpack;

pub use adapter::{AdapterReport, Gpu, adapters};
pub use bandwidth::Bandwidth;
pub use engine::GpuEngine;
pub use progress::HostWork;
pub use recovery::{LostDevice, RecoveringEngine};
pub use self_test::SelfTest;
pub use stage_times::StageTimes;
pub use submit::LACKS_MEMORY;
