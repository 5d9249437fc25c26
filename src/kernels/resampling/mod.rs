//! Inputs on other grids brought to the study grid.

mod resample_average;
mod resample_bilinear;
mod resample_cubic;
mod resample_mode;
mod resample_nearest;

use std::sync::Arc;

use crate::calendar::Steps;
use crate::kernels::lib::cells::Resampled;
use crate::kernels::twin::Kernel;
use crate::tile::Resampling;

pub use resample_average::ResampleAverage;
pub use resample_bilinear::ResampleBilinear;
pub use resample_cubic::ResampleCubic;
pub use resample_mode::ResampleMode;
pub use resample_nearest::ResampleNearest;

/// The kernel of a way to resample.
///
/// # Arguments
///
/// * `steps`, `n_steps` - how often the input has a value.
/// * `reach` - cells that a pixel is wide and high, 1 where it is smaller than a cell.
#[must_use]
pub fn kernel(
    resampling: Resampling,
    steps: Steps,
    n_steps: usize,
    reach: [f64; 2],
) -> Arc<dyn Kernel> {
    let of = Resampled {
        steps,
        n_steps,
        reach,
    };
    match resampling {
        Resampling::Nearest => Arc::new(ResampleNearest(of)),
        Resampling::Bilinear => Arc::new(ResampleBilinear(of)),
        Resampling::Cubic => Arc::new(ResampleCubic(of)),
        Resampling::Average => Arc::new(ResampleAverage(of)),
        Resampling::Mode => Arc::new(ResampleMode(of)),
    }
}
