//! Where the pixels of the study grid lie among the cells of an input's own grid.
//!
//! Both grids' reference systems are related by PROJ. Exact positions are taken at the nodes of a lattice of
//! [`LATTICE`] pixels that is anchored at the corner of the study grid, and interpolated in between where that is
//! within [`MAX_ERROR_CELLS`] of exact; elsewhere, as at the edge of a projection, each pixel is transformed. So a
//! position hangs on the pixel alone, not on the tile.

use crate::gdal_calls::{OwnedTransform, text_of};
use crate::grid::{Coordinates, Grid, Window};
use crate::sources::placement::{crs_of_wkt, is_same_crs};
use crate::tile::{Resampling, places};

/// Pixels from node to node.
const LATTICE: usize = 8;
/// How far an interpolated position may be off, in cells; positions are promised to a hundredth of a cell.
const MAX_ERROR_CELLS: f64 = 0.002;
/// How far from a whole circle the columns of a grid around the globe may be, in cells.
const WRAP_TOLERANCE_CELLS: f64 = 0.01;

/// A rectangle of cells. Columns of a grid around the globe may start before its first and end behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellWindow {
    pub(crate) row: usize,
    pub(crate) col: isize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

impl CellWindow {
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

    /// The windows of a raster of `width` columns that it is made of, each with its first column here.
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

/// The grid of an input that is not the study's, and how it is brought there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OtherGrid {
    /// The input's.
    pub(crate) grid: Grid,
    pub(crate) resampling: Resampling,
    /// Cells that a pixel is wide and high, 1 where it is smaller than a cell.
    pub(crate) reach: [f64; 2],
    /// Columns that go once around the globe.
    pub(crate) is_round: bool,
    /// The cells that the whole study needs.
    pub(crate) needed: CellWindow,
}

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

/// Exact positions: columns and rows of the study grid to those of another.
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

/// A grid that pixels cannot be located on, in words.
pub(crate) type NotPossible = String;

/// A point of the other grid in its columns and rows; NaN where it has none.
type Point = (f64, f64);

