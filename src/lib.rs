//! Doline.
pub mod calendar;
pub mod grid;
pub mod synth;
pub mod tile;
