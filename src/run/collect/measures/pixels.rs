//! The treated and the control pixels of a tile, with their series.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::effects::{NO_CLASS, noise_variance};
use crate::run::collect::places::TileZones;
use crate::run::tile::TileView;
use crate::stages::Filler;
use crate::tables::{COLUMN_CHUNK, ROW_CHUNK};
use crate::zones::{NO_ZONE, Part};

use super::setup::{Blocks, CONTROL, NEAR, OWN_COVARIATES, Setup};

/// Pixels whose series are made at a time, and no more than the rest of a patch besides: those of all variables are in
/// memory then.
const PIXELS_AT_ONCE: usize = 1 << 12;

/// Pixels of measures and of their control. A pixel of several zones is there once for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Picked {
    /// The patch of [`ROW_CHUNK`] rows and [`COLUMN_CHUNK`] columns, whatever its number: those of one patch follow each
    /// other, and are in one piece.
    pub(super) patch: Vec<u32>,
    pub(super) group: Vec<u32>,
    /// The class of the sets to match; [`NO_CLASS`] where a set has no zone there.
    pub(super) class: Vec<u32>,
    pub(super) block: Vec<u32>,
    /// Area that counts, m².
    pub(super) weight_m2: Vec<f64>,
    /// Noise of the mean before the measures, of the first variable.
    pub(super) noise: Vec<f32>,
    /// Valid years of each variable, `[variable][pixel]`.
    pub(super) valid_years: Vec<u16>,
    /// Series without gaps, `[variable][year][pixel]`, NaN with too few years.
    pub(super) series: Vec<f32>,
    /// `[covariate][pixel]`.
    pub(super) covariates: Vec<f32>,
}

impl Picked {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.group.len()
    }

    /// The pixels of each patch.
    pub(super) fn patches(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut first = 0;
        let patches = self.patch.chunk_by(|a, b| a == b);
        patches.map(move |patch| {
            let from = first;
            first += patch.len();
            from..first
        })
    }

    /// The series of a variable, `[year][pixel]`.
    pub(super) fn variable(&self, variable: usize, n_years: usize) -> &[f32] {
        &self.series[variable * n_years * self.len()..][..n_years * self.len()]
    }
}

/// A pixel of a tile with its group and the share of it that counts.
struct Chosen {
    /// See [`Picked::patch`].
    patch: u32,
    pixel: usize,
    group: u32,
    share: f64,
}

impl Setup {
    /// Hands out the pixels of measures and control in a tile, some at a time.
    ///
    /// # Arguments
    ///
    /// * `starts` - the number of the start of each pixel, where a field has it.
    /// * `near` - whether each pixel is near a measure.
    /// * `min_years` - valid years that a pixel needs.
    pub(super) fn pick(
        &self,
        tile: &TileView<'_>,
        zones: &TileZones,
        starts: Option<&[u32]>,
        near: Option<&[bool]>,
        min_years: usize,
        mut take: impl FnMut(&Picked),
    ) {
        let chosen = self.choose(tile, zones, starts, near);
        for some in pieces(&chosen).chunks(rayon::current_num_threads()) {
            let picked = some.par_iter();
            let picked = picked.map(|piece| self.pick_some(tile, zones, piece, min_years));
            picked.collect::<Vec<Picked>>().iter().for_each(&mut take);
        }
    }

    fn pick_some(
        &self,
        tile: &TileView<'_>,
        zones: &TileZones,
        chosen: &[Chosen],
        min_years: usize,
    ) -> Picked {
        let n_years = tile.chain.years.count();
        let mut picked = Picked::default();
        let window = tile.window();
        for Chosen {
            patch,
            pixel,
            group,
            share,
        } in chosen
        {
            picked.patch.push(*patch);
            picked.group.push(*group);
            picked.class.push(self.class_of(zones, *pixel));
            let (row, col) = (pixel / window.width, pixel % window.width);
            picked.block.push(match &self.blocks {
                Blocks::Zones(set) => zones.codes[*set][*pixel],
                Blocks::Squares(squares, _) => squares.block_of(window.row + row, window.col + col),
            });
            let area_m2 = zones.places.area_km2(*pixel) * 1e6;
            picked.weight_m2.push(share * area_m2);
        }
        let values = self.values(tile, chosen);
        self.add_series(&values, n_years, min_years, &mut picked);
        self.add_covariates(tile, &values, chosen, &mut picked);
        picked
    }

