//! The weighted mean of cells for a whole block of pixels at once, with the bits of one pixel at a
//! time.

use super::cells::{MIN_WEIGHT, MIN_WEIGHT_ROUNDING, PixelPosition, Weigh, most, weight_of_all};
use crate::kernels::flags;
use crate::kernels::views::{Block, Pixel};

/// A cell of a pixel with its weights of each kind.
#[derive(Clone, Copy)]
struct Tap {
    cell: usize,
    weights: [f64; 2],
}

/// The series of the cells that a block needs, each decoded once.
struct Series {
    n_steps: usize,
    /// The first cell of the block.
    first: usize,
    /// The number of the series of each cell from there on, counted from 1; 0 for a cell not read
    /// yet.
    numbers: Vec<usize>,
    values: Vec<f32>,
    there: Vec<f32>,
    is_whole: Vec<bool>,
}

impl Series {
    /// Where the series of a cell starts in `values` and `there`, and whether nothing of it is
    /// missing.
    #[inline(always)]
    fn of(&mut self, block: &Block<'_>, cell: usize) -> (usize, bool) {
        let slot = cell - self.first;
        if self.numbers[slot] == 0 {
            let mut is_whole = true;
            for step in 0..self.n_steps {
                let quantity = block.inputs[0].quantity(step, cell);
                let valid = !quantity.is_nan();
                self.values.push(if valid { quantity } else { 0.0 });
                self.there.push(if valid { 1.0 } else { 0.0 });
                is_whole &= valid;
            }
            self.is_whole.push(is_whole);
            self.numbers[slot] = self.is_whole.len();
        }
        let number = self.numbers[slot] - 1;
        (number * self.n_steps, self.is_whole[number])
    }
}

/// [`run_weighted`](super::cells::run_weighted) for a whole block, with steps in the innermost
/// loop: the weights of a pixel are the same at all steps, and the series of a cell serves many
/// pixels.
#[inline(always)]
pub fn run_weighted_block<W: Weigh>(weights: &W, block: &mut Block<'_>, reach: [f64; 2]) {
    let n_steps = block.inputs[0].n_steps;
    let mut taps: Vec<Vec<Tap>> = Vec::with_capacity(block.n_pixels);
    let mut outside: Vec<[f64; 2]> = Vec::with_capacity(block.n_pixels);
    for at in 0..block.n_pixels {
        let pixel = Pixel::<f64>::new(block, at);
        let position = PixelPosition::of(&pixel, reach);
        let (found, absent) = taps_of(weights, &position);
        taps.push(found);
        outside.push(absent);
    }
    let cells = || taps.iter().flatten().map(|tap| tap.cell);
    let (first, last) = (cells().min().unwrap_or(0), cells().max().unwrap_or(0));
    let mut series = Series {
        n_steps,
        first,
        numbers: vec![0; last - first + 1],
        values: Vec::new(),
        there: Vec::new(),
        is_whole: Vec::new(),
    };
    let mut sums = StepSums::new(n_steps);
    for at in 0..block.n_pixels {
        let flags = sums.run(
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
        block.outputs[1].values[at] = f32::from(flags);
    }
}

/// The cells of a pixel that the tile has, in the order of `weigh`, and the weights of the others.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of cells"
)]
fn taps_of<W: Weigh>(weights: &W, position: &PixelPosition<f64>) -> (Vec<Tap>, [f64; 2]) {
    let (mut taps, mut outside) = (Vec::new(), [0.0; 2]);
    if !position.valid {
        return (taps, outside);
    }
    let whole = [0, 1].map(|kind| {
        weight_of_all(weights, kind, &position.x) * weight_of_all(weights, kind, &position.y)
    });
    for j in 0..most(weights.n_taps(&position.y)) {
        let tap_y = weights.first_tap(&position.y) + j as f64;
        let weight_y = [0, 1].map(|kind| weights.weight(kind, &position.y, tap_y) / whole[kind]);
        for i in 0..most(weights.n_taps(&position.x)) {
            let tap_x = weights.first_tap(&position.x) + i as f64;
            let of = [0, 1].map(|kind| weight_y[kind] * weights.weight(kind, &position.x, tap_x));
            let (cell, there) = position.number_of(tap_x, tap_y);
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

/// As in `cells`.
fn is_near_least(part: f64) -> bool {
    (part - MIN_WEIGHT).abs() < MIN_WEIGHT_ROUNDING
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

    /// Fills `results`, NaN where missing, and returns the flags of the pixel.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
    fn run(
        &mut self,
        block: &Block<'_>,
        series: &mut Series,
        taps: &[Tap],
        outside: [f64; 2],
        n_kinds: usize,
    ) -> u16 {
        let mut is_whole = true;
        for tap in taps {
            is_whole &= series.of(block, tap.cell).1;
        }
        if is_whole && outside[0] == 0.0 {
            self.sum(block, series, taps, 0);
            for (result, &total) in self.results.iter_mut().zip(&self.total) {
                *result = total as f32;
            }
            return 0;
        }
        self.sum_with_gaps(block, series, taps, 0);
        let mut found = 0;
        let n_steps = self.results.len();
        let mut lacking = vec![false; n_steps];
        for (step, lacks) in lacking.iter_mut().enumerate() {
            let absent = self.missing[step] + outside[0];
            *lacks = n_kinds > 1 && absent > MIN_WEIGHT;
            if n_kinds > 1 && is_near_least(absent) {
                found |= flags::DECIDED_IN_F64;
            }
            if !*lacks {
                found |= self.finish(step, absent);
            }
        }
        if lacking.iter().any(|&lacks| lacks) {
            self.sum_with_gaps(block, series, taps, 1);
            for step in (0..n_steps).filter(|&step| lacking[step]) {
                found |= self.finish(step, self.missing[step] + outside[1]);
            }
        }
        found
    }

    /// The result of one step, and its flags.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
    fn finish(&mut self, step: usize, absent: f64) -> u16 {
        let valid = self.weight[step] > MIN_WEIGHT;
        let whole = if absent > 0.0 { self.weight[step] } else { 1.0 };
        self.results[step] = if valid {
            (self.total[step] / whole) as f32
        } else {
            f32::NAN
        };
        let (weight, missing) = (self.weight[step], self.missing[step]);
        let is_near = is_near_least(weight) || is_near_least(missing);
        let bit = |is_so: bool, flag: u16| if is_so { flag } else { 0 };
        bit(valid && missing > MIN_WEIGHT, flags::BESIDE_MISSING)
            | bit(is_near, flags::DECIDED_IN_F64)
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
