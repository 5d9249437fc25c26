//! A pixel among the cells of an input on another grid, and the weighted mean of those cells.
//!
//! Cells that are outside their file or have no value have no weight: the mean is over the others,
//! and is missing where none is left. That is what GDAL's warper does.
//!
//! GPU twin: `shaders/lib/cells.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::flags;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask as _, Real};
use crate::kernels::real::{Sample, any};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::views::Pixel;
use crate::tile::{Resampling, places};
use crate::{gpu_params, ports};

/// A weight below this part of the whole is rounding of a position, and does not count by
/// itself.
pub const MIN_WEIGHT: f64 = 1e-4;

/// Where a sum of weights of `f32` is within so much of [`MIN_WEIGHT`], the pixel is computed in `f64`: a small weight is a
/// difference of numbers up to 8, so that it is off by a few 1e-7.
pub const MIN_WEIGHT_ROUNDING: f64 = 4e-6;

gpu_params! {
    /// Parameters of all resampling kernels as the shaders take them.
    pub struct CellsParams {
        /// Cells that a pixel is wide, 1 if less.
        reach_x: f32,
        /// Cells that a pixel is high, 1 if less.
        reach_y: f32,
        /// See [`MIN_WEIGHT`].
        least_weight: f32,
        _pad0: u32,
    }
}

ports! {
    /// The ports of all resampling kernels.
    pub mod port {
        /// The value at the pixel.
        VALUE = "value",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The parameters of a kernel.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
pub fn params(reach: [f64; 2]) -> Vec<u8> {
    let [reach_x, reach_y] = reach.map(|cells| cells as f32);
    bytemuck::bytes_of(&CellsParams {
        reach_x,
        reach_y,
        least_weight: MIN_WEIGHT as f32,
        _pad0: 0,
    })
    .to_vec()
}

/// Names that the shaders have for the steps of the positions.
#[must_use]
pub fn constants() -> Vec<NamedConstant> {
    vec![
        ("POSITION_COL", Constant::size(places::COL)),
        ("POSITION_COL_PART", Constant::size(places::COL_PART)),
        ("POSITION_ROW", Constant::size(places::ROW)),
        ("POSITION_ROW_PART", Constant::size(places::ROW_PART)),
        ("POSITION_HALF_WIDTH", Constant::size(places::HALF_WIDTH)),
        ("POSITION_HALF_HEIGHT", Constant::size(places::HALF_HEIGHT)),
        ("POSITION_FIRST", Constant::size(places::FIRST)),
        ("POSITION_COLUMNS", Constant::size(places::COLUMNS)),
        ("POSITION_ROWS", Constant::size(places::ROWS)),
        (
            "MIN_WEIGHT_ROUNDING",
            Constant::threshold(MIN_WEIGHT_ROUNDING),
        ),
    ]
}

/// An input that a kernel brings to the grid.
#[derive(Clone, Copy, Debug)]
pub struct Resampled {
    /// How often it has a value.
    pub steps: Steps,
    /// Number of steps.
    pub n_steps: usize,
    /// Cells that a pixel is wide and high, 1 where it is smaller than a cell.
    pub reach: [f64; 2],
}

impl Resampled {
    /// Iterations of all loops of a thread that takes `taps` cells along an axis for each cell that
    /// a pixel is wide.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small whole number"
    )]
    pub fn max_iterations(&self, taps: f64) -> usize {
        let [across, down] = self.reach.map(|reach| (taps * reach.ceil()) as usize + 1);
        self.n_steps * (1 + down + across * down)
    }
}

/// The slots of all resampling kernels.
#[must_use]
pub fn inputs(of: &Resampled, resampling: Resampling) -> Vec<Port> {
    let name = if resampling == Resampling::Mode {
        "classes"
    } else {
        "cells"
    };
    vec![
        Port::cells(name, of.steps, resampling, of.reach),
        Port::positions("places"),
    ]
}

/// The outputs of all resampling kernels.
#[must_use]
pub fn outputs(steps: Steps, tolerance: Tolerance) -> Vec<Port> {
    vec![
        Port::output("value", steps, tolerance)
            .suffix(" on the grid")
            .unit(UnitRule::OfInput(0)),
        Port::output("flags", Steps::Static, Tolerance::Exact).suffix(" on the grid, flags"),
    ]
}

/// A pixel along one axis.
#[derive(Clone, Copy, Debug)]
pub struct Along<R> {
    /// The cell that holds the centre.
    pub cell: R,
    /// How far into it, 0..1.
    pub part: R,
    /// Half the pixel, in cells.
    pub half: R,
    /// Cells that the tile brings.
    pub n_cells: R,
    /// Cells that a pixel is wide, 1 if less.
    pub reach: R,
}

