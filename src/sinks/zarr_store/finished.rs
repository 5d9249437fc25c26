//! What a store is made of: rasters whose files are complete, in chunks.

use std::path::PathBuf;

use crate::sinks::raster::RasterFile;

/// Rows and columns of a chunk, where the grid is large enough.
pub(super) const CHUNK: usize = 256;

/// A raster whose file is complete.
pub(in crate::sinks) struct Finished<'a> {
    /// Where its file is now.
    pub(in crate::sinks) path: PathBuf,
    pub(in crate::sinks) file: &'a RasterFile,
}
