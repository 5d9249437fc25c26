//! Which zones the pixels of a tile are in, and how much each counts.
//!
//! Zone 0 is `all`, the whole study; the zones of every set follow. A pixel belongs to a *combination* of zones, one of
//! each set at most. Neighbours of one combination are summed together, once for all their zones, so that eight sets cost
//! little more than one.

use std::collections::HashMap;
use std::ops::Range;

use super::binned_sum::BinnedSum;

/// Neighbouring columns whose values are summed first. Tiles start at multiples of it, so that these sums have the same
/// terms in the same order however the grid is cut.
pub const COLUMN_CHUNK: usize = 64;
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
    fn n_pixels(&self, width: usize) -> usize {
        match self {
            Self::ByRow(rows) => rows.len() * width,
            Self::ByPixel(pixels) => pixels.len(),
        }
    }

    fn of(&self, pixel: usize, width: usize) -> f64 {
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

/// Pixels of one row and one chunk of columns that are in the same zones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// The first pixel.
    pub(super) first: u32,
    /// Pixels.
    pub(super) len: u32,
    /// The number of the combination.
    pub(super) combination: u32,
}

impl Run {
    fn new(first: usize, len: usize, combination: u32) -> Self {
        Self {
            first: u32::try_from(first).unwrap_or(u32::MAX),
            len: u32::try_from(len).unwrap_or(u32::MAX),
            combination,
        }
    }
}

