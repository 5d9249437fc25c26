//! Values of a layer as whole numbers, so that their sums do not depend on the order of the pixels.

/// Bits of the whole number of a value, without its sign.
const VALUE_BITS: i32 = 34;
/// The weight of the largest pixel, when pixels count by their area.
const LARGEST_WEIGHT: f64 = 16_777_216.0;
/// Exponents that leave every power of two here a normal double.
const EXPONENTS: [i32; 2] = [-900, 900];

/// The unit in which the values of a layer are whole numbers: a power of two, 2⁻³⁴ of half their range or finer.
///
/// Layers are `f32`, with 24 bits, so that most values are whole numbers of this unit as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantum {
    /// The value that is 0: the middle of the range, a whole number of units.
    centre: f64,
    units_per_one: f64,
}

/// 2 to a power within the normal doubles.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52)
}

impl Quantum {
    /// For values from `least` to `largest`; values outside count as the end of the range.
    #[must_use]
    pub fn of_range(least: f64, largest: f64) -> Self {
        let half = 0.5 * (largest - least);
        let bits = ((half.to_bits() >> 52) & 0x7ff) as u32;
        let exponent = bits.cast_signed() - 1022;
        let [low, high] = EXPONENTS;
        // 2^exponent is above half the range.
        let units_per_one = power_of_two(VALUE_BITS - exponent.clamp(low, high));
        let middle = f64::midpoint(least, largest) * units_per_one;
        Self {
            centre: middle.round() / units_per_one,
            units_per_one,
        }
    }

    /// The whole number of `value`; `None` for one that is no number.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "within 35 bits")]
    pub fn whole(&self, value: f64) -> Option<i64> {
        let end = power_of_two(VALUE_BITS);
        let units = ((value - self.centre) * self.units_per_one).clamp(-end, end);
        (!units.is_nan()).then(|| units.round() as i64)
    }

    /// The weight of a pixel that counts by its area: a whole number, 2²⁴ for the largest area. Right to 3e-8.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_values_of_one_size_are_kept_exactly() {
        let values = [-3.1_f32, 0.25, 7.9, 2.000_000_2];
        let quantum = Quantum::of_range(f64::from(-3.1_f32), f64::from(7.9_f32));
        for value in values {
            let whole = quantum.whole(value.into()).expect("a number");
            assert!(whole.abs() <= 1 << 34, "{whole}");
            #[expect(clippy::cast_precision_loss, reason = "35 bits")]
            let back = whole as f64 / quantum.units_per_one + quantum.centre;
            assert_eq!(back, f64::from(value));
        }
    }

    #[test]
    fn any_range_has_a_unit() {
        for (least, largest) in [
            (0.0, 0.0),
            (5.0, 5.0),
            (1e30, 1e30 + 1e20),
            (-1e-38, 1e-38),
            (-f64::MAX, f64::MAX),
        ] {
            let quantum = Quantum::of_range(least, largest);
            for value in [least, largest] {
                let whole = quantum.whole(value).expect("a number");
                assert!(whole.abs() <= 1 << 34, "{least} {largest}: {whole}");
            }
        }
        assert_eq!(Quantum::of_range(0.0, 1.0).whole(f64::NAN), None);
    }
}
