//! How the stored numbers of an input become quantities, and how each file is read for that.

use gdal::raster::GdalDataType;

use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::listing::name_of;
use crate::sources::files::scan::ScannedFile;
use crate::sources::request::InputRequest;
use crate::sources::values::codes::{push_new, usable_codes};
use crate::tile::{DataType, Decoding};

/// How stored numbers become quantities: `quantity = stored · scale + offset`, unless they are
/// missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Packing {
    /// Factor: the study's, else the file's, else 1.
    pub scale: f64,
    /// Offset: the study's, else the file's, else 0.
    pub offset: f64,
    /// Stored numbers that mean missing: the file's and the study's.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing: the study's, else what all files state.
    pub valid_range: Option<[f64; 2]>,
}

/// How the numbers of the files are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Storage {
    /// Given as they are stored; all files have one type.
    Native {
        /// The type.
        data_type: DataType,
        /// Nodata codes past those that a shader takes; on reading they become the first code,
        /// `[file][code]`.
        folded: Vec<Vec<f64>>,
    },
    /// Read as `f64`, missing ones set to NaN, then given as `f32`, `[file]`.
    Converted(Vec<FileNumbers>),
}

impl Storage {
    /// The type in which readers give the numbers.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Native { data_type, .. } => *data_type,
            Self::Converted(_) => DataType::F32,
        }
    }
}

/// How the numbers of a file are converted on reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileNumbers {
    /// Signed bytes, which GDAL before 3.7 gives as unsigned ones.
    pub(crate) is_signed_byte: bool,
    /// Codes that mean missing.
    pub(crate) nodata: Vec<f64>,
    /// Outside is missing.
    pub(crate) valid_range: Option<[f64; 2]>,
    /// Factor and offset if they differ between the files, else 1 and 0.
    pub(crate) scale_offset: (f64, f64),
    /// A mask in or beside the file, or a band of transparency, also marks missing pixels.
    pub(crate) has_mask: bool,
    /// The band of transparency, counted from 1.
    pub(crate) alpha: Option<usize>,
}

/// Scale, nodata and type of all files together.
///
/// # Arguments
///
/// * `has_gaps` - some steps have no file: their missing values need a code, or floats.
///
/// # Errors
///
/// Files that state different units where the study states none.
pub(crate) fn pack(
    request: &InputRequest,
    files: &[ScannedFile],
    has_gaps: bool,
    notes: &mut Vec<String>,
) -> Result<(Packing, Storage), SourceError> {
    let Some(first) = files.first() else {
        return Err(SourceError::NoInputs);
    };
    check_units(request, files)?;
    check_scales(request, files)?;
    note_other_scale(request, first, notes);
    let (scale, offset) = scale_of(request, first);
    let is_one_scale = files
        .iter()
        .all(|file| scale_of(request, file) == (scale, offset));
    if !is_one_scale {
        notes.push(format!(
            "input `{}`: its files have different scales; each file is decoded with its own scale",
            request.name
        ));
    }
    let mut nodata = Vec::new();
    let mut codes_of_files = Vec::new();
    for file in files {
        let codes = usable_codes(request, file, notes);
        for &code in &codes {
            push_new(&mut nodata, code);
        }
        codes_of_files.push(codes);
    }
    notes.dedup();
    let valid_range = shared_range(request, files);
    let storage = match shared_type(request, files, has_gaps).filter(|_| is_one_scale) {
        Some(data_type) => Storage::Native {
            data_type,
            folded: codes_of_files
                .into_iter()
                .map(|codes| codes.into_iter().skip(Decoding::MAX_NODATA).collect())
                .collect(),
        },
        None => Storage::Converted(
            files
                .iter()
                .zip(codes_of_files)
                .map(|(file, codes)| numbers_of(request, file, codes, is_one_scale))
                .collect(),
        ),
    };
    let (scale, offset) = if is_one_scale {
        (scale, offset)
    } else {
        (1.0, 0.0)
    };
    let packing = Packing {
        scale,
        offset,
        nodata,
        valid_range,
    };
    Ok((packing, storage))
}

