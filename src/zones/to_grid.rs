//! Outlines of a file, in columns and rows of the study grid.

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};

use crate::gdal_calls::{OwnedTransform, text_of};
use crate::grid::{Coordinates, Grid};
use crate::sources::crs_of_wkt;
use crate::zones::edges::{Point, to_f64};

/// Pieces of an edge that are transformed at a time.
const MOST_PIECES: f64 = 256.0;

/// How often an edge is halved at most.
const MOST_HALVES: u32 = 40;

/// Pixels around the grid within which edges are cut even if they are short.
const MARGIN_PIXELS: f64 = 8.0;

/// Brings points of a file to the study grid.
#[derive(Debug)]
pub(super) struct ToGrid {
    /// `None` where both have one reference system.
    transform: Option<OwnedTransform>,
    /// From coordinates to columns and rows.
    inverse: [f64; 6],
    /// Columns of 360 degrees, on a grid of longitudes.
    turn: Option<f64>,
    /// Columns and rows of the grid.
    size: [f64; 2],
}

impl ToGrid {
    /// From a reference system to that of the grid; the error says why PROJ cannot relate them.
    pub(super) fn new(from: Option<SpatialRef>, grid: &Grid) -> Result<Self, String> {
        let inverse = grid
            .inverse_transform()
            .ok_or("the pixels of the study grid have no size")?;
        let transform = match (from, crs_of_wkt(&grid.crs_wkt)) {
            (Some(mut from), Some(to)) => {
                from.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
                if from == to {
                    None
                } else {
                    let transform = OwnedTransform::new(&from, &to);
                    Some(transform.map_err(|error| text_of(&error))?)
                }
            }
            _ => None,
        };
        let is_plain = grid.coordinates == Coordinates::Geographic && !grid.is_rotated();
        let turn =
            Some(360.0 / grid.transform[1].abs()).filter(|turn| is_plain && turn.is_finite());
        Ok(Self {
            transform,
            inverse,
            turn,
            size: [to_f64(grid.width), to_f64(grid.height)],
        })
    }

    /// Columns and rows of the grid.
    pub(super) fn size(&self) -> [f64; 2] {
        self.size
    }

    /// A ring in columns and rows, once for each turn around the globe at which it may meet the grid. Corners
    /// without a position there are counted and left out.
    pub(super) fn ring(&self, corners: &[Point], lost: &mut u64) -> Vec<Vec<Point>> {
        let mut ring = match &self.transform {
            Some(transform) => self.reprojected(transform, corners),
            None => corners.iter().map(|&corner| self.place(corner)).collect(),
        };
        let n = ring.len();
        ring.retain(is_finite);
        *lost += (n - ring.len()) as u64;
        let Some(turn) = self.turn else {
            return vec![ring];
        };
        if self.transform.is_some() {
            unroll(&mut ring, turn);
        }
        let columns = ring.iter().map(|point| point[0]);
        let (low, high) = columns.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        if low > high {
            return Vec::new();
        }
        let first = (-high / turn).ceil().max(-MOST_TURNS);
        let mut rings = Vec::new();
        let mut by = first;
        while low + by * turn < self.size[0] && by - first < MOST_TURNS {
            rings.push(ring.iter().map(|[x, y]| [x + by * turn, *y]).collect());
            by += 1.0;
        }
        rings
    }

    /// A point in columns and rows.
    fn place(&self, [x, y]: Point) -> Point {
        let t = &self.inverse;
        [t[0] + x * t[1] + y * t[2], t[3] + x * t[4] + y * t[5]]
    }

    fn transformed(&self, transform: &OwnedTransform, points: &[Point]) -> Vec<Point> {
        let mut x: Vec<f64> = points.iter().map(|point| point[0]).collect();
        let mut y: Vec<f64> = points.iter().map(|point| point[1]).collect();
        // An error means that some points cannot be transformed; these come back infinite, or none is transformed.
        let done = transform.transform(&mut x, &mut y);
        if done.is_err() && x.iter().all(|x| x.is_finite()) {
            for (i, &[px, py]) in points.iter().enumerate() {
                let (mut one_x, mut one_y) = ([px], [py]);
                let done = transform.transform(&mut one_x, &mut one_y);
                (x[i], y[i]) = if done.is_ok() {
                    (one_x[0], one_y[0])
                } else {
                    (f64::NAN, f64::NAN)
                };
            }
        }
        x.into_iter()
            .zip(y)
            .map(|(x, y)| self.place([x, y]))
            .collect()
    }

    /// A ring whose edges are cut to a pixel at most before they are transformed, near the grid.
    fn reprojected(&self, transform: &OwnedTransform, corners: &[Point]) -> Vec<Point> {
        let placed = self.transformed(transform, corners);
        let mut ring = Vec::with_capacity(placed.len());
        for (i, (&corner, &place)) in corners.iter().zip(&placed).enumerate() {
            ring.push(place);
            let next = if i + 1 < corners.len() { i + 1 } else { 0 };
            if next == 0 && corners.first() == corners.last() {
                break;
            }
            // From the same end in both outlines that share an edge, so that they have the same points.
            let (a, b) = ((corner, place), (corners[next], placed[next]));
            if corner <= corners[next] {
                self.between(transform, a, b, 0, &mut ring);
            } else {
                let start = ring.len();
                self.between(transform, b, a, 0, &mut ring);
                ring[start..].reverse();
            }
        }
        ring
    }

    /// Adds the points between two, each given in the file's coordinates and where it is on the grid.
    fn between(
        &self,
        transform: &OwnedTransform,
        a: (Point, Point),
        b: (Point, Point),
        depth: u32,
        ring: &mut Vec<Point>,
    ) {
        if !is_finite(&a.1) || !is_finite(&b.1) || depth > MOST_HALVES {
            return;
        }
        let mut across = b.1[0] - a.1[0];
        if let Some(turn) = self.turn {
            across -= turn * (across / turn).round();
        }
        let length = across.hypot(b.1[1] - a.1[1]);
        if length <= 1.0 || self.is_far(a.1, b.1, length) {
            return;
        }
        let at = |share: f64| [0, 1].map(|i| a.0[i] + share * (b.0[i] - a.0[i]));
        if length > MOST_PIECES {
            let middle = at(0.5);
            let placed = self.transformed(transform, &[middle])[0];
            self.between(transform, a, (middle, placed), depth + 1, ring);
            ring.push(placed);
            self.between(transform, (middle, placed), b, depth + 1, ring);
            return;
        }
        let n = length.ceil();
        let shares = std::iter::successors(Some(1.0), |i| Some(i + 1.0)).take_while(|i| *i < n);
        let points: Vec<Point> = shares.map(|i| at(i / n)).collect();
        ring.extend(self.transformed(transform, &points));
    }

    /// Whether an edge is farther from the grid than it is long. On a grid of longitudes only rows say so.
    fn is_far(&self, a: Point, b: Point, length: f64) -> bool {
        let misses = |axis: usize| {
            let reach = length + MARGIN_PIXELS;
            let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
            high + reach < 0.0 || low - reach > self.size[axis]
        };
        misses(1) || (self.turn.is_none() && misses(0))
    }
}

/// Turns around the globe that an outline may be from the grid.
const MOST_TURNS: f64 = 4.0;

/// Moves points by whole turns so that none is half a turn from the one before.
fn unroll(ring: &mut [Point], turn: f64) {
    for i in 1..ring.len() {
        let across = ring[i][0] - ring[i - 1][0];
        ring[i][0] -= turn * (across / turn).round();
    }
}

fn is_finite(point: &Point) -> bool {
    point.iter().all(|x| x.is_finite())
}
