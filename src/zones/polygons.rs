//! Polygons of a vector file as corners.

use gdal::errors::GdalError;
use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};

use crate::gdal_calls::{linear_wkb, text_of};
use crate::zones::edges::Point;
use crate::zones::error::ZoneProblem;

/// The rings of a polygon, the outer one first. The last corner of a ring may be its first.
pub(super) type Polygon = Vec<Vec<Point>>;

/// All polygons in a shape of a file, with curves as straight pieces.
pub(super) fn polygons_of_shape(shape: &Geometry) -> Result<Vec<Polygon>, ZoneProblem> {
    let unreadable = |error: GdalError| ZoneProblem::Unreadable {
        reason: text_of(&error),
    };
    let mut polygons = Vec::new();
    match linear_wkb(shape).map_err(unreadable)? {
        Some(wkb) => {
            let straight = Geometry::from_wkb(&wkb).map_err(unreadable)?;
            add_polygons(&straight, &mut polygons)?;
        }
        None => add_polygons(shape, &mut polygons)?,
    }
    Ok(polygons)
}

/// Adds all polygons of a shape without curves; the error is of points and lines, before which polygons are added.
pub(super) fn add_polygons(
    shape: &Geometry,
    polygons: &mut Vec<Polygon>,
) -> Result<(), ZoneProblem> {
    let kind = geometry_type_flatten(shape.geometry_type());
    let parts = 0..shape.geometry_count();
    if [
        OGRwkbGeometryType::wkbPolygon,
        OGRwkbGeometryType::wkbTriangle,
    ]
    .contains(&kind)
    {
        let ring = |part| {
            let mut corners = Vec::new();
            shape.get_geometry(part).get_points(&mut corners);
            corners.iter().map(|&(x, y, _)| [x, y]).collect()
        };
        polygons.push(parts.map(ring).collect());
        return Ok(());
    }
    let holds_polygons = [
        OGRwkbGeometryType::wkbMultiPolygon,
        OGRwkbGeometryType::wkbGeometryCollection,
        OGRwkbGeometryType::wkbPolyhedralSurface,
        OGRwkbGeometryType::wkbTIN,
    ];
    if !holds_polygons.contains(&kind) {
        return Err(ZoneProblem::NotPolygons {
            found: shape.geometry_name().to_lowercase(),
        });
    }
    for part in parts {
        add_polygons(&shape.get_geometry(part), polygons)?;
    }
    Ok(())
}
