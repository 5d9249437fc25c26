//! Reads windows of all inputs with file handles of its own.
//!
//! An input on the study grid is read as the pixels of the window, one on another grid as the cells that these pixels
//! need, with the places of the pixels among them.

use std::sync::{Arc, Mutex, PoisonError};

use gdal::Dataset;
use gdal::errors::GdalError;
use gdal::raster::{GdalType, RasterBand};

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window};
use crate::sources::Source;
use crate::sources::error::SourceError;
use crate::sources::fill_counts::Number;
use crate::sources::handles::Handles;
use crate::sources::locate::{CellWindow, Located, Locator, OtherGrid};
use crate::sources::mask::Mask;
use crate::sources::stack::{OpenedInput, Storage};
use crate::tile::{DataType, Stored, Tile};

/// Bytes of stored numbers that a piece of all bands may fill, well inside GDAL's cache.
const PIECE_BYTES: usize = 16 << 20;

/// An input that is read.
#[derive(Clone, Debug)]
pub(crate) struct ReadInput {
    pub(crate) input: OpenedInput,
    /// As many cells as a window may need; 0 where that is not planned.
    pub(crate) most_cells: usize,
    /// Whether the places of pixels follow the cells.
    pub(crate) with_places: bool,
}

/// Reads windows of the study grid. One thread, one reader: handles are never shared.
#[derive(Debug)]
pub struct GdalReader {
    grid: Grid,
    inputs: Vec<ReadInput>,
    mask: Option<Mask>,
    mask_raster: Option<Dataset>,
    handles: Handles,
    /// Bytes of cells that may be kept of each input.
    cells_bytes: usize,
    /// By input, for those on other grids; made when first needed.
    locators: Vec<Option<Locator>>,
    /// Whether what is read now counts towards the fill values of the run; a sample does not.
    is_counting: bool,
}

/// Cells of all steps of an input.
#[derive(Debug)]
struct HeldCells {
    window: CellWindow,
    stored: Stored,
}

/// Cells of an input on another grid that its readers keep together: one reads them, the others wait and use them.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCells(Arc<Mutex<Option<Arc<HeldCells>>>>);

/// What is kept changes nothing of an input.
impl PartialEq for SharedCells {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl GdalReader {
    pub(crate) fn new(
        grid: Grid,
        inputs: Vec<ReadInput>,
        mask: Option<Mask>,
        cells_bytes: usize,
    ) -> Self {
        let locators = inputs.iter().map(|_| None).collect();
        let handles = Handles::default();
        Self {
            grid,
            inputs,
            mask,
            mask_raster: None,
            handles,
            cells_bytes,
            locators,
            is_counting: false,
        }
    }

    /// Numbers of some steps of one input in a window, `[step of steps][pixel]`.
    ///
    /// # Errors
    ///
    /// A window outside the grid, or a file that cannot be read.
    pub(crate) fn read_steps(
        &mut self,
        input: usize,
        steps: &[usize],
        window: Window,
    ) -> Result<Stored, SourceError> {
        check_window(&self.grid, window)?;
        self.read_file(input, steps, window)
    }

    /// A window of the input's own grid.
    fn read_file(
        &mut self,
        input: usize,
        steps: &[usize],
        window: Window,
    ) -> Result<Stored, SourceError> {
        let Self {
            inputs,
            handles,
            is_counting,
            ..
        } = self;
        let opened = &inputs[input].input;
        let mut reading = Reading {
            index: input,
            input: opened,
            handles,
            window,
            is_counting: *is_counting,
        };
        match opened.data_type {
            DataType::U8 => reading.native(steps).map(Stored::U8),
            DataType::I16 => reading.native(steps).map(Stored::I16),
            DataType::U16 => reading.native(steps).map(Stored::U16),
            DataType::F32 if reading.is_native() => reading.native(steps).map(Stored::F32),
            DataType::F32 => reading.converted(steps).map(Stored::F32),
        }
    }

    /// Cells of some steps of an input on another grid, `[step of steps][cell]`; columns past the last of a grid
    /// around the globe are its first ones again.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub(crate) fn read_cells(
        &mut self,
        input: usize,
        steps: &[usize],
        cells: CellWindow,
    ) -> Result<Stored, SourceError> {
        let width = self.inputs[input].input.grid.width;
        if cells.n_cells() == 0 {
            return Ok(Stored::zeros(
                self.inputs[input].input.data_type,
                steps.len(),
            ));
        }
        let pieces = cells.pieces(width);
        if let [(_, only)] = pieces.as_slice() {
            return self.read_file(input, steps, *only);
        }
        let mut all = Stored::zeros(
            self.inputs[input].input.data_type,
            steps.len() * cells.n_cells(),
        );
        for (at, piece) in pieces {
            let size = [piece.height, piece.width];
            let part = self.read_file(input, steps, piece)?;
            part.copy_part(
                size,
                [0, 0],
                size,
                &mut all,
                [cells.height, cells.width],
                [0, at],
            );
        }
        Ok(all)
    }

