//! One opened input: which band of which file is each step, and how its numbers are stored.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gdal::raster::{GdalDataType, RasterBand};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags, Metadata};

use crate::calendar::{Steps, Years};
use crate::gdal_calls::{category_names, quiet_hdf5_on_this_thread, text_of};
use crate::grid::Grid;
use crate::sources::InputRequest;
use crate::sources::error::{SHOWN, SourceError};
use crate::sources::locate::OtherGrid;
use crate::sources::pattern::{FoundFile, Time, expand, name_of};
use crate::sources::placement::{check_georeference, grid_of, set_crs};
use crate::sources::steps::{Band, arrange, times};
use crate::sources::study_grid::reference_system;
use crate::sources::time_of_bands::{time_of_axis, time_of_grib, times_of_labels, years_in_name};
use crate::sources::{truncated, vrt};
use crate::tile::{DataType, Decoding, InputSpec, Lies, Resampling};

/// No further file of an input is looked at after so many that cannot be used.
const MOST_ERRORS: usize = 100;

/// Parts of a mosaic whose blocks are looked at before it is read.
const MOST_PARTS_CHECKED: usize = 2000;

/// A file of an input, for reading and for the record of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct InputFile {
    /// Path as found.
    pub path: PathBuf,
    /// What GDAL is handed: the path, or a variable inside the file.
    pub gdal_name: String,
    /// Size in bytes; 0 where the file is inside an archive.
    pub bytes: u64,
    /// Last change, where the file system tells.
    pub modified: Option<SystemTime>,
}

/// One input with every file looked at, but no pixel read.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedInput {
    /// Name in the study file.
    pub name: String,
    /// How often it has a value.
    pub steps: Steps,
    /// Number of steps.
    pub n_steps: usize,
    /// The type in which it is handed on.
    pub data_type: DataType,
    /// The unit the study states; over the file's.
    pub unit_word: Option<String>,
    /// GDAL's unit of the first band.
    pub file_unit: Option<String>,
    /// Factor used: the study's, else the file's, else 1.
    pub scale: f64,
    /// Offset used: the study's, else the file's, else 0.
    pub offset: f64,
    /// Stored numbers that mean missing: the file's and the study's.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Its files.
    pub files: Vec<InputFile>,
    /// GDAL driver of the first file.
    pub driver: String,
    /// Columns and rows of a block of the first file.
    pub block_size: (usize, usize),
    /// A sentence on where years and months come from.
    pub how_time_was_found: String,
    /// Its own grid.
    pub grid: Grid,
    /// How it comes to the study grid, in a sentence.
    pub how_placed: String,
    /// Its own grid once more, where that is not the study's, and how it is brought there.
    pub(crate) other: Option<OtherGrid>,
    /// Where each step is: the file, and the band from 1, `[step]`.
    pub(crate) places: Vec<(usize, usize)>,
    /// How the numbers of each file become those handed on, `[file]`.
    pub(crate) storage: Vec<Storage>,
    /// Reading all bands of a piece before the next piece is faster.
    pub(crate) is_piecewise: bool,
    /// Caller's conversion: `quantity = (stored · scale + offset + add) · factor`.
    pub(crate) add: f64,
    /// One factor, or one a step.
    pub(crate) factor: Vec<f64>,
}

/// How numbers of a file are treated on reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Storage {
    /// Handed on as they are; `folded` codes become the first nodata code.
    Native {
        /// Nodata codes past those a shader is handed.
        folded: Vec<f64>,
    },
    /// Read as `f64`, missing ones set to NaN, then `f32`.
    Converted {
        /// Signed bytes, which GDAL before 3.7 gives as unsigned ones.
        is_signed_byte: bool,
        /// Codes that mean missing.
        nodata: Vec<f64>,
        /// Outside is missing.
        valid_range: Option<[f64; 2]>,
        /// Factor and offset, where they differ between the files; else 1 and 0.
        scale_offset: (f64, f64),
    },
}

