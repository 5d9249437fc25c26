//! Which pixels are inside the mask.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gdal::raster::{RasterBand, RasterizeOptions, rasterize};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform};
use gdal::vector::{Envelope, Geometry, LayerAccess, OGRwkbGeometryType, geometry_type_flatten};
use gdal::{Dataset, DatasetOptions, DriverManager, GdalOpenFlags};

use crate::gdal_calls::text_of;
use crate::grid::{Coordinates, Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::guard::{check_blocks, check_length, check_openable, check_place};
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
    /// Opens a raster on any grid, or a vector that is reprojected to the study's.
    ///
    /// # Arguments
    ///
    /// * `most_block_bytes` – that one decoded block may take; `None` for any.
    pub(crate) fn open(
        path: &Path,
        study: &Grid,
        most_block_bytes: Option<u64>,
    ) -> Result<Self, SourceError> {
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
        let dataset =
            Dataset::open_ex(path, options).map_err(|error| wrong(path, &text_of(&error)))?;
        if dataset.raster_count() == 0 {
            let polygons = polygons(&dataset, path, study)?;
            check_meets(path, &polygons, study)?;
            return Ok(Self::Polygons(path.to_owned(), Arc::new(polygons)));
        }
        check_place("mask", path, &dataset)?;
        check_length("mask", path, &dataset)?;
        check_blocks("mask", most_block_bytes, path, &dataset)?;
        let (grid, _) = grid_of(&dataset, path);
        let file = Placed {
            input: "mask",
            path,
            grid: &grid,
            asked: Some(Resampling::Nearest),
            has_classes: true,
        };
        let other = place(file, study).map_err(of_mask)?.other;
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
                let opened = raster
                    .as_ref()
                    .ok_or_else(|| wrong(path, "it cannot be opened"))?;
                inside_raster(path, opened, other.as_deref(), grid, window)
            }
            Self::Polygons(path, polygons) => inside_polygons(path, polygons, grid, window),
        }
    }
}

/// A mask has no table in which its reference system could be stated.
fn of_mask(error: SourceError) -> SourceError {
    let SourceError::CannotPlace { path, reason, .. } = error else {
        return error;
    };
    let reason = format!(
        "it cannot be brought to the study grid: {reason}; if it lacks a reference system, write one into it: \
         gdal_edit.py -a_srs EPSG:..."
    );
    SourceError::Mask { path, reason }
}

