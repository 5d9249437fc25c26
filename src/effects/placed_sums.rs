//! Many sums of one quantity that do not depend on the order of their terms, 16 bytes each.

use std::collections::BTreeSet;

/// Bits of one digit. What is left of 63 is room for 2^25 terms.
const DIGIT_BITS: i32 = 38;
/// The lowest place: what is below 2^-988 counts as 0.
const LOWEST_PLACE: i32 = -26;
/// The highest place: two digits from it on have room for the largest double.
const HIGHEST_PLACE: i32 = 25;

/// Sums of one quantity, such as a variable by cell and year.
///
/// Each sum has two digits of 38 bits at a place of the scale of doubles that is common to all: that of the largest
/// term so far. What is below them is left out whenever it comes, and whole numbers add up to the same in any order, as
/// in [`BinnedSum`](crate::tables::BinnedSum). What is left out of a term is less than 2^-38 of the largest one.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlacedSums {
    /// The lower digit counts units of `2^(38 place)`.
    place: i32,
    /// Lower and upper digit of each sum.
    digits: Vec<[i64; 2]>,
    /// The sums of which a term was no number.
    without_number: BTreeSet<usize>,
}

impl Default for PlacedSums {
    fn default() -> Self {
        Self {
            place: LOWEST_PLACE,
            digits: Vec::new(),
            without_number: BTreeSet::new(),
        }
    }
}

impl PlacedSums {
    /// Makes room for `n` sums; new ones are 0.
    pub fn resize(&mut self, n: usize) {
        self.digits.resize(n, [0; 2]);
    }

    /// Adds a term to each sum from number `first` on. There must be room for all of them.
    pub fn add(&mut self, first: usize, terms: &[f64]) {
        let largest = terms.iter().fold(0.0, |a: f64, term| a.max(term.abs()));
        if !terms.iter().all(|term| term.is_finite()) {
            self.add_finite(first, terms);
            return;
        }
        self.make_place_for(largest);
        let upper_unit = power(self.place + 1);
        let [per_unit, per_upper_unit] = [self.place, self.place + 1].map(|place| power(-place));
        let sums = self.digits[first..].iter_mut();
        for ([lower, upper], term) in sums.zip(terms) {
            // Products with powers of two and what is left of a double are exact.
            let whole = digit(term * per_upper_unit);
            let rest = term - as_number(whole) * upper_unit;
            *upper += whole;
            *lower += digit(rest * per_unit);
        }
    }

    /// Adds the terms that are numbers, and keeps which sums had others.
    fn add_finite(&mut self, first: usize, terms: &[f64]) {
        for (number, &term) in (first..).zip(terms) {
            if term.is_finite() {
                self.add(number, &[term]);
            } else {
                self.without_number.insert(number);
            }
        }
    }

    /// Adds other sums to these.
    ///
    /// # Arguments
    ///
    /// * `numbers` - the number here of each of the others; there must be room for all of them.
    pub fn merge(&mut self, other: &Self, numbers: impl Fn(usize) -> usize) {
        let mut theirs = other.clone();
        let place = self.place.max(theirs.place);
        self.move_to(place);
        theirs.move_to(place);
        for (number, [lower, upper]) in theirs.digits.iter().enumerate() {
            if let Some(ours) = self.digits.get_mut(numbers(number)) {
                ours[0] += lower;
                ours[1] += upper;
            }
        }
        let without = theirs.without_number.iter();
        self.without_number
            .extend(without.map(|&number| numbers(number)));
    }

    /// A sum; NaN if a term was no number.
    #[must_use]
    pub fn value(&self, number: usize) -> f64 {
        if self.without_number.contains(&number) {
            return f64::NAN;
        }
        let [lower, upper] = self.digits[number];
        let units = (i128::from(upper) << DIGIT_BITS) + i128::from(lower);
        #[expect(clippy::cast_precision_loss, reason = "the one rounding of the sum")]
        let rounded = units as f64;
        rounded * power(self.place)
    }

    /// Moves the digits up until there is room for a term.
    fn make_place_for(&mut self, largest: f64) {
        let higher = self.place..HIGHEST_PLACE;
        let up = higher.take_while(|place| largest >= power(place + 2));
        // At most 51.
        let up = i32::try_from(up.count()).unwrap_or_default();
        self.move_to(self.place + up);
    }

    /// Moves the digits up to a place.
    fn move_to(&mut self, place: i32) {
        let up = place - self.place;
        if up <= 0 {
            return;
        }
        for digits in &mut self.digits {
            *digits = [if up == 1 { digits[1] } else { 0 }, 0];
        }
        self.place = place;
    }
}

/// The power of two of a place, as far as doubles reach.
fn power(place: i32) -> f64 {
    2_f64.powi(DIGIT_BITS * place)
}

/// The whole part, below 2^38.
#[expect(clippy::cast_possible_truncation, reason = "a digit")]
fn digit(x: f64) -> i64 {
    x as i64
}

#[expect(clippy::cast_precision_loss, reason = "a digit")]
fn as_number(digit: i64) -> f64 {
    digit as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{BinnedSum, made_up};

    fn sum<'a>(terms: impl Iterator<Item = &'a f64>) -> f64 {
        let mut sums = PlacedSums::default();
        sums.resize(2);
        terms.for_each(|term| sums.add(1, &[*term]));
        assert!(sums.value(0).to_bits() == 0, "the other one is 0");
        sums.value(1)
    }

    #[test]
    fn the_order_of_terms_changes_no_bit() {
        for spread in [3, 30, 200, 900] {
            let terms = made_up(3000, spread);
            let (forward, backward) = (sum(terms.iter()), sum(terms.iter().rev()));
            assert_eq!(forward.to_bits(), backward.to_bits(), "{spread}");
        }
    }

    #[test]
    fn little_is_left_out() {
        for spread in [1, 10, 60] {
            let terms = made_up(2000, spread);
            let largest = terms.iter().fold(0.0, |a: f64, term| a.max(term.abs()));
            let mut exact = BinnedSum::default();
            for term in &terms {
                exact.add(*term);
            }
            let exact = exact.value().unwrap_or(f64::NAN);
            let error = (sum(terms.iter()) - exact).abs();
            assert!(error < 2000.0 * largest * 2_f64.powi(-38), "{error}");
        }
    }

    #[test]
    fn numbers_of_any_size_have_a_sum() {
        for x in [1e-270, 1e-30, 1.0, 1e30, 1e300, f64::MAX] {
            let found = sum([x, -0.5 * x].iter());
            assert!((found / (0.5 * x) - 1.0).abs() < 1e-11, "{x}: {found}");
        }
        assert!(sum([f64::MAX, f64::MAX, -f64::MAX].iter()) > 1.79e308);
        assert!(sum([1.0, f64::INFINITY].iter()).is_nan());
        assert!(sum([1.0, f64::NAN].iter()).is_nan());
    }
}
