//! A pixel among the cells of an input on another grid, and the weighted mean of those cells.
//!
//! Cells that lie outside their file or have no value weigh nothing: the mean is over the others, and is missing
//! where none is left. That is what GDAL's warper does.
//!
//! GPU twin: `shaders/lib/cells.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{Block, Pixel, Port, Sample, any, flags};
use crate::kernels::output::UnitRule;
use crate::kernels::real::{Mask as _, Real};
use crate::kernels::tolerance::Tolerance;
use crate::tile::{Resampling, places};

/// Weights below this part of the whole are rounding of a position, and count for nothing on their own.
pub const MIN_WEIGHT: f64 = 1e-4;

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

/// Names that the shaders have for the steps of places.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "there are nine")]
pub fn constants() -> Vec<(&'static str, u32)> {
    vec![
        ("PLACE_COL", places::COL as u32),
        ("PLACE_COL_PART", places::COL_PART as u32),
        ("PLACE_ROW", places::ROW as u32),
        ("PLACE_ROW_PART", places::ROW_PART as u32),
        ("PLACE_HALF_WIDTH", places::HALF_WIDTH as u32),
        ("PLACE_HALF_HEIGHT", places::HALF_HEIGHT as u32),
        ("PLACE_FIRST", places::FIRST as u32),
        ("PLACE_COLUMNS", places::COLUMNS as u32),
        ("PLACE_ROWS", places::ROWS as u32),
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
    /// Passes of all loops of a thread that takes `taps` cells along an axis for each cell that a pixel is wide.
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
        Port::places("places"),
    ]
}

/// The ports of all resampling kernels.
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

/// Where a pixel lies.
#[derive(Clone, Copy, Debug)]
pub struct Place<R: Real> {
    /// Across.
    pub x: Along<R>,
    /// Down.
    pub y: Along<R>,
    /// The tile's first cell.
    first: R,
    /// Whether it lies anywhere on the other grid.
    pub valid: R::Mask,
}

