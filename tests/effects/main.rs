//! Measures beside their control against other people's programs, on cases that a person can check, and on simulated
//! maps without any effect.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "grids and replicates are small"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod few_blocks;
mod packages;
mod simulated;
mod study;
mod tables;
