//! Which zones the pixels of a tile are in, and how much each counts.
//!
//! Zone 0 is `all`, the whole study; the zones of every set follow. The pixels of the study are summed in runs, those of
//! zones in [`ZoneBlocks`].

use std::ops::Range;
use std::sync::Arc;

use super::tile_pixels::{Areas, COLUMN_CHUNK, Extent, SetInTile, Share};
use super::zone_blocks::ZoneBlocks;

/// Pixels of one row and one chunk of columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Run {
    /// The first pixel.
    pub(super) first: u32,
    /// Pixels.
    pub(super) len: u32,
}

impl Run {
    fn new(first: usize, len: usize) -> Self {
        Self {
            first: u32::try_from(first).unwrap_or(u32::MAX),
            len: u32::try_from(len).unwrap_or(u32::MAX),
        }
    }

    /// Its pixels.
    pub(super) fn pixels(self) -> Range<usize> {
        let first = self.first as usize;
        first..first + self.len as usize
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

/// The pixels of a tile inside the mask: those of the whole study, and those of every zone.
#[derive(Clone, Debug)]
pub struct TilePlaces {
    all: Arc<AllPixels>,
    zones: Option<Arc<ZoneBlocks>>,
}

impl TilePlaces {
    /// The places of a tile.
    ///
    /// # Arguments
    ///
    /// * `width` - columns of the tile, which starts at multiples of [`COLUMN_CHUNK`] and [`ROW_CHUNK`](super::ROW_CHUNK).
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
        let is_inside = |pixel: usize| inside.is_none_or(|inside| inside[pixel]);
        let zones = (!sets.is_empty())
            .then(|| Arc::new(ZoneBlocks::new(width, &areas, is_inside, sets, shares)));
        Self {
            all: Arc::new(AllPixels::new(width, areas, inside)),
            zones,
        }
    }

    /// The same places where each pixel counts 1, whatever its area; one at a border in the zone that has half of it.
    #[must_use]
    pub fn counted(&self) -> Self {
        let all = &self.all;
        let zones = self.zones.as_ref();
        let ones = Areas::ByRow(vec![1.0; all.n_pixels / all.width.max(1)]);
        Self {
            zones: zones.map(|zones| Arc::new(zones.counted(&all.areas, all.width))),
            all: Arc::new(AllPixels::new(all.width, ones, all.inside.as_deref())),
        }
    }

    /// The whole study alone.
    #[must_use]
    pub fn of_all(&self) -> Self {
        Self {
            all: Arc::clone(&self.all),
            zones: None,
        }
    }

    /// The pixels of the whole study.
    pub(super) fn all(&self) -> &AllPixels {
        &self.all
    }

    /// The pixels of every zone; `None` without a set.
    pub(super) fn zones(&self) -> Option<&ZoneBlocks> {
        self.zones.as_deref()
    }

    /// Columns of the tile.
    pub(super) fn width(&self) -> usize {
        self.all.width
    }

    /// Pixels of the tile.
    #[must_use]
    pub fn n_pixels(&self) -> usize {
        self.all.n_pixels
    }

    /// Area of a pixel, km².
    #[must_use]
    pub fn area_km2(&self, pixel: usize) -> f64 {
        self.all.area_km2(pixel)
    }
}

/// The pixels of a tile inside the mask. Their sums do not depend on how zones cut the rows.
#[derive(Clone, Debug)]
pub(super) struct AllPixels {
    width: usize,
    n_pixels: usize,
    areas: Areas,
    runs: Vec<Run>,
    /// Whether each pixel is inside the mask, where runs reach over pixels outside of it.
    inside: Option<Vec<bool>>,
    extent: Extent,
}

impl AllPixels {
    /// A run is a chunk of a row.
    fn new(width: usize, areas: Areas, inside: Option<&[bool]>) -> Self {
        let n_pixels = areas.n_pixels(width);
        let has_pixel = |pixels: &Range<usize>| {
            inside.is_none_or(|inside| inside[pixels.clone()].contains(&true))
        };
        let runs = chunks(width, n_pixels).filter(has_pixel);
        let mut all = Self {
            width,
            n_pixels,
            runs: runs
                .map(|pixels| Run::new(pixels.start, pixels.len()))
                .collect(),
            areas,
            inside: inside.map(<[bool]>::to_vec),
            extent: Extent::default(),
        };
        let mut extent = Extent::default();
        for run in &all.runs {
            let (area, n) = all.area_of(*run, |_| true);
            extent.add(area, u64::from(n));
        }
        all.extent = extent;
        all
    }

