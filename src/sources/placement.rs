//! Where a file lies, and how that relates to the study grid.

use std::fmt::Write as _;
use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::{Dataset, Metadata};

use crate::grid::{Coordinates, Grid};
use crate::sources::bands::numbers_of_array;
use crate::sources::error::SourceError;
use crate::sources::locate::{CellWindow, Locator, OtherGrid};
use crate::sources::pattern::name_of;
use crate::sources::study_grid::kind_of;
use crate::tile::Resampling;

/// How far corners may lie apart, in pixels.
const TOLERANCE_PIXELS: f64 = 0.01;

/// The grid of an opened file.
///
/// A netCDF file of longitudes and latitudes that names no reference system is on WGS84, as the CF
/// conventions leave it to the reader; `true` where that was assumed.
pub(crate) fn grid_of(dataset: &Dataset, path: &Path) -> (Grid, bool) {
    let (width, height) = dataset.raster_size();
    let transform = dataset
        .geo_transform()
        .unwrap_or([0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    let transform = transform_of_axes(dataset, path, transform).unwrap_or(transform);
    let named = dataset.spatial_ref().ok();
    let is_assumed = named.is_none() && has_degrees(dataset);
    let crs = named.or_else(|| SpatialRef::from_epsg(4326).ok().filter(|_| is_assumed));
    let (coordinates, metres_per_unit) = crs.as_ref().map_or((Coordinates::Unknown, 1.0), kind_of);
    let grid = Grid {
        crs_wkt: crs
            .as_ref()
            .and_then(|crs| crs.to_wkt().ok())
            .unwrap_or_default(),
        crs_name: crs.as_ref().map_or_else(|| "none".to_owned(), crs_name),
        coordinates,
        metres_per_unit,
        transform,
        width,
        height,
    };
    (grid, is_assumed)
}

/// The transform by the axes of a netCDF file in degrees whose `actual_range` GDAL took for their ends: what is cut
/// out of a larger file keeps the range of the whole. `None` where GDAL's is right.
fn transform_of_axes(dataset: &Dataset, path: &Path, found: [f64; 6]) -> Option<[f64; 6]> {
    let items = dataset.metadata_domain("")?;
    let (width, height) = dataset.raster_size();
    let axis = |unit: &str, n: usize| {
        let name = items
            .iter()
            .find_map(|item| item.strip_suffix(&format!("#units={unit}")))?;
        let has_range = items
            .iter()
            .any(|item| item.starts_with(&format!("{name}#actual_range=")));
        numbers_of_array(path, name, vec![0], vec![n])
            .filter(|_| has_range)
            .and_then(|numbers| first_and_step(&numbers))
    };
    let (x, across) = axis("degrees_east", width)?;
    let (y, down) = axis("degrees_north", height)?;
    // GDAL turns rows so that they go the way its own transform has them.
    #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
    let (y, down) = if down * found[5] > 0.0 {
        (y, down)
    } else {
        (y + down * (height - 1) as f64, -down)
    };
    let by_axes = [x - 0.5 * across, across, 0.0, y - 0.5 * down, 0.0, down];
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let (columns, rows) = (width as f64, height as f64);
    let is_off = |a: f64, b: f64, size: f64| (a - b).abs() > TOLERANCE_PIXELS * size.abs();
    let differs = is_off(by_axes[0], found[0], across)
        || is_off(by_axes[3], found[3], down)
        || is_off(
            by_axes[0] + columns * across,
            found[0] + columns * found[1],
            across,
        )
        || is_off(by_axes[3] + rows * down, found[3] + rows * found[5], down);
    differs.then_some(by_axes)
}

/// The first number of an even axis and its step.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn first_and_step(numbers: &[f64]) -> Option<(f64, f64)> {
    let (&first, &last) = (numbers.first()?, numbers.last()?);
    let step = (last - first) / (numbers.len().checked_sub(1).filter(|n| *n > 0)? as f64);
    let is_even = |(i, x): (usize, &f64)| {
        (x - (first + i as f64 * step)).abs() <= TOLERANCE_PIXELS * step.abs()
    };
    (step != 0.0 && step.is_finite() && numbers.iter().enumerate().all(is_even))
        .then_some((first, step))
}

/// Why a file has no usable place on the Earth.
pub(crate) fn check_georeference(dataset: &Dataset) -> Result<(), String> {
    let is_swath = dataset
        .metadata_domain("GEOLOCATION")
        .is_some_and(|items| !items.is_empty());
    if is_swath && dataset.geo_transform().is_err() {
        return Err(
            "it is a swath with arrays of longitudes and latitudes; bring it to a grid first: gdalwarp -geoloc"
                .to_owned(),
        );
    }
    Ok(())
}

/// Gives a grid the reference system that the study states for it.
pub(crate) fn set_crs(grid: &mut Grid, crs: &SpatialRef) {
    (grid.coordinates, grid.metres_per_unit) = kind_of(crs);
    grid.crs_wkt = crs.to_wkt().unwrap_or_default();
    grid.crs_name = crs_name(crs);
}

fn has_degrees(dataset: &Dataset) -> bool {
    let items = dataset.metadata_domain("").unwrap_or_default();
    items
        .iter()
        .any(|item| item.ends_with("#units=degrees_east"))
}

/// `EPSG:4326`, or the name where there is no code.
pub(crate) fn crs_name(crs: &SpatialRef) -> String {
    crs.authority()
        .ok()
        .or_else(|| crs.name())
        .unwrap_or_else(|| "unnamed".to_owned())
}

/// The reference system of a WKT text with longitude before latitude; `None` for an empty text.
pub(crate) fn crs_of_wkt(wkt: &str) -> Option<SpatialRef> {
    if wkt.is_empty() {
        return None;
    }
    let mut crs = SpatialRef::from_wkt(wkt).ok()?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Some(crs)
}

/// Whether two grids have the same pixels, to a hundredth of a pixel.
pub(crate) fn is_same_grid(a: &Grid, b: &Grid) -> bool {
    (a.width, a.height) == (b.width, b.height)
        && is_same_crs(&a.crs_wkt, &b.crs_wkt)
        && corners_agree(a, b)
}

/// Whether two texts name one reference system.
pub(crate) fn is_same_crs(a: &str, b: &str) -> bool {
    a == b
        || match (crs_of_wkt(a), crs_of_wkt(b)) {
            (Some(a), Some(b)) => a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
}

fn corners_agree(a: &Grid, b: &Grid) -> bool {
    most_corner_offset(a, b) <= TOLERANCE_PIXELS
}

/// How far the corners of two grids lie apart at most, in pixels of the first.
fn most_corner_offset(a: &Grid, b: &Grid) -> f64 {
    let [width, height] = a.pixel_size();
    let side = width.min(height);
    let offsets = a
        .corners()
        .into_iter()
        .zip(b.corners())
        .flat_map(|(p, q)| [p.0 - q.0, p.1 - q.1]);
    // A corner that is no number lies nowhere, and `max` would pass over it.
    let larger = |most: f64, offset: f64| {
        if offset.is_nan() {
            f64::INFINITY
        } else {
            most.max(offset)
        }
    };
    offsets.map(|offset| offset.abs() / side).fold(0.0, larger)
}

/// A file with its grid.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    /// The input.
    pub(crate) input: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) grid: &'a Grid,
    /// How the study says that it is resampled.
    pub(crate) asked: Option<Resampling>,
    /// Its numbers are names of classes.
    pub(crate) has_classes: bool,
}

