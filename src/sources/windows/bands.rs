//! Reads pieces of single bands of an input, as readers give them.

use std::sync::atomic::{AtomicU64, Ordering};

use gdal::errors::GdalError;
use gdal::raster::{GdalType, RasterBand};

use crate::gdal_calls::{is_stored, read_block};
use crate::grid::Window;
use crate::sources::error::SourceError;
use crate::sources::files::dataset_pool::DatasetPool;
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::input::OpenedInput;
use crate::sources::times::steps::FileBand;
use crate::sources::values::number::Number;
use crate::sources::values::packing::{FileNumbers, Storage};

/// The bands of one input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bands<'a> {
    /// Number of the input.
    pub(crate) index: usize,
    pub(crate) input: &'a OpenedInput,
    pub(crate) datasets: &'a DatasetPool,
    /// Whether missing numbers are counted.
    pub(crate) is_counting: bool,
    /// Blocks that were decoded.
    pub(crate) n_decoded: &'a AtomicU64,
}

impl Bands<'_> {
    /// What `work` makes of a file of the input.
    pub(crate) fn with_file<R>(
        &self,
        file: usize,
        work: impl FnOnce(&OpenRaster) -> Result<R, SourceError>,
    ) -> Result<R, SourceError> {
        let of_input = &self.input.files[file];
        self.datasets
            .with((self.index, file), &self.input.name, of_input, work)
    }

    /// One band of one piece, `[pixel]`, without what [`Bands::settle`] does.
    pub(crate) fn piece<T: StoredNumber>(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        piece: Window,
        to: &mut [T],
    ) -> Result<(), SourceError> {
        match &self.input.storage {
            Storage::Native { .. } => self.stored(raster, at, piece, to),
            Storage::Converted(files) => self.converted(raster, at, piece, &files[at.file], to),
        }
    }

    /// Counts missing numbers, and makes one of all codes past those that a shader takes.
    pub(crate) fn settle<T: StoredNumber>(&self, at: FileBand, values: &mut [T]) {
        let Storage::Native { folded, .. } = &self.input.storage else {
            return;
        };
        if self.is_counting {
            self.input.fill_counts.count(values);
        }
        let codes = &folded[at.file];
        if let (false, Some(&first)) = (codes.is_empty(), self.input.packing.nodata.first()) {
            fold(values, codes, first);
        }
    }

    /// The number of a step that the study declares missing: the first code, or NaN in floats that have none.
    pub(crate) fn gap<T: StoredNumber>(&self) -> T {
        let first = self.input.packing.nodata.first().copied();
        let is_native = matches!(self.input.storage, Storage::Native { .. });
        T::from_code(first.filter(|_| is_native).unwrap_or(f64::NAN))
    }

    /// A stored number that means missing, as readers give it.
    pub(crate) fn given<T: StoredNumber>(&self, at: FileBand, number: f64) -> T {
        match &self.input.storage {
            Storage::Native { folded, .. } => {
                let is_folded = folded[at.file].contains(&number);
                let first = self.input.packing.nodata.first().copied();
                T::from_code(first.filter(|_| is_folded).unwrap_or(number))
            }
            Storage::Converted(_) => T::from_code(f64::NAN),
        }
    }

    /// The number that all pixels of a band have in a window of which the file has no block, if it means missing.
    pub(crate) fn nothing_stored(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        window: Window,
    ) -> Option<f64> {
        let number = number_of_nothing(raster, at.band, window)?;
        let packing = &self.input.packing;
        let (nodata, range) = match &self.input.storage {
            Storage::Native { .. } => (&packing.nodata, packing.valid_range),
            Storage::Converted(files) => {
                let FileNumbers {
                    nodata,
                    valid_range,
                    is_signed_byte,
                    has_mask,
                    ..
                } = &files[at.file];
                if *is_signed_byte || *has_mask {
                    return None;
                }
                (nodata, *valid_range)
            }
        };
        let is_missing = number.is_nan()
            || nodata.contains(&number)
            || range.is_some_and(|[low, high]| number < low || number > high);
        is_missing.then_some(number)
    }

    /// Numbers of other types as `f32`; missing ones are NaN.
    fn converted<T: StoredNumber>(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        piece: Window,
        numbers: &FileNumbers,
        to: &mut [T],
    ) -> Result<(), SourceError> {
        let mut stored = vec![0.0_f64; piece.n_pixels()];
        self.stored(raster, at, piece, &mut stored)?;
        if numbers.is_signed_byte {
            stored
                .iter_mut()
                .filter(|x| **x > 127.0)
                .for_each(|x| *x -= 256.0);
        }
        if numbers.has_mask {
            let mut masked = vec![0.0_f64; piece.n_pixels()];
            let read = read_mask(raster, at.band, numbers.alpha, piece, &mut masked);
            if let Err(error) = read {
                self.leave_out(at, piece, &error)?;
                masked.fill(0.0);
            }
            stored
                .iter_mut()
                .zip(masked)
                .filter(|(_, kept)| *kept == 0.0)
                .for_each(|(x, _)| *x = f64::NAN);
        }
        if self.is_counting {
            self.input.fill_counts.count(&stored);
        }
        for (to, stored) in to.iter_mut().zip(stored) {
            *to = T::from_code(f64::from(convert(stored, numbers)));
        }
        Ok(())
    }

    /// Numbers as they are stored, in the type asked for.
    fn stored<T: StoredNumber>(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        piece: Window,
        to: &mut [T],
    ) -> Result<(), SourceError> {
        let read = read_piece(raster, at.band, piece, to);
        match read {
            Ok(n_decoded) => {
                self.n_decoded.fetch_add(n_decoded, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => self.block_by_block(raster, at, piece, &error, to),
        }
    }
}

/// The number of all pixels of a band in a window of which the file has no block; `None` if it may have one.
fn number_of_nothing(raster: &OpenRaster, band: usize, window: Window) -> Option<f64> {
    let dataset = match raster {
        OpenRaster::Gdal(dataset) => dataset,
        #[cfg(feature = "zarr")]
        OpenRaster::Zarr(array) => {
            return (!array.is_stored(band, window)).then(|| array.fill());
        }
    };
    let band = dataset.rasterband(band).ok()?;
    let is_there = is_stored(
        &band,
        [window.col, window.row],
        [window.width, window.height],
    );
    // Without a code GDAL gives zeros.
    (!is_there).then(|| band.no_data_value().unwrap_or(0.0))
}

/// The mask of a piece of a band, 0 where it is missing.
///
/// # Arguments
///
/// * `alpha` - the band of transparency, counted from 1.
fn read_mask(
    raster: &OpenRaster,
    band: usize,
    alpha: Option<usize>,
    piece: Window,
    masked: &mut [f64],
) -> Result<(), GdalError> {
    let dataset = match raster {
        OpenRaster::Gdal(dataset) => dataset,
        #[cfg(feature = "zarr")]
        OpenRaster::Zarr(_) => {
            // A store has none.
            masked.fill(1.0);
            return Ok(());
        }
    };
    let of_band = dataset.rasterband(alpha.unwrap_or(band))?;
    match alpha {
        // GDAL takes transparency for a mask where a file has two bands or four.
        Some(_) => read_window(&of_band, piece, masked),
        None => read_window(&of_band.open_mask_band()?, piece, masked),
    }
}

/// Reads a piece of a band; gives how many blocks were decoded for it.
fn read_piece<T: StoredNumber>(
    raster: &OpenRaster,
    band: usize,
    piece: Window,
    to: &mut [T],
) -> Result<u64, GdalError> {
    let dataset = match raster {
        OpenRaster::Gdal(dataset) => dataset,
        #[cfg(feature = "zarr")]
        OpenRaster::Zarr(array) => {
            let read = array.read(band, piece, to, T::from_code);
            return read.map_err(|error| GdalError::BadArgument(error.to_string()));
        }
    };
    let band = dataset.rasterband(band)?;
    let size = band.block_size();
    if is_block(&band, size, piece) {
        read_whole_block(&band, size, piece, to)?;
    } else {
        read_window(&band, piece, to)?;
    }
    Ok(n_blocks(size, piece))
}

/// Reads a window of a band, counted from 1.
pub(crate) fn read_part<T: StoredNumber>(
    raster: &OpenRaster,
    band: usize,
    window: Window,
    values: &mut [T],
) -> Result<(), GdalError> {
    match raster {
        OpenRaster::Gdal(dataset) => read_window(&dataset.rasterband(band)?, window, values),
        #[cfg(feature = "zarr")]
        OpenRaster::Zarr(_) => read_piece(raster, band, window, values).map(|_| ()),
    }
}

/// Blocks of which a piece has a part.
fn n_blocks((width, height): (usize, usize), piece: Window) -> u64 {
    let across = |start: usize, length: usize, side: usize| {
        let side = side.max(1);
        ((start + length).div_ceil(side) - start / side) as u64
    };
    across(piece.row, piece.height, height) * across(piece.col, piece.width, width)
}

/// Whether a piece is one block of a band, as far as the raster has pixels of it.
fn is_block(band: &RasterBand<'_>, (width, height): (usize, usize), piece: Window) -> bool {
    let (raster_width, raster_height) = band.size();
    let is_side = |start: usize, length: usize, side: usize, whole: usize| {
        start.is_multiple_of(side) && length == side.min(whole - start)
    };
    width > 0
        && height > 0
        && piece.col < raster_width
        && piece.row < raster_height
        && is_side(piece.col, piece.width, width, raster_width)
        && is_side(piece.row, piece.height, height, raster_height)
}

/// A block, around GDAL's cache if its type is the one asked for.
fn read_whole_block<T: StoredNumber>(
    band: &RasterBand<'_>,
    (width, height): (usize, usize),
    piece: Window,
    to: &mut [T],
) -> Result<(), GdalError> {
    if band.band_type() as u32 != T::gdal_ordinal() {
        return read_window(band, piece, to);
    }
    let at = [piece.col / width, piece.row / height];
    if piece.n_pixels() == width * height {
        return read_block(band, at, to);
    }
    let mut block = vec![T::default(); width * height];
    read_block(band, at, &mut block)?;
    let lines = block.chunks_exact(width);
    for (to, line) in to.chunks_exact_mut(piece.width).zip(lines) {
        to.copy_from_slice(&line[..piece.width]);
    }
    Ok(())
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
pub(crate) trait StoredNumber:
    GdalType + Copy + Default + PartialEq + Number + bytemuck::Pod + Send + Sync
{
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