    /// The pixels that take part, patch by patch.
    fn choose(
        &self,
        tile: &TileView<'_>,
        zones: &TileZones,
        starts: Option<&[u32]>,
        near: Option<&[bool]>,
    ) -> Vec<Chosen> {
        let inside = tile.output.inside.as_deref();
        let is_inside = |pixel: usize| inside.is_none_or(|inside| inside[pixel]);
        let has_block = |pixel: usize| match &self.blocks {
            Blocks::Zones(set) => zones.codes[*set][pixel] != NO_ZONE,
            Blocks::Squares(..) => true,
        };
        let group = |pixel: usize, zone: u32| {
            if zone != self.control {
                return self.group_of(zone, starts.map_or(NO_ZONE, |starts| starts[pixel]));
            }
            let is_near = near.is_some_and(|near| near[pixel]);
            if is_near { NEAR } else { CONTROL }
        };
        let width = tile.window().width.max(1);
        let patch_of = |pixel: usize| (pixel / width / ROW_CHUNK, pixel % width / COLUMN_CHUNK);
        let mut parts: Vec<&Part> = zones.parts[self.set].iter().collect();
        parts.sort_by_key(|part| patch_of(part.pixel as usize));
        let mut parts = parts.into_iter().peekable();
        let mut chosen = Vec::new();
        for (patch, rows) in (0..).zip(patches(width, tile.window().n_pixels())) {
            let mut take = |pixel: usize, zone: u32, share: f64| {
                if zone != NO_ZONE && is_inside(pixel) && has_block(pixel) {
                    let group = group(pixel, zone);
                    chosen.push(Chosen {
                        patch,
                        pixel,
                        group,
                        share,
                    });
                }
            };
            let place = rows.clone().next().map(|row| patch_of(row.start));
            for pixel in rows.flatten() {
                take(pixel, zones.codes[self.set][pixel], 1.0);
            }
            let is_here = |part: &&Part| Some(patch_of(part.pixel as usize)) == place;
            while let Some(part) = parts.next_if(is_here) {
                take(part.pixel as usize, part.zone, part.share);
            }
        }
        chosen
    }

    /// The class of a pixel: the zones that it has in the sets to match, as one number.
    fn class_of(&self, zones: &TileZones, pixel: usize) -> u32 {
        let codes = self.matching.iter();
        let class = codes
            .map(|&(set, n)| (zones.codes[set][pixel], n))
            .try_fold(0_u32, |class, (code, n)| {
                let is_zone = code != NO_ZONE;
                is_zone
                    .then(|| class.checked_mul(n)?.checked_add(code))
                    .flatten()
            });
        class.unwrap_or(NO_CLASS)
    }

    /// The values of chosen pixels in each series that is needed, `[year][pixel]`.
    fn values(&self, tile: &TileView<'_>, chosen: &[Chosen]) -> BTreeMap<usize, Vec<f32>> {
        let pixels: Vec<usize> = chosen.iter().map(|chosen| chosen.pixel).collect();
        let series = self.variables.iter().chain(&self.series_to_balance);
        let mut values = BTreeMap::new();
        for &series in series {
            let gathered = || gather(tile.series(series), tile.window().n_pixels(), &pixels);
            values.entry(series).or_insert_with(gathered);
        }
        values
    }

    fn add_series(
        &self,
        values: &BTreeMap<usize, Vec<f32>>,
        n_years: usize,
        min_years: usize,
        picked: &mut Picked,
    ) {
        let n = picked.len();
        let mut filler = Filler::new(n_years, min_years);
        for (variable, &series) in self.variables.iter().enumerate() {
            let values = &values[&series];
            let mut filled = vec![f64::NAN; n_years * n];
            filler.fill(values, &mut filled);
            let valid_years = filler.valid_years();
            let valid_years = valid_years.map(|n| u16::try_from(n).unwrap_or(u16::MAX));
            picked.valid_years.extend(valid_years);
            picked.series.extend(filled.iter().copied().map(single));
            if let (Some(pre), 0) = (&self.pre, variable) {
                let pre = pre.start.min(n_years)..pre.end.min(n_years);
                let of_pre = &filled[pre.start * n..pre.end * n];
                picked.covariates.extend(means(of_pre, n));
                picked.covariates.extend(slopes(of_pre, n));
                if self.table.match_pre > 0 {
                    picked.noise = noise(values, n, &pre);
                }
            }
        }
        picked.noise.resize(n, f32::NAN);
        if self.pre.is_none() {
            picked.covariates.resize(OWN_COVARIATES.len() * n, f32::NAN);
        }
    }