impl OpenedInput {
    /// How the numbers handed on become quantities, the caller's conversion included.
    #[must_use]
    pub fn decoding(&self) -> Decoding {
        let is_native = matches!(self.storage.first(), Some(Storage::Native { .. }));
        let nodata = if is_native { &self.nodata[..] } else { &[] };
        Decoding {
            bias: (self.offset + self.add) / self.scale,
            scale: self.factor.iter().map(|factor| factor * self.scale).collect(),
            valid_range: self.valid_range.filter(|_| is_native),
            nodata: nodata.iter().copied().take(Decoding::MAX_NODATA).collect(),
        }
    }

    /// The input as the engines see it, in `unit` after decoding; `most_cells` of an input on another grid are not
    /// known before the study is cut into tiles.
    #[must_use]
    pub fn spec(&self, unit: impl Into<String>) -> InputSpec {
        InputSpec {
            name: self.name.clone(),
            unit: unit.into(),
            steps: self.steps,
            n_steps: self.n_steps,
            data_type: self.data_type,
            decoding: self.decoding(),
            lies: self.other.as_ref().map_or(Lies::OnGrid, |other| Lies::OnCells {
                resampling: other.resampling,
                reach: other.reach,
                most_cells: 0,
            }),
        }
    }

    /// Bytes of one pixel of all steps.
    #[must_use]
    pub fn bytes_per_pixel(&self) -> usize {
        self.n_steps * self.data_type.bytes()
    }
}

/// What one file says about itself.
pub(crate) struct LookedAt {
    file: InputFile,
    grid: Grid,
    pub(crate) has_classes: bool,
    driver: String,
    block_size: (usize, usize),
    is_pixel_interleaved: bool,
    unit: String,
    data_type: GdalDataType,
    is_signed_byte: bool,
    scale: Option<f64>,
    offset: Option<f64>,
    nodata: Vec<f64>,
    pub(crate) descriptions: Vec<String>,
    /// From a time axis or metadata, `[band]`.
    axis_times: Option<Vec<Time>>,
    pattern_time: Option<Time>,
}

/// An input and the grid of each of its files.
pub(crate) struct Opening {
    pub(crate) input: OpenedInput,
    pub(crate) grids: Vec<Grid>,
    /// How the study says that it is resampled.
    pub(crate) asked: Option<Resampling>,
    /// Its numbers are names of classes.
    pub(crate) has_classes: bool,
    pub(crate) notes: Vec<String>,
}

/// Opens every file of an input, once, and arranges its steps; every file that cannot be used is an error.
pub(crate) fn open(request: &InputRequest, years: Years) -> Result<Opening, Vec<SourceError>> {
    let found = expand(&request.name, &request.files, years).map_err(|error| vec![error])?;
    let (mut notes, mut looked, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for file in &found {
        match look_at(request, file, &mut notes) {
            Ok(file) => looked.push(file),
            Err(error) => errors.push(error),
        }
        // Thousands of files that are no rasters would take minutes, and tell nothing more.
        if errors.len() >= MOST_ERRORS {
            break;
        }
    }
    if errors.is_empty() {
        return arranged(request, looked, notes, years).map_err(|error| vec![error]);
    }
    if errors.len() > SHOWN {
        let (n, is_all) = (errors.len() - SHOWN, errors.len() < MOST_ERRORS);
        errors.truncate(SHOWN);
        errors.push(SourceError::MoreFiles { input: request.name.clone(), n, is_all });
    }
    Err(errors)
}

/// The input with its steps arranged.
fn arranged(
    request: &InputRequest,
    looked: Vec<LookedAt>,
    mut notes: Vec<String>,
    years: Years,
) -> Result<Opening, SourceError> {
    let (bands, source) = bands_with_times(&looked);
    let arranged = arrange(&request.name, request.steps, &bands, source, years)?;
    if arranged.is_by_order {
        notes.push(format!("input `{}`: {}", request.name, arranged.how));
    }
    let mut input = describe(request, &looked, &mut notes)?;
    input.steps = arranged.steps;
    input.n_steps = arranged.places.len();
    input.places = arranged.places;
    input.how_time_was_found = arranged.how;
    let has_classes = looked.iter().any(|file| file.has_classes);
    let grids = looked.into_iter().map(|file| file.grid).collect();
    Ok(Opening { input, grids, asked: request.resampling, has_classes, notes })
}

/// Opens one file, or the variable in it that is meant.
pub(crate) fn open_variable(
    input: &str,
    path: &Path,
    variable: Option<&str>,
) -> Result<(Dataset, String), SourceError> {
    check_openable(input, path)?;
    let refused = |reason| SourceError::Open { input: input.to_owned(), path: path.to_owned(), reason };
    for part in vrt::parts(path).map_err(refused)? {
        check_openable(input, &part)?;
    }
    let plain = path.to_string_lossy().into_owned();
    let dataset = open_gdal(input, path, &plain)?;
    let variables = variables_of(&dataset);
    let names = || variables.iter().map(|name| short_name(name).to_owned()).collect::<Vec<_>>();
    let Some(variable) = variable else {
        return match (variables.as_slice(), dataset.raster_count()) {
            ([only], 0) => Ok((open_gdal(input, path, only)?, only.clone())),
            ([_, ..], 0) => {
                Err(SourceError::WhichVariable { input: input.to_owned(), path: path.to_owned(), variables: names() })
            }
            _ => Ok((dataset, plain)),
        };
    };
    let is_meant = |name: &&String| short_name(name) == variable || name.ends_with(&format!(":{variable}"));
    if let Some(name) = variables.iter().find(is_meant) {
        return Ok((open_gdal(input, path, name)?, name.clone()));
    }
    let own = netcdf_variable(&dataset);
    if own.as_deref() == Some(variable) {
        return Ok((dataset, plain));
    }
    let variables = names().into_iter().chain(own).collect();
    Err(SourceError::NoSuchVariable {
        input: input.to_owned(),
        path: path.to_owned(),
        variable: variable.to_owned(),
        variables,
    })
}

/// Opens what GDAL calls `name`, the file `path` or a part of it.
pub(crate) fn open_gdal(input: &str, path: &Path, name: &str) -> Result<Dataset, SourceError> {
    quiet_hdf5_on_this_thread();
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        ..DatasetOptions::default()
    };
    Dataset::open_ex(name, options).map_err(|error| SourceError::Open {
        input: input.to_owned(),
        path: path.to_owned(),
        reason: text_of(&error),
    })
}

