//! Synthetic series, to measure what a test of trend does on data with a known trend.

mod simulate_ar1;

pub use simulate_ar1::{SimulateAr1, SimulateAr1Params};
