//! Inputs on other grids brought to the study grid.

mod resample_average;
mod resample_bilinear;
mod resample_cubic;
mod resample_mode;
mod resample_nearest;

pub use resample_average::ResampleAverage;
pub use resample_bilinear::ResampleBilinear;
pub use resample_cubic::ResampleCubic;
pub use resample_mode::ResampleMode;
pub use resample_nearest::ResampleNearest;
