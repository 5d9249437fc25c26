//! Values of a layer as whole numbers, so that their sums do not depend on the order of the pixels.
//!
//! Nothing need be known of the layer before its first pixel: a value is a whole number of a unit that its own size
//! gives, and values of one unit are summed together.

/// Bits of the significand that are kept; a layer's `f32` has 24.
const BITS: u32 = 32;
/// Neighbouring exponents of two that share a unit: values from the unit of a class to 2⁴ times it.
pub(super) const EXPONENTS: i32 = 4;
/// The weight of the largest pixel, when pixels count by their area.
const LARGEST_WEIGHT: f64 = 16_777_216.0;
/// The exponent of the unit of class 0.
const FIRST_EXPONENT: i32 = -1023 - 31;

/// A value as a whole number of the unit of its class, at most 2³⁵ from 0. A value that `f32` can hold is this number
/// exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// The class, 0 for the smallest values.
    pub(super) class: u16,
    /// The number of its units.
    pub(super) number: i64,
}

impl Whole {
    /// The whole number of `value`; `None` for one that is not finite.
    pub(super) fn of(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        if exponent == 0 {
            // No layer has numbers this near to 0.
            let (class, number) = (0, 0);
            return Some(Self { class, number });
        }
        let dropped = 53 - BITS;
        let significand = (bits & ((1 << 52) - 1)) | (1 << 52);
        let rounded = (significand + (1 << (dropped - 1))) >> dropped;
        let exponents = u64::from(EXPONENTS.unsigned_abs());
        let size = (rounded << (exponent % exponents)).cast_signed();
        Some(Self {
            class: u16::try_from(exponent / exponents).unwrap_or(u16::MAX),
            number: if value < 0.0 { -size } else { size },
        })
    }
}

/// The exponent of the unit of a class: the unit is 2 to this power.
pub(super) fn unit_exponent(class: u16) -> i32 {
    i32::from(class) * EXPONENTS + FIRST_EXPONENT
}

/// The weight of a pixel that counts by its area: a whole number, 2²⁴ for `largest`. Right to 3e-8.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 2^24"
)]
pub fn weight_of_area(area: f64, largest: f64) -> u32 {
    (area / largest * LARGEST_WEIGHT)
        .clamp(0.0, LARGEST_WEIGHT)
        .round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_values_are_kept_exactly() {
        let values = [
            -3.1_f32,
            0.25,
            7.9,
            2.000_000_2,
            0.0,
            f32::MAX,
            -f32::MIN_POSITIVE,
            f32::from_bits(1),
        ];
        for value in values {
            let whole = Whole::of(value.into()).expect("finite");
            assert!(whole.number.abs() <= 1 << 35, "{whole:?}");
            #[expect(clippy::cast_precision_loss, reason = "36 bits")]
            let back = whole.number as f64 * 2.0_f64.powi(unit_exponent(whole.class));
            assert_eq!(back, f64::from(value));
        }
        assert_eq!(Whole::of(f64::NAN), None);
        assert_eq!(Whole::of(f64::INFINITY), None);
    }

    #[test]
    fn other_values_are_right_to_ten_digits() {
        for value in [1.0 / 3.0, -1e300, 2.0_f64.powi(33) - 1e-3] {
            let whole = Whole::of(value).expect("finite");
            #[expect(clippy::cast_precision_loss, reason = "36 bits")]
            let back = whole.number as f64 * 2.0_f64.powi(unit_exponent(whole.class));
            assert!((back / value - 1.0).abs() < 1.2e-10, "{value} {back}");
        }
    }

    #[test]
    fn the_largest_area_has_the_largest_weight() {
        assert_eq!(weight_of_area(0.25, 0.25), 1 << 24);
        assert_eq!(weight_of_area(0.125, 0.25), 1 << 23);
        assert_eq!(weight_of_area(9.0, 0.25), 1 << 24);
    }
}
