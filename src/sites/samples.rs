//! Modelled values of the pixels that sites need, gathered while tiles pass.

use super::words_of_sites::SiteVariable;
use crate::grid::Window;

/// Annual values of some variables at some pixels. Each is set once, so that the order of the tiles does not matter.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Samples {
    /// Row and column, in order.
    pixels: Vec<[usize; 2]>,
    is_inside: Vec<bool>,
    variables: Vec<SiteVariable>,
    n_years: usize,
    /// `[variable][pixel][year]`, NaN where missing. Layers are `f32`.
    values: Vec<f32>,
}

impl Samples {
    /// Without a value; every pixel inside the mask.
    ///
    /// # Arguments
    ///
    /// * `pixels` - row and column of each, as [`wanted_pixels`](super::wanted_pixels) gives them.
    /// * `variables` - those that are modelled.
    #[must_use]
    pub fn new(mut pixels: Vec<[usize; 2]>, variables: Vec<SiteVariable>, n_years: usize) -> Self {
        pixels.sort_unstable();
        pixels.dedup();
        Self {
            is_inside: vec![true; pixels.len()],
            values: vec![f32::NAN; variables.len() * pixels.len() * n_years],
            pixels,
            variables,
            n_years,
        }
    }

    /// The pixels in a window: the number of each here, and its number in the window, row by row.
    pub fn pixels_in(&self, window: Window) -> impl Iterator<Item = (usize, usize)> {
        let last_row = window.row + window.height;
        let start = self.pixels.partition_point(|[row, _]| *row < window.row);
        let end = self.pixels.partition_point(|[row, _]| *row < last_row);
        (start..end).filter_map(move |sample| {
            let [row, col] = self.pixels[sample];
            let col = col
                .checked_sub(window.col)
                .filter(|col| *col < window.width)?;
            Some((sample, (row - window.row) * window.width + col))
        })
    }

    /// Says whether a pixel is inside the mask.
    pub fn set_inside(&mut self, sample: usize, is_inside: bool) {
        if let Some(inside) = self.is_inside.get_mut(sample) {
            *inside = is_inside;
        }
    }

    /// Sets the value of a year, counted from the first of the study; NaN where it is missing.
    pub fn set(&mut self, variable: SiteVariable, sample: usize, year: usize, value: f32) {
        let Some(values) = self.place(variable, sample).filter(|_| year < self.n_years) else {
            return;
        };
        self.values[values + year] = value;
    }

    /// Adds what was set for the same pixels elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.is_inside.iter_mut().zip(&other.is_inside) {
            *ours &= theirs;
        }
        for (ours, theirs) in self.values.iter_mut().zip(&other.values) {
            if !theirs.is_nan() {
                *ours = *theirs;
            }
        }
    }

    /// Where the years of a pixel start.
    fn place(&self, variable: SiteVariable, sample: usize) -> Option<usize> {
        let variable = self.variables.iter().position(|of| *of == variable)?;
        let n_pixels = self.pixels.len();
        (sample < n_pixels).then(|| (variable * n_pixels + sample) * self.n_years)
    }

    /// Whether a pixel is known and inside the mask.
    pub(super) fn is_inside(&self, pixel: [usize; 2]) -> bool {
        let found = self.pixels.binary_search(&pixel);
        found.is_ok_and(|sample| self.is_inside[sample])
    }

    /// The years of a pixel inside the mask; `None` where the variable is not modelled, or the pixel outside.
    pub(super) fn years(&self, variable: SiteVariable, pixel: [usize; 2]) -> Option<&[f32]> {
        let sample = self.pixels.binary_search(&pixel).ok()?;
        let start = self
            .place(variable, sample)
            .filter(|_| self.is_inside[sample])?;
        self.values.get(start..start + self.n_years)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_find_their_pixels() {
        let samples = Samples::new(vec![[4, 1], [3, 7], [4, 5], [4, 1]], vec![], 1);
        let of = |row, col, height, width| -> Vec<(usize, usize)> {
            let window = Window {
                row,
                col,
                height,
                width,
            };
            samples.pixels_in(window).collect()
        };
        assert_eq!(of(0, 0, 10, 10), [(0, 37), (1, 41), (2, 45)]);
        assert_eq!(of(4, 5, 2, 3), [(2, 0)]);
        assert_eq!(of(3, 0, 1, 7), []);
    }

    #[test]
    fn values_come_back_where_they_were_set() {
        let (rs, rh) = (SiteVariable::Rs, SiteVariable::Rh);
        let mut samples = Samples::new(vec![[0, 0], [0, 1]], vec![rs, rh], 2);
        samples.set(rh, 1, 0, 5.0);
        samples.set(SiteVariable::Npp, 1, 0, 6.0);
        samples.set(rh, 1, 2, 7.0);
        samples.set(rh, 9, 0, 8.0);
        let years = samples.years(rh, [0, 1]).expect("modelled");
        assert!(years[0] == 5.0 && years[1].is_nan());
        assert!(
            samples
                .years(rs, [0, 0])
                .is_some_and(|years| years[0].is_nan())
        );
        assert_eq!(samples.years(SiteVariable::Npp, [0, 1]), None);
        samples.set_inside(1, false);
        assert_eq!(samples.years(rh, [0, 1]), None);
    }
}