/// Refuses what GDAL would wait on for ever, or could not be told the name of.
pub(crate) fn check_openable(input: &str, path: &Path) -> Result<(), SourceError> {
    let refused =
        |reason: &str| SourceError::Open { input: input.to_owned(), path: path.to_owned(), reason: reason.to_owned() };
    let Some(name) = path.to_str() else {
        return Err(refused("its name is not UTF-8; rename it"));
    };
    if name.contains('\0') {
        return Err(refused("its name holds a zero byte"));
    }
    // What is no path here, such as NETCDF:"a.nc":t or /vsizip/..., is GDAL's to judge.
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => Err(refused("it is a pipe or a device, not a file")),
        _ => Ok(()),
    }
}

/// What to write under `variable` for one of GDAL's names of subdatasets.
pub(crate) fn short_name(name: &str) -> &str {
    name.rsplit([':', '/']).next().unwrap_or(name)
}

/// Bytes of one block of a band, decoded.
pub(crate) fn block_bytes(band: &RasterBand<'_>) -> u64 {
    let (width, height) = band.block_size();
    (width as u64).saturating_mul(height as u64).saturating_mul(u64::from(band.band_type().bytes()))
}

fn variables_of(dataset: &Dataset) -> Vec<String> {
    let items = dataset.metadata_domain("SUBDATASETS").unwrap_or_default();
    let name =
        |item: &String| item.split_once('=').filter(|(key, _)| key.ends_with("_NAME")).map(|(_, name)| name.to_owned());
    items.iter().filter_map(name).collect()
}

fn netcdf_variable(dataset: &Dataset) -> Option<String> {
    dataset.rasterband(1).ok()?.metadata_item("NETCDF_VARNAME", "")
}

