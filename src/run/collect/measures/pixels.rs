//! The treated and the control pixels of a tile, with their series.

use std::ops::Range;

use rayon::prelude::*;

use crate::effects::{NO_CLASS, noise_variance};
use crate::run::collect::places::TileZones;
use crate::run::tile::TileView;
use crate::stages::Filler;
use crate::zones::NO_ZONE;

use super::setup::{Blocks, CONTROL, NEAR, Setup};

/// Covariates that every comparison has: the mean and the slope before the measures.
pub(super) const OWN_COVARIATES: usize = 2;

/// Pixels whose series are made at a time: those of all variables are in memory then.
const PIXELS_AT_ONCE: usize = 1 << 14;

/// Pixels of measures and of their control. A pixel of several zones is there once for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Picked {
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

    /// The series of a variable, `[year][pixel]`.
    pub(super) fn variable(&self, variable: usize, n_years: usize) -> &[f32] {
        &self.series[variable * n_years * self.len()..][..n_years * self.len()]
    }
}

/// A pixel of a tile with its group and the share of it that counts.
struct Chosen {
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
        for chosen in chosen.chunks(PIXELS_AT_ONCE) {
            take(&self.pick_some(tile, zones, chosen, min_years));
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
            pixel,
            group,
            share,
        } in chosen
        {
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
        self.add_series(tile, chosen, n_years, min_years, &mut picked);
        self.add_covariates(tile, chosen, n_years, &mut picked);
        picked
    }

