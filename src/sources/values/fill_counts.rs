//! Counts stored numbers that mean missing, by code, while tiles are read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::products::Preset;
use crate::sources::values::number::{Number, extremes, occurrences};

/// Stored numbers of an input that mean missing, counted by all its readers together.
#[derive(Debug, Default)]
pub(crate) struct FillCounts {
    pub(super) codes: Vec<(f64, AtomicU64)>,
    valid_range: Option<[f64; 2]>,
    pub(super) outside: AtomicU64,
    pub(super) not_a_number: AtomicU64,
    pub(super) zeros: Zeros,
}

/// Zeros, which may be an undeclared fill value if every other value is far from 0.
#[derive(Debug)]
pub(super) struct Zeros {
    /// Values that were checked.
    pub(super) seen: AtomicU64,
    /// Zeros among them.
    pub(super) found: AtomicU64,
    /// The least value above 0, as the bits of a double, which are ordered as the numbers are.
    pub(super) least: AtomicU64,
    /// The largest value above 0, in the same form.
    pub(super) most: AtomicU64,
    /// There are values on both sides of 0 or close to it, so 0 is a value too.
    pub(super) is_value: AtomicBool,
}

impl Default for Zeros {
    fn default() -> Self {
        let [seen, found, most] = [(); 3].map(|()| AtomicU64::new(0));
        Self {
            seen,
            found,
            least: AtomicU64::new(u64::MAX),
            most,
            is_value: AtomicBool::new(false),
        }
    }
}

/// Zeros that look like an undeclared fill value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuspectZeros {
    /// How many there are.
    pub zeros: u64,
    /// Their share of what was read, 0 to 1.
    pub share: f64,
    /// The least of all other values.
    pub least: f64,
}

/// How often a stored number that means missing was read.
#[derive(Clone, Debug, PartialEq)]
pub struct FillCount {
    /// The number; `None` for all that are outside the valid range, or NaN.
    pub code: Option<f64>,
    /// What it means.
    pub meaning: String,
    /// How often it was read.
    pub count: u64,
}

/// If the least value above 0 is less than this part of the largest one, 0 is a value too.
const NEAR_ZERO: f64 = 0.02;

/// Values in a block; a block without a fill value takes only two comparisons a value.
const BLOCK: usize = 4096;

impl FillCounts {
    /// Counts of `codes`, each once, and of what is outside `valid_range`.
    pub(crate) fn new(codes: impl IntoIterator<Item = f64>, valid_range: Option<[f64; 2]>) -> Self {
        let mut counts = Self {
            valid_range,
            ..Self::default()
        };
        for code in codes {
            if !counts.codes.iter().any(|(known, _)| *known == code) {
                counts.codes.push((code, AtomicU64::new(0)));
            }
        }
        counts
    }

    /// Counts in stored numbers of any type.
    pub(crate) fn count<T: Number>(&self, values: &[T]) {
        let codes: Vec<Option<T>> = self
            .codes
            .iter()
            .map(|(code, _)| T::of_code(*code))
            .collect();
        let range = self.valid_range.map(T::bounds);
        for block in values.chunks(BLOCK) {
            self.count_block(block, &codes, range);
        }
    }

    /// Counts `n` times one number that means missing.
    pub(crate) fn count_same(&self, number: f64, n: u64) {
        let of_code = self.codes.iter().find(|(code, _)| *code == number);
        let outside = |[low, high]: [f64; 2]| number < low || number > high;
        if number.is_nan() {
            self.not_a_number.fetch_add(n, Ordering::Relaxed);
            return;
        }
        if let Some((_, counter)) = of_code {
            counter.fetch_add(n, Ordering::Relaxed);
        } else if self.valid_range.is_some_and(outside) {
            self.outside.fetch_add(n, Ordering::Relaxed);
        }
        if !self.zeros.is_value.load(Ordering::Relaxed) {
            self.zeros.seen.fetch_add(n, Ordering::Relaxed);
        }
    }

