//! Which pixels are inside the mask.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gdal::raster::{RasterizeOptions, rasterize};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform};
use gdal::vector::{Envelope, Geometry, LayerAccess, OGRwkbGeometryType, geometry_type_flatten};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::guard::check_openable;
use crate::sources::locate::{Locator, OtherGrid};
use crate::sources::placement::{Placed, crs_of_wkt, grid_of, place};
use crate::tile::Resampling;

/// A mask on the study grid.
#[derive(Clone, Debug)]
pub(crate) enum Mask {
    /// Non-zero and valid is inside; on another grid, of the cell that holds the pixel's centre.
    Raster(PathBuf, Option<Box<OtherGrid>>),
    /// Inside is what holds the pixel's centre.
    Polygons(PathBuf, Arc<Vec<Polygon>>),
}

/// A polygon in the study's reference system.
#[derive(Clone, Debug)]
pub(crate) struct Polygon {
    /// West, east, south, north.
    bounds: [f64; 4],
    wkb: Vec<u8>,
}

impl Mask {
    /// Opens a raster on the study grid, or a vector that is reprojected to it.
    pub(crate) fn open(path: &Path, study: &Grid) -> Result<Self, SourceError> {
        if !path.exists() && !path.starts_with("/vsi") {
            return Err(wrong(path, "there is no such file"));
        }
        if let Err(SourceError::Open { reason, .. }) = check_openable("mask", path) {
            return Err(wrong(path, &reason));
        }
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_RASTER
                | GdalOpenFlags::GDAL_OF_VECTOR
                | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
            ..DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(path, options).map_err(|error| wrong(path, &text_of(&error)))?;
        if dataset.raster_count() == 0 {
            let polygons = polygons(&dataset, path, study)?;
            return Ok(Self::Polygons(path.to_owned(), Arc::new(polygons)));
        }
        let (grid, _) = grid_of(&dataset, path);
        let file = Placed { input: "mask", path, grid: &grid, asked: Some(Resampling::Nearest), has_classes: true };
        let other = place(file, study)?.other;
        Ok(Self::Raster(path.to_owned(), other.map(Box::new)))
    }

    /// Whether each pixel of a window is inside, `[pixel]`.
    pub(crate) fn read(
        &self,
        grid: &Grid,
        window: Window,
        raster: &mut Option<Dataset>,
    ) -> Result<Vec<bool>, SourceError> {
        match self {
            Self::Raster(path, other) => {
                if raster.is_none() {
                    let opened = Dataset::open(path);
                    *raster = Some(opened.map_err(|error| wrong(path, &text_of(&error)))?);
                }
                let opened = raster.as_ref().ok_or_else(|| wrong(path, "it cannot be opened"))?;
                match other {
                    None => inside_raster(path, opened, window),
                    Some(other) => inside_other(path, opened, other, grid, window),
                }
            }
            Self::Polygons(path, polygons) => inside_polygons(path, polygons, grid, window),
        }
    }
}

fn wrong(path: &Path, reason: &str) -> SourceError {
    SourceError::Mask { path: path.to_owned(), reason: reason.to_owned() }
}

fn inside_raster(path: &Path, raster: &Dataset, window: Window) -> Result<Vec<bool>, SourceError> {
    let mut values = vec![0.0_f64; window.n_pixels()];
    let size = (window.width, window.height);
    let read = raster.rasterband(1).and_then(|band| {
        let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
        band.read_into_slice(at, size, size, &mut values, None)?;
        Ok(band.no_data_value())
    });
    let nodata = read.map_err(|error| SourceError::Read {
        input: "mask".to_owned(),
        path: path.to_owned(),
        band: 1,
        window,
        reason: text_of(&error),
    })?;
    Ok(values.iter().map(|&v| v != 0.0 && !v.is_nan() && Some(v) != nodata).collect())
}

/// Each pixel as the cell that holds its centre.
fn inside_other(
    path: &Path,
    raster: &Dataset,
    other: &OtherGrid,
    study: &Grid,
    window: Window,
) -> Result<Vec<bool>, SourceError> {
    let located = Locator::new(study, &other.grid).map_err(|reason| wrong(path, &reason))?.locate(window);
    let cells = located.window(other);
    let mut inside = vec![false; window.n_pixels()];
    for (first, piece) in cells.pieces(other.grid.width) {
        let of_cells = inside_raster(path, raster, piece)?;
        for (pixel, cell) in located.nearest_cells(other, cells).into_iter().enumerate() {
            let Some([row, col]) = cell.filter(|[_, col]| (first..first + piece.width).contains(col)) else { continue };
            inside[pixel] = of_cells[row * piece.width + col - first];
        }
    }
    Ok(inside)
}

