//! What a run needs of its outputs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::grid::Window;
use crate::sinks::error::SinkError;
use crate::sinks::output_folder::FileWritten;
use crate::sinks::raster::RasterFile;
use crate::sinks::store_folder::StoreWritten;

/// Takes the rasters and texts of a run, and keeps all of them or none.
///
/// Rasters are known by their index: those that the sink was made with come first, in their order, then those of
/// [`add_scratch`](Self::add_scratch).
pub trait Sink: Send {
    /// Writes one window of many rasters, compressed on all cores.
    ///
    /// # Arguments
    ///
    /// * `window` - some pixels of the grid, none beyond it.
    /// * `values` - by the index of the raster, as for [`write`](Self::write); `None` for a raster that is written later.
    ///
    /// # Errors
    ///
    /// Those of [`write`](Self::write).
    fn write_tile(&mut self, window: Window, values: &[Option<&[f32]>]) -> Result<(), SinkError>;

    /// Writes all bands of one window of a raster.
    ///
    /// # Arguments
    ///
    /// * `window` - some pixels of the grid, none beyond it.
    /// * `values` - `[band][pixel]`, or one number a band where all pixels of the window have it; NaN is missing; classes
    ///   and flags as whole numbers.
    ///
    /// # Errors
    ///
    /// The window has no pixels or leaves the grid, the number of values is not that of the window, a pixel was written
    /// before, or the disk is full.
    fn write(&mut self, file: usize, window: Window, values: &[f32]) -> Result<(), SinkError>;

    /// Writes a text, such as `tables/series.csv` or `run.json`. It gets its name together with the rasters.
    ///
    /// # Errors
    ///
    /// The text cannot be written.
    fn write_text(&mut self, name: &str, text: &str) -> Result<(), SinkError>;

    /// Writes a file that is no text, such as an archive. It gets its name together with the rasters.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    fn write_bytes(&mut self, name: &str, content: &[u8]) -> Result<(), SinkError>;

    /// Makes one more raster, for values that are needed until the end of the run and not kept. Returns its index.
    ///
    /// # Errors
    ///
    /// The file cannot be created.
    fn add_scratch(&mut self, file: RasterFile) -> Result<usize, SinkError>;

    /// Opens the first band of a raster for reading, once every window of it is written. Nothing can be written to
    /// it afterwards.
    ///
    /// # Errors
    ///
    /// The file is incomplete or cannot be opened.
    fn read_back(&mut self, file: usize) -> Result<Box<dyn ReadBack>, SinkError>;

    /// Notes that everything up to now can be gone on from: a sink that takes up the folder later starts here. From then on
    /// an early end of the run leaves the files.
    ///
    /// # Arguments
    ///
    /// * `tiles` - how many are written.
    /// * `run` - what the run has to know to go on.
    /// * `is_durable` - whether it has to outlive a power cut, which takes as long as the disk does.
    ///
    /// # Errors
    ///
    /// The disk is full. The checkpoint before still counts.
    fn checkpoint(&mut self, tiles: usize, run: Vec<u8>, is_durable: bool)
    -> Result<(), SinkError>;

    /// Whether a checkpoint that outlives a power cut is there.
    fn is_durable(&self) -> bool;

    /// Whether parts of blocks wait, which a checkpoint would have to keep.
    fn has_parts(&self) -> bool;

    /// An early end leaves nothing, whatever checkpoints there are.
    fn forget(&mut self);

    /// Where files can be made that are needed until the end of the run.
    fn scratch_folder(&self) -> &Path;

    /// Makes the store of Zarr, once every window of every raster is written, where the format has one. Nothing can be
    /// written to a raster afterwards.
    ///
    /// # Arguments
    ///
    /// * `stop` - set to true from outside, ends it within a moment; it is made anew the next time.
    ///
    /// # Errors
    ///
    /// A file is incomplete; the disk is full.
    fn make_store(&mut self, stop: &AtomicBool) -> Result<Option<StoreWritten>, SinkError>;

    /// Closes and checks every file, makes the store where that is not done, then gives all of them their names. Returns them in that order.
    ///
    /// # Errors
    ///
    /// A file is incomplete or cannot be moved. Then no file is left under its final name.
    fn finish(self: Box<Self>) -> Result<Vec<FileWritten>, SinkError>;
}

/// A raster that is written and not yet under its final name.
pub trait ReadBack: Send {
    /// The values of one window of the first band, `[pixel]`, NaN where missing.
    ///
    /// # Errors
    ///
    /// What GDAL reports.
    fn read(&self, window: Window) -> Result<Vec<f32>, SinkError>;
}
