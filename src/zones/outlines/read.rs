//! The polygons of each zone of a vector file, in longitude and latitude.

use std::collections::HashMap;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Layer, LayerAccess};

use crate::gdal_calls::{OwnedTransform, text_of, with_failures};
use crate::sources::{keep, open_any};
use crate::zones::edges::Point;
use crate::zones::error::ZoneProblem;
use crate::zones::polygons::{Polygon, polygons_of_shape};
use crate::zones::set::ZoneSet;
use crate::zones::spec::ZoneFile;
use crate::zones::vector::{field_of, label_of, layer_of};

use super::simplify::thinned;

/// The reference system that RFC 7946 asks for, longitude first.
const DEGREES: u32 = 4326;

/// Pieces of an edge at most.
const MOST_PIECES: f64 = 256.0;

/// An edge is cut into pieces of as many tolerances before it is reprojected.
const PIECE_TOLERANCES: f64 = 64.0;

/// Corners are taken out that are as many tolerances from the one before.
const THIN_TOLERANCES: f64 = 0.25;

/// The polygons of each zone of a set, by the number of the zone.
///
/// # Arguments
///
/// * `tolerance` - by which an outline may be off, in degrees.
pub(super) fn polygons_by_zone(
    set: &ZoneSet,
    file: &ZoneFile,
    tolerance: f64,
) -> Result<Vec<Vec<Polygon>>, ZoneProblem> {
    let dataset = open_any(&file.path).map_err(|reason| ZoneProblem::Unreadable { reason })?;
    let mut layer = layer_of(&dataset, file.layer.as_deref())?;
    if let Some(filter) = &file.filter {
        keep(&mut layer, filter).map_err(|reason| ZoneProblem::Unreadable { reason })?;
    }
    let field = field_of(&layer, file.field.as_deref())?;
    let to_degrees = ToDegrees::new(&layer, tolerance)?;
    let labels = set.labels.iter().map(String::as_str).zip(0..);
    let numbers: HashMap<&str, usize> = labels.collect();
    let mut by_zone = vec![Vec::new(); set.labels.len()];
    let mut features = layer.features();
    loop {
        let (feature, failure) = with_failures(|| features.next());
        if let Some(reason) = failure {
            return Err(ZoneProblem::Unreadable { reason });
        }
        let Some(feature) = feature else { break };
        let label = label_of(&feature, field).map_err(|error| ZoneProblem::Unreadable {
            reason: text_of(&error),
        })?;
        let zone = label.and_then(|label| numbers.get(label.as_str()).copied());
        let (Some(zone), Some(shape)) = (zone, feature.geometry()) else {
            continue;
        };
        let polygons = polygons_of_shape(shape)?.into_iter();
        by_zone[zone].extend(polygons.filter_map(|polygon| to_degrees.polygon(&polygon)));
    }
    Ok(by_zone)
}

/// Brings outlines of a layer to degrees; those of a layer without a reference system stay as they are.
struct ToDegrees {
    transform: Option<OwnedTransform>,
    /// Whether columns are longitudes.
    turns: bool,
    /// Length of a piece of an edge, in degrees.
    piece: f64,
    /// Corners nearer to each other are one.
    thin: f64,
}

impl ToDegrees {
    fn new(layer: &Layer<'_>, tolerance: f64) -> Result<Self, ZoneProblem> {
        let cannot_place = |error: gdal::errors::GdalError| ZoneProblem::CannotPlace {
            reason: text_of(&error),
        };
        let from = layer.spatial_ref();
        let turns = from.is_some();
        let transform = match from {
            None => None,
            Some(mut from) => {
                let mut to = SpatialRef::from_epsg(DEGREES).map_err(cannot_place)?;
                for system in [&mut from, &mut to] {
                    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
                }
                let is_plain = from == to;
                let transform = (!is_plain).then(|| OwnedTransform::new(&from, &to));
                transform.transpose().map_err(cannot_place)?
            }
        };
        Ok(Self {
            transform,
            turns,
            piece: PIECE_TOLERANCES * tolerance,
            thin: THIN_TOLERANCES * tolerance,
        })
    }

    /// A polygon in degrees, around the longitude of its first corner; `None` where no outline is left.
    fn polygon(&self, polygon: &Polygon) -> Option<Polygon> {
        let mut rings = polygon.iter().map(|ring| self.ring(ring));
        let outer = rings.next().filter(|ring| ring.len() > 2)?;
        let mut placed = vec![outer];
        placed.extend(rings.filter(|ring| ring.len() > 2));
        if self.turns {
            let start = placed[0][0][0];
            for ring in &mut placed {
                let by = 360.0 * ((start - ring[0][0]) / 360.0).round();
                for corner in ring.iter_mut() {
                    corner[0] += by;
                }
            }
            // The whole polygon where most of it is between -180 and 180.
            let ends = placed[0].iter().map(|corner| corner[0]);
            let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
            let by = 360.0 * (f64::midpoint(low, high) / 360.0).round();
            let corners = placed.iter_mut().flatten();
            corners.for_each(|corner| corner[0] -= by);
        }
        Some(placed)
    }

    /// A ring in degrees without corners that have no place there, closed.
    fn ring(&self, corners: &[Point]) -> Vec<Point> {
        let mut ring = match &self.transform {
            None => corners.to_vec(),
            Some(transform) => self.reprojected(transform, corners),
        };
        ring.retain(|corner| corner.iter().all(|x| x.is_finite()));
        if self.transform.is_some() {
            for i in 1..ring.len() {
                let across = ring[i][0] - ring[i - 1][0];
                ring[i][0] -= 360.0 * (across / 360.0).round();
            }
        }
        if let (Some(&first), Some(&last)) = (ring.first(), ring.last())
            && first != last
        {
            ring.push(first);
        }
        thinned(ring, self.thin)
    }

    /// A ring whose long edges are cut before they are reprojected: a straight edge of the file is a curve then.
    fn reprojected(&self, transform: &OwnedTransform, corners: &[Point]) -> Vec<Point> {
        let ends = transformed(transform, corners);
        let mut cut: Vec<Point> = Vec::with_capacity(corners.len());
        for (i, corner) in corners.iter().enumerate() {
            cut.push(*corner);
            let next = if i + 1 < corners.len() { i + 1 } else { 0 };
            let [x, y] = [0, 1].map(|axis| ends[next][axis] - ends[i][axis]);
            let length = x.hypot(y);
            if !(length > self.piece && length < 180.0) {
                continue;
            }
            let n = (length / self.piece).ceil().min(MOST_PIECES);
            let shares = std::iter::successors(Some(1.0), |i| Some(i + 1.0));
            let between = |i: f64| {
                [0, 1].map(|axis| corner[axis] + i / n * (corners[next][axis] - corner[axis]))
            };
            cut.extend(shares.take_while(|i| *i < n).map(between));
        }
        transformed(transform, &cut)
    }
}

/// Points in the other reference system, not finite where they have no place in it.
fn transformed(transform: &OwnedTransform, points: &[Point]) -> Vec<Point> {
    let mut x: Vec<f64> = points.iter().map(|point| point[0]).collect();
    let mut y: Vec<f64> = points.iter().map(|point| point[1]).collect();
    // Points that cannot be transformed come back infinite, or none is transformed.
    if transform.transform(&mut x, &mut y).is_err() && x.iter().all(|x| x.is_finite()) {
        x.fill(f64::NAN);
    }
    x.into_iter().zip(y).map(|(x, y)| [x, y]).collect()
}