/// What the cells around a pixel give at one step. The weights of all of them sum to 1.
#[derive(Clone, Copy)]
struct Sums<R> {
    total: R,
    /// Of those that have a value.
    weight: R,
    /// Of those that lie outside or have none, sign aside.
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

impl<R: Real> Place<R> {
    /// The place of a pixel.
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
    fn number_of(&self, tap_x: R, tap_y: R) -> (R, R::Mask) {
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

/// The twin of a kernel that is a weighted mean: all but its weights and what it says of itself.
macro_rules! weighted_twin {
    ($kernel:ident, $resampling:ident, $tolerance:expr, $spec:expr) => {
        impl Twin for $kernel {
            const SPEC: KernelSpec = $spec;

            fn inputs(&self) -> Vec<Port> {
                cells::inputs(&self.0, Resampling::$resampling)
            }

            fn outputs(&self) -> Vec<Port> {
                cells::outputs(self.0.steps, $tolerance)
            }

            fn params(&self) -> Vec<u8> {
                cells::params(self.0.reach)
            }

            fn constants(&self) -> Vec<(&'static str, u32)> {
                cells::constants()
            }

            fn max_iterations(&self) -> usize {
                self.n_kinds() * self.0.max_iterations(Self::TAPS)
            }

            #[inline(always)]
            fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
                cells::run_weighted(self, pixel, self.0.reach);
            }

            #[inline(always)]
            fn run_whole_block(&self, block: &mut Block<'_>) -> bool {
                cells::run_weighted_together(self, block, self.0.reach);
                true
            }

            fn error_scale(
                &self,
                pixel: &mut Pixel<'_, '_, f64>,
                port: usize,
                step: usize,
                reference: f64,
            ) -> f64 {
                if port == 0 {
                    cells::error_scale(self, pixel, self.0.reach, step)
                } else {
                    reference.abs()
                }
            }
        }
    };
}
pub(in crate::kernels) use weighted_twin;

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
fn weight_of_all<R: Real, W: Weigh>(weights: &W, kind: usize, a: &Along<R>) -> R {
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
    place: &Place<R>,
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
    for j in 0..most(weights.n_taps(&place.y)) {
        let tap_y = weights.first_tap(&place.y) + R::of(j as f64);
        let weight_y = weights.weight(kind, &place.y, tap_y) / whole;
        for i in 0..most(weights.n_taps(&place.x)) {
            let tap_x = weights.first_tap(&place.x) + R::of(i as f64);
            let w = weight_y * weights.weight(kind, &place.x, tap_x);
            let at = place.cell_at(pixel, step, tap_x, tap_y);
            let is_missing = !at.valid & place.x.is_there(tap_x) & place.y.is_there(tap_y);
            sums.total = sums.total + R::select(at.valid, w * at.value, zero);
            sums.weight = sums.weight + R::select(at.valid, w, zero);
            sums.absent = sums.absent + R::select(at.valid, zero, w.abs());
            sums.missing = sums.missing + R::select(is_missing, w.abs(), zero);
        }
    }
    sums
}

/// The weighted mean of the cells of one pixel; the second kind of weights, where a kernel has it, is for pixels
/// that lack one of their cells.
#[inline(always)]
pub fn run_weighted<R: Real, W: Weigh>(weights: &W, pixel: &mut Pixel<'_, '_, R>, reach: [f64; 2]) {
    let place = Place::of(pixel, reach);
    let least = R::of(MIN_WEIGHT);
    let first_whole = weight_of_all(weights, 0, &place.x) * weight_of_all(weights, 0, &place.y);
    let last = weights.n_kinds() - 1;
    let second_whole =
        weight_of_all(weights, last, &place.x) * weight_of_all(weights, last, &place.y);
    let mut is_beside_missing = R::Mask::of(false);
    for step in 0..pixel.n_steps(0) {
        let mut sums = weigh(weights, pixel, &place, 0, first_whole, step);
        let is_second = sums.absent.gt(least);
        if weights.n_kinds() > 1 && any::<R>(is_second) {
            let second = weigh(weights, pixel, &place, 1, second_whole, step);
            sums = Sums {
                total: R::select(is_second, second.total, sums.total),
                weight: R::select(is_second, second.weight, sums.weight),
                absent: R::select(is_second, second.absent, sums.absent),
                missing: R::select(is_second, second.missing, sums.missing),
            };
        }
        let valid = place.valid & sums.weight.gt(least);
        let whole = R::select(valid & sums.absent.gt(R::of(0.0)), sums.weight, R::of(1.0));
        pixel.put(0, step, sums.total / whole, valid);
        is_beside_missing = is_beside_missing | (valid & sums.missing.gt(least));
    }
    let flag = R::of(f64::from(flags::BESIDE_MISSING));
    pixel.put(
        1,
        0,
        R::select(is_beside_missing, flag, R::of(0.0)),
        R::Mask::of(true),
    );
}

/// The largest of the cells of a pixel, over the part of the weights that have a value: what the rounding of weights
/// does to their mean is relative to that.
pub fn error_scale<W: Weigh>(
    weights: &W,
    pixel: &Pixel<'_, '_, f64>,
    reach: [f64; 2],
    step: usize,
) -> f64 {
    let place = Place::of(pixel, reach);
    let whole = weight_of_all(weights, 0, &place.x) * weight_of_all(weights, 0, &place.y);
    let (mut largest, mut weight) = (0.0, 0.0);
    for j in 0..most(weights.n_taps(&place.y)) {
        let tap_y = weights.first_tap(&place.y) + j as f64;
        for i in 0..most(weights.n_taps(&place.x)) {
            let tap_x = weights.first_tap(&place.x) + i as f64;
            let at = place.cell_at(pixel, step, tap_x, tap_y);
            if at.valid {
                largest = f64::max(largest, at.value.abs());
                weight +=
                    weights.weight(0, &place.y, tap_y) * weights.weight(0, &place.x, tap_x) / whole;
            }
        }
    }
    largest / weight.clamp(MIN_WEIGHT, 1.0)
}

/// A cell of a pixel with its weights of each kind.
#[derive(Clone, Copy)]
struct Tap {
    cell: usize,
    weights: [f64; 2],
}

/// The series of the cells that a block needs, each decoded once.
struct Series {
    n_steps: usize,
    /// The first cell of the block, and where the series of each cell from there on is, 0 where it is not yet.
    first: usize,
    places: Vec<usize>,
    values: Vec<f32>,
    there: Vec<f32>,
    is_whole: Vec<bool>,
}

impl Series {
    /// Where the series of a cell starts in `values` and `there`, and whether nothing of it is missing.
    #[inline(always)]
    fn of(&mut self, block: &Block<'_>, cell: usize) -> (usize, bool) {
        let slot = cell - self.first;
        if self.places[slot] == 0 {
            let mut is_whole = true;
            for step in 0..self.n_steps {
                let quantity = block.inputs[0].quantity(step, cell);
                let valid = !quantity.is_nan();
                self.values.push(if valid { quantity } else { 0.0 });
                self.there.push(if valid { 1.0 } else { 0.0 });
                is_whole &= valid;
            }
            self.is_whole.push(is_whole);
            self.places[slot] = self.is_whole.len();
        }
        let place = self.places[slot] - 1;
        (place * self.n_steps, self.is_whole[place])
    }
}

/// [`run_weighted`] for a whole block, with steps in the innermost loop: the weights of a pixel are the same at all
/// steps, and the series of a cell serves many pixels.
#[inline(always)]
pub fn run_weighted_together<W: Weigh>(weights: &W, block: &mut Block<'_>, reach: [f64; 2]) {
    let n_steps = block.inputs[0].n_steps;
    let mut taps: Vec<Vec<Tap>> = Vec::with_capacity(block.n_pixels);
    let mut outside: Vec<[f64; 2]> = Vec::with_capacity(block.n_pixels);
    for at in 0..block.n_pixels {
        let pixel = Pixel::<f64>::new(block, at);
        let place = Place::of(&pixel, reach);
        let (found, absent) = taps_of(weights, &place);
        taps.push(found);
        outside.push(absent);
    }
    let cells = || taps.iter().flatten().map(|tap| tap.cell);
    let (first, last) = (cells().min().unwrap_or(0), cells().max().unwrap_or(0));
    let mut series = Series {
        n_steps,
        first,
        places: vec![0; last - first + 1],
        values: Vec::new(),
        there: Vec::new(),
        is_whole: Vec::new(),
    };
    let mut sums = StepSums::new(n_steps);
    for at in 0..block.n_pixels {
        let is_beside_missing = sums.run(
            block,
            &mut series,
            &taps[at],
            outside[at],
            weights.n_kinds(),
        );
        let is_valid = !taps[at].is_empty();
        let output = &mut block.outputs[0];
        for step in 0..n_steps {
            // As `Pixel::put` has it: a value that is not finite is missing.
            let value = sums.results[step];
            output.values[step * output.stride + at] = if is_valid && value.is_finite() {
                value
            } else {
                f32::NAN
            };
        }
        block.outputs[1].values[at] = if is_beside_missing {
            f32::from(flags::BESIDE_MISSING)
        } else {
            0.0
        };
    }
}

/// The cells of a pixel that the tile has, in the order of [`weigh`], and the weights of the others.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of cells"
)]
fn taps_of<W: Weigh>(weights: &W, place: &Place<f64>) -> (Vec<Tap>, [f64; 2]) {
    let (mut taps, mut outside) = (Vec::new(), [0.0; 2]);
    if !place.valid {
        return (taps, outside);
    }
    let whole = [0, 1].map(|kind| {
        weight_of_all(weights, kind, &place.x) * weight_of_all(weights, kind, &place.y)
    });
    for j in 0..most(weights.n_taps(&place.y)) {
        let tap_y = weights.first_tap(&place.y) + j as f64;
        let weight_y = [0, 1].map(|kind| weights.weight(kind, &place.y, tap_y) / whole[kind]);
        for i in 0..most(weights.n_taps(&place.x)) {
            let tap_x = weights.first_tap(&place.x) + i as f64;
            let of = [0, 1].map(|kind| weight_y[kind] * weights.weight(kind, &place.x, tap_x));
            let (cell, there) = place.number_of(tap_x, tap_y);
            if there {
                taps.push(Tap {
                    cell: cell as usize,
                    weights: of,
                });
            } else {
                outside[0] += of[0].abs();
                outside[1] += of[1].abs();
            }
        }
    }
    (taps, outside)
}