/// The position of a pixel on the grid of the cells.
#[derive(Clone, Copy, Debug)]
pub struct PixelPosition<R: Real> {
    /// Across.
    pub x: Along<R>,
    /// Down.
    pub y: Along<R>,
    /// The tile's first cell.
    first: R,
    /// Whether it is anywhere on that grid.
    pub valid: R::Mask,
}

/// What the cells around a pixel give at one step. The weights of all of them sum to 1.
#[derive(Clone, Copy)]
struct Sums<R> {
    total: R,
    /// Of those that have a value.
    weight: R,
    /// Of those that are outside or have none, sign aside.
    absent: R,
    /// Of those that have none.
    missing: R,
}

/// A kernel that is a weighted mean, with weights that are a product of one for each axis.
pub trait Weigh {
    /// Cells that it takes along an axis for each that a pixel is wide.
    const TAPS: f64;
    /// 2 where there are other weights for pixels that lack one of their cells.
    fn n_kinds(&self) -> usize {
        1
    }
    /// The first cell with a weight, from that of the centre.
    fn first_tap<R: Real>(&self, a: &Along<R>) -> R;
    /// Cells from there on.
    fn n_taps<R: Real>(&self, a: &Along<R>) -> R;
    /// The weight of a cell, in any unit.
    fn weight<R: Real>(&self, kind: usize, a: &Along<R>, tap: R) -> R;
}

impl<R: Real> PixelPosition<R> {
    /// The position of this pixel.
    #[inline(always)]
    pub fn of(pixel: &Pixel<'_, '_, R>, reach: [f64; 2]) -> Self {
        let at = |step| pixel.sample(1, step);
        let (col, row) = (at(places::COL), at(places::ROW));
        let [reach_x, reach_y] = reach.map(R::of);
        let x = Along {
            cell: col.value,
            part: at(places::COL_PART).value,
            half: at(places::HALF_WIDTH).value,
            n_cells: at(places::COLUMNS).value,
            reach: reach_x,
        };
        let y = Along {
            cell: row.value,
            part: at(places::ROW_PART).value,
            half: at(places::HALF_HEIGHT).value,
            n_cells: at(places::ROWS).value,
            reach: reach_y,
        };
        Self {
            x,
            y,
            first: at(places::FIRST).value,
            valid: col.valid & row.valid,
        }
    }

    /// The number of the cell at a tap in each direction, and whether the tile has it.
    #[inline(always)]
    pub(super) fn number_of(&self, tap_x: R, tap_y: R) -> (R, R::Mask) {
        let (column, row) = (self.x.cell + tap_x, self.y.cell + tap_y);
        let there = self.x.is_there(tap_x) & self.y.is_there(tap_y) & self.valid;
        (self.first + row * self.x.n_cells + column, there)
    }

    /// The cell at a tap in each direction, missing where the tile does not have it.
    #[inline(always)]
    pub fn cell_at(&self, pixel: &Pixel<'_, '_, R>, step: usize, tap_x: R, tap_y: R) -> Sample<R> {
        let (cell, there) = self.number_of(tap_x, tap_y);
        pixel.cell(0, step, cell, there)
    }
}

impl<R: Real> Along<R> {
    /// Whether the tile has the cell at a tap.
    #[inline(always)]
    pub fn is_there(&self, tap: R) -> R::Mask {
        (self.cell + tap).ge(R::of(0.0)) & (self.cell + tap).lt(self.n_cells)
    }
}

/// The smallest whole number that is not below it.
#[inline(always)]
pub fn ceil<R: Real>(x: R) -> R {
    -(-x).floor()
}

/// The largest of the counts of neighbouring pixels: taps past a pixel's own have no weight.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small whole number"
)]
pub fn most<R: Real>(count: R) -> usize {
    (0..R::LANES)
        .map(|lane| count.lane(lane).max(0.0) as usize)
        .max()
        .unwrap_or(0)
}

/// The sum of all weights along one axis, whether their cells are there or not.
#[inline(always)]
pub(super) fn weight_of_all<R: Real, W: Weigh>(weights: &W, kind: usize, a: &Along<R>) -> R {
    let mut sum = R::of(0.0);
    for i in 0..most(weights.n_taps(a)) {
        sum = sum + weights.weight(kind, a, weights.first_tap(a) + R::of(i as f64));
    }
    sum
}

