//! Which zones the pixels of a tile are in, block by block.
//!
//! A block has [`ROW_CHUNK`] rows and [`COLUMN_CHUNK`] columns. Its pixels that are in the same zones are a *group*; a
//! pixel at a border of zones that count by the share that they cover is also in a group of each of these zones, with
//! that share. Groups are summed first, then added to their zones inside the block, and one sum a zone leaves the block:
//! so eight sets of zones cost little more than one, and no term depends on how the grid is cut into tiles, which begin
//! at multiples of a block.

use std::ops::Range;

use rayon::prelude::*;

use super::tile_pixels::{Areas, COLUMN_CHUNK, Extent, NO_ZONE, ROW_CHUNK, SetInTile, Share};
use super::zone_strips::{Block, Group, Strip, ZoneSums};

/// The zones of the pixels of a tile, block by block.
#[derive(Clone, Debug)]
pub(super) struct ZoneBlocks {
    strips: Vec<Strip>,
    /// What each zone that is there comes to, whether its pixels have values or not.
    extents: Vec<(usize, Extent)>,
}

impl ZoneBlocks {
    /// Those of a tile, see [`TilePlaces::new`](super::TilePlaces::new).
    pub(super) fn new(
        width: usize,
        areas: &Areas,
        is_inside: impl Fn(usize) -> bool + Sync,
        sets: &[SetInTile<'_>],
        mut shares: Vec<Share>,
    ) -> Self {
        let strip_pixels = (width * ROW_CHUNK).max(1);
        let block_of = |pixel: usize| (pixel / strip_pixels, pixel % width.max(1) / COLUMN_CHUNK);
        shares.retain(|share| is_inside(share.pixel));
        shares.sort_unstable_by_key(|share| (block_of(share.pixel), share.zone, share.pixel));
        let n_pixels = areas.n_pixels(width);
        let strips = (0..n_pixels.div_ceil(strip_pixels)).into_par_iter();
        let strips = strips.map(|number| {
            let first = number * strip_pixels;
            let from = shares.partition_point(|share| share.pixel / strip_pixels < number);
            let to = shares.partition_point(|share| share.pixel / strip_pixels <= number);
            let mut maker = Maker {
                width,
                areas,
                sets,
                strip: Strip::default(),
                of_pixel: Vec::new(),
            };
            let rows = first..n_pixels.min(first + strip_pixels);
            maker.make(rows, &is_inside, &shares[from..to]);
            maker.strip
        });
        let mut blocks = Self {
            strips: strips.collect(),
            extents: Vec::new(),
        };
        blocks.measure();
        blocks
    }

    /// The same where each pixel counts 1, whatever its area; one at a border in the zone that has half of it.
    pub(super) fn counted(&self, areas: &Areas, width: usize) -> Self {
        let mut blocks = self.clone();
        for strip in &mut blocks.strips {
            let groups = strip.blocks.iter_mut().flat_map(|block| &mut block.groups);
            let mut kept: Vec<usize> = Vec::new();
            for group in groups {
                let first = kept.len();
                kept.extend(group.members.clone().filter(|&at| {
                    let area = areas.of(strip.pixels[at] as usize, width);
                    !group.is_share || strip.areas_km2[at] / area >= 0.5
                }));
                group.members = first..kept.len();
            }
            strip.pixels = kept.iter().map(|&at| strip.pixels[at]).collect();
            strip.places = kept.iter().map(|&at| strip.places[at]).collect();
            strip.areas_km2 = vec![1.0; kept.len()];
        }
        blocks.measure();
        blocks
    }

    /// The blocks, a few rows after the other.
    pub(super) fn strips(&self) -> &[Strip] {
        &self.strips
    }

    /// What each zone that is there comes to, whether its pixels have values or not.
    pub(super) fn extents(&self) -> &[(usize, Extent)] {
        &self.extents
    }

    fn measure(&mut self) {
        let last = self.strips.iter().flat_map(|strip| &strip.blocks);
        let n_zones = last.flat_map(|block| &block.zones).max();
        let mut extents = vec![Extent::default(); n_zones.map_or(0, |&last| last + 1)];
        self.strips.par_iter_mut().for_each(Strip::measure);
        for block in self.strips.iter().flat_map(|strip| &strip.blocks) {
            for (&zone, &(area, n)) in block.zones.iter().zip(&block.extents.0) {
                extents[zone].add(area, u64::from(n));
            }
        }
        let extents = extents.into_iter().enumerate();
        self.extents = extents.filter(|(_, extent)| extent.pixels > 0).collect();
    }
}

/// Makes a strip.
struct Maker<'a> {
    width: usize,
    areas: &'a Areas,
    sets: &'a [SetInTile<'a>],
    strip: Strip,
    /// The pixels of a block and their groups.
    of_pixel: Vec<(u32, u16)>,
}

