//! Positions of pixels among the cells of an input's own grid.

use crate::sources::grids::cells::{CellWindow, Point, SourceGrid, to_f64};
use crate::tile::places;

/// Positions of pixels, `[pixel]`.
#[derive(Debug, Default)]
pub(crate) struct Located {
    /// Centre, in columns and rows of the source grid; NaN if it has no position there.
    pub(crate) x_y: Vec<Point>,
    /// Half the width and height, in cells.
    pub(crate) half: Vec<[f64; 2]>,
}

impl Located {
    pub(crate) fn new(n: usize) -> Self {
        Self {
            x_y: Vec::with_capacity(n),
            half: Vec::with_capacity(n),
        }
    }

    /// Moves columns by whole turns of a grid around the globe so that they are near one of the
    /// pixels: a tile over the seam then has its cells side by side.
    pub(crate) fn gather_around_middle(&mut self, width: f64) {
        let Some(&(middle, _)) = self.x_y.iter().find(|(x, _)| x.is_finite()) else {
            return;
        };
        for (x, _) in &mut self.x_y {
            *x -= width * ((*x - middle) / width).round();
        }
    }

    /// Whether all of these pixels have data there.
    pub(crate) fn are_inside(&self, source: &SourceGrid) -> bool {
        self.x_y
            .iter()
            .zip(&self.half)
            .all(|(at, half)| source.reaches(*at, *half))
    }

    /// The cells of `source` that these pixels need; empty if it has none of them.
    pub(crate) fn window(&self, source: &SourceGrid) -> CellWindow {
        let (width, height) = (to_f64(source.grid.width), to_f64(source.grid.height));
        let [mut left, mut right, mut top, mut bottom] = [
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        for (&(x, y), half) in self
            .x_y
            .iter()
            .zip(&self.half)
            .filter(|(at, half)| source.reaches(**at, **half))
        {
            let [across, down] = source.span(*half);
            (left, right) = (left.min(x - across), right.max(x + across));
            (top, bottom) = (top.min(y - down), bottom.max(y + down));
        }
        if !source.is_round {
            (left, right) = (left.max(0.0), right.min(width));
        }
        (top, bottom) = (top.max(0.0), bottom.min(height));
        if left >= right || top >= bottom {
            return CellWindow {
                row: 0,
                col: 0,
                height: 0,
                width: 0,
            };
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clipped to a raster"
        )]
        let (col, end, row, row_end) = (
            left.floor() as isize,
            right.ceil() as isize,
            top.floor() as usize,
            bottom.ceil() as usize,
        );
        CellWindow {
            row,
            col,
            height: row_end - row,
            width: (end - col).cast_unsigned(),
        }
    }

    /// Row and column of the cell that holds the centre of each pixel.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "inside a raster"
    )]
    pub(crate) fn nearest_cells(
        &self,
        source: &SourceGrid,
    ) -> impl Iterator<Item = Option<[usize; 2]>> {
        let (height, width) = (source.grid.height, source.grid.width);
        self.x_y.iter().zip(&self.half).map(move |(&(x, y), half)| {
            let (col, _) = split(x, to_f64(width), source.is_round);
            let (row, _) = split(y, to_f64(height), false);
            // On a grid around the globe columns may be before the first and after the last.
            let col = (col as isize)
                .rem_euclid(width.max(1).cast_signed())
                .cast_unsigned();
            source.reaches((x, y), *half).then_some([row as usize, col])
        })
    }

    /// The steps of [`places`] for cells that start at `window`, `[step][pixel]`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "shaders take f32"
    )]
    pub(crate) fn position_steps(&self, source: &SourceGrid, window: CellWindow) -> Vec<f32> {
        let n = self.x_y.len();
        let mut steps = vec![0.0_f32; places::COUNT * n];
        let (width, height) = (to_f64(source.grid.width), to_f64(source.grid.height));
        for (pixel, (&(x, y), half)) in self.x_y.iter().zip(&self.half).enumerate() {
            let is_inside = source.reaches((x, y), *half);
            let (col, col_part) = split(x, width, source.is_round);
            let (row, row_part) = split(y, height, false);
            let values = if is_inside && window.n_cells() > 0 {
                [
                    (col - window.col as f64) as f32,
                    col_part,
                    (row - window.row as f64) as f32,
                    row_part,
                ]
            } else {
                [f32::NAN, 0.0, f32::NAN, 0.0]
            };
            let all = [
                values.as_slice(),
                &[
                    half[0] as f32,
                    half[1] as f32,
                    0.0,
                    window.width as f32,
                    window.height as f32,
                ],
            ];
            for (step, &value) in all.concat().iter().enumerate() {
                steps[step * n + pixel] = value;
            }
        }
        steps
    }
}

/// The cell that holds a position, and how far into the cell it is, 0..1. The far edge belongs to
/// the last cell.
#[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
fn split(x: f64, length: f64, is_round: bool) -> (f64, f32) {
    let last = length - 1.0;
    let cell = if !is_round && x == length {
        last
    } else {
        x.floor()
    };
    (cell, ((x - cell) as f32).min(1.0_f32.next_down()))
}
