//! Areas of pixels.

use std::ops::Range;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};

use crate::gdal_calls::{OwnedTransform, text_of};
use crate::grid::{Area, Coordinates, Grid};
use crate::sources::crs_of_wkt;
use crate::zones::edges::{floor, to_f64};
use crate::zones::error::AreaError;

/// Pixels from node to node, and metres at most.
const MOST_PIXELS: f64 = 64.0;
const MOST_METRES: f64 = 32_000.0;

/// Half the distance over which the map is compared with the ellipsoid, in metres.
const STEP_M: f64 = 100.0;

/// The area of each pixel of a grid.
///
/// On a projected grid with [`Area::Ellipsoid`] a pixel has its nominal area by the area on the ellipsoid of the
/// reference system that belongs to a small square of the map at its centre:
///
/// ```text
/// A = A_nominal |∂P/∂x × ∂P/∂y|,  P(x, y) the point of the ellipsoid, in metres
/// ```
///
/// which is one over the areal scale of the projection. It is computed at the nodes of a lattice and interpolated
/// by cubic polynomials, right to 1e-9 where nodes are 32 km apart.
#[derive(Debug)]
pub struct PixelAreas {
    /// In m², by row, where all pixels of a row have one.
    by_row: Vec<f64>,
    lattice: Option<Lattice>,
}

impl PixelAreas {
    /// The areas of the pixels of a grid.
    ///
    /// # Errors
    ///
    /// Why PROJ cannot say where the pixels are on the ellipsoid.
    pub fn new(grid: &Grid, area: Area) -> Result<Self, AreaError> {
        let by_row = (0..grid.height)
            .map(|row| grid.pixel_area_m2(row))
            .collect();
        let lattice = match (grid.coordinates, area) {
            (Coordinates::Projected, Area::Ellipsoid) => {
                Some(Lattice::new(grid).map_err(|reason| AreaError { reason })?)
            }
            _ => None,
        };
        Ok(Self { by_row, lattice })
    }

    /// The area of all pixels of a row in m², where they have one.
    #[must_use]
    pub fn of_row_m2(&self, row: usize) -> Option<f64> {
        let area = self.by_row.get(row).copied();
        area.filter(|_| self.lattice.is_none())
    }

    /// An area in m² that no pixel passes, and that is not far above the largest.
    #[must_use]
    pub fn bound_m2(&self) -> f64 {
        let nominal = self.by_row.iter().copied().fold(0.0, f64::max);
        let shares = self.lattice.iter().flat_map(|lattice| &lattice.nodes);
        let finite = shares.copied().filter(|share| share.is_finite());
        // Between nodes polynomials may pass them a little.
        let largest = finite.fold(1.0, f64::max);
        let room = if largest > 1.0 { 1.001 } else { 1.0 };
        nominal * largest * room
    }

    /// Writes the areas in m² of some pixels of a row, as many as there is room for.
    pub fn row_m2(&self, row: usize, cols: Range<usize>, into: &mut [f64]) {
        let nominal = self.by_row.get(row).copied().unwrap_or(0.0);
        match &self.lattice {
            None => into.fill(nominal),
            Some(lattice) => {
                lattice.row(row, cols, into);
                // Where the map has no place on the ellipsoid, the nominal area stands.
                for area in into {
                    *area = if area.is_finite() {
                        *area * nominal
                    } else {
                        nominal
                    };
                }
            }
        }
    }
}

/// How many times as large as on the ellipsoid pixels of a projected grid seem: the least and the most of its corners, the
/// middles of its sides and its centre. `None` where PROJ cannot say.
#[must_use]
pub fn nominal_by_true_area(grid: &Grid) -> Option<[f64; 2]> {
    let on_ellipsoid = OnEllipsoid::new(grid).ok()?;
    let [height, width] = [grid.height, grid.width].map(to_f64);
    let rows = [0.0, 0.5, 1.0].map(|part| part * height);
    let places = rows.into_iter().flat_map(|row| {
        let columns = [0.0, 0.5, 1.0].map(|part| part * width);
        columns.map(|col| grid.coordinates_of(col, row))
    });
    let shares = on_ellipsoid.shares(&places.collect::<Vec<_>>());
    let factors = shares.into_iter().map(|share| 1.0 / share);
    let factors = factors.filter(|factor| factor.is_finite());
    let most = factors.clone().reduce(f64::max)?;
    Some([factors.reduce(f64::min)?, most])
}

/// Areas on the ellipsoid by those on the map, at nodes.
#[derive(Debug)]
struct Lattice {
    /// Pixels from node to node.
    step: usize,
    rows: usize,
    cols: usize,
    /// `[row][column]`; node 1 is at the centre of the first pixel.
    nodes: Vec<f64>,
}

impl Lattice {
    fn new(grid: &Grid) -> Result<Self, String> {
        let on_ellipsoid = OnEllipsoid::new(grid)?;
        let side = grid.pixel_size().into_iter().fold(0.0, f64::max) * grid.metres_per_unit;
        let step = floor((MOST_METRES / side).clamp(1.0, MOST_PIXELS)).max(1);
        // One node before the grid, two behind it: four around each pixel.
        let [rows, cols] = [grid.height, grid.width].map(|n| n.div_ceil(step) + 3);
        let mut nodes = Vec::with_capacity(rows * cols);
        for row in 0..rows {
            let at = |node: usize| (to_f64(node) - 1.0) * to_f64(step) + 0.5;
            let places = (0..cols).map(|col| grid.coordinates_of(at(col), at(row)));
            nodes.extend(on_ellipsoid.shares(&places.collect::<Vec<_>>()));
        }
        Ok(Self {
            step,
            rows,
            cols,
            nodes,
        })
    }

