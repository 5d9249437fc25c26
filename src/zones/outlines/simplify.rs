//! Outlines with fewer corners, by the topology-preserving simplification of GEOS.

use gdal::cpl::CslStringList;
use gdal::errors::GdalError;
use gdal::vector::{Geometry, OGRwkbGeometryType};

use crate::gdal_calls::quiet_gdal;
use crate::zones::edges::Point;
use crate::zones::polygons::{Polygon, add_polygons};

/// A ring without corners that are near to the one before, by far less than the finest tolerance: GEOS takes time that
/// grows faster than their number. A ring that is as small as that stays.
pub(super) fn thinned(ring: Vec<Point>, distance: f64) -> Vec<Point> {
    let Some((&last, inner)) = ring.split_last() else {
        return ring;
    };
    let mut kept: Vec<Point> = Vec::new();
    for &corner in inner {
        let is_far = |[x, y]: &Point| (corner[0] - x).hypot(corner[1] - y) >= distance;
        if kept.last().is_none_or(is_far) {
            kept.push(corner);
        }
    }
    kept.push(last);
    if kept.len() < LEAST_CORNERS {
        ring
    } else {
        kept
    }
}

/// A ring has three corners, and the first again.
const LEAST_CORNERS: usize = 4;

/// The polygons of a zone without self-crossings.
///
/// # Errors
///
/// GDAL was built without GEOS.
pub(super) fn valid(polygons: &[Polygon]) -> Result<Vec<Polygon>, GdalError> {
    quiet_gdal();
    let mut valid = Vec::with_capacity(polygons.len());
    for polygon in polygons {
        let shape = shape_of(std::slice::from_ref(polygon))?;
        if shape.is_valid() {
            valid.push(polygon.clone());
        } else {
            let mended = shape.make_valid(&CslStringList::new())?;
            add(&mended, &mut valid);
        }
    }
    Ok(valid)
}

/// Polygons of which no corner is farther than `tolerance` from the outline, without parts and holes that are smaller
/// than its square. The largest part of a zone stays.
///
/// # Errors
///
/// GDAL was built without GEOS.
pub(super) fn simplified(polygons: &[Polygon], tolerance: f64) -> Result<Vec<Polygon>, GdalError> {
    quiet_gdal();
    let Some(largest) = largest(polygons) else {
        return Ok(Vec::new());
    };
    let least = tolerance * tolerance;
    let kept = polygons.iter().enumerate().filter(|(i, polygon)| {
        *i == largest || polygon.first().is_some_and(|ring| area(ring) >= least)
    });
    let kept = kept.map(|(_, polygon)| {
        let rings = polygon.iter().enumerate();
        let rings = rings.filter(|(i, ring)| *i == 0 || area(ring) >= least);
        rings.map(|(_, ring)| ring.clone()).collect()
    });
    let kept: Vec<Polygon> = kept.collect();
    let shape = shape_of(&kept)?.simplify_preserve_topology(tolerance)?;
    let mut simple = Vec::with_capacity(kept.len());
    add(&shape, &mut simple);
    // A sliver that GEOS takes away whole stays as it was.
    Ok(if simple.is_empty() { kept } else { simple })
}

/// The polygons of a result of GEOS, which may have lines and points beside them.
fn add(shape: &Geometry, polygons: &mut Vec<Polygon>) {
    if add_polygons(shape, polygons).is_err() {
        for part in 0..shape.geometry_count() {
            // Those before the first line were added.
            let part = shape.get_geometry(part);
            if part.geometry_type() == OGRwkbGeometryType::wkbPolygon {
                let _ = add_polygons(&part, polygons);
            }
        }
    }
}

fn shape_of(polygons: &[Polygon]) -> Result<Geometry, GdalError> {
    let mut shape = Geometry::empty(OGRwkbGeometryType::wkbMultiPolygon)?;
    for polygon in polygons {
        let mut part = Geometry::empty(OGRwkbGeometryType::wkbPolygon)?;
        for corners in polygon {
            let mut ring = Geometry::empty(OGRwkbGeometryType::wkbLinearRing)?;
            for &[x, y] in corners {
                ring.add_point_2d((x, y));
            }
            part.add_geometry(ring)?;
        }
        shape.add_geometry(part)?;
    }
    Ok(shape)
}

fn largest(polygons: &[Polygon]) -> Option<usize> {
    let areas = polygons.iter().enumerate();
    let areas = areas.filter_map(|(i, polygon)| Some((i, area(polygon.first()?))));
    areas
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(largest, _)| largest)
}

fn area(ring: &[Point]) -> f64 {
    signed_area(ring).abs()
}

/// The area that a closed ring surrounds, positive where it runs counterclockwise.
pub(super) fn signed_area(ring: &[Point]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    let crosses = ring
        .windows(2)
        .map(|edge| (edge[0][0] - x0) * (edge[1][1] - y0) - (edge[1][0] - x0) * (edge[0][1] - y0));
    0.5 * crosses.sum::<f64>()
}
