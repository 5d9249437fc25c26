//! Coordinate reference systems.

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};

use crate::gdal_calls::text_of;
use crate::grid::Coordinates;
use crate::sources::error::SourceError;
use crate::sources::grids::error::GridError;

/// The CRS that a study names.
pub(crate) fn reference_system(key: &str, text: &str) -> Result<SpatialRef, SourceError> {
    let mut crs = SpatialRef::from_definition(text).map_err(|error| {
        SourceError::Grid(GridError::ReferenceSystem {
            key: key.to_owned(),
            text: text.to_owned(),
            reason: text_of(&error),
        })
    })?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(crs)
}

/// Refuses a PROJ that does not find its database: every later message would be of something else.
///
/// # Errors
///
/// What PROJ reports, and the variables that tell it where to look.
pub(crate) fn check_proj() -> Result<(), SourceError> {
    let Err(error) = SpatialRef::from_epsg(4326) else {
        return Ok(());
    };
    let stated = ["PROJ_DATA", "PROJ_LIB"].into_iter().filter_map(|name| {
        let value = std::env::var_os(name)?;
        Some(format!("{name} is {}", value.to_string_lossy()))
    });
    Err(SourceError::Proj {
        reason: text_of(&error),
        stated: stated.collect::<Vec<_>>().join(", "),
    })
}

/// Geographic or projected, with the length of a unit in metres.
pub(crate) fn kind_of(crs: &SpatialRef) -> (Coordinates, f64) {
    if crs.is_geographic() {
        (Coordinates::Geographic, 1.0)
    } else if crs.is_projected() {
        (Coordinates::Projected, crs.linear_units())
    } else {
        (Coordinates::Unknown, 1.0)
    }
}

/// The same of a WKT text; unknown for one that names no reference system.
pub(crate) fn kind_of_wkt(wkt: &str) -> (Coordinates, f64) {
    crs_of_wkt(wkt).map_or((Coordinates::Unknown, 1.0), |crs| kind_of(&crs))
}

/// `EPSG:4326`, or the name if there is no code.
pub(crate) fn crs_name(crs: &SpatialRef) -> String {
    crs.authority()
        .ok()
        .or_else(|| crs.name())
        .unwrap_or_else(|| "unnamed".to_owned())
}

/// The CRS of a WKT text, longitude before latitude; `None` for an empty text.
pub(crate) fn crs_of_wkt(wkt: &str) -> Option<SpatialRef> {
    if wkt.is_empty() {
        return None;
    }
    let mut crs = SpatialRef::from_wkt(wkt).ok()?;
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Some(crs)
}

/// The PROJJSON of a WKT text; `None` for an empty text, or one that has none.
#[must_use]
pub fn projjson_of(wkt: &str) -> Option<String> {
    crs_of_wkt(wkt)?.to_projjson().ok()
}

/// Whether two WKT texts describe the same CRS.
pub(crate) fn is_same_crs(a: &str, b: &str) -> bool {
    a == b
        || match (crs_of_wkt(a), crs_of_wkt(b)) {
            (Some(a), Some(b)) => a == b,
            (a, b) => a.is_none() && b.is_none(),
        }
}