    fn choose(
        &self,
        tile: &TileView<'_>,
        zones: &TileZones,
        starts: Option<&[u32]>,
        near: Option<&[bool]>,
    ) -> Vec<Chosen> {
        let inside = tile.output.inside.as_deref();
        let is_inside = |pixel: usize| inside.is_none_or(|inside| inside[pixel]);
        let group = |pixel: usize, zone: u32| {
            if zone != self.control {
                return self.group_of(zone, starts.map_or(NO_ZONE, |starts| starts[pixel]));
            }
            let is_near = near.is_some_and(|near| near[pixel]);
            if is_near { NEAR } else { CONTROL }
        };
        let whole = zones.codes[self.set].iter().enumerate();
        let whole = whole.filter(|(_, zone)| **zone != NO_ZONE);
        let whole = whole.map(|(pixel, &zone)| Chosen {
            pixel,
            group: group(pixel, zone),
            share: 1.0,
        });
        let parts = zones.parts[self.set].iter().map(|part| Chosen {
            pixel: part.pixel as usize,
            group: group(part.pixel as usize, part.zone),
            share: part.share,
        });
        let has_block = |chosen: &Chosen| match &self.blocks {
            Blocks::Zones(set) => zones.codes[*set][chosen.pixel] != NO_ZONE,
            Blocks::Squares(..) => true,
        };
        whole
            .chain(parts)
            .filter(|chosen| is_inside(chosen.pixel) && has_block(chosen))
            .collect()
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

    fn add_series(
        &self,
        tile: &TileView<'_>,
        chosen: &[Chosen],
        n_years: usize,
        min_years: usize,
        picked: &mut Picked,
    ) {
        let n = chosen.len();
        let variables = self.variables.par_iter().enumerate();
        let variables = variables.map(|(variable, &series)| {
            let mut values = vec![f32::NAN; n_years * n];
            let values_of_tile = tile.series(series);
            gather(
                values_of_tile,
                tile.window().n_pixels(),
                chosen,
                &mut values,
            );
            let mut filled = vec![f64::NAN; n_years * n];
            let mut filler = Filler::new(n_years, min_years);
            filler.fill(&values, &mut filled);
            let before = self.pre.as_ref().filter(|_| variable == 0);
            let has_noise = self.table.match_pre > 0;
            OneVariable {
                valid_years: filler
                    .valid_years()
                    .map(|n| u16::try_from(n).unwrap_or(u16::MAX))
                    .collect(),
                before: before.map(|pre| before_measures(&values, &filled, n, pre, has_noise)),
                filled: filled.into_iter().map(single).collect(),
            }
        });
        let variables: Vec<OneVariable> = variables.collect();
        for variable in variables {
            picked.valid_years.extend(variable.valid_years);
            picked.series.extend(variable.filled);
            if let Some(before) = variable.before {
                picked.covariates.extend(before.means);
                picked.covariates.extend(before.slopes);
                picked.noise = before.noise;
            }
        }
        picked.noise.resize(n, f32::NAN);
        if self.pre.is_none() {
            picked.covariates.resize(OWN_COVARIATES * n, f32::NAN);
        }
    }

    fn add_covariates(
        &self,
        tile: &TileView<'_>,
        chosen: &[Chosen],
        n_years: usize,
        picked: &mut Picked,
    ) {
        let n_pixels = tile.window().n_pixels();
        for &series in &self.series_to_balance {
            let values = tile.series(series);
            picked.covariates.extend(chosen.iter().map(|chosen| {
                let years = (0..n_years).map(|year| values[year * n_pixels + chosen.pixel]);
                mean(years.filter(|value| !value.is_nan()).map(f64::from))
            }));
        }
        for &covariate in &self.covariates_to_balance {
            let values = tile.covariate(covariate);
            let of_chosen = chosen.iter().map(|chosen| values[chosen.pixel]);
            picked.covariates.extend(of_chosen);
        }
    }
}

/// Copies the values of chosen pixels, `[year][pixel]` both.
fn gather(values: &[f32], n_pixels: usize, chosen: &[Chosen], into: &mut [f32]) {
    let years = values.chunks_exact(n_pixels.max(1));
    for (into, values) in into.chunks_exact_mut(chosen.len().max(1)).zip(years) {
        for (into, chosen) in into.iter_mut().zip(chosen) {
            *into = values[chosen.pixel];
        }
    }
}

/// One variable of chosen pixels.
struct OneVariable {
    /// `[pixel]`.
    valid_years: Vec<u16>,
    /// `[year][pixel]`.
    filled: Vec<f32>,
    before: Option<Before>,
}

/// What pixels are before the measures, `[pixel]`.
struct Before {
    means: Vec<f32>,
    slopes: Vec<f32>,
    /// Noise of the means, where these are matched on.
    noise: Vec<f32>,
}

/// Mean and slope of `n` pixels in the stage before the measures, and the noise of that mean where it is matched on.
fn before_measures(
    values: &[f32],
    filled: &[f64],
    n: usize,
    pre: &Range<usize>,
    has_noise: bool,
) -> Before {
    let n_years = values.len() / n.max(1);
    let years = || pre.clone().filter(|&year| year < n_years);
    let of_pre = |pixel: usize| years().map(move |year| filled[year * n + pixel]);
    let noise = |pixel: usize| {
        let series: Vec<Option<f64>> = (0..n_years)
            .map(|year| f64::from(values[year * n + pixel]))
            .map(|value| Some(value).filter(|value| !value.is_nan()))
            .collect();
        let n_valid = years().filter(|&year| series[year].is_some()).count();
        single(noise_variance(&series, n_valid).unwrap_or(f64::NAN))
    };
    Before {
        means: (0..n).map(|pixel| mean(of_pre(pixel))).collect(),
        slopes: (0..n).map(|pixel| slope(of_pre(pixel))).collect(),
        noise: if has_noise {
            (0..n).map(noise).collect()
        } else {
            Vec::new()
        },
    }
}

/// Series are of single precision.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn single(value: f64) -> f32 {
    value as f32
}

/// The mean; NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f32 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    single(sum / n)
}

/// The least-squares slope of values a year apart; NaN of fewer than two.
fn slope(values: impl Iterator<Item = f64> + Clone) -> f32 {
    let points = (0..).map(f64::from).zip(values);
    let (n, t, y) = points.clone().fold((0.0, 0.0, 0.0), |(n, t, y), point| {
        (n + 1.0, t + point.0, y + point.1)
    });
    let (t_mean, y_mean) = (t / n, y / n);
    let (tt, ty) = points.fold((0.0, 0.0), |(tt, ty), (t, y)| {
        let t = t - t_mean;
        (tt + t * t, ty + t * (y - y_mean))
    });
    single(ty / tt)
}
