//! The numbers that types of rasters hold.

use gdal::raster::GdalDataType;

/// The least and the largest number of a type of whole numbers; `None` for floats.
pub(crate) fn limits_of(data_type: GdalDataType, is_signed_byte: bool) -> Option<[f64; 2]> {
    let limits = match data_type {
        GdalDataType::UInt8 if is_signed_byte => [-128.0, 127.0],
        GdalDataType::UInt8 => [0.0, 255.0],
        GdalDataType::Int16 => [-32_768.0, 32_767.0],
        GdalDataType::UInt16 => [0.0, 65_535.0],
        GdalDataType::Int32 => [f64::from(i32::MIN), f64::from(i32::MAX)],
        GdalDataType::UInt32 => [0.0, f64::from(u32::MAX)],
        _ => return None,
    };
    Some(limits)
}

/// Whether a type can hold a number; types of floats are taken to hold every number.
pub(crate) fn can_hold(data_type: GdalDataType, is_signed_byte: bool, code: f64) -> bool {
    let is_inside = |[low, high]: [f64; 2]| code.fract() == 0.0 && (low..=high).contains(&code);
    limits_of(data_type, is_signed_byte).is_none_or(is_inside)
}