    fn add_covariates(
        &self,
        tile: &TileView<'_>,
        values: &BTreeMap<usize, Vec<f32>>,
        chosen: &[Chosen],
        picked: &mut Picked,
    ) {
        for series in &self.series_to_balance {
            picked
                .covariates
                .extend(means(&values[series], chosen.len()));
        }
        for &covariate in &self.covariates_to_balance {
            let values = tile.covariate(covariate);
            let of_chosen = chosen.iter().map(|chosen| values[chosen.pixel]);
            picked.covariates.extend(of_chosen);
        }
    }
}

/// The rows of each patch of a tile, as its pixels.
fn patches(
    width: usize,
    n_pixels: usize,
) -> impl Iterator<Item = impl Iterator<Item = Range<usize>> + Clone> {
    let strips = (0..n_pixels).step_by(width * ROW_CHUNK);
    strips.flat_map(move |strip| {
        let rows = (strip..n_pixels.min(strip + width * ROW_CHUNK)).step_by(width);
        let columns = (0..width).step_by(COLUMN_CHUNK);
        columns.map(move |from| {
            let to = width.min(from + COLUMN_CHUNK);
            rows.clone().map(move |row| row + from..row + to)
        })
    })
}

/// Pixels in pieces that end behind a patch.
fn pieces(chosen: &[Chosen]) -> Vec<&[Chosen]> {
    let mut pieces = Vec::new();
    let mut left = chosen;
    while let Some(last) = left.get(..PIXELS_AT_ONCE).unwrap_or(left).last() {
        let end = left.partition_point(|chosen| chosen.patch <= last.patch);
        let (piece, rest) = left.split_at(end);
        pieces.push(piece);
        left = rest;
    }
    pieces
}

/// The values of some pixels, `[year][pixel]` both.
fn gather(values: &[f32], n_pixels: usize, pixels: &[usize]) -> Vec<f32> {
    let years = values.chunks_exact(n_pixels.max(1));
    let mut gathered = Vec::with_capacity(years.len() * pixels.len());
    for values in years {
        gathered.extend(pixels.iter().map(|&pixel| values[pixel]));
    }
    gathered
}

/// Series are of single precision.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn single(value: f64) -> f32 {
    value as f32
}

/// The mean of the valid years of each of `n` pixels, `[year][pixel]`; NaN without any.
fn means<T: Copy + Into<f64>>(values: &[T], n: usize) -> impl Iterator<Item = f32> {
    let (mut sums, mut counts) = (vec![0.0; n], vec![0.0; n]);
    for year in values.chunks_exact(n.max(1)) {
        for ((sum, count), value) in sums.iter_mut().zip(&mut counts).zip(year) {
            let value: f64 = (*value).into();
            let is_there = !value.is_nan();
            *sum += if is_there { value } else { 0.0 };
            *count += if is_there { 1.0 } else { 0.0 };
        }
    }
    let means = sums.into_iter().zip(counts);
    means.map(|(sum, count): (f64, f64)| single(sum / count))
}

/// The least-squares slope of each of `n` pixels, `[year][pixel]`; NaN of fewer than two years, or where one is missing.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn slopes(values: &[f64], n: usize) -> impl Iterator<Item = f32> {
    let n_years = values.len() / n.max(1);
    let t_mean = (n_years as f64 - 1.0) / 2.0;
    let from_mean = |t: usize| t as f64 - t_mean;
    let sum_tt: f64 = (0..n_years).map(|t| from_mean(t) * from_mean(t)).sum();
    let mut sums = vec![0.0; n];
    for (t, year) in values.chunks_exact(n.max(1)).enumerate() {
        for (sum, value) in sums.iter_mut().zip(year) {
            *sum += from_mean(t) * value;
        }
    }
    sums.into_iter().map(move |sum: f64| single(sum / sum_tt))
}

/// The noise of the mean of each of `n` pixels over the years `pre`, `[year][pixel]`.
fn noise(values: &[f32], n: usize, pre: &Range<usize>) -> Vec<f32> {
    let n_years = values.len() / n.max(1);
    let noise = |pixel: usize| {
        let series: Vec<Option<f64>> = (0..n_years)
            .map(|year| f64::from(values[year * n + pixel]))
            .map(|value| Some(value).filter(|value| !value.is_nan()))
            .collect();
        let of_pre = series.get(pre.clone()).unwrap_or_default();
        let n_valid = of_pre.iter().flatten().count();
        single(noise_variance(&series, n_valid).unwrap_or(f64::NAN))
    };
    (0..n).map(noise).collect()
}