fn wrong(path: &Path, reason: &str) -> SourceError {
    SourceError::Mask {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Pixels whose places among the cells of a mask are held at a time: a tile in parts, so that a reader's memory does
/// not grow by them.
const PART_PIXELS: usize = 1 << 16;
/// Cells that are read at a time.
const READ_CELLS: usize = 1 << 16;

/// Whether each pixel of a raster mask is inside, part by part of the window.
fn inside_raster(
    path: &Path,
    raster: &Dataset,
    other: Option<&OtherGrid>,
    study: &Grid,
    window: Window,
) -> Result<Vec<bool>, SourceError> {
    let cells = MaskCells::new(path, raster, window)?;
    let locator =
        other.map(|other| Locator::new(study, &other.grid).map_err(|reason| wrong(path, &reason)));
    let locator = locator.transpose()?;
    let mut inside = vec![false; window.n_pixels()];
    let height = (PART_PIXELS / window.width.max(1)).max(1);
    for (part, inside) in inside.chunks_mut(height * window.width.max(1)).enumerate() {
        let row = window.row + part * height;
        let part = Window {
            row,
            height: inside.len() / window.width.max(1),
            ..window
        };
        match (other, &locator) {
            (Some(other), Some(locator)) => {
                let located = locator.locate(part);
                let places = located
                    .nearest_cells(other)
                    .enumerate()
                    .filter_map(|(pixel, at)| Some((at?, pixel)));
                cells.at(places.collect(), inside)?;
            }
            _ => cells.all(part, inside)?,
        }
    }
    Ok(inside)
}

/// The cells of a raster mask: of a finer one only those are read that hold the centre of a pixel, however many lie
/// between them.
struct MaskCells<'a> {
    path: &'a Path,
    band: RasterBand<'a>,
    nodata: Option<f64>,
    /// Rows and columns of a block.
    block: [usize; 2],
    /// Of the study, for an error.
    window: Window,
}

impl<'a> MaskCells<'a> {
    fn new(path: &'a Path, raster: &'a Dataset, window: Window) -> Result<Self, SourceError> {
        let band = raster
            .rasterband(1)
            .map_err(|error| wrong(path, &text_of(&error)))?;
        let (width, height) = band.block_size();
        Ok(Self {
            path,
            nodata: band.no_data_value(),
            block: [height.max(1), width.max(1)],
            band,
            window,
        })
    }

    /// A row of cells, or as many rows as there are pixels.
    fn read(
        &self,
        at: [usize; 2],
        size: [usize; 2],
        values: &mut Vec<f64>,
    ) -> Result<(), SourceError> {
        values.resize(size[0] * size[1], 0.0);
        let size = (size[1], size[0]);
        let place = isize::try_from(at[1]).and_then(|col| Ok((col, isize::try_from(at[0])?)));
        let read = place.map_err(|error| error.to_string()).and_then(|place| {
            self.band
                .read_into_slice(place, size, size, values, None)
                .map_err(|error| text_of(&error))
        });
        read.map_err(|reason| SourceError::Read {
            input: "mask".to_owned(),
            path: self.path.to_owned(),
            band: 1,
            window: self.window,
            reason,
        })
    }

    fn is_inside(&self, value: f64) -> bool {
        value != 0.0 && !value.is_nan() && Some(value) != self.nodata
    }

    /// The cells of a part of the study grid itself.
    fn all(&self, part: Window, inside: &mut [bool]) -> Result<(), SourceError> {
        let mut values = Vec::new();
        self.read([part.row, part.col], [part.height, part.width], &mut values)?;
        inside
            .iter_mut()
            .zip(&values)
            .for_each(|(inside, &value)| *inside = self.is_inside(value));
        Ok(())
    }

    /// Cells by row and column with the pixel that each is for, block by block, so that none is decoded twice.
    fn at(
        &self,
        mut places: Vec<([usize; 2], usize)>,
        inside: &mut [bool],
    ) -> Result<(), SourceError> {
        let [height, width] = self.block;
        let block_of = |[row, col]: [usize; 2]| [row / height, col / width];
        places.sort_unstable_by_key(|&(at, _)| (block_of(at), at));
        let mut values = Vec::new();
        // Of one row of one block, and not far apart.
        let is_together = |a: &([usize; 2], usize), b: &([usize; 2], usize)| {
            a.0[0] == b.0[0] && block_of(a.0) == block_of(b.0) && b.0[1] - a.0[1] < READ_CELLS / 8
        };
        for run in places.chunk_by(is_together) {
            for run in within(run, READ_CELLS) {
                let (Some(&([row, first], _)), Some(&([_, last], _))) = (run.first(), run.last())
                else {
                    continue;
                };
                self.read([row, first], [1, last - first + 1], &mut values)?;
                for &([_, col], pixel) in run {
                    inside[pixel] = self.is_inside(values[col - first]);
                }
            }
        }
        Ok(())
    }
}

/// Places of one row in pieces that span at most so many columns.
fn within(
    run: &[([usize; 2], usize)],
    most: usize,
) -> impl Iterator<Item = &[([usize; 2], usize)]> {
    let start = run.first().map_or(0, |place| place.0[1]);
    run.chunk_by(move |a, b| (a.0[1] - start) / most == (b.0[1] - start) / most)
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
    }
    if polygons.is_empty() {
        return Err(wrong(path, "it holds neither a raster band nor a polygon"));
    }
    Ok(polygons)
}

/// `None` where both sides agree or one of them is unknown.
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

/// Longitudes of one place differ by this.
const TURN_DEGREES: f64 = 360.0;

/// By how much coordinates in x of one place may differ: of a mask at -100 degrees and a study at 260.
fn turns(grid: &Grid) -> &'static [f64] {
    match grid.coordinates {
        Coordinates::Geographic => &[0.0, -TURN_DEGREES, TURN_DEGREES],
        _ => &[0.0],
    }
}

/// Whether the bounds of a polygon and these, west, east, south, north, have a place in common.
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

/// Refuses polygons that all lie elsewhere.
fn check_meets(path: &Path, polygons: &[Polygon], study: &Grid) -> Result<(), SourceError> {
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
        "none of its polygons meets the study grid: they lie at {theirs} and the grid at {own}, in the grid's reference \
         system ({}), which is also assumed of a mask that names none",
        study.crs_name
    );
    Err(wrong(path, &reason))
}

fn inside_polygons(
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
        let burnt =
            burn(&near, &transform, window).map_err(|error| wrong(path, &text_of(&error)))?;
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
