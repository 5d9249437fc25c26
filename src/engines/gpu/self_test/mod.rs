//! Whether an adapter computes what the kernels rely on: small shaders with known answers.
//!
//! `report`: the verdict; [`texts`]: the shaders, which tests spoil; `on_device` runs one; `bits`,
//! `accuracy`, `dispatches` and `ranks` judge what comes back; [`all`]: all of them.

mod accuracy;
pub mod all;
mod bits;
mod dispatches;
mod on_device;
mod ranks;
mod report;
pub mod texts;

pub use all::self_test;
pub use report::{Check, SelfTest};
