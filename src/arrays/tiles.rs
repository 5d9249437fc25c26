//! Arrays as tiles of a chain.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayView3, Axis};

use super::element::Element;
use crate::grid::Window;
use crate::tile::{Stored, Tile};

/// Pixels of a tile. Whoever waits is asked between two tiles whether to go on.
pub(super) const TILE: usize = 1 << 18;

/// A tile, and what was taken out of each series of its first array.
pub(super) struct Shifted {
    pub(super) tile: Tile,
    /// `[pixel]`; empty where nothing was.
    pub(super) shifts: Vec<f64>,
}

/// The pixels of a range, counted along the rows, as one row.
pub(super) fn tile_of<T: Element>(arrays: &[ArrayView3<'_, T>], pixels: Range<usize>) -> Shifted {
    let window = Window {
        row: 0,
        col: pixels.start,
        height: 1,
        width: pixels.len(),
    };
    let (mut inputs, mut shifts) = (Vec::new(), Vec::new());
    for (number, array) in arrays.iter().enumerate() {
        let (stored, of_array) = stored_of(array, pixels.clone());
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
fn stored_of<T: Element>(array: &ArrayView3<'_, T>, pixels: Range<usize>) -> (Stored, Vec<f64>) {
    let years = array.axis_iter(Axis(0));
    let planes: Vec<Vec<T>> = years.map(|year| part_of(&year, pixels.clone())).collect();
    let first_valid = |pixel: usize| {
        let mut values = planes.iter().map(|plane| plane[pixel].value());
        values.find(|value| value.is_finite()).unwrap_or(0.0)
    };
    let shifts = if T::IS_SHIFTED {
        (0..pixels.len()).map(first_valid).collect()
    } else {
        Vec::new()
    };
    (T::stored(planes.concat(), &shifts), shifts)
}

/// Numbers of one year, whatever the order in memory.
fn part_of<T: Copy>(year: &ArrayView2<'_, T>, pixels: Range<usize>) -> Vec<T> {
    if let Some(all) = year.as_slice() {
        return all[pixels].to_vec();
    }
    let width = year.len_of(Axis(1));
    pixels
        .map(|pixel| year[[pixel / width, pixel % width]])
        .collect()
}