/// Opens one file of an input, without reading a pixel.
pub(crate) fn look_at(
    request: &InputRequest,
    found: &FoundFile,
    notes: &mut Vec<String>,
) -> Result<LookedAt, SourceError> {
    let (input, path) = (&request.name, &found.path);
    let (dataset, gdal_name) = open_variable(input, path, request.variable.as_deref())?;
    let (width, height) = dataset.raster_size();
    if dataset.raster_count() == 0 {
        return Err(SourceError::NoBands { input: input.clone(), path: path.clone() });
    }
    if width.checked_mul(height).is_none_or(|n| n > 1 << 40) {
        return Err(SourceError::TooLarge { input: input.clone(), path: path.clone(), width, height });
    }
    check_place(input, path, &dataset)?;
    check_blocks(request, path, &dataset)?;
    check_length(input, path, &dataset)?;
    let (mut grid, is_assumed) = grid_of(&dataset);
    check_georeference(&dataset).map_err(|reason| SourceError::Georeference {
        input: input.clone(),
        path: path.clone(),
        reason,
    })?;
    if let Some(text) = &request.crs {
        set_crs(&mut grid, &reference_system(&format!("inputs.{input}.crs"), text)?);
    }
    if is_assumed && request.crs.is_none() {
        let note = format!("input `{input}`: its files name no reference system; degrees are taken as WGS84");
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    let file = file_record(path, gdal_name);
    let looked = look_at_bands(input, file, &dataset, grid, found.time)?;
    check_scale(request, &looked)?;
    Ok(looked)
}

/// Refuses pixels without a size or a place.
fn check_place(input: &str, path: &Path, dataset: &Dataset) -> Result<(), SourceError> {
    // A file without any transform is told by its lack of a reference system.
    let Ok(transform) = dataset.geo_transform() else { return Ok(()) };
    let [_, a, b, _, c, d] = transform;
    let area = a * d - b * c;
    if transform.iter().all(|x| x.is_finite()) && area.is_finite() && area != 0.0 {
        return Ok(());
    }
    Err(SourceError::Transform { input: input.to_owned(), path: path.to_owned(), transform })
}

/// Refuses files that end early where GDAL would read zeros past their end.
fn check_length(input: &str, path: &Path, dataset: &Dataset) -> Result<(), SourceError> {
    let Ok(found) = std::fs::metadata(path).map(|metadata| metadata.len()) else { return Ok(()) };
    let expected = match dataset.driver().short_name().as_str() {
        "netCDF" => truncated::expected_netcdf_bytes(path),
        "ENVI" => {
            let (width, height) = dataset.raster_size();
            let of_band = |band: RasterBand<'_>| {
                (width as u64).saturating_mul(height as u64).saturating_mul(u64::from(band.band_type().bytes()))
            };
            Some(dataset.rasterbands().filter_map(Result::ok).map(of_band).fold(0, u64::saturating_add))
        }
        _ => None,
    };
    match expected {
        Some(expected) if found < expected => {
            Err(SourceError::Truncated { input: input.to_owned(), path: path.to_owned(), found, expected })
        }
        _ => Ok(()),
    }
}

/// Refuses blocks that would not fit into the memory when they are decoded, of the file and of a mosaic's parts.
fn check_blocks(request: &InputRequest, path: &Path, dataset: &Dataset) -> Result<(), SourceError> {
    let Some(limit) = request.most_block_bytes else { return Ok(()) };
    let check = |path: &Path, dataset: &Dataset| {
        let bytes = dataset.rasterband(1).map_or(0, |band| block_bytes(&band));
        if bytes <= limit {
            return Ok(());
        }
        Err(SourceError::Block { input: request.name.clone(), path: path.to_owned(), bytes, limit })
    };
    check(path, dataset)?;
    let parts = vrt::parts(path).unwrap_or_default();
    for part in parts.iter().take(MOST_PARTS_CHECKED) {
        // One that cannot be opened is told when it is read.
        if let Ok(dataset) = open_gdal(&request.name, part, &part.to_string_lossy()) {
            check(part, &dataset)?;
        }
    }
    Ok(())
}

fn file_record(path: &Path, gdal_name: String) -> InputFile {
    let metadata = std::fs::metadata(path).ok();
    InputFile {
        path: path.to_owned(),
        gdal_name,
        bytes: metadata.as_ref().map_or(0, std::fs::Metadata::len),
        modified: metadata.and_then(|metadata| metadata.modified().ok()),
    }
}

