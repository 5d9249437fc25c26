//! Doline.
pub mod calendar;
pub mod grid;
pub mod study;
pub mod tile;
pub mod units;