    /// Cells of all steps, from those that are kept where they are among them.
    fn cells_of(&mut self, input: usize, cells: CellWindow) -> Result<Stored, SourceError> {
        let steps: Vec<usize> = (0..self.inputs[input].input.n_steps).collect();
        if cells.n_cells() == 0 {
            return self.read_cells(input, &steps, cells);
        }
        let shared = self.inputs[input].input.held.0.clone();
        let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let held = if let Some(held) = kept.as_ref().filter(|held| held.window.holds(&cells)) {
            Arc::clone(held)
        } else {
            let Some(window) = self.worth_keeping(input, cells) else {
                drop(kept);
                return self.read_cells(input, &steps, cells);
            };
            let stored = self.read_cells(input, &steps, window)?;
            Arc::clone(kept.insert(Arc::new(HeldCells { window, stored })))
        };
        drop(kept);
        let HeldCells { window, stored } = &*held;
        if *window == cells {
            return Ok(stored.clone());
        }
        let mut part = Stored::zeros(stored.data_type(), steps.len() * cells.n_cells());
        let size = [cells.height, cells.width];
        let at = [
            cells.row - window.row,
            (cells.col - window.col).cast_unsigned(),
        ];
        stored.copy_part(
            [window.height, window.width],
            at,
            size,
            &mut part,
            size,
            [0, 0],
        );
        Ok(part)
    }

    /// What is best read in place of some cells, to be kept for the tiles to come: all that the study needs, or those
    /// rows of it; `None` where that takes too much.
    fn worth_keeping(&self, input: usize, cells: CellWindow) -> Option<CellWindow> {
        let ReadInput { input, .. } = &self.inputs[input];
        let needed = input.other.as_ref()?.needed;
        let rows = CellWindow {
            row: cells.row,
            height: cells.height,
            ..needed
        };
        let fits =
            |window: &CellWindow| window.n_cells() * input.bytes_per_pixel() <= self.cells_bytes;
        [needed, rows]
            .into_iter()
            .find(|window| window.holds(&cells) && fits(window))
    }

    /// Where the pixels of a window lie on the grid of an input.
    fn locate(
        &mut self,
        input: usize,
        other: &OtherGrid,
        window: Window,
    ) -> Result<Located, SourceError> {
        if self.locators[input].is_none() {
            let locator = Locator::new(&self.grid, &other.grid).map_err(|reason| {
                SourceError::CannotPlace {
                    input: self.inputs[input].input.name.clone(),
                    path: self.inputs[input]
                        .input
                        .files
                        .first()
                        .map(|file| file.path.clone())
                        .unwrap_or_default(),
                    reason,
                }
            })?;
            self.locators[input] = Some(locator);
        }
        Ok(self.locators[input]
            .as_ref()
            .map(|locator| locator.locate(window))
            .unwrap_or_default())
    }

    /// The cells that a window needs of an input on another grid, and the places of its pixels where these are wanted.
    fn read_other(
        &mut self,
        input: usize,
        other: &OtherGrid,
        window: Window,
        located: &Located,
        read: &mut Vec<Stored>,
    ) -> Result<(), SourceError> {
        let cells = located.window(other);
        let ReadInput {
            input: opened,
            most_cells,
            with_places,
        } = &self.inputs[input];
        let (most_cells, with_places) = (*most_cells, *with_places);
        if most_cells > 0 && cells.n_cells() > most_cells {
            return Err(SourceError::TooManyCells {
                input: opened.name.clone(),
                window,
                n_cells: cells.n_cells(),
                planned: most_cells,
            });
        }
        read.push(self.cells_of(input, cells)?);
        if with_places {
            read.push(Stored::F32(located.places(other, cells)));
        }
        Ok(())
    }
}

impl Source for GdalReader {
    fn read(&mut self, window: Window) -> Result<Tile, SourceError> {
        check_window(&self.grid, window)?;
        self.is_counting = true;
        let mut read = Vec::with_capacity(self.inputs.len());
        // Inputs on one grid have the same places.
        let mut located: Vec<(OtherGrid, Located)> = Vec::new();
        for input in 0..self.inputs.len() {
            let Some(other) = self.inputs[input].input.other.clone() else {
                let steps: Vec<usize> = (0..self.inputs[input].input.n_steps).collect();
                read.push(self.read_steps(input, &steps, window)?);
                continue;
            };
            let known = located
                .iter()
                .position(|(known, _)| known.grid == other.grid);
            let place = known.unwrap_or(located.len());
            if known.is_none() {
                located.push((other.clone(), self.locate(input, &other, window)?));
            }
            self.read_other(input, &other, window, &located[place].1, &mut read)?;
        }
        self.is_counting = false;
        let inside = match &self.mask {
            Some(mask) => Some(mask.read(&self.grid, window, &mut self.mask_raster)?),
            None => None,
        };
        Ok(Tile {
            window,
            inputs: read,
            inside,
        })
    }
}

