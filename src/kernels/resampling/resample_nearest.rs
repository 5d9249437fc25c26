//! The value of the cell that holds a pixel's centre.
//!
//! GPU twin: `shaders/kernels/resampling/resample_nearest.wgsl`.

use crate::kernels::abi::{Block, KernelSpec, Pixel, Port, Twin};
use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::tile::Resampling;

/// Value of the nearest cell.
#[derive(Clone, Debug)]
pub struct ResampleNearest(pub Resampled);

impl Weigh for ResampleNearest {
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
        R::select(tap.le(R::of(0.0)) & tap.ge(R::of(0.0)), R::of(1.0), R::of(0.0))
    }
}

impl Twin for ResampleNearest {
    const SPEC: KernelSpec = KernelSpec {
        name: "resample_nearest",
        title: "value of the nearest cell",
        missing: "a pixel whose centre no cell holds, or one without a value",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_nearest.wgsl"),
        libs: &[include_str!("../../../shaders/lib/cells.wgsl")],
        params: CellsParams::FIELDS,
        tolerance: "nothing is rounded",
        canary: ("return select(0.0, 1.0, tap == 0);", "return select(0.0, 1.0, tap == 1);"),
    };

    fn inputs(&self) -> Vec<Port> {
        cells::inputs(&self.0, Resampling::Nearest)
    }

    fn outputs(&self) -> Vec<Port> {
        cells::outputs(self.0.steps, Tolerance::Exact)
    }

    fn params(&self) -> Vec<u8> {
        cells::params(self.0.reach)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        cells::constants()
    }

    fn loop_passes(&self) -> usize {
        self.0.loop_passes(1.0)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        cells::run_weighted(self, pixel, self.0.reach);
    }

    #[inline(always)]
    fn run_together(&self, block: &mut Block<'_>) -> bool {
        cells::run_weighted_together(self, block, self.0.reach);
        true
    }

    fn magnitude(&self, pixel: &mut Pixel<'_, '_, f64>, port: usize, step: usize, reference: f64) -> f64 {
        if port == 0 { cells::magnitude(self, pixel, self.0.reach, step) } else { reference.abs() }
    }
}
