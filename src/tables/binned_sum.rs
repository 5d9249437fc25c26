//! A small sum that does not depend on the order of its terms.

/// Bits of one limb. Three limbs hold the bits of any double: 53 and up to 25 below them.
const LIMB_BITS: usize = 26;
/// Limbs of one double.
const LIMBS_OF_TERM: usize = 3;
/// Limbs that are kept, from that of the largest term on downwards.
const N_LIMBS: usize = 5;
/// The exponent of the lowest bit of limb 0: that of the smallest double.
const LOWEST_EXPONENT: i32 = -1074;
const LOW: u128 = (1 << LIMB_BITS) - 1;

/// A sum of doubles in 48 bytes.
///
/// A whole number in limbs of 26 bits, at fixed places of the scale of doubles, of which those from the largest term
/// down are kept: adding whole numbers commutes, and what is too small is left out whenever it comes. Of terms that are
/// up to 2⁵² times smaller than the largest nothing is lost; of smaller ones the bits below (Demmel & Nguyen 2015, IEEE
/// Trans. Comput. 64, 2060-2070, have the idea). Some 10¹¹ terms fit. It is small enough for one of each zone, variable
/// and year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BinnedSum {
    /// Limb `k` counts units of `2^(26 (lowest + k) - 1074)`.
    limbs: [i64; N_LIMBS],
    /// The place of the lowest limb that is kept.
    lowest: u16,
    /// Whether a term was no number.
    has_no_number: bool,
}

impl BinnedSum {
    /// Adds a term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        if !term.is_finite() {
            self.has_no_number = true;
            return;
        }
        let bits = term.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let exponent = (bits >> 52) as usize & 0x7ff;
        // Numbers below 2^-1022 have no leading one, and the exponent of those just above.
        let mantissa = if exponent == 0 {
            fraction
        } else {
            fraction | (1 << 52)
        };
        if mantissa == 0 {
            return;
        }
        let position = exponent.max(1) - 1;
        let units = u128::from(mantissa) << (position % LIMB_BITS);
        let first = position / LIMB_BITS;
        let is_negative = term.is_sign_negative();
        self.keep((first + LIMBS_OF_TERM).saturating_sub(N_LIMBS));
        for part in 0..LIMBS_OF_TERM {
            let Some(at) = (first + part).checked_sub(usize::from(self.lowest)) else {
                continue;
            };
            let units = limb_of(units >> (part * LIMB_BITS));
            self.limbs[at] += if is_negative { -units } else { units };
        }
    }

    /// Adds all terms of another sum.
    pub fn merge(&mut self, other: &Self) {
        self.has_no_number |= other.has_no_number;
        self.keep(usize::from(other.lowest));
        for (k, &limb) in other.limbs.iter().enumerate() {
            if let Some(at) = (usize::from(other.lowest) + k).checked_sub(usize::from(self.lowest))
            {
                self.limbs[at] += limb;
            }
        }
    }

    /// Keeps limbs from `lowest` on at least.
    fn keep(&mut self, lowest: usize) {
        let up = lowest.saturating_sub(usize::from(self.lowest));
        if up == 0 {
            return;
        }
        for k in 0..N_LIMBS {
            self.limbs[k] = self.limbs.get(k + up).copied().unwrap_or(0);
        }
        // At most 2046 / 26 places.
        self.lowest = u16::try_from(lowest).unwrap_or(u16::MAX);
    }

    /// The double nearest to the sum; `None` if a term was no number, or the sum is past the largest double.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        // Room for what runs over the highest limb.
        let mut limbs = [0; N_LIMBS + 3];
        limbs[..N_LIMBS].copy_from_slice(&self.limbs);
        let is_negative = carry(&mut limbs);
        if is_negative {
            for limb in &mut limbs {
                *limb = -*limb;
            }
            carry(&mut limbs);
        }
        let top = limbs.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        // At least 79 bits from the first one on, and whether anything follows: as much as rounding needs.
        let limb = |below: usize| {
            top.checked_sub(below)
                .map_or(0, |k| u128::from(limbs[k].unsigned_abs()))
        };
        let first = (0..4).fold(0, |bits, below| (bits << LIMB_BITS) | limb(below));
        let follows = limbs[..top.saturating_sub(3)].iter().any(|&limb| limb != 0);
        #[expect(clippy::cast_precision_loss, reason = "the one rounding of the sum")]
        let rounded = (first | u128::from(follows)) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "a few thousand"
        )]
        let exponent = (LIMB_BITS * (usize::from(self.lowest) + top)) as i32 - 3 * LIMB_BITS as i32
            + LOWEST_EXPONENT;
        // In two steps, neither of which leaves the doubles before the sum does.
        let half = exponent / 2;
        let value = rounded * 2_f64.powi(half) * 2_f64.powi(exponent - half);
        let signed = if is_negative { -value } else { value };
        (!self.has_no_number && value.is_finite()).then_some(signed)
    }
}