/// The sums of one pixel at all steps.
struct StepSums {
    total: Vec<f64>,
    weight: Vec<f64>,
    missing: Vec<f64>,
    results: Vec<f32>,
}

impl StepSums {
    fn new(n_steps: usize) -> Self {
        let zeros = || vec![0.0; n_steps];
        Self {
            total: zeros(),
            weight: zeros(),
            missing: zeros(),
            results: vec![0.0; n_steps],
        }
    }

    /// Fills `results`, NaN where missing, and says whether any value lacked a cell.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
    fn run(
        &mut self,
        block: &Block<'_>,
        series: &mut Series,
        taps: &[Tap],
        outside: [f64; 2],
        n_kinds: usize,
    ) -> bool {
        let mut is_whole = true;
        for tap in taps {
            is_whole &= series.of(block, tap.cell).1;
        }
        if is_whole && outside[0] == 0.0 {
            self.sum(block, series, taps, 0);
            for (result, &total) in self.results.iter_mut().zip(&self.total) {
                *result = total as f32;
            }
            return false;
        }
        self.sum_with_gaps(block, series, taps, 0);
        let mut is_beside_missing = false;
        let n_steps = self.results.len();
        let mut lacking = vec![false; n_steps];
        for (step, lacks) in lacking.iter_mut().enumerate() {
            let absent = self.missing[step] + outside[0];
            *lacks = absent > MIN_WEIGHT;
            is_beside_missing |= self.finish(step, absent) && !(n_kinds > 1 && *lacks);
        }
        if n_kinds > 1 && lacking.iter().any(|&lacks| lacks) {
            self.sum_with_gaps(block, series, taps, 1);
            for step in (0..n_steps).filter(|&step| lacking[step]) {
                is_beside_missing |= self.finish(step, self.missing[step] + outside[1]);
            }
        }
        is_beside_missing
    }

