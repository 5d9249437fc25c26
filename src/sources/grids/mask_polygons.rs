//! A mask of polygons.

use std::path::Path;

use gdal::raster::{RasterizeOptions, rasterize};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform};
use gdal::vector::{
    Envelope, Geometry, Layer, LayerAccess, OGRwkbGeometryType, geometry_type_flatten,
};
use gdal::{Dataset, DriverManager};

use crate::gdal_calls::{text_of, with_failures};
use crate::grid::{Coordinates, Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::grids::crs::crs_of_wkt;

/// A polygon in the CRS of the study.
#[derive(Clone, Debug)]
pub(crate) struct Polygon {
    /// West, east, south, north.
    bounds: [f64; 4],
    wkb: Vec<u8>,
}

/// Which part of a vector file is the mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MaskPart<'a> {
    /// The layer; `None` for the only one with polygons.
    pub(crate) layer: Option<&'a str>,
    /// GDAL's filter of attributes; `None` for all features.
    pub(crate) filter: Option<&'a str>,
}

pub(crate) fn polygons(
    dataset: &Dataset,
    (path, part): (&Path, MaskPart<'_>),
    study: &Grid,
    notes: &mut Vec<String>,
) -> Result<Vec<Polygon>, SourceError> {
    let failed = |error: gdal::errors::GdalError| SourceError::mask(path, &text_of(&error));
    let refused = |reason: String| SourceError::mask(path, &reason);
    let mut layer = layer_of(dataset, part.layer).map_err(refused)?;
    if let Some(filter) = part.filter {
        keep(&mut layer, filter).map_err(refused)?;
    }
    if layer.spatial_ref().is_none() && !study.crs_wkt.is_empty() {
        notes.push(format!(
            "the mask {} names no reference system; that of the grid, {}, is taken for it. If it is another, write it into \
             the file: ogr2ogr -a_srs EPSG:... OUT IN",
            path.display(),
            study.crs_name
        ));
    }
    let to_study = transform(&layer, study).map_err(failed)?;
    let mut polygons = Vec::new();
    let mut n_crossing = 0;
    for feature in layer.features() {
        let Some(geometry) = feature.geometry().filter(|geometry| is_polygon(geometry)) else {
            continue;
        };
        n_crossing += usize::from(!geometry.is_valid());
        let moved = match &to_study {
            Some(to_study) => geometry.transform(to_study).map_err(failed)?,
            None => geometry.clone(),
        };
        let Envelope {
            MinX,
            MaxX,
            MinY,
            MaxY,
        } = moved.envelope();
        let wkb = moved.wkb().map_err(failed)?;
        polygons.push(Polygon {
            bounds: [MinX, MaxX, MinY, MaxY],
            wkb,
        });
    }
    if n_crossing > 0 {
        notes.push(format!(
            "the mask {}: {n_crossing} of its outlines cross themselves or overlap in parts, and are filled by the even-odd \
             rule, so that what they have twice is outside; mend them: ogr2ogr -makevalid OUT IN",
            path.display()
        ));
    }
    match (polygons.is_empty(), part.filter) {
        (false, _) => Ok(polygons),
        (true, None) => Err(SourceError::mask(
            path,
            "it holds neither a raster band nor a polygon",
        )),
        (true, Some(filter)) => Err(refused(format!(
            "none of its polygons is one with grid.mask_where = \"{filter}\"; mind the spelling, and the case"
        ))),
    }
}

/// The layer that is asked for, else the only one that may have polygons.
fn layer_of<'a>(dataset: &'a Dataset, asked: Option<&str>) -> Result<Layer<'a>, String> {
    let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    if let Some(asked) = asked {
        return dataset.layer_by_name(asked).map_err(|_| {
            format!(
                "it has no layer {asked:?} (grid.mask_layer); it has {}",
                names.join(", ")
            )
        });
    }
    let may_be = |layer: &Layer<'_>| {
        let flat = geometry_type_flatten(layer.defn().geometry_type());
        POLYGONS.contains(&flat) || flat == OGRwkbGeometryType::wkbUnknown
    };
    let mut layers: Vec<Layer<'a>> = dataset.layers().filter(may_be).collect();
    match (layers.len(), layers.pop()) {
        (1, Some(only)) => Ok(only),
        (0, _) | (_, None) => Err("it holds neither a raster band nor a polygon".to_owned()),
        _ => Err(format!(
            "it has several layers: {}; name the one that is the mask, grid.mask_layer",
            names.join(", ")
        )),
    }
}

/// Keeps the features that a filter of attributes lets through.
pub(crate) fn keep(layer: &mut Layer<'_>, filter: &str) -> Result<(), String> {
    let (kept, reported) = with_failures(|| layer.set_attribute_filter(filter));
    // Some formats read a filter only when they give a feature.
    let (_, late) = with_failures(|| layer.feature_count());
    let reason = match (kept, late) {
        (Ok(()), None) => return Ok(()),
        (Err(error), _) => reported.unwrap_or_else(|| text_of(&error)),
        (Ok(()), Some(late)) => late,
    };
    let fields: Vec<String> = layer.defn().fields().map(|field| field.name()).collect();
    Err(format!(
        "its features cannot be chosen by {filter:?}: {reason}; its fields are {}; write NAME = 'text' or CODE > 5",
        fields.join(", ")
    ))
}

