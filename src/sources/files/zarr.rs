//! A variable of a Zarr store with a time axis, which GDAL opens as a raster only slice by slice.
//!
//! The slices become the bands of one of GDAL's virtual rasters; times come from the store's own
//! axis.

use std::fmt::Write as _;
use std::path::Path;

use gdal::cpl::CslStringList;
use gdal::errors::GdalError;
use gdal::raster::MDArray;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use crate::calendar::Calendar;
use crate::gdal_calls::text_of;
use crate::sources::error::SourceError;
use crate::sources::files::dataset::open_gdal;
use crate::sources::files::error::FileError;
use crate::sources::times::axis_of_file::FileAxis;
use crate::sources::times::moment::Moment;
use crate::sources::times::time_axis::moment_of_axis;

/// More slices than any record has months.
const MAX_SLICES: usize = 20_000;

/// A variable as a raster with a band a slice.
pub(crate) struct Slices {
    /// The virtual raster.
    pub(crate) dataset: Dataset,
    /// The name by which GDAL opens it again.
    pub(crate) gdal_name: String,
    /// The first slice, which states unit, scale and nodata of all.
    pub(crate) first: Dataset,
    /// The times of the slices.
    pub(crate) axis: FileAxis,
}

/// Opens a variable of three dimensions, the first of which is time; `None` if `name` is not in a
/// Zarr store or has another form.
pub(crate) fn open_slices(
    input: &str,
    path: &Path,
    name: &str,
) -> Result<Option<Slices>, SourceError> {
    let Some((_, variable)) = name
        .strip_prefix("ZARR:")
        .and_then(|rest| rest.rsplit_once(":/"))
    else {
        return Ok(None);
    };
    let Some((n, axis)) = time_dimension(path, variable) else {
        return Ok(None);
    };
    let failed = |reason: String| {
        SourceError::File(FileError::Open {
            input: input.to_owned(),
            path: path.to_owned(),
            reason,
        })
    };
    let first = open_gdal(input, path, &format!("{name}:0"))?;
    let gdal_name = virtual_raster(&first, name, n).map_err(|error| failed(text_of(&error)))?;
    let dataset = open_gdal(input, path, &gdal_name)?;
    Ok(Some(Slices {
        dataset,
        gdal_name,
        first,
        axis,
    }))
}

/// The text of a virtual raster whose bands are the `n` slices of `name`, with the grid of the
/// first. GDAL's own program for it does not accept a grid whose rows go up.
fn virtual_raster(first: &Dataset, name: &str, n: usize) -> Result<String, GdalError> {
    let (width, height) = first.raster_size();
    let band = first.rasterband(1)?;
    let data_type = band.band_type().name();
    let mut text = format!("<VRTDataset rasterXSize=\"{width}\" rasterYSize=\"{height}\">");
    // Writing to a String cannot fail.
    if let Some(wkt) = first.spatial_ref().ok().and_then(|crs| crs.to_wkt().ok()) {
        let _ = write!(
            text,
            "<SRS dataAxisToSRSAxisMapping=\"2,1\">{}</SRS>",
            escaped(&wkt)
        );
    }
    if let Ok(transform) = first.geo_transform() {
        let numbers = transform.map(|x| format!("{x:e}")).join(", ");
        let _ = write!(text, "<GeoTransform>{numbers}</GeoTransform>");
    }
    let nodata = band.no_data_value().map_or_else(String::new, |code| {
        format!("<NoDataValue>{code}</NoDataValue>")
    });
    for slice in 0..n {
        let source = escaped(&format!("{name}:{slice}"));
        let _ = write!(
            text,
            "<VRTRasterBand dataType=\"{data_type}\" band=\"{}\">{nodata}<SimpleSource><SourceFilename>{source}</SourceFilename>\
             <SourceBand>1</SourceBand><SourceProperties RasterXSize=\"{width}\" RasterYSize=\"{height}\" \
             DataType=\"{data_type}\"/></SimpleSource></VRTRasterBand>",
            slice + 1
        );
    }
    text.push_str("</VRTDataset>");
    Ok(text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Length and times of the first of three dimensions.
fn time_dimension(path: &Path, variable: &str) -> Option<(usize, FileAxis)> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_MULTIDIM_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        ..DatasetOptions::default()
    };
    let store = Dataset::open_ex(path, options).ok()?;
    let root = store.root_group().ok()?;
    let array = root.open_md_array(variable, CslStringList::new()).ok()?;
    let dimensions = array.dimensions().ok()?;
    let [first, _, _] = dimensions.as_slice() else {
        return None;
    };
    let n = Some(first.size()).filter(|n| (1..=MAX_SLICES).contains(n))?;
    let axis = root.open_md_array(&first.name(), CslStringList::new()).ok();
    Some((
        n,
        axis.map_or_else(FileAxis::default, |axis| times(&axis, n)),
    ))
}

/// The times of an axis.
fn times(axis: &MDArray<'_>, n: usize) -> FileAxis {
    let text = |name: &str| {
        axis.attribute(name)
            .ok()
            .map(|attribute| attribute.read_as_string())
    };
    let units = text("units")
        .or_else(|| Some(axis.unit()).filter(|unit| !unit.is_empty()))
        .unwrap_or_default();
    let calendar = text("calendar");
    let values = axis.read_as::<f64>(vec![0], vec![n]).unwrap_or_default();
    let moment = |value: &f64| moment_of_axis(*value, &units, calendar.as_deref());
    let moments: Option<Vec<Moment>> = values.iter().map(moment).collect();
    let moments = moments.filter(|moments| moments.len() == n);
    let unread = (moments.is_none() && units.contains(" since ")).then(|| format!("{units:?}"));
    FileAxis {
        calendar: Calendar::from_name(calendar.as_deref()).filter(|_| moments.is_some()),
        moments,
        unread,
        are_ends: false,
    }
}
