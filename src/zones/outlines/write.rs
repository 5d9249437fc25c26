//! How far outlines are simplified: as little as the size of the text allows.

use rayon::prelude::*;

use crate::grid::{Coordinates, Grid};
use crate::zones::edges::to_f64;
use crate::zones::error::ZoneProblem;
use crate::zones::polygons::Polygon;
use crate::zones::set::ZoneSet;
use crate::zones::spec::{ZoneFile, ZoneSource, ZoneSpec};

use super::geojson::{Feature, text_of};
use super::read::polygons_by_zone;
use super::simplify::{simplified, valid};

/// Cells that the longest side of the study has on a page; outlines of a page need to be no finer.
const CELLS_OF_PAGE: f64 = 600.0;

/// The first tolerance is a cell of the page by this, and so fine that only large files need a coarser one.
const FINER: f64 = 8.0;

/// How often the tolerance is doubled.
const MOST_DOUBLINGS: u32 = 12;

/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// The least bytes of a corner and of a zone, to tell early what cannot be small enough.
const LEAST_CORNER: usize = 6;
const LEAST_ZONE: usize = 150;

/// Outlines of zones for display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlines {
    /// `GeoJSON` in longitude and latitude; `None` without a set of a vector file.
    pub geojson: Option<String>,
    /// What is left out, and why; a sentence each.
    pub notes: Vec<String>,
}

/// The zones of the sets that are vector files, simplified, with the properties `set`, `zone` and `n_pixels`. Sets of
/// rasters and of combinations have no outlines.
///
/// The tolerance is an eighth of a 600th of the longest side of the study, and twice as large until the text has
/// `most_bytes` at most. Parts and holes smaller than its square are left out, but each zone keeps its largest part.
///
/// # Arguments
///
/// * `sets` - the sets of `specs`, in their order.
#[must_use]
pub fn outlines(specs: &[ZoneSpec], sets: &[ZoneSet], grid: &Grid, most_bytes: usize) -> Outlines {
    let mut found = Outlines::default();
    let tolerance = tolerance_of(grid);
    let mut drawn = Vec::new();
    let files = vector_sets(specs, sets, most_bytes, &mut found.notes);
    let polygons = files.par_iter().map(|(set, file)| {
        polygons_by_zone(set, file, tolerance).and_then(|by_zone| mended(&by_zone))
    });
    let polygons: Vec<_> = polygons.collect();
    for ((set, _), polygons) in files.into_iter().zip(polygons) {
        match polygons {
            Ok(polygons) => drawn.push(Drawn { set, polygons }),
            Err(problem) => found.notes.push(left_out(&set.name, &problem.to_string())),
        }
    }
    if drawn.is_empty() {
        return found;
    }
    match fitted(&mut drawn, tolerance, most_bytes) {
        Ok(Some(text)) => found.geojson = Some(text),
        Ok(None) => {
            let names: Vec<&str> = drawn.iter().map(|drawn| drawn.set.name.as_str()).collect();
            let why = format!("they take more than {most_bytes} bytes however simple they are");
            found.notes.push(left_out(&names.join(", "), &why));
        }
        Err(problem) => found.notes.push(left_out("all sets", &problem.to_string())),
    }
    found
}

/// A set with the polygons of its zones.
struct Drawn<'a> {
    set: &'a ZoneSet,
    polygons: Vec<Vec<Polygon>>,
}

fn left_out(sets: &str, why: &str) -> String {
    format!("zones.geojson is without the outlines of {sets}: {why}")
}

