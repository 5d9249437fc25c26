//! What a reader of the tables should know about a set.

use std::path::PathBuf;

/// What was seen while a set was made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZoneNotes {
    /// The file; `None` for a set of combinations.
    pub path: Option<PathBuf>,
    /// Features of a vector file.
    pub features: u64,
    /// Features, or codes of `labels`, whose label is null or blank: they are no zone.
    pub unlabelled: u64,
    /// Features without a shape.
    pub without_shape: u64,
    /// Features whose outline crosses itself inside the grid, and is filled by the even-odd rule.
    pub mended: u64,
    /// Pixels that more than one zone has by its centre, or of which zones together have more than all.
    pub claimed_twice: u64,
    /// Corners of outlines that have no position in the reference system of the grid, and were left out.
    pub lost_corners: u64,
    /// Pixels of the grid by zone: those with its code or a part of it.
    pub pixels: Vec<u64>,
    /// Further remarks, each a sentence.
    pub remarks: Vec<String>,
}

impl ZoneNotes {
    /// Numbers of the zones that hold no pixel of the grid.
    pub fn without_pixels(&self) -> impl Iterator<Item = usize> {
        let zones = self.pixels.iter().enumerate();
        zones.filter(|(_, n)| **n == 0).map(|(zone, _)| zone)
    }

    /// Whether no zone holds a pixel of the grid.
    #[must_use]
    pub fn misses_grid(&self) -> bool {
        self.pixels.iter().all(|n| *n == 0)
    }
}
