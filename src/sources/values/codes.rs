//! Numbers that mean missing, in the types that files store.

use gdal::raster::GdalDataType;

use crate::sources::files::scan::ScannedFile;
use crate::sources::request::InputRequest;
use crate::sources::values::type_limits::can_hold;

/// Codes that are counted: those that mean missing, and those of the product that its valid range
/// keeps out.
pub(crate) fn counted_codes(request: &InputRequest, nodata: &[f64]) -> Vec<f64> {
    let of_product = request
        .product
        .iter()
        .flat_map(|preset| preset.layer.fill)
        .map(|fill| fill.code);
    nodata.iter().copied().chain(of_product).collect()
}

/// Nodata of the file and the study that a stored number can be equal to.
pub(crate) fn usable_codes(
    request: &InputRequest,
    file: &ScannedFile,
    notes: &mut Vec<String>,
) -> Vec<f64> {
    let mut codes = Vec::new();
    for &code in file.nodata.iter().chain(&request.nodata()) {
        if code.is_nan() {
            continue;
        }
        let kept = codes_in(file.data_type, file.is_signed_byte, code);
        if kept.is_empty() {
            let note = format!(
                "input `{}`: nodata {code} is ignored: no {} can be equal to it",
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

/// Adds a code unless it is there.
pub(crate) fn push_new(codes: &mut Vec<f64>, code: f64) {
    if !codes.contains(&code) {
        codes.push(code);
    }
}

/// The stored numbers of a type that `code` means; none if the type cannot hold it.
fn codes_in(data_type: GdalDataType, is_signed_byte: bool, code: f64) -> Vec<f64> {
    if data_type == GdalDataType::Float32 {
        return codes_in_f32(code);
    }
    if can_hold(data_type, is_signed_byte, code) {
        vec![code]
    } else {
        Vec::new()
    }
}

/// Files write a code with any number of digits. The largest float in particular comes as -3.4e38
/// or -3.40282306e38; then both that number and the largest float are taken as codes.
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
