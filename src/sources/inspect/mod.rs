//! One file as Doline reads it, for people: raster or vector, with a look at some of its values.

mod extent;
mod sample;

use std::path::Path;

use gdal::raster::RasterBand;
use gdal::vector::{LayerAccess as _, field_type_to_name, geometry_type_to_name};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata as _};
use serde::Serialize;

use crate::calendar::Steps;
use crate::gdal_calls::{quiet_gdal, text_of};
use crate::sources::error::SourceError;
use crate::sources::found_times::{FoundTimes, times_of};
use crate::sources::guard::{block_bytes, check_openable};
use crate::sources::look::Said;
use crate::sources::placement::grid_of;
use crate::sources::variables::{Opened, open_variable};
use crate::sources::{InputRequest, stack};

pub use extent::{Extent, Orientation};
pub use sample::ValueSample;

/// A block larger than this is not decoded for a look at the file.
const MAX_BLOCK_BYTES: u64 = 256 << 20;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspected {
    /// The file as it was named.
    pub path: String,
    /// Short name of GDAL's driver.
    pub driver: String,
    /// Name of the format.
    pub format: String,
    /// Size in bytes; 0 where the file is inside an archive.
    pub bytes: u64,
    /// The raster that would be read; `None` for vectors, and where a variable has to be named first.
    pub raster: Option<InspectedRaster>,
    /// The variables to choose from, where there are several.
    pub variables: Vec<Variable>,
    /// Vector layers.
    pub layers: Vec<VectorLayer>,
    /// What may surprise.
    pub warnings: Vec<String>,
    /// Why its values cannot be read, where they cannot.
    pub unreadable: Option<String>,
}

/// A raster as it would be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InspectedRaster {
    /// The variable that was named.
    pub variable: Option<String>,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bands.
    pub bands: usize,
    /// Descriptions of the first bands.
    pub descriptions: Vec<String>,
    /// Where it lies.
    pub extent: Extent,
    /// The times of its bands.
    pub time: TimeAxis,
    /// Unit as the file says it; empty where it does not.
    pub unit: String,
    /// Scale as the file says it.
    pub scale: Option<f64>,
    /// Offset as the file says it.
    pub offset: Option<f64>,
    /// Stored numbers that mean missing, of all bands.
    pub nodata: Vec<f64>,
    /// GDAL's name of the type of the numbers.
    pub data_type: String,
    /// Columns and rows of a block.
    pub block: [usize; 2],
    /// How bands lie in the file, and compression, where the file says it.
    pub layout: String,
    /// A look at some values; `None` where they cannot be read.
    pub sample: Option<ValueSample>,
}

/// The times of the bands of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TimeAxis {
    /// The first, such as `2001-01`.
    pub first: Option<String>,
    /// The last.
    pub last: Option<String>,
    /// Annual, monthly, or what else.
    pub step: Option<String>,
    /// How the times were found.
    pub how: String,
    /// The calendar that the file names.
    pub calendar: Option<String>,
    /// The unit of the time axis, such as `days since 1900-01-01`.
    pub unit: Option<String>,
}

/// A variable inside a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variable {
    /// What to write under `variable`.
    pub name: String,
    /// What GDAL says of it, such as `[240x360x720] tmp (32-bit floating-point)`.
    pub description: String,
    /// Columns; 0 where it cannot be opened.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bands.
    pub bands: usize,
}

/// A layer of a vector file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VectorLayer {
    /// Name.
    pub name: String,
    /// Points, polygons ...
    pub geometry: String,
    /// Number of features.
    pub features: u64,
    /// Short name of the reference system.
    pub crs: String,
    /// Fields with their types.
    pub fields: Vec<String>,
}

