//! Opens an input: its files are scanned, their bands arranged in steps, their grid related to that of the study.

use std::path::PathBuf;
use std::sync::Arc;

use gdal::raster::GdalDataType;

use crate::calendar::{Calendar, Steps, Time, Years};
use crate::grid::Grid;
use crate::sources::cell_cache::SharedCells;
use crate::sources::error::{SHOWN, SourceError};
use crate::sources::files::listing::name_of;
use crate::sources::files::mosaic::join;
use crate::sources::files::pattern::expand_but;
use crate::sources::files::scan::{LookedAt, look_at};
use crate::sources::grids::comparison::other_grid;
use crate::sources::grids::placement::{self, Placed};
use crate::sources::grids::same_grid::is_same_grid;
use crate::sources::input::{OpenedInput, Storage};
use crate::sources::request::InputRequest;
use crate::sources::times::arrange::{arrange, stated_gaps};
use crate::sources::times::bands::{bands_with_times, other_times};
use crate::sources::values::fill_counts::FillCounts;
use crate::tile::{DataType, Decoding, Resampling};

/// No further file of an input is looked at after so many that cannot be used.
const MAX_ERRORS: usize = 100;

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
    let expanded = expand_but(&request.name, &request.files, years, &request.missing)
        .map_err(|error| vec![error])?;
    let (mut notes, mut looked, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for file in &expanded.files {
        match look_at(request, file, &mut notes) {
            Ok(file) => looked.push(file),
            Err(error) => errors.push(error),
        }
        // Thousands of files that are no rasters would take minutes, and tell nothing more.
        if errors.len() >= MAX_ERRORS {
            break;
        }
    }
    if errors.is_empty() {
        return arranged(request, looked, &expanded.left_out, notes, years)
            .map_err(|error| vec![error]);
    }
    if errors.len() > SHOWN {
        let (n, is_all) = (errors.len() - SHOWN, errors.len() < MAX_ERRORS);
        errors.truncate(SHOWN);
        errors.push(SourceError::MoreFiles {
            input: request.name.clone(),
            n,
            is_all,
        });
    }
    Err(errors)
}

/// The input with its steps arranged.
fn arranged(
    request: &InputRequest,
    looked: Vec<LookedAt>,
    left_out: &[(Time, PathBuf)],
    mut notes: Vec<String>,
    years: Years,
) -> Result<Opening, SourceError> {
    let looked = join(request, looked, &mut notes)?;
    check_times(request, &looked, &mut notes)?;
    let (bands, source) = bands_with_times(&looked);
    let arranged = arrange(request, &bands, source, years)?;
    notes.extend(
        arranged
            .notes
            .iter()
            .map(|note| format!("input `{}`: {note}", request.name)),
    );
    let left_out = left_out.iter().map(|(time, path)| (*time, name_of(path)));
    notes.extend(stated_gaps(
        &request.name,
        left_out.chain(arranged.left_out),
    ));
    let mut input = describe(
        request,
        &looked,
        arranged.places.contains(&None),
        &mut notes,
    )?;
    input.steps = arranged.steps;
    input.n_steps = arranged.places.len();
    input.places = arranged.places;
    input.how_time_was_found = arranged.how;
    input.gaps.clone_from(&request.missing);
    input.gaps.sort_unstable();
    input.calendar = calendar_of(&request.name, &looked, &mut notes);
    let has_classes = looked.iter().any(|file| file.has_classes);
    let grids = looked.into_iter().map(|file| file.grid).collect();
    Ok(Opening {
        input,
        grids,
        asked: request.resampling,
        has_classes,
        notes,
    })
}

