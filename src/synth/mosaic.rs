//! Cells around scattered points (Voronoi cells): the patches of measures and the counties.
//!
//! One point lies in each square of a lattice, away from its edges. So the nearest point of a place is in its square or
//! one beside it, and the outline of a cell depends on the squares within two of its own.

use super::noise::Noise;
use super::region::{EXTENT, NORTH_WEST};

/// Length of a degree of longitude and of latitude in the middle of the region, km.
pub(super) const KM_PER_DEGREE: [f64; 2] = [102.0, 111.0];
/// Squares beyond the region on each side, so that every cell in it has its neighbours.
const MARGIN: usize = 3;
/// Part of its square in which a point may lie.
const JITTER: [f64; 2] = [0.2, 0.6];

/// A place in degrees from the north-west corner as km east and south of it.
pub(super) fn in_km([x, y]: [f64; 2]) -> [f64; 2] {
    [x * KM_PER_DEGREE[0], y * KM_PER_DEGREE[1]]
}

/// The points of all cells that reach into the region.
#[derive(Clone, Debug)]
pub(super) struct Mosaic {
    spacing_km: f64,
    n_cols: usize,
    points_km: Vec<[f64; 2]>,
}

fn squared_distance([ax, ay]: [f64; 2], [bx, by]: [f64; 2]) -> f64 {
    (ax - bx) * (ax - bx) + (ay - by) * (ay - by)
}

/// The part of a convex outline for which `beyond` is not above 0; `beyond` is linear in the place.
fn clipped(outline: &[[f64; 2]], beyond: impl Fn([f64; 2]) -> f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::with_capacity(outline.len() + 1);
    for (k, &from) in outline.iter().enumerate() {
        let to = outline[(k + 1) % outline.len()];
        let (a, b) = (beyond(from), beyond(to));
        if a <= 0.0 {
            kept.push(from);
        }
        if (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0) {
            let t = a / (a - b);
            kept.push([
                from[0] + t * (to[0] - from[0]),
                from[1] + t * (to[1] - from[1]),
            ]);
        }
    }
    kept
}

