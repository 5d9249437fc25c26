//! The study grid: where each pixel is and how large it is.

use std::fmt;

use crate::words::words;

words! {
    /// What the area of a pixel is on a projected grid. On a geographic one it is always that of the ellipsoid.
    Area {
        /// Width by height in the unit of the grid.
        Nominal = "nominal",
        /// The true area on the ellipsoid: the nominal one by the areal scale of the projection.
        Ellipsoid = "ellipsoid",
    }
}

words! {
    /// Which pixels a zone has.
    CellRule {
        /// Those whose centre it holds, whole.
        Centre = "centre",
        /// Every pixel, by the share of it that the zone covers.
        Fraction = "fraction",
    }
}

/// A rectangle of pixels of the study grid; rows first, counted from the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// First row.
    pub row: usize,
    /// First column.
    pub col: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Window {
    /// Number of pixels.
    #[must_use]
    pub fn n_pixels(&self) -> usize {
        self.height * self.width
    }

    /// The pixels that are in another window too; one without rows or without columns where there are none.
    #[must_use]
    pub fn shared(self, other: Self) -> Self {
        let (row, col) = (self.row.max(other.row), self.col.max(other.col));
        let row_end = (self.row + self.height).min(other.row + other.height);
        let col_end = (self.col + self.width).min(other.col + other.width);
        Self {
            row,
            col,
            height: row_end.saturating_sub(row),
            width: col_end.saturating_sub(col),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            col,
            height,
            width,
        } = self;
        write!(
            f,
            "rows {row}..{}, columns {col}..{}",
            row.saturating_add(*height),
            col.saturating_add(*width)
        )
    }
}

/// The blocks in which the outputs of a study are stored, and the one order in which they become whole.
///
/// Both depend on the grid and on the blocks of the inputs alone, so that files have the same bytes whatever the
/// memory. Blocks follow each other row by row within a cell, and cells row by row: a cell is as large as the blocks
/// of the inputs, which are then decoded for neighbouring tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// Rows and columns of the grid.
    pub grid: [usize; 2],
    /// Rows and columns of a block; the last ones may have fewer.
    pub block: [usize; 2],
    /// Rows and columns of a cell, whole blocks; the last ones may have fewer.
    pub cell: [usize; 2],
}

impl Blocks {
    /// The blocks that have a pixel in `window`, in their order. Each is whole but for the edge of the grid.
    #[must_use]
    pub fn of(&self, window: Window) -> Vec<Window> {
        let mut blocks = Vec::new();
        for cell in parts_of(self.grid, self.cell, window) {
            blocks.extend(parts_of(self.grid, self.block, window.shared(cell)));
        }
        blocks
    }
}

/// The parts of a grid cut into pieces of `size` that have a pixel in `window`, row by row.
pub(crate) fn parts_of(
    grid: [usize; 2],
    size: [usize; 2],
    window: Window,
) -> impl Iterator<Item = Window> {
    let [height, width] = size.map(|side| side.max(1));
    let first = |start: usize, side: usize| start / side * side;
    let rows = (first(window.row, height)..window.row + window.height).step_by(height);
    rows.flat_map(move |row| {
        let cols = (first(window.col, width)..window.col + window.width).step_by(width);
        cols.map(move |col| Window {
            row,
            col,
            height: height.min(grid[0].saturating_sub(row)),
            width: width.min(grid[1].saturating_sub(col)),
        })
    })
}

/// What the horizontal coordinates of a grid mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Longitude and latitude in degrees.
    Geographic,
    /// Projected, with the length of one unit in metres.
    Projected,
    /// The files name no coordinate reference system (CRS).
    Unknown,
}

/// A north-up (or south-up) raster grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Coordinate reference system as WKT; empty where the files name none.
    pub crs_wkt: String,
    /// Its short name, such as `EPSG:4326`, for messages.
    pub crs_name: String,
    /// Geographic, projected or unknown.
    pub coordinates: Coordinates,
    /// Metres in one unit of a projected grid; 1 elsewhere.
    pub metres_per_unit: f64,
    /// GDAL's affine transform: `x = t[0] + col t[1] + row t[2]`, `y = t[3] + col t[4] + row t[5]`.
    pub transform: [f64; 6],
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// Equatorial radius of WGS84 in metres.
const WGS84_A_M: f64 = 6_378_137.0;
/// Flattening of WGS84.
const WGS84_F: f64 = 1.0 / 298.257_223_563;

