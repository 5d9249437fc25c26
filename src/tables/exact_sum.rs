//! A sum that does not depend on the order of its terms.

/// Bits of one limb.
const LIMB_BITS: usize = 32;
/// Bits from the smallest double, 2⁻¹⁰⁷⁴, to the largest one, and some for sums of these.
const N_LIMBS: usize = 68;
/// So many terms leave every limb inside 64 bits.
const MAX_ADDED: u32 = 1 << 30;
const LOW: i128 = (1 << LIMB_BITS) - 1;

/// An exact sum of doubles of any size, rounded once, when it is read.
///
/// A whole number in units of the smallest double, in limbs of 32 bits that each have room for many terms before what
/// runs over is carried (Neal 2015, arXiv:1505.05571): adding whole numbers commutes, adding floats does not.
#[derive(Clone, Debug)]
pub struct ExactSum {
    /// Limb `k` counts units of 2^(32 k - 1074).
    limbs: [i64; N_LIMBS],
    /// Terms since the last carry.
    n_added: u32,
    has_no_number: bool,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            limbs: [0; N_LIMBS],
            n_added: 0,
            has_no_number: false,
        }
    }
}

impl ExactSum {
    /// Adds a term.
    pub fn add(&mut self, term: f64) {
        if !term.is_finite() {
            self.has_no_number = true;
            return;
        }
        if self.n_added == MAX_ADDED {
            self.carry();
        }
        self.n_added += 1;
        let bits = term.to_bits();
        let (exponent, fraction) = (
            ((bits >> 52) & 0x7ff) as usize,
            i128::from(bits & ((1 << 52) - 1)),
        );
        // Numbers below 2^-1022 have no leading one, and the exponent of those just above.
        let mantissa = if exponent == 0 {
            fraction
        } else {
            fraction | (1 << 52)
        };
        let position = exponent.max(1) - 1;
        let units = (if term.is_sign_negative() {
            -mantissa
        } else {
            mantissa
        }) << (position % LIMB_BITS);
        let limbs = &mut self.limbs[position / LIMB_BITS..][..3];
        for (limb, part) in limbs.iter_mut().zip([
            units & LOW,
            (units >> LIMB_BITS) & LOW,
            units >> (2 * LIMB_BITS),
        ]) {
            *limb += low_64(part);
        }
    }

    /// Adds all terms of another sum.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        self.carry();
        other.carry();
        self.limbs
            .iter_mut()
            .zip(other.limbs)
            .for_each(|(limb, more)| *limb += more);
        self.carry();
        self.has_no_number |= other.has_no_number;
    }

    /// Leaves less than 2³² in every limb; the last one keeps the sign.
    fn carry(&mut self) {
        for k in 0..N_LIMBS - 1 {
            self.limbs[k + 1] += self.limbs[k] >> LIMB_BITS;
            self.limbs[k] &= low_64(LOW);
        }
        self.n_added = 1;
    }

    /// The double nearest to the sum; `None` if a term was no number, or the sum is past the largest double.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let mut sum = self.clone();
        sum.carry();
        let is_negative = sum.limbs[N_LIMBS - 1] < 0;
        if is_negative {
            sum.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            sum.carry();
        }
        let top = sum.limbs.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        // At least 97 bits from the first one on, and whether anything follows: as much as rounding needs.
        let limb = |below: usize| {
            top.checked_sub(below)
                .map_or(0, |k| u128::from(sum.limbs[k].unsigned_abs()))
        };
        let first = (0..4).fold(0, |bits, below| (bits << LIMB_BITS) | limb(below));
        let follows = sum.limbs[..top.saturating_sub(3)]
            .iter()
            .any(|&limb| limb != 0);
        #[expect(clippy::cast_precision_loss, reason = "the one rounding of the sum")]
        let rounded = (first | u128::from(follows)) as f64;
        #[expect(
            clippy::cast_possible_wrap,
            clippy::cast_possible_truncation,
            reason = "a few thousand"
        )]
        let exponent = (LIMB_BITS * top) as i32 - 3 * LIMB_BITS as i32 - 1074;
        // In two steps, neither of which leaves the doubles before the sum does.
        let half = exponent / 2;
        let value = rounded * 2_f64.powi(half) * 2_f64.powi(exponent - half);
        (!self.has_no_number && value.is_finite()).then_some(if is_negative {
            -value
        } else {
            value
        })
    }
}

