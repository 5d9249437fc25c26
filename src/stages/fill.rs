//! Series of pixels without gaps: a missing year is put on the pixel's own line.
//!
//! ```text
//! y_t                        where the year is valid
//! ȳ + b (t − t̄)              elsewhere: the least-squares line of the valid years
//! ```
//!
//! A mean over pixels of which some are missing is of other pixels every year. A mean of filled series
//! is of the same ones, and its least-squares slope is the mean of the pixels' slopes: a year on the
//! line changes no slope. A pixel with too few valid years takes no part.
//! `docs/science/stages.md#filled-series` has a worked example.

/// Pixels whose lines are fitted side by side: their years stay in the first cache.
const PIXELS_AT_ONCE: usize = 128;

/// Fills the series of some pixels at a time.
#[derive(Clone, Debug)]
pub struct Filler {
    n_years: usize,
    min_years: usize,
    /// Valid years of each pixel.
    n: Vec<f64>,
    lines: Lines,
}

/// The lines of some pixels, `[pixel]`.
#[derive(Clone, Debug)]
struct Lines {
    t_mean: [f64; PIXELS_AT_ONCE],
    /// Σ (t − t̄)².
    sum_tt: [f64; PIXELS_AT_ONCE],
    y_mean: [f64; PIXELS_AT_ONCE],
    /// Σ (t − t̄)(y − ȳ), and then the slope: NaN for a pixel that takes no part.
    slope: [f64; PIXELS_AT_ONCE],
}

impl Filler {
    /// For series of `n_years` years. A pixel takes part with `min_years` valid ones, at least 2.
    #[must_use]
    pub fn new(n_years: usize, min_years: usize) -> Self {
        let zeros = [0.0; PIXELS_AT_ONCE];
        Self {
            n_years,
            min_years: min_years.max(2),
            n: Vec::new(),
            lines: Lines {
                t_mean: zeros,
                sum_tt: zeros,
                y_mean: zeros,
                slope: zeros,
            },
        }
    }

    /// Writes the filled series of the pixels of `values`, both `[year][pixel]` and NaN where missing;
    /// all years of a pixel that takes no part are missing. Years and pixels that `values` or `filled`
    /// do not have whole are left out.
    pub fn fill(&mut self, values: &[f32], filled: &mut [f64]) {
        let n_pixels = values.len() / self.n_years.max(1);
        self.n.clear();
        self.n.resize(n_pixels, 0.0);
        for first in (0..n_pixels).step_by(PIXELS_AT_ONCE) {
            let end = n_pixels.min(first + PIXELS_AT_ONCE);
            let years = values.chunks_exact(n_pixels).take(self.n_years);
            let years = years.map(|year| &year[first..end]);
            let filled = filled.chunks_exact_mut(n_pixels);
            let filled = filled.map(|year| &mut year[first..end]);
            let n = &mut self.n[first..end];
            if self.n_years >= self.min_years && are_whole(years.clone()) {
                copy(years, n, filled);
            } else {
                self.lines.fit(years.clone(), n, self.min_years);
                self.lines.fill(years, filled);
            }
        }
    }

    /// Valid years of each pixel that was filled last: the others of its years, where it takes part,
    /// are on its line.
    pub fn valid_years(&self) -> impl Iterator<Item = usize> + '_ {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of years"
        )]
        self.n.iter().map(|n| *n as usize)
    }
}

/// Whether no value is missing.
fn are_whole<'a>(mut years: impl Iterator<Item = &'a [f32]>) -> bool {
    // The whole of a year at a time, so that the processor looks at many values at once.
    let has_gap = |year: &[f32]| year.iter().fold(false, |has, y| has | y.is_nan());
    !years.any(has_gap)
}

