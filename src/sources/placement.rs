//! Where a file lies, and whether that is the study grid.

use std::fmt::Write as _;
use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::{Dataset, Metadata};

use crate::grid::{Coordinates, Grid};
use crate::sources::error::SourceError;
use crate::sources::pattern::name_of;

/// How far corners may lie apart, in pixels.
const TOLERANCE_PIXELS: f64 = 0.01;

/// The grid of an opened file.
///
/// A netCDF file of longitudes and latitudes that names no reference system is on WGS84, as the CF
/// conventions leave it to the reader; `true` where that was assumed.
pub(crate) fn grid_of(dataset: &Dataset) -> (Grid, bool) {
    let (width, height) = dataset.raster_size();
    let transform = dataset.geo_transform().unwrap_or([0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let named = dataset.spatial_ref().ok();
    let is_assumed = named.is_none() && has_degrees(dataset);
    let crs = named.or_else(|| SpatialRef::from_epsg(4326).ok().filter(|_| is_assumed));
    let coordinates = match &crs {
        Some(crs) if crs.is_geographic() => Coordinates::Geographic,
        Some(crs) if crs.is_projected() => Coordinates::Projected,
        _ => Coordinates::Unknown,
    };
    let metres_per_unit = match (&crs, coordinates) {
        (Some(crs), Coordinates::Projected) => crs.linear_units(),
        _ => 1.0,
    };
    let grid = Grid {
        crs_wkt: crs.as_ref().and_then(|crs| crs.to_wkt().ok()).unwrap_or_default(),
        crs_name: crs.as_ref().map_or_else(|| "none".to_owned(), crs_name),
        coordinates,
        metres_per_unit,
        transform,
        width,
        height,
    };
    (grid, is_assumed)
}

fn has_degrees(dataset: &Dataset) -> bool {
    let items = dataset.metadata_domain("").unwrap_or_default();
    items.iter().any(|item| item.ends_with("#units=degrees_east"))
}

/// `EPSG:4326`, or the name where there is no code.
pub(crate) fn crs_name(crs: &SpatialRef) -> String {
    crs.authority().ok().or_else(|| crs.name()).unwrap_or_else(|| "unnamed".to_owned())
}

/// The reference system of a WKT text with longitude before latitude; `None` for an empty text.
pub(crate) fn crs_of_wkt(wkt: &str) -> Option<SpatialRef> {
    let mut crs = SpatialRef::from_wkt(wkt).ok()?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Some(crs)
}

/// Whether two grids have the same pixels, to a hundredth of a pixel.
pub(crate) fn is_same_grid(a: &Grid, b: &Grid) -> bool {
    (a.width, a.height) == (b.width, b.height) && is_same_crs(&a.crs_wkt, &b.crs_wkt) && corners_agree(a, b)
}

fn is_same_crs(a: &str, b: &str) -> bool {
    a == b
        || match (crs_of_wkt(a), crs_of_wkt(b)) {
            (Some(a), Some(b)) => a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
}

fn corners_agree(a: &Grid, b: &Grid) -> bool {
    let side = |t: &[f64; 6]| t[1].hypot(t[4]).min(t[2].hypot(t[5]));
    let tolerance = TOLERANCE_PIXELS * side(&a.transform);
    corners(a).iter().zip(corners(b)).all(|(p, q)| (p.0 - q.0).abs() <= tolerance && (p.1 - q.1).abs() <= tolerance)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn corners(grid: &Grid) -> [(f64, f64); 4] {
    let t = &grid.transform;
    let (w, h) = (grid.width as f64, grid.height as f64);
    [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)]
        .map(|(col, row)| (t[0] + col * t[1] + row * t[2], t[3] + col * t[4] + row * t[5]))
}

/// The error that shows both grids and the way out.
pub(crate) fn other_grid(input: &str, path: &Path, found: &Grid, study: &Grid) -> SourceError {
    SourceError::OtherGrid {
        input: input.to_owned(),
        path: path.to_owned(),
        comparison: comparison(found, study),
        command: gdalwarp(path, study),
    }
}

fn comparison(found: &Grid, study: &Grid) -> String {
    let pair = |a: f64, b: f64| format!("{a:.9}, {b:.9}");
    let rows = |grid: &Grid| {
        let t = grid.transform;
        [grid.crs_name.clone(), pair(t[0], t[3]), pair(t[1], t[5]), format!("{} x {}", grid.width, grid.height)]
    };
    let (found_rows, study_rows) = (rows(found), rows(study));
    let width = found_rows.iter().map(String::len).max().unwrap_or(0).max("this file".len());
    let mut text = format!("  {:<8}{:<width$}  study grid", "", "this file");
    for (name, (a, b)) in ["CRS", "origin", "step", "size"].iter().zip(found_rows.iter().zip(&study_rows)) {
        let sign = if a == b { " " } else { "!" };
        let _ = write!(text, "\n{sign} {name:<8}{a:<width$}  {b}");
    }
    if found_rows[0] == study_rows[0] && !is_same_crs(&found.crs_wkt, &study.crs_wkt) {
        text.push_str("\n! the reference systems differ in more than their names");
    }
    text
}

/// The command that warps `path` to `study`.
fn gdalwarp(path: &Path, study: &Grid) -> String {
    let (mut xs, mut ys) = corners(study).into_iter().unzip::<_, _, Vec<f64>, Vec<f64>>();
    xs.sort_by(f64::total_cmp);
    ys.sort_by(f64::total_cmp);
    let t = study.transform;
    let name = name_of(path);
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let target = match crs_of_wkt(&study.crs_wkt) {
        None => String::new(),
        Some(crs) => {
            let text = crs.authority().ok().or_else(|| crs.to_proj4().ok());
            format!("-t_srs '{}' ", text.unwrap_or_default().trim())
        }
    };
    format!(
        "gdalwarp {target}-te {} {} {} {} -tr {} {} -r bilinear '{}' '{stem}_on_grid.tif'",
        xs[0],
        ys[0],
        xs[3],
        ys[3],
        t[1].hypot(t[4]),
        t[2].hypot(t[5]),
        path.display()
    )
}
