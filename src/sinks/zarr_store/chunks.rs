//! The values of a store: chunk by chunk out of the files of the rasters, on all cores.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use gdal::Dataset;
use gdal::raster::GdalType;
use rayon::prelude::*;
use zarrs::array::Array;
use zarrs::filesystem::FilesystemStore;

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window, parts_of};
use crate::sinks::element::{Element, for_shared_rows};
use crate::sinks::raster::{CLASS_NODATA, FLAGS_NODATA};

use super::finished::{CHUNK, Finished};

/// Memory that a chunk takes on its way, in sizes of it: its values, the same shuffled, and compressed.
const TIMES_IN_MEMORY: usize = 3;

/// An array and the raster that its values come from.
pub(super) struct Filled<'a> {
    pub(super) raster: &'a Finished<'a>,
    pub(super) array: Array<FilesystemStore>,
}

/// A row of chunks of a raster.
struct Row<'a> {
    filled: &'a Filled<'a>,
    window: Window,
}

/// Writes all chunks. False where it was stopped.
pub(super) fn fill(
    all: &[Filled<'_>],
    grid: &Grid,
    memory_bytes: u64,
    stop: &AtomicBool,
) -> Result<bool, String> {
    let rows = rows_of(all, grid);
    let largest = all.iter().map(bytes_of_chunk).max().unwrap_or(1);
    let affordable = memory_bytes / (TIMES_IN_MEMORY * largest).max(1) as u64;
    let affordable = usize::try_from(affordable).unwrap_or(usize::MAX);
    let n = affordable.clamp(1, rayon::current_num_threads());
    let next = AtomicUsize::new(0);
    let next_row = || rows.get(next.fetch_add(1, Ordering::Relaxed));
    (0..n).into_par_iter().with_max_len(1).try_for_each(|_| {
        while let Some(row) = next_row() {
            row.write(grid, stop)?;
        }
        Ok::<(), String>(())
    })?;
    Ok(!stop.load(Ordering::SeqCst))
}

fn rows_of<'a>(all: &'a [Filled<'a>], grid: &Grid) -> Vec<Row<'a>> {
    let whole = grid.window();
    let size = [CHUNK, grid.width];
    let windows: Vec<Window> = parts_of([grid.height, grid.width], size, whole).collect();
    let rows = all.iter().flat_map(|filled| {
        let windows = windows.iter();
        windows.map(move |&window| Row { filled, window })
    });
    rows.collect()
}

fn bytes_of_chunk(filled: &Filled<'_>) -> usize {
    let file = filled.raster.file;
    file.bands.len() * CHUNK * CHUNK * Element::of(&file.kind).n_bytes()
}

impl Row<'_> {
    fn write(&self, grid: &Grid, stop: &AtomicBool) -> Result<(), String> {
        let Finished { path, file } = self.filled.raster;
        let dataset = Dataset::open(path).map_err(|error| text_of(&error))?;
        let written = match Element::of(&file.kind) {
            Element::Float => self.write_numbers(&dataset, f32::NAN, grid, stop),
            Element::Byte => self.write_numbers(&dataset, CLASS_NODATA, grid, stop),
            Element::Short => self.write_numbers(&dataset, FLAGS_NODATA, grid, stop),
        };
        written.map_err(|reason| format!("{}: {reason}", file.path))
    }

    fn write_numbers<T: GdalType + Copy + zarrs::array::Element>(
        &self,
        dataset: &Dataset,
        missing: T,
        grid: &Grid,
        stop: &AtomicBool,
    ) -> Result<(), String> {
        let chunks = parts_of([grid.height, grid.width], [CHUNK, CHUNK], self.window);
        for chunk in chunks {
            if stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            let values = read(dataset, chunk, grid, missing)?;
            let mut at = vec![(chunk.row / CHUNK) as u64, (chunk.col / CHUNK) as u64];
            if dataset.raster_count() > 1 {
                at.insert(0, 0);
            }
            let stored = self.filled.array.store_chunk(&at, values);
            stored.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// The values of a chunk, `[band][row][column]`; missing beyond the grid.
fn read<T: GdalType + Copy>(
    dataset: &Dataset,
    chunk: Window,
    grid: &Grid,
    missing: T,
) -> Result<Vec<T>, String> {
    let reported = |error| text_of(&error);
    let full = Window {
        height: CHUNK.min(grid.height),
        width: CHUNK.min(grid.width),
        ..chunk
    };
    let n_bands = dataset.raster_count();
    let mut values = vec![missing; n_bands * full.n_pixels()];
    let mut inside = vec![missing; chunk.n_pixels()];
    let size = (chunk.width, chunk.height);
    let narrow = |number: usize| isize::try_from(number).map_err(|error| error.to_string());
    let at = (narrow(chunk.col)?, narrow(chunk.row)?);
    let bands = values.chunks_exact_mut(full.n_pixels()).enumerate();
    for (index, values) in bands {
        let band = dataset.rasterband(index + 1).map_err(reported)?;
        band.read_into_slice(at, size, size, &mut inside, None)
            .map_err(reported)?;
        for_shared_rows([chunk, full], [chunk.width, full.width], |from, to, n| {
            values[to..to + n].copy_from_slice(&inside[from..from + n]);
        });
    }
    Ok(values)
}
