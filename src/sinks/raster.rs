//! A raster to be written, and the options that all rasters of a run share.

use crate::formats::{Compress, FileKind, Format};

/// Value of classes that are missing.
pub const CLASS_NODATA: u8 = 255;

/// Value of flags that are missing.
pub const FLAGS_NODATA: u16 = 65_535;

/// A file to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct RasterFile {
    /// Path under the output folder without ending, such as `maps/nep_slope`.
    pub path: String,
    /// One line on what it shows.
    pub description: String,
    /// Unit of the values.
    pub unit: String,
    /// Descriptions of the bands: the years, or one name.
    pub bands: Vec<String>,
    /// What the values are.
    pub kind: FileKind,
    /// Further metadata of the file.
    pub metadata: Vec<(String, String)>,
}

/// How rasters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RasterOptions {
    /// The format.
    pub format: Format,
    /// The compression.
    pub compress: Compress,
    /// Rows and columns of a block in the file, multiples of 16.
    pub block: [usize; 2],
    /// Rows and columns of a cell, whole blocks: blocks are stored row by row within a cell, and cells row by row.
    pub cell: [usize; 2],
    /// Whether there is memory for parts of a block of every raster, until it is whole. Else they wait on the disk.
    pub has_room_for_block: bool,
    /// Memory that may be taken once all rasters are written, to make a store of them, in bytes.
    pub store_bytes: u64,
}

impl Default for RasterOptions {
    fn default() -> Self {
        Self {
            format: Format::GTiff,
            compress: Compress::Deflate,
            block: [256, 256],
            cell: [256, 256],
            has_room_for_block: true,
            store_bytes: 256 << 20,
        }
    }
}