/// Refuses files of several times of which some are none of the year in their name, and tells of others whose axis has
/// another time.
fn check_times(
    request: &InputRequest,
    looked: &[LookedAt],
    notes: &mut Vec<String>,
) -> Result<(), SourceError> {
    let others = || {
        looked
            .iter()
            .filter_map(|file| Some((file, other_times(file)?)))
    };
    if let Some((file, [first, last])) = others().find(|(_, [first, last])| first != last) {
        return Err(SourceError::OtherTimes {
            input: request.name.clone(),
            path: file.file.path.clone(),
            span: format!("{first} to {last}"),
        });
    }
    let n = others().count();
    if let Some((file, [time, _])) = others().next() {
        let name = name_of(&file.file.path);
        notes.push(format!(
            "input `{}`: {n} of its files have another time on their axis than in their name, such as {name}, {time}; the \
             name, which the pattern asks for, was followed",
            request.name
        ));
    }
    Ok(())
}

/// The calendar of the time axes; where they differ, or there is none, that of everyday life.
fn calendar_of(input: &str, looked: &[LookedAt], notes: &mut Vec<String>) -> Calendar {
    if let Some(unread) = looked.iter().find_map(|file| file.axis.unread.as_ref()) {
        notes.push(format!(
            "input `{input}`: its time axis, {unread}, is of a kind that cannot be read"
        ));
    }
    if looked.iter().any(|file| file.axis.are_ends) {
        notes.push(format!(
            "input `{input}`: its time axis has the ends of its periods, such as 1 February for January, as its bounds say; \
             the middles were taken"
        ));
    }
    let mut calendars = looked.iter().filter_map(|file| file.axis.calendar);
    let Some(first) = calendars.next() else {
        return Calendar::default();
    };
    if calendars.all(|calendar| calendar == first) {
        return first;
    }
    notes.push(format!(
        "input `{input}`: its files have different calendars; days are counted in the standard one"
    ));
    Calendar::default()
}

/// An input with its place on the study grid, and what the user should know of it.
pub(crate) fn placed(
    opening: Opening,
    study: Option<&Grid>,
) -> Result<(OpenedInput, Vec<String>), SourceError> {
    check_grids(&opening)?;
    let Opening {
        mut input,
        asked,
        has_classes,
        mut notes,
        ..
    } = opening;
    if let Some(study) = study {
        let path = input
            .files
            .first()
            .map(|file| file.path.clone())
            .unwrap_or_default();
        let file = Placed {
            input: &input.name,
            path: &path,
            grid: &input.grid,
            asked,
            has_classes,
        };
        let placement = placement::place(file, study)?;
        (input.other, input.how_placed) = (placement.other, placement.how);
        notes.extend(placement.notes);
    }
    Ok((input, notes))
}

/// All files of an input lie on one grid.
fn check_grids(opening: &Opening) -> Result<(), SourceError> {
    let first = &opening.input.grid;
    for (file, grid) in opening.input.files.iter().zip(&opening.grids) {
        if !is_same_grid(grid, first) {
            return Err(other_grid(&opening.input.name, &file.path, grid, first));
        }
    }
    Ok(())
}

