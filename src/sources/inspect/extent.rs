//! The extent of a raster, in its own units and in degrees.

use gdal::spatial_ref::{CoordTransform, SpatialRef};
use serde::Serialize;

use crate::grid::Grid;
use crate::sources::grids::crs::crs_of_wkt;

/// Which way the rows of a raster run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// Rows from north to south, as most files.
    NorthUp,
    /// Rows from south to north.
    SouthUp,
    /// Columns from east to west.
    Mirrored,
    /// Neither rows nor columns run along an axis.
    Rotated,
    /// Pixels without a size or a position: the file has no usable geotransform.
    None,
}

impl Orientation {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NorthUp => "north up",
            Self::SouthUp => "south up",
            Self::Mirrored => "mirrored",
            Self::Rotated => "rotated",
            Self::None => "no position",
        }
    }
}

/// The extent of a raster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extent {
    /// Short name of the CRS, `none` if the file has none.
    pub crs: String,
    /// GDAL's affine transform.
    pub transform: [f64; 6],
    /// Width and height of a pixel in units of the CRS.
    pub pixel: [f64; 2],
    /// The unit of the CRS.
    pub unit: &'static str,
    /// Which way rows run.
    pub orientation: Orientation,
    /// xmin, ymin, xmax, ymax in units of the CRS.
    pub bounds: [f64; 4],
    /// West, south, east, north in degrees; `None` if they cannot be computed.
    pub degrees: Option<[f64; 4]>,
}

impl Extent {
    /// The extent of a grid.
    #[must_use]
    pub fn of(grid: &Grid) -> Self {
        let t = grid.transform;
        let pixel = [t[1].hypot(t[4]), t[2].hypot(t[5])];
        let bounds = bounds(grid);
        let is_geographic = matches!(grid.coordinates, crate::grid::Coordinates::Geographic);
        Self {
            crs: grid.crs_name.clone(),
            transform: t,
            pixel,
            unit: match grid.coordinates {
                crate::grid::Coordinates::Geographic => "degrees",
                crate::grid::Coordinates::Projected if grid.metres_per_unit == 1.0 => "m",
                _ => "units",
            },
            orientation: orientation(&t),
            bounds,
            degrees: if is_geographic {
                Some(bounds)
            } else {
                in_degrees(grid, bounds)
            },
        }
    }

    /// What may be unexpected about the extent.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.crs == "none" {
            warnings.push(
                "no CRS: areas cannot be computed; set it with gdal_edit.py -a_srs EPSG:...".into(),
            );
        }
        match self.orientation {
            Orientation::NorthUp => {}
            Orientation::SouthUp => warnings.push("rows run from south to north".into()),
            Orientation::Mirrored => warnings.push("columns run from east to west".into()),
            Orientation::Rotated => warnings.push("rotated: rows do not run along an axis".into()),
            Orientation::None => warnings
                .push("no usable geotransform: its pixels have no position on the Earth".into()),
        }
        if self.unit == "degrees" && self.bounds[2] > 180.0 + self.pixel[0] {
            warnings.push("longitudes go past 180 degrees, as in 0 to 360".into());
        }
        warnings
    }
}

fn orientation(t: &[f64; 6]) -> Orientation {
    let is_identity = *t == [0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    if is_identity || t.iter().any(|x| !x.is_finite()) || t[1] * t[5] - t[2] * t[4] == 0.0 {
        Orientation::None
    } else if t[2] != 0.0 || t[4] != 0.0 {
        Orientation::Rotated
    } else if t[1] < 0.0 {
        Orientation::Mirrored
    } else if t[5] > 0.0 {
        Orientation::SouthUp
    } else {
        Orientation::NorthUp
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn bounds(grid: &Grid) -> [f64; 4] {
    let t = &grid.transform;
    let (w, h) = (grid.width as f64, grid.height as f64);
    let corners = [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)];
    let xs = corners.map(|(col, row)| t[0] + col * t[1] + row * t[2]);
    let ys = corners.map(|(col, row)| t[3] + col * t[4] + row * t[5]);
    let least = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
    let most = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
    [least(xs), least(ys), most(xs), most(ys)]
}

/// Bounds in degrees of WGS84.
fn in_degrees(grid: &Grid, bounds: [f64; 4]) -> Option<[f64; 4]> {
    let from = crs_of_wkt(&grid.crs_wkt)?;
    let wgs84 = SpatialRef::from_epsg(4326).ok()?.to_wkt().ok()?;
    let transform = CoordTransform::new(&from, &crs_of_wkt(&wgs84)?).ok()?;
    let degrees = transform.transform_bounds(&bounds, 21).ok()?;
    degrees.iter().all(|x| x.is_finite()).then_some(degrees)
}
