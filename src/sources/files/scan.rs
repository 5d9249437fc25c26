//! Scans one file of an input: what it states about its grid, its numbers and its times. No pixel
//! is read.

use std::path::Path;

use gdal::raster::{GdalDataType, RasterBand};
use gdal::{Dataset, Metadata};

use crate::gdal_calls::{category_names, text_of};
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::files::band_metadata::{BandMetadata, has_own_mask, is_alpha, is_signed_byte};
use crate::sources::files::error::FileError;
use crate::sources::files::input_file::{InputFile, file_record};
use crate::sources::files::limits::{
    check_blocks, check_chunks, check_length, check_openable, check_transform,
};
use crate::sources::files::listing::name_of;
use crate::sources::files::opened::{Chunks, OpenedVariable};
use crate::sources::files::pattern::FoundFile;
use crate::sources::files::reach::check_reach;
use crate::sources::files::variables::open_variable;
use crate::sources::grids::crs::reference_system;
use crate::sources::grids::error::GridError;
use crate::sources::grids::georeference::{check_degrees, check_georeference, grid_of, set_crs};
use crate::sources::request::InputRequest;
use crate::sources::times::axis_of_file::{FileAxis, axis_of};
use crate::sources::times::moment::Moment;

/// What one file states.
#[expect(
    clippy::struct_excessive_bools,
    reason = "separate properties of a file"
)]
pub(crate) struct ScannedFile {
    pub(crate) file: InputFile,
    pub(crate) grid: Grid,
    pub(crate) has_classes: bool,
    pub(crate) driver: String,
    pub(crate) block_size: (usize, usize),
    pub(crate) is_pixel_interleaved: bool,
    /// Layers of a Zarr store that are decoded together, else 1.
    pub(crate) depth: usize,
    pub(crate) unit: String,
    pub(crate) data_type: GdalDataType,
    pub(crate) is_signed_byte: bool,
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) nodata: Vec<f64>,
    /// Stored numbers outside are missing, as a store states.
    pub(crate) valid_range: Option<[f64; 2]>,
    /// A mask in or beside the file, or a band of transparency, marks the missing pixels.
    pub(crate) has_mask: bool,
    /// The band of transparency, counted from 1.
    pub(crate) alpha: Option<usize>,
    /// One for each of `bands`.
    pub(crate) descriptions: Vec<String>,
    /// The bands that hold values, counted from 1: all but those of transparency.
    pub(crate) bands: Vec<usize>,
    /// From a time axis or from metadata of the bands.
    pub(crate) axis: FileAxis,
    /// The pattern with its time filled in, if it matches several files.
    pub(crate) several_match: Option<String>,
    /// From the pattern of the file names, or from the name of the variable.
    pub(crate) pattern_time: Option<Moment>,
    /// It is one variable of a file that has one for each year.
    pub(crate) is_of_variable: bool,
}

/// Opens one file of an input and scans it.
///
/// # Errors
///
/// The file cannot be opened, is damaged, or has no usable georeference or scale.
pub(crate) fn scan(
    request: &InputRequest,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<ScannedFile, SourceError> {
    let (input, path) = (&request.name, &found.path);
    check_openable(input, path)?;
    check_reach(input, path, request.allow_external)?;
    let usual = request.product.and_then(|preset| preset.layer.variable);
    let OpenedVariable {
        dataset,
        gdal_name,
        chunks,
    } = open_variable(input, path, request.variable.as_deref(), usual)?;
    check_size(input, path, &dataset)?;
    check_transform(input, path, &dataset)?;
    check_blocks(input, request.most_block_bytes, path, &dataset)?;
    check_chunks(input, request.most_block_bytes, path, chunks)?;
    check_length(input, path, &dataset)?;
    let grid = scan_grid(request, path, &dataset, notes)?;
    let file = file_record(path, gdal_name);
    let mut scanned = scan_dataset(request, file, &dataset, grid, found, notes)?;
    if let Some(Chunks { depth, block, .. }) = chunks {
        "Zarr".clone_into(&mut scanned.driver);
        scanned.depth = depth;
        scanned.block_size = block;
    }
    check_scale(request, &scanned)?;
    Ok(scanned)
}

/// Refuses a file without bands, and a size that no raster has.
fn check_size(input: &str, path: &Path, dataset: &Dataset) -> Result<(), SourceError> {
    let (width, height) = dataset.raster_size();
    if dataset.raster_count() == 0 {
        return Err(SourceError::File(FileError::NoBands {
            input: input.to_owned(),
            path: path.to_owned(),
        }));
    }
    if width.checked_mul(height).is_none_or(|n| n > 1 << 40) {
        return Err(SourceError::File(FileError::TooLarge {
            input: input.to_owned(),
            path: path.to_owned(),
            width,
            height,
        }));
    }
    Ok(())
}

/// The grid of a file, in the CRS of the study's table if one is stated there.
fn scan_grid(
    request: &InputRequest,
    path: &Path,
    dataset: &Dataset,
    notes: &mut Vec<String>,
) -> Result<Grid, SourceError> {
    let input = &request.name;
    let mut found = grid_of(dataset, path);
    let misplaced = |reason| {
        SourceError::Grid(GridError::Georeference {
            input: input.clone(),
            path: path.to_owned(),
            reason,
        })
    };
    check_georeference(dataset, &found).map_err(misplaced)?;
    if let Some(text) = &request.crs {
        set_crs(
            &mut found.grid,
            &reference_system(&format!("inputs.{input}.crs"), text)?,
        );
    }
    check_degrees(&found).map_err(misplaced)?;
    for note in &found.notes {
        push_once(notes, format!("input `{input}`: {note}"));
    }
    if found.is_assumed && request.crs.is_none() {
        push_once(
            notes,
            format!("input `{input}`: its files name no CRS; degrees are taken as WGS84"),
        );
    }
    Ok(found.grid)
}

/// What the bands of a file state together.
struct ScannedBands {
    /// The type of all bands; `Float64` if they differ.
    data_type: GdalDataType,
    /// Codes of all bands, sorted.
    nodata: Vec<f64>,
    has_mask: bool,
    alpha: Option<usize>,
    descriptions: Vec<String>,
    /// Bands that hold values.
    numbers: Vec<usize>,
}

fn scan_dataset(
    request: &InputRequest,
    file: InputFile,
    dataset: &Dataset,
    grid: Grid,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<ScannedFile, SourceError> {
    let first = band_of(request, &file, dataset, 1)?;
    let metadata = BandMetadata::of(dataset, &first);
    let bands = scan_bands(request, &file, dataset, &metadata, notes)?;
    let interleave = dataset.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE");
    Ok(ScannedFile {
        driver: dataset.driver().short_name(),
        block_size: first.block_size(),
        is_pixel_interleaved: interleave.as_deref() == Some("PIXEL") && dataset.raster_count() > 1,
        depth: 1,
        unit: metadata.unit,
        data_type: bands.data_type,
        is_signed_byte: is_signed_byte(&first),
        scale: metadata.scale,
        offset: metadata.offset,
        nodata: bands.nodata,
        valid_range: metadata.valid_range,
        has_mask: bands.has_mask,
        alpha: bands.alpha,
        has_classes: first.color_table().is_some() || !category_names(&first).is_empty(),
        descriptions: bands.descriptions,
        bands: bands.numbers,
        axis: axis_of(dataset, &file.path),
        several_match: found.several_match.clone(),
        is_of_variable: false,
        pattern_time: found.time.map(|time| Moment {
            time,
            day: found.day,
        }),
        grid,
        file,
    })
}

/// One band of a file, counted from 1.
fn band_of<'a>(
    request: &InputRequest,
    file: &InputFile,
    dataset: &'a Dataset,
    number: usize,
) -> Result<RasterBand<'a>, SourceError> {
    dataset.rasterband(number).map_err(|error| {
        SourceError::File(FileError::Open {
            input: request.name.clone(),
            path: file.path.clone(),
            reason: text_of(&error),
        })
    })
}

