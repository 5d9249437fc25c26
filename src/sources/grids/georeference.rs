//! The grid of a file, and whether it can be right.

use std::path::Path;

use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, Metadata};

use crate::grid::{Coordinates, Grid};
use crate::sources::files::dataset::numbers_of_array;
use crate::sources::grids::crs::{crs_name, kind_of};
use crate::sources::grids::same_grid::TOLERANCE_PIXELS;

/// The grid of an opened file.
///
/// A netCDF file of longitudes and latitudes without a CRS is taken as WGS84, since the CF
/// conventions leave the choice to the reader; `true` if that was assumed.
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

/// Why a file has no usable position on the Earth.
pub(crate) fn check_georeference(dataset: &Dataset) -> Result<(), String> {
    let is_swath = dataset
        .metadata_domain("GEOLOCATION")
        .is_some_and(|items| !items.is_empty());
    if is_swath && dataset.geo_transform().is_err() {
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
        .any(|item| item.ends_with("#units=degrees_east"))
}

/// Why degrees give no position: GDAL found no evenly spaced axes, or latitudes leave the Earth.
pub(crate) fn check_degrees(dataset: &Dataset, grid: &Grid) -> Result<(), String> {
    if grid.coordinates == Coordinates::Unknown {
        return Ok(());
    }
    if dataset.geo_transform().is_err() {
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
