//! How fast Doline is on this machine: what `doline bench` measures.
//!
//! On pixels of the synthetic region in memory, the CPU engine and every adapter run the same chain. [`measure`] gives,
//! for each of them, the speed from host to host, of its phases, and of every kernel, beside what the
//! machine could do at best: the device's own copies, the way to it and back, and the disk.
//!
//! - [`case`]: the chain, and a tile of the synthetic region;
//! - `stages`: each stage alone on the CPU engine, and the bytes that it reads and writes;
//! - `host`, `adapter`: one engine measured; `files`: a run from files to files, and the disk;
//! - [`report`]: what was measured; its fields are the JSON of `doline bench --json`.

#[cfg(feature = "gpu")]
mod adapter;
pub mod case;
mod clock;
mod copy;
mod devices;
#[cfg(feature = "gdal")]
mod files;
mod host;
mod measure;
mod options;
pub mod report;
mod stages;

pub use case::{Case, ChainChoice};
pub use measure::measure;
pub use options::BenchOptions;
pub use report::Report;