/// Scans every band of a file against the first.
fn scan_bands(
    request: &InputRequest,
    file: &InputFile,
    dataset: &Dataset,
    first: &BandMetadata,
    notes: &mut Vec<String>,
) -> Result<ScannedBands, SourceError> {
    let mut bands = ScannedBands {
        data_type: band_of(request, file, dataset, 1)?.band_type(),
        nodata: first.nodata.clone(),
        has_mask: false,
        alpha: None,
        descriptions: Vec::new(),
        numbers: Vec::new(),
    };
    let mut has_other_nodata = false;
    for number in 1..=dataset.raster_count() {
        let band = band_of(request, file, dataset, number)?;
        if is_alpha(&band, number) {
            bands.alpha = Some(number);
            bands.has_mask = true;
            continue;
        }
        bands.numbers.push(number);
        if band.band_type() == GdalDataType::Unknown {
            return Err(SourceError::File(FileError::DataType {
                input: request.name.clone(),
                path: file.path.clone(),
                band: number,
            }));
        }
        if band.band_type() != bands.data_type {
            bands.data_type = GdalDataType::Float64;
        }
        let own = BandMetadata::of(dataset, &band);
        if let Some((what, values)) = first.differs(&own, request) {
            let [one, other] =
                [1, number].map(|band| format!("band {band} of {}", name_of(&file.path)));
            return Err(SourceError::File(FileError::Differ {
                input: request.name.clone(),
                what,
                one,
                other,
                values: Box::new(values),
            }));
        }
        has_other_nodata |= own.nodata != first.nodata;
        bands.nodata.extend(own.nodata);
        bands
            .descriptions
            .push(band.description().unwrap_or_default());
        bands.has_mask |= has_own_mask(&band);
    }
    if bands.alpha.is_some() {
        push_once(
            notes,
            format!(
                "input `{}`: bands of transparency (alpha) are no values, and what they hide is missing; if they are \
                 values: gdal_edit.py -colorinterp_N undefined, N being the band",
                request.name
            ),
        );
    }
    bands.nodata.sort_by(f64::total_cmp);
    bands.nodata.dedup();
    if has_other_nodata && bands.nodata.len() > 1 {
        note_other_nodata(request, &bands.nodata, notes);
    }
    Ok(bands)
}

/// A note on bands of one file that have different codes.
fn note_other_nodata(request: &InputRequest, nodata: &[f64], notes: &mut Vec<String>) {
    let codes: Vec<String> = nodata.iter().map(f64::to_string).collect();
    push_once(
        notes,
        format!(
            "input `{}`: the bands of a file have different nodata values ({}); each of them \
             means missing in every band",
            request.name,
            codes.join(", ")
        ),
    );
}

/// Adds a note unless it is there: most files of an input state the same.
fn push_once(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

fn check_scale(request: &InputRequest, scanned: &ScannedFile) -> Result<(), SourceError> {
    let scale = request.scale().or(scanned.scale).unwrap_or(1.0);
    if scale != 0.0 && scale.is_finite() {
        return Ok(());
    }
    let path = scanned.file.path.clone();
    Err(SourceError::File(FileError::Scale {
        input: request.name.clone(),
        path,
        scale,
    }))
}
