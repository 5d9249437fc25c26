//! Pixels from windows spread over the grid of a study, for validation and calibration.

use super::plan::Plan;
use crate::error::Error;
use crate::grid::Window;
use crate::sources::Source as _;
use crate::tile::{Stored, side_by_side};

/// Windows along each side of the grid.
const SPREAD: usize = 4;

/// Some pixels of a study.
#[derive(Clone, Debug)]
pub struct SpreadSample {
    /// Inputs of the chain, `[step][pixel]`.
    pub inputs: Vec<Stored>,
    /// Whether each pixel is inside the mask.
    pub inside: Vec<bool>,
}

/// About `n_pixels` pixels of a study, from windows spread over its grid.
///
/// # Errors
///
/// An input cannot be read.
pub fn spread_sample(plan: &Plan, n_pixels: usize) -> Result<SpreadSample, Error> {
    let mut reader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let (height, width) = (plan.grid.height, plan.grid.width);
    let side = (1..=n_pixels)
        .find(|side| side * side * SPREAD * SPREAD >= n_pixels)
        .unwrap_or(1);
    let mut tiles = Vec::new();
    for down in 0..SPREAD.min(height) {
        for across in 0..SPREAD.min(width) {
            // Cells of the grid, each with a window at its start.
            let cell = |i: usize, length: usize| {
                (
                    i * length / SPREAD.min(length),
                    (i + 1) * length / SPREAD.min(length),
                )
            };
            let ((row, row_end), (col, col_end)) = (cell(down, height), cell(across, width));
            tiles.push(reader.read(Window {
                row,
                col,
                height: side.min(row_end - row),
                width: side.min(col_end - col),
            })?);
        }
    }
    let inputs = side_by_side(&plan.chain.inputs, &tiles);
    let inside = tiles.iter().flat_map(|tile| {
        tile.inside
            .clone()
            .unwrap_or_else(|| vec![true; tile.window.n_pixels()])
    });
    Ok(SpreadSample {
        inputs,
        inside: inside.collect(),
    })
}
