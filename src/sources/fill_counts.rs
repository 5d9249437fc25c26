//! Counts stored numbers that are no values, by code, while tiles are read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::products::Preset;

/// Stored numbers of an input that are no values, counted by all its readers together.
#[derive(Debug, Default)]
pub(crate) struct FillCounts {
    codes: Vec<(f64, AtomicU64)>,
    valid_range: Option<[f64; 2]>,
    outside: AtomicU64,
    not_a_number: AtomicU64,
}

/// Counts go on while an input is read; two inputs are the same whatever was counted.
impl PartialEq for FillCounts {
    fn eq(&self, other: &Self) -> bool {
        let codes = |counts: &Self| counts.codes.iter().map(|(code, _)| *code).collect::<Vec<_>>();
        codes(self) == codes(other) && self.valid_range == other.valid_range
    }
}

/// How often a stored number that is no value was read.
#[derive(Clone, Debug, PartialEq)]
pub struct FillCount {
    /// The number; `None` for all that are outside the valid range, or no number.
    pub code: Option<f64>,
    /// What it means.
    pub meaning: String,
    /// How often it was read.
    pub count: u64,
}

/// Values that are looked at together: in a block without a fill value two comparisons a value are all.
const BLOCK: usize = 4096;

impl FillCounts {
    /// Counts of `codes`, each once, and of what is outside `valid_range`.
    pub(crate) fn new(codes: impl IntoIterator<Item = f64>, valid_range: Option<[f64; 2]>) -> Self {
        let mut counts = Self { valid_range, ..Self::default() };
        for code in codes {
            if !counts.codes.iter().any(|(known, _)| *known == code) {
                counts.codes.push((code, AtomicU64::new(0)));
            }
        }
        counts
    }

    /// Counts in stored numbers of whatever type.
    pub(crate) fn count<T: Number>(&self, values: &[T]) {
        let codes: Vec<Option<T>> = self.codes.iter().map(|(code, _)| T::of_code(*code)).collect();
        let range = self.valid_range.map(T::bounds);
        for block in values.chunks(BLOCK) {
            self.count_block(block, &codes, range);
        }
    }

    fn count_block<T: Number>(&self, block: &[T], codes: &[Option<T>], range: Option<[T; 2]>) {
        let add = |counter: &AtomicU64, n: u32| {
            if n > 0 {
                counter.fetch_add(u64::from(n), Ordering::Relaxed);
            }
        };
        let [least, most] = extremes(block);
        add(&self.not_a_number, if T::HAS_NAN { occurrences(block, Number::is_nan) } else { 0 });
        let reaches_out = |[low, high]: &[T; 2]| least < *low || most > *high;
        let mut n_outside =
            range.filter(reaches_out).map_or(0, |[low, high]| occurrences(block, |x| x < low || x > high));
        // A block between the codes has none of them.
        for (code, (_, counter)) in codes.iter().zip(&self.codes) {
            let Some(code) = code.filter(|code| *code >= least && *code <= most) else { continue };
            let n = occurrences(block, |x| x == code);
            add(counter, n);
            if range.is_some_and(|[low, high]| code < low || code > high) {
                n_outside -= n;
            }
        }
        add(&self.outside, n_outside);
    }

    /// What was counted, with the meanings that a product gives its codes; what never occurred is left out.
    pub(crate) fn rows(&self, product: Option<Preset>) -> Vec<FillCount> {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let meaning = |code: f64| {
            let known = product.and_then(|preset| preset.meaning(code));
            known.unwrap_or("declared by the file or the study").to_owned()
        };
        let mut rows: Vec<FillCount> = self
            .codes
            .iter()
            .map(|(code, counter)| FillCount { code: Some(*code), meaning: meaning(*code), count: of(counter) })
            .collect();
        if let Some([low, high]) = self.valid_range {
            let meaning = format!("outside the valid range, {low} to {high}");
            rows.push(FillCount { code: None, meaning, count: of(&self.outside) });
        }
        rows.push(FillCount { code: None, meaning: "not a number".to_owned(), count: of(&self.not_a_number) });
        rows.retain(|row| row.count > 0);
        rows
    }
}

/// Numbers that are looked at side by side, so that the compiler makes vectors of them.
const LANES: usize = 64;

