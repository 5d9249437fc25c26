//! Statistics of annual series, pixel by pixel.

pub mod mann_kendall;
mod mean_cv;
pub mod ols;
mod regression;
mod spread;
pub mod theil_sen;

pub use mann_kendall::MannKendall;
pub use mean_cv::{MeanCv, MinYearsParams};
pub use ols::{Ols, TREND_CLASSES};
pub use regression::Regression;
pub use spread::Spread;
pub use theil_sen::TheilSen;
