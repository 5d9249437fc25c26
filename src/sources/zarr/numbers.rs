//! The types of numbers that arrays store.

use bytemuck::Pod;
use gdal::raster::GdalDataType;
use serde_json::Value;

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Kind {
    /// From the metadata of an array: `float32` in format 3, `<f4` in format 2; `None` for others.
    pub(crate) fn of(name: &Value) -> Option<Self> {
        let kind = match name.as_str()?.trim_start_matches(['<', '>', '|', '=']) {
            "bool" | "b1" => Self::Bool,
            "int8" | "i1" => Self::I8,
            "uint8" | "u1" => Self::U8,
            "int16" | "i2" => Self::I16,
            "uint16" | "u2" => Self::U16,
            "int32" | "i4" => Self::I32,
            "uint32" | "u4" => Self::U32,
            "int64" | "i8" => Self::I64,
            "uint64" | "u8" => Self::U64,
            "float32" | "f4" => Self::F32,
            "float64" | "f8" => Self::F64,
            _ => return None,
        };
        Some(kind)
    }

    /// The type of the same bytes that `_Unsigned` says: netCDF wrote whole numbers without sign as ones with a sign.
    pub(crate) fn with_sign(self, is_unsigned: bool) -> Self {
        match (self, is_unsigned) {
            (Self::I8, true) => Self::U8,
            (Self::I16, true) => Self::U16,
            (Self::I32, true) => Self::U32,
            (Self::I64, true) => Self::U64,
            (Self::U8, false) => Self::I8,
            (Self::U16, false) => Self::I16,
            (Self::U32, false) => Self::I32,
            (Self::U64, false) => Self::I64,
            (same, _) => same,
        }
    }

    /// A number of this type that an attribute has with the other sign: 65535 for -1 of 16 bits without sign.
    #[expect(clippy::cast_precision_loss, reason = "at most 8 bytes")]
    pub(crate) fn in_range(self, number: f64) -> f64 {
        let n_numbers = (8.0 * self.bytes() as f64).exp2();
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 if number < 0.0 => number + n_numbers,
            Self::I8 | Self::I16 | Self::I32 | Self::I64 if number >= n_numbers / 2.0 => {
                number - n_numbers
            }
            _ => number,
        }
    }

    /// Bytes of a number.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The type of GDAL that holds all of its numbers; whole numbers of 64 bits are doubles, as everywhere here.
    pub(crate) fn of_gdal(self) -> GdalDataType {
        match self {
            Self::Bool | Self::U8 => GdalDataType::UInt8,
            Self::I8 | Self::I16 => GdalDataType::Int16,
            Self::U16 => GdalDataType::UInt16,
            Self::I32 => GdalDataType::Int32,
            Self::U32 => GdalDataType::UInt32,
            Self::F32 => GdalDataType::Float32,
            Self::I64 | Self::U64 | Self::F64 => GdalDataType::Float64,
        }
    }

    /// Whether its bytes are those of GDAL's type.
    fn is_of_gdal(self) -> bool {
        !matches!(self, Self::I8 | Self::I64 | Self::U64)
    }

    /// Puts numbers of this type, by their bytes in the order of the machine, into a slice of the same length.
    ///
    /// # Arguments
    ///
    /// * `ordinal` - number of GDAL's type of the slice.
    /// * `from` - makes one of a double.
    pub(crate) fn copy<T: Pod>(
        self,
        bytes: &[u8],
        to: &mut [T],
        ordinal: u32,
        from: impl Fn(f64) -> T,
    ) {
        if self.is_of_gdal() && self.of_gdal() as u32 == ordinal {
            bytemuck::cast_slice_mut::<T, u8>(to).copy_from_slice(bytes);
            return;
        }
        let mut place = to.iter_mut();
        self.each(bytes, |number| {
            if let Some(to) = place.next() {
                *to = from(number);
            }
        });
    }

    /// Numbers of this type as doubles.
    pub(crate) fn doubles(self, bytes: &[u8]) -> Vec<f64> {
        let mut doubles = Vec::with_capacity(bytes.len() / self.bytes());
        self.each(bytes, |number| doubles.push(number));
        doubles
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers of 64 bits are counts and codes far below 2^53"
    )]
    fn each(self, bytes: &[u8], mut take: impl FnMut(f64)) {
        macro_rules! each {
            ($number:ty, $convert:expr) => {
                bytes.chunks_exact(size_of::<$number>()).for_each(|of_one| {
                    take($convert(bytemuck::pod_read_unaligned::<$number>(of_one)))
                })
            };
        }
        match self {
            Self::Bool | Self::U8 => each!(u8, f64::from),
            Self::I8 => each!(i8, f64::from),
            Self::I16 => each!(i16, f64::from),
            Self::U16 => each!(u16, f64::from),
            Self::I32 => each!(i32, f64::from),
            Self::U32 => each!(u32, f64::from),
            Self::I64 => each!(i64, |number| number as f64),
            Self::U64 => each!(u64, |number| number as f64),
            Self::F32 => each!(f32, f64::from),
            Self::F64 => each!(f64, |number| number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers are those of the same bytes in two's complement.
    #[test]
    fn the_sign_of_whole_numbers_may_be_another_one() {
        for (kind, other, number, same) in [
            (Kind::I8, Kind::U8, -1.0, 255.0),
            (Kind::I16, Kind::U16, -9536.0, 56_000.0),
            (Kind::I32, Kind::U32, -2.0, 4_294_967_294.0),
            (Kind::I64, Kind::U64, -4096.0, 18_446_744_073_709_547_520.0),
        ] {
            assert_eq!(kind.with_sign(true), other);
            assert_eq!(other.with_sign(false), kind);
            assert_eq!(
                (other.with_sign(true), kind.with_sign(false)),
                (other, kind)
            );
            assert_eq!(
                (other.in_range(number), kind.in_range(same)),
                (same, number)
            );
            assert_eq!((other.in_range(9.0), kind.in_range(-9.0)), (9.0, -9.0));
        }
        assert_eq!(Kind::F32.with_sign(true), Kind::F32);
        assert_eq!(Kind::F32.in_range(-1.0), -1.0);
    }
}