fn polygons(dataset: &Dataset, path: &Path, study: &Grid) -> Result<Vec<Polygon>, SourceError> {
    let failed = |error: gdal::errors::GdalError| wrong(path, &text_of(&error));
    let mut polygons = Vec::new();
    for mut layer in dataset.layers() {
        let to_study = transform(&layer, study).map_err(failed)?;
        for feature in layer.features() {
            let Some(geometry) = feature.geometry().filter(|geometry| is_polygon(geometry)) else {
                continue;
            };
            let moved = match &to_study {
                Some(to_study) => geometry.transform(to_study).map_err(failed)?,
                None => geometry.clone(),
            };
            let Envelope { MinX, MaxX, MinY, MaxY } = moved.envelope();
            let wkb = moved.wkb().map_err(failed)?;
            polygons.push(Polygon { bounds: [MinX, MaxX, MinY, MaxY], wkb });
        }
    }
    if polygons.is_empty() {
        return Err(wrong(path, "it holds neither a raster band nor a polygon"));
    }
    Ok(polygons)
}

/// `None` where both sides agree or one of them is unknown.
fn transform(layer: &gdal::vector::Layer<'_>, study: &Grid) -> Result<Option<CoordTransform>, gdal::errors::GdalError> {
    let (Some(mut from), Some(to)) = (layer.spatial_ref(), crs_of_wkt(&study.crs_wkt)) else {
        return Ok(None);
    };
    from.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    if from == to { Ok(None) } else { CoordTransform::new(&from, &to).map(Some) }
}

fn is_polygon(geometry: &Geometry) -> bool {
    let flat = geometry_type_flatten(geometry.geometry_type());
    [
        OGRwkbGeometryType::wkbPolygon,
        OGRwkbGeometryType::wkbMultiPolygon,
        OGRwkbGeometryType::wkbCurvePolygon,
        OGRwkbGeometryType::wkbMultiSurface,
        OGRwkbGeometryType::wkbGeometryCollection,
    ]
    .contains(&flat)
}

fn inside_polygons(path: &Path, polygons: &[Polygon], grid: &Grid, window: Window) -> Result<Vec<bool>, SourceError> {
    let transform = window_transform(grid, window);
    let bounds = window_bounds(&transform, window);
    let touches = |polygon: &&Polygon| {
        let [west, east, south, north] = polygon.bounds;
        west <= bounds[1] && east >= bounds[0] && south <= bounds[3] && north >= bounds[2]
    };
    let near: Vec<&Polygon> = polygons.iter().filter(touches).collect();
    if near.is_empty() {
        return Ok(vec![false; window.n_pixels()]);
    }
    let burnt = burn(&near, &transform, window).map_err(|error| wrong(path, &text_of(&error)))?;
    Ok(burnt.iter().map(|&value| value != 0).collect())
}

fn burn(polygons: &[&Polygon], transform: &[f64; 6], window: Window) -> Result<Vec<u8>, gdal::errors::GdalError> {
    let driver = DriverManager::get_driver_by_name("MEM")?;
    let mut raster = driver.create_with_band_type::<u8, _>("", window.width, window.height, 1)?;
    raster.set_geo_transform(transform)?;
    let shapes: Vec<Geometry> =
        polygons.iter().map(|polygon| Geometry::from_wkb(&polygon.wkb)).collect::<Result<_, _>>()?;
    let ones = vec![1.0; shapes.len()];
    rasterize(&mut raster, &[1], &shapes, &ones, Some(RasterizeOptions::default()))?;
    Ok(raster.rasterband(1)?.read_band_as::<u8>()?.into_shape_and_vec().1)
}

#[expect(clippy::cast_precision_loss, reason = "positions are far below 2^52")]
fn window_transform(grid: &Grid, window: Window) -> [f64; 6] {
    let t = grid.transform;
    let (row, col) = (window.row as f64, window.col as f64);
    let x = t[0] + col * t[1] + row * t[2];
    let y = t[3] + col * t[4] + row * t[5];
    [x, t[1], t[2], y, t[4], t[5]]
}

/// West, east, south, north.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn window_bounds(t: &[f64; 6], window: Window) -> [f64; 4] {
    let (w, h) = (window.width as f64, window.height as f64);
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)]
        .map(|(col, row)| (t[0] + col * t[1] + row * t[2], t[3] + col * t[4] + row * t[5]));
    let fold = |f: fn(f64, f64) -> f64, pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).reduce(f).unwrap_or(0.0);
    [fold(f64::min, |c| c.0), fold(f64::max, |c| c.0), fold(f64::min, |c| c.1), fold(f64::max, |c| c.1)]
}
