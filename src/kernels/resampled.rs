//! The kernel that brings an input to the study grid.

use std::sync::Arc;

use super::lib::cells::Resampled;
use super::resampling::{
    ResampleAverage, ResampleBilinear, ResampleCubic, ResampleMode, ResampleNearest,
};
use super::twin::Kernel;
use crate::calendar::Steps;
use crate::tile::Resampling;

/// The kernel of a way to resample.
///
/// # Arguments
///
/// * `steps`, `n_steps` - how often the input has a value.
/// * `reach` - cells that a pixel is wide and high, 1 where it is smaller than a cell.
#[must_use]
pub fn resampled(
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