impl Locator {
    pub(crate) fn new(study: &Grid, cells: &Grid) -> Result<Self, NotPossible> {
        let inverse = cells.inverse_transform().ok_or("its pixels have no size")?;
        let to_cells = if is_same_crs(&study.crs_wkt, &cells.crs_wkt) {
            None
        } else {
            let crs = |grid: &Grid, whose: &str| {
                crs_of_wkt(&grid.crs_wkt)
                    .ok_or_else(|| format!("{whose} names no reference system"))
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
            // An error says that some points cannot be transformed; these come back infinite.
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
                // A meridian has many longitudes; the one that is nearest to the grid is meant.
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

    /// Transforms point by point, so that one that cannot be does not spoil the others.
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

    /// Where each pixel of a window lies.
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

    /// Half the width and height of the box around a pixel, from its centre and the middles of its sides.
    fn half_sizes(&self, points: &[Point]) -> [f64; 2] {
        // Sides may lie on both sides of a seam.
        let across = |difference: f64| {
            difference
                - self
                    .turn
                    .map_or(0.0, |turn| turn * (difference / turn).round())
        };
        let [_, left, right, top, bottom] = points else {
            return [0.5; 2];
        };
        // At the edge of a projection a side may have no place; the pixel is then as good as a point.
        let finite = |half: f64| if half.is_finite() { half } else { 1e-3 };
        [
            finite(0.5 * (across(right.0 - left.0).abs() + across(bottom.0 - top.0).abs())),
            finite(0.5 * ((right.1 - left.1).abs() + (bottom.1 - top.1).abs())),
        ]
    }

    /// How positions change from pixel to pixel at these, given by the columns and rows of their middles; `None` where
    /// one of their sides has no place.
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

    /// Columns of 360 degrees, where its positions may jump by these; `None` too on a grid around the globe.
    pub(crate) fn turn(&self) -> Option<f64> {
        self.turn.filter(|_| !self.is_round)
    }

    /// The part of the study's pixels that have anything there, from pixels spread evenly over it.
    pub(crate) fn share_inside(&self, other: &OtherGrid) -> f64 {
        const MOST: usize = 64;
        let spread = |length: usize| {
            let n = length.clamp(1, MOST);
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
            .filter(|pixel| other.reaches(pixel[0], self.half_sizes(pixel)))
            .count();
        to_f64(n_inside) / to_f64(pixels.len().max(1))
    }

    /// The outline of the whole study, and of the part of it in which the cells lie: an input may be so small that it
    /// falls between the points of a large study.
    pub(crate) fn outline_of_study(&self) -> Located {
        let mut outline = self.outline(self.study.window());
        let back = if self.is_round {
            None
        } else {
            Self::new(&self.cells, &self.study).ok()
        };
        let Some(back) = back else { return outline };
        let needed = CellWindow {
            row: 0,
            col: 0,
            height: 0,
            width: 0,
        };
        let (grid, resampling, is_round) = (self.study.clone(), Resampling::Nearest, back.is_round);
        let study = OtherGrid {
            grid,
            resampling,
            reach: [1.0; 2],
            is_round,
            needed,
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

/// To a billionth of a cell, so that whole columns can be added without a further rounding.
fn rounded(x: f64) -> f64 {
    const STEPS: f64 = 1_073_741_824.0;
    (x * STEPS).round() / STEPS
}

/// Positions of pixels, `[pixel]`.
#[derive(Debug, Default)]
pub(crate) struct Located {
    /// Centre, in columns and rows of the other grid; NaN where it has none.
    x_y: Vec<Point>,
    /// Half the width and height, in cells.
    half: Vec<[f64; 2]>,
}

impl Located {
    fn new(n: usize) -> Self {
        Self {
            x_y: Vec::with_capacity(n),
            half: Vec::with_capacity(n),
        }
    }

    /// Takes, of the columns that are the same on a round grid, those around one of the pixels, so that a tile over
    /// the seam has its cells side by side.
    fn gather_around_middle(&mut self, width: f64) {
        let Some(&(middle, _)) = self.x_y.iter().find(|(x, _)| x.is_finite()) else {
            return;
        };
        for (x, _) in &mut self.x_y {
            *x -= width * ((*x - middle) / width).round();
        }
    }

    /// Whether all of these pixels have something there.
    pub(crate) fn are_inside(&self, other: &OtherGrid) -> bool {
        self.x_y
            .iter()
            .zip(&self.half)
            .all(|(at, half)| other.reaches(*at, *half))
    }

    /// The cells that these pixels need, as far as `other` has them; empty where it has none.
    pub(crate) fn window(&self, other: &OtherGrid) -> CellWindow {
        let (width, height) = (to_f64(other.grid.width), to_f64(other.grid.height));
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
            .filter(|(at, half)| other.reaches(**at, **half))
        {
            let [across, down] = other.span(*half);
            (left, right) = (left.min(x - across), right.max(x + across));
            (top, bottom) = (top.min(y - down), bottom.max(y + down));
        }
        if !other.is_round {
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
        other: &OtherGrid,
    ) -> impl Iterator<Item = Option<[usize; 2]>> {
        let (height, width) = (other.grid.height, other.grid.width);
        self.x_y.iter().zip(&self.half).map(move |(&(x, y), half)| {
            let (col, _) = split(x, to_f64(width), other.is_round);
            let (row, _) = split(y, to_f64(height), false);
            // Columns of a grid around the globe may lie before its first and behind its last.
            let col = (col as isize)
                .rem_euclid(width.max(1).cast_signed())
                .cast_unsigned();
            other.reaches((x, y), *half).then_some([row as usize, col])
        })
    }

    /// The steps of [`places`] for cells that start at `window`, `[step][pixel]`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "shaders take f32"
    )]
    pub(crate) fn places(&self, other: &OtherGrid, window: CellWindow) -> Vec<f32> {
        let n = self.x_y.len();
        let mut steps = vec![0.0_f32; places::COUNT * n];
        let (width, height) = (to_f64(other.grid.width), to_f64(other.grid.height));
        for (pixel, (&(x, y), half)) in self.x_y.iter().zip(&self.half).enumerate() {
            let is_inside = other.reaches((x, y), *half);
            let (col, col_part) = split(x, width, other.is_round);
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

/// The cell that holds a position, and how far into it that is, 0..1. The far edge belongs to the last cell.
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

impl OtherGrid {
    /// Whether a pixel has anything there: an area needs a part of a cell, a centre a cell.
    fn reaches(&self, (x, y): Point, half: [f64; 2]) -> bool {
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

/// The lattice over a window.
struct Lattice {
    /// First and last node, in multiples of [`LATTICE`].
    rows: [usize; 2],
    cols: [usize; 2],
}

impl Lattice {
    fn around(window: Window) -> Self {
        let span = |from: usize, length: usize| [from / LATTICE, (from + length).div_ceil(LATTICE)];
        Self {
            rows: span(window.row, window.height),
            cols: span(window.col, window.width),
        }
    }

    fn n_cols(&self) -> usize {
        self.cols[1] - self.cols[0]
    }

    fn nodes(&self) -> Vec<(f64, f64)> {
        let at = |i: usize| to_f64(i * LATTICE) + 0.5;
        let rows = self.rows[0]..=self.rows[1];
        rows.flat_map(|row| (self.cols[0]..=self.cols[1]).map(move |col| (at(col), at(row))))
            .collect()
    }

    /// The points where interpolation is held against exact positions: five in each piece.
    fn checks(&self) -> Vec<(f64, f64)> {
        let length = to_f64(LATTICE);
        let of_piece = |(row, col): (usize, usize)| {
            let (y, x) = (to_f64(row * LATTICE) + 0.5, to_f64(col * LATTICE) + 0.5);
            CHECKS.map(|(dx, dy)| (x + dx * length, y + dy * length))
        };
        self.pieces().flat_map(of_piece).collect()
    }

    /// Pieces by the row and column of their upper left node.
    fn pieces(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (rows, cols) = (self.rows, self.cols);
        (rows[0]..rows[1]).flat_map(move |row| (cols[0]..cols[1]).map(move |col| (row, col)))
    }

    fn corners_of(&self, (row, col): (usize, usize), nodes: &[Point]) -> [Point; 4] {
        let stride = self.n_cols() + 1;
        let at = (row - self.rows[0]) * stride + col - self.cols[0];
        [
            nodes[at],
            nodes[at + 1],
            nodes[at + stride],
            nodes[at + stride + 1],
        ]
    }

    fn checks_of<'a>(&self, (row, col): (usize, usize), checks: &'a [Point]) -> &'a [Point] {
        let at = (row - self.rows[0]) * self.n_cols() + col - self.cols[0];
        &checks[at * CHECKS.len()..][..CHECKS.len()]
    }

    /// First row, end, first column, end.
    #[expect(clippy::unused_self, reason = "a piece belongs to a lattice")]
    fn window_of(&self, (row, col): (usize, usize)) -> [usize; 4] {
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
fn is_smooth(corners: &[Point; 4], checks: &[Point]) -> bool {
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

fn interpolate(
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
fn clipped([row, row_end, col, col_end]: [usize; 4], window: Window) -> [usize; 4] {
    [
        row.max(window.row),
        row_end.min(window.row + window.height),
        col.max(window.col),
        col_end.min(window.col + window.width),
    ]
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows and columns are far below 2^52"
)]
fn to_f64(n: usize) -> f64 {
    n as f64
}
