//! The value of the cell that holds a pixel's centre.
//!
//! GPU twin: `shaders/kernels/resampling/resample_nearest.wgsl`.

use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh};
use crate::kernels::lib::cells_block;
use crate::kernels::lib::weighted_twin::weighted_twin;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::{Block, Pixel};
use crate::tile::Resampling;

/// Value of the nearest cell.
#[derive(Clone, Debug)]
pub struct ResampleNearest(pub Resampled);

impl Weigh for ResampleNearest {
    const TAPS: f64 = 1.0;

    #[inline(always)]
    fn first_tap<R: Real>(&self, _a: &Along<R>) -> R {
        R::of(0.0)
    }

    #[inline(always)]
    fn n_taps<R: Real>(&self, _a: &Along<R>) -> R {
        R::of(1.0)
    }

    #[inline(always)]
    fn weight<R: Real>(&self, _kind: usize, _a: &Along<R>, tap: R) -> R {
        R::select(
            tap.le(R::of(0.0)) & tap.ge(R::of(0.0)),
            R::of(1.0),
            R::of(0.0),
        )
    }
}

weighted_twin!(
    ResampleNearest,
    Nearest,
    Tolerance::Exact,
    KernelSpec {
        name: "resample_nearest",
        title: "value of the nearest cell",
        missing: "a pixel whose centre no cell holds, or one without a value",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_nearest.wgsl"),
        libs: &[include_str!("../../../shaders/lib/cells.wgsl")],
        params: CellsParams::FIELDS,
        ports: cells::port::NAMES,
        tolerance: "nothing is rounded",
        canary: (
            "return select(0.0, 1.0, tap == 0);",
            "return select(0.0, 1.0, tap == 1);"
        ),
    }
);
