//! Arrays as tiles of a chain.

use std::ops::Range;

use ndarray::{ArrayView3, Axis, s};

use super::element::Element;
use crate::chain::Chain;
use crate::grid::Window;
use crate::tile::{Stored, Tile};

/// Pixels of a tile of twenty years and few statistics. Whoever waits is asked between two tiles whether to go on.
const TILE: usize = 1 << 18;
/// Pixels that a tile has however much is computed of each.
const LEAST: usize = 1 << 12;
/// Stages of twenty years that are few.
const FEW_STAGES: usize = 4;
/// Neighbours of a row that are copied together, so that what lies beside them in memory is read once.
const TOGETHER: usize = 256;

/// What becomes of the level of a series of `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// It is taken out before the series is narrowed: trends do not depend on it.
    TakenOut,
    /// It matters.
    Kept,
}

/// A tile, and what was taken out of each series of its first array.
pub(super) struct Shifted {
    pub(super) tile: Tile,
    /// `[pixel]`; empty where nothing was.
    pub(super) shifts: Vec<f64>,
}

/// Pixels of a tile of a chain: the more stages there are, and pairs of years, the fewer, so that no tile takes a second.
pub(super) fn tile_pixels(chain: &Chain) -> usize {
    let years = chain.years.count().max(20);
    let work = chain.stages.len() * years * years / (FEW_STAGES * 20 * 20);
    (TILE / work.max(1)).max(LEAST)
}

/// The pixels of a range, counted along the rows, as one row.
pub(super) fn tile_of<T: Element>(
    arrays: &[ArrayView3<'_, T>],
    level: Level,
    pixels: Range<usize>,
) -> Shifted {
    let window = Window {
        row: 0,
        col: pixels.start,
        height: 1,
        width: pixels.len(),
    };
    let (mut inputs, mut shifts) = (Vec::new(), Vec::new());
    for (number, array) in arrays.iter().enumerate() {
        let (stored, of_array) = stored_of(array, level, pixels.clone());
        inputs.push(stored);
        if number == 0 {
            shifts = of_array;
        }
    }
    let tile = Tile {
        window,
        inputs,
        inside: None,
    };
    Shifted { tile, shifts }
}

/// The numbers of one array as they are stored, and what was taken out of each series.
fn stored_of<T: Element>(
    array: &ArrayView3<'_, T>,
    level: Level,
    pixels: Range<usize>,
) -> (Stored, Vec<f64>) {
    let n = pixels.len();
    let planes: Option<Vec<&[T]>> = array
        .axis_iter(Axis(0))
        .map(|plane| Some(&plane.to_slice()?[pixels.clone()]))
        .collect();
    let copied;
    let steps = if let Some(planes) = planes {
        planes
    } else {
        copied = copy_of(array, pixels);
        copied.chunks_exact(n.max(1)).collect()
    };
    let shifts = if T::IS_SHIFTED && level == Level::TakenOut {
        levels(&steps, n)
    } else {
        Vec::new()
    };
    (T::stored(&steps, &shifts), shifts)
}

/// A level of each pixel of `[step][pixel]`: the middle one of its first three valid values, so that no single value that
/// is far from the others is taken for it; 0 where there is none.
fn levels<T: Element>(steps: &[&[T]], n: usize) -> Vec<f64> {
    let mut first = vec![[f64::NAN; 3]; n];
    for step in steps {
        let mut is_open = false;
        for (first, value) in first.iter_mut().zip(*step) {
            let value = value.value();
            let open = first.iter_mut().find(|known| known.is_nan());
            if let Some(open) = open.filter(|_| value.is_finite()) {
                *open = value;
            }
            is_open |= first[2].is_nan();
        }
        if !is_open {
            break;
        }
    }
    first.into_iter().map(middle).collect()
}

/// The middle one of three numbers, of which the last may be missing.
fn middle([a, b, c]: [f64; 3]) -> f64 {
    match (a.is_nan(), c.is_nan()) {
        (true, _) => 0.0,
        (false, true) => a,
        (false, false) => a.max(b.min(c)).min(b.max(c)),
    }
}

/// The numbers of these pixels, `[step][pixel]`, whatever their order in memory.
fn copy_of<T: Element>(array: &ArrayView3<'_, T>, pixels: Range<usize>) -> Vec<T> {
    let n = pixels.len();
    let (n_steps, width) = (array.len_of(Axis(0)), array.len_of(Axis(2)));
    let mut values = vec![T::default(); n_steps * n];
    let mut at = pixels.start;
    while at < pixels.end {
        let (row, col) = (at / width, at % width);
        let end = (col + TOGETHER).min(width).min(col + pixels.end - at);
        for (step, values) in values.chunks_exact_mut(n).enumerate() {
            let from = array.slice(s![step, row, col..end]);
            let to = &mut values[at - pixels.start..][..end - col];
            to.iter_mut().zip(from).for_each(|(to, value)| *to = *value);
        }
        at += end - col;
    }
    values
}
