//! The value that covers most of a pixel; of those that cover the same, the least.
//!
//! GPU twin: `shaders/kernels/resampling/resample_mode.wgsl`.

use crate::kernels::constant::NamedConstant;
use crate::kernels::flags;
use crate::kernels::lib::cells::{self, CellsParams, MIN_WEIGHT, PixelPosition, Resampled, most};
use crate::kernels::lib::cells_under::{first_tap, n_taps, overlap};
use crate::kernels::port::Port;
use crate::kernels::real::Sample;
use crate::kernels::real::{Mask as _, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::tile::Resampling;

/// The most frequent value by area.
#[derive(Clone, Debug)]
pub struct ResampleMode(pub Resampled);

/// A cell under the pixel with the part of the pixel that it covers.
#[derive(Clone, Copy)]
struct Tap<R: Real> {
    at: Sample<R>,
    part: R,
    /// Whether the tile has the cell.
    there: R::Mask,
}

impl Twin for ResampleMode {
    const SPEC: KernelSpec = KernelSpec {
        name: "resample_mode",
        title: "most frequent value under a pixel",
        missing: "a pixel without a cell with a value under it",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/resampling/resample_mode.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/cells.wgsl"),
            include_str!("../../../shaders/lib/cells_under.wgsl"),
        ],
        params: CellsParams::FIELDS,
        ports: cells::port::NAMES,
        tolerance: "values are taken as they are",
        canary: (
            "let is_more = part > best_weight",
            "let is_more = part > best_weight + 0.2",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        cells::inputs(&self.0, Resampling::Mode)
    }

    fn outputs(&self) -> Vec<Port> {
        cells::outputs(self.0.steps, Tolerance::Exact)
    }

    fn params(&self) -> Vec<u8> {
        cells::params(self.0.reach)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        cells::constants()
    }

    fn max_iterations(&self) -> usize {
        self.0.max_iterations(1.0).pow(2) / self.0.n_steps.max(1)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let position = PixelPosition::of(pixel, self.0.reach);
        let (zero, least) = (R::of(0.0), R::of(MIN_WEIGHT));
        let mut is_beside_missing = R::Mask::of(false);
        for step in 0..pixel.n_steps(0) {
            let taps = taps_of(pixel, &position, step);
            let (mut best, mut best_weight, mut missing) = (zero, zero, zero);
            for t in 0..taps.len() {
                let (value, part) = (taps[t].at.value, covered(&taps, t));
                let is_more = part.gt(best_weight + least);
                let is_less_of_equal = part.gt(best_weight - least) & value.lt(best);
                let is_better = part.gt(least) & (is_more | is_less_of_equal);
                best = R::select(is_better, value, best);
                best_weight = R::select(is_better, part, best_weight);
                missing =
                    missing + R::select(taps[t].there & !taps[t].at.valid, taps[t].part, zero);
            }
            let valid = position.valid & best_weight.gt(least);
            pixel.put(cells::port::VALUE, step, best, valid);
            is_beside_missing = is_beside_missing | (valid & missing.gt(least));
        }
        let flag = R::of(f64::from(flags::BESIDE_MISSING));
        pixel.put(
            cells::port::FLAGS,
            0,
            R::select(is_beside_missing, flag, zero),
            R::Mask::of(true),
        );
    }
}

/// All cells under a pixel, row by row.
#[inline(always)]
fn taps_of<R: Real>(
    pixel: &Pixel<'_, '_, R>,
    position: &PixelPosition<R>,
    step: usize,
) -> Vec<Tap<R>> {
    let (n_x, n_y) = (most(n_taps(&position.x)), most(n_taps(&position.y)));
    let whole = R::of(4.0) * position.x.half * position.y.half;
    let mut taps = Vec::with_capacity(n_x * n_y);
    for j in 0..n_y {
        let tap_y = first_tap(&position.y) + R::of(j as f64);
        for i in 0..n_x {
            let tap_x = first_tap(&position.x) + R::of(i as f64);
            let part = overlap(&position.x, tap_x) * overlap(&position.y, tap_y) / whole;
            let there = position.x.is_there(tap_x) & position.y.is_there(tap_y);
            taps.push(Tap {
                at: position.cell_at(pixel, step, tap_x, tap_y),
                part,
                there,
            });
        }
    }
    taps
}

/// The part of the pixel that has the value of tap `t`; 0 where an earlier tap has it too.
#[inline(always)]
fn covered<R: Real>(taps: &[Tap<R>], t: usize) -> R {
    let of_tap = taps[t].at;
    let mut sum = R::of(0.0);
    let mut is_first = of_tap.valid;
    for (other, tap) in taps.iter().enumerate() {
        let is_equal = of_tap.valid
            & tap.at.valid
            & of_tap.value.le(tap.at.value)
            & tap.at.value.le(of_tap.value);
        sum = sum + R::select(is_equal, tap.part, R::of(0.0));
        if other < t {
            is_first = is_first & !is_equal;
        }
    }
    R::select(is_first, sum, R::of(0.0))
}
