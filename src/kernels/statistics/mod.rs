//! Statistics of annual series, pixel by pixel.

mod mean_cv;
pub mod ols;
mod partial_correlation;
mod regression;

pub use mean_cv::{MeanCv, MinYearsParams};
pub use ols::{Ols, TREND_CLASSES};
pub use partial_correlation::PartialCorrelation;
pub use regression::Regression;