fn check_window(grid: &Grid, window: Window) -> Result<(), SourceError> {
    let fits = window
        .row
        .checked_add(window.height)
        .is_some_and(|end| end <= grid.height)
        && window
            .col
            .checked_add(window.width)
            .is_some_and(|end| end <= grid.width)
        && window.n_pixels() > 0;
    if fits {
        return Ok(());
    }
    Err(SourceError::Window {
        window,
        height: grid.height,
        width: grid.width,
    })
}

/// One window of one input.
struct Reading<'a> {
    index: usize,
    input: &'a OpenedInput,
    handles: &'a mut Handles,
    window: Window,
    is_counting: bool,
}

impl Reading<'_> {
    fn is_native(&self) -> bool {
        matches!(self.input.storage.first(), Some(Storage::Native { .. }))
    }

    /// Numbers as they are stored.
    fn native<T: StoredNumber>(&mut self, steps: &[usize]) -> Result<Vec<T>, SourceError> {
        let mut values = self.numbers::<T>(steps)?;
        let n_pixels = self.window.n_pixels();
        for (&step, values) in steps.iter().zip(values.chunks_exact_mut(n_pixels)) {
            let Some((file, _)) = self.input.places[step] else {
                continue;
            };
            self.count(values);
            let Storage::Native { folded } = &self.input.storage[file] else {
                continue;
            };
            if let (false, Some(&first)) = (folded.is_empty(), self.input.nodata.first()) {
                fold(values, folded, first);
            }
        }
        Ok(values)
    }

    /// Numbers of other types as `f32`, missing ones NaN.
    fn converted(&mut self, steps: &[usize]) -> Result<Vec<f32>, SourceError> {
        let n_pixels = self.window.n_pixels();
        let mut values = Vec::with_capacity(steps.len() * n_pixels);
        // One step at a time: doubles of all steps would need twice the memory of the tile.
        for &step in steps {
            let Some((file, _)) = self.input.places[step] else {
                values.resize(values.len() + n_pixels, f32::NAN);
                continue;
            };
            let mut stored = self.numbers::<f64>(&[step])?;
            let input = self.input;
            let storage = &input.storage[file];
            if matches!(
                storage,
                Storage::Converted {
                    is_signed_byte: true,
                    ..
                }
            ) {
                stored
                    .iter_mut()
                    .filter(|x| **x > 127.0)
                    .for_each(|x| *x -= 256.0);
            }
            if matches!(storage, Storage::Converted { has_mask: true, .. }) {
                let masked = self.mask_of(step)?;
                stored
                    .iter_mut()
                    .zip(masked)
                    .filter(|(_, kept)| *kept == 0)
                    .for_each(|(x, _)| *x = f64::NAN);
            }
            self.count(&stored);
            values.extend(stored.iter().map(|&stored| convert(stored, storage)));
        }
        Ok(values)
    }

    fn count<T: Number>(&self, values: &[T]) {
        if self.is_counting {
            self.input.fill_counts.count(values);
        }
    }

    /// `[step of steps][pixel]`, in the type asked for.
    fn numbers<T: StoredNumber>(&mut self, steps: &[usize]) -> Result<Vec<T>, SourceError> {
        let n_pixels = self.window.n_pixels();
        let mut values = vec![T::default(); steps.len() * n_pixels];
        if !self.input.is_piecewise {
            for (&step, values) in steps.iter().zip(values.chunks_exact_mut(n_pixels)) {
                self.band(step, self.window, values)?;
            }
            return Ok(values);
        }
        let mut scratch = Vec::new();
        for piece in self.pieces(steps.len() * size_of::<T>()) {
            scratch.resize(piece.n_pixels(), T::default());
            for (&step, values) in steps.iter().zip(values.chunks_exact_mut(n_pixels)) {
                self.band(step, piece, &mut scratch)?;
                place(&scratch, piece, values, self.window);
            }
        }
        Ok(values)
    }

    /// One band of one piece of the window.
    fn band<T: StoredNumber>(
        &mut self,
        step: usize,
        piece: Window,
        values: &mut [T],
    ) -> Result<(), SourceError> {
        let Some((file, band)) = self.input.places[step] else {
            // Declared missing: the first code, or NaN in floats that have none.
            values.fill(T::from_code(
                self.input.nodata.first().copied().unwrap_or(f64::NAN),
            ));
            return Ok(());
        };
        let dataset = self.handles.of((self.index, file), self.input)?;
        let read = dataset
            .rasterband(band)
            .and_then(|band| read_window(&band, piece, values));
        read.map_err(|error| SourceError::Read {
            input: self.input.name.clone(),
            path: self.input.files[file].path.clone(),
            band,
            window: piece,
            reason: text_of(&error),
        })
    }

    /// What the mask of a step's file has in the window; 0 is missing.
    fn mask_of(&mut self, step: usize) -> Result<Vec<u8>, SourceError> {
        let mut values = vec![0; self.window.n_pixels()];
        let Some((file, band)) = self.input.places[step] else {
            return Ok(values);
        };
        let (window, input) = (self.window, self.input);
        let dataset = self.handles.of((self.index, file), input)?;
        let raster_band = dataset.rasterband(band);
        let read =
            raster_band.and_then(|band| read_window(&band.open_mask_band()?, window, &mut values));
        read.map(|()| values).map_err(|error| SourceError::Read {
            input: input.name.clone(),
            path: input.files[file].path.clone(),
            band,
            window,
            reason: text_of(&error),
        })
    }

    /// The window cut along blocks, so that all bands of a piece stay in GDAL's cache: where a
    /// block holds several bands it is then decoded once, not once a band.
    fn pieces(&self, bytes_per_pixel: usize) -> Vec<Window> {
        let (block_width, block_height) = self.input.block_size;
        let window = self.window;
        let fits = (PIECE_BYTES / bytes_per_pixel.max(1)).max(1);
        let rows_of =
            |width: usize| (fits / width.max(1) / block_height.max(1)).max(1) * block_height.max(1);
        let is_wide = block_height.saturating_mul(window.width) > fits;
        let width = if is_wide {
            (fits / block_height.max(1) / block_width.max(1)).max(1) * block_width.max(1)
        } else {
            window.width
        };
        let mut pieces = Vec::new();
        for (row, height) in cuts(window.row, window.height, rows_of(width), block_height) {
            for (col, width) in cuts(window.col, window.width, width, block_width) {
                pieces.push(Window {
                    row,
                    col,
                    height,
                    width,
                });
            }
        }
        pieces
    }
}

