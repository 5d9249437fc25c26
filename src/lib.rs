//! Doline.
pub mod calendar;
pub mod grid;
pub mod tile;
pub mod units;
