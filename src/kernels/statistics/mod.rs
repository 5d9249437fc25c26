//! Statistics of annual series, pixel by pixel.

pub mod mann_kendall;
mod mean_cv;
pub mod ols;
mod quantiles;
mod regression;
mod spread;
pub mod theil_sen;

pub mod hurst;
pub mod lag1;
pub mod mk_hamed_rao;
pub mod mk_prewhitened;
pub mod mk_sequential;
pub mod mk_tfpw;
pub mod mk_yue_wang;
pub mod ols_effective;
pub mod pettitt;
pub mod two_segment;
pub use hurst::Hurst;
pub use lag1::Lag1;
pub use mann_kendall::MannKendall;
pub use mean_cv::{MeanCv, MinYearsParams};
pub use mk_hamed_rao::MkHamedRao;
pub use mk_prewhitened::MkPrewhitened;
pub use mk_sequential::MkSequential;
pub use mk_tfpw::MkTfpw;
pub use mk_yue_wang::MkYueWang;
pub use ols::{Ols, TREND_CLASSES};
pub use ols_effective::OlsEffective;
pub use pettitt::Pettitt;
pub use quantiles::{Quantiles, QuantilesParams};
pub use regression::Regression;
pub(crate) use regression::driver_inputs;
pub use spread::Spread;
pub use theil_sen::TheilSen;
pub use two_segment::TwoSegment;
