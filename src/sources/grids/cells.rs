//! The grid of an input that is not on the study grid, and rectangles of its cells.

use crate::grid::{Grid, Window};
use crate::tile::Resampling;

/// A rectangle of cells. On a grid around the globe it may start before the first column and end
/// after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct CellWindow {
    pub(crate) row: usize,
    pub(crate) col: isize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl CellWindow {
    /// All cells of a grid.
    pub(crate) fn whole(grid: &Grid) -> Self {
        Self {
            row: 0,
            col: 0,
            height: grid.height,
            width: grid.width,
        }
    }

    pub(crate) fn n_cells(&self) -> usize {
        self.height * self.width
    }

    /// A part of it, in rows and columns from its first.
    pub(crate) fn part(&self, part: Window) -> Self {
        let col = self.col + part.col.cast_signed();
        Self {
            row: self.row + part.row,
            col,
            height: part.height,
            width: part.width,
        }
    }

    /// The windows of a raster of `width` columns that it is made of, each with its first column
    /// here.
    pub(crate) fn pieces(&self, width: usize) -> Vec<(usize, Window)> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < self.width {
            let start = (self.col + at.cast_signed())
                .rem_euclid(width.max(1).cast_signed())
                .cast_unsigned();
            let columns = (width.max(1) - start).min(self.width - at);
            pieces.push((
                at,
                Window {
                    row: self.row,
                    col: start,
                    height: self.height,
                    width: columns,
                },
            ));
            at += columns;
        }
        pieces
    }

    /// Whether it holds all of `other`.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let end = |window: &Self| window.col + window.width.cast_signed();
        self.row <= other.row
            && other.row + other.height <= self.row + self.height
            && self.col <= other.col
            && end(other) <= end(self)
    }
}

/// The grid of an input that is not on the study grid, and how it is resampled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SourceGrid {
    /// The grid.
    pub(crate) grid: Grid,
    pub(crate) resampling: Resampling,
    /// Cells that a pixel is wide and high; 1 if it is smaller than a cell.
    pub(crate) reach: [f64; 2],
    /// Its columns go once around the globe.
    pub(crate) is_round: bool,
}

impl SourceGrid {
    /// Whether a pixel has data there: an area needs a part of a cell, a centre needs a cell.
    pub(crate) fn reaches(&self, (x, y): Point, half: [f64; 2]) -> bool {
        let [w, h] = if self.resampling.takes_area() {
            half
        } else {
            [0.0; 2]
        };
        let across = self.is_round || (x + w >= 0.0 && x - w <= to_f64(self.grid.width));
        across && x.is_finite() && y + h >= 0.0 && y - h <= to_f64(self.grid.height)
    }

    /// How far around its centre a pixel needs cells, in cells.
    pub(crate) fn span(&self, half: [f64; 2]) -> [f64; 2] {
        match self.resampling {
            Resampling::Nearest => [0.0; 2].map(|x: f64| x + 1e-9),
            Resampling::Bilinear => self.reach.map(|reach| reach.ceil() + 0.5),
            Resampling::Cubic => self.reach.map(|reach| 2.0 * reach.ceil() + 0.5),
            Resampling::Average | Resampling::Mode => half.map(|half| half + 1e-6),
        }
    }
}

/// A point in columns and rows of the source grid; NaN if it has no position there.
pub(crate) type Point = (f64, f64);

#[expect(
    clippy::cast_precision_loss,
    reason = "rows and columns are far below 2^52"
)]
pub(crate) fn to_f64(n: usize) -> f64 {
    n as f64
}