fn look_at_bands(
    input: &str,
    file: InputFile,
    dataset: &Dataset,
    grid: Grid,
    pattern_time: Option<Time>,
) -> Result<LookedAt, SourceError> {
    let unreadable = |error: &gdal::errors::GdalError| SourceError::Open {
        input: input.to_owned(),
        path: file.path.clone(),
        reason: text_of(error),
    };
    let first = dataset.rasterband(1).map_err(|error| unreadable(&error))?;
    let is_signed_byte = first.metadata_item("PIXELTYPE", "IMAGE_STRUCTURE").as_deref() == Some("SIGNEDBYTE");
    let (mut descriptions, mut data_type) = (Vec::new(), first.band_type());
    let mut nodata: Vec<f64> = Vec::new();
    for number in 1..=dataset.raster_count() {
        let band = dataset.rasterband(number).map_err(|error| unreadable(&error))?;
        if band.band_type() == GdalDataType::Unknown {
            return Err(SourceError::DataType { input: input.to_owned(), path: file.path.clone(), band: number });
        }
        if band.band_type() != data_type {
            data_type = GdalDataType::Float64;
        }
        if let Some(code) = band.no_data_value().filter(|code| !code.is_nan() && !nodata.contains(code)) {
            nodata.push(code);
        }
        descriptions.push(band.description().unwrap_or_default());
    }
    let block_size = first.block_size();
    let interleave = dataset.metadata_item("INTERLEAVE", "IMAGE_STRUCTURE");
    Ok(LookedAt {
        driver: dataset.driver().short_name(),
        block_size,
        is_pixel_interleaved: interleave.as_deref() == Some("PIXEL") && dataset.raster_count() > 1,
        unit: first.unit(),
        data_type,
        is_signed_byte,
        scale: first.scale(),
        offset: first.offset(),
        nodata,
        has_classes: first.color_table().is_some() || !category_names(&first).is_empty(),
        descriptions,
        axis_times: axis_times(dataset),
        pattern_time,
        grid,
        file,
    })
}

fn check_scale(request: &InputRequest, looked: &LookedAt) -> Result<(), SourceError> {
    let scale = request.scale.or(looked.scale).unwrap_or(1.0);
    if scale != 0.0 && scale.is_finite() {
        return Ok(());
    }
    let path = looked.file.path.clone();
    Err(SourceError::Scale { input: request.name.clone(), path, scale })
}

/// Times from a time axis or from metadata of the bands; `None` unless every band has one.
fn axis_times(dataset: &Dataset) -> Option<Vec<Time>> {
    (1..=dataset.raster_count())
        .map(|number| {
            let band = dataset.rasterband(number).ok()?;
            let items = band.metadata_domain("")?;
            items.iter().find_map(|item| {
                let (key, value) = item.split_once('=')?;
                time_of_item(dataset, key, value)
            })
        })
        .collect()
}

fn time_of_item(dataset: &Dataset, key: &str, value: &str) -> Option<Time> {
    if let Some(axis) = key.strip_prefix("NETCDF_DIM_") {
        let value = value.parse().ok()?;
        let of_axis = |what: &str| dataset.metadata_item(&format!("{axis}#{what}"), "");
        let time = time_of_axis(value, &of_axis("units")?, of_axis("calendar").as_deref());
        return time.or_else(|| year_axis(axis, value));
    }
    match key.to_lowercase().as_str() {
        "grib_valid_time" => time_of_grib(value),
        "date" | "time" | "datetime" | "timestamp" | "year" => times_of_labels(&[value.to_owned()])?.first().copied(),
        _ => None,
    }
}

/// An axis that counts plain years.
fn year_axis(axis: &str, value: f64) -> Option<Time> {
    let is_year = axis.eq_ignore_ascii_case("year") && value.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a year")]
    let year = (is_year && (1500.0..=2500.0).contains(&value)).then_some(value as i32)?;
    Some(Time { year, month: None })
}

/// Every band with its time, and where the times come from.
fn bands_with_times(looked: &[LookedAt]) -> (Vec<Band>, Option<&'static str>) {
    let mut bands = Vec::new();
    for (file, of) in looked.iter().enumerate() {
        for band in 1..=of.descriptions.len() {
            let label = format!("{} band {band}", name_of(&of.file.path));
            bands.push(Band { file, number: band, label, time: None });
        }
    }
    let (found, source) = times_of(looked);
    if let Some(found) = found {
        for (band, time) in bands.iter_mut().zip(found) {
            band.time = Some(time);
        }
        return (bands, Some(source));
    }
    (bands, None)
}