impl Mosaic {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a region has some thousand squares"
    )]
    pub(super) fn new(noise: Noise, stream: u32, spacing_km: f64) -> Self {
        let squares = in_km(EXTENT).map(|km| (km / spacing_km).ceil() as usize + 2 * MARGIN);
        let [n_cols, n_rows] = squares;
        let mut points_km = Vec::with_capacity(n_cols * n_rows);
        for row in 0..n_rows {
            for col in 0..n_cols {
                let at = |square: usize, k: u32| {
                    let draw = noise.uniform(stream + k, col as i64, row as i64);
                    let from_margin = square as f64 - MARGIN as f64;
                    (from_margin + JITTER[0] + JITTER[1] * draw) * spacing_km
                };
                points_km.push([at(col, 0), at(row, 1)]);
            }
        }
        Self {
            spacing_km,
            n_cols,
            points_km,
        }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.points_km.len()
    }

    /// The point of a cell in degrees from the north-west corner.
    pub(super) fn place(&self, cell: usize) -> [f64; 2] {
        let [x, y] = self.points_km[cell];
        [x / KM_PER_DEGREE[0], y / KM_PER_DEGREE[1]]
    }

    /// The cells of the squares within `reach` of the square of a place.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a region has some thousand squares"
    )]
    fn around(&self, km: [f64; 2], reach: usize) -> impl Iterator<Item = usize> + '_ {
        let n_rows = self.points_km.len() / self.n_cols;
        let [col, row] = km.map(|km| ((km / self.spacing_km).floor() + MARGIN as f64) as usize);
        let cols = col.saturating_sub(reach)..(col + reach + 1).min(self.n_cols);
        let rows = row.saturating_sub(reach)..(row + reach + 1).min(n_rows);
        rows.flat_map(move |row| cols.clone().map(move |col| row * self.n_cols + col))
    }

    /// The cell that holds a place, in km.
    pub(super) fn cell_at(&self, km: [f64; 2]) -> usize {
        let mut nearest = (0, f64::INFINITY);
        for cell in self.around(km, 1) {
            let distance = squared_distance(self.points_km[cell], km);
            if distance < nearest.1 {
                nearest = (cell, distance);
            }
        }
        nearest.0
    }

    /// The neighbours of `cell` and how far a place in it is from the lines that divide them from it, km.
    pub(super) fn neighbours(
        &self,
        km: [f64; 2],
        cell: usize,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        let own = squared_distance(self.points_km[cell], km);
        self.around(km, 1)
            .filter(move |&other| other != cell)
            .map(move |other| {
                let apart = squared_distance(self.points_km[cell], self.points_km[other]).sqrt();
                let excess = squared_distance(self.points_km[other], km) - own;
                (other, excess / (2.0 * apart))
            })
    }

    /// The outline of a cell inside the region, longitude and latitude in degrees, not closed; empty where the cell is
    /// outside.
    pub(super) fn outline(&self, cell: usize) -> Vec<[f64; 2]> {
        let point = self.points_km[cell];
        let [x, y] = point;
        let far = 2.5 * self.spacing_km;
        let mut outline = vec![
            [x - far, y - far],
            [x + far, y - far],
            [x + far, y + far],
            [x - far, y + far],
        ];
        for other in self.around(point, 2).filter(|&other| other != cell) {
            let theirs = self.points_km[other];
            outline = clipped(&outline, |at| {
                squared_distance(at, point) - squared_distance(at, theirs)
            });
        }
        let [width, height] = in_km(EXTENT);
        outline = clipped(&outline, |[x, _]| -x);
        outline = clipped(&outline, |[x, _]| x - width);
        outline = clipped(&outline, |[_, y]| -y);
        outline = clipped(&outline, |[_, y]| y - height);
        if outline.len() < 3 {
            return Vec::new();
        }
        let degrees = |[x, y]: [f64; 2]| {
            [
                NORTH_WEST[0] + x / KM_PER_DEGREE[0],
                NORTH_WEST[1] - y / KM_PER_DEGREE[1],
            ]
        };
        outline.into_iter().map(degrees).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mosaic() -> Mosaic {
        Mosaic::new(Noise::new(5), 9, 40.0)
    }

    /// By the rule of even and odd crossings.
    fn holds(outline: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
        let edges = outline.iter().zip(outline.iter().cycle().skip(1));
        edges
            .filter(|(a, b)| (a[1] > y) != (b[1] > y))
            .filter(|(a, b)| x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
            .count()
            % 2
            == 1
    }

    #[test]
    fn a_place_is_inside_the_outline_of_its_cell_and_of_no_other() {
        let mosaic = mosaic();
        let outlines: Vec<_> = (0..mosaic.len()).map(|cell| mosaic.outline(cell)).collect();
        for k in 0..400 {
            let place = [
                f64::from(k % 20) * 0.384 + 0.07,
                f64::from(k / 20) * 0.281 + 0.05,
            ];
            let degrees = [NORTH_WEST[0] + place[0], NORTH_WEST[1] - place[1]];
            let inside: Vec<usize> = (0..outlines.len())
                .filter(|&cell| holds(&outlines[cell], degrees))
                .collect();
            assert_eq!(inside, [mosaic.cell_at(in_km(place))], "{place:?}");
        }
    }

    #[test]
    fn a_place_between_two_points_is_at_no_distance_from_their_line() {
        let mosaic = mosaic();
        let cell = mosaic.cell_at([300.0, 300.0]);
        let (other, _) = mosaic
            .neighbours([300.0, 300.0], cell)
            .next()
            .expect("a neighbour");
        let ([ax, ay], [bx, by]) = (mosaic.points_km[cell], mosaic.points_km[other]);
        let middle = [f64::midpoint(ax, bx), f64::midpoint(ay, by)];
        let (_, distance) = mosaic
            .neighbours(middle, cell)
            .find(|&(neighbour, _)| neighbour == other)
            .expect("still a neighbour");
        assert!(distance.abs() < 1e-9, "{distance}");
    }
}
