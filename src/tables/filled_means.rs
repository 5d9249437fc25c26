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
use super::tile_pixels::{ALL_ZONE, Extent};
use super::tile_places::{AllPixels, TilePlaces};
use super::zone_blocks::ZoneBlocks;
use super::zone_means::{SeriesYear, ZoneMeans};
use super::zone_strips::{Block, Members, Strip, ZoneSums, leave_out};

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

/// A tile of which some pixels have gaps.
struct GappyTile<'a> {
    /// `[year][pixel]`, NaN where missing.
    values: &'a [f32],
    /// Valid years of each pixel.
    n_valid: Vec<u16>,
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

    /// Adds what other tiles change, of the same years and zones.
    pub fn merge(&mut self, other: &Self) {
        let zones = self.changes.iter_mut().zip(&other.changes);
        for (ours, theirs) in zones.flat_map(|(ours, theirs)| ours.iter_mut().zip(theirs)) {
            ours.merge(theirs);
        }
        for (ours, theirs) in self.extents.iter_mut().zip(&other.extents) {
            ours.merge(theirs);
        }
    }

    /// Adds a tile; `values` is `[year][pixel]`, NaN where missing.
    pub fn add(&mut self, places: &TilePlaces, values: &[f32]) {
        let n_pixels = places.n_pixels();
        if values.len() != self.n_years * n_pixels {
            return;
        }
        let n_valid = valid_years(values, n_pixels);
        self.extents[ALL_ZONE].merge(&places.all().extent());
        for (zone, extent) in places.zones().map_or(&[][..], ZoneBlocks::extents) {
            self.extents[*zone].merge(extent);
        }
        let whole = u16::try_from(self.n_years).unwrap_or(u16::MAX);
        if self.n_years >= self.min_years && n_valid.iter().all(|n| *n == whole) {
            return;
        }
        let tile = GappyTile { values, n_valid };
        self.add_all(places.all(), &tile);
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        for (block, groups) in strips.iter().flat_map(Strip::blocks) {
            self.add_block(block, groups, &tile);
        }
    }

    /// Adds to the whole study.
    fn add_all(&mut self, all: &AllPixels, tile: &GappyTile<'_>) {
        let mut series = vec![f32::NAN; self.n_years];
        let mut years = std::mem::take(&mut self.changes[ALL_ZONE]);
        for &run in all.runs(0..tile.n_valid.len()) {
            let has_enough = |pixel: usize| self.has_enough(tile, pixel);
            let (valid, whole) = (all.area_of(run, has_enough), all.area_of(run, |_| true));
            if valid.1 < whole.1 {
                leave_out(&mut self.extents[ALL_ZONE], whole, valid);
            }
            for pixel in run.pixels().filter(|&pixel| all.is_inside(pixel)) {
                let area = all.area_km2(pixel);
                let add = |year: usize, change: f64| years[year].add(change * area);
                self.change(tile, pixel, &mut series, add);
            }
        }
        self.changes[ALL_ZONE] = years;
    }

    /// Adds a block to its zones.
    fn add_block<'b>(
        &mut self,
        block: &Block,
        groups: impl Iterator<Item = Members<'b>> + Clone,
        tile: &GappyTile<'_>,
    ) {
        let has_gap = |group: &Members<'b>| {
            let pixels = group.pixels.iter();
            pixels
                .map(|&pixel| usize::from(tile.n_valid[pixel as usize]))
                .any(|n| n < self.n_years.max(self.min_years))
        };
        let gappy = groups.clone().filter(has_gap);
        let zones = &block.zones;
        let mut series = vec![f32::NAN; self.n_years];
        let mut changes = vec![0.0; self.n_years * zones.len()];
        let mut of_group = vec![0.0; self.n_years];
        let mut any = false;
        for group in gappy {
            any = true;
            of_group.fill(0.0);
            for (&pixel, area) in group.pixels.iter().zip(group.areas_km2) {
                let add = |year: usize, change: f64| of_group[year] += change * area;
                self.change(tile, pixel as usize, &mut series, add);
            }
            for &zone in group.zones {
                let into = &mut changes[usize::from(zone) * self.n_years..][..self.n_years];
                into.iter_mut()
                    .zip(&of_group)
                    .for_each(|(all, x)| *all += x);
            }
        }
        if !any {
            return;
        }
        for (place, &zone) in zones.iter().enumerate() {
            let changes = &changes[place * self.n_years..][..self.n_years];
            let years = self.changes[zone].iter_mut().zip(changes);
            years.for_each(|(year, change)| year.add(*change));
        }
        let n_valid = &tile.n_valid;
        let (extents, min_years) = (&mut self.extents, self.min_years);
        let has_enough = |pixel: usize| usize::from(n_valid[pixel]) >= min_years;
        let has_too_few = |group: &Members<'b>| {
            let mut pixels = group.pixels.iter();
            !pixels.all(|&pixel| has_enough(pixel as usize))
        };
        block.leave_out(
            groups.map(|group| (group, has_too_few(&group))),
            has_enough,
            &mut ZoneSums::default(),
            |zone, all, valid| leave_out(&mut extents[zone], all, valid),
        );
    }

    fn has_enough(&self, tile: &GappyTile<'_>, pixel: usize) -> bool {
        usize::from(tile.n_valid[pixel]) >= self.min_years
    }

    /// Hands out what a pixel changes of each year; nothing where it has all years.
    fn change(
        &self,
        tile: &GappyTile<'_>,
        pixel: usize,
        series: &mut [f32],
        mut add: impl FnMut(usize, f64),
    ) {
        let n_valid = usize::from(tile.n_valid[pixel]);
        let has_enough = n_valid >= self.min_years;
        if n_valid == self.n_years && has_enough {
            return;
        }
        for (year, value) in series.iter_mut().enumerate() {
            *value = tile.values[year * tile.n_valid.len() + pixel];
        }
        let line = has_enough.then(|| line(series));
        for (year, &value) in series.iter().enumerate() {
            match (line, value.is_nan()) {
                (Some(line), true) => add(year, line.at(year)),
                (None, false) => add(year, -f64::from(value)),
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