/// Authalic integral `q(lat)` of the WGS84 ellipsoid, so that a band between two parallels
/// has the area `b² · Δλ / 2 · (q₂ − q₁)`.
fn authalic_q(latitude_degrees: f64) -> f64 {
    let e2 = WGS84_F * (2.0 - WGS84_F);
    let e = e2.sqrt();
    let s = latitude_degrees.to_radians().sin();
    s / (1.0 - e2 * s * s) + ((1.0 + e * s) / (1.0 - e * s)).ln() / (2.0 * e)
}

/// Area in m² of a cell of the WGS84 ellipsoid between two latitudes, `width_degrees` wide.
///
/// ```text
/// A = b² · Δλ / 2 · [q(lat₂) − q(lat₁)],  q = s / (1 − e² s²) + ln((1 + e s) / (1 − e s)) / (2 e)
/// ```
///
/// # Source
///
/// Snyder (1987), *Map Projections: A Working Manual*, eq. 3-12;
/// `docs/science/grids_and_areas.md#cell-areas`.
#[must_use]
pub fn wgs84_cell_area_m2(south_degrees: f64, north_degrees: f64, width_degrees: f64) -> f64 {
    let b = WGS84_A_M * (1.0 - WGS84_F);
    b * b * width_degrees.to_radians() / 2.0
        * (authalic_q(north_degrees) - authalic_q(south_degrees))
}

impl Grid {
    /// The whole grid as one window.
    #[must_use]
    pub fn window(&self) -> Window {
        Window {
            row: 0,
            col: 0,
            height: self.height,
            width: self.width,
        }
    }

