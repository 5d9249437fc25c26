//! The study grid: an input's own, or one that the study states.

use gdal::spatial_ref::{CoordTransform, SpatialRef};

use crate::gdal_calls::text_of;
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::grids::crs::{crs_name, crs_of_wkt, kind_of, reference_system};
use crate::sources::grids::error::GridError;

/// `[grid]` of a study.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GridRequest {
    /// The input whose grid it is; `npp`, else the first, if `None`.
    pub like: Option<String>,
    /// Another CRS: a code such as `EPSG:32648`, a PROJ string or WKT.
    pub crs: Option<String>,
    /// Width and height of a pixel in its units.
    pub resolution: Option<[f64; 2]>,
    /// West, south, east and north in its units.
    pub bounds: Option<[f64; 4]>,
    /// The layer of a vector file with several that is the mask.
    pub mask_layer: Option<String>,
    /// The features of a vector file that are the mask, as GDAL filters by attributes: `NAME = 'Guangxi'`.
    pub mask_where: Option<String>,
}

/// Points along each side of a rectangle that is reprojected.
const DENSIFY: i32 = 21;

/// A grid has no more pixels than this.
const MAX_PIXELS: f64 = 1e12;

impl GridRequest {
    /// Whether anything differs from the grid of an input.
    pub(crate) fn is_stated(&self) -> bool {
        self.crs.is_some() || self.resolution.is_some() || self.bounds.is_some()
    }

    /// The grid that the study asks for. `bounds` give the top left corner; the far edges grow to
    /// whole pixels. What is not stated is taken from `like`, reprojected if necessary.
    ///
    /// # Errors
    ///
    /// PROJ does not know the CRS, `like` cannot be reprojected to it, or the grid has no size.
    pub(crate) fn grid(&self, like: &Grid) -> Result<Grid, SourceError> {
        if !self.is_stated() {
            return Ok(like.clone());
        }
        let crs = self
            .crs
            .as_deref()
            .map(|text| reference_system("grid.crs", text))
            .transpose()?;
        let extent = match &crs {
            Some(crs) => ReprojectedExtent::new(like, crs)?,
            None if like.is_rotated() => {
                return Err(wrong(
                    "bounds",
                    "the grid of `like` is rotated; set grid.crs, grid.resolution and grid.bounds"
                        .to_owned(),
                ));
            }
            None => ReprojectedExtent {
                bounds: like.bounds(),
                pixel: like.pixel_size(),
            },
        };
        let bounds = self.bounds.unwrap_or(extent.bounds);
        let pixel = self.resolution.unwrap_or(extent.pixel);
        let [width, height] = count_pixels(bounds, pixel)?;
        let ([west, _, _, north], [x, y]) = (bounds, pixel);
        let (coordinates, metres_per_unit) = crs
            .as_ref()
            .map_or((like.coordinates, like.metres_per_unit), kind_of);
        Ok(Grid {
            crs_wkt: crs
                .as_ref()
                .and_then(|crs| crs.to_wkt().ok())
                .unwrap_or_else(|| like.crs_wkt.clone()),
            crs_name: crs.as_ref().map_or_else(|| like.crs_name.clone(), crs_name),
            coordinates,
            metres_per_unit,
            transform: [west, x, 0.0, north, 0.0, -y],
            width,
            height,
        })
    }
}

/// Columns and rows of whole pixels that cover the bounds: west, south, east, north.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a size"
)]
fn count_pixels(bounds: [f64; 4], pixel: [f64; 2]) -> Result<[usize; 2], SourceError> {
    let ([west, south, east, north], [x, y]) = (bounds, pixel);
    // A tiny excess over a whole pixel is rounding.
    let count = |length: f64, size: f64| (length / size - 1e-6).ceil().max(1.0);
    let (width, height) = (count(east - west, x), count(north - south, y));
    let is_sound =
        x > 0.0 && y > 0.0 && east > west && north > south && width * height <= MAX_PIXELS;
    if is_sound {
        return Ok([width as usize, height as usize]);
    }
    Err(wrong(
        "resolution",
        format!(
            "this is not a valid grid: {width} x {height} pixels of {x} x {y} from {west} {south} \
             to {east} {north}"
        ),
    ))
}

fn wrong(key: &'static str, reason: String) -> SourceError {
    SourceError::Grid(GridError::StudyGrid { key, reason })
}

/// A grid in another CRS: its extent, and a pixel size that keeps the number of pixels along the
/// diagonal.
struct ReprojectedExtent {
    bounds: [f64; 4],
    pixel: [f64; 2],
}

impl ReprojectedExtent {
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    fn new(like: &Grid, crs: &SpatialRef) -> Result<Self, SourceError> {
        let from = crs_of_wkt(&like.crs_wkt).ok_or_else(|| {
            wrong(
                "crs",
                "the grid of `like` has no CRS to transform from".to_owned(),
            )
        })?;
        if from == *crs {
            return Ok(Self {
                bounds: like.bounds(),
                pixel: like.pixel_size(),
            });
        }
        let failed = |error: gdal::errors::GdalError| {
            wrong(
                "crs",
                format!(
                    "the grid of `like` cannot be transformed to it: {}; set grid.bounds too",
                    text_of(&error)
                ),
            )
        };
        let transform = CoordTransform::new(&from, crs).map_err(failed)?;
        let bounds = transform
            .transform_bounds(&like.bounds(), DENSIFY)
            .map_err(failed)?;
        let [west, south, east, north] = bounds;
        if !bounds.iter().all(|x| x.is_finite()) || east <= west || north <= south {
            return Err(wrong(
                "crs",
                format!(
                    "the grid of `like` has no valid extent in it, {bounds:?}; set grid.bounds too"
                ),
            ));
        }
        let pixels = (like.width as f64).hypot(like.height as f64);
        let side = (east - west).hypot(north - south) / pixels;
        Ok(Self {
            bounds,
            pixel: [side, side],
        })
    }
}
