//! The grid of a file, and whether it can be right.

use std::path::Path;

use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, Metadata};

use crate::grid::{Coordinates, Grid};
use crate::sources::files::arrays::{dimensions_of, numbers_of_array, rows_are_as_stored};
use crate::sources::grids::axes::{
    ByAxes, are_degrees, first_and_step, is_degrees_east, wrong_order,
};
use crate::sources::grids::crs::{crs_name, kind_of};
use crate::sources::grids::same_grid::TOLERANCE_PIXELS;

/// The grid of a file, and how it was found.
pub(crate) struct FoundGrid {
    pub(crate) grid: Grid,
    /// Degrees without a CRS were taken as WGS84.
    pub(crate) is_assumed: bool,
    /// What else the user should know, after the name of the input.
    pub(crate) notes: Vec<String>,
    /// Whether the file gives its pixels a position.
    has_position: bool,
    /// Why the array is no stack of rasters.
    wrong_order: Option<String>,
}

/// The grid of an opened file.
///
/// A netCDF file or a Zarr store of longitudes and latitudes without a CRS is taken as WGS84, since the CF
/// conventions leave the choice to the reader. Where GDAL takes no position from the axes of a file, their numbers give it.
pub(crate) fn grid_of(dataset: &Dataset, path: &Path) -> FoundGrid {
    let (width, height) = dataset.raster_size();
    let named = dataset.spatial_ref().ok();
    let own = dataset.geo_transform().ok();
    let stated = stated_transform(dataset);
    let has_degrees = named.is_none() && has_degrees(dataset);
    let dimensions = if own.is_none() || stated.is_some() || (named.is_none() && !has_degrees) {
        dimensions_of(dataset, path)
    } else {
        Vec::new()
    };
    let projection = named.as_ref().map(kind_of);
    let metres_per_unit = projection.and_then(|(kind, metres)| {
        (kind == Coordinates::Projected && metres > 0.0).then_some(metres)
    });
    let by_axes = ByAxes::of(&dimensions, (width, height), metres_per_unit);
    let mut notes = Vec::new();
    let transform = match (own, by_axes) {
        (Some(own), by_axes) => {
            let other = by_axes.and_then(|axes| other_by_axes((dataset, path), axes, own, stated?));
            if let Some(other) = other {
                notes.push(stale(own, other));
            }
            other
                .or_else(|| transform_of_axes(dataset, path, own))
                .or(Some(own))
        }
        (None, Some(by_axes)) => {
            notes.extend(by_axes.alone.map(alone));
            Some(by_axes.north_up())
        }
        (None, None) => None,
    };
    let is_assumed = named.is_none() && (has_degrees || are_degrees(&dimensions));
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
        transform: transform.unwrap_or([0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
        width,
        height,
    };
    FoundGrid {
        grid,
        is_assumed,
        notes,
        has_position: transform.is_some(),
        wrong_order: wrong_order(&dimensions),
    }
}

/// The attribute `GeoTransform` of the grid mapping of a netCDF file.
fn stated_transform(dataset: &Dataset) -> Option<[f64; 6]> {
    let items = dataset.metadata_domain("")?;
    let value = items
        .iter()
        .find_map(|item| item.split_once("#GeoTransform="))?
        .1;
    let numbers: Vec<f64> = value
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    numbers.try_into().ok()
}

/// The first GDAL, as it counts its versions, in which the axes of a file count more than its attribute `GeoTransform`.
const TRUSTS_AXES: u32 = 3_120_200;

/// The transform by the axes of a file whose attribute `GeoTransform` GDAL took although it is that of another grid.
fn other_by_axes(
    (dataset, path): (&Dataset, &Path),
    by_axes: ByAxes,
    own: [f64; 6],
    stated: [f64; 6],
) -> Option<[f64; 6]> {
    let version = gdal::version::version_info("VERSION_NUM").parse::<u32>();
    let is_taken = version.is_ok_and(|version| version < TRUSTS_AXES)
        && own
            .iter()
            .zip(&stated)
            .all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs().max(1.0));
    if !is_taken || own[2] != 0.0 || own[4] != 0.0 {
        return None;
    }
    // A single row or column has no size of its own, and no other is known.
    if by_axes.alone.is_some() || is_same(own, by_axes.as_stored()) {
        return None;
    }
    // GDAL turns the rows of some of these files over, and of others not.
    let other = if rows_are_as_stored(dataset, path)? {
        by_axes.as_stored()
    } else {
        by_axes.turned_over()
    };
    (!is_same(own, other)).then_some(other)
}

