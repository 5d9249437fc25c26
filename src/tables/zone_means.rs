//! Area-weighted means over zones of maps with several bands: years, members, replicates, numbers of a pixel.

use std::ops::Range;

use rayon::prelude::*;

use super::binned_sum::BinnedSum;
use super::tile_pixels::{ALL_ZONE, Areas, COLUMN_CHUNK, Extent, ROW_CHUNK};
use super::tile_places::{AllPixels, Run, TilePlaces};
use super::zone_blocks::{Block, Members, Strip, ZoneBlocks, ZoneSums, leave_out};

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
        self.0[ALL_ZONE].merge(&places.all().extent());
        for (zone, extent) in places.zones().map_or(&[][..], ZoneBlocks::extents) {
            self.0[*zone].merge(extent);
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

/// Some rows of a tile with values of some bands, at most [`BANDS_AT_ONCE`].
struct Piece<'a> {
    all: &'a AllPixels,
    strips: &'a [Strip],
    pixels: Range<usize>,
    /// Always as many bands, the last one again where there are fewer: the loop over them is written out.
    bands: [&'a [f32]; BANDS_AT_ONCE],
}

impl<'a> Piece<'a> {
    /// A whole tile; `values` is `[band][pixel]`.
    fn whole(places: &'a TilePlaces, values: &[&'a [f32]]) -> Self {
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        Self::new(places, strips, 0..places.n_pixels(), values)
    }

    /// One strip of it.
    fn of_strip(
        places: &'a TilePlaces,
        strip: usize,
        pixels: Range<usize>,
        values: &[&'a [f32]],
    ) -> Self {
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        let strips = strips.get(strip..=strip).unwrap_or_default();
        Self::new(places, strips, pixels, values)
    }

    fn new(
        places: &'a TilePlaces,
        strips: &'a [Strip],
        pixels: Range<usize>,
        values: &[&'a [f32]],
    ) -> Self {
        let last = values.last().copied().unwrap_or_default();
        Self {
            all: places.all(),
            strips,
            pixels,
            bands: std::array::from_fn(|band| values.get(band).copied().unwrap_or(last)),
        }
    }

    fn value(&self, band: usize, pixel: usize) -> f32 {
        self.bands[band][pixel - self.pixels.start]
    }
}

/// The values of a block, the bands of a pixel side by side, 0 where missing.
struct BlockValues([[f32; BANDS_AT_ONCE]; ROW_CHUNK * COLUMN_CHUNK]);

impl BlockValues {
    /// Reads a block; whether each band has gaps in it.
    fn read(&mut self, piece: &Piece<'_>, block: &Block) -> [bool; BANDS_AT_ONCE] {
        let mut has_gaps = [false; BANDS_AT_ONCE];
        for (pixels, values) in block.rows.iter().zip(self.0.chunks_exact_mut(COLUMN_CHUNK)) {
            let pixels = pixels.start - piece.pixels.start..pixels.end - piece.pixels.start;
            for band in 0..BANDS_AT_ONCE {
                let mut has_gap = false;
                for (into, value) in values.iter_mut().zip(&piece.bands[band][pixels.clone()]) {
                    has_gap |= value.is_nan();
                    into[band] = if value.is_nan() { 0.0 } else { *value };
                }
                has_gaps[band] |= has_gap;
            }
        }
        has_gaps
    }

    /// Sum of value times area of the pixels of a group, band by band.
    fn sums_of(&self, group: &Members<'_>) -> [f64; BANDS_AT_ONCE] {
        let mut sums = [0.0; BANDS_AT_ONCE];
        for (&place, &area) in group.places.iter().zip(group.areas_km2) {
            let values = &self.0[usize::from(place)];
            for band in 0..BANDS_AT_ONCE {
                sums[band] += f64::from(values[band]) * area;
            }
        }
        sums
    }
}

/// Adds values to some bands, at most [`BANDS_AT_ONCE`].
struct Adder<'a> {
    bands: &'a mut [Vec<Sums>],
    values: Box<BlockValues>,
    /// Of each zone of a block, by band.
    sums: Vec<[f64; BANDS_AT_ONCE]>,
    all: ZoneSums,
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
            values: Box::new(BlockValues(
                [[0.0; BANDS_AT_ONCE]; ROW_CHUNK * COLUMN_CHUNK],
            )),
            sums: Vec::new(),
            all: ZoneSums::default(),
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
        let has_gaps = self.values.read(piece, block);
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
        for (number, _) in has_gaps.iter().enumerate().filter(|(_, has)| **has) {
            self.leave_out_gaps(piece, number, zones, groups.clone());
        }
    }

    /// Leaves out the pixels of a block that have no value in a band.
    fn leave_out_gaps<'b>(
        &mut self,
        piece: &Piece<'_>,
        number: usize,
        zones: &[usize],
        groups: impl Iterator<Item = Members<'b>>,
    ) {
        // The last band stands for those that are not there.
        let Some(band) = self.bands.get_mut(number) else {
            return;
        };
        self.all.clear(zones.len());
        self.valid.clear(zones.len());
        for group in groups {
            self.all.add(&group, group.extent(|_| true));
            let is_there = |pixel: usize| !piece.value(number, pixel).is_nan();
            self.valid.add(&group, group.extent(is_there));
        }
        for (place, &zone) in zones.iter().enumerate() {
            leave_out(
                &mut band[zone].extent,
                self.all.of(place),
                self.valid.of(place),
            );
        }
    }
}

/// Sum of value times area and number of the values that are there in a run, band by band. A run is summed in the order
/// of its columns.
fn sums_of_run(piece: &Piece<'_>, run: Run) -> ([f64; BANDS_AT_ONCE], [u32; BANDS_AT_ONCE]) {
    let (mut sums, mut counts) = ([0.0; BANDS_AT_ONCE], [0; BANDS_AT_ONCE]);
    let pixels = run.pixels();
    let (area_of_all, area_of_each) = match piece.all.areas() {
        Areas::ByRow(_) => (piece.all.area_km2(pixels.start), None),
        Areas::ByPixel(areas) => (1.0, Some(&areas[pixels.clone()])),
    };
    let first = pixels.start - piece.pixels.start;
    let bands = piece.bands.map(|band| &band[first..first + pixels.len()]);
    for (at, pixel) in pixels.enumerate() {
        if !piece.all.is_inside(pixel) {
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
