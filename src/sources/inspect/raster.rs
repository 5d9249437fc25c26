//! A raster as it would be read, with a sample of its values.

use std::path::Path;

use gdal::raster::{GdalDataType, RasterBand};
use gdal::{Dataset, Metadata as _};
use serde::Serialize;

use crate::calendar::Steps;
use crate::sources::files::band_metadata::BandMetadata;
use crate::sources::files::limits::block_bytes;
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::grids::georeference::grid_of;
use crate::sources::inspect::extent::Extent;
use crate::sources::inspect::sample::{self, ValueSample};
use crate::sources::times::found_times::FoundTimes;

/// A block larger than this is not decoded for a sample.
const MAX_BLOCK_BYTES: u64 = 256 << 20;

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
    /// Its extent.
    pub extent: Extent,
    /// The times of its bands.
    pub time: TimeAxis,
    /// Unit that the file states; empty if it states none.
    pub unit: String,
    /// Scale that the file states.
    pub scale: Option<f64>,
    /// Offset that the file states.
    pub offset: Option<f64>,
    /// Stored numbers that mean missing, of all bands.
    pub nodata: Vec<f64>,
    /// GDAL's name of the type of the numbers.
    pub data_type: String,
    /// Columns and rows of a block.
    pub block: [usize; 2],
    /// How bands are laid out in the file, and the compression if the file states it.
    pub layout: String,
    /// A sample of the values; `None` if they cannot be read.
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

pub(crate) fn raster(
    (dataset, pixels): (&Dataset, Option<&OpenRaster>),
    (path, variable): (&Path, Option<&str>),
    time: TimeAxis,
    warnings: &mut Vec<String>,
    unreadable: &mut Option<String>,
) -> InspectedRaster {
    let (width, height) = dataset.raster_size();
    let found = grid_of(dataset, path);
    let extent = Extent::of(&found.grid);
    warnings.extend(found.notes);
    if found.is_assumed {
        warnings.push("the file names no CRS; degrees are taken as WGS84".to_owned());
    }
    warnings.extend(extent.warnings());
    let bands: Vec<RasterBand<'_>> = dataset.rasterbands().filter_map(Result::ok).collect();
    let stated = bands.first().map(|band| BandMetadata::of(dataset, band));
    let nodata = nodata_of(&bands, stated.as_ref());
    let first = bands.first();
    let block = first.map_or([0, 0], |band| [band.block_size().0, band.block_size().1]);
    let layout = layout(dataset, bands.len(), block, width, height, warnings);
    let sample = sample_of(
        (dataset, pixels),
        &bands,
        &nodata,
        stated.as_ref(),
        warnings,
        unreadable,
    );
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
        scale: stated.as_ref().and_then(|stated| stated.scale),
        offset: stated.as_ref().and_then(|stated| stated.offset),
        unit: stated.map(|stated| stated.unit).unwrap_or_default(),
        nodata,
        data_type: first
            .map(|band| band.band_type().name())
            .unwrap_or_default(),
        block,
        layout,
        sample,
    }
}

/// Codes of all bands.
fn nodata_of(bands: &[RasterBand<'_>], stated: Option<&BandMetadata>) -> Vec<f64> {
    let stated = stated.iter().flat_map(|stated| &stated.nodata);
    let mut nodata: Vec<f64> = stated.map(|code| as_stored(*code, bands)).collect();
    nodata.dedup();
    for code in bands.iter().filter_map(RasterBand::no_data_value) {
        let code = as_stored(code, bands);
        if !nodata.iter().any(|known| known.to_bits() == code.to_bits()) {
            nodata.push(code);
        }
    }
    nodata
}

/// A code as a number of the type of the bands: files state codes of 32-bit floats with the digits of 64 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to the type of the file is what is asked"
)]
fn as_stored(code: f64, bands: &[RasterBand<'_>]) -> f64 {
    let first = bands.first().map(RasterBand::band_type);
    let rounded = f64::from(code as f32);
    if first == Some(GdalDataType::Float32) && rounded.is_finite() {
        rounded
    } else {
        code
    }
}

/// A sample of the values, unless a single block is too large to decode for it.
fn sample_of(
    (dataset, pixels): (&Dataset, Option<&OpenRaster>),
    bands: &[RasterBand<'_>],
    nodata: &[f64],
    stated: Option<&BandMetadata>,
    warnings: &mut Vec<String>,
    unreadable: &mut Option<String>,
) -> Option<ValueSample> {
    let of_chunk = pixels.and_then(OpenRaster::chunk_bytes);
    let bytes = of_chunk.unwrap_or_else(|| bands.first().map_or(0, block_bytes));
    if bytes > MAX_BLOCK_BYTES {
        warnings.push(format!(
            "one block holds {} MiB, so no value was sampled; rewrite the file in tiles: \
             gdal_translate -co TILED=YES",
            bytes >> 20
        ));
        return None;
    }
    sample::take((dataset, pixels), nodata, stated)
        .map_err(|reason| *unreadable = Some(reason))
        .ok()
}

/// How the file is laid out on disk, in words; warns if that makes reading by tiles slow.
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
            "compressed in {kind} of {} x {}: each tile of a run decodes whole {kind} again; \
             faster after gdal_translate -co TILED=YES",
            block[0], block[1]
        ));
    }
    if is_large && interleave.as_deref() == Some("PIXEL") && n_bands > 12 {
        warnings.push(
            "pixel interleaved: every band that is read decodes all bands; faster after \
             gdal_translate -co INTERLEAVE=BAND -co TILED=YES"
                .to_owned(),
        );
    }
    parts.join(", ")
}

pub(crate) fn time_axis(dataset: &Dataset, found: &FoundTimes) -> TimeAxis {
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
        let how = "the file states no times for its bands; a study takes them in order".to_owned();
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