    /// Whether a window has pixels, and all of them are in the grid.
    #[must_use]
    pub fn holds(&self, window: Window) -> bool {
        let fits = |start: usize, length: usize, of: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= of)
        };
        fits(window.row, window.height, self.height) && fits(window.col, window.width, self.width)
    }

    /// Coordinates of a point given in columns and rows from the top left corner.
    #[must_use]
    pub fn coordinates_of(&self, col: f64, row: f64) -> (f64, f64) {
        let t = &self.transform;
        (
            t[0] + col * t[1] + row * t[2],
            t[3] + col * t[4] + row * t[5],
        )
    }

    /// The affine transform from coordinates back to columns and rows; `None` where pixels have no area.
    #[must_use]
    pub fn inverse_transform(&self) -> Option<[f64; 6]> {
        let t = &self.transform;
        let area = t[1] * t[5] - t[2] * t[4];
        if !area.is_finite() || area == 0.0 || !(t[0] + t[3]).is_finite() {
            return None;
        }
        let [col_x, col_y, row_x, row_y] = [t[5] / area, -t[2] / area, -t[4] / area, t[1] / area];
        Some([
            -(col_x * t[0] + col_y * t[3]),
            col_x,
            col_y,
            -(row_x * t[0] + row_y * t[3]),
            row_x,
            row_y,
        ])
    }

    /// Coordinates of the corners: top left, top right, bottom left, bottom right.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    pub fn corners(&self) -> [(f64, f64); 4] {
        let (w, h) = (self.width as f64, self.height as f64);
        [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(col, row)| self.coordinates_of(col, row))
    }

    /// West, south, east and north in its own coordinates.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        let corners = self.corners();
        let min = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::INFINITY, f64::min);
        let max =
            |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        [min(|p| p.0), min(|p| p.1), max(|p| p.0), max(|p| p.1)]
    }

    /// Whether rows or columns run along neither axis.
    #[must_use]
    pub fn is_rotated(&self) -> bool {
        self.transform[2] != 0.0 || self.transform[4] != 0.0
    }

    /// Width and height of a pixel, in units of the coordinates.
    #[must_use]
    pub fn pixel_size(&self) -> [f64; 2] {
        let t = &self.transform;
        [t[1].hypot(t[4]), t[2].hypot(t[5])]
    }

    /// Area in m² of every pixel of `row`: a WGS84 cell on geographic grids, the nominal area on
    /// projected ones, and 1 where the files name no CRS.
    #[must_use]
    pub fn pixel_area_m2(&self, row: usize) -> f64 {
        let t = &self.transform;
        match self.coordinates {
            Coordinates::Geographic => {
                #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
                let edge = |r: usize| (t[3] + r as f64 * t[5]).clamp(-90.0, 90.0);
                let (a, b) = (edge(row), edge(row + 1));
                wgs84_cell_area_m2(a.min(b), a.max(b), t[1].abs())
            }
            Coordinates::Projected => {
                (t[1] * t[5] - t[2] * t[4]).abs() * self.metres_per_unit * self.metres_per_unit
            }
            Coordinates::Unknown => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/science/grids_and_areas.md#cell-areas`.
    #[test]
    fn cell_areas_are_those_of_the_worked_examples() {
        let d = 0.008_333_333_333_333_333;
        for (south, expected) in [
            (20.9, 799_895.561_720_047),
            (23.5, 785_547.069_870_417_2),
            (26.4, 767_654.994_448_671_9),
        ] {
            let area = wgs84_cell_area_m2(south, south + d, d);
            assert!(
                (area / expected - 1.0).abs() < 1e-9,
                "{south}: {area} {expected}"
            );
        }
        let earth = wgs84_cell_area_m2(-90.0, 90.0, 360.0);
        assert!(
            (earth / 510_065_621_724_088.6 - 1.0).abs() < 1e-12,
            "{earth}"
        );
    }

    /// Of square pixels.
    fn grid(side: f64, height: usize, width: usize) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates: Coordinates::Projected,
            metres_per_unit: 1.0,
            transform: [0.0, side, 0.0, 0.0, 0.0, -side],
            width,
            height,
        }
    }

    fn window(row: usize, col: usize, height: usize, width: usize) -> Window {
        Window {
            row,
            col,
            height,
            width,
        }
    }

    #[test]
    fn a_grid_holds_windows_that_have_pixels_and_none_beyond_it() {
        let grid = grid(1.0, 4, 6);
        assert!(grid.holds(grid.window()));
        assert!(grid.holds(window(3, 5, 1, 1)));
        for outside in [
            window(0, 0, 0, 6),
            window(0, 0, 4, 0),
            window(1, 0, 4, 6),
            window(0, 2, 4, 5),
            window(4, 0, 1, 1),
            window(usize::MAX, 0, 2, 1),
            window(0, 1, 1, usize::MAX),
        ] {
            assert!(!grid.holds(outside), "{outside}");
        }
    }

    #[test]
    fn windows_share_the_pixels_that_are_in_both() {
        let one = window(2, 3, 4, 5);
        assert_eq!(one.shared(window(0, 4, 3, 9)), window(2, 4, 1, 4));
        assert_eq!(one.shared(one), one);
        for apart in [window(6, 3, 1, 5), window(2, 0, 4, 3), window(0, 9, 1, 1)] {
            assert_eq!(one.shared(apart).n_pixels(), 0, "{apart}");
            assert_eq!(apart.shared(one).n_pixels(), 0, "{apart}");
        }
    }

    /// `docs/science/grids_and_areas.md#cell-areas`.
    #[test]
    fn a_projected_pixel_has_its_nominal_area() {
        let grid = grid(1_111_950.519_666_666_6 / 2400.0, 1, 1);
        assert!((grid.pixel_area_m2(0) / 214_658.673_296_348_95 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn blocks_follow_each_other_within_their_cell() {
        let blocks = Blocks {
            grid: [5, 9],
            block: [2, 2],
            cell: [4, 4],
        };
        let order = |of| -> Vec<[usize; 2]> {
            let blocks = blocks.of(of);
            blocks.iter().map(|block| [block.row, block.col]).collect()
        };
        assert_eq!(
            order(window(0, 0, 4, 8)),
            [
                [0, 0],
                [0, 2],
                [2, 0],
                [2, 2],
                [0, 4],
                [0, 6],
                [2, 4],
                [2, 6]
            ]
        );
        assert_eq!(order(window(3, 3, 1, 2)), [[2, 2], [2, 4]]);
        assert_eq!(blocks.of(window(4, 8, 1, 1)), [window(4, 8, 1, 1)]);
    }
}