fn numbers_of(
    request: &InputRequest,
    file: &ScannedFile,
    nodata: Vec<f64>,
    is_one_scale: bool,
) -> FileNumbers {
    FileNumbers {
        is_signed_byte: file.is_signed_byte,
        nodata,
        valid_range: request.valid_range().or(file.valid_range),
        scale_offset: if is_one_scale {
            (1.0, 0.0)
        } else {
            scale_of(request, file)
        },
        has_mask: file.has_mask,
        alpha: file.alpha,
    }
}

/// Scale and offset of a file: the study's, else its own.
fn scale_of(request: &InputRequest, file: &ScannedFile) -> (f64, f64) {
    (
        request.scale().or(file.scale).unwrap_or(1.0),
        request.offset.or(file.offset).unwrap_or(0.0),
    )
}

/// The range of valid stored numbers: the study's, else the one that every file states.
fn shared_range(request: &InputRequest, files: &[ScannedFile]) -> Option<[f64; 2]> {
    let stated = files.first().and_then(|file| file.valid_range);
    let is_shared = files.iter().all(|file| file.valid_range == stated);
    request.valid_range().or(stated.filter(|_| is_shared))
}

/// The type in which the numbers of all files can be given as they are stored.
fn shared_type(request: &InputRequest, files: &[ScannedFile], has_gaps: bool) -> Option<DataType> {
    let first = files.first()?;
    // A mask is laid over numbers as floats, which have NaN.
    let is_alike = |file: &ScannedFile| {
        file.data_type == first.data_type
            && file.nodata == first.nodata
            && !file.has_mask
            && (request.valid_range().is_some() || file.valid_range == first.valid_range)
    };
    let has_code = || {
        files
            .iter()
            .any(|file| !usable_codes(request, file, &mut Vec::new()).is_empty())
    };
    native_type(first.data_type)
        .filter(|_| files.iter().all(is_alike) && !first.is_signed_byte)
        .filter(|data_type| !has_gaps || *data_type == DataType::F32 || has_code())
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

/// Refuses files that state different units where the study states none.
fn check_units(request: &InputRequest, files: &[ScannedFile]) -> Result<(), SourceError> {
    let mut stated = files.iter().filter(|file| !file.unit.is_empty());
    let Some(first) = stated.next().filter(|_| request.stated_unit().is_none()) else {
        return Ok(());
    };
    let Some(other) = stated.find(|file| file.unit != first.unit) else {
        return Ok(());
    };
    Err(SourceError::File(FileError::Differ {
        input: request.name.clone(),
        what: "units",
        one: name_of(&first.file.path),
        other: name_of(&other.file.path),
        values: Box::new([first, other].map(|file| format!("{:?}", file.unit))),
    }))
}

/// Whole numbers of which some files state a scale or an offset and others none lost it on their way, as with
/// `gdalwarp`; floats may have been decoded.
fn check_scales(request: &InputRequest, files: &[ScannedFile]) -> Result<(), SourceError> {
    let check = |what: &'static str, plain: f64, of: &dyn Fn(&ScannedFile) -> Option<f64>| {
        let is_whole = |file: &&ScannedFile| {
            !matches!(
                file.data_type,
                GdalDataType::Float32 | GdalDataType::Float64
            )
        };
        let changes = |file: &&ScannedFile| of(file).is_some_and(|x| x != plain);
        let stated = files.iter().find(changes);
        let lost = files
            .iter()
            .filter(is_whole)
            .find(|file| of(file).is_none());
        let Some((stated, lost)) = stated.zip(lost) else {
            return Ok(());
        };
        let value = |file: &ScannedFile| of(file).map_or("none".to_owned(), |x| x.to_string());
        Err(SourceError::File(FileError::Differ {
            input: request.name.clone(),
            what,
            one: name_of(&stated.file.path),
            other: name_of(&lost.file.path),
            values: Box::new([value(stated), value(lost)]),
        }))
    };
    if request.scale().is_none() {
        check("scale", 1.0, &|file| file.scale)?;
    }
    if request.offset.is_none() {
        check("offset", 0.0, &|file| file.offset)?;
    }
    Ok(())
}

/// A product whose files state another scale than the product has.
fn note_other_scale(request: &InputRequest, file: &ScannedFile, notes: &mut Vec<String>) {
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
            "input `{}`: its files state the scale {own}, but the scale {scale} of product {} is \
             used; set `scale` in the study to decide otherwise",
            request.name, preset.product.name
        ));
    }
}