/// One time a band, over all files; the first of pattern, axis, descriptions and names that has
/// one for each.
pub(crate) fn times_of(looked: &[LookedAt]) -> (Option<Vec<Time>>, &'static str) {
    let by_file = |time: fn(&LookedAt) -> Option<Vec<Time>>| -> Option<Vec<Time>> {
        looked.iter().map(time).collect::<Option<Vec<_>>>().map(|times| times.concat())
    };
    if let Some(times) = by_file(times_of_pattern) {
        return (Some(times), "from the pattern of the file names");
    }
    if let Some(times) = by_file(|file| file.axis_times.clone()) {
        return (Some(times), "from the time axis of the file");
    }
    let labels: Vec<String> = looked.iter().flat_map(|file| file.descriptions.clone()).collect();
    if let Some(times) = times_of_labels(&labels) {
        return (Some(times), "from the descriptions of the bands");
    }
    if let [only] = looked {
        return (times_in_name(only), "from the first and last year in the file name, its bands taken in order");
    }
    let names: Vec<String> = looked.iter().map(|file| name_of(&file.file.path)).collect();
    let times = times_of_labels(&names).map(|times| {
        let of_file = |(file, time): (&LookedAt, &Time)| spread(*time, file.descriptions.len());
        looked.iter().zip(&times).flat_map(of_file).collect()
    });
    (times, "from digits in the file names")
}

/// The years in the name of a single file, where its bands are that many years or their months.
fn times_in_name(file: &LookedAt) -> Option<Vec<Time>> {
    let years = years_in_name(&name_of(&file.file.path))?;
    let fits = |steps: &Steps| steps.count(years) == file.descriptions.len();
    [Steps::Annual, Steps::Monthly].into_iter().find(fits).map(|steps| times(steps, years))
}

/// The year of a pattern holds; its months come from the file's own axis where that agrees.
fn times_of_pattern(file: &LookedAt) -> Option<Vec<Time>> {
    let time = file.pattern_time?;
    let own = file.axis_times.clone().or_else(|| times_of_labels(&file.descriptions));
    let agrees =
        |times: &Vec<Time>| times.len() > 1 && times.iter().all(|own| own.year == time.year && own.month.is_some());
    Some(own.filter(agrees).unwrap_or_else(|| spread(time, file.descriptions.len())))
}

/// The times of a file of `n_bands` that is of `time`: itself, or the months of the year.
fn spread(time: Time, n_bands: usize) -> Vec<Time> {
    match (n_bands, time.month) {
        (12, None) => (1..=12).map(|month| Time { month: Some(month), ..time }).collect(),
        // More than one band of the same time is reported when the steps are arranged.
        _ => vec![time; n_bands],
    }
}

/// Scale, nodata and type of all files together; steps are filled in by the caller.
fn describe(request: &InputRequest, looked: &[LookedAt], notes: &mut Vec<String>) -> Result<OpenedInput, SourceError> {
    let Some(first) = looked.first() else {
        return Err(SourceError::NoInputs);
    };
    let scale_of =
        |file: &LookedAt| (request.scale.or(file.scale).unwrap_or(1.0), request.offset.or(file.offset).unwrap_or(0.0));
    let same_scale = looked.iter().all(|file| scale_of(file) == scale_of(first));
    let is_uniform =
        same_scale && looked.iter().all(|file| file.data_type == first.data_type && file.nodata == first.nodata);
    let native = native_type(first.data_type).filter(|_| is_uniform && !first.is_signed_byte);
    if !same_scale {
        notes.push(format!(
            "input `{}`: its files have different scales; each is decoded with its own on reading",
            request.name
        ));
    }
    let mut nodata = Vec::new();
    let storage = looked
        .iter()
        .map(|file| {
            let codes = usable_codes(request, file, notes);
            let own = if same_scale { (1.0, 0.0) } else { scale_of(file) };
            for &code in &codes {
                push_new(&mut nodata, code);
            }
            storage_of(file, codes, native.is_some(), request.valid_range, own)
        })
        .collect();
    let (scale, offset) = if same_scale { scale_of(first) } else { (1.0, 0.0) };
    notes.dedup();
    Ok(OpenedInput {
        name: request.name.clone(),
        steps: Steps::Static,
        n_steps: 0,
        data_type: native.unwrap_or(DataType::F32),
        unit_word: request.unit_word.clone(),
        file_unit: Some(first.unit.clone()).filter(|unit| !unit.is_empty()),
        scale,
        offset,
        nodata,
        valid_range: request.valid_range,
        files: looked.iter().map(|file| file.file.clone()).collect(),
        driver: first.driver.clone(),
        block_size: first.block_size,
        how_time_was_found: String::new(),
        grid: first.grid.clone(),
        how_placed: String::new(),
        other: None,
        places: Vec::new(),
        storage,
        is_piecewise: first.is_pixel_interleaved || is_chunked(first),
        add: 0.0,
        factor: vec![1.0],
    })
}

