//! What the tests of trend do on series like one's own: how often they find a trend where there is none,
//! and how often they find one that is there.
//!
//! Series are simulated with the number of years, the gaps and the persistence of the data
//! ([`simulate_ar1`](crate::kernels::simulation::SimulateAr1)), and go through the same kernels as the data
//! do. The share of them whose p is under the level is counted, for noise alone and for noise with a
//! trend:
//!
//! ```text
//! rate = k / n,   standard error = √(rate (1 − rate) / n)
//! ```
//!
//! Without a trend the rate is that of false alarms, and should be the level; with one it is the power.
//! A test without a p, such as the Theil-Sen slope, is left out.

mod calibration;
mod design;
mod measure;
mod persistence;
mod simulation;
mod table;

pub use calibration::{Calibration, Rate};
pub use design::{CalibrateError, Design, Noise};
pub use measure::{Open, measure};
pub use persistence::{Persistence, corrected, lag1_of_residuals};
pub use table::calibration_csv;
