//! The sums of one layer in one stratum.

/// The number of a pixel that is in no stratum of a factor.
pub const NO_STRATUM: u32 = u32::MAX;

/// Sums of the values of one layer over the pixels of a stratum, in whole numbers of a
/// [`Quantum`](super::Quantum): exact, and the same for every order of the pixels.
///
/// Values have 35 bits and weights 25, so 2³³ pixels leave every sum and what is made of it inside 127 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StratumSums {
    pixels: u64,
    weight: u64,
    sum: i128,
    squares: i128,
}

impl StratumSums {
    /// Adds a pixel with the whole number of its value and its weight.
    pub fn add(&mut self, whole: i64, weight: u32) {
        let (whole, weight_of_sum) = (i128::from(whole), i128::from(weight));
        self.pixels += 1;
        self.weight += u64::from(weight);
        self.sum += weight_of_sum * whole;
        self.squares += weight_of_sum * whole * whole;
    }

    /// Adds the pixels of another stratum.
    pub fn merge(&mut self, other: &Self) {
        self.pixels += other.pixels;
        self.weight += other.weight;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Pixels.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        self.pixels
    }

    /// Weighted squares about the weighted mean, in squares of the unit; exactly 0 where all values are equal.
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
        let weight = i128::from(self.weight);
        let middle = (2 * self.sum + weight).div_euclid(2 * weight);
        let about_middle = self.squares - middle * (2 * self.sum - weight * middle);
        let rest = (self.sum - weight * middle) as f64;
        (about_middle as f64 - rest * rest / weight as f64).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(i64, u32)]) -> StratumSums {
        let mut sums = StratumSums::default();
        for &(whole, weight) in values {
            sums.add(whole, weight);
        }
        sums
    }

    /// 1, 2, 6 about 3: 4 + 1 + 9. With weights 1, 3, 2 the mean is 19/6, and 1·(13/6)² + 3·(7/6)² + 2·(17/6)² is
    /// 894/36.
    #[test]
    fn squares_are_about_the_mean() {
        assert_eq!(of(&[(1, 1), (2, 1), (6, 1)]).variation(), 14.0);
        let weighted = of(&[(1, 1), (2, 3), (6, 2)]).variation();
        assert!((weighted - 894.0 / 36.0).abs() < 1e-13, "{weighted}");
    }

    #[test]
    fn equal_values_far_from_zero_have_no_variation() {
        let mut sums = StratumSums::default();
        for _ in 0..1000 {
            sums.add((1 << 34) - 1, 1 << 24);
        }
        assert_eq!(sums.variation(), 0.0);
        assert_eq!(StratumSums::default().variation(), 0.0);
    }
}
