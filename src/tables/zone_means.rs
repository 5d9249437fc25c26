//! Area-weighted means over zones of maps with several bands: years, members, replicates, numbers of a pixel.

use std::ops::Range;

use rayon::prelude::*;

use super::binned_sum::BinnedSum;
use super::tile_places::{Areas, Extent, Run, TilePlaces};

/// Bands that are summed side by side, so that the processor does not wait for one addition after the other.
const BANDS_AT_ONCE: usize = 8;

/// The mean of one band, such as a year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SeriesYear {
    /// Area-weighted mean over the valid pixels; `None` without any.
    pub mean: Option<f64>,
    /// Area of the valid pixels.
    pub area_km2: f64,
    /// Number of valid pixels.
    pub pixels: u64,
}

/// The pixels of each zone inside the mask.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ZoneExtents(Vec<Extent>);

impl ZoneExtents {
    /// No pixel yet.
    #[must_use]
    pub fn new(n_zones: usize) -> Self {
        Self(vec![Extent::default(); n_zones])
    }

    /// Adds a tile.
    pub fn add(&mut self, places: &TilePlaces) {
        for places in places.parts() {
            for combination in 0..places.n_combinations() {
                for zone in places.zones_of(combination) {
                    self.0[zone].merge(&places.extent_of(combination));
                }
            }
        }
        for share in places.shares() {
            self.0[share.zone].add(share.share * places.area_km2(share.pixel), 1);
        }
    }

    /// Area of a zone, km².
    #[must_use]
    pub fn area_km2(&self, zone: usize) -> f64 {
        self.0[zone].area_km2.value().unwrap_or(f64::NAN)
    }

    /// Pixels of a zone.
    #[must_use]
    pub fn pixels(&self, zone: usize) -> u64 {
        self.0[zone].pixels
    }
}

/// The sums of a band over one zone.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Sums {
    /// Values times area.
    weighted: BinnedSum,
    /// The pixels that are there.
    extent: Extent,
}

/// Sums of the bands of one map over every zone.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ZoneMeans {
    /// `[band][zone]`.
    bands: Vec<Vec<Sums>>,
}

impl ZoneMeans {
    /// Bytes that a band takes in each zone.
    pub const BYTES: usize = size_of::<Sums>();

    /// No pixel yet.
    #[must_use]
    pub fn new(n_bands: usize, n_zones: usize) -> Self {
        Self {
            bands: vec![vec![Sums::default(); n_zones]; n_bands],
        }
    }

    /// How many zones it has.
    #[must_use]
    pub fn n_zones(&self) -> usize {
        self.bands.first().map_or(0, Vec::len)
    }

    /// Adds a tile; `values` is `[band][pixel]`, NaN where missing.
    pub fn add(&mut self, places: &TilePlaces, values: &[f32]) {
        let n_pixels = places.n_pixels().max(1);
        let bands = self.bands.par_chunks_mut(BANDS_AT_ONCE);
        bands
            .zip(values.par_chunks(BANDS_AT_ONCE * n_pixels))
            .for_each(|(bands, values)| {
                let values: Vec<&[f32]> = values.chunks_exact(n_pixels).collect();
                for places in places.parts() {
                    add_bands(bands, places, &values);
                }
            });
    }

    /// As [`add`](Self::add), of values that are made of others.
    ///
    /// # Arguments
    ///
    /// * `make` - writes the values of a band of some pixels, NaN where missing.
    pub fn add_made(
        &mut self,
        places: &TilePlaces,
        make: impl Fn(usize, Range<usize>, &mut [f32]) + Sync,
    ) {
        let n_pixels = places.n_pixels();
        let bands = self.bands.par_iter_mut().enumerate();
        bands.for_each_init(Vec::new, |made, (number, band)| {
            made.resize(n_pixels, f32::NAN);
            make(number, 0..n_pixels, made);
            for places in places.parts() {
                add_bands(std::slice::from_mut(band), places, &[made]);
            }
        });
    }

    /// The means of a zone so far, band by band.
    #[must_use]
    pub fn means(&self, zone: usize) -> Vec<SeriesYear> {
        let bands = self.bands.iter().map(|band| &band[zone]);
        bands
            .map(|sums| mean_of(&sums.weighted, &sums.extent))
            .collect()
    }

    /// The means of a zone, band by band, after `change` of a band's sum and extent.
    pub(super) fn changed(
        &self,
        zone: usize,
        change: impl Fn(usize, &mut BinnedSum, &mut Extent),
    ) -> Vec<SeriesYear> {
        let bands = self.bands.iter().enumerate();
        bands
            .map(|(number, band)| {
                let Sums {
                    mut weighted,
                    mut extent,
                } = band[zone];
                change(number, &mut weighted, &mut extent);
                mean_of(&weighted, &extent)
            })
            .collect()
    }
}

/// A mean from the sum of values times area.
fn mean_of(weighted: &BinnedSum, extent: &Extent) -> SeriesYear {
    let area_km2 = extent.area_km2.value().unwrap_or(f64::NAN);
    let mean = (extent.pixels > 0).then(|| weighted.value().map(|sum| sum / area_km2));
    SeriesYear {
        mean: mean.flatten(),
        area_km2,
        pixels: extent.pixels,
    }
}

