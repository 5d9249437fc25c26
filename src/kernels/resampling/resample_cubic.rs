//! From the sixteen cells around a pixel's centre, by cubic convolution; beside a gap or an edge,
//! where some of them have no value, from the four of the bilinear weights. Where a pixel is wider
//! than a cell, the weights widen to it, and cells without a value are left out.
//!
//! ```text
//! w(d) = 3/2 d³ - 5/2 d² + 1           d < 1
//!        -1/2 d³ + 5/2 d² - 4 d + 2    d < 2
//! ```
//!
//! GPU twin: `shaders/kernels/resampling/resample_cubic.wgsl`.

use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh, ceil};
use crate::kernels::lib::cells_block;
use crate::kernels::lib::weighted_twin::weighted_twin;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::{Block, Pixel};
use crate::tile::Resampling;

/// Cubic convolution.
#[derive(Clone, Debug)]
pub struct ResampleCubic(pub Resampled);

impl Weigh for ResampleCubic {
    const TAPS: f64 = 4.0;

    fn n_kinds(&self) -> usize {
        if self.0.reach.iter().all(|&cells| cells <= 1.0) {
            2
        } else {
            1
        }
    }

    #[inline(always)]
    fn first_tap<R: Real>(&self, a: &Along<R>) -> R {
        R::select(a.part.lt(R::of(0.5)), R::of(-1.0), R::of(0.0)) + R::of(1.0)
            - R::of(2.0) * ceil(a.reach)
    }

    #[inline(always)]
    fn n_taps<R: Real>(&self, a: &Along<R>) -> R {
        R::of(4.0) * ceil(a.reach)
    }

    #[inline(always)]
    fn weight<R: Real>(&self, kind: usize, a: &Along<R>, tap: R) -> R {
        let of = R::of;
        let d = (a.part - of(0.5) - tap).abs() / a.reach;
        let near = (of(1.5) * d - of(2.5)) * d * d + of(1.0);
        let far = ((of(-0.5) * d + of(2.5)) * d - of(4.0)) * d + of(2.0);
        let cubic = R::select(d.lt(of(1.0)), near, R::select(d.lt(of(2.0)), far, of(0.0)));
        if kind == 1 {
            (of(1.0) - d).max(of(0.0))
        } else {
            cubic
        }
    }
}

weighted_twin!(
    ResampleCubic,
    Cubic,
    Tolerance::relative(5e-6),
    KernelSpec {
        name: "resample_cubic",
        title: "cubic convolution",
        missing: "as bilinear",
        source: "Keys (1981), IEEE Trans. ASSP 29:1153-1160, a = -1/2; GDAL's warper",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_cubic.wgsl"),
        libs: &[include_str!("../../../shaders/lib/cells.wgsl")],
        params: CellsParams::FIELDS,
        ports: cells::port::NAMES,
        tolerance: "some twenty roundings of 6e-8, relative to the largest cell",
        canary: ("(1.5 * d - 2.5)", "(1.5001 * d - 2.5)"),
    }
);