/// The lowest limb of some bits.
fn limb_of(bits: u128) -> i64 {
    i64::try_from(bits & LOW).unwrap_or(0)
}

/// Leaves 26 bits in every limb but the last; whether the number is below 0.
fn carry(limbs: &mut [i64]) -> bool {
    for k in 1..limbs.len() {
        limbs[k] += limbs[k - 1] >> LIMB_BITS;
        limbs[k - 1] &= (1 << LIMB_BITS) - 1;
    }
    limbs.last().is_some_and(|&last| last < 0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn sum<'a>(terms: impl IntoIterator<Item = &'a f64>) -> BinnedSum {
        let mut sum = BinnedSum::default();
        terms.into_iter().for_each(|&term| sum.add(term));
        sum
    }

    /// Numbers of either sign, between `2^-spread` and `2^spread`, the same in each run.
    pub(crate) fn made_up(n: u64, spread: u64) -> Vec<f64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        let mut number = || {
            let exponent = (1023 + next() % (2 * spread)).saturating_sub(spread) << 52;
            f64::from_bits(exponent | (next() << 63) | (next() & ((1 << 52) - 1)))
        };
        (0..n).map(|_| number()).collect()
    }

    #[test]
    fn the_order_of_terms_changes_no_bit() {
        for spread in [3, 40, 200, 1000] {
            let terms = made_up(3000, spread);
            let forward = sum(&terms);
            let backward = sum(terms.iter().rev());
            let mut merged = sum(terms.iter().step_by(2));
            merged.merge(&sum(terms.iter().skip(1).step_by(2)));
            assert_eq!(forward.value(), backward.value(), "{spread}");
            assert_eq!(forward.value(), merged.value(), "{spread}");
        }
    }

    /// Whole numbers of 53 bits in units of 2^-60, added up as whole numbers.
    #[test]
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits, and the one rounding of the sum"
    )]
    fn sums_of_like_numbers_are_exact() {
        for shift in [0, 3, 9] {
            let whole: Vec<i64> = made_up(5000, 3)
                .iter()
                .map(|x| (x.to_bits() << 11).cast_signed() >> (11 + shift))
                .collect();
            let unit = 2_f64.powi(-60);
            let terms: Vec<f64> = whole.iter().map(|&x| x as f64 * unit).collect();
            let exact: i128 = whole.iter().map(|&x| i128::from(x)).sum();
            assert_eq!(sum(&terms).value(), Some(exact as f64 * unit), "{shift}");
        }
    }

    #[test]
    fn what_cancels_leaves_what_is_small() {
        assert_eq!(sum(&[1e16, 1.0, -1e16]).value(), Some(1.0));
        assert_eq!(sum(&[-3.5, 1.25]).value(), Some(-2.25));
        assert_eq!(sum(&[5e-324, 5e-324]).value(), Some(1e-323));
        assert_eq!(sum(&[]).value(), Some(0.0));
        assert_eq!(
            sum(&[f64::MAX, f64::MAX, -f64::MAX]).value(),
            Some(f64::MAX)
        );
    }

    #[test]
    fn what_is_no_number_makes_no_sum() {
        assert_eq!(sum(&[1.0, f64::NAN]).value(), None);
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), None);
    }
}