#[inline(always)]
fn weigh<R: Real, W: Weigh>(
    weights: &W,
    pixel: &Pixel<'_, '_, R>,
    position: &PixelPosition<R>,
    kind: usize,
    whole: R,
    step: usize,
) -> Sums<R> {
    let zero = R::of(0.0);
    let mut sums = Sums {
        total: zero,
        weight: zero,
        absent: zero,
        missing: zero,
    };
    for j in 0..most(weights.n_taps(&position.y)) {
        let tap_y = weights.first_tap(&position.y) + R::of(j as f64);
        let weight_y = weights.weight(kind, &position.y, tap_y) / whole;
        for i in 0..most(weights.n_taps(&position.x)) {
            let tap_x = weights.first_tap(&position.x) + R::of(i as f64);
            let w = weight_y * weights.weight(kind, &position.x, tap_x);
            let at = position.cell_at(pixel, step, tap_x, tap_y);
            let is_missing = !at.valid & position.x.is_there(tap_x) & position.y.is_there(tap_y);
            sums.total = sums.total + R::select(at.valid, w * at.value, zero);
            sums.weight = sums.weight + R::select(at.valid, w, zero);
            sums.absent = sums.absent + R::select(at.valid, zero, w.abs());
            sums.missing = sums.missing + R::select(is_missing, w.abs(), zero);
        }
    }
    sums
}

/// Rounding of the weights may decide whether such a part of them is enough.
#[inline(always)]
fn is_near_least<R: Real>(part: R) -> R::Mask {
    let distance = (part - R::of(MIN_WEIGHT)).abs();
    distance.lt(R::of(MIN_WEIGHT_ROUNDING))
}

/// The weighted mean of the cells of one pixel; the second kind of weights, where a kernel has it,
/// is for pixels that lack one of their cells.
#[inline(always)]
pub fn run_weighted<R: Real, W: Weigh>(weights: &W, pixel: &mut Pixel<'_, '_, R>, reach: [f64; 2]) {
    let position = PixelPosition::of(pixel, reach);
    let least = R::of(MIN_WEIGHT);
    let first_whole =
        weight_of_all(weights, 0, &position.x) * weight_of_all(weights, 0, &position.y);
    let last = weights.n_kinds() - 1;
    let second_whole =
        weight_of_all(weights, last, &position.x) * weight_of_all(weights, last, &position.y);
    let mut is_beside_missing = R::Mask::of(false);
    let mut is_near = R::Mask::of(false);
    for step in 0..pixel.n_steps(0) {
        let mut sums = weigh(weights, pixel, &position, 0, first_whole, step);
        if weights.n_kinds() > 1 {
            is_near = is_near | is_near_least(sums.absent);
        }
        let is_second = sums.absent.gt(least);
        if weights.n_kinds() > 1 && any::<R>(is_second) {
            let second = weigh(weights, pixel, &position, 1, second_whole, step);
            sums = Sums {
                total: R::select(is_second, second.total, sums.total),
                weight: R::select(is_second, second.weight, sums.weight),
                absent: R::select(is_second, second.absent, sums.absent),
                missing: R::select(is_second, second.missing, sums.missing),
            };
        }
        let valid = position.valid & sums.weight.gt(least);
        let whole = R::select(valid & sums.absent.gt(R::of(0.0)), sums.weight, R::of(1.0));
        pixel.put(port::VALUE, step, sums.total / whole, valid);
        is_near = is_near | is_near_least(sums.weight) | is_near_least(sums.missing);
        is_beside_missing = is_beside_missing | (valid & sums.missing.gt(least));
    }
    let bit = |mask: R::Mask, flag: u16| R::select(mask, R::of(f64::from(flag)), R::of(0.0));
    let flags = bit(is_beside_missing, flags::BESIDE_MISSING)
        + bit(position.valid & is_near, flags::DECIDED_IN_F64);
    pixel.put(port::FLAGS, 0, flags, R::Mask::of(true));
}

/// The largest of the cells of a pixel, over the part of the weights that have a value: what the
/// rounding of weights does to their mean is relative to that.
pub fn error_scale<W: Weigh>(
    weights: &W,
    pixel: &Pixel<'_, '_, f64>,
    reach: [f64; 2],
    step: usize,
) -> f64 {
    let position = PixelPosition::of(pixel, reach);
    let whole = weight_of_all(weights, 0, &position.x) * weight_of_all(weights, 0, &position.y);
    let (mut largest, mut weight) = (0.0, 0.0);
    for j in 0..most(weights.n_taps(&position.y)) {
        let tap_y = weights.first_tap(&position.y) + j as f64;
        for i in 0..most(weights.n_taps(&position.x)) {
            let tap_x = weights.first_tap(&position.x) + i as f64;
            let at = position.cell_at(pixel, step, tap_x, tap_y);
            if at.valid {
                largest = f64::max(largest, at.value.abs());
                weight += weights.weight(0, &position.y, tap_y)
                    * weights.weight(0, &position.x, tap_x)
                    / whole;
            }
        }
    }
    largest / weight.clamp(MIN_WEIGHT, 1.0)
}