/// How a file comes to the study grid.
#[derive(Debug)]
pub(crate) struct Placement {
    /// `None` where it lies on it.
    pub(crate) other: Option<OtherGrid>,
    /// In a sentence.
    pub(crate) how: String,
    /// What the user should know of it.
    pub(crate) notes: Vec<String>,
}

/// Relates the grid of a file to the study grid.
///
/// # Errors
///
/// The two cannot be related, or do not meet.
pub(crate) fn place(file: Placed<'_>, study: &Grid) -> Result<Placement, SourceError> {
    let mut notes = Vec::new();
    let Placed { input, grid, .. } = file;
    if is_same_grid(grid, study) {
        return Ok(Placement {
            other: None,
            how: "it lies on the study grid".to_owned(),
            notes,
        });
    }
    let is_same_size = (grid.width, grid.height) == (study.width, study.height);
    if is_same_size
        && corners_agree(grid, study)
        && (grid.crs_wkt.is_empty() || study.crs_wkt.is_empty())
    {
        notes.push(format!("input `{input}`: one of it and the study grid names no reference system; as their corners agree, they are taken for one grid"));
        return Ok(Placement {
            other: None,
            how: "its corners are those of the study grid".to_owned(),
            notes,
        });
    }
    if is_same_size
        && is_same_crs(&grid.crs_wkt, &study.crs_wkt)
        && most_corner_offset(study, grid) < 1.0
    {
        notes.push(format!(
            "input `{input}` has the size of the study grid and lies {:.3} pixel off it; it is resampled (if the grids are meant to be one, \
             mend its georeference first: gdal_edit.py -a_ullr)",
            most_corner_offset(study, grid)
        ));
    }
    let cannot = |reason: String| SourceError::CannotPlace {
        input: input.to_owned(),
        path: file.path.to_owned(),
        reason,
    };
    let locator = Locator::new(study, grid).map_err(cannot)?;
    let size = locator.cells_per_pixel();
    let (resampling, how) = resampling_of(file, study, size);
    let reach = if resampling.takes_area() || resampling == Resampling::Nearest {
        [1.0; 2]
    } else {
        size.map(reach_of)
    };
    let nothing = CellWindow {
        row: 0,
        col: 0,
        height: 0,
        width: 0,
    };
    let mut other = OtherGrid {
        grid: grid.clone(),
        resampling,
        reach,
        is_round: locator.is_round(),
        needed: nothing,
    };
    let outline = locator.outline_of_study();
    other.needed = outline.window(&other);
    if other.needed.n_cells() == 0 {
        return Err(SourceError::NoOverlap {
            input: input.to_owned(),
            path: file.path.to_owned(),
            comparison: comparison(grid, study, "study grid"),
        });
    }
    if !outline.are_inside(&other) {
        let percent = (100.0 * locator.share_inside(&other)).clamp(1.0, 99.0);
        notes.push(format!(
            "input `{input}` covers about {percent:.0} % of the study grid; the rest is missing"
        ));
    }
    Ok(Placement {
        other: Some(other),
        how,
        notes,
    })
}

