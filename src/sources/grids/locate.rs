//! Positions of the pixels of the study grid among the cells of an input's own grid.
//!
//! PROJ relates the CRS of both grids. Exact positions are computed at the nodes of a lattice of
//! `LATTICE` pixels that is anchored at the corner of the study grid. Between the nodes they are
//! interpolated if that is within `MAX_ERROR_CELLS` of exact; elsewhere, as at the edge of a
//! projection, each pixel is transformed. So a position depends on the pixel alone, not on the
//! tile.

use crate::gdal_calls::{OwnedTransform, text_of};
use crate::grid::{Coordinates, Grid, Window};
use crate::sources::grids::cells::{Point, SourceGrid, to_f64};
use crate::sources::grids::crs::{crs_of_wkt, is_same_crs};
use crate::sources::grids::lattice::{LATTICE, Lattice, clipped, interpolate, is_smooth, rounded};
use crate::sources::grids::positions::Located;
use crate::tile::Resampling;

/// How far from a whole circle the columns of a grid around the globe may be, in cells.
const WRAP_TOLERANCE_CELLS: f64 = 0.01;

/// How positions change at a pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    /// The middle, in columns and rows of cells.
    pub(crate) at: (f64, f64),
    /// Columns and rows of cells to the next column of pixels.
    pub(crate) by_col: [f64; 2],
    /// Columns and rows of cells to the next row of pixels.
    pub(crate) by_row: [f64; 2],
}

impl Change {
    /// Half the width and height of the box around the pixel.
    pub(crate) fn half(&self) -> [f64; 2] {
        [0, 1].map(|axis| 0.5 * (self.by_col[axis] + self.by_row[axis]))
    }
}

/// Exact positions: columns and rows of the study grid to those of a source grid.
#[derive(Debug)]
pub(crate) struct Locator {
    study: Grid,
    cells: Grid,
    inverse: [f64; 6],
    to_cells: Option<OwnedTransform>,
    /// Columns of 360 degrees, on grids of longitudes.
    turn: Option<f64>,
    is_round: bool,
}

impl Locator {
    pub(crate) fn new(study: &Grid, cells: &Grid) -> Result<Self, String> {
        let inverse = cells.inverse_transform().ok_or("its pixels have no size")?;
        let to_cells = if is_same_crs(&study.crs_wkt, &cells.crs_wkt) {
            None
        } else {
            let crs = |grid: &Grid, whose: &str| {
                crs_of_wkt(&grid.crs_wkt).ok_or_else(|| format!("{whose} has no CRS"))
            };
            let (from, to) = (crs(study, "the study grid")?, crs(cells, "it")?);
            Some(OwnedTransform::new(&from, &to).map_err(|error| text_of(&error))?)
        };
        let turn = columns_of_a_turn(cells);
        let is_round =
            turn.is_some_and(|turn| (turn - to_f64(cells.width)).abs() <= WRAP_TOLERANCE_CELLS);
        Ok(Self {
            study: study.clone(),
            cells: cells.clone(),
            inverse,
            to_cells,
            turn,
            is_round,
        })
    }

    pub(crate) fn is_round(&self) -> bool {
        self.is_round
    }

    /// Points given in columns and rows of the study grid, exactly.
    fn exact(&self, points: &[(f64, f64)]) -> Vec<Point> {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = points
            .iter()
            .map(|&(col, row)| self.study.coordinates_of(col, row))
            .unzip();
        if let Some(transform) = &self.to_cells {
            // An error means that some points cannot be transformed; these come back infinite.
            let done = transform.transform(&mut x, &mut y);
            if done.is_err() && x.iter().all(|x| x.is_finite()) {
                self.one_by_one(transform, points, &mut x, &mut y);
            }
        }
        let middle = 0.5 * to_f64(self.cells.width);
        let t = &self.inverse;
        let locate = |(x, y): (f64, f64)| {
            let (mut col, row) = (t[0] + x * t[1] + y * t[2], t[3] + x * t[4] + y * t[5]);
            if let Some(turn) = self.turn {
                // A meridian has many longitudes; the one nearest to the grid is used.
                col -= turn * ((col - middle) / turn).round();
            }
            if col.is_finite() && row.is_finite() {
                (rounded(col), rounded(row))
            } else {
                (f64::NAN, f64::NAN)
            }
        };
        x.into_iter().zip(y).map(locate).collect()
    }

    /// Transforms point by point, so that a point without a position does not affect the others.
    fn one_by_one(
        &self,
        transform: &OwnedTransform,
        points: &[(f64, f64)],
        x: &mut [f64],
        y: &mut [f64],
    ) {
        for (i, &(col, row)) in points.iter().enumerate() {
            let (px, py) = self.study.coordinates_of(col, row);
            let (mut one_x, mut one_y) = ([px], [py]);
            let done = transform.transform(&mut one_x, &mut one_y);
            (x[i], y[i]) = if done.is_ok() {
                (one_x[0], one_y[0])
            } else {
                (f64::NAN, f64::NAN)
            };
        }
    }

