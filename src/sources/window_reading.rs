//! Reads one window of one input from its files.

use gdal::errors::GdalError;
use gdal::raster::{GdalType, RasterBand};

use crate::gdal_calls::text_of;
use crate::grid::Window;
use crate::sources::error::SourceError;
use crate::sources::files::dataset_pool::DatasetPool;
use crate::sources::files::error::FileError;
use crate::sources::input::OpenedInput;
use crate::sources::times::steps::FileBand;
use crate::sources::values::number::Number;
use crate::sources::values::packing::FileNumbers;

/// Bytes of stored numbers that a piece of all bands may fill, well inside GDAL's cache.
const PIECE_BYTES: usize = 16 << 20;

/// One window of one input.
pub(crate) struct Reading<'a> {
    pub(crate) index: usize,
    pub(crate) input: &'a OpenedInput,
    pub(crate) datasets: &'a mut DatasetPool,
    pub(crate) window: Window,
    pub(crate) is_counting: bool,
}

impl Reading<'_> {
    /// Numbers as they are stored.
    ///
    /// # Arguments
    ///
    /// * `folded` - codes of each file that become the first code, `[file][code]`.
    pub(crate) fn native<T: StoredNumber>(
        &mut self,
        steps: &[usize],
        folded: &[Vec<f64>],
    ) -> Result<Vec<T>, SourceError> {
        let mut values = self.numbers::<T>(steps)?;
        let n_pixels = self.window.n_pixels();
        for (&step, values) in steps.iter().zip(values.chunks_exact_mut(n_pixels)) {
            let Some(FileBand { file, .. }) = self.input.timing.band_of_step[step] else {
                continue;
            };
            self.count(values);
            let codes = &folded[file];
            if let (false, Some(&first)) = (codes.is_empty(), self.input.packing.nodata.first()) {
                fold(values, codes, first);
            }
        }
        Ok(values)
    }

    /// Numbers of other types as `f32`; missing ones are NaN.
    pub(crate) fn converted(
        &mut self,
        steps: &[usize],
        files: &[FileNumbers],
    ) -> Result<Vec<f32>, SourceError> {
        let n_pixels = self.window.n_pixels();
        let mut values = Vec::with_capacity(steps.len() * n_pixels);
        // One step at a time: doubles of all steps would need twice the memory of the tile.
        for &step in steps {
            let Some(FileBand { file, .. }) = self.input.timing.band_of_step[step] else {
                values.resize(values.len() + n_pixels, f32::NAN);
                continue;
            };
            let mut stored = self.numbers::<f64>(&[step])?;
            let numbers = &files[file];
            if numbers.is_signed_byte {
                stored
                    .iter_mut()
                    .filter(|x| **x > 127.0)
                    .for_each(|x| *x -= 256.0);
            }
            if numbers.has_mask {
                let masked = self.mask_of(step)?;
                stored
                    .iter_mut()
                    .zip(masked)
                    .filter(|(_, kept)| *kept == 0)
                    .for_each(|(x, _)| *x = f64::NAN);
            }
            self.count(&stored);
            values.extend(stored.iter().map(|&stored| convert(stored, numbers)));
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
        if !self.input.layout.is_piecewise {
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
                copy_piece(&scratch, piece, values, self.window);
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
        let Some(FileBand { file, band }) = self.input.timing.band_of_step[step] else {
            // Declared missing: the first code, or NaN in floats that have none.
            values.fill(T::from_code(
                self.input
                    .packing
                    .nodata
                    .first()
                    .copied()
                    .unwrap_or(f64::NAN),
            ));
            return Ok(());
        };
        let dataset = self.datasets.of(
            (self.index, file),
            &self.input.name,
            &self.input.files[file],
        )?;
        let read = dataset
            .rasterband(band)
            .and_then(|band| read_window(&band, piece, values));
        read.map_err(|error| {
            SourceError::File(FileError::Read {
                input: self.input.name.clone(),
                path: self.input.files[file].path.clone(),
                band,
                window: piece,
                reason: text_of(&error),
            })
        })
    }

    /// What the mask of a step's file has in the window; 0 is missing.
    fn mask_of(&mut self, step: usize) -> Result<Vec<u8>, SourceError> {
        let mut values = vec![0; self.window.n_pixels()];
        let Some(FileBand { file, band }) = self.input.timing.band_of_step[step] else {
            return Ok(values);
        };
        let (window, input) = (self.window, self.input);
        let dataset = self
            .datasets
            .of((self.index, file), &input.name, &input.files[file])?;
        let raster_band = dataset.rasterband(band);
        let read =
            raster_band.and_then(|band| read_window(&band.open_mask_band()?, window, &mut values));
        read.map(|()| values).map_err(|error| {
            SourceError::File(FileError::Read {
                input: input.name.clone(),
                path: input.files[file].path.clone(),
                band,
                window,
                reason: text_of(&error),
            })
        })
    }

    /// The window cut along blocks, so that all bands of a piece stay in GDAL's cache: a block that
    /// holds several bands is then decoded once, not once a band.
    fn pieces(&self, bytes_per_pixel: usize) -> Vec<Window> {
        let (block_width, block_height) = self.input.layout.block_size;
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

/// Copies a piece to where it is in the window.
fn copy_piece<T: Copy>(piece_values: &[T], piece: Window, values: &mut [T], window: Window) {
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

/// Types that files store.
pub(crate) trait StoredNumber: GdalType + Copy + Default + PartialEq + Number {
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
fn convert(stored: f64, numbers: &FileNumbers) -> f32 {
    let range = numbers.valid_range;
    let is_outside = range.is_some_and(|[low, high]| !(low..=high).contains(&stored));
    if is_outside || numbers.nodata.contains(&stored) {
        return f32::NAN;
    }
    let (scale, offset) = numbers.scale_offset;
    (stored * scale + offset) as f32
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
