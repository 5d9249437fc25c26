//! Reads windows of all inputs with file handles of its own.

use gdal::Dataset;
use gdal::errors::GdalError;
use gdal::raster::GdalType;

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window};
use crate::sources::Source;
use crate::sources::error::SourceError;
use crate::sources::handles::Handles;
use crate::sources::mask::Mask;
use crate::sources::stack::{OpenedInput, Storage};
use crate::tile::{DataType, Stored, Tile};

/// Bytes of stored numbers that a piece of all bands may fill, well inside GDAL's cache.
const PIECE_BYTES: usize = 16 << 20;

/// Reads windows of the study grid. One thread, one reader: handles are never shared.
#[derive(Debug)]
pub struct GdalReader {
    grid: Grid,
    inputs: Vec<OpenedInput>,
    mask: Option<Mask>,
    mask_raster: Option<Dataset>,
    handles: Handles,
}

impl GdalReader {
    pub(crate) fn new(grid: Grid, inputs: Vec<OpenedInput>, mask: Option<Mask>) -> Self {
        Self { grid, inputs, mask, mask_raster: None, handles: Handles::default() }
    }

    /// Numbers of some steps of one input in a window, `[step of steps][pixel]`.
    ///
    /// # Errors
    ///
    /// A window outside the grid, or a file that cannot be read.
    pub(crate) fn read_steps(&mut self, input: usize, steps: &[usize], window: Window) -> Result<Stored, SourceError> {
        let Self { grid, inputs, handles, .. } = self;
        check_window(grid, window)?;
        let mut reading = Reading { index: input, input: &inputs[input], handles, window };
        match inputs[input].data_type {
            DataType::U8 => reading.native(steps).map(Stored::U8),
            DataType::I16 => reading.native(steps).map(Stored::I16),
            DataType::U16 => reading.native(steps).map(Stored::U16),
            DataType::F32 if reading.is_native() => reading.native(steps).map(Stored::F32),
            DataType::F32 => reading.converted(steps).map(Stored::F32),
        }
    }
}

impl Source for GdalReader {
    fn read(&mut self, window: Window) -> Result<Tile, SourceError> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in 0..self.inputs.len() {
            let steps: Vec<usize> = (0..self.inputs[input].n_steps).collect();
            inputs.push(self.read_steps(input, &steps, window)?);
        }
        let inside = match &self.mask {
            Some(mask) => Some(mask.read(&self.grid, window, &mut self.mask_raster)?),
            None => None,
        };
        Ok(Tile { window, inputs, inside })
    }
}

fn check_window(grid: &Grid, window: Window) -> Result<(), SourceError> {
    let fits = window.row.checked_add(window.height).is_some_and(|end| end <= grid.height)
        && window.col.checked_add(window.width).is_some_and(|end| end <= grid.width)
        && window.n_pixels() > 0;
    if fits {
        return Ok(());
    }
    Err(SourceError::Window { window, height: grid.height, width: grid.width })
}

/// One window of one input.
struct Reading<'a> {
    index: usize,
    input: &'a OpenedInput,
    handles: &'a mut Handles,
    window: Window,
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
            let Storage::Native { folded } = &self.input.storage[self.input.places[step].0] else {
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
            let stored = self.numbers::<f64>(&[step])?;
            let storage = &self.input.storage[self.input.places[step].0];
            values.extend(stored.iter().map(|&stored| convert(stored, storage)));
        }
        Ok(values)
    }

    /// `[step of steps][pixel]`, in the type asked for.
    fn numbers<T: GdalType + Copy + Default>(&mut self, steps: &[usize]) -> Result<Vec<T>, SourceError> {
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
    fn band<T: GdalType + Copy>(&mut self, step: usize, piece: Window, values: &mut [T]) -> Result<(), SourceError> {
        let (file, band) = self.input.places[step];
        let dataset = self.handles.of((self.index, file), self.input)?;
        read_band(dataset, band, piece, values).map_err(|error| SourceError::Read {
            input: self.input.name.clone(),
            path: self.input.files[file].path.clone(),
            band,
            window: piece,
            reason: text_of(&error),
        })
    }

    /// The window cut along blocks, so that all bands of a piece stay in GDAL's cache: where a
    /// block holds several bands it is then decoded once, not once a band.
    fn pieces(&self, bytes_per_pixel: usize) -> Vec<Window> {
        let (block_width, block_height) = self.input.block_size;
        let window = self.window;
        let fits = (PIECE_BYTES / bytes_per_pixel.max(1)).max(1);
        let rows_of = |width: usize| (fits / width.max(1) / block_height.max(1)).max(1) * block_height.max(1);
        let is_wide = block_height.saturating_mul(window.width) > fits;
        let width = if is_wide {
            (fits / block_height.max(1) / block_width.max(1)).max(1) * block_width.max(1)
        } else {
            window.width
        };
        let mut pieces = Vec::new();
        for (row, height) in cuts(window.row, window.height, rows_of(width), block_height) {
            for (col, width) in cuts(window.col, window.width, width, block_width) {
                pieces.push(Window { row, col, height, width });
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
        let next = if step >= length { end } else { ((at / block) * block + step).min(end) };
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

fn read_band<T: GdalType + Copy>(
    dataset: &Dataset,
    band: usize,
    window: Window,
    values: &mut [T],
) -> Result<(), GdalError> {
    let at = (isize::try_from(window.col)?, isize::try_from(window.row)?);
    // Width first: the crate, as GDAL, counts columns before rows.
    let size = (window.width, window.height);
    dataset.rasterband(band)?.read_into_slice(at, size, size, values, None)
}

/// Types that are handed on as they are.
trait StoredNumber: GdalType + Copy + Default + PartialEq {
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
stored!(u8, i16, u16, f32);

fn fold<T: StoredNumber>(values: &mut [T], codes: &[f64], first: f64) {
    let first = T::from_code(first);
    for code in codes.iter().map(|&code| T::from_code(code)) {
        values.iter_mut().filter(|value| **value == code).for_each(|value| *value = first);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "f32 is what the engines compute in")]
fn convert(stored: f64, storage: &Storage) -> f32 {
    let Storage::Converted { is_signed_byte, nodata, valid_range, scale_offset } = storage else {
        return stored as f32;
    };
    let stored = if *is_signed_byte && stored > 127.0 { stored - 256.0 } else { stored };
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
