//! A variable of a Zarr store with a time axis, which GDAL opens as a raster only slice by slice.
//!
//! The slices become the bands of one of GDAL's virtual rasters; times come from the store's own axis.

use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::programs::raster::{BuildVRTOptions, build_vrt};
use gdal::raster::MDArray;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use crate::calendar::Calendar;
use crate::gdal_calls::text_of;
use crate::sources::bands::Axis;
use crate::sources::error::SourceError;
use crate::sources::stack::open_gdal;
use crate::sources::time_axis::{Moment, moment_of_axis};

/// More slices than any record has months.
const MOST: usize = 20_000;

/// A variable as a raster with a band a slice.
pub(crate) struct Slices {
    /// The virtual raster.
    pub(crate) dataset: Dataset,
    /// What GDAL is handed to open it again.
    pub(crate) gdal_name: String,
    /// The first slice, which states unit, scale and nodata of all.
    pub(crate) first: Dataset,
    /// The times of the slices.
    pub(crate) axis: Axis,
}

/// Opens a variable of three dimensions, the first of which is time; `None` where `name` is of no Zarr store, or of
/// another form.
pub(crate) fn open_slices(input: &str, path: &Path, name: &str) -> Result<Option<Slices>, SourceError> {
    let Some((_, variable)) = name.strip_prefix("ZARR:").and_then(|rest| rest.rsplit_once(":/")) else {
        return Ok(None);
    };
    let Some((n, axis)) = time_dimension(path, variable) else { return Ok(None) };
    let failed = |reason: String| SourceError::Open { input: input.to_owned(), path: path.to_owned(), reason };
    let slices: Vec<Dataset> =
        (0..n).map(|slice| open_gdal(input, path, &format!("{name}:{slice}"))).collect::<Result<_, _>>()?;
    let options = BuildVRTOptions::new(["-separate"]).map_err(|error| failed(text_of(&error)))?;
    let dataset = build_vrt(None, &slices, Some(options)).map_err(|error| failed(text_of(&error)))?;
    let text = dataset.metadata_domain("xml:VRT").and_then(|texts| texts.into_iter().next());
    let gdal_name = text.ok_or_else(|| failed("GDAL gives no virtual raster of its slices".to_owned()))?;
    let first = slices.into_iter().next().ok_or_else(|| failed("it has no slice".to_owned()))?;
    Ok(Some(Slices { dataset, gdal_name, first, axis }))
}

/// Length and times of the first of three dimensions.
fn time_dimension(path: &Path, variable: &str) -> Option<(usize, Axis)> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    let store = Dataset::open_ex(path, options).ok()?;
    let root = store.root_group().ok()?;
    let array = root.open_md_array(variable, CslStringList::new()).ok()?;
    let dimensions = array.dimensions().ok()?;
    let [first, _, _] = dimensions.as_slice() else { return None };
    let n = Some(first.size()).filter(|n| (1..=MOST).contains(n))?;
    let axis = root.open_md_array(&first.name(), CslStringList::new()).ok();
    Some((n, axis.map_or_else(Axis::default, |axis| times(&axis, n))))
}

/// The times of an axis.
fn times(axis: &MDArray<'_>, n: usize) -> Axis {
    let text = |name: &str| axis.attribute(name).ok().map(|attribute| attribute.read_as_string());
    let units = text("units").or_else(|| Some(axis.unit()).filter(|unit| !unit.is_empty())).unwrap_or_default();
    let calendar = text("calendar");
    let values = axis.read_as::<f64>(vec![0], vec![n]).unwrap_or_default();
    let moment = |value: &f64| moment_of_axis(*value, &units, calendar.as_deref());
    let moments: Option<Vec<Moment>> = values.iter().map(moment).collect();
    let moments = moments.filter(|moments| moments.len() == n);
    let unread = (moments.is_none() && units.contains(" since ")).then(|| format!("{units:?}"));
    Axis {
        calendar: Calendar::from_name(calendar.as_deref()).filter(|_| moments.is_some()),
        moments,
        unread,
        are_ends: false,
    }
}