    /// Whether a pixel of a run is inside the mask.
    pub(super) fn is_inside(&self, pixel: usize) -> bool {
        self.inside.as_ref().is_none_or(|inside| inside[pixel])
    }

    /// The runs that begin in a range of pixels, in their order.
    pub(super) fn runs(&self, pixels: Range<usize>) -> &[Run] {
        let before = |end: usize| self.runs.partition_point(|run| (run.first as usize) < end);
        &self.runs[before(pixels.start)..before(pixels.end)]
    }

    /// All pixels.
    pub(super) fn extent(&self) -> Extent {
        self.extent
    }

    /// Area of a pixel, km².
    pub(super) fn area_km2(&self, pixel: usize) -> f64 {
        self.areas.of(pixel, self.width)
    }

    /// The areas.
    pub(super) fn areas(&self) -> &Areas {
        &self.areas
    }

    /// The area of some of the pixels of a run, km²: those that `is_there` takes.
    pub(super) fn area_of(&self, run: Run, is_there: impl Fn(usize) -> bool) -> (f64, u32) {
        let is_there = |pixel: usize| is_there(pixel) && self.is_inside(pixel);
        let pixels = run.pixels();
        match &self.areas {
            Areas::ByRow(areas) => {
                let n = pixels.map(|pixel| u32::from(is_there(pixel))).sum::<u32>();
                (f64::from(n) * areas[run.first as usize / self.width], n)
            }
            Areas::ByPixel(areas) => pixels
                .filter(|&pixel| is_there(pixel))
                .fold((0.0, 0), |(area, n), pixel| (area + areas[pixel], n + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{NO_ZONE, ZoneExtents};

    #[test]
    fn runs_of_the_whole_study_end_with_chunks_and_rows() {
        let zones: Vec<u32> = (0..140)
            .map(|pixel| if pixel % 70 < 66 { 0 } else { NO_ZONE })
            .collect();
        let sets = [SetInTile {
            first_zone: 1,
            zones: &zones,
        }];
        let places = TilePlaces::new(70, Areas::ByRow(vec![1.0, 2.0]), None, &sets, Vec::new());
        let runs = places.all().runs(0..140).iter();
        let lengths: Vec<u32> = runs.map(|run| run.len).collect();
        assert_eq!(lengths, [64, 6, 64, 6]);
        let mut extents = ZoneExtents::new(2);
        extents.add(&places);
        assert_eq!([0, 1].map(|zone| extents.pixels(zone)), [140, 132]);
        assert_eq!([0, 1].map(|zone| extents.area_km2(zone)), [210.0, 198.0]);
    }

    #[test]
    fn pixels_outside_the_mask_are_in_no_zone() {
        let inside = [true, false, false, true];
        let zones = [0; 4];
        let sets = [SetInTile {
            first_zone: 1,
            zones: &zones,
        }];
        let areas = Areas::ByRow(vec![1.5]);
        let places = TilePlaces::new(4, areas, Some(&inside), &sets, Vec::new());
        let whole = places.all();
        let run = whole.runs(0..4)[0];
        assert_eq!((run.first, run.len), (0, 4));
        assert_eq!(whole.area_of(run, |_| true), (3.0, 2));
        let mut extents = ZoneExtents::new(2);
        extents.add(&places);
        assert_eq!((extents.pixels(1), extents.area_km2(1)), (2, 3.0));
    }

    /// A pixel that two zones share counts whole in the one that has more of it.
    #[test]
    fn shares_count_by_their_area_or_by_their_number() {
        let sets = [SetInTile {
            first_zone: 1,
            zones: &[0, NO_ZONE, 1],
        }];
        let share = |zone: usize, share: f64| Share {
            pixel: 1,
            zone,
            share,
        };
        let shares = vec![share(2, 0.75), share(1, 0.25)];
        let places = TilePlaces::new(3, Areas::ByRow(vec![2.0]), None, &sets, shares);
        let extents = |places: &TilePlaces| {
            let mut extents = ZoneExtents::new(3);
            extents.add(places);
            [0, 1, 2].map(|zone| (extents.pixels(zone), extents.area_km2(zone)))
        };
        assert_eq!(extents(&places), [(3, 6.0), (2, 2.5), (2, 3.5)]);
        assert_eq!(extents(&places.counted()), [(3, 3.0), (1, 1.0), (2, 2.0)]);
        assert_eq!(extents(&places.of_all())[0], (3, 6.0));
    }
}