    fn count_block<T: Number>(&self, block: &[T], codes: &[Option<T>], range: Option<[T; 2]>) {
        let add = |counter: &AtomicU64, n: u32| {
            if n > 0 {
                counter.fetch_add(u64::from(n), Ordering::Relaxed);
            }
        };
        let [least, most] = extremes(block);
        let n_nan = if T::HAS_NAN {
            occurrences(block, Number::is_nan)
        } else {
            0
        };
        add(&self.not_a_number, n_nan);
        let reaches_out = |[low, high]: &[T; 2]| least < *low || most > *high;
        let mut n_outside = range
            .filter(reaches_out)
            .map_or(0, |[low, high]| occurrences(block, |x| x < low || x > high));
        // A block between the codes has none of them.
        for (code, (_, counter)) in codes.iter().zip(&self.codes) {
            let Some(code) = code.filter(|code| *code >= least && *code <= most) else {
                continue;
            };
            let n = occurrences(block, |x| x == code);
            add(counter, n);
            if range.is_some_and(|[low, high]| code < low || code > high) {
                n_outside -= n;
            }
        }
        add(&self.outside, n_outside);
        if !self.zeros.is_value.load(Ordering::Relaxed) {
            let n_numbers = (block.len() as u64).saturating_sub(u64::from(n_nan));
            self.zeros.seen.fetch_add(n_numbers, Ordering::Relaxed);
            self.look_for_zeros(block, codes, range, [least, most]);
        }
    }

    fn look_for_zeros<T: Number>(
        &self,
        block: &[T],
        codes: &[Option<T>],
        range: Option<[T; 2]>,
        [least, most]: [T; 2],
    ) {
        let of = &self.zeros;
        let is_code =
            |x: T| codes.contains(&Some(x)) || range.is_some_and(|[low, high]| x < low || x > high);
        let holds_code = codes
            .iter()
            .flatten()
            .any(|code| *code >= least && *code <= most);
        if least.value() > 0.0
            && most.value().is_finite()
            && !holds_code
            && !is_code(least)
            && !is_code(most)
        {
            self.note_values(least.value(), most.value());
            return;
        }
        let values = || {
            block
                .iter()
                .copied()
                .filter(|&x| !is_code(x))
                .map(Number::value)
                .filter(|x| x.is_finite())
        };
        if values().any(|x| x < 0.0) {
            of.is_value.store(true, Ordering::Relaxed);
            return;
        }
        of.found.fetch_add(
            values().filter(|x| *x == 0.0).count() as u64,
            Ordering::Relaxed,
        );
        let above = values()
            .filter(|x| *x > 0.0)
            .fold([f64::INFINITY, 0.0], |[a, b], x| {
                [f64::min(a, x), f64::max(b, x)]
            });
        if above[1] > 0.0 {
            self.note_values(above[0], above[1]);
        }
    }

    /// Notes the least and the largest value above 0 of a block.
    fn note_values(&self, least: f64, most: f64) {
        let of = &self.zeros;
        let least = of
            .least
            .fetch_min(least.to_bits(), Ordering::Relaxed)
            .min(least.to_bits());
        let most = of
            .most
            .fetch_max(most.to_bits(), Ordering::Relaxed)
            .max(most.to_bits());
        if f64::from_bits(least) < NEAR_ZERO * f64::from_bits(most) {
            of.is_value.store(true, Ordering::Relaxed);
        }
    }

    /// Zeros that look like a fill value, once everything was read.
    pub(crate) fn suspect_zeros(&self) -> Option<SuspectZeros> {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (zeros, seen, least) = (
            of(&self.zeros.found),
            of(&self.zeros.seen),
            of(&self.zeros.least),
        );
        let is_some = zeros >= 10 && 1000 * zeros >= seen && least != u64::MAX;
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let share = zeros as f64 / seen.max(1) as f64;
        let least = f64::from_bits(least);
        // Small whole numbers are classes, or tenths that start at 0.
        let is_far = least.fract() != 0.0 || least >= 5.0;
        (is_some && is_far && !self.zeros.is_value.load(Ordering::Relaxed)).then_some(
            SuspectZeros {
                zeros,
                share,
                least,
            },
        )
    }