/// Adds a tile to some bands, at most [`BANDS_AT_ONCE`].
fn add_bands(bands: &mut [Vec<Sums>], places: &TilePlaces, values: &[&[f32]]) {
    let n_bands = bands.len();
    let mut by_combination = vec![BandOfTile::default(); n_bands * places.n_combinations()];
    for run in places.runs() {
        let sums = &mut by_combination[run.combination as usize * n_bands..][..n_bands];
        let (weighted, counts) = sums_of(places, run, values);
        for (band, sums) in sums.iter_mut().enumerate() {
            if counts[band] > 0 {
                sums.weighted.add(weighted[band]);
            }
            if counts[band] < run.len {
                let is_there = |pixel: usize| !values[band][pixel].is_nan();
                let (all, n_all) = places.area_of(run, |_| true);
                let (valid, n) = places.area_of(run, is_there);
                sums.gap_km2.add(valid);
                sums.gap_km2.add(-all);
                sums.missing += u64::from(n_all - n);
            }
        }
    }
    for (number, sums) in by_combination.chunks_exact(n_bands.max(1)).enumerate() {
        for (band, sums) in bands.iter_mut().zip(sums) {
            let mut extent = places.extent_of(number);
            extent.area_km2.merge(&sums.gap_km2);
            extent.pixels -= sums.missing;
            for zone in places.zones_of(number) {
                band[zone].weighted.merge(&sums.weighted);
                band[zone].extent.merge(&extent);
            }
        }
    }
    for share in places.shares() {
        let area = share.share * places.area_km2(share.pixel);
        for (band, values) in bands.iter_mut().zip(values) {
            let value = values[share.pixel];
            if !value.is_nan() {
                band[share.zone].weighted.add(f64::from(value) * area);
                band[share.zone].extent.add(area, 1);
            }
        }
    }
}

/// A band of a tile in one combination of zones.
#[derive(Clone, Copy, Debug, Default)]
struct BandOfTile {
    /// Values times area.
    weighted: BinnedSum,
    /// Area of the valid pixels less that of all, run by run: nothing where none is missing.
    gap_km2: BinnedSum,
    /// Missing pixels.
    missing: u64,
}

/// Sum of value times area and number of the values that are there in a run, band by band. A run is summed in the order
/// of its columns.
fn sums_of(
    places: &TilePlaces,
    run: &Run,
    values: &[&[f32]],
) -> ([f64; BANDS_AT_ONCE], [u32; BANDS_AT_ONCE]) {
    let (mut sums, mut counts) = ([0.0; BANDS_AT_ONCE], [0; BANDS_AT_ONCE]);
    let first = run.first as usize;
    let pixels = first..first + run.len as usize;
    let area_of_all = match places.areas() {
        Areas::ByRow(_) => places.area_km2(first),
        Areas::ByPixel(_) => 1.0,
    };
    let area_of_each = match places.areas() {
        Areas::ByRow(_) => None,
        Areas::ByPixel(areas) => Some(&areas[pixels.clone()]),
    };
    let Some(&last) = values.last() else {
        return (sums, counts);
    };
    // Always as many bands, the last one again: the loop over them is written out.
    let bands: [&[f32]; BANDS_AT_ONCE] =
        std::array::from_fn(|band| &values.get(band).copied().unwrap_or(last)[pixels.clone()]);
    for at in 0..pixels.len() {
        if !places.is_inside(first + at) {
            continue;
        }
        let area = area_of_each.map_or(1.0, |areas| areas[at]);
        for band in 0..BANDS_AT_ONCE {
            let value = bands[band][at];
            let is_there = !value.is_nan();
            sums[band] += if is_there {
                f64::from(value) * area
            } else {
                0.0
            };
            counts[band] += u32::from(is_there);
        }
    }
    (sums.map(|sum| sum * area_of_all), counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::wgs84_cell_area_m2;

    /// `docs/science/grids_and_areas.md#means-and-totals`: four cells of a quarter degree, one of them missing.
    #[test]
    fn mean_and_total_are_those_of_the_worked_example() {
        let mut means = ZoneMeans::new(1, 1);
        for (value, south) in [
            (420.0, 21.0),
            (388.0, 23.0),
            (f32::NAN, 24.0),
            (402.0, 26.0),
        ] {
            let area = wgs84_cell_area_m2(south, south + 0.25, 0.25) * 1e-6;
            let places = TilePlaces::new(1, Areas::ByRow(vec![area]), None, &[], Vec::new());
            means.add(&places, &[value]);
        }
        let year = means.means(0)[0];
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
            let mut means = ZoneMeans::new(1, 1);
            let places = TilePlaces::new(1, Areas::ByRow(vec![1.0; 2]), None, &[], Vec::new());
            means.add(&places, &[value, -0.5 * value]);
            let mean = means.means(0)[0].mean.unwrap_or(f64::NAN);
            let quarter = 0.25 * f64::from(value);
            assert!((mean / quarter - 1.0).abs() < 1e-5, "{value}: {mean}");
        }
    }
}