/// Scale, nodata and type of all files together; steps are filled in by the caller.
///
/// # Arguments
///
/// * `has_gaps` - some steps have no file: their missing values need a code, or floats.
fn describe(
    request: &InputRequest,
    looked: &[LookedAt],
    has_gaps: bool,
    notes: &mut Vec<String>,
) -> Result<OpenedInput, SourceError> {
    let Some(first) = looked.first() else {
        return Err(SourceError::NoInputs);
    };
    let scale_of = |file: &LookedAt| {
        (
            request.scale().or(file.scale).unwrap_or(1.0),
            request.offset.or(file.offset).unwrap_or(0.0),
        )
    };
    check_units(request, looked)?;
    note_other_scale(request, first, notes);
    let same_scale = looked.iter().all(|file| scale_of(file) == scale_of(first));
    let is_alike =
        |file: &LookedAt| file.data_type == first.data_type && file.nodata == first.nodata;
    // A mask is laid over numbers as floats, which have NaN.
    let is_uniform = same_scale && looked.iter().all(|file| is_alike(file) && !file.has_mask);
    let has_code = || {
        looked
            .iter()
            .any(|file| !usable_codes(request, file, &mut Vec::new()).is_empty())
    };
    let native = native_type(first.data_type)
        .filter(|_| is_uniform && !first.is_signed_byte)
        .filter(|data_type| !has_gaps || *data_type == DataType::F32 || has_code());
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
            let own = if same_scale {
                (1.0, 0.0)
            } else {
                scale_of(file)
            };
            for &code in &codes {
                push_new(&mut nodata, code);
            }
            storage_of(file, codes, native.is_some(), request.valid_range(), own)
        })
        .collect();
    let (scale, offset) = if same_scale {
        scale_of(first)
    } else {
        (1.0, 0.0)
    };
    notes.dedup();
    Ok(OpenedInput {
        name: request.name.clone(),
        steps: Steps::Static,
        n_steps: 0,
        data_type: native.unwrap_or(DataType::F32),
        unit_word: request.unit_word.clone(),
        file_unit: looked
            .iter()
            .map(|file| file.unit.clone())
            .find(|unit| !unit.is_empty()),
        scale,
        offset,
        fill_counts: Arc::new(FillCounts::new(
            known_codes(request, &nodata),
            request.valid_range(),
        )),
        product: request.product,
        nodata,
        valid_range: request.valid_range(),
        files: looked.iter().map(|file| file.file.clone()).collect(),
        driver: first.driver.clone(),
        block_size: first.block_size,
        how_time_was_found: String::new(),
        grid: first.grid.clone(),
        how_placed: String::new(),
        other: None,
        held: SharedCells::default(),
        gaps: Vec::new(),
        calendar: Calendar::default(),
        places: Vec::new(),
        storage,
        is_piecewise: first.is_pixel_interleaved || is_chunked(first),
        add: 0.0,
        factor: vec![1.0],
    })
}

/// Refuses files that state different units where the study states none.
fn check_units(request: &InputRequest, looked: &[LookedAt]) -> Result<(), SourceError> {
    let mut stated = looked.iter().filter(|file| !file.unit.is_empty());
    let Some(first) = stated.next().filter(|_| request.stated_unit().is_none()) else {
        return Ok(());
    };
    let Some(other) = stated.find(|file| file.unit != first.unit) else {
        return Ok(());
    };
    Err(SourceError::Differ {
        input: request.name.clone(),
        what: "units",
        one: name_of(&first.file.path),
        other: name_of(&other.file.path),
        values: Box::new([first, other].map(|file| format!("{:?}", file.unit))),
    })
}

/// Codes that are counted: those that mean missing, and those of the product that its valid range keeps out.
fn known_codes(request: &InputRequest, nodata: &[f64]) -> Vec<f64> {
    let of_product = request
        .product
        .iter()
        .flat_map(|preset| preset.layer.fill)
        .map(|fill| fill.code);
    nodata.iter().copied().chain(of_product).collect()
}

/// A product whose files state another scale than the product has.
fn note_other_scale(request: &InputRequest, file: &LookedAt, notes: &mut Vec<String>) {
    let Some((preset, scale)) = request
        .product
        .and_then(|preset| Some((preset, preset.layer.scale?)))
    else {
        return;
    };
    if let (None, Some(own)) = (
        request.scale,
        file.scale.filter(|own| (own / scale - 1.0).abs() > 1e-6),
    ) {
        notes.push(format!(
            "input `{}`: its files state the scale {own}, the product {} has {scale}, which is used; state `scale` to \
             decide otherwise",
            request.name, preset.product.name
        ));
    }
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
        return Storage::Native {
            folded: codes.into_iter().skip(Decoding::MAX_NODATA).collect(),
        };
    }
    Storage::Converted {
        is_signed_byte: file.is_signed_byte,
        nodata: codes,
        valid_range,
        scale_offset,
        has_mask: file.has_mask,
    }
}

/// Nodata of the file and the study that a stored number can be equal to.
fn usable_codes(request: &InputRequest, file: &LookedAt, notes: &mut Vec<String>) -> Vec<f64> {
    let mut codes = Vec::new();
    for &code in file.nodata.iter().chain(&request.nodata()) {
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
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest float is what is stored"
    )]
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
