//! Area-weighted means of annual series over the study region.

use rayon::prelude::*;

use crate::grid::Grid;
use crate::tile::TileOutput;

use super::ExactSum;

/// Neighbouring columns whose values are summed first. Tiles start at multiples of it, so that
/// these sums have the same terms in the same order however the grid is cut.
pub const COLUMN_CHUNK: usize = 64;

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
        let window = tile.window;
        debug_assert_eq!(window.col % COLUMN_CHUNK, 0, "tiles start at chunks");
        let areas: Vec<f64> = (0..window.height)
            .map(|row| grid.pixel_area_m2(window.row + row) * 1e-6)
            .collect();
        self.years
            .par_iter_mut()
            .zip(values.par_chunks_exact(window.n_pixels()))
            .for_each(|(year, values)| {
                for (row, (values, area)) in
                    values.chunks_exact(window.width).zip(&areas).enumerate()
                {
                    let inside = tile
                        .inside
                        .as_ref()
                        .map(|inside| &inside[row * window.width..][..window.width]);
                    for (chunk, values) in values.chunks(COLUMN_CHUNK).enumerate() {
                        let inside =
                            inside.map(|inside| &inside[chunk * COLUMN_CHUNK..][..values.len()]);
                        let (sum, n) = sum_of(values, inside);
                        if n > 0 {
                            year.weighted.add(sum * area);
                            year.area_km2.add(f64::from(n) * area);
                            year.pixels += u64::from(n);
                        }
                    }
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

/// Sum and number of the values that are there, in the order of the columns.
fn sum_of(values: &[f32], inside: Option<&[bool]>) -> (f64, u32) {
    let mut sum = 0.0;
    let mut n = 0;
    for (i, &value) in values.iter().enumerate() {
        let is_there = !value.is_nan() && inside.is_none_or(|inside| inside[i]);
        sum += if is_there { f64::from(value) } else { 0.0 };
        n += u32::from(is_there);
    }
    (sum, n)
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
