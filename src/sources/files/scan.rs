//! What one file of an input says about itself; no pixel is read.

use gdal::raster::GdalDataType;
use gdal::{Dataset, Metadata};

use crate::gdal_calls::{category_names, text_of};
use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::files::band_metadata::{BandMetadata, has_own_mask};
use crate::sources::files::error::FileError;
use crate::sources::files::input_file::{InputFile, file_record};
use crate::sources::files::limits::{check_blocks, check_length, check_transform};
use crate::sources::files::listing::name_of;
use crate::sources::files::pattern::FoundFile;
use crate::sources::files::variables::{OpenedVariable, open_variable};
use crate::sources::grids::crs::reference_system;
use crate::sources::grids::error::GridError;
use crate::sources::grids::georeference::{check_degrees, check_georeference, grid_of, set_crs};
use crate::sources::request::InputRequest;
use crate::sources::times::axis_of_file::{FileAxis, axis_of};
use crate::sources::times::moment::Moment;

/// What one file says about itself.
#[expect(
    clippy::struct_excessive_bools,
    reason = "separate things that a file says"
)]
pub(crate) struct ScannedFile {
    pub(crate) file: InputFile,
    pub(crate) grid: Grid,
    pub(crate) has_classes: bool,
    pub(crate) driver: String,
    pub(crate) block_size: (usize, usize),
    pub(crate) is_pixel_interleaved: bool,
    pub(crate) unit: String,
    pub(crate) data_type: GdalDataType,
    pub(crate) is_signed_byte: bool,
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) nodata: Vec<f64>,
    /// Its own mask says which pixels are missing.
    pub(crate) has_mask: bool,
    pub(crate) descriptions: Vec<String>,
    /// From a time axis or metadata of the bands.
    pub(crate) axis: FileAxis,
    /// The pattern with its time filled in, where it matches several files.
    pub(crate) several_match: Option<String>,
    /// From the pattern of the file names.
    pub(crate) pattern_time: Option<Moment>,
}

/// Opens one file of an input, without reading a pixel.
pub(crate) fn scan(
    request: &InputRequest,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<ScannedFile, SourceError> {
    let (input, path) = (&request.name, &found.path);
    let usual = request.product.and_then(|preset| preset.layer.variable);
    let OpenedVariable {
        dataset,
        gdal_name,
        slices,
    } = open_variable(input, path, request.variable.as_deref(), usual)?;
    let (width, height) = dataset.raster_size();
    if dataset.raster_count() == 0 {
        return Err(SourceError::File(FileError::NoBands {
            input: input.clone(),
            path: path.clone(),
        }));
    }
    if width.checked_mul(height).is_none_or(|n| n > 1 << 40) {
        return Err(SourceError::File(FileError::TooLarge {
            input: input.clone(),
            path: path.clone(),
            width,
            height,
        }));
    }
    check_transform(input, path, &dataset)?;
    check_blocks(input, request.most_block_bytes, path, &dataset)?;
    check_length(input, path, &dataset)?;
    let (mut grid, is_assumed) = grid_of(&dataset, path);
    let misplaced = |reason| {
        SourceError::Grid(GridError::Georeference {
            input: input.clone(),
            path: path.clone(),
            reason,
        })
    };
    check_georeference(&dataset).map_err(misplaced)?;
    if let Some(text) = &request.crs {
        set_crs(
            &mut grid,
            &reference_system(&format!("inputs.{input}.crs"), text)?,
        );
    }
    check_degrees(&dataset, &grid).map_err(misplaced)?;
    if is_assumed && request.crs.is_none() {
        let note = format!(
            "input `{input}`: its files name no reference system; degrees are taken as WGS84"
        );
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let file = file_record(path, gdal_name);
    let mut scanned = scan_bands(request, file, &dataset, grid, found, notes)?;
    if let Some((first, axis)) = slices {
        // A virtual raster of slices does not repeat what each of them says.
        let of_slice = scan_bands(
            request,
            scanned.file.clone(),
            &first,
            scanned.grid.clone(),
            found,
            notes,
        )?;
        scanned = ScannedFile {
            axis,
            descriptions: scanned.descriptions,
            ..of_slice
        };
    }
    check_scale(request, &scanned)?;
    Ok(scanned)
}

fn scan_bands(
    request: &InputRequest,
    file: InputFile,
    dataset: &Dataset,
    grid: Grid,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<ScannedFile, SourceError> {
    let input = &request.name;
    let unreadable = |error: &gdal::errors::GdalError| {
        SourceError::File(FileError::Open {
            input: input.clone(),
            path: file.path.clone(),
            reason: text_of(error),
        })
    };
    let first = dataset.rasterband(1).map_err(|error| unreadable(&error))?;
    let said = BandMetadata::of(dataset, &first);
    let is_signed_byte = first
        .metadata_item("PIXELTYPE", "IMAGE_STRUCTURE")
        .as_deref()
        == Some("SIGNEDBYTE");
    let (mut descriptions, mut data_type, mut has_mask) = (Vec::new(), first.band_type(), false);
    let mut nodata = said.nodata.clone();
    let mut has_other_nodata = false;
    for number in 1..=dataset.raster_count() {
        let band = dataset
            .rasterband(number)
            .map_err(|error| unreadable(&error))?;
        if band.band_type() == GdalDataType::Unknown {
            return Err(SourceError::File(FileError::DataType {
                input: input.clone(),
                path: file.path.clone(),
                band: number,
            }));
        }
        if band.band_type() != data_type {
            data_type = GdalDataType::Float64;
        }
        let own = BandMetadata::of(dataset, &band);
        if let Some((what, values)) = said.differs(&own, request) {
            let [one, other] =
                [1, number].map(|band| format!("band {band} of {}", name_of(&file.path)));
            return Err(SourceError::File(FileError::Differ {
                input: input.clone(),
                what,
                one,
                other,
                values: Box::new(values),
            }));
        }
        has_other_nodata |= own.nodata != said.nodata;
        nodata.extend(own.nodata);
        descriptions.push(band.description().unwrap_or_default());
        has_mask |= has_own_mask(&band);
    }
    nodata.sort_by(f64::total_cmp);
    nodata.dedup();
    if has_other_nodata && nodata.len() > 1 {
        let note = format!(
            "input `{input}`: bands of a file have different nodata ({}); each of these numbers is missing in every band",
            nodata
                .iter()
                .map(f64::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        );
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let block_size = first.block_size();
    let interleave = dataset.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE");
    Ok(ScannedFile {
        driver: dataset.driver().short_name(),
        block_size,
        is_pixel_interleaved: interleave.as_deref() == Some("PIXEL") && dataset.raster_count() > 1,
        unit: said.unit,
        data_type,
        is_signed_byte,
        scale: said.scale,
        offset: said.offset,
        nodata,
        has_mask,
        has_classes: first.color_table().is_some() || !category_names(&first).is_empty(),
        descriptions,
        axis: axis_of(dataset, &file.path),
        several_match: found.several_match.clone(),
        pattern_time: found.time.map(|time| Moment {
            time,
            day: found.day,
        }),
        grid,
        file,
    })
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