    /// The position of each pixel of a window.
    pub(crate) fn locate(&self, window: Window) -> Located {
        let mut located = if self.to_cells.is_none() {
            self.locate_directly(window)
        } else {
            self.locate_on_lattice(window)
        };
        if self.is_round {
            located.gather_around_middle(to_f64(self.cells.width));
        }
        located
    }

    /// Positions by the two affine transforms alone.
    fn locate_directly(&self, window: Window) -> Located {
        let mut located = Located::new(window.n_pixels());
        let half = self.half_sizes(&self.exact(&corners_of_pixel(0.0, 0.0)));
        for row in window.row..window.row + window.height {
            let points: Vec<(f64, f64)> = (window.col..window.col + window.width)
                .map(|col| (to_f64(col) + 0.5, to_f64(row) + 0.5))
                .collect();
            located.x_y.extend(self.exact(&points));
        }
        located.half.resize(window.n_pixels(), half);
        located
    }

    fn locate_on_lattice(&self, window: Window) -> Located {
        let mut located = Located::new(window.n_pixels());
        located.x_y.resize(window.n_pixels(), (f64::NAN, f64::NAN));
        located.half.resize(window.n_pixels(), [0.0; 2]);
        let lattice = Lattice::around(window);
        let nodes = self.exact(&lattice.nodes());
        let checks = self.exact(&lattice.checks());
        for piece in lattice.pieces() {
            let corners = lattice.corners_of(piece, &nodes);
            if is_smooth(&corners, lattice.checks_of(piece, &checks)) {
                interpolate(&mut located, window, &lattice, piece, &corners);
            } else {
                self.locate_exactly(&mut located, window, lattice.window_of(piece));
            }
        }
        located
    }

    /// Each pixel of a piece on its own.
    fn locate_exactly(&self, located: &mut Located, window: Window, piece: [usize; 4]) {
        let [row, row_end, col, col_end] = clipped(piece, window);
        for r in row..row_end {
            for c in col..col_end {
                let points = self.exact(&corners_of_pixel(to_f64(c), to_f64(r)));
                let at = (r - window.row) * window.width + c - window.col;
                located.x_y[at] = points[0];
                located.half[at] = self.half_sizes(&points);
            }
        }
    }

    /// Half the width and height of the box around a pixel, from its centre and the middles of its
    /// sides.
    fn half_sizes(&self, points: &[Point]) -> [f64; 2] {
        // The two sides may be on both sides of the seam.
        let across = |difference: f64| {
            difference
                - self
                    .turn
                    .map_or(0.0, |turn| turn * (difference / turn).round())
        };
        let [_, left, right, top, bottom] = points else {
            return [0.5; 2];
        };
        // At the edge of a projection a side may have no position; the pixel then counts as a
        // point.
        let finite = |half: f64| if half.is_finite() { half } else { 1e-3 };
        [
            finite(0.5 * (across(right.0 - left.0).abs() + across(bottom.0 - top.0).abs())),
            finite(0.5 * ((right.1 - left.1).abs() + (bottom.1 - top.1).abs())),
        ]
    }

    /// How positions change from pixel to pixel at these, given by the columns and rows of their
    /// middles; `None` if one of their sides has no position.
    pub(crate) fn changes(&self, pixels: &[(f64, f64)]) -> Vec<Option<Change>> {
        let points: Vec<_> = pixels
            .iter()
            .flat_map(|&(col, row)| corners_of_pixel(col - 0.5, row - 0.5))
            .collect();
        let across = |difference: f64| {
            difference
                - self
                    .turn
                    .map_or(0.0, |turn| turn * (difference / turn).round())
        };
        let change = |points: &[Point]| {
            let [at, left, right, top, bottom] = *points else {
                return None;
            };
            let by = |from: Point, to: Point| [across(to.0 - from.0).abs(), (to.1 - from.1).abs()];
            let change = Change {
                at,
                by_col: by(left, right),
                by_row: by(top, bottom),
            };
            points
                .iter()
                .all(|(x, y)| x.is_finite() && y.is_finite())
                .then_some(change)
        };
        self.exact(&points)
            .chunks_exact(N_CORNERS)
            .map(change)
            .collect()
    }

    /// Columns of 360 degrees if positions may jump by them; `None` also on a grid around the
    /// globe.
    pub(crate) fn turn(&self) -> Option<f64> {
        self.turn.filter(|_| !self.is_round)
    }

