//! The pixels of a tile: their areas, their zones, and the part of them that a zone has.

use super::binned_sum::BinnedSum;

/// Neighbouring columns whose values are summed first. Tiles start at multiples of it, so that these sums have the same
/// terms in the same order however the grid is cut.
pub const COLUMN_CHUNK: usize = 64;
/// Neighbouring rows whose values are summed first where there are zones. Tiles start at multiples of it.
pub const ROW_CHUNK: usize = 4;
/// The number of a pixel that is in no zone of a set.
pub const NO_ZONE: u32 = u32::MAX;
/// The zone of the whole study.
pub const ALL_ZONE: usize = 0;

/// The area of each pixel of a tile.
#[derive(Clone, Debug)]
pub enum Areas {
    /// One for all pixels of a row, km².
    ByRow(Vec<f64>),
    /// Each pixel its own, km².
    ByPixel(Vec<f64>),
}

impl Areas {
    pub(super) fn n_pixels(&self, width: usize) -> usize {
        match self {
            Self::ByRow(rows) => rows.len() * width,
            Self::ByPixel(pixels) => pixels.len(),
        }
    }

    pub(super) fn of(&self, pixel: usize, width: usize) -> f64 {
        match self {
            Self::ByRow(areas) => areas[pixel / width],
            Self::ByPixel(areas) => areas[pixel],
        }
    }
}

/// The share of a pixel that a zone covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The pixel of the tile, row by row.
    pub pixel: usize,
    /// The zone, counted over all sets.
    pub zone: usize,
    /// From 0 to 1.
    pub share: f64,
}

/// The zones of one set in a tile.
#[derive(Clone, Copy, Debug)]
pub struct SetInTile<'a> {
    /// The number of its first zone, counted over all sets.
    pub first_zone: usize,
    /// The zone of each pixel, counted from the first of the set; [`NO_ZONE`] in none, or where shares say more.
    pub zones: &'a [u32],
}

/// What some pixels come to, whether they have values or not.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Extent {
    /// Their area.
    pub(super) area_km2: BinnedSum,
    /// Their number.
    pub(super) pixels: u64,
}

impl Extent {
    pub(super) fn add(&mut self, area_km2: f64, pixels: u64) {
        self.area_km2.add(area_km2);
        self.pixels += pixels;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.area_km2.merge(&other.area_km2);
        self.pixels += other.pixels;
    }
}
