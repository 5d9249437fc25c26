//! An array as tiles of a chain.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayView3, Axis};

use super::element::Element;
use crate::grid::Window;
use crate::tile::Tile;

/// Pixels of a tile. Whoever waits is asked between two tiles whether to go on.
pub(super) const TILE: usize = 1 << 18;

/// A tile, and what was taken out of each of its series.
pub(super) struct Shifted {
    pub(super) tile: Tile,
    /// `[pixel]`; empty where nothing was.
    pub(super) shifts: Vec<f64>,
}

/// The pixels of a range, counted along the rows, as one row.
pub(super) fn tile_of<T: Element>(series: &ArrayView3<'_, T>, pixels: Range<usize>) -> Shifted {
    let years = series.axis_iter(Axis(0));
    let planes: Vec<Vec<T>> = years.map(|year| part_of(&year, pixels.clone())).collect();
    let shifts = if T::IS_SHIFTED {
        (0..pixels.len())
            .map(|pixel| {
                let values = planes.iter().map(|plane| plane[pixel].value());
                values
                    .into_iter()
                    .find(|value| value.is_finite())
                    .unwrap_or(0.0)
            })
            .collect()
    } else {
        Vec::new()
    };
    let window = Window {
        row: 0,
        col: pixels.start,
        height: 1,
        width: pixels.len(),
    };
    let stored = T::stored(planes.concat(), &shifts);
    Shifted {
        tile: Tile {
            window,
            inputs: vec![stored],
            inside: None,
        },
        shifts,
    }
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