/// The transform to the CRS of the study; `None` if both are the same or one is unknown.
fn transform(
    layer: &gdal::vector::Layer<'_>,
    study: &Grid,
) -> Result<Option<CoordTransform>, gdal::errors::GdalError> {
    let (Some(mut from), Some(to)) = (layer.spatial_ref(), crs_of_wkt(&study.crs_wkt)) else {
        return Ok(None);
    };
    from.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    if from == to {
        Ok(None)
    } else {
        CoordTransform::new(&from, &to).map(Some)
    }
}

fn is_polygon(geometry: &Geometry) -> bool {
    POLYGONS.contains(&geometry_type_flatten(geometry.geometry_type()))
}

/// Kinds of shapes that have an inside.
const POLYGONS: [OGRwkbGeometryType::Type; 5] = [
    OGRwkbGeometryType::wkbPolygon,
    OGRwkbGeometryType::wkbMultiPolygon,
    OGRwkbGeometryType::wkbCurvePolygon,
    OGRwkbGeometryType::wkbMultiSurface,
    OGRwkbGeometryType::wkbGeometryCollection,
];

/// Longitudes of one meridian differ by multiples of this.
const TURN_DEGREES: f64 = 360.0;

/// By how much x coordinates of one point may differ, as between a mask at -100 degrees and a study
/// at 260.
fn turns(grid: &Grid) -> &'static [f64] {
    match grid.coordinates {
        Coordinates::Geographic => &[0.0, -TURN_DEGREES, TURN_DEGREES],
        _ => &[0.0],
    }
}

/// Whether the bounds of a polygon overlap these: west, east, south, north.
fn meets(polygon: &Polygon, bounds: &[f64; 4]) -> bool {
    let [west, east, south, north] = polygon.bounds;
    west <= bounds[1] && east >= bounds[0] && south <= bounds[3] && north >= bounds[2]
}

/// The transform of a window, moved by a turn, and its bounds.
fn moved(grid: &Grid, window: Window, turn: f64) -> ([f64; 6], [f64; 4]) {
    let mut transform = window_transform(grid, window);
    transform[0] += turn;
    let bounds = window_bounds(&transform, window);
    (transform, bounds)
}

/// Refuses polygons of which none overlaps the study grid.
pub(crate) fn check_meets(
    path: &Path,
    polygons: &[Polygon],
    study: &Grid,
) -> Result<(), SourceError> {
    let window = study.window();
    let is_met = |&turn: &f64| {
        let bounds = moved(study, window, turn).1;
        polygons.iter().any(|polygon| meets(polygon, &bounds))
    };
    if turns(study).iter().any(is_met) {
        return Ok(());
    }
    let fold = |f: fn(f64, f64) -> f64, i: usize| {
        polygons
            .iter()
            .map(|p| p.bounds[i])
            .reduce(f)
            .unwrap_or(f64::NAN)
    };
    let text =
        |[west, east, south, north]: [f64; 4]| format!("x {west} .. {east}, y {south} .. {north}");
    let theirs = text([
        fold(f64::min, 0),
        fold(f64::max, 1),
        fold(f64::min, 2),
        fold(f64::max, 3),
    ]);
    let own = text(moved(study, window, 0.0).1);
    let reason = format!(
        "none of its polygons overlaps the study grid: they are at {theirs}, the grid is at {own}, \
         in the CRS of the grid ({}), which is also assumed for a mask without a CRS",
        study.crs_name
    );
    Err(SourceError::mask(path, &reason))
}

pub(crate) fn inside_polygons(
    path: &Path,
    polygons: &[Polygon],
    grid: &Grid,
    window: Window,
) -> Result<Vec<bool>, SourceError> {
    let mut inside = vec![false; window.n_pixels()];
    for &turn in turns(grid) {
        let (transform, bounds) = moved(grid, window, turn);
        let near: Vec<&Polygon> = polygons
            .iter()
            .filter(|polygon| meets(polygon, &bounds))
            .collect();
        if near.is_empty() {
            continue;
        }
        let burnt = burn(&near, &transform, window)
            .map_err(|error| SourceError::mask(path, &text_of(&error)))?;
        inside
            .iter_mut()
            .zip(&burnt)
            .for_each(|(inside, &value)| *inside |= value != 0);
    }
    Ok(inside)
}

fn burn(
    polygons: &[&Polygon],
    transform: &[f64; 6],
    window: Window,
) -> Result<Vec<u8>, gdal::errors::GdalError> {
    let driver = DriverManager::get_driver_by_name("MEM")?;
    let mut raster = driver.create_with_band_type::<u8, _>("", window.width, window.height, 1)?;
    raster.set_geo_transform(transform)?;
    let shapes: Vec<Geometry> = polygons
        .iter()
        .map(|polygon| Geometry::from_wkb(&polygon.wkb))
        .collect::<Result<_, _>>()?;
    let ones = vec![1.0; shapes.len()];
    rasterize(
        &mut raster,
        &[1],
        &shapes,
        &ones,
        Some(RasterizeOptions::default()),
    )?;
    Ok(raster
        .rasterband(1)?
        .read_band_as::<u8>()?
        .into_shape_and_vec()
        .1)
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
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|(col, row)| {
        (
            t[0] + col * t[1] + row * t[2],
            t[3] + col * t[4] + row * t[5],
        )
    });
    let fold = |f: fn(f64, f64) -> f64, pick: fn(&(f64, f64)) -> f64| {
        corners.iter().map(pick).reduce(f).unwrap_or(0.0)
    };
    [
        fold(f64::min, |c| c.0),
        fold(f64::max, |c| c.0),
        fold(f64::min, |c| c.1),
        fold(f64::max, |c| c.1),
    ]
}
