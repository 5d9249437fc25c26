//! What a format of rasters has to do.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use crate::formats::Compress;
use crate::grid::Grid;
use crate::sinks::error::SinkError;
use crate::sinks::raster::RasterFile;

/// A format: how its files are made, checked and completed. Failures are what GDAL or the system reports; the sink
/// adds the file.
pub(super) trait RasterFormat: Debug + Send + Sync {
    /// Refuses a raster that the format would damage; `path` is its final name.
    ///
    /// # Errors
    ///
    /// The values would not come back as they were written.
    fn check(&self, _file: &RasterFile, _path: &Path) -> Result<(), SinkError> {
        Ok(())
    }

    /// Makes the file of a raster at `path`: its head, without blocks.
    fn create(&self, path: &Path, grid: &Grid, file: &RasterFile) -> Result<(), String>;

    /// How its blocks are compressed.
    fn compress(&self) -> Compress;

    /// Brings a complete file that is kept to its final form, under the same name.
    fn finish(&self, _path: &Path, _file: &RasterFile) -> Result<(), String> {
        Ok(())
    }

    /// Whether a file is in its final form already, since a run was interrupted while it finished files.
    fn is_finished(&self, _path: &Path) -> bool {
        false
    }

    /// Files that may be beside the one at `path` and belong to it.
    fn side_files(&self, path: &Path) -> Vec<PathBuf>;
}
