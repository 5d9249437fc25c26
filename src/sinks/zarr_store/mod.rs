//! A store of Zarr 3 with all rasters of a run, made from their finished files.
//!
//! Stacks are arrays `(time, y, x)` in chunks of all years by 256 by 256 pixels, maps are `(y, x)`. All are in one group, with
//! the attributes of CF and a copy of all metadata in its `zarr.json`, which is written last. A chunk that is missing
//! everywhere is not stored. No byte depends on threads.

mod arrays;
mod attributes;
mod axes;
mod chunks;
mod names;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::grid::Grid;
use crate::sinks::raster::RasterFile;

use arrays::StoreWriter;
use axes::GRID_MAPPING;
use chunks::{Filled, fill};

/// Rows and columns of a chunk, where the grid is large enough.
const CHUNK: usize = 256;

/// A raster whose file is complete.
pub(super) struct Finished<'a> {
    /// Where its file is now.
    pub(super) path: PathBuf,
    pub(super) file: &'a RasterFile,
}

/// How a store is made.
pub(super) struct StoreOptions<'a> {
    /// The ending of the rasters.
    pub(super) ending: &'a str,
    /// Whether chunks are compressed.
    pub(super) is_compressed: bool,
    /// Memory that it may take, in bytes; one chunk at a time goes through in any case.
    pub(super) memory_bytes: u64,
}

/// Makes the store in a folder that is not there yet. False where it was stopped; then the folder is unfinished.
///
/// # Arguments
///
/// * `stop` - set to true from outside, ends it before the next chunk.
///
/// # Errors
///
/// A raster cannot be read, or the disk is full: what GDAL, the system or zarrs reports.
pub(super) fn make(
    folder: &Path,
    grid: &Grid,
    rasters: &[Finished<'_>],
    options: &StoreOptions<'_>,
    stop: &AtomicBool,
) -> Result<bool, String> {
    let files: Vec<&RasterFile> = rasters.iter().map(|raster| raster.file).collect();
    let mut store = StoreWriter::create(folder, options.is_compressed)?;
    let (of_bands, which) = axes::of_bands(&files);
    let of_grid = axes::of_grid(grid);
    for axis in of_grid.iter().chain(&of_bands) {
        store.add_axis(axis)?;
    }
    let system = axes::of_reference_system(grid);
    let mapping = system.is_some().then_some(GRID_MAPPING);
    if let Some(said) = system {
        store.add_scalar(GRID_MAPPING, said)?;
    }
    let taken: Vec<String> = store.names().collect();
    let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
    let names = names::array_names(files.iter().map(|file| file.path.as_str()), &taken);
    let mut filled = Vec::new();
    for ((raster, name), axis) in rasters.iter().zip(&names).zip(which) {
        let axis = axis.and_then(|at| of_bands.get(at));
        let steps = axis.map(|axis| (axis.name.as_str(), axis.values.len()));
        let said = attributes::of_raster(raster.file, options.ending, mapping);
        let array = store.add_raster(name, &raster.file.kind, steps, grid, said)?;
        filled.push(Filled { raster, array });
    }
    if !fill(&filled, grid, options.memory_bytes, stop)? {
        return Ok(false);
    }
    store.close(&attributes::of_store(&files, mapping))?;
    Ok(true)
}