/// The series of pixels without gaps as they are, with their years.
fn copy<'a, 'b>(
    years: impl Iterator<Item = &'a [f32]>,
    n: &mut [f64],
    filled: impl Iterator<Item = &'b mut [f64]>,
) {
    for (year, filled) in years.zip(filled) {
        for ((n, y), filled) in n.iter_mut().zip(year).zip(filled) {
            *n += 1.0;
            *filled = f64::from(*y);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "years are few")]
impl Lines {
    /// The lines of some pixels, a slice a year, and their valid years in `n`, 0 before.
    fn fit<'a>(
        &mut self,
        years: impl Iterator<Item = &'a [f32]> + Clone,
        n: &mut [f64],
        min_years: usize,
    ) {
        for sums in [
            &mut self.t_mean,
            &mut self.sum_tt,
            &mut self.y_mean,
            &mut self.slope,
        ] {
            sums.fill(0.0);
        }
        for (t, year) in years.clone().enumerate() {
            let sums = n.iter_mut().zip(&mut self.t_mean).zip(&mut self.y_mean);
            for (((n, sum_t), sum_y), y) in sums.zip(year) {
                let is_valid = !y.is_nan();
                *n += if is_valid { 1.0 } else { 0.0 };
                *sum_t += if is_valid { t as f64 } else { 0.0 };
                *sum_y += if is_valid { f64::from(*y) } else { 0.0 };
            }
        }
        for ((n, t_mean), y_mean) in n.iter().zip(&mut self.t_mean).zip(&mut self.y_mean) {
            *t_mean /= n;
            *y_mean /= n;
        }
        for (t, year) in years.enumerate() {
            let means = self.t_mean.iter().zip(&self.y_mean);
            let sums = self.sum_tt.iter_mut().zip(&mut self.slope);
            for (((t_mean, y_mean), (sum_tt, sum_ty)), y) in means.zip(sums).zip(year) {
                let from_mean = if y.is_nan() { 0.0 } else { t as f64 - t_mean };
                let y = if y.is_nan() {
                    0.0
                } else {
                    f64::from(*y) - y_mean
                };
                *sum_tt += from_mean * from_mean;
                *sum_ty += from_mean * y;
            }
        }
        for ((n, sum_tt), slope) in n.iter().zip(&self.sum_tt).zip(&mut self.slope) {
            let is_enough = *n >= min_years as f64;
            *slope = if is_enough { *slope / sum_tt } else { f64::NAN };
        }
    }

    /// The filled series of the pixels.
    fn fill<'a, 'b>(
        &self,
        years: impl Iterator<Item = &'a [f32]>,
        filled: impl Iterator<Item = &'b mut [f64]>,
    ) {
        for ((t, year), filled) in years.enumerate().zip(filled) {
            let lines = self.t_mean.iter().zip(&self.y_mean).zip(&self.slope);
            for ((((t_mean, y_mean), slope), y), filled) in lines.zip(year).zip(filled) {
                let on_line = y_mean + slope * (t as f64 - t_mean);
                let is_as_read = !y.is_nan() & !slope.is_nan();
                *filled = if is_as_read { f64::from(*y) } else { on_line };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: f32 = f32::NAN;

    /// Three pixels over four years: on the line 1, 2, 3, 4; with too few years; complete.
    #[test]
    fn gaps_are_on_the_line_and_too_few_years_are_no_series() {
        let values = [
            1.0, 5.0, 7.0, //
            GAP, GAP, 1.0, //
            3.0, GAP, 2.0, //
            4.0, 6.0, 9.0,
        ];
        let mut filled = [0.0; 12];
        let mut filler = Filler::new(4, 3);
        filler.fill(&values, &mut filled);
        let of = |pixel: usize| [0, 3, 6, 9].map(|year| filled[year + pixel]);
        for (ours, expected) in of(0).iter().zip([1.0, 2.0, 3.0, 4.0]) {
            assert!((ours - expected).abs() < 1e-15, "{ours}");
        }
        assert!(of(1).iter().all(|y| y.is_nan()));
        assert_eq!(of(2), [7.0, 1.0, 2.0, 9.0]);
        assert_eq!(filler.valid_years().collect::<Vec<_>>(), [3, 2, 4]);
    }

    #[test]
    fn a_pixel_is_filled_alike_among_others_and_alone() {
        let values: Vec<f32> = (0..60_u16)
            .map(|i| {
                if i % 7 == 3 {
                    GAP
                } else {
                    f32::from(i * 37 % 50)
                }
            })
            .collect();
        let mut together = vec![0.0; 60];
        Filler::new(12, 6).fill(&values, &mut together);
        for pixel in 0..5 {
            let own: Vec<f32> = values.iter().skip(pixel).step_by(5).copied().collect();
            let mut alone = vec![0.0; 12];
            Filler::new(12, 6).fill(&own, &mut alone);
            let among: Vec<f64> = together.iter().skip(pixel).step_by(5).copied().collect();
            assert_eq!(alone, among);
        }
    }

    #[test]
    fn odd_sizes_do_no_harm() {
        let mut filled = [0.0; 3];
        for n_years in [0, 1, 3] {
            Filler::new(n_years, 0).fill(&[], &mut filled);
            Filler::new(n_years, 0).fill(&[1.0, 2.0, 3.0], &mut filled[..1]);
        }
        Filler::new(3, 0).fill(&[1.0, GAP, GAP], &mut filled);
        assert!(filled.iter().all(|y| y.is_nan()), "one year is no line");
    }
}