/// Cuts `start..start + length` every `step`, at multiples of `block`.
fn cuts(start: usize, length: usize, step: usize, block: usize) -> Vec<(usize, usize)> {
    let (end, block) = (start + length, block.max(1));
    let mut cuts = Vec::new();
    let mut at = start;
    while at < end {
        let next = if step >= length {
            end
        } else {
            ((at / block) * block + step).min(end)
        };
        cuts.push((at, next - at));
        at = next;
    }
    cuts
}

/// Copies a piece into its place in the window.
fn place<T: Copy>(piece_values: &[T], piece: Window, values: &mut [T], window: Window) {
    for (row, line) in piece_values.chunks_exact(piece.width).enumerate() {
        let start = (piece.row - window.row + row) * window.width + piece.col - window.col;
        values[start..start + piece.width].copy_from_slice(line);
    }
}

fn read_window<T: GdalType + Copy>(
    band: &RasterBand<'_>,
    window: Window,
    values: &mut [T],
) -> Result<(), GdalError> {
    let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    // Width first: the crate, as GDAL, counts columns before rows.
    let size = (window.width, window.height);
    band.read_into_slice(at, size, size, values, None)
}

/// Types that are handed on as they are.
trait StoredNumber: GdalType + Copy + Default + PartialEq + Number {
    fn from_code(code: f64) -> Self;
}

macro_rules! stored {
    ($($number:ty),*) => {$(
        impl StoredNumber for $number {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "codes were checked to fit when the input was opened"
            )]
            fn from_code(code: f64) -> Self {
                code as $number
            }
        }
    )*};
}
stored!(u8, i16, u16, f32, f64);

fn fold<T: StoredNumber>(values: &mut [T], codes: &[f64], first: f64) {
    let first = T::from_code(first);
    for code in codes.iter().map(|&code| T::from_code(code)) {
        values
            .iter_mut()
            .filter(|value| **value == code)
            .for_each(|value| *value = first);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "f32 is what the engines compute in"
)]
fn convert(stored: f64, storage: &Storage) -> f32 {
    let Storage::Converted {
        nodata,
        valid_range,
        scale_offset,
        ..
    } = storage
    else {
        return stored as f32;
    };
    let is_outside = valid_range.is_some_and(|[low, high]| !(low..=high).contains(&stored));
    if is_outside || nodata.contains(&stored) {
        return f32::NAN;
    }
    (stored * scale_offset.0 + scale_offset.1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_end_at_blocks() {
        assert_eq!(cuts(0, 10, 4, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(cuts(3, 10, 4, 4), [(3, 1), (4, 4), (8, 4), (12, 1)]);
        assert_eq!(cuts(3, 10, 16, 4), [(3, 10)]);
    }
}
