//! Area-weighted means of annual series over the study region.

use std::ops::Range;

use rayon::prelude::*;

use crate::grid::Grid;
use crate::tile::TileOutput;

use super::exact_sum::ExactSum;

/// Neighbouring columns whose values are summed first. Tiles start at multiples of it, so that
/// these sums have the same terms in the same order however the grid is cut.
pub const COLUMN_CHUNK: usize = 64;
/// Rows that are summed side by side.
const ROWS_AT_ONCE: usize = 8;

/// The mean of one year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeriesYear {
    /// Area-weighted mean over the valid pixels; `None` without any.
    pub mean: Option<f64>,
    /// Area of the valid pixels.
    pub area_km2: f64,
    /// Number of valid pixels.
    pub pixels: u64,
}

#[derive(Clone, Debug, Default)]
struct Accumulator {
    weighted: ExactSum,
    area_km2: ExactSum,
    pixels: u64,
}

/// Sums of one variable, year by year.
#[derive(Clone, Debug)]
pub struct AreaMeans {
    years: Vec<Accumulator>,
}

impl AreaMeans {
    /// No pixel yet.
    #[must_use]
    pub fn new(n_years: usize) -> Self {
        Self {
            years: vec![Accumulator::default(); n_years],
        }
    }

    /// Adds the valid pixels of a tile that are inside the mask; `values` is `[year][pixel]` with
    /// NaN as missing.
    pub fn add(&mut self, grid: &Grid, tile: &TileOutput, values: &[f32]) {
        let rows = Rows::new(grid, tile);
        self.years
            .par_iter_mut()
            .zip(values.par_chunks_exact(tile.window.n_pixels()))
            .for_each(|(year, values)| {
                for (first, values) in rows.pieces(values) {
                    year.add(&rows, first, values);
                }
            });
    }

    /// As [`add`](Self::add), of values that are made of others, a few rows at a time.
    ///
    /// # Arguments
    ///
    /// * `make` - writes the values of a year of some pixels, NaN where missing.
    pub fn add_made(
        &mut self,
        grid: &Grid,
        tile: &TileOutput,
        make: impl Fn(usize, Range<usize>, &mut [f32]) + Sync,
    ) {
        let rows = Rows::new(grid, tile);
        let years = self.years.par_iter_mut().enumerate();
        years.for_each_init(Vec::new, |made, (number, year)| {
            for first in (0..tile.window.height).step_by(ROWS_AT_ONCE) {
                let pixels = rows.pixels_from(first);
                made.resize(pixels.len(), f32::NAN);
                make(number, pixels, made);
                year.add(&rows, first, made);
            }
        });
    }

    /// The means so far.
    #[must_use]
    pub fn means(&self) -> Vec<SeriesYear> {
        let mean = |year: &Accumulator| {
            let area_km2 = year.area_km2.value().unwrap_or(f64::NAN);
            let mean = (year.pixels > 0)
                .then(|| year.weighted.value().map(|sum| sum / area_km2))
                .flatten();
            SeriesYear {
                mean,
                area_km2,
                pixels: year.pixels,
            }
        };
        self.years.iter().map(mean).collect()
    }
}

/// The rows of a tile.
struct Rows<'a> {
    width: usize,
    height: usize,
    /// Area of a pixel of each row.
    areas_km2: Vec<f64>,
    inside: Option<&'a [bool]>,
}

impl<'a> Rows<'a> {
    fn new(grid: &Grid, tile: &'a TileOutput) -> Self {
        let window = tile.window;
        debug_assert_eq!(window.col % COLUMN_CHUNK, 0, "tiles start at chunks");
        let area_km2 = |row| grid.pixel_area_m2(window.row + row) * 1e-6;
        Self {
            width: window.width,
            height: window.height,
            areas_km2: (0..window.height).map(area_km2).collect(),
            inside: tile.inside.as_deref(),
        }
    }

    /// The pixels of the rows from `first` on that are added together.
    fn pixels_from(&self, first: usize) -> Range<usize> {
        let end = (first + ROWS_AT_ONCE).min(self.height);
        first * self.width..end * self.width
    }

    /// Values cut into rows that are added together, each piece with its first row.
    fn pieces<'v>(&self, values: &'v [f32]) -> impl Iterator<Item = (usize, &'v [f32])> + use<'v> {
        let firsts = (0..self.height).step_by(ROWS_AT_ONCE);
        firsts.zip(values.chunks(ROWS_AT_ONCE * self.width))
    }
}

