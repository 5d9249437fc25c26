//! Makes a store: axes, reference system, an array for each raster, and what is said of all of it.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::grid::Grid;
use crate::sinks::raster::RasterFile;

use super::arrays::StoreWriter;
use super::attributes;
use super::axes::{self, GRID_MAPPING};
use super::chunks::{Filled, fill};
use super::finished::Finished;
use super::names::array_names;

/// How a store is made.
pub(in crate::sinks) struct StoreOptions<'a> {
    /// The ending of the rasters.
    pub(in crate::sinks) ending: &'a str,
    /// Whether chunks are compressed.
    pub(in crate::sinks) is_compressed: bool,
    /// Memory that it may take, in bytes; one chunk at a time goes through in any case.
    pub(in crate::sinks) memory_bytes: u64,
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
pub(in crate::sinks) fn make(
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
    let names = array_names(files.iter().map(|file| file.path.as_str()), &taken);
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
