//! Values of some rows of a tile, summed by run and by group.

use std::ops::Range;

use super::tile_pixels::{Areas, COLUMN_CHUNK, ROW_CHUNK};
use super::tile_places::{AllPixels, Run, TilePlaces};
use super::zone_blocks::ZoneBlocks;
use super::zone_strips::{Block, Members, Strip};

/// Bands that are summed side by side, so that the processor does not wait for one addition after the other. Twenty
/// years, which studies often have, are two times as many.
pub(super) const BANDS_AT_ONCE: usize = 10;

/// Some rows of a tile with values of some bands, at most [`BANDS_AT_ONCE`].
pub(super) struct Piece<'a> {
    pub(super) all: &'a AllPixels,
    pub(super) strips: &'a [Strip],
    pub(super) pixels: Range<usize>,
    /// Always as many bands, the last one again where there are fewer: the loop over them is written out.
    bands: [&'a [f32]; BANDS_AT_ONCE],
}

impl<'a> Piece<'a> {
    /// A whole tile; `values` is `[band][pixel]`.
    pub(super) fn whole(places: &'a TilePlaces, values: &[&'a [f32]]) -> Self {
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        Self::new(places, strips, 0..places.n_pixels(), values)
    }

    /// One strip of it.
    pub(super) fn of_strip(
        places: &'a TilePlaces,
        strip: usize,
        pixels: Range<usize>,
        values: &[&'a [f32]],
    ) -> Self {
        let strips = places.zones().map_or(&[][..], ZoneBlocks::strips);
        let strips = strips.get(strip..=strip).unwrap_or_default();
        Self::new(places, strips, pixels, values)
    }

    pub(super) fn new(
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

    pub(super) fn value(&self, band: usize, pixel: usize) -> f32 {
        self.bands[band][pixel - self.pixels.start]
    }
}

/// The values of a block, the bands of a pixel side by side, 0 where missing.
pub(super) struct BlockValues {
    values: [[f32; BANDS_AT_ONCE]; ROW_CHUNK * COLUMN_CHUNK],
    /// The bands in which a pixel is missing, a bit each.
    gaps: [u16; ROW_CHUNK * COLUMN_CHUNK],
}

impl BlockValues {
    pub(super) fn new() -> Self {
        Self {
            values: [[0.0; BANDS_AT_ONCE]; ROW_CHUNK * COLUMN_CHUNK],
            gaps: [0; ROW_CHUNK * COLUMN_CHUNK],
        }
    }

    /// Reads a block; the bands that have gaps in it, a bit each.
    pub(super) fn read(&mut self, piece: &Piece<'_>, block: &Block) -> u16 {
        let rows = block.rows.iter();
        let rows = rows
            .map(|pixels| pixels.start - piece.pixels.start..pixels.end - piece.pixels.start)
            .zip(self.values.chunks_exact_mut(COLUMN_CHUNK))
            .zip(self.gaps.chunks_exact_mut(COLUMN_CHUNK));
        let mut all_gaps = 0;
        for ((pixels, values), gaps) in rows {
            let bands = piece.bands.map(|band| &band[pixels.clone()]);
            for (place, values) in values.iter_mut().enumerate().take(pixels.len()) {
                for (value, band) in values.iter_mut().zip(bands) {
                    *value = if band[place].is_nan() {
                        0.0
                    } else {
                        band[place]
                    };
                }
            }
            gaps.fill(0);
            for (number, band) in bands.iter().enumerate() {
                if band.iter().any(|value| value.is_nan()) {
                    all_gaps |= 1 << number;
                    let missing = band.iter().map(|value| u16::from(value.is_nan()) << number);
                    gaps.iter_mut()
                        .zip(missing)
                        .for_each(|(all, gap)| *all |= gap);
                }
            }
        }
        all_gaps
    }

    /// The bands in which pixels of a group are missing.
    pub(super) fn gaps_of(&self, group: &Members<'_>) -> u16 {
        let places = group.places.iter();
        places.fold(0, |all, &place| all | self.gaps[usize::from(place)])
    }

    /// Sum of value times area of the pixels of a group, band by band.
    pub(super) fn sums_of(&self, group: &Members<'_>) -> [f64; BANDS_AT_ONCE] {
        let mut sums = [0.0; BANDS_AT_ONCE];
        for (&place, &area) in group.places.iter().zip(group.areas_km2) {
            let values = &self.values[usize::from(place)];
            for band in 0..BANDS_AT_ONCE {
                sums[band] += f64::from(values[band]) * area;
            }
        }
        sums
    }
}

/// Sum of value times area and number of the values that are there in a run, band by band. A run is summed in the order
/// of its columns.
pub(super) fn sums_of_run(
    piece: &Piece<'_>,
    run: Run,
) -> ([f64; BANDS_AT_ONCE], [u32; BANDS_AT_ONCE]) {
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