/// How often a condition holds.
fn occurrences<T: Number>(block: &[T], is: impl Fn(T) -> bool) -> u32 {
    let mut counts = [0_u32; LANES];
    let lines = block.chunks_exact(LANES);
    let rest: u32 = lines.remainder().iter().map(|&x| u32::from(is(x))).sum();
    for line in lines {
        for (count, &x) in counts.iter_mut().zip(line) {
            *count += u32::from(is(x));
        }
    }
    rest + counts.iter().sum::<u32>()
}

/// The least and the largest number; NaN counts as neither.
fn extremes<T: Number>(block: &[T]) -> [T; 2] {
    let smaller = |x: T, y: T| if x < y { x } else { y };
    let larger = |x: T, y: T| if x > y { x } else { y };
    let (mut least, mut most) = ([T::LARGEST; LANES], [T::LEAST; LANES]);
    let lines = block.chunks_exact(LANES);
    for &x in lines.remainder() {
        (least[0], most[0]) = (smaller(x, least[0]), larger(x, most[0]));
    }
    for line in lines {
        for ((least, most), &x) in least.iter_mut().zip(&mut most).zip(line) {
            (*least, *most) = (smaller(x, *least), larger(x, *most));
        }
    }
    let of = |lanes: [T; LANES], pick: fn(T, T) -> T| lanes.into_iter().reduce(pick);
    [of(least, smaller).unwrap_or(T::LARGEST), of(most, larger).unwrap_or(T::LEAST)]
}

/// Types of stored numbers.
pub(crate) trait Number: Copy + PartialOrd {
    /// Whether it has values that are no numbers.
    const HAS_NAN: bool;
    /// The least value.
    const LEAST: Self;
    /// The largest value.
    const LARGEST: Self;
    /// Whether it is no number.
    fn is_nan(self) -> bool;
    /// A code in this type; `None` where none is equal to it.
    fn of_code(code: f64) -> Option<Self>;
    /// The least and the largest value inside a range.
    fn bounds(range: [f64; 2]) -> [Self; 2];
}

macro_rules! integers {
    ($($number:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
        impl Number for $number {
            const HAS_NAN: bool = false;
            const LEAST: Self = Self::MIN;
            const LARGEST: Self = Self::MAX;
            fn is_nan(self) -> bool {
                false
            }
            fn of_code(code: f64) -> Option<Self> {
                let own = code as Self;
                (f64::from(own) == code).then_some(own)
            }
            fn bounds([low, high]: [f64; 2]) -> [Self; 2] {
                [low.ceil() as Self, high.floor() as Self]
            }
        }
    )*};
}
integers!(u8, i16, u16);

macro_rules! floats {
    ($($number:ty),*) => {$(
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless, reason = "the nearest float is what is stored")]
        impl Number for $number {
            const HAS_NAN: bool = true;
            const LEAST: Self = Self::NEG_INFINITY;
            const LARGEST: Self = Self::INFINITY;
            fn is_nan(self) -> bool {
                Self::is_nan(self)
            }
            fn of_code(code: f64) -> Option<Self> {
                Some(code as Self).filter(|code| !code.is_nan())
            }
            fn bounds([low, high]: [f64; 2]) -> [Self; 2] {
                [low as Self, high as Self]
            }
        }
    )*};
}
floats!(f32, f64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::products::{find, preset};

    fn counts(counts: &FillCounts) -> Vec<(Option<f64>, u64)> {
        counts.rows(None).into_iter().map(|row| (row.code, row.count)).collect()
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
        assert_eq!(counts(&of_floats), [(Some(-9999.0), 1), (Some(1e20), 2), (None, 1), (None, 1)]);
        let of_bytes = FillCounts::new([255.0, 300.0, -1.0], None);
        of_bytes.count(&[0_u8, 255, 255, 44]);
        assert_eq!(counts(&of_bytes), [(Some(255.0), 2)]);
    }

    #[test]
    fn a_product_gives_its_codes_a_meaning() {
        let preset = preset(find("MOD17A3HGF").unwrap(), "npp", None).unwrap();
        let codes = preset.layer.fill.iter().map(|fill| fill.code);
        let of_product = FillCounts::new(codes, preset.layer.valid_range);
        of_product.count(&[100_i16, 32_762, 32_766, 32_762, 32_701]);
        let rows = of_product.rows(Some(preset));
        let found: Vec<(&str, u64)> = rows.iter().map(|row| (row.meaning.as_str(), row.count)).collect();
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
