//! Points of another reference system on the study grid.

use crate::gdal_calls::{OwnedTransform, quiet_gdal, text_of};
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::grids::crs::{crs_of_wkt, reference_system};
use crate::sources::grids::error::GridError;

/// Brings points to the coordinates of the study grid; one that has none there becomes NaN.
///
/// Returns whether they were transformed: `false` where the grid has no reference system, so that the points are taken to
/// be in its own coordinates.
///
/// # Arguments
///
/// * `key` - the key of the study file that names the reference system, for messages.
/// * `crs` - the reference system of the points, such as `EPSG:4326`; x is longitude, whatever its axes are.
/// * `points` - x and y of each.
///
/// # Errors
///
/// The reference system is unknown, or PROJ has no transformation from it to that of the grid.
pub fn points_on_grid(
    key: &str,
    crs: &str,
    grid: &Grid,
    points: &mut [[f64; 2]],
) -> Result<bool, SourceError> {
    quiet_gdal();
    let from = reference_system(key, crs)?;
    let Some(to) = crs_of_wkt(&grid.crs_wkt) else {
        return Ok(false);
    };
    if from == to {
        return Ok(true);
    }
    let transform = OwnedTransform::new(&from, &to).map_err(|error| {
        SourceError::Grid(GridError::ReferenceSystem {
            key: key.to_owned(),
            text: crs.to_owned(),
            reason: text_of(&error),
        })
    })?;
    for point in points {
        // One by one, so that a point without a position does not affect the others.
        let (mut x, mut y) = ([point[0]], [point[1]]);
        let is_given = x[0].is_finite() && y[0].is_finite();
        let is_there = is_given && transform.transform(&mut x, &mut y).is_ok();
        *point = if is_there && x[0].is_finite() && y[0].is_finite() {
            [x[0], y[0]]
        } else {
            [f64::NAN; 2]
        };
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Coordinates;
    use gdal::spatial_ref::SpatialRef;

    fn grid(epsg: u32) -> Grid {
        let crs = SpatialRef::from_epsg(epsg).expect("known");
        Grid {
            crs_wkt: crs.to_wkt().expect("a text"),
            crs_name: String::new(),
            coordinates: Coordinates::Projected,
            metres_per_unit: 1.0,
            transform: [0.0, 1.0, 0.0, 0.0, 0.0, -1.0],
            width: 1,
            height: 1,
        }
    }

    /// pyproj 3.7.2, from EPSG:4326 to EPSG:32648, longitude first.
    #[test]
    fn points_are_where_pyproj_has_them() {
        let mut points = [
            [108.32, 22.82],
            [f64::NAN, 1.0],
            [105.0, 25.0],
            [105.0, 95.0],
        ];
        let moved = points_on_grid("sites.crs", "EPSG:4326", &grid(32648), &mut points);
        assert!(moved.expect("known systems"));
        let expected = [[840_822.401, 2_527_426.660], [500_000.0, 2_764_947.747]];
        for (point, expected) in [points[0], points[2]].iter().zip(expected) {
            let near = |axis: usize| (point[axis] - expected[axis]).abs() < 0.01;
            assert!(near(0) && near(1), "{point:?} {expected:?}");
        }
        assert!(points[1][0].is_nan() && points[3][0].is_nan(), "{points:?}");
    }

    #[test]
    fn points_of_the_grids_own_system_stay() {
        let mut points = [[108.32, 22.82]];
        let moved = points_on_grid("sites.crs", "EPSG:4326", &grid(4326), &mut points);
        assert!(moved.is_ok_and(|moved| moved) && points == [[108.32, 22.82]]);
        let unknown = Grid {
            crs_wkt: String::new(),
            ..grid(4326)
        };
        let moved = points_on_grid("sites.crs", "EPSG:4326", &unknown, &mut points);
        assert!(moved.is_ok_and(|moved| !moved));
    }

    #[test]
    fn an_unknown_system_is_an_error_of_the_study_file() {
        let error = points_on_grid("sites.crs", "EPSG:0", &grid(4326), &mut []);
        let error = error.expect_err("no such system");
        assert!(error.is_of_the_study_file());
        assert!(error.to_string().contains("sites.crs"), "{error}");
    }
}