/// Whether two transforms put pixels at the same places.
fn is_same(own: [f64; 6], other: [f64; 6]) -> bool {
    let near = |at: usize, size: usize| {
        (own[at] - other[at]).abs() <= TOLERANCE_PIXELS * other[size].abs()
    };
    near(1, 1) && near(5, 5) && near(0, 1) && near(3, 5)
}

/// A note on a transform that the axes contradict.
fn stale(own: [f64; 6], other: [f64; 6]) -> String {
    let text = |t: [f64; 6]| format!("corner {} {}, pixels {} by {}", t[0], t[3], t[1], t[5]);
    format!(
        "the attribute GeoTransform of its files ({}) is not that of their axes ({}), as in a part cut out of a larger \
         raster; the axes are taken. If they are wrong, correct them; else delete the attribute",
        text(own),
        text(other)
    )
}

/// A note on a grid of one row or one column.
fn alone(what: &str) -> String {
    format!(
        "its grid has one {what}, whose size its axes do not tell; its pixels are taken as square"
    )
}

/// The geotransform by the axes of a netCDF file in degrees whose `actual_range` GDAL took for
/// their ends: a file that was cut out of a larger one keeps the range of the whole. `None` if
/// GDAL's geotransform is right.
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
    // GDAL orders rows in the direction of its own geotransform.
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

/// Why a file has no usable position on the Earth.
pub(crate) fn check_georeference(dataset: &Dataset, found: &FoundGrid) -> Result<(), String> {
    if let Some(reason) = &found.wrong_order {
        return Err(reason.clone());
    }
    let is_swath = dataset
        .metadata_domain("GEOLOCATION")
        .is_some_and(|items| !items.is_empty());
    if is_swath && !found.has_position {
        return Err(
            "it is a swath with arrays of longitudes and latitudes; warp it to a grid first: \
             gdalwarp -geoloc"
                .to_owned(),
        );
    }
    Ok(())
}

/// Gives a grid the CRS that the study states for it.
pub(crate) fn set_crs(grid: &mut Grid, crs: &SpatialRef) {
    (grid.coordinates, grid.metres_per_unit) = kind_of(crs);
    grid.crs_wkt = crs.to_wkt().unwrap_or_default();
    grid.crs_name = crs_name(crs);
}

fn has_degrees(dataset: &Dataset) -> bool {
    let items = dataset.metadata_domain("").unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.split_once("#units="))
        .any(|(_, unit)| is_degrees_east(unit))
}

/// Why degrees give no position: GDAL found no evenly spaced axes, or latitudes leave the Earth.
pub(crate) fn check_degrees(found: &FoundGrid) -> Result<(), String> {
    let grid = &found.grid;
    if grid.coordinates == Coordinates::Unknown {
        return Ok(());
    }
    if !found.has_position {
        return Err(
            "GDAL finds no position for its pixels: it has no geotransform, or its axes are not \
             evenly spaced, such as the latitudes of a Gaussian grid; regrid it first (`cdo \
             remapbil`, `gdalwarp -geoloc`), or set its extent (`gdal_translate -a_ullr`)"
                .to_owned(),
        );
    }
    let latitudes = grid.corners().map(|(_, y)| y);
    let [low, high] = [
        latitudes.iter().copied().fold(f64::INFINITY, f64::min),
        latitudes.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ];
    // Cells at the poles may extend past them by half their height.
    let most = 90.0 + grid.pixel_size()[1];
    if grid.coordinates == Coordinates::Geographic && (low < -most || high > most) {
        return Err(format!(
            "its latitudes go from {low} to {high}; are longitude and latitude swapped?"
        ));
    }
    Ok(())
}
