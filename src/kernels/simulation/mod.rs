//! Made-up series, to measure what a test of trend does on data whose truth is known.

mod simulate_ar1;

pub use simulate_ar1::{SimulateAr1, SimulateAr1Params};
