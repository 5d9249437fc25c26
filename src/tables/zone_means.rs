//! Area-weighted means over zones of maps with several bands: years, members, replicates, numbers of a pixel.

use std::ops::Range;

use rayon::prelude::*;

use super::binned_sum::BinnedSum;
use super::tile_pixels::{ALL_ZONE, Extent, ROW_CHUNK};
use super::tile_places::TilePlaces;
use super::zone_blocks::ZoneBlocks;
use super::zone_strips::{Block, Members, Strip, ZoneSums, leave_out};
use super::zone_values::{BANDS_AT_ONCE, BlockValues, Piece, sums_of_run};

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
        self.0[ALL_ZONE].merge(&places.all().extent());
        for (zone, extent) in places.zones().map_or(&[][..], ZoneBlocks::extents) {
            self.0[*zone].merge(extent);
        }
    }

    /// Adds the pixels of other tiles, of the same zones.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            ours.merge(theirs);
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

    /// Adds the sums of other tiles, of the same bands and zones.
    pub fn merge(&mut self, other: &Self) {
        let bands = self.bands.iter_mut().zip(&other.bands);
        for (ours, theirs) in bands.flat_map(|(ours, theirs)| ours.iter_mut().zip(theirs)) {
            ours.weighted.merge(&theirs.weighted);
            ours.extent.merge(&theirs.extent);
        }
    }

    /// Adds a tile; `values` is `[band][pixel]`, NaN where missing.
    pub fn add(&mut self, places: &TilePlaces, values: &[f32]) {
        let n_pixels = places.n_pixels().max(1);
        let bands = self.bands.par_chunks_mut(BANDS_AT_ONCE);
        bands
            .zip(values.par_chunks(BANDS_AT_ONCE * n_pixels))
            .for_each(|(bands, values)| {
                let values: Vec<&[f32]> = values.chunks_exact(n_pixels).collect();
                let mut adder = Adder::new(bands, places);
                adder.add(&Piece::whole(places, &values));
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
        let rows = places.width() * ROW_CHUNK;
        let bands = self.bands.par_chunks_mut(BANDS_AT_ONCE).enumerate();
        bands.for_each_init(Vec::new, |made, (chunk, bands)| {
            let n_bands = bands.len();
            let mut adder = Adder::new(bands, places);
            for (strip, first) in (0..places.n_pixels()).step_by(rows.max(1)).enumerate() {
                let pixels = first..places.n_pixels().min(first + rows);
                made.resize(n_bands * pixels.len(), f32::NAN);
                for (band, made) in made.chunks_exact_mut(pixels.len()).enumerate() {
                    make(chunk * BANDS_AT_ONCE + band, pixels.clone(), made);
                }
                let values: Vec<&[f32]> = made.chunks_exact(pixels.len()).collect();
                adder.add(&Piece::of_strip(places, strip, pixels, &values));
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

/// Adds values to some bands, at most [`BANDS_AT_ONCE`].
struct Adder<'a> {
    bands: &'a mut [Vec<Sums>],
    values: Box<BlockValues>,
    /// Of each zone of a block, by band.
    sums: Vec<[f64; BANDS_AT_ONCE]>,
    /// The bands in which pixels of each group of a block are missing, a bit each.
    gaps: Vec<u16>,
    valid: ZoneSums,
}

impl<'a> Adder<'a> {
    /// Counts all pixels of a tile in all bands; those without a value are left out when they are met.
    fn new(bands: &'a mut [Vec<Sums>], places: &TilePlaces) -> Self {
        for band in &mut *bands {
            band[ALL_ZONE].extent.merge(&places.all().extent());
            for (zone, extent) in places.zones().map_or(&[][..], ZoneBlocks::extents) {
                band[*zone].extent.merge(extent);
            }
        }
        Self {
            bands,
            values: Box::new(BlockValues::new()),
            sums: Vec::new(),
            gaps: Vec::new(),
            valid: ZoneSums::default(),
        }
    }

    fn add(&mut self, piece: &Piece<'_>) {
        if self.bands.is_empty() {
            return;
        }
        self.add_all(piece);
        for (block, groups) in piece.strips.iter().flat_map(Strip::blocks) {
            self.add_block(piece, block, &groups);
        }
    }

    /// Adds to the whole study.
    fn add_all(&mut self, piece: &Piece<'_>) {
        for &run in piece.all.runs(piece.pixels.clone()) {
            let (weighted, counts) = sums_of_run(piece, run);
            for (number, band) in self.bands.iter_mut().enumerate() {
                let Sums {
                    weighted: sum,
                    extent,
                } = &mut band[ALL_ZONE];
                if counts[number] > 0 {
                    sum.add(weighted[number]);
                }
                if counts[number] < run.len {
                    let is_there = |pixel: usize| !piece.value(number, pixel).is_nan();
                    let all = piece.all.area_of(run, |_| true);
                    leave_out(extent, all, piece.all.area_of(run, is_there));
                }
            }
        }
    }

    /// Adds a block to its zones.
    fn add_block<'b>(
        &mut self,
        piece: &Piece<'_>,
        block: &Block,
        groups: &(impl Iterator<Item = Members<'b>> + Clone),
    ) {
        let zones = &block.zones;
        let gaps = self.values.read(piece, block);
        self.sums.clear();
        self.sums.resize(zones.len(), [0.0; BANDS_AT_ONCE]);
        for group in groups.clone() {
            let sums = self.values.sums_of(&group);
            for &zone in group.zones {
                let into = &mut self.sums[usize::from(zone)];
                into.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            }
        }
        for (&zone, sums) in zones.iter().zip(&self.sums) {
            for (band, sum) in self.bands.iter_mut().zip(sums) {
                band[zone].weighted.add(*sum);
            }
        }
        if gaps == 0 {
            return;
        }
        self.gaps.clear();
        let gaps_of = groups.clone().map(|group| self.values.gaps_of(&group));
        self.gaps.extend(gaps_of);
        // The last band stands for those that are not there.
        for (number, band) in self.bands.iter_mut().enumerate() {
            let has_gap = |gaps: &u16| gaps >> number & 1 == 1;
            if has_gap(&gaps) {
                block.leave_out(
                    groups.clone().zip(self.gaps.iter().map(has_gap)),
                    |pixel| !piece.value(number, pixel).is_nan(),
                    &mut self.valid,
                    |zone, all, valid| leave_out(&mut band[zone].extent, all, valid),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::wgs84_cell_area_m2;
    use crate::tables::Areas;

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