    /// The share of the study's pixels that have data there, from pixels spread evenly over it.
    pub(crate) fn share_inside(&self, source: &SourceGrid) -> f64 {
        const MAX_POINTS: usize = 64;
        let spread = |length: usize| {
            let n = length.clamp(1, MAX_POINTS);
            (0..n).map(move |i| to_f64((2 * i + 1) * length / (2 * n)))
        };
        let rows = spread(self.study.height);
        let corners = rows.flat_map(|row| {
            spread(self.study.width).flat_map(move |col| corners_of_pixel(col, row))
        });
        let exact = self.exact(&corners.collect::<Vec<_>>());
        let pixels = exact.chunks_exact(N_CORNERS);
        let n_inside = pixels
            .clone()
            .filter(|pixel| source.reaches(pixel[0], self.half_sizes(pixel)))
            .count();
        to_f64(n_inside) / to_f64(pixels.len().max(1))
    }

    /// The outline of the whole study, and of the part of it that the cells cover: an input may be
    /// so small that it falls between the points of a large study.
    pub(crate) fn outline_of_study(&self) -> Located {
        let mut outline = self.outline(self.study.window());
        let back = if self.is_round {
            None
        } else {
            Self::new(&self.cells, &self.study).ok()
        };
        let Some(back) = back else { return outline };
        let study = SourceGrid {
            grid: self.study.clone(),
            resampling: Resampling::Nearest,
            reach: [1.0; 2],
            is_round: back.is_round,
        };
        let found = back.outline(self.cells.window()).window(&study);
        for (_, part) in found.pieces(self.study.width) {
            let Located { x_y, half } = self.outline(part);
            outline.x_y.extend(x_y);
            outline.half.extend(half);
        }
        outline
    }

    /// Cells that a pixel in the middle of the study is wide and high.
    pub(crate) fn cells_per_pixel(&self) -> [f64; 2] {
        let (col, row) = (to_f64(self.study.width / 2), to_f64(self.study.height / 2));
        self.half_sizes(&self.exact(&corners_of_pixel(col, row)))
            .map(|half| 2.0 * half)
    }

    /// Positions of points all over a window and along its border, for its extent.
    pub(crate) fn outline(&self, window: Window) -> Located {
        let every = |length: usize, parts: usize, least: usize| least.max(length / parts);
        let (rows, cols) = (
            marks(window.row, window.height, every(window.height, 64, LATTICE)),
            marks(window.col, window.width, every(window.width, 64, LATTICE)),
        );
        let along = marks(window.col, window.width, every(window.width, 256, 4));
        let down = marks(window.row, window.height, every(window.height, 256, 4));
        let inner = rows
            .iter()
            .flat_map(|&row| cols.iter().map(move |&col| (col, row)));
        let ends = |marks: &[f64]| {
            [marks.first().copied(), marks.last().copied()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        let edges = ends(&rows)
            .into_iter()
            .flat_map(|row| along.iter().map(move |&col| (col, row)));
        let sides = ends(&cols)
            .into_iter()
            .flat_map(|col| down.iter().map(move |&row| (col, row)));
        let corners: Vec<(f64, f64)> = inner
            .chain(edges)
            .chain(sides)
            .flat_map(|(col, row)| corners_of_pixel(col - 0.5, row - 0.5))
            .collect();
        let exact = self.exact(&corners);
        let pixels = exact.chunks_exact(N_CORNERS);
        let mut located = Located {
            x_y: pixels.clone().map(|pixel| pixel[0]).collect(),
            half: pixels.map(|pixel| self.half_sizes(pixel)).collect(),
        };
        if self.is_round {
            located.gather_around_middle(to_f64(self.cells.width));
        }
        located
    }
}

/// Centres of the first, every so many and the last row or column of a window.
fn marks(from: usize, length: usize, every: usize) -> Vec<f64> {
    let last = from + length.max(1) - 1;
    (from..last)
        .step_by(every)
        .chain([last])
        .map(|i| to_f64(i) + 0.5)
        .collect()
}

/// Points that [`corners_of_pixel`] gives.
const N_CORNERS: usize = 5;

/// The centre of a pixel and the middles of its left, right, upper and lower side.
fn corners_of_pixel(col: f64, row: f64) -> [(f64, f64); N_CORNERS] {
    [(0.5, 0.5), (0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0)]
        .map(|(dx, dy)| (col + dx, row + dy))
}

/// Columns of 360 degrees of a grid of longitudes.
fn columns_of_a_turn(grid: &Grid) -> Option<f64> {
    let is_plain = grid.coordinates == Coordinates::Geographic && !grid.is_rotated();
    is_plain
        .then(|| 360.0 / grid.transform[1].abs())
        .filter(|turn| turn.is_finite())
}
