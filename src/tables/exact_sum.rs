//! A sum that does not depend on the order of its terms.

/// A sum in fixed point, 2⁻⁵⁰ a unit: adding whole numbers commutes, adding floats does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExactSum {
    units: i128,
    has_overflowed: bool,
}

/// One over the smallest part that the sum keeps.
#[expect(clippy::cast_precision_loss, reason = "a power of two")]
const UNITS_PER_ONE: f64 = (1_u64 << 50) as f64;
/// Terms as large as this leave no room to add them up.
const LARGEST_TERM: f64 = 1e20;

impl ExactSum {
    /// Adds a term, rounded to the nearest 2⁻⁵⁰.
    pub fn add(&mut self, term: f64) {
        if term.abs() > LARGEST_TERM || term.is_nan() {
            self.has_overflowed = true;
            return;
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
        let units = (term * UNITS_PER_ONE).round() as i128;
        match self.units.checked_add(units) {
            Some(sum) => self.units = sum,
            None => self.has_overflowed = true,
        }
    }

    /// The sum, or `None` if a term or the sum was past some 1e20.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "the one rounding of the sum")]
        (!self.has_overflowed).then_some(self.units as f64 / UNITS_PER_ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_terms_changes_no_bit() {
        let terms: Vec<f64> = (0..1000).map(|i| f64::from(i).sin() * 10_f64.powi(i % 17 - 6)).collect();
        let mut forward = ExactSum::default();
        let mut backward = ExactSum::default();
        for &term in &terms {
            forward.add(term);
        }
        for &term in terms.iter().rev() {
            backward.add(term);
        }
        assert_eq!(forward, backward);
        let plain: f64 = terms.iter().sum();
        assert!((forward.value().unwrap_or(f64::NAN) / plain - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_term_past_all_bounds_is_no_sum() {
        let mut sum = ExactSum::default();
        sum.add(1e30);
        assert_eq!(sum.value(), None);
    }
}