/// The lowest 64 bits, which are all there are.
#[expect(clippy::cast_possible_truncation, reason = "parts of 32 bits")]
fn low_64(part: i128) -> i64 {
    part as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum<'a>(terms: impl IntoIterator<Item = &'a f64>) -> ExactSum {
        let mut sum = ExactSum::default();
        terms.into_iter().for_each(|&term| sum.add(term));
        sum
    }

    fn bits(sum: &ExactSum) -> Option<u64> {
        sum.value().map(f64::to_bits)
    }

    /// Numbers of every size below 2 and either sign, the same in each run, and easily made in Python too.
    fn hostile(n: u64) -> Vec<f64> {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state
        };
        let any = |bits: u64| f64::from_bits(bits & 0xbfff_ffff_ffff_ffff);
        (0..n).map(|_| any(next())).collect()
    }

    #[test]
    fn the_order_of_terms_changes_no_bit() {
        let terms = hostile(2000);
        let forward = sum(&terms);
        let mut by_size = terms.clone();
        by_size.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let odd_first = terms
            .iter()
            .skip(1)
            .step_by(2)
            .chain(terms.iter().step_by(2));
        assert_eq!(bits(&forward), bits(&sum(terms.iter().rev())));
        assert_eq!(bits(&forward), bits(&sum(&by_size)));
        assert_eq!(bits(&forward), bits(&sum(odd_first)));
        for cut in [0, 1, 777, 2000] {
            let mut merged = sum(&terms[..cut]);
            merged.merge(&sum(&terms[cut..]));
            assert_eq!(bits(&forward), bits(&merged), "cut at {cut}");
        }
    }

    /// `math.fsum` of Python 3.11 on the same terms; it rounds the exact sum once, as fractions do.
    #[test]
    #[expect(clippy::unreadable_literal, reason = "as Python prints them")]
    fn sums_are_those_of_fsum() {
        let cases: &[(&[f64], f64)] = &[
            (&[1e+30, -1e+30, 1e-30], 1e-30),
            (&[1e+30, -1e+30, 1e-30, 1e+38], 1e+38),
            (&[1e+38, 1.0, -1e+38], 1.0),
            (&[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 1.0),
            (&[1e-25, 1e-25, 1e-25, 1e-25, 1e-25, 1e-25, 1e-25], 7e-25),
            (&[1e+20, 1e-25, -1e+20], 1e-25),
            (
                &[1.0, 1.1102230246251565e-16, 1.232595164407831e-32],
                1.0000000000000002,
            ),
            (&[1.0, 1.1102230246251565e-16], 1.0),
            (
                &[1.0000000000000002, 1.1102230246251565e-16],
                1.0000000000000004,
            ),
            (
                &[-1.0, -1.1102230246251565e-16, -5e-324],
                -1.0000000000000002,
            ),
            (&[5e-324, 5e-324, 5e-324], 1.5e-323),
            (&[2.2250738585072014e-308, -5e-324], 2.225073858507201e-308),
            (
                &[1.7976931348623157e+308, -1e+292, 1e-300],
                1.7976931348623155e+308,
            ),
            (&[3.5, -3.5], 0.0),
        ];
        for (terms, expected) in cases {
            let found = sum(*terms).value();
            assert_eq!(
                found.map(f64::to_bits),
                Some(expected.to_bits()),
                "{terms:?}: {found:?}, not {expected:?}"
            );
        }
        for (n, expected) in [(10, 5.5010946457085154e-64), (1000, -2.878381555204575)] {
            assert_eq!(
                sum(&hostile(n)).value(),
                Some(expected),
                "{n} terms of every size"
            );
        }
    }

    #[test]
    fn a_sum_past_the_largest_double_or_of_no_number_is_none() {
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), None);
        assert_eq!(
            sum(&[f64::MAX, f64::MAX, -f64::MAX]).value(),
            Some(f64::MAX)
        );
        assert_eq!(sum(&[1.0, f64::INFINITY]).value(), None);
        assert_eq!(sum(&[f64::NAN]).value(), None);
        assert_eq!(sum(&[]).value(), Some(0.0));
    }

    #[test]
    fn more_terms_than_a_limb_has_room_for_are_carried() {
        let mut sum = sum(&[-1.5]);
        sum.n_added = MAX_ADDED;
        sum.add(f64::from_bits(1));
        sum.add(1.5);
        assert_eq!(sum.value(), Some(f64::from_bits(1)));
    }
}