/// Chunks of netCDF and HDF5 may span bands, and are decoded again for each band unless all bands
/// of a chunk are read together.
fn is_chunked(file: &LookedAt) -> bool {
    let is_hdf = ["netCDF", "HDF5", "HDF5Image", "HDF4Image"].contains(&file.driver.as_str());
    is_hdf && file.descriptions.len() > 1 && file.block_size.1 > 1
}

fn native_type(data_type: GdalDataType) -> Option<DataType> {
    match data_type {
        GdalDataType::UInt8 => Some(DataType::U8),
        GdalDataType::Int16 => Some(DataType::I16),
        GdalDataType::UInt16 => Some(DataType::U16),
        GdalDataType::Float32 => Some(DataType::F32),
        _ => None,
    }
}

fn storage_of(
    file: &LookedAt,
    codes: Vec<f64>,
    is_native: bool,
    valid_range: Option<[f64; 2]>,
    scale_offset: (f64, f64),
) -> Storage {
    if is_native {
        return Storage::Native { folded: codes.into_iter().skip(Decoding::MAX_NODATA).collect() };
    }
    Storage::Converted { is_signed_byte: file.is_signed_byte, nodata: codes, valid_range, scale_offset }
}

/// Nodata of the file and the study that a stored number can be equal to.
fn usable_codes(request: &InputRequest, file: &LookedAt, notes: &mut Vec<String>) -> Vec<f64> {
    let mut codes = Vec::new();
    for &code in file.nodata.iter().chain(&request.nodata) {
        if code.is_nan() {
            continue;
        }
        let kept = codes_in(file.data_type, file.is_signed_byte, code);
        if kept.is_empty() {
            let note = format!(
                "input `{}`: nodata {code} is left out, no {} can be equal to it",
                request.name, file.data_type
            );
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        for code in kept {
            push_new(&mut codes, code);
        }
    }
    codes
}

fn push_new(codes: &mut Vec<f64>, code: f64) {
    if !codes.contains(&code) {
        codes.push(code);
    }
}

/// The stored numbers that `code` stands for in a type; none where it cannot be held.
fn codes_in(data_type: GdalDataType, is_signed_byte: bool, code: f64) -> Vec<f64> {
    let range = match data_type {
        GdalDataType::UInt8 if is_signed_byte => [-128.0, 127.0],
        GdalDataType::UInt8 => [0.0, 255.0],
        GdalDataType::Int16 => [-32_768.0, 32_767.0],
        GdalDataType::UInt16 => [0.0, 65_535.0],
        GdalDataType::Int32 => [f64::from(i32::MIN), f64::from(i32::MAX)],
        GdalDataType::UInt32 => [0.0, f64::from(u32::MAX)],
        GdalDataType::Float32 => return codes_in_f32(code),
        _ => return vec![code],
    };
    let fits = code.fract() == 0.0 && (range[0]..=range[1]).contains(&code);
    if fits { vec![code] } else { Vec::new() }
}

/// A code is written with however many digits; the largest float in particular comes as -3.4e38,
/// -3.40282306e38 and so on, and then both it and the largest float are meant.
fn codes_in_f32(code: f64) -> Vec<f64> {
    let largest = f64::from(f32::MAX).copysign(code);
    #[expect(clippy::cast_possible_truncation, reason = "the nearest float is what is stored")]
    let nearest = f64::from(code as f32);
    let mut codes = Vec::new();
    if nearest.is_finite() {
        codes.push(nearest);
    }
    if (code / largest - 1.0).abs() < 1e-3 {
        push_new(&mut codes, largest);
    }
    codes
}