    fn row(&self, row: usize, cols: Range<usize>, into: &mut [f64]) {
        let (node, weights) = self.place(row, self.rows);
        // Down the rows first: one line of nodes is left.
        let line: Vec<f64> = (0..self.cols)
            .map(|col| mix(weights, |i| self.nodes[(node + i) * self.cols + col]))
            .collect();
        for (col, area) in cols.zip(into) {
            let (node, weights) = self.place(col, self.cols);
            *area = mix(weights, |i| line[node + i]);
        }
    }

    /// The first of the four nodes around a pixel, and their weights.
    fn place(&self, pixel: usize, n_nodes: usize) -> (usize, [f64; 4]) {
        let node = (pixel / self.step).min(n_nodes.saturating_sub(4));
        let t = to_f64(pixel - node * self.step) / to_f64(self.step);
        // Lagrange's polynomial through nodes at -1, 0, 1 and 2.
        let weights = [
            -t * (t - 1.0) * (t - 2.0) / 6.0,
            (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
            -(t + 1.0) * t * (t - 2.0) / 2.0,
            (t + 1.0) * t * (t - 1.0) / 6.0,
        ];
        (node, weights)
    }
}

/// The weighed mean of four nodes. Beside the end of a projection, where some have no place on the ellipsoid, the
/// nearest of the others.
fn mix(weights: [f64; 4], node: impl Fn(usize) -> f64) -> f64 {
    let nodes = [0, 1, 2, 3].map(node);
    if nodes.iter().all(|x| x.is_finite()) {
        return weights.iter().zip(nodes).map(|(w, x)| w * x).sum();
    }
    let near = weights.iter().zip(nodes).filter(|(_, x)| x.is_finite());
    near.max_by(|a, b| a.0.total_cmp(b.0))
        .map_or(f64::NAN, |(_, x)| x)
}

/// From points of the map to the ellipsoid.
struct OnEllipsoid {
    to_degrees: OwnedTransform,
    /// Radians in a unit of longitude and latitude.
    unit: f64,
    /// Equatorial radius in m, and eccentricity squared.
    a: f64,
    e2: f64,
    /// Metres in a unit of the map.
    metres: f64,
}

impl OnEllipsoid {
    fn new(grid: &Grid) -> Result<Self, String> {
        let map = crs_of_wkt(&grid.crs_wkt).ok_or("the study grid has no reference system")?;
        let failed = |error: gdal::errors::GdalError| text_of(&error);
        let mut degrees: SpatialRef = map.geog_cs().map_err(failed)?;
        degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let a = degrees.semi_major().map_err(failed)?;
        let b = degrees.semi_minor().map_err(failed)?;
        Ok(Self {
            to_degrees: OwnedTransform::new(&map, &degrees).map_err(failed)?,
            unit: degrees.angular_units(),
            a,
            e2: 1.0 - (b / a) * (b / a),
            metres: grid.metres_per_unit,
        })
    }

    /// The area on the ellipsoid of a small square of the map around each place, by its area on the map; NaN where it
    /// has none.
    fn shares(&self, places: &[(f64, f64)]) -> Vec<f64> {
        let h = STEP_M / self.metres;
        let steps = [(-h, 0.0), (h, 0.0), (0.0, -h), (0.0, h)];
        let around = places
            .iter()
            .flat_map(|(x, y)| steps.map(|(dx, dy)| (x + dx, y + dy)));
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = around.unzip();
        // Points that cannot be transformed come back infinite.
        if self.to_degrees.transform(&mut x, &mut y).is_err() && x.iter().all(|x| x.is_finite()) {
            return vec![f64::NAN; places.len()];
        }
        let points: Vec<[f64; 3]> = x
            .iter()
            .zip(&y)
            .map(|(lon, lat)| self.point(lon * self.unit, lat * self.unit))
            .collect();
        let area = |p: &[[f64; 3]]| {
            let by = |a: usize, b: usize| [0, 1, 2].map(|i| (p[b][i] - p[a][i]) / (2.0 * STEP_M));
            let ([ax, ay, az], [bx, by, bz]) = (by(0, 1), by(2, 3));
            let normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
            let area = normal.iter().map(|x| x * x).sum::<f64>().sqrt();
            if area.is_finite() { area } else { f64::NAN }
        };
        points.chunks_exact(4).map(area).collect()
    }

    /// A point of the ellipsoid in metres from its middle.
    fn point(&self, lon: f64, lat: f64) -> [f64; 3] {
        let n = self.a / (1.0 - self.e2 * lat.sin() * lat.sin()).sqrt();
        [
            n * lat.cos() * lon.cos(),
            n * lat.cos() * lon.sin(),
            n * (1.0 - self.e2) * lat.sin(),
        ]
    }
}