/// Cells from which on the weights of interpolation widen, as GDAL's warper has it.
const REACHES_FROM: f64 = 1.0 / 0.95;

fn reach_of(cells_per_pixel: f64) -> f64 {
    if cells_per_pixel > REACHES_FROM {
        cells_per_pixel
    } else {
        1.0
    }
}

/// The way to resample: the study's, else what fits, and that in a sentence.
fn resampling_of(file: Placed<'_>, study: &Grid, [across, down]: [f64; 2]) -> (Resampling, String) {
    if file.asked.is_none_or(|asked| asked != Resampling::Mode) && has_same_cells(file.grid, study)
    {
        return (
            Resampling::Nearest,
            "its cells are pixels of the study grid over another extent".to_owned(),
        );
    }
    let cells = across * down;
    let size = if cells > 1.0 {
        format!("a pixel holds {cells:.1} of its cells")
    } else {
        format!("one of its cells holds {:.1} pixels", 1.0 / cells)
    };
    let (resampling, why) = match file.asked {
        Some(asked) => (asked, "as the study file says"),
        None if file.has_classes => (Resampling::Nearest, "as it holds classes"),
        // More than twice as fine.
        None if cells > 4.0 => (
            Resampling::Average,
            "by default where cells are that much smaller",
        ),
        None => (Resampling::Bilinear, "by default"),
    };
    (
        resampling,
        format!(
            "it lies on another grid ({}, {size}); resampling is {resampling}, {why}",
            file.grid.crs_name
        ),
    )
}

/// Whether the cells of one grid are pixels of the other, wherever both are.
fn has_same_cells(grid: &Grid, study: &Grid) -> bool {
    let (Some(inverse), true) = (
        study.inverse_transform(),
        is_same_crs(&grid.crs_wkt, &study.crs_wkt),
    ) else {
        return false;
    };
    let to_study = |(x, y): (f64, f64)| {
        (
            inverse[0] + x * inverse[1] + y * inverse[2],
            inverse[3] + x * inverse[4] + y * inverse[5],
        )
    };
    let [first, right, below, last] = grid.corners().map(to_study);
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let (width, height) = (grid.width as f64, grid.height as f64);
    let is_near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE_PIXELS;
    let is_whole = is_near(first.0, first.0.round()) && is_near(first.1, first.1.round());
    let spans = is_near(right.0 - first.0, width) && is_near(below.1 - first.1, height);
    is_whole && spans && is_near(last.0 - first.0, width) && is_near(last.1 - first.1, height)
}

/// The error that shows both grids and the way out.
pub(crate) fn other_grid(input: &str, path: &Path, found: &Grid, study: &Grid) -> SourceError {
    SourceError::OtherGrid {
        input: input.to_owned(),
        path: path.to_owned(),
        comparison: comparison(found, study, "first file"),
        command: gdalwarp(path, study),
    }
}

fn comparison(found: &Grid, study: &Grid, whose: &str) -> String {
    let pair = |a: f64, b: f64| format!("{a:.9}, {b:.9}");
    let rows = |grid: &Grid| {
        let t = grid.transform;
        [
            grid.crs_name.clone(),
            pair(t[0], t[3]),
            pair(t[1], t[5]),
            format!("{} x {}", grid.width, grid.height),
        ]
    };
    let (found_rows, study_rows) = (rows(found), rows(study));
    let width = found_rows
        .iter()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max("this file".len());
    let mut text = format!("  {:<8}{:<width$}  {whose}", "", "this file");
    for (name, (a, b)) in ["CRS", "origin", "step", "size"]
        .iter()
        .zip(found_rows.iter().zip(&study_rows))
    {
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
    let (mut xs, mut ys) = study
        .corners()
        .into_iter()
        .unzip::<_, _, Vec<f64>, Vec<f64>>();
    xs.sort_by(f64::total_cmp);
    ys.sort_by(f64::total_cmp);
    let t = study.transform;
    let name = name_of(path);
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
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
