//! Sums over the pixels of a block of places, a group and a class: all that effects, rankings and
//! events are made of.
//!
//! ```text
//! W_bgs = Σ w_k,   S_bgst = Σ w_k y_kt        over the pixels k of block b, group g and class s
//! ```
//!
//! | symbol | meaning                                                              | unit        |
//! |--------|----------------------------------------------------------------------|-------------|
//! | `w_k`  | area of the pixel, or of the part of it that belongs to the group     | m²          |
//! | `y_kt` | the variable in year t, missing years on the pixel's own line         | its own     |

use std::collections::{BTreeMap, BTreeSet};

/// The class of pixels that are in no class of a set to match. They take part where nothing is
/// matched.
pub const NO_CLASS: u32 = u32::MAX;

/// Where a pixel belongs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Cell {
    /// What is compared with what is within one class; [`NO_CLASS`] if the pixel has none, and any
    /// one number where nothing is matched.
    pub class: u32,
    /// A cohort of a measure, the control, or the control near a measure: see
    /// [`Design`](super::Design).
    pub group: u32,
    /// Places that are drawn together.
    pub block: u32,
}

/// Sums of one variable over pixels of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums<'a> {
    /// Area of the pixels, in m².
    pub weight: f64,
    /// Their number.
    pub pixels: u64,
    /// Of their years, those that stand on the pixel's own line.
    pub filled_years: u64,
    /// Σ w y of each year, `[year]`.
    pub years: &'a [f64],
}

/// Numbers of a variable in a row after its years: pixels, filled years. Before them is its area.
const TAIL: usize = 2;

/// Sums of some variables by block, group and class.
///
/// It takes a number a cell, variable and year, so memory does not grow with pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSums {
    n_variables: usize,
    n_years: usize,
    /// By class and group.
    strips: BTreeMap<(u32, u32), SumStrip>,
}

/// The sums of one group in one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SumStrip {
    /// The row of each block.
    pub(super) places: BTreeMap<u32, usize>,
    /// `[row][variable][area, years, pixels, filled years]`.
    pub(super) numbers: Vec<f64>,
}

/// Sums of a variable in one cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) block: u32,
    pub(super) weight: f64,
    pub(super) pixels: f64,
    pub(super) filled_years: f64,
    pub(super) years: &'a [f64],
}

impl BlockSums {
    /// Sums of so many variables and years, without a pixel.
    #[must_use]
    pub fn new(n_variables: usize, n_years: usize) -> Self {
        Self {
            n_variables,
            n_years,
            strips: BTreeMap::new(),
        }
    }

    /// Number of variables.
    #[must_use]
    pub fn n_variables(&self) -> usize {
        self.n_variables
    }

    /// Number of years.
    #[must_use]
    pub fn n_years(&self) -> usize {
        self.n_years
    }

    /// Whether no pixel has been added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }

    /// Adds a pixel with a value in every year, `filled_years` of which are on its own line. A pixel
    /// without a value, or without area, is not added, and neither is a variable that there is not.
    pub fn add(
        &mut self,
        cell: Cell,
        variable: usize,
        weight: f64,
        filled_years: u64,
        values: &[f64],
    ) {
        let head = [weight, 1.0, as_number(filled_years)];
        self.add_products(cell, variable, head, values, weight);
    }

    /// Adds sums that were made elsewhere, under the same conditions.
    pub fn add_sums(&mut self, cell: Cell, variable: usize, sums: &Sums<'_>) {
        let head = [
            sums.weight,
            as_number(sums.pixels),
            as_number(sums.filled_years),
        ];
        self.add_products(cell, variable, head, sums.years, 1.0);
    }

    /// Adds area, pixels and filled years, and each year's number times `factor`.
    fn add_products(
        &mut self,
        cell: Cell,
        variable: usize,
        [weight, pixels, filled_years]: [f64; 3],
        years: &[f64],
        factor: f64,
    ) {
        let is_whole = years.len() == self.n_years && years.iter().all(|y| y.is_finite());
        let has_area = weight > 0.0 && weight.is_finite();
        if !is_whole || !has_area || variable >= self.n_variables {
            return;
        }
        let length = self.length();
        let n = self.n_variables * length;
        let strip = self.strips.entry((cell.class, cell.group)).or_default();
        let next = strip.places.len();
        let place = *strip.places.entry(cell.block).or_insert(next);
        if place == next {
            strip.numbers.resize((next + 1) * n, 0.0);
        }
        let row = &mut strip.numbers[place * n + variable * length..][..length];
        row[0] += weight;
        for (sum, value) in row[1..].iter_mut().zip(years) {
            *sum += factor * value;
        }
        row[length - 2] += pixels;
        row[length - 1] += filled_years;
    }

    /// Numbers of one variable in a row.
    pub(super) fn length(&self) -> usize {
        1 + self.n_years + TAIL
    }

    /// The strips by class and group.
    pub(super) fn strips(&self) -> impl Iterator<Item = ((u32, u32), &SumStrip)> {
        self.strips.iter().map(|(key, strip)| (*key, strip))
    }

    /// The strips by class and group, taken out.
    pub(super) fn into_strips(self) -> impl Iterator<Item = ((u32, u32), SumStrip)> {
        self.strips.into_iter()
    }

    /// The blocks that hold a pixel, in the order of their numbers.
    #[must_use]
    pub fn blocks(&self) -> Vec<u32> {
        let strips = self.strips.values();
        let blocks: BTreeSet<u32> = strips
            .flat_map(|strip| strip.places.keys().copied())
            .collect();
        blocks.into_iter().collect()
    }

    /// The rows of a variable in a strip, by block.
    pub(super) fn rows<'a>(
        &self,
        strip: &'a SumStrip,
        variable: usize,
    ) -> impl Iterator<Item = Row<'a>> {
        let length = self.length();
        let n = self.n_variables * length;
        strip.places.iter().map(move |(block, place)| {
            let row = &strip.numbers[place * n + variable * length..][..length];
            Row {
                block: *block,
                weight: row[0],
                pixels: row[length - 2],
                filled_years: row[length - 1],
                years: &row[1..=length - 1 - TAIL],
            }
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of pixels are below 2^53"
)]
fn as_number(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell {
        class: 0,
        group: 1,
        block: 7,
    };

    #[test]
    fn sums_and_pixels_are_the_same() {
        let mut pixels = BlockSums::new(2, 3);
        pixels.add(CELL, 1, 0.5, 1, &[1.0, 2.0, 4.0]);
        pixels.add(CELL, 1, 0.25, 0, &[8.0, 0.0, -4.0]);
        let mut whole = BlockSums::new(2, 3);
        let sums = Sums {
            weight: 0.75,
            pixels: 2,
            filled_years: 1,
            years: &[2.5, 1.0, 1.0],
        };
        whole.add_sums(CELL, 1, &sums);
        assert_eq!(pixels, whole);
        assert_eq!(whole.blocks(), [7]);
    }

    #[test]
    fn what_is_missing_is_not_added() {
        let mut sums = BlockSums::new(1, 2);
        sums.add(CELL, 0, 1.0, 0, &[1.0, f64::NAN]);
        sums.add(CELL, 0, 1.0, 0, &[1.0]);
        sums.add(CELL, 0, 0.0, 0, &[1.0, 2.0]);
        sums.add(CELL, 1, 1.0, 0, &[1.0, 2.0]);
        assert!(sums.is_empty());
    }
}