/// Looks at one file.
///
/// # Errors
///
/// It cannot be opened, or has no such variable.
pub fn inspect(path: &Path, variable: Option<&str>) -> Result<Inspected, SourceError> {
    quiet_gdal();
    let name = path.to_string_lossy().into_owned();
    check_openable("file", path)?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER
            | GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    let dataset = Dataset::open_ex(&name, options).map_err(|error| SourceError::Open {
        input: "file".to_owned(),
        path: path.to_owned(),
        reason: text_of(&error),
    })?;
    let driver = dataset.driver();
    let mut found = Inspected {
        path: name.clone(),
        driver: driver.short_name(),
        format: driver.long_name(),
        bytes: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        raster: None,
        variables: variables(&dataset),
        layers: layers(&dataset),
        warnings: Vec::new(),
        unreadable: None,
    };
    if !found.variables.is_empty() || dataset.raster_count() > 0 {
        // netCDF offers its axes as tables besides.
        found.layers.clear();
    }
    let is_vector =
        !found.layers.is_empty() && dataset.raster_count() == 0 && found.variables.is_empty();
    drop(dataset);
    if is_vector {
        return Ok(found);
    }
    match open_variable("file", path, variable, None) {
        Ok(Opened { dataset, .. }) => {
            let request = InputRequest {
                name: "file".to_owned(),
                files: vec![name],
                variable: variable.map(str::to_owned),
                ..InputRequest::default()
            };
            // Several kinds of trouble with bands and sizes are told there.
            let times = match times_of(&request) {
                // What would keep a run from using it is one thing of several to know.
                Err(error @ (SourceError::Georeference { .. } | SourceError::Differ { .. })) => {
                    found.warnings.push(error.to_string());
                    FoundTimes {
                        times: None,
                        source: String::new(),
                        n_bands: dataset.raster_count(),
                    }
                }
                times => times?,
            };
            let axis = time_axis(&dataset, &times);
            found.raster = Some(raster(
                &dataset,
                (path, variable),
                axis,
                &mut found.warnings,
                &mut found.unreadable,
            ));
        }
        // To be chosen from: what there is, is listed.
        Err(SourceError::WhichVariable { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn raster(
    dataset: &Dataset,
    (path, variable): (&Path, Option<&str>),
    time: TimeAxis,
    warnings: &mut Vec<String>,
    unreadable: &mut Option<String>,
) -> InspectedRaster {
    let (width, height) = dataset.raster_size();
    let (grid, is_assumed) = grid_of(dataset, path);
    let extent = Extent::of(&grid);
    if is_assumed {
        warnings.push("no reference system is named; degrees are taken as WGS84".to_owned());
    }
    warnings.extend(extent.warnings());
    let bands: Vec<RasterBand<'_>> = dataset.rasterbands().filter_map(Result::ok).collect();
    let said = bands.first().map(|band| Said::by(dataset, band));
    let mut nodata: Vec<f64> = said.iter().flat_map(|said| said.nodata.clone()).collect();
    for code in bands.iter().filter_map(RasterBand::no_data_value) {
        if !nodata.iter().any(|known| known.to_bits() == code.to_bits()) {
            nodata.push(code);
        }
    }
    let first = bands.first();
    let block = first.map_or([0, 0], |band| [band.block_size().0, band.block_size().1]);
    let layout = layout(dataset, bands.len(), block, width, height, warnings);
    let bytes = first.map_or(0, block_bytes);
    let sample = if bytes > MAX_BLOCK_BYTES {
        warnings.push(format!(
            "a block holds {} MiB, so that no value was looked at; rewrite it in tiles: gdal_translate -co TILED=YES",
            bytes >> 20
        ));
        None
    } else {
        sample::look(dataset, &nodata, said.as_ref())
            .map_err(|reason| *unreadable = Some(reason))
            .ok()
    };
    warnings.extend(sample.iter().flat_map(ValueSample::warnings));
    InspectedRaster {
        variable: variable.map(str::to_owned),
        width,
        height,
        bands: bands.len(),
        descriptions: bands
            .iter()
            .take(3)
            .filter_map(|band| band.description().ok())
            .collect(),
        extent,
        time,
        unit: said
            .as_ref()
            .map(|said| said.unit.clone())
            .unwrap_or_default(),
        scale: said.as_ref().and_then(|said| said.scale),
        offset: said.as_ref().and_then(|said| said.offset),
        nodata,
        data_type: first
            .map(|band| band.band_type().name())
            .unwrap_or_default(),
        block,
        layout,
        sample,
    }
}

/// How the file lies on disk, in words; warns where that makes reading by tiles slow.
fn layout(
    dataset: &Dataset,
    n_bands: usize,
    block: [usize; 2],
    width: usize,
    height: usize,
    warnings: &mut Vec<String>,
) -> String {
    let item = |key: &str| dataset.metadata_item(key, "IMAGE_STRUCTURE");
    let kind = match block {
        [w, h] if w >= width && h >= height => "one block",
        [w, _] if w >= width => "strips",
        _ => "tiles",
    };
    let interleave = item("INTERLEAVE").filter(|_| n_bands > 1);
    let mut parts = vec![format!("{kind} of {} x {}", block[0], block[1])];
    parts.extend(
        interleave
            .iter()
            .map(|how| format!("{} interleaved", how.to_lowercase())),
    );
    parts.extend(item("COMPRESSION"));
    let is_large = width.saturating_mul(height) > 1 << 22;
    if is_large && kind != "tiles" && item("COMPRESSION").is_some() {
        warnings.push(format!(
            "compressed in {kind} of {} x {}: each tile of a run decodes whole {kind} anew; faster after gdal_translate -co TILED=YES",
            block[0], block[1]
        ));
    }
    if is_large && interleave.as_deref() == Some("PIXEL") && n_bands > 12 {
        warnings.push(
            "all bands of a pixel lie together: every band read decodes all of them; faster after gdal_translate -co INTERLEAVE=BAND -co TILED=YES"
                .to_owned(),
        );
    }
    parts.join(", ")
}

fn time_axis(dataset: &Dataset, found: &crate::sources::FoundTimes) -> TimeAxis {
    let items = dataset.metadata_domain("").unwrap_or_default();
    let item = |end: &str| {
        let is_of_time = |key: &str| key.to_lowercase().contains("time") && key.ends_with(end);
        items
            .iter()
            .filter_map(|item| item.split_once('='))
            .find(|(key, _)| is_of_time(key))
            .map(|(_, v)| v.to_owned())
    };
    let (calendar, unit) = (item("#calendar"), item("#units"));
    let Some(times) = &found.times else {
        let how = "nothing tells the times of its bands; a study takes them in order".to_owned();
        return TimeAxis {
            how,
            calendar,
            unit,
            ..TimeAxis::default()
        };
    };
    let mut sorted = times.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let step = match found.steps(None) {
        _ if sorted.len() < times.len() => {
            format!("{} bands in {} months or years", times.len(), sorted.len())
        }
        Some(Steps::Monthly) => "monthly".to_owned(),
        _ if times.len() == 1 => "one".to_owned(),
        _ => "annual".to_owned(),
    };
    TimeAxis {
        first: sorted.first().map(ToString::to_string),
        last: sorted.last().map(ToString::to_string),
        step: Some(step),
        how: found.source.clone(),
        calendar,
        unit,
    }
}

/// The variables of a file that holds several rasters.
fn variables(dataset: &Dataset) -> Vec<Variable> {
    let items = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
    let names = items
        .iter()
        .filter_map(|item| item.split_once('='))
        .filter(|(key, _)| key.ends_with("_NAME"));
    let variable = |(key, name): (&str, &str)| {
        let key = key.replace("_NAME", "_DESC");
        let description = items
            .iter()
            .filter_map(|item| item.split_once('='))
            .find(|(k, _)| *k == key);
        let size =
            Dataset::open(name).map(|dataset| (dataset.raster_size(), dataset.raster_count()));
        let ((width, height), bands) = size.unwrap_or_default();
        Variable {
            name: stack::short_name(name).to_owned(),
            description: description
                .map(|(_, text)| text.to_owned())
                .unwrap_or_default(),
            width,
            height,
            bands,
        }
    };
    names.map(variable).collect()
}

/// The layers of a vector file.
fn layers(dataset: &Dataset) -> Vec<VectorLayer> {
    let layer = |layer: gdal::vector::Layer<'_>| {
        let fields = layer.defn().fields();
        let fields = fields
            .map(|field| {
                format!(
                    "{} ({})",
                    field.name(),
                    field_type_to_name(field.field_type())
                )
            })
            .collect();
        let crs = layer.spatial_ref();
        VectorLayer {
            name: layer.name(),
            geometry: geometry_type_to_name(layer.defn().geometry_type()),
            features: layer.feature_count(),
            crs: crs.map_or_else(
                || "none".to_owned(),
                |crs| crate::sources::placement::crs_name(&crs),
            ),
            fields,
        }
    };
    dataset.layers().map(layer).collect()
}
