//! Coordinates along the edges of a map.

use crate::grid::{Coordinates, Grid};
use crate::report::frame::Frame;

use super::axis::Axis;
use super::numbers::float;

/// A coordinate: its place as a share of the side, and its text.
pub(super) type Coordinate = (f64, String);

/// The coordinates below a map and left of it; none for grids that are turned or in an unknown system.
///
/// # Arguments
///
/// * `about` - so many along each side, about.
pub(super) fn coordinates(frame: &Frame, about: [f64; 2]) -> [Vec<Coordinate>; 2] {
    let grid = &frame.grid;
    let [x, width_of, turned_x, y, turned_y, height_of] = grid.transform;
    let is_turned = turned_x != 0.0 || turned_y != 0.0;
    if is_turned || grid.coordinates == Coordinates::Unknown {
        return [Vec::new(), Vec::new()];
    }
    // Cells at the far edges may reach over the grid.
    let reach = |cells: usize| float(cells * frame.cut.block);
    let across = along(grid, [x, x + width_of * reach(frame.cut.width())], about[0]);
    let down = along(
        grid,
        [y, y + height_of * reach(frame.cut.height())],
        about[1],
    );
    let letters = |letters| move |(share, value): (f64, f64)| (share, text(grid, value, letters));
    [
        across.into_iter().map(letters(["W", "E"])).collect(),
        down.into_iter().map(letters(["S", "N"])).collect(),
    ]
}

/// Round values between two ends, each with its share of the way.
fn along(grid: &Grid, [from, to]: [f64; 2], about: f64) -> Vec<(f64, f64)> {
    // Projected ones are printed in kilometres.
    let unit = if grid.coordinates == Coordinates::Projected {
        1000.0 / grid.metres_per_unit
    } else {
        1.0
    };
    let (from, to) = (from / unit, to / unit);
    let axis = Axis::within([from.min(to), from.max(to)], about);
    let marks = axis.marks.into_iter();
    marks
        .map(|mark| ((mark - from) / (to - from), mark))
        .collect()
}

/// A coordinate as maps print it.
fn text(grid: &Grid, value: f64, [below, above]: [&str; 2]) -> String {
    let is_longitude = above == "E";
    let plain = |value: f64| {
        let text = format!("{value:.4}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        text.replace('-', "\u{2212}")
    };
    if grid.coordinates == Coordinates::Projected {
        return format!("{} km", plain(value));
    }
    let value = if is_longitude {
        (value + 180.0).rem_euclid(360.0) - 180.0
    } else {
        value
    };
    let letter = if value.abs() < 1e-9 {
        ""
    } else if value < 0.0 {
        below
    } else {
        above
    };
    format!("{}°{letter}", plain(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(coordinates: Coordinates) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates,
            metres_per_unit: 1.0,
            transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
            width: 1,
            height: 1,
        }
    }

    #[test]
    fn coordinates_are_printed_with_their_side() {
        let degrees = grid(Coordinates::Geographic);
        let of = |value, letters| text(&degrees, value, letters);
        assert_eq!(of(106.5, ["W", "E"]), "106.5°E");
        assert_eq!(of(190.0, ["W", "E"]), "170°W");
        assert_eq!(of(-12.25, ["S", "N"]), "12.25°S");
        assert_eq!(of(0.0, ["S", "N"]), "0°");
        let metres = grid(Coordinates::Projected);
        assert_eq!(text(&metres, -250.0, ["W", "E"]), "\u{2212}250 km");
        // 500 km from 1,000 m to 501,000 m.
        let along = along(&metres, [1000.0, 501_000.0], 5.0);
        assert_eq!(along[0].1, 100.0);
        assert!((along[0].0 - 99.0 / 500.0).abs() < 1e-12);
    }
}
