//! What one file of an input says about itself; no pixel is read.

use std::path::Path;

use gdal::raster::{GdalDataType, RasterBand};
use gdal::{Dataset, Metadata};

use crate::gdal_calls::{category_names, text_of};
use crate::grid::{Coordinates, Grid};
use crate::sources::InputRequest;
use crate::sources::bands::{Axis, axis_of};
use crate::sources::error::SourceError;
use crate::sources::guard::{check_blocks, check_length, check_place};
use crate::sources::pattern::{FoundFile, name_of};
use crate::sources::placement::{check_georeference, grid_of, set_crs};
use crate::sources::stack::{InputFile, short_name};
use crate::sources::study_grid::reference_system;
use crate::sources::time_axis::Moment;
use crate::sources::variables::{Opened, open_variable};

/// What one file says about itself.
#[expect(
    clippy::struct_excessive_bools,
    reason = "separate things that a file says"
)]
pub(crate) struct LookedAt {
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
    pub(crate) axis: Axis,
    /// The pattern with its time filled in, where it matches several files.
    pub(crate) several_match: Option<String>,
    /// From the pattern of the file names.
    pub(crate) pattern_time: Option<Moment>,
}

/// Opens one file of an input, without reading a pixel.
pub(crate) fn look_at(
    request: &InputRequest,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<LookedAt, SourceError> {
    let (input, path) = (&request.name, &found.path);
    let usual = request.product.and_then(|preset| preset.layer.variable);
    let Opened {
        dataset,
        gdal_name,
        slices,
    } = open_variable(input, path, request.variable.as_deref(), usual)?;
    let (width, height) = dataset.raster_size();
    if dataset.raster_count() == 0 {
        return Err(SourceError::NoBands {
            input: input.clone(),
            path: path.clone(),
        });
    }
    if width.checked_mul(height).is_none_or(|n| n > 1 << 40) {
        return Err(SourceError::TooLarge {
            input: input.clone(),
            path: path.clone(),
            width,
            height,
        });
    }
    check_place(input, path, &dataset)?;
    check_blocks(input, request.most_block_bytes, path, &dataset)?;
    check_length(input, path, &dataset)?;
    let (mut grid, is_assumed) = grid_of(&dataset, path);
    let misplaced = |reason| SourceError::Georeference {
        input: input.clone(),
        path: path.clone(),
        reason,
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
    let mut looked = look_at_bands(request, file, &dataset, grid, found, notes)?;
    if let Some((first, axis)) = slices {
        // A virtual raster of slices does not repeat what each of them says.
        let of_slice = look_at_bands(
            request,
            looked.file.clone(),
            &first,
            looked.grid.clone(),
            found,
            notes,
        )?;
        looked = LookedAt {
            axis,
            descriptions: looked.descriptions,
            ..of_slice
        };
    }
    check_scale(request, &looked)?;
    Ok(looked)
}

fn file_record(path: &Path, gdal_name: String) -> InputFile {
    let metadata = std::fs::metadata(path).ok();
    InputFile {
        path: path.to_owned(),
        gdal_name,
        bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
        tiles: Vec::new(),
    }
}

/// What a band says of its numbers.
pub(crate) struct Said {
    pub(crate) scale: Option<f64>,
    pub(crate) offset: Option<f64>,
    pub(crate) unit: String,
    /// Codes that mean missing, none of them NaN.
    pub(crate) nodata: Vec<f64>,
}

impl Said {
    /// From where GDAL puts it, else from where the format has it.
    pub(crate) fn by(dataset: &Dataset, band: &RasterBand<'_>) -> Self {
        let item = |key: &str| band.metadata_item(key, "");
        let number = |text: Option<String>| text.and_then(|text| text.trim().parse::<f64>().ok());
        let of_hdf5 = |what: &str| item_of_hdf5(dataset, band, what);
        let unit = [Some(band.unit()), item("GRIB_UNIT"), of_hdf5("units")];
        // GRIB has `[-]` for none.
        let is_unit = |unit: &String| !unit.is_empty() && unit != "[-]";
        let unit = unit.into_iter().flatten().find(is_unit).unwrap_or_default();
        // CF: a number of either kind is missing; GDAL takes one of them.
        let codes = [
            band.no_data_value(),
            number(item("missing_value")),
            number(of_hdf5("_FillValue")),
        ];
        let mut nodata: Vec<f64> = codes
            .into_iter()
            .flatten()
            .filter(|code| !code.is_nan())
            .collect();
        nodata.dedup();
        Self {
            scale: band.scale().or_else(|| number(of_hdf5("scale_factor"))),
            offset: band.offset().or_else(|| number(of_hdf5("add_offset"))),
            unit: unit.trim().trim_matches(['[', ']']).to_owned(),
            nodata,
        }
    }

    /// The first thing in which another band differs that the study does not state, with both values.
    fn differs(&self, other: &Self, request: &InputRequest) -> Option<(&'static str, [String; 2])> {
        let plain = |x: Option<f64>| x.map_or_else(|| "none".to_owned(), |x| x.to_string());
        if request.scale().is_none() && self.scale.unwrap_or(1.0) != other.scale.unwrap_or(1.0) {
            return Some(("scale", [plain(self.scale), plain(other.scale)]));
        }
        if request.offset.is_none() && self.offset.unwrap_or(0.0) != other.offset.unwrap_or(0.0) {
            return Some(("offset", [plain(self.offset), plain(other.offset)]));
        }
        let has_other_unit = request.stated_unit().is_none() && self.unit != other.unit;
        has_other_unit.then(|| {
            (
                "units",
                [&self.unit, &other.unit].map(|unit| format!("{unit:?}")),
            )
        })
    }
}

/// An attribute of the data set that GDAL's HDF5 driver shows as a raster; it leaves them where it found them, behind
/// the name of the data set.
fn item_of_hdf5(dataset: &Dataset, band: &RasterBand<'_>, what: &str) -> Option<String> {
    if dataset.driver().short_name() != "HDF5Image" {
        return None;
    }
    let name = dataset.description().unwrap_or_default();
    let end = format!("{}_{what}", short_name(&name));
    let mut items = [band.metadata_domain(""), dataset.metadata_domain("")]
        .into_iter()
        .flatten()
        .flatten();
    let value = |item: String| {
        let (key, value) = item.split_once('=')?;
        (key == end || key.ends_with(&format!("_{end}"))).then(|| value.trim().to_owned())
    };
    items.find_map(value)
}

fn look_at_bands(
    request: &InputRequest,
    file: InputFile,
    dataset: &Dataset,
    grid: Grid,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<LookedAt, SourceError> {
    let input = &request.name;
    let unreadable = |error: &gdal::errors::GdalError| SourceError::Open {
        input: input.clone(),
        path: file.path.clone(),
        reason: text_of(error),
    };
    let first = dataset.rasterband(1).map_err(|error| unreadable(&error))?;
    let said = Said::by(dataset, &first);
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
            return Err(SourceError::DataType {
                input: input.clone(),
                path: file.path.clone(),
                band: number,
            });
        }
        if band.band_type() != data_type {
            data_type = GdalDataType::Float64;
        }
        let own = Said::by(dataset, &band);
        if let Some((what, values)) = said.differs(&own, request) {
            let [one, other] =
                [1, number].map(|band| format!("band {band} of {}", name_of(&file.path)));
            return Err(SourceError::Differ {
                input: input.clone(),
                what,
                one,
                other,
                values: Box::new(values),
            });
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
    Ok(LookedAt {
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

/// Whether a mask beside the numbers says what is missing: inside a file, as in many COGs, or in a `.msk` file.
pub(crate) fn has_own_mask(band: &RasterBand<'_>) -> bool {
    band.mask_flags()
        .is_ok_and(|flags| flags.is_per_dataset() && !flags.is_alpha() && !flags.is_nodata())
}

/// Why degrees are no place: GDAL found no even axes, or latitudes leave the Earth.
fn check_degrees(dataset: &Dataset, grid: &Grid) -> Result<(), String> {
    if grid.coordinates == Coordinates::Unknown {
        return Ok(());
    }
    if dataset.geo_transform().is_err() {
        return Err(
            "GDAL finds no place for its pixels: no transform, or axes that are not evenly spaced, such as the latitudes of a \
             Gaussian grid; bring it to an even grid first (`cdo remapbil`, `gdalwarp -geoloc`) or give it a place \
             (`gdal_translate -a_ullr`)"
                .to_owned(),
        );
    }
    let latitudes = grid.corners().map(|(_, y)| y);
    let [low, high] = [
        latitudes.iter().copied().fold(f64::INFINITY, f64::min),
        latitudes.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ];
    // Cells about the poles may reach past them by half their height.
    let most = 90.0 + grid.pixel_size()[1];
    if grid.coordinates == Coordinates::Geographic && (low < -most || high > most) {
        return Err(format!(
            "its latitudes would go from {low} to {high}; are longitude and latitude swapped?"
        ));
    }
    Ok(())
}

fn check_scale(request: &InputRequest, looked: &LookedAt) -> Result<(), SourceError> {
    let scale = request.scale().or(looked.scale).unwrap_or(1.0);
    if scale != 0.0 && scale.is_finite() {
        return Ok(());
    }
    let path = looked.file.path.clone();
    Err(SourceError::Scale {
        input: request.name.clone(),
        path,
        scale,
    })
}
