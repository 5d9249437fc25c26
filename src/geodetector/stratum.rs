//! The sums of one layer in one stratum.

use super::whole::{EXPONENTS, Whole, unit_exponent};

/// The number of a pixel that is in no stratum of a factor.
pub const NO_STRATUM: u32 = u32::MAX;
/// Bits that squares in a common unit may have; what is made of them has a few more.
const MOST_BITS: u32 = 120;

/// Sums of the values of one layer over the pixels of a stratum, in whole numbers: exact, and the same for every order of
/// the pixels.
///
/// Values have 35 bits and weights 25, so that 2³⁰ pixels leave every sum and what is made of it inside 127 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StratumSums {
    pixels: u64,
    weight: u64,
    /// By the class of the values, in order; a layer has few.
    parts: Vec<Part>,
}

/// The sums of values of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Part {
    class: u16,
    sum: i128,
    squares: i128,
}

impl StratumSums {
    /// Adds a pixel with its value and its weight. One without a value is not counted.
    pub fn add(&mut self, value: f64, weight: u32) {
        let Some(whole) = Whole::of(value) else {
            return;
        };
        self.pixels += 1;
        self.weight += u64::from(weight);
        if whole.number == 0 {
            return;
        }
        let (number, weight) = (i128::from(whole.number), i128::from(weight));
        let part = self.part(whole.class);
        part.sum += weight * number;
        part.squares += weight * number * number;
    }

    /// Adds the pixels of another stratum.
    pub fn merge(&mut self, other: &Self) {
        self.pixels += other.pixels;
        self.weight += other.weight;
        for theirs in &other.parts {
            let part = self.part(theirs.class);
            part.sum += theirs.sum;
            part.squares += theirs.squares;
        }
    }

    /// The sums of a class.
    fn part(&mut self, class: u16) -> &mut Part {
        let place = self.parts.iter().position(|part| part.class >= class);
        let place = place.unwrap_or(self.parts.len());
        if self.parts.get(place).is_none_or(|part| part.class != class) {
            let new = Part {
                class,
                ..Part::default()
            };
            self.parts.insert(place, new);
        }
        &mut self.parts[place]
    }

    /// Pixels.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.pixels
    }

    /// Weighted squares about the weighted mean; exactly 0 where all values are equal.
    ///
    /// ```text
    /// Σ w (y − ȳ)² = Σ w (y − m)² − (Σ w (y − m))² / Σ w,   m the whole number next to ȳ
    /// ```
    ///
    /// The first term is a whole number, and the second is small beside it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the one rounding of the sum")]
    pub fn variation(&self) -> f64 {
        if self.weight == 0 {
            return 0.0;
        }
        let base = self.base();
        let (mut sum, mut squares) = (0, 0);
        for part in &self.parts {
            let steps = i32::from(part.class) - i32::from(base);
            sum += shifted(part.sum, EXPONENTS * steps);
            squares += shifted(part.squares, 2 * EXPONENTS * steps);
        }
        let weight = i128::from(self.weight);
        let middle = (2 * sum + weight).div_euclid(2 * weight);
        let about_middle = squares - middle * (2 * sum - weight * middle);
        let rest = (sum - weight * middle) as f64;
        let in_units = (about_middle as f64 - rest * rest / weight as f64).max(0.0);
        in_units * 2.0_f64.powi(2 * unit_exponent(base))
    }

    /// The smallest class in whose unit all squares have room; smaller values are rounded to its units.
    fn base(&self) -> u16 {
        let fits = |base: u16| {
            self.parts.iter().all(|part| {
                let n_bits = i128::BITS - part.squares.leading_zeros();
                let more =
                    2 * EXPONENTS.unsigned_abs() * u32::from(part.class.saturating_sub(base));
                n_bits + more <= MOST_BITS
            })
        };
        let ends = self.parts.first().zip(self.parts.last());
        let (first, last) = ends.map_or((0, 0), |(first, last)| (first.class, last.class));
        (first..last).find(|&base| fits(base)).unwrap_or(last)
    }
}

/// A whole number times 2 to the power of `by`, rounded to the nearest whole number.
fn shifted(number: i128, by: i32) -> i128 {
    match by {
        0.. => number << by,
        -126.. => (number + (1 << (-by - 1))) >> -by,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(f64, u32)]) -> StratumSums {
        let mut sums = StratumSums::default();
        for &(value, weight) in values {
            sums.add(value, weight);
        }
        sums
    }

    /// 1, 2, 6 about 3: 4 + 1 + 9. With weights 1, 3, 2 the mean is 19/6, and 1·(13/6)² + 3·(7/6)² + 2·(17/6)² is
    /// 894/36.
    #[test]
    fn squares_are_about_the_mean() {
        assert_eq!(of(&[(1.0, 1), (2.0, 1), (6.0, 1)]).variation(), 14.0);
        let weighted = of(&[(1.0, 1), (2.0, 3), (6.0, 2)]).variation();
        assert!((weighted - 894.0 / 36.0).abs() < 1e-13, "{weighted}");
    }

    /// -1000, 0.001, 1000 about their mean, which is not the middle one.
    #[test]
    fn values_of_any_size_go_together() {
        let sums = of(&[(1000.0, 1), (0.001, 1), (f64::NAN, 1), (-1000.0, 1)]);
        assert_eq!(sums.pixels(), 3);
        let mean = 0.001 / 3.0;
        let expected = [1000.0, 0.001, -1000.0].map(|y: f64| (y - mean).powi(2));
        let expected: f64 = expected.iter().sum();
        assert!((sums.variation() / expected - 1.0).abs() < 1e-12);
        // Beside 1e20 a value of 1 is nothing.
        let far = of(&[(1e20, 1), (1.0, 1)]).variation();
        assert!((far / 5e39 - 1.0).abs() < 1e-9, "{far}");
    }

    #[test]
    fn equal_values_far_from_zero_have_no_variation() {
        let mut sums = StratumSums::default();
        for _ in 0..1000 {
            sums.add(f64::from(1234.567_f32), 1 << 24);
        }
        assert_eq!(sums.variation(), 0.0);
        assert_eq!(of(&[(0.0, 3), (0.0, 1)]).variation(), 0.0);
        assert_eq!(StratumSums::default().variation(), 0.0);
    }
}
