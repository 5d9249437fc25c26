//! Area means of series without gaps: a pixel's missing years are on its own line.
//!
//! ```text
//! filled_kt = y_kt, or a_k + b_k t where the year is missing      a_k, b_k: least squares of pixel k
//! mean_t    = Σ w_k filled_kt / Σ w_k        over the pixels with min_years valid years
//! ```
//!
//! With gaps the pixels of a yearly mean change, and a cloudy year over lush pixels looks like a loss. The slope of this
//! mean *is* the area mean of the pixels' slopes. Source: `docs/science/stages.md#filled-series`.

use rayon::prelude::*;

use super::binned_sum::BinnedSum;
use super::tile_places::{Extent, TilePlaces};
use super::zone_means::{SeriesYear, ZoneMeans};

/// What the means of one series change by where pixels have gaps: the sums of pixels without are known.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct FilledMeans {
    n_years: usize,
    min_years: usize,
    /// What filled years add and pixels with too few years take away, `[zone][year]`.
    changes: Vec<Vec<BinnedSum>>,
    /// The pixels that count, by zone.
    extents: Vec<Extent>,
}

/// What a tile adds to one zone or one combination of zones.
#[derive(Clone, Debug)]
struct Change {
    years: Vec<BinnedSum>,
    extent: Extent,
}

impl FilledMeans {
    /// No pixel yet.
    #[must_use]
    pub fn new(n_years: usize, min_years: usize, n_zones: usize) -> Self {
        Self {
            n_years,
            min_years,
            changes: vec![vec![BinnedSum::default(); n_years]; n_zones],
            extents: vec![Extent::default(); n_zones],
        }
    }

    /// Adds a tile; `values` is `[year][pixel]`, NaN where missing.
    pub fn add(&mut self, places: &TilePlaces, values: &[f32]) {
        let n_pixels = places.n_pixels();
        if values.len() == self.n_years * n_pixels {
            let n_valid = valid_years(values, n_pixels);
            for places in places.parts() {
                self.add_part(places, values, &n_valid);
            }
        }
    }

    /// Adds the whole study, or the sets of zones.
    fn add_part(&mut self, places: &TilePlaces, values: &[f32], n_valid: &[u16]) {
        let none = Change {
            years: vec![BinnedSum::default(); self.n_years],
            extent: Extent::default(),
        };
        let mut by_combination = vec![none; places.n_combinations()];
        let mut series = vec![f32::NAN; self.n_years];
        for run in places.runs() {
            let change = &mut by_combination[run.combination as usize];
            let first = run.first as usize;
            let has_enough = |pixel: usize| usize::from(n_valid[pixel]) >= self.min_years;
            let (area, n) = places.area_of(run, has_enough);
            change.extent.add(area, u64::from(n));
            let pixels = first..first + run.len as usize;
            for pixel in pixels.filter(|&pixel| places.is_inside(pixel)) {
                let area = places.area_km2(pixel);
                self.change(
                    &mut change.years,
                    values,
                    n_valid[pixel],
                    pixel,
                    area,
                    &mut series,
                );
            }
        }
        for (number, change) in by_combination.iter().enumerate() {
            for zone in places.zones_of(number) {
                let years = self.changes[zone].iter_mut().zip(&change.years);
                years.for_each(|(all, more)| all.merge(more));
                self.extents[zone].merge(&change.extent);
            }
        }
        for share in places.shares() {
            let area = share.share * places.area_km2(share.pixel);
            let n = n_valid[share.pixel];
            let mut years = std::mem::take(&mut self.changes[share.zone]);
            self.change(&mut years, values, n, share.pixel, area, &mut series);
            self.changes[share.zone] = years;
            if usize::from(n) >= self.min_years {
                self.extents[share.zone].add(area, 1);
            }
        }
    }

    /// What a pixel changes; nothing where it has all years.
    fn change(
        &self,
        years: &mut [BinnedSum],
        values: &[f32],
        n_valid: u16,
        pixel: usize,
        area_km2: f64,
        series: &mut [f32],
    ) {
        let n_valid = usize::from(n_valid);
        if n_valid == self.n_years && n_valid >= self.min_years {
            return;
        }
        let n_pixels = values.len() / self.n_years.max(1);
        for (year, value) in series.iter_mut().enumerate() {
            *value = values[year * n_pixels + pixel];
        }
        let line = (n_valid >= self.min_years).then(|| line(series));
        for (year, (sum, &value)) in years.iter_mut().zip(series.iter()).enumerate() {
            match (line, value.is_nan()) {
                (Some(line), true) => sum.add(line.at(year) * area_km2),
                (None, false) => sum.add(-f64::from(value) * area_km2),
                _ => {}
            }
        }
    }

