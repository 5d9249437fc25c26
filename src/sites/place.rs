//! Which pixel a site lies in.

use std::collections::BTreeSet;

use super::words_of_sites::CellWindow;
use crate::grid::{Coordinates, Grid};

/// Longitudes of one meridian differ by multiples of this.
const TURN_DEGREES: f64 = 360.0;

/// The row and column of the pixel that a point lies in; `None` outside the grid.
///
/// ```text
/// col = ⌊(x − x0) / width⌋,  row = ⌊(y − y0) / height⌋
/// ```
///
/// A point on the west or north border of a pixel belongs to it; on the east or south border of the grid it is outside.
/// On grids of longitudes a point lies where one of its longitudes does.
#[must_use]
pub fn pixel_of(grid: &Grid, [x, y]: [f64; 2]) -> Option<[usize; 2]> {
    let turns: &[f64] = match grid.coordinates {
        Coordinates::Geographic => &[0.0, TURN_DEGREES, -TURN_DEGREES],
        Coordinates::Projected | Coordinates::Unknown => &[0.0],
    };
    turns.iter().find_map(|turn| pixel_at(grid, [x + turn, y]))
}

fn pixel_at(grid: &Grid, [x, y]: [f64; 2]) -> Option<[usize; 2]> {
    let t = &grid.transform;
    let (dx, dy) = (x - t[0], y - t[3]);
    // Quotients of an upright grid are rounded once, so that a point on a border stays there.
    let (col, row) = if grid.is_rotated() {
        let area = t[1] * t[5] - t[2] * t[4];
        (
            (t[5] * dx - t[2] * dy) / area,
            (t[1] * dy - t[4] * dx) / area,
        )
    } else {
        (dx / t[1], dy / t[5])
    };
    Some([whole(row, grid.height)?, whole(col, grid.width)?])
}

/// The whole part of a row or column, if the grid has it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "between 0 and the size of a grid"
)]
fn whole(at: f64, size: usize) -> Option<usize> {
    (at >= 0.0 && at < size as f64).then_some(at.floor() as usize)
}

/// The pixels around one, itself included, as far as the grid goes.
pub(super) fn cells_of(
    [row, col]: [usize; 2],
    window: CellWindow,
) -> impl Iterator<Item = [usize; 2]> {
    let around = move |at: usize| at.saturating_sub(window.reach())..=at + window.reach();
    around(row).flat_map(move |row| around(col).map(move |col| [row, col]))
}

/// All pixels whose values are needed, each once, row by row.
#[must_use]
pub fn wanted_pixels(
    places: &[Option<[usize; 2]>],
    window: CellWindow,
    grid: &Grid,
) -> Vec<[usize; 2]> {
    let cells = places
        .iter()
        .flatten()
        .flat_map(|&place| cells_of(place, window));
    let inside = cells.filter(|[row, col]| *row < grid.height && *col < grid.width);
    inside.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(transform: [f64; 6], coordinates: Coordinates) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates,
            metres_per_unit: 1.0,
            transform,
            width: 40,
            height: 10,
        }
    }

    #[test]
    fn borders_belong_to_the_east_and_the_south_pixel() {
        let grid = grid([100.0, 0.1, 0.0, 25.0, 0.0, -0.1], Coordinates::Projected);
        assert_eq!(pixel_of(&grid, [100.0, 25.0]), Some([0, 0]));
        assert_eq!(
            pixel_of(&grid, [104.0, 24.5]),
            None,
            "the east border of the grid"
        );
        assert_eq!(pixel_of(&grid, [100.5, 24.0]), None, "its south border");
        assert_eq!(pixel_of(&grid, [f64::NAN, 24.5]), None);
        assert_eq!(pixel_of(&grid, [460.05, 24.95]), None, "no longitude");
    }

    #[test]
    fn a_longitude_may_be_written_either_way() {
        let grid = grid([350.0, 0.5, 0.0, 25.0, 0.0, -0.5], Coordinates::Geographic);
        assert_eq!(pixel_of(&grid, [-9.75, 24.75]), Some([0, 0]));
        assert_eq!(pixel_of(&grid, [4.0, 24.75]), Some([0, 28]));
    }

    #[test]
    fn rotated_grids_are_turned_back() {
        // Columns run south, rows run east.
        let grid = grid([0.0, 0.0, 2.0, 50.0, -1.0, 0.0], Coordinates::Projected);
        assert_eq!(pixel_of(&grid, [5.0, 46.5]), Some([2, 3]));
    }

    #[test]
    fn each_pixel_is_wanted_once() {
        let grid = grid([0.0, 1.0, 0.0, 10.0, 0.0, -1.0], Coordinates::Projected);
        let places = [Some([0, 0]), None, Some([1, 1]), Some([9, 39])];
        assert_eq!(wanted_pixels(&places, CellWindow::One, &grid).len(), 3);
        assert_eq!(
            wanted_pixels(&places, CellWindow::Three, &grid).len(),
            9 + 4
        );
    }
}
