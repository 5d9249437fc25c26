//! From the four cells around a pixel's centre; where a pixel is wider than a cell, from all cells that the
//! same weights, widened to the pixel, reach.
//!
//! ```text
//! w = (1 - |dx| / reach) (1 - |dy| / reach)
//! ```
//!
//! GPU twin: `shaders/kernels/resampling/resample_bilinear.wgsl`.

use crate::kernels::abi::{Block, KernelSpec, Pixel, Port, Twin};
use crate::kernels::lib::cells::{self, Along, CellsParams, Resampled, Weigh};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::tile::Resampling;

/// Bilinear interpolation.
#[derive(Clone, Debug)]
pub struct ResampleBilinear(pub Resampled);

impl Weigh for ResampleBilinear {
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

/// The whole number above.
#[inline(always)]
fn ceil<R: Real>(x: R) -> R {
    -(-x).floor()
}

impl Twin for ResampleBilinear {
    const SPEC: KernelSpec = KernelSpec {
        name: "resample_bilinear",
        title: "bilinear interpolation",
        missing: "a pixel whose centre lies outside the cells, or with no cell with a value around it",
        source: "GDAL's warper: bilinear with its kernel widened where the source is finer",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_bilinear.wgsl"),
        libs: &[include_str!("../../../shaders/lib/cells.wgsl")],
        params: CellsParams::FIELDS,
        tolerance: "some six roundings of 6e-8 a cell, relative to the largest cell",
        canary: ("max(1.0 - distance, 0.0)", "max(1.00001 - distance, 0.0)"),
    };

    fn inputs(&self) -> Vec<Port> {
        cells::inputs(&self.0, Resampling::Bilinear)
    }

    fn outputs(&self) -> Vec<Port> {
        cells::outputs(self.0.steps, Tolerance::relative(2e-6))
    }

    fn params(&self) -> Vec<u8> {
        cells::params(self.0.reach)
    }

    fn constants(&self) -> Vec<(&'static str, u32)> {
        cells::constants()
    }

    fn loop_passes(&self) -> usize {
        self.0.loop_passes(2.0)
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
