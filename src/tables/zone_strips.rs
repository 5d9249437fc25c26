//! Blocks of neighbouring pixels with their groups, and what their zones come to; see [`zone_blocks`](super::zone_blocks).

use std::ops::Range;

use super::tile_pixels::{COLUMN_CHUNK, Extent};

/// Pixels of a block that are in the same zones.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Their places in the list of members of the strip.
    pub(super) members: Range<usize>,
    /// The places of its zones in the list of the strip.
    pub(super) zones: Range<usize>,
    /// Whether its pixels count by a share.
    pub(super) is_share: bool,
    /// Area and number of its pixels.
    pub(super) extent: (f64, u32),
}

/// Neighbouring pixels of a tile with their groups.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) groups: Vec<Group>,
    /// Its rows, as pixels of the tile.
    pub(super) rows: Vec<Range<usize>>,
    /// The zones that pixels of the block are in.
    pub(super) zones: Vec<usize>,
    /// What each of them comes to, whether its pixels have values or not.
    pub(super) extents: ZoneSums,
}

impl Block {
    /// Where pixels of some groups do not count, changes what their zones come to.
    ///
    /// # Arguments
    ///
    /// * `groups` - each with whether a pixel of it does not count.
    /// * `counts` - whether a pixel of such a group counts.
    /// * `leave_out` - takes a zone, what it comes to, and what of it counts.
    pub(super) fn leave_out<'a>(
        &self,
        groups: impl Iterator<Item = (Members<'a>, bool)>,
        counts: impl Fn(usize) -> bool,
        valid: &mut ZoneSums,
        mut leave_out: impl FnMut(usize, (f64, u32), (f64, u32)),
    ) {
        valid.clear(self.zones.len());
        let mut any = false;
        for (group, is_gappy) in groups {
            any |= is_gappy;
            let extent = if is_gappy {
                group.extent_of(&counts)
            } else {
                group.extent
            };
            valid.add(group.zones, extent);
        }
        if !any {
            return;
        }
        let sums = self.extents.0.iter().zip(&valid.0);
        for (&zone, (&all, &valid)) in self.zones.iter().zip(sums) {
            if valid.1 < all.1 {
                leave_out(zone, all, valid);
            }
        }
    }

    /// The place of a pixel in the block, row by row.
    pub(super) fn place_of(&self, pixel: usize) -> u8 {
        let row = self.rows.iter().position(|row| row.contains(&pixel));
        let place = row.map_or(0, |row| row * COLUMN_CHUNK + pixel - self.rows[row].start);
        // A block has 256 pixels at most.
        u8::try_from(place).unwrap_or(u8::MAX)
    }
}

/// The blocks of some rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Strip {
    pub(super) blocks: Vec<Block>,
    /// The pixels of the tile, group by group, their places in the block, row by row, and the area with which each
    /// counts, km².
    pub(super) pixels: Vec<u32>,
    pub(super) places: Vec<u8>,
    pub(super) areas_km2: Vec<f64>,
    /// Zones of the groups, by their places among those of the block.
    pub(super) zones: Vec<u16>,
}

/// The pixels of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Members<'a> {
    /// Their numbers in the tile.
    pub(super) pixels: &'a [u32],
    /// Their places in the block, row by row.
    pub(super) places: &'a [u8],
    /// The area with which each counts, km².
    pub(super) areas_km2: &'a [f64],
    /// The zones, by their places among those of the block.
    pub(super) zones: &'a [u16],
    /// Area and number of all of them.
    pub(super) extent: (f64, u32),
}

impl Members<'_> {
    /// Area and number of the pixels that `is_there` takes.
    pub(super) fn extent_of(&self, is_there: impl Fn(usize) -> bool) -> (f64, u32) {
        let pixels = self.pixels.iter().zip(self.areas_km2);
        pixels.fold((0.0, 0), |(area, n), (&pixel, more)| {
            if is_there(pixel as usize) {
                (area + more, n + 1)
            } else {
                (area, n)
            }
        })
    }
}

impl Strip {
    /// Its blocks, each with its groups.
    pub(super) fn blocks(
        &self,
    ) -> impl Iterator<Item = (&Block, impl Iterator<Item = Members<'_>> + Clone)> {
        self.blocks.iter().map(|block| {
            let groups = block.groups.iter();
            let members = groups.map(|group| self.members(group));
            (block, members)
        })
    }

    /// Measures its groups and blocks.
    pub(super) fn measure(&mut self) {
        for block in &mut self.blocks {
            block.extents.clear(block.zones.len());
            for group in &mut block.groups {
                let areas_km2 = &self.areas_km2[group.members.clone()];
                let area = areas_km2.iter().fold(0.0, |sum, area| sum + area);
                // A block has 256 pixels.
                let n = u32::try_from(areas_km2.len()).unwrap_or(u32::MAX);
                group.extent = (area, n);
                block
                    .extents
                    .add(&self.zones[group.zones.clone()], group.extent);
            }
        }
    }

    pub(super) fn members<'a>(&'a self, group: &'a Group) -> Members<'a> {
        Members {
            pixels: &self.pixels[group.members.clone()],
            places: &self.places[group.members.clone()],
            areas_km2: &self.areas_km2[group.members.clone()],
            zones: &self.zones[group.zones.clone()],
            extent: group.extent,
        }
    }
}

/// Area and pixels of each zone of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct ZoneSums(pub(super) Vec<(f64, u32)>);

impl ZoneSums {
    /// Nothing in so many zones.
    pub(super) fn clear(&mut self, n_zones: usize) {
        self.0.clear();
        self.0.resize(n_zones, (0.0, 0));
    }

    /// Adds pixels to zones, by their places among those of the block.
    pub(super) fn add(&mut self, zones: &[u16], (area, n): (f64, u32)) {
        for &zone in zones {
            let (all, pixels) = &mut self.0[usize::from(zone)];
            *all += area;
            *pixels += n;
        }
    }
}

/// Changes what a zone comes to where some of its pixels in a block do not count: the very number that was added for
/// them is taken away, so that nothing is left where none counts.
pub(super) fn leave_out(extent: &mut Extent, all: (f64, u32), valid: (f64, u32)) {
    extent.area_km2.add(valid.0);
    extent.area_km2.add(-all.0);
    extent.pixels -= u64::from(all.1 - valid.1);
}