    /// The means of a zone so far.
    ///
    /// # Arguments
    ///
    /// * `means` - those of the years as they are, of the same tiles.
    #[must_use]
    pub fn means(&self, zone: usize, means: &ZoneMeans) -> Vec<SeriesYear> {
        means.changed(zone, |year, weighted, extent| {
            weighted.merge(&self.changes[zone][year]);
            *extent = self.extents[zone];
        })
    }
}

/// Pixels whose valid years one task counts.
const PIECE: usize = 1 << 14;

/// The valid years of each pixel.
fn valid_years(values: &[f32], n_pixels: usize) -> Vec<u16> {
    let mut n_valid = vec![0_u16; n_pixels];
    let pieces = n_valid.par_chunks_mut(PIECE).enumerate();
    pieces.for_each(|(piece, n_valid)| {
        for year in values.chunks_exact(n_pixels.max(1)) {
            let values = &year[piece * PIECE..][..n_valid.len()];
            for (n, value) in n_valid.iter_mut().zip(values) {
                *n += u16::from(!value.is_nan());
            }
        }
    });
    n_valid
}

/// A line over the years, counted from the first.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Mean of the valid years.
    t_mean: f64,
    /// Mean of their values.
    y_mean: f64,
    /// Per year.
    slope: f64,
}

impl Line {
    /// Its value in a year.
    #[expect(clippy::cast_precision_loss, reason = "years are few")]
    fn at(&self, year: usize) -> f64 {
        self.y_mean + self.slope * (year as f64 - self.t_mean)
    }
}

/// The least-squares line of a series, NaN where a year is missing; level with one valid year.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn line(series: &[f32]) -> Line {
    let points = || {
        let years = series.iter().enumerate();
        let valid = years.filter(|(_, value)| !value.is_nan());
        valid.map(|(year, &value)| (year as f64, f64::from(value)))
    };
    let n = points().count().max(1) as f64;
    let (t_sum, y_sum) = points().fold((0.0, 0.0), |(t, y), point| (t + point.0, y + point.1));
    let (t_mean, y_mean) = (t_sum / n, y_sum / n);
    let (sum_tt, sum_ty) = points().fold((0.0, 0.0), |(tt, ty), (t, y)| {
        let t = t - t_mean;
        (tt + t * t, ty + t * (y - y_mean))
    });
    let slope = if sum_tt > 0.0 { sum_ty / sum_tt } else { 0.0 };
    Line {
        t_mean,
        y_mean,
        slope,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Areas, NO_ZONE, SetInTile, Share};

    const GAP: f32 = f32::NAN;

    fn close(ours: &[SeriesYear], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len());
        for (year, expected) in ours.iter().zip(expected) {
            let mean = year.mean.unwrap_or(GAP.into());
            assert!(
                (mean / expected - 1.0).abs() < 1e-12,
                "{mean}, not {expected}"
            );
        }
    }

    #[test]
    fn missing_years_are_on_the_line_of_their_pixel() {
        const VALUES: [[f32; 3]; 4] = [
            [1.0, 10.0, GAP],
            [2.0, GAP, 4.0],
            [GAP, 14.0, GAP],
            [4.0, 16.0, GAP],
        ];
        let values = VALUES.concat();
        let places = TilePlaces::new(3, Areas::ByRow(vec![2.0]), None, &[], Vec::new());
        let (mut means, mut filled) = (ZoneMeans::new(4, 1), FilledMeans::new(4, 3, 1));
        means.add(&places, &values);
        filled.add(&places, &values);
        // The third pixel has one year and takes no part; the first is on 1, 2, 3, 4, the second on 10, 12, 14, 16.
        close(&filled.means(0, &means), &[5.5, 7.0, 8.5, 10.0]);
        close(&means.means(0), &[5.5, 3.0, 14.0, 10.0]);
        assert_eq!(filled.means(0, &means)[0].pixels, 2);
    }

    #[test]
    fn a_pixel_at_a_border_is_filled_in_each_of_its_zones() {
        let values = [1.0, 5.0, GAP, 6.0, 3.0, GAP];
        let sets = [SetInTile {
            first_zone: 1,
            zones: &[NO_ZONE, 1],
        }];
        let share = |zone: usize, share: f64| Share {
            pixel: 0,
            zone,
            share,
        };
        let shares = vec![share(1, 0.25), share(2, 0.75)];
        let places = TilePlaces::new(2, Areas::ByRow(vec![1.0]), None, &sets, shares);
        let (mut means, mut filled) = (ZoneMeans::new(3, 3), FilledMeans::new(3, 2, 3));
        means.add(&places, &values);
        filled.add(&places, &values);
        close(&filled.means(1, &means), &[1.0, 2.0, 3.0]);
        let mixed = |a: f64, b: f64| (0.75 * a + b) / 1.75;
        close(
            &filled.means(2, &means),
            &[mixed(1.0, 5.0), mixed(2.0, 6.0), mixed(3.0, 7.0)],
        );
        close(&filled.means(0, &means), &[3.0, 4.0, 5.0]);
    }
}