impl Accumulator {
    /// Adds the rows from `first` on.
    fn add(&mut self, rows: &Rows<'_>, first: usize, values: &[f32]) {
        let width = rows.width;
        let inside = rows.inside.map(|inside| &inside[first * width..]);
        for from in (0..width).step_by(COLUMN_CHUNK) {
            let columns = from..width.min(from + COLUMN_CHUNK);
            let (sums, counts) = sums_of(values, inside, width, columns);
            let areas = rows.areas_km2[first..].iter().zip(sums).zip(counts);
            for ((area, sum), n) in areas.filter(|(_, n)| *n > 0) {
                self.weighted.add(sum * area);
                self.area_km2.add(f64::from(n) * area);
                self.pixels += u64::from(n);
            }
        }
    }
}

/// Sum and number of the values that are there in some columns of each row. A row is summed in the order of its
/// columns. Several rows side by side keep the processor from waiting for one addition after the other.
fn sums_of(
    values: &[f32],
    inside: Option<&[bool]>,
    width: usize,
    columns: Range<usize>,
) -> ([f64; ROWS_AT_ONCE], [u32; ROWS_AT_ONCE]) {
    let (mut sums, mut counts) = ([0.0; ROWS_AT_ONCE], [0; ROWS_AT_ONCE]);
    let mut add = |row: usize, value: f32, is_inside: bool| {
        let is_there = !value.is_nan() && is_inside;
        sums[row] += if is_there { f64::from(value) } else { 0.0 };
        counts[row] += u32::from(is_there);
    };
    let n_rows = values.len() / width;
    if let (ROWS_AT_ONCE, None) = (n_rows, inside) {
        let rows: [&[f32]; ROWS_AT_ONCE] =
            std::array::from_fn(|row| &values[row * width..][columns.clone()]);
        for col in 0..columns.len() {
            for (row, values) in rows.iter().enumerate() {
                add(row, values[col], true);
            }
        }
        return (sums, counts);
    }
    for row in 0..n_rows {
        for pixel in row * width + columns.start..row * width + columns.end {
            add(
                row,
                values[pixel],
                inside.is_none_or(|inside| inside[pixel]),
            );
        }
    }
    (sums, counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Coordinates, Window};

    fn grid(top: f64, step: f64, height: usize) -> Grid {
        Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates: Coordinates::Geographic,
            metres_per_unit: 1.0,
            transform: [105.0, step, 0.0, top, 0.0, -step],
            width: 1,
            height,
        }
    }

    /// `docs/science/grids_and_areas.md#means-and-totals`: four cells of a quarter degree, one of
    /// them missing.
    #[test]
    fn mean_and_total_are_those_of_the_worked_example() {
        let mut means = AreaMeans::new(1);
        for (value, south) in [
            (420.0, 21.0),
            (388.0, 23.0),
            (f32::NAN, 24.0),
            (402.0, 26.0),
        ] {
            let window = Window {
                row: 0,
                col: 0,
                height: 1,
                width: 1,
            };
            let tile = TileOutput {
                window,
                layers: Vec::new(),
                inside: None,
            };
            means.add(&grid(south + 0.25, 0.25, 1), &tile, &[value]);
        }
        let year = means.means()[0];
        let mean = year.mean.unwrap_or(f64::NAN);
        assert!((mean / 403.421_493_070_072_24 - 1.0).abs() < 1e-9, "{mean}");
        let total_tgc = mean * year.area_km2 * 1e-6;
        assert!(
            (total_tgc / 0.855_393_427_469_367 - 1.0).abs() < 1e-9,
            "{total_tgc}"
        );
        assert_eq!(year.pixels, 3);
    }

    /// The mean of equal values is that value, however small or large it is: nothing of it is rounded away.
    #[test]
    fn values_of_any_size_have_a_mean() {
        for value in [1e-40_f32, 1e-25, 1e-12, 3.0, 1e20, 3e38] {
            let mut means = AreaMeans::new(1);
            let window = Window {
                row: 0,
                col: 0,
                height: 2,
                width: 1,
            };
            let tile = TileOutput {
                window,
                layers: Vec::new(),
                inside: None,
            };
            means.add(&grid(25.0, 0.25, 2), &tile, &[value, -0.5 * value]);
            let mean = means.means()[0].mean.unwrap_or(f64::NAN);
            // A quarter of it, but that the southern of the two rows is a little larger.
            assert!(
                (mean / (0.25 * f64::from(value)) - 1.0).abs() < 0.01,
                "{value}: {mean}"
            );
        }
    }
}
