//! A lattice of exact positions, and interpolation between them.

use crate::grid::Window;
use crate::sources::grids::cells::{Point, to_f64};
use crate::sources::grids::positions::Located;

/// Pixels from node to node.
pub(crate) const LATTICE: usize = 8;

/// How far an interpolated position may be off, in cells; positions are promised to a hundredth of
/// a cell.
const MAX_ERROR_CELLS: f64 = 0.002;

/// The lattice over a window.
pub(crate) struct Lattice {
    /// First and last node, in multiples of [`LATTICE`].
    rows: [usize; 2],
    cols: [usize; 2],
}

impl Lattice {
    pub(crate) fn around(window: Window) -> Self {
        let span = |from: usize, length: usize| [from / LATTICE, (from + length).div_ceil(LATTICE)];
        Self {
            rows: span(window.row, window.height),
            cols: span(window.col, window.width),
        }
    }

    fn n_cols(&self) -> usize {
        self.cols[1] - self.cols[0]
    }

    pub(crate) fn nodes(&self) -> Vec<(f64, f64)> {
        let at = |i: usize| to_f64(i * LATTICE) + 0.5;
        let rows = self.rows[0]..=self.rows[1];
        rows.flat_map(|row| (self.cols[0]..=self.cols[1]).map(move |col| (at(col), at(row))))
            .collect()
    }

    /// The points where interpolation is checked against exact positions: five in each piece.
    pub(crate) fn checks(&self) -> Vec<(f64, f64)> {
        let length = to_f64(LATTICE);
        let of_piece = |(row, col): (usize, usize)| {
            let (y, x) = (to_f64(row * LATTICE) + 0.5, to_f64(col * LATTICE) + 0.5);
            CHECKS.map(|(dx, dy)| (x + dx * length, y + dy * length))
        };
        self.pieces().flat_map(of_piece).collect()
    }

    /// Pieces by the row and column of their upper left node.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (rows, cols) = (self.rows, self.cols);
        (rows[0]..rows[1]).flat_map(move |row| (cols[0]..cols[1]).map(move |col| (row, col)))
    }

    pub(crate) fn corners_of(&self, (row, col): (usize, usize), nodes: &[Point]) -> [Point; 4] {
        let stride = self.n_cols() + 1;
        let at = (row - self.rows[0]) * stride + col - self.cols[0];
        [
            nodes[at],
            nodes[at + 1],
            nodes[at + stride],
            nodes[at + stride + 1],
        ]
    }

    pub(crate) fn checks_of<'a>(
        &self,
        (row, col): (usize, usize),
        checks: &'a [Point],
    ) -> &'a [Point] {
        let at = (row - self.rows[0]) * self.n_cols() + col - self.cols[0];
        &checks[at * CHECKS.len()..][..CHECKS.len()]
    }

    /// First row, end, first column, end.
    #[expect(clippy::unused_self, reason = "a piece belongs to a lattice")]
    pub(crate) fn window_of(&self, (row, col): (usize, usize)) -> [usize; 4] {
        [
            row * LATTICE,
            (row + 1) * LATTICE,
            col * LATTICE,
            (col + 1) * LATTICE,
        ]
    }
}

/// Where in a piece interpolation is checked: its middle and those of its sides.
const CHECKS: [(f64, f64); 5] = [(0.5, 0.5), (0.5, 0.0), (0.0, 0.5), (1.0, 0.5), (0.5, 1.0)];

/// Whether a piece can be interpolated.
pub(crate) fn is_smooth(corners: &[Point; 4], checks: &[Point]) -> bool {
    let off = |(&(dx, dy), &(x, y)): (&(f64, f64), &Point)| {
        let (u, v) = bilinear(corners, dx, dy);
        (u - x).abs().max((v - y).abs())
    };
    // NaN is not within it.
    CHECKS
        .iter()
        .zip(checks)
        .all(|pair| off(pair) <= MAX_ERROR_CELLS)
}

fn bilinear(corners: &[Point; 4], dx: f64, dy: f64) -> Point {
    let mix = |[upper_left, upper_right, lower_left, lower_right]: [f64; 4]| {
        let upper = upper_left + (upper_right - upper_left) * dx;
        let lower = lower_left + (lower_right - lower_left) * dx;
        upper + (lower - upper) * dy
    };
    (
        mix(corners.map(|corner| corner.0)),
        mix(corners.map(|corner| corner.1)),
    )
}

pub(crate) fn interpolate(
    located: &mut Located,
    window: Window,
    lattice: &Lattice,
    piece: (usize, usize),
    corners: &[Point; 4],
) {
    let length = to_f64(LATTICE);
    let [first, right, below, _] = corners;
    let half = [
        (right.0 - first.0).abs() + (below.0 - first.0).abs(),
        (right.1 - first.1).abs() + (below.1 - first.1).abs(),
    ]
    .map(|sum| 0.5 * sum / length);
    let [row, row_end, col, col_end] = clipped(lattice.window_of(piece), window);
    for r in row..row_end {
        let dy = to_f64(r - piece.0 * LATTICE) / length;
        for c in col..col_end {
            let dx = to_f64(c - piece.1 * LATTICE) / length;
            let at = (r - window.row) * window.width + c - window.col;
            let (x, y) = bilinear(corners, dx, dy);
            located.x_y[at] = (rounded(x), rounded(y));
            located.half[at] = half;
        }
    }
}

/// The part of a piece that is in the window: first row, end, first column, end.
pub(crate) fn clipped([row, row_end, col, col_end]: [usize; 4], window: Window) -> [usize; 4] {
    [
        row.max(window.row),
        row_end.min(window.row + window.height),
        col.max(window.col),
        col_end.min(window.col + window.width),
    ]
}

/// To a billionth of a cell, so that whole columns can be added without a further rounding.
pub(crate) fn rounded(x: f64) -> f64 {
    const STEPS: f64 = 1_073_741_824.0;
    (x * STEPS).round() / STEPS
}