/// The chunks of every row, each as its pixels.
fn chunks(width: usize, n_pixels: usize) -> impl Iterator<Item = Range<usize>> {
    let rows = (0..n_pixels).step_by(width.max(1));
    rows.flat_map(move |row| {
        let starts = (0..width).step_by(COLUMN_CHUNK);
        starts.map(move |from| row + from..row + width.min(from + COLUMN_CHUNK))
    })
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

/// The zones of the pixels of a tile.
#[derive(Clone, Debug)]
pub struct TilePlaces {
    width: usize,
    n_pixels: usize,
    areas: Areas,
    runs: Vec<Run>,
    /// The zones of each combination.
    zones: Vec<Vec<u32>>,
    /// The pixels of each combination.
    extents: Vec<Extent>,
    shares: Vec<Share>,
    /// Whether each pixel is inside the mask, where runs reach over pixels outside of it.
    inside: Option<Vec<bool>>,
    /// The whole study apart, where there are sets of zones: its sums do not depend on how these cut the rows.
    all: Option<Box<TilePlaces>>,
}

impl TilePlaces {
    /// The places of a tile.
    ///
    /// # Arguments
    ///
    /// * `width` - columns of the tile, which starts at a multiple of [`COLUMN_CHUNK`].
    /// * `inside` - whether each pixel is inside the mask; `None` without a mask.
    /// * `shares` - of pixels at the borders of zones that count by the share that they cover.
    #[must_use]
    pub fn new(
        width: usize,
        areas: Areas,
        inside: Option<&[bool]>,
        sets: &[SetInTile<'_>],
        shares: Vec<Share>,
    ) -> Self {
        if sets.is_empty() {
            return Self::of_study(width, areas, inside);
        }
        let is_inside = |pixel: usize| inside.is_none_or(|inside| inside[pixel]);
        let mut numbers = Numbers::default();
        let mut runs: Vec<Run> = Vec::new();
        for pixels in chunks(width, areas.n_pixels(width)) {
            let mut open: Option<Run> = None;
            for pixel in pixels {
                let combination = is_inside(pixel).then(|| numbers.of(pixel, sets));
                match (&mut open, combination) {
                    (Some(run), Some(number)) if run.combination == number => run.len += 1,
                    (_, number) => {
                        runs.extend(open.take());
                        open = number.map(|combination| Run::new(pixel, 1, combination));
                    }
                }
            }
            runs.extend(open);
        }
        let mut shares = shares;
        shares.retain(|share| is_inside(share.pixel));
        let mut places = Self {
            width,
            n_pixels: areas.n_pixels(width),
            all: Some(Box::new(Self::of_study(width, areas.clone(), inside))),
            areas,
            runs,
            extents: Vec::new(),
            zones: numbers.zones,
            shares,
            inside: None,
        };
        places.measure();
        places
    }

    /// The whole study alone: a run is a chunk of a row.
    fn of_study(width: usize, areas: Areas, inside: Option<&[bool]>) -> Self {
        let n_pixels = areas.n_pixels(width);
        let has_pixel = |pixels: &Range<usize>| {
            inside.is_none_or(|inside| inside[pixels.clone()].contains(&true))
        };
        let runs = chunks(width, n_pixels).filter(has_pixel);
        let mut places = Self {
            width,
            n_pixels,
            runs: runs
                .map(|pixels| Run::new(pixels.start, pixels.len(), 0))
                .collect(),
            areas,
            zones: vec![vec![0]],
            extents: Vec::new(),
            shares: Vec::new(),
            inside: inside.map(<[bool]>::to_vec),
            all: None,
        };
        places.measure();
        places
    }

    /// Measures each combination.
    fn measure(&mut self) {
        let mut extents = vec![Extent::default(); self.zones.len()];
        for run in &self.runs {
            let (area, n) = self.area_of(run, |_| true);
            extents[run.combination as usize].add(area, u64::from(n));
        }
        self.extents = extents;
    }

    /// The same places where each pixel counts 1, whatever its area; one at a border in the zone that has half of it.
    #[must_use]
    pub fn counted(&self) -> Self {
        let shares = self.shares.iter().filter(|share| share.share >= 0.5);
        let mut places = Self {
            areas: Areas::ByRow(vec![1.0; self.n_pixels / self.width.max(1)]),
            shares: shares
                .map(|share| Share {
                    share: 1.0,
                    ..*share
                })
                .collect(),
            ..self.clone()
        };
        places.measure();
        places
    }

    /// The whole study alone.
    #[must_use]
    pub fn of_all(&self) -> &Self {
        self.all.as_deref().unwrap_or(self)
    }

    /// The whole study, then the sets of zones where there are any: what is added up one after the other.
    pub(super) fn parts(&self) -> impl Iterator<Item = &Self> {
        self.all.as_deref().into_iter().chain([self])
    }

    /// Whether a pixel of a run is inside the mask.
    pub(super) fn is_inside(&self, pixel: usize) -> bool {
        self.inside.as_ref().is_none_or(|inside| inside[pixel])
    }

    /// Pixels of the tile.
    #[must_use]
    pub fn n_pixels(&self) -> usize {
        self.n_pixels
    }

    /// The runs, in the order of their pixels.
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The shares of pixels at borders.
    pub(super) fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// How many combinations there are.
    pub(super) fn n_combinations(&self) -> usize {
        self.zones.len()
    }

    /// The zones of a combination.
    pub(super) fn zones_of(&self, combination: usize) -> impl Iterator<Item = usize> {
        self.zones[combination].iter().map(|&zone| zone as usize)
    }

    /// The pixels of a combination.
    pub(super) fn extent_of(&self, combination: usize) -> Extent {
        self.extents[combination]
    }

    /// Area of a pixel, km².
    #[must_use]
    pub fn area_km2(&self, pixel: usize) -> f64 {
        self.areas.of(pixel, self.width)
    }

    /// The areas.
    pub(super) fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The area of some of the pixels of a run, km²: those that `is_there` takes.
    pub(super) fn area_of(&self, run: &Run, is_there: impl Fn(usize) -> bool) -> (f64, u32) {
        let is_there = |pixel: usize| is_there(pixel) && self.is_inside(pixel);
        let first = run.first as usize;
        let pixels = first..first + run.len as usize;
        match &self.areas {
            Areas::ByRow(areas) => {
                let n = pixels.map(|pixel| u32::from(is_there(pixel))).sum::<u32>();
                (f64::from(n) * areas[first / self.width], n)
            }
            Areas::ByPixel(areas) => pixels
                .filter(|&pixel| is_there(pixel))
                .fold((0.0, 0), |(area, n), pixel| (area + areas[pixel], n + 1)),
        }
    }
}

/// Numbers combinations in the order in which they are met.
#[derive(Default)]
struct Numbers {
    zones: Vec<Vec<u32>>,
    known: HashMap<Vec<u32>, u32>,
    /// The zones of the pixel before, and their number.
    last: Option<(Vec<u32>, u32)>,
    key: Vec<u32>,
}

impl Numbers {
    /// The number of the combination of a pixel.
    fn of(&mut self, pixel: usize, sets: &[SetInTile<'_>]) -> u32 {
        if let Some((key, number)) = &self.last {
            let is_same = |(set, zone): (&SetInTile<'_>, &u32)| set.zones[pixel] == *zone;
            if sets.iter().zip(key).all(is_same) {
                return *number;
            }
        }
        self.key.clear();
        self.key.extend(sets.iter().map(|set| set.zones[pixel]));
        let number = if let Some(&number) = self.known.get(&self.key) {
            number
        } else {
            self.add(sets)
        };
        self.last = Some((self.key.clone(), number));
        number
    }

    fn add(&mut self, sets: &[SetInTile<'_>]) -> u32 {
        let number = u32::try_from(self.zones.len()).unwrap_or(u32::MAX);
        let of_sets = sets.iter().zip(&self.key);
        let in_zones = of_sets.filter(|(_, zone)| **zone != NO_ZONE);
        let zones = in_zones.map(|(set, zone)| u32::try_from(set.first_zone).unwrap_or(0) + zone);
        self.zones.push(zones.collect());
        self.known.insert(self.key.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_end_with_zones_chunks_and_rows() {
        let zones: Vec<u32> = (0..140)
            .map(|pixel| if pixel % 70 < 66 { 0 } else { NO_ZONE })
            .collect();
        let sets = [SetInTile {
            first_zone: 1,
            zones: &zones,
        }];
        let places = TilePlaces::new(70, Areas::ByRow(vec![1.0, 2.0]), None, &sets, Vec::new());
        let runs: Vec<[u32; 3]> = places
            .runs()
            .iter()
            .map(|run| [run.first, run.len, run.combination])
            .collect();
        let expected = [
            [0, 64, 0],
            [64, 2, 0],
            [66, 4, 1],
            [70, 64, 0],
            [134, 2, 0],
            [136, 4, 1],
        ];
        assert_eq!(runs, expected);
        assert_eq!(places.zones_of(0).collect::<Vec<_>>(), [1]);
        assert_eq!(places.zones_of(1).count(), 0);
        let all = places.of_all();
        let lengths: Vec<u32> = all.runs().iter().map(|run| run.len).collect();
        assert_eq!(lengths, [64, 6, 64, 6], "zones do not cut the whole study");
        assert_eq!(all.zones_of(0).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn pixels_outside_the_mask_are_in_no_run_of_a_zone() {
        let inside = [true, false, false, true];
        let zones = [0; 4];
        let sets = [SetInTile {
            first_zone: 1,
            zones: &zones,
        }];
        let areas = Areas::ByRow(vec![1.5]);
        let places = TilePlaces::new(4, areas, Some(&inside), &sets, Vec::new());
        let firsts: Vec<u32> = places.runs().iter().map(|run| run.first).collect();
        assert_eq!(firsts, [0, 3]);
        let whole = places.of_all();
        let run = whole.runs()[0];
        assert_eq!((run.first, run.len), (0, 4));
        assert_eq!(whole.area_of(&run, |_| true), (3.0, 2));
    }
}
