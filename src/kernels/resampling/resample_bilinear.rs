//! From the four cells around a pixel's centre; where a pixel is wider than a cell, from all cells
//! that the same weights, widened to the pixel, reach.
//!
//! ```text
//! w = (1 - |dx| / reach) (1 - |dy| / reach)
//! ```
//!
//! GPU twin: `shaders/kernels/resampling/resample_bilinear.wgsl`.

use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh, ceil};
use crate::kernels::lib::cells_block;
use crate::kernels::lib::weighted_twin::weighted_twin;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::{Block, Pixel};
use crate::tile::Resampling;

/// Bilinear interpolation.
#[derive(Clone, Debug)]
pub struct ResampleBilinear(pub Resampled);

impl Weigh for ResampleBilinear {
    const TAPS: f64 = 2.0;

    #[inline(always)]
    fn first_tap<R: Real>(&self, a: &Along<R>) -> R {
        R::select(a.part.lt(R::of(0.5)), R::of(-1.0), R::of(0.0)) + R::of(1.0) - ceil(a.reach)
    }

    #[inline(always)]
    fn n_taps<R: Real>(&self, a: &Along<R>) -> R {
        R::of(2.0) * ceil(a.reach)
    }

    #[inline(always)]
    fn weight<R: Real>(&self, _kind: usize, a: &Along<R>, tap: R) -> R {
        let distance = (a.part - R::of(0.5) - tap).abs() / a.reach;
        (R::of(1.0) - distance).max(R::of(0.0))
    }
}

weighted_twin!(
    ResampleBilinear,
    Bilinear,
    Tolerance::relative(2e-6),
    KernelSpec {
        name: "resample_bilinear",
        title: "bilinear interpolation",
        missing: "a pixel whose centre lies outside the cells, or with no cell with a value \
            around it",
        source: "GDAL's warper: bilinear with its kernel widened where the source is finer",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_bilinear.wgsl"),
        libs: &[include_str!("../../../shaders/lib/cells.wgsl")],
        params: CellsParams::FIELDS,
        ports: cells::port::NAMES,
        tolerance: "some six roundings of 6e-8 a cell, relative to the largest cell",
        canary: ("max(1.0 - distance, 0.0)", "max(1.00001 - distance, 0.0)"),
    }
);
