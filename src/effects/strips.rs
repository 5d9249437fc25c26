//! The sums of one group in one class, ready to be added as often as their blocks are drawn.
//!
//! All replicates of all statistics are products of two matrices: how often each block is drawn, and the sums of each
//! block. Sums are rounded to a power of two that leaves every partial sum exact, so that products are the same on every
//! processor, in whatever order it adds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use super::sums::{BlockSums, SumStrip};

/// What is kept of each variable: its area, then its years, or contrasts of its years.
pub(super) struct Columns {
    /// The place of the area of each variable; its numbers follow.
    pub(super) offsets: Vec<usize>,
    /// The contrasts of each variable, or `None` for the years themselves.
    pub(super) contrasts: Vec<Option<Vec<Vec<f64>>>>,
    n_years: usize,
    /// Number of columns.
    pub(super) width: usize,
}

impl Columns {
    /// Of variables whose years are kept, or these contrasts of them, no more than there are years.
    pub(super) fn new(contrasts: Vec<Option<Vec<Vec<f64>>>>, n_years: usize) -> Self {
        let mut width = 0;
        let mut offsets = Vec::new();
        for of_variable in &contrasts {
            offsets.push(width);
            width += 1 + of_variable.as_ref().map_or(n_years, Vec::len);
        }
        Self {
            offsets,
            contrasts,
            n_years,
            width,
        }
    }

    /// The columns of a variable after that of its area.
    pub(super) fn numbers(&self, variable: usize) -> Range<usize> {
        let start = self.offsets[variable] + 1;
        let n = self.contrasts[variable].as_ref();
        start..start + n.map_or(self.n_years, Vec::len)
    }
}

/// The sums of one group in one class.
pub(super) struct Strip {
    pub(super) class: u32,
    pub(super) group: u32,
    /// Places of the blocks of its rows in the list of blocks.
    blocks: Vec<usize>,
    /// `[row][column]`.
    numbers: Vec<f64>,
}

/// All sums, by class and group.
pub(super) struct Strips {
    pub(super) of_groups: Vec<Strip>,
    pub(super) n_blocks: usize,
}

impl Strips {
    /// Of sums, which are changed where they are.
    pub(super) fn of(sums: BlockSums, columns: &Columns) -> Self {
        let blocks = sums.blocks();
        let places: BTreeMap<u32, usize> = blocks.iter().copied().zip(0..).collect();
        let length = sums.length();
        let strip = |((class, group), strip): ((u32, u32), SumStrip)| {
            let mut blocks = vec![0; strip.places.len()];
            for (block, row) in &strip.places {
                blocks[*row] = places.get(block).copied().unwrap_or(0);
            }
            let mut numbers = strip.numbers;
            keep_columns(&mut numbers, length, columns);
            round_for_exact_sums(&mut numbers, columns.width, places.len());
            Strip {
                class,
                group,
                blocks,
                numbers,
            }
        };
        Self {
            of_groups: sums.into_strips().map(strip).collect(),
            n_blocks: blocks.len(),
        }
    }
}

impl Strip {
    /// The sums with each block as often as it was drawn, `[replicate][column]`.
    ///
    /// # Arguments
    ///
    /// * `counts` - `[replicate][block]` of all blocks
    pub(super) fn multiply(&self, columns: &Columns, counts: &[f64], n_blocks: usize) -> Vec<f64> {
        let n = counts.len() / n_blocks.max(1);
        let mut out = vec![0.0; n * columns.width];
        let has_all = self.blocks.iter().copied().eq(0..n_blocks);
        let drawn = if has_all {
            Cow::Borrowed(counts)
        } else {
            let mut drawn = Vec::with_capacity(n * self.blocks.len());
            for counts in counts.chunks_exact(n_blocks.max(1)) {
                drawn.extend(self.blocks.iter().map(|block| counts[*block]));
            }
            Cow::Owned(drawn)
        };
        let n_rows = self.blocks.len();
        if let (Ok(drawn), Ok(sums), Ok(mut out)) = (
            ArrayView2::from_shape((n, n_rows), &drawn),
            ArrayView2::from_shape((n_rows, columns.width), &self.numbers),
            ArrayViewMut2::from_shape((n, columns.width), &mut out),
        ) {
            general_mat_mul(1.0, &drawn, &sums, 0.0, &mut out);
        }
        out
    }
}

/// Keeps the columns of each row, `[variable][area, years, ...]` with `length` numbers a variable, and gives back the
/// memory of the rest.
fn keep_columns(numbers: &mut Vec<f64>, length: usize, columns: &Columns) {
    let n = length * columns.offsets.len();
    let n_rows = numbers.len() / n.max(1);
    let mut line = vec![0.0; columns.width];
    for row in 0..n_rows {
        for (variable, offset) in columns.offsets.iter().enumerate() {
            let of_variable = &numbers[row * n + variable * length..][..length];
            let years = &of_variable[1..=columns.n_years];
            line[*offset] = of_variable[0];
            let kept = &mut line[columns.numbers(variable)];
            match &columns.contrasts[variable] {
                None => kept.copy_from_slice(years),
                Some(contrasts) => {
                    for (number, contrast) in kept.iter_mut().zip(contrasts) {
                        *number = contrast.iter().zip(years).map(|(c, s)| c * s).sum();
                    }
                }
            }
        }
        numbers[row * columns.width..][..columns.width].copy_from_slice(&line);
    }
    numbers.truncate(n_rows * columns.width);
    numbers.shrink_to_fit();
}

/// Rounds each column of rows of `n` numbers so far that any sum of `n_draws` of them is exact in an `f64`; that is by
/// `n_draws` times 2.2e-16 of the largest.
fn round_for_exact_sums(numbers: &mut [f64], n: usize, n_draws: usize) {
    let mut largest = vec![0.0_f64; n];
    for row in numbers.chunks_exact(n) {
        for (largest, number) in largest.iter_mut().zip(row) {
            *largest = largest.max(number.abs());
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "blocks are far below 2^53")]
    let quanta: Vec<f64> = largest
        .iter()
        .map(|largest| power_of_two_above(largest * n_draws as f64) * f64::EPSILON)
        .collect();
    for row in numbers.chunks_exact_mut(n) {
        for (number, quantum) in row.iter_mut().zip(&quanta) {
            if *quantum > 0.0 {
                *number = (*number / quantum).round() * quantum;
            }
        }
    }
}

/// The least power of two above `x`; 0 for what is too small to matter.
fn power_of_two_above(x: f64) -> f64 {
    if x < 1e-200 {
        return 0.0;
    }
    // A power of two has an empty mantissa.
    let below = f64::from_bits(x.to_bits() >> 52 << 52);
    2.0 * below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_just_above() {
        assert_eq!(power_of_two_above(1.0), 2.0);
        assert_eq!(power_of_two_above(0.3), 0.5);
        assert_eq!(power_of_two_above(1000.0), 1024.0);
        assert_eq!(power_of_two_above(0.0), 0.0);
    }

    #[test]
    fn rounded_sums_are_exact_in_any_order() {
        let mut numbers: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.7).sin() / 3.0).collect();
        let before = numbers.clone();
        round_for_exact_sums(&mut numbers, 1, 300);
        for (rounded, exact) in numbers.iter().zip(&before) {
            assert!((rounded - exact).abs() < 1e-13);
        }
        let forth: f64 = numbers.iter().sum();
        let back: f64 = numbers.iter().rev().sum();
        assert_eq!(forth.to_bits(), back.to_bits());
        let plain: f64 = before.iter().sum();
        assert!((forth - plain).abs() < 1e-11);
    }
}