impl Maker<'_> {
    fn make(
        &mut self,
        rows: Range<usize>,
        is_inside: &impl Fn(usize) -> bool,
        mut shares: &[Share],
    ) {
        for (number, from) in (0..self.width).step_by(COLUMN_CHUNK).enumerate() {
            let to = self.width.min(from + COLUMN_CHUNK);
            let starts = rows.clone().step_by(self.width);
            let of_block: Vec<Range<usize>> = starts.map(|row| row + from..row + to).collect();
            let in_block = |share: &Share| share.pixel % self.width / COLUMN_CHUNK == number;
            let n_shares = shares.iter().take_while(|share| in_block(share)).count();
            let (shared, rest) = shares.split_at(n_shares);
            shares = rest;
            let block = self.block(of_block, is_inside, shared);
            if !block.groups.is_empty() {
                self.strip.blocks.push(block);
            }
        }
    }

    fn block(
        &mut self,
        rows: Vec<Range<usize>>,
        is_inside: &impl Fn(usize) -> bool,
        shares: &[Share],
    ) -> Block {
        let pixels = rows.iter().cloned().flatten();
        let (groups, mut zones) = self.groups(pixels.filter(|&pixel| is_inside(pixel)));
        let mut block = Block {
            groups,
            rows,
            zones: Vec::new(),
            extents: ZoneSums::default(),
        };
        let first = self.strip.pixels.len();
        let mut starts: Vec<usize> = vec![first; block.groups.len()];
        for &(_, group) in &self.of_pixel {
            for start in &mut starts[usize::from(group) + 1..] {
                *start += 1;
            }
        }
        let end = first + self.of_pixel.len();
        self.strip.pixels.resize(end, 0);
        self.strip.areas_km2.resize(end, 0.0);
        for (group, &start) in block.groups.iter_mut().zip(&starts) {
            group.members = start..start;
        }
        for &(pixel, group) in &self.of_pixel {
            let members = &mut block.groups[usize::from(group)].members;
            self.strip.pixels[members.end] = pixel;
            self.strip.areas_km2[members.end] = self.areas.of(pixel as usize, self.width);
            members.end += 1;
        }
        for shares in shares.chunk_by(|a, b| a.zone == b.zone) {
            block.groups.push(self.shared(shares, &mut zones));
        }
        let added = &self.strip.pixels[first..];
        let places = added.iter().map(|&pixel| block.place_of(pixel as usize));
        self.strip.places.extend(places);
        // A group that is in no zone is nothing to sum.
        block.groups.retain(|group| !group.zones.is_empty());
        block.zones = zones;
        block
    }

    /// Puts the pixels of a block into groups; the groups, without their members, and their zones.
    fn groups(&mut self, pixels: impl Iterator<Item = usize>) -> (Vec<Group>, Vec<usize>) {
        let (mut groups, mut zones): (Vec<Group>, Vec<usize>) = (Vec::new(), Vec::new());
        // A pixel of each group: what others are compared with.
        let mut examples: Vec<usize> = Vec::new();
        self.of_pixel.clear();
        let mut last = 0;
        for pixel in pixels {
            let is_like = |example: &usize| {
                let codes = self.sets.iter();
                codes
                    .into_iter()
                    .all(|set| set.zones[*example] == set.zones[pixel])
            };
            let is_last = examples.get(last).is_some_and(is_like);
            let known = if is_last {
                Some(last)
            } else {
                examples.iter().position(is_like)
            };
            last = known.unwrap_or_else(|| {
                examples.push(pixel);
                groups.push(Group {
                    members: 0..0,
                    zones: self.zones_of(pixel, &mut zones),
                    is_share: false,
                    extent: (0.0, 0),
                });
                groups.len() - 1
            });
            // A block has 256 pixels.
            self.of_pixel.push((
                u32::try_from(pixel).unwrap_or(u32::MAX),
                u16::try_from(last).unwrap_or(u16::MAX),
            ));
        }
        (groups, zones)
    }

    /// Lists the zones of a pixel, by their places in `zones`; where they are in the list.
    fn zones_of(&mut self, pixel: usize, zones: &mut Vec<usize>) -> Range<usize> {
        let sets = self.sets.iter();
        let codes = sets.map(|set| (set.first_zone, set.zones[pixel]));
        let places = codes
            .filter(|(_, code)| *code != NO_ZONE)
            .map(|(first, code)| place_of(first + code as usize, zones));
        let from = self.strip.zones.len();
        self.strip.zones.extend(places);
        from..self.strip.zones.len()
    }

    /// The group of the pixels that a zone covers in part.
    fn shared(&mut self, shares: &[Share], zones: &mut Vec<usize>) -> Group {
        let first = self.strip.pixels.len();
        for share in shares {
            let area = self.areas.of(share.pixel, self.width);
            let pixel = u32::try_from(share.pixel).unwrap_or(u32::MAX);
            self.strip.pixels.push(pixel);
            self.strip.areas_km2.push(share.share * area);
        }
        let from = self.strip.zones.len();
        let zone = shares.first().map(|share| place_of(share.zone, zones));
        self.strip.zones.extend(zone);
        Group {
            members: first..self.strip.pixels.len(),
            zones: from..self.strip.zones.len(),
            is_share: true,
            extent: (0.0, 0),
        }
    }
}

/// The place of a zone among those of a block.
fn place_of(zone: usize, zones: &mut Vec<usize>) -> u16 {
    let place = zones.iter().position(|known| *known == zone);
    let place = place.unwrap_or_else(|| {
        zones.push(zone);
        zones.len() - 1
    });
    // Fewer than pixels and shares of a block.
    u16::try_from(place).unwrap_or(u16::MAX)
}
