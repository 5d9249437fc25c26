//! The outline of a grid in longitude and latitude.

use gdal::spatial_ref::SpatialRef;

use crate::gdal_calls::{OwnedTransform, quiet_gdal};
use crate::grid::Grid;
use crate::sources::grids::crs::crs_of_wkt;

/// Points on each side: a straight side of a projected grid is a curve in degrees.
const ON_SIDE: usize = 8;

/// The outline of a grid in degrees of WGS84, longitude first, against the clock and back to the first point. Six decimals, a
/// tenth of a metre.
///
/// `None` where the grid has no reference system, a point of the outline has no position in degrees, or the outline goes
/// around the globe or across the 180th meridian, where it is no polygon.
#[must_use]
pub fn outline_in_degrees(grid: &Grid) -> Option<Vec<[f64; 2]>> {
    quiet_gdal();
    let from = crs_of_wkt(&grid.crs_wkt)?;
    let wgs84 = SpatialRef::from_epsg(4326).ok()?.to_wkt().ok()?;
    let transform = OwnedTransform::new(&from, &crs_of_wkt(&wgs84)?).ok()?;
    let mut outline = Vec::new();
    for (col, row) in around(grid.width, grid.height) {
        let (x, y) = grid.coordinates_of(col, row);
        let (mut lon, mut lat) = ([x], [y]);
        transform.transform(&mut lon, &mut lat).ok()?;
        let is_there = lon[0].abs() <= 180.0 && lat[0].abs() <= 90.0;
        outline.push(is_there.then_some([lon[0], lat[0]].map(|x| (x * 1e6).round() / 1e6))?);
    }
    let jumps = outline
        .windows(2)
        .any(|pair| (pair[1][0] - pair[0][0]).abs() > 180.0);
    let area: f64 = outline
        .windows(2)
        .map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1])
        .sum();
    if jumps || area == 0.0 {
        return None;
    }
    if area < 0.0 {
        outline.reverse();
    }
    Some(outline)
}

/// Columns and rows around a grid, from its top left corner down and back to it.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn around(width: usize, height: usize) -> Vec<(f64, f64)> {
    let (width, height) = (width as f64, height as f64);
    let corners = [
        (0.0, 0.0),
        (0.0, height),
        (width, height),
        (width, 0.0),
        (0.0, 0.0),
    ];
    let mut points = Vec::new();
    for pair in corners.windows(2) {
        let [(col, row), (next_col, next_row)] = [pair[0], pair[1]];
        for step in 0..ON_SIDE {
            let part = step as f64 / ON_SIDE as f64;
            points.push((col + part * (next_col - col), row + part * (next_row - row)));
        }
    }
    points.push(corners[0]);
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Coordinates;

    fn grid(epsg: u32, transform: [f64; 6]) -> Grid {
        let crs = SpatialRef::from_epsg(epsg).expect("known");
        Grid {
            crs_wkt: crs.to_wkt().expect("a text"),
            crs_name: String::new(),
            coordinates: Coordinates::Projected,
            metres_per_unit: 1.0,
            transform,
            width: 100,
            height: 50,
        }
    }

    #[test]
    fn an_outline_goes_around_against_the_clock() {
        let outline = outline_in_degrees(&grid(4326, [100.0, 0.1, 0.0, 25.0, 0.0, -0.1]));
        let outline = outline.expect("an outline");
        assert_eq!(outline.len(), 33);
        assert_eq!(outline[0], outline[32]);
        assert_eq!((outline[0], outline[8]), ([100.0, 25.0], [100.0, 20.0]));
        assert_eq!((outline[16], outline[24]), ([110.0, 20.0], [110.0, 25.0]));
        // UTM zone 48 north: the central meridian is at x = 500 km. pyproj 3.7.2 gives 105 and 22.606857 for the corner.
        let utm = outline_in_degrees(&grid(32648, [500e3, 1e3, 0.0, 2.5e6, 0.0, -1e3]));
        let corner = utm.expect("an outline")[0];
        assert!(
            (corner[0] - 105.0).abs() < 1e-6 && (corner[1] - 22.606_857).abs() < 1e-6,
            "{corner:?}"
        );
    }

    #[test]
    fn there_is_none_where_it_is_no_polygon() {
        // Longitudes from 175 to 185.
        assert_eq!(
            outline_in_degrees(&grid(4326, [175.0, 0.1, 0.0, 25.0, 0.0, -0.1])),
            None
        );
        let unknown = Grid {
            crs_wkt: String::new(),
            ..grid(4326, [0.0, 1.0, 0.0, 0.0, 0.0, -1.0])
        };
        assert_eq!(outline_in_degrees(&unknown), None);
    }
}
