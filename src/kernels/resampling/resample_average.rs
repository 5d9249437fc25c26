//! The mean of the cells under a pixel, each weighted by the area that it shares with it.
//!
//! GPU twin: `shaders/kernels/resampling/resample_average.wgsl`.

use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh};
use crate::kernels::lib::cells_block;
use crate::kernels::lib::cells_under;
use crate::kernels::lib::weighted_twin::weighted_twin;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::{Block, Pixel};
use crate::tile::Resampling;

/// Mean of the cells under a pixel.
#[derive(Clone, Debug)]
pub struct ResampleAverage(pub Resampled);

impl Weigh for ResampleAverage {
    const TAPS: f64 = 1.0;

    #[inline(always)]
    fn first_tap<R: Real>(&self, a: &Along<R>) -> R {
        cells_under::first_tap(a)
    }

    #[inline(always)]
    fn n_taps<R: Real>(&self, a: &Along<R>) -> R {
        cells_under::n_taps(a)
    }

    #[inline(always)]
    fn weight<R: Real>(&self, _kind: usize, a: &Along<R>, tap: R) -> R {
        cells_under::overlap(a, tap)
    }
}

weighted_twin!(
    ResampleAverage,
    Average,
    Tolerance::relative(1e-5),
    KernelSpec {
        name: "resample_average",
        title: "mean of the cells under a pixel",
        missing: "a pixel without a cell with a value under it",
        source: "definition; GDAL's warper",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_average.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/cells.wgsl"),
            include_str!("../../../shaders/lib/cells_under.wgsl")
        ],
        params: CellsParams::FIELDS,
        ports: cells::port::NAMES,
        tolerance: "one rounding of 6e-8 a cell, relative to the largest cell",
        canary: ("return overlap(a, tap);", "return overlap(a, tap) + 0.001;"),
    }
);