/// Sets of vector files, without those that have too many zones for the text.
fn vector_sets<'a>(
    specs: &'a [ZoneSpec],
    sets: &'a [ZoneSet],
    most_bytes: usize,
    notes: &mut Vec<String>,
) -> Vec<(&'a ZoneSet, &'a ZoneFile)> {
    let of_file = |(spec, set): (&'a ZoneSpec, &'a ZoneSet)| match &spec.source {
        // Only a vector file has the field of its labels.
        ZoneSource::File(file) => file.field.is_some().then_some((set, file)),
        ZoneSource::Cross(_) => None,
    };
    let mut found: Vec<_> = specs.iter().zip(sets).filter_map(of_file).collect();
    found.sort_by_key(|(set, _)| set.labels.len());
    let (mut left, mut kept) = (most_bytes, Vec::new());
    for (set, file) in found {
        let least = set.labels.iter().map(|label| label.len() + LEAST_ZONE);
        match left.checked_sub(least.sum()) {
            Some(more) => {
                left = more;
                kept.push((set, file));
            }
            None => notes.push(left_out(
                &set.name,
                &format!(
                    "its {} zones take more than {most_bytes} bytes",
                    set.labels.len()
                ),
            )),
        }
    }
    let place = |name: &str| specs.iter().position(|spec| spec.name == name);
    kept.sort_by_key(|(set, _)| place(&set.name));
    kept
}

fn mended(by_zone: &[Vec<Polygon>]) -> Result<Vec<Vec<Polygon>>, ZoneProblem> {
    let zones = by_zone.par_iter().map(|polygons| valid(polygons));
    zones
        .collect::<Result<_, _>>()
        .map_err(|error| of_geos(&error))
}

fn of_geos(error: &gdal::errors::GdalError) -> ZoneProblem {
    ZoneProblem::Unreadable {
        reason: crate::gdal_calls::text_of(error),
    }
}

/// The text with the smallest tolerance that lets it fit; `None` where none does.
fn fitted(
    drawn: &mut [Drawn<'_>],
    finest: f64,
    most_bytes: usize,
) -> Result<Option<String>, ZoneProblem> {
    let mut tolerance = finest;
    for _ in 0..=MOST_DOUBLINGS {
        let zones = drawn.par_iter_mut().flat_map(|drawn| &mut drawn.polygons);
        zones
            .try_for_each(|polygons| {
                *polygons = simplified(polygons, tolerance)?;
                Ok(())
            })
            .map_err(|error| of_geos(&error))?;
        let polygons = drawn.iter().flat_map(|drawn| &drawn.polygons);
        let n_corners: usize = polygons.flatten().flatten().map(Vec::len).sum();
        if n_corners * LEAST_CORNER <= most_bytes {
            let text = text_of(&features(drawn), decimals_of(tolerance));
            if text.len() <= most_bytes {
                return Ok(Some(text));
            }
        }
        tolerance *= 2.0;
    }
    Ok(None)
}

fn features<'a>(drawn: &'a [Drawn<'_>]) -> Vec<Feature<'a>> {
    let of_set = |drawn: &'a Drawn<'_>| {
        let zones = drawn.set.labels.iter().zip(&drawn.polygons).enumerate();
        zones.map(|(number, (zone, polygons))| Feature {
            set: &drawn.set.name,
            zone,
            n_pixels: drawn.set.notes.pixels.get(number).copied().unwrap_or(0),
            polygons,
        })
    };
    drawn.iter().flat_map(of_set).collect()
}

/// The finest tolerance in degrees; in the unit of the coordinates where these have no reference system.
fn tolerance_of(grid: &Grid) -> f64 {
    let [width, height] = grid.pixel_size();
    let side = (width * to_f64(grid.width)).max(height * to_f64(grid.height));
    let cell = side / CELLS_OF_PAGE / FINER;
    match grid.coordinates {
        Coordinates::Geographic | Coordinates::Unknown => cell,
        Coordinates::Projected => cell * grid.metres_per_unit / DEGREE_M,
    }
}

/// Decimals that round to a twentieth of the tolerance.
fn decimals_of(tolerance: f64) -> usize {
    let places = (-(tolerance / 20.0).log10()).ceil().clamp(0.0, 12.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 12"
    )]
    let places = places as usize;
    places
}