    /// What was counted, with the meanings that a product gives its codes; what never occurred is
    /// left out.
    pub(crate) fn rows(&self, product: Option<Preset>) -> Vec<FillCount> {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let meaning = |code: f64| {
            let known = product.and_then(|preset| preset.meaning(code));
            known
                .unwrap_or("declared by the file or the study")
                .to_owned()
        };
        let mut rows: Vec<FillCount> = self
            .codes
            .iter()
            .map(|(code, counter)| FillCount {
                code: Some(*code),
                meaning: meaning(*code),
                count: of(counter),
            })
            .collect();
        if let Some([low, high]) = self.valid_range {
            let meaning = format!("outside the valid range, {low} to {high}");
            rows.push(FillCount {
                code: None,
                meaning,
                count: of(&self.outside),
            });
        }
        rows.push(FillCount {
            code: None,
            meaning: "not a number".to_owned(),
            count: of(&self.not_a_number),
        });
        rows.retain(|row| row.count > 0);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::{find, preset};

    fn counts(counts: &FillCounts) -> Vec<(Option<f64>, u64)> {
        counts
            .rows(None)
            .into_iter()
            .map(|row| (row.code, row.count))
            .collect()
    }

    #[test]
    fn codes_range_and_nan_are_counted_once_each() {
        let of_floats = FillCounts::new([-9999.0, -9999.0, 1e20], Some([0.0, 100.0]));
        let mut values = vec![5.0_f32; 10_000];
        values[0] = -9999.0;
        values[5000] = 1e20;
        values[5001] = 1e20;
        values[9999] = 101.0;
        values[9998] = f32::NAN;
        of_floats.count(&values);
        assert_eq!(
            counts(&of_floats),
            [(Some(-9999.0), 1), (Some(1e20), 2), (None, 1), (None, 1)]
        );
        let of_bytes = FillCounts::new([255.0, 300.0, -1.0], None);
        of_bytes.count(&[0_u8, 255, 255, 44]);
        assert_eq!(counts(&of_bytes), [(Some(255.0), 2)]);
    }

    #[test]
    fn zeros_are_suspect_where_all_other_values_are_far_from_them() {
        let zeros = |values: &[f32]| {
            let counts = FillCounts::new([-9999.0], None);
            counts.count(values);
            counts.suspect_zeros()
        };
        let mut npp: Vec<f32> = (0..20_000_u16).map(|i| 1000.0 + f32::from(i)).collect();
        assert_eq!(zeros(&npp), None);
        npp[500..700].fill(0.0);
        npp[800..900].fill(-9999.0);
        assert_eq!(
            zeros(&npp),
            Some(SuspectZeros {
                zeros: 200,
                share: 0.01,
                least: 1000.0
            })
        );
        npp[0] = 12.5;
        assert_eq!(zeros(&npp), None, "a value near 0");
        npp[0] = -3.0;
        assert_eq!(zeros(&npp), None, "a value below 0");
        let classes: Vec<f32> = (0..1000).map(|i| [0.0, 1.0, 2.0][i % 3]).collect();
        assert_eq!(zeros(&classes), None);
    }

    #[test]
    fn a_product_gives_its_codes_a_meaning() {
        let preset = preset(find("MOD17A3HGF").unwrap(), "npp", None).unwrap();
        let codes = preset.layer.fill.iter().map(|fill| fill.code);
        let of_product = FillCounts::new(codes, preset.layer.valid_range);
        of_product.count(&[100_i16, 32_762, 32_766, 32_762, 32_701]);
        let rows = of_product.rows(Some(preset));
        let found: Vec<(&str, u64)> = rows
            .iter()
            .map(|row| (row.meaning.as_str(), row.count))
            .collect();
        assert_eq!(
            found,
            [
                ("urban or built-up land", 2),
                ("salt water or inland fresh water", 1),
                ("outside the valid range, -30000 to 32700", 1)
            ]
        );
    }
}
