//! The names of the interface between kernels and engines.

pub use super::f32_range::{WITHIN_F32, is_extreme};
pub use super::flags;
pub use super::port::{Port, port_index};
pub use super::real::Sample;
pub(crate) use super::real::any;
pub use super::twin::{Kernel, KernelSpec, ParamField, Precision, RankDependence, Twin};
pub use super::views::{Block, InputView, OutputView, Pixel, Values};
