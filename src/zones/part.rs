//! The zone of a pixel, or parts of it.

/// The code of a pixel that no zone has, or that several share.
pub const NO_ZONE: u32 = u32::MAX;

/// A part of a pixel that a zone covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The pixel in the window, row by row.
    pub pixel: u32,
    /// The number of the zone.
    pub zone: u32,
    /// The share of the pixel's area that the zone covers, above 0 and at most 1.
    pub share: f64,
}