    /// The result of one step, and whether it lacked a cell.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
    fn finish(&mut self, step: usize, absent: f64) -> bool {
        let valid = self.weight[step] > MIN_WEIGHT;
        let whole = if absent > 0.0 { self.weight[step] } else { 1.0 };
        self.results[step] = if valid {
            (self.total[step] / whole) as f32
        } else {
            f32::NAN
        };
        valid && self.missing[step] > MIN_WEIGHT
    }

    /// The sums where nothing is missing.
    #[inline(always)]
    fn sum(&mut self, block: &Block<'_>, series: &mut Series, taps: &[Tap], kind: usize) {
        self.total.fill(0.0);
        for tap in taps {
            let (at, _) = series.of(block, tap.cell);
            let w = tap.weights[kind];
            let values = &series.values[at..at + self.total.len()];
            for (total, &value) in self.total.iter_mut().zip(values) {
                *total += w * f64::from(value);
            }
        }
    }

    #[inline(always)]
    fn sum_with_gaps(&mut self, block: &Block<'_>, series: &mut Series, taps: &[Tap], kind: usize) {
        self.sum(block, series, taps, kind);
        self.weight.fill(0.0);
        self.missing.fill(0.0);
        for tap in taps {
            let (at, _) = series.of(block, tap.cell);
            let w = tap.weights[kind];
            for step in 0..self.weight.len() {
                let there = f64::from(series.there[at + step]);
                self.weight[step] += w * there;
                self.missing[step] += w.abs() * (1.0 - there);
            }
        }
    }
}
