//! Doline.
pub mod calendar;
pub mod chain;
pub mod engines;
pub mod grid;
pub mod kernels;
pub mod pipeline;
pub mod study;
pub mod tables;
pub mod tile;
pub mod tiling;
pub mod units;
pub mod validate;
