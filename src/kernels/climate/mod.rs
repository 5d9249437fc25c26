//! Monthly climate as annual series.

mod annual_mean;
mod annual_sum;
mod departures;

pub use annual_mean::AnnualMean;
pub use annual_sum::{AnnualParams, AnnualSum};
pub use departures::Departures;
