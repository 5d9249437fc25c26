//! Blocks that cannot be read: where they are, and which of them a run has left out.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use gdal::Dataset;
use gdal::errors::GdalError;

use crate::gdal_calls::text_of;
use crate::grid::{Window, parts_of};
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::times::steps::FileBand;
use crate::sources::windows::bands::{Bands, StoredNumber, read_window};

/// More blocks than this are not told apart.
const MAX_KNOWN: usize = 1 << 18;

/// File, band, row and column of a block, counted from 0 but for the band.
type Place = (usize, usize, usize, usize);

/// The blocks of an input that could not be read and were left out, gathered by all its readers together.
#[derive(Debug, Default)]
pub(crate) struct Unreadable(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    places: BTreeSet<Place>,
    n_pixels: u64,
    /// The first in the order of files, bands, rows and columns, and why it cannot be read.
    first: Option<(Place, String)>,
}

/// Blocks that could not be read and count as missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableBlocks {
    /// How many blocks of single bands.
    pub blocks: u64,
    /// Their values, over all bands.
    pub values: u64,
    /// Where the first of them is, and why it cannot be read.
    pub first: String,
}

impl Unreadable {
    /// What was left out so far; `None` if nothing was.
    pub(crate) fn report(&self) -> Option<UnreadableBlocks> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, first) = known.first.as_ref()?;
        Some(UnreadableBlocks {
            blocks: known.places.len() as u64,
            values: known.n_pixels,
            first: first.clone(),
        })
    }

    fn add(&self, at: FileBand, block: Window, why: impl FnOnce() -> String) {
        let place = (at.file, at.band, block.row, block.col);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.places.len() >= MAX_KNOWN || !known.places.insert(place) {
            return;
        }
        known.n_pixels += block.n_pixels() as u64;
        if known.first.as_ref().is_none_or(|(first, _)| place < *first) {
            known.first = Some((place, why()));
        }
    }
}

impl Bands<'_> {
    /// Reads a piece block by block, after it could not be read whole. Where the study says so, blocks that cannot be
    /// read are missing.
    ///
    /// # Errors
    ///
    /// The first block that cannot be read, with its place.
    pub(super) fn block_by_block<T: StoredNumber>(
        &self,
        dataset: &Dataset,
        at: FileBand,
        piece: Window,
        error: &GdalError,
        to: &mut [T],
    ) -> Result<(), SourceError> {
        let Ok(band) = dataset.rasterband(at.band) else {
            return Err(self.cannot_read(at, piece, error));
        };
        let ((width, height), (raster_width, raster_height)) = (band.block_size(), band.size());
        let unit = [height.max(1), width.max(1)];
        for block in parts_of([raster_height, raster_width], unit, piece) {
            let part = block.shared(piece);
            let mut values = vec![T::default(); part.n_pixels()];
            if let Err(error) = read_window(&band, part, &mut values) {
                self.leave_out(at, block, &error)?;
                values.fill(self.gap());
            }
            let first = (part.row - piece.row) * piece.width + part.col - piece.col;
            let lines = to[first..].chunks_mut(piece.width);
            for (to, line) in lines.zip(values.chunks_exact(part.width.max(1))) {
                to[..line.len()].copy_from_slice(line);
            }
        }
        // Each block could be read alone, as on a network that failed for a moment: only who leaves blocks out goes on.
        if self.input.skips_unreadable {
            return Ok(());
        }
        Err(self.cannot_read(at, piece, error))
    }

    /// Takes note of a block that cannot be read.
    ///
    /// # Errors
    ///
    /// The study does not leave such blocks out.
    pub(super) fn leave_out(
        &self,
        at: FileBand,
        block: Window,
        error: &GdalError,
    ) -> Result<(), SourceError> {
        let error = self.cannot_read(at, block, error);
        if !self.input.skips_unreadable {
            return Err(error);
        }
        let why = || match &error {
            SourceError::File(FileError::Read {
                path, band, reason, ..
            }) => format!("{} band {band}, {block}: {reason}", path.display()),
            other => other.to_string(),
        };
        self.input.unreadable.add(at, block, why);
        Ok(())
    }

    fn cannot_read(
        &self,
        FileBand { file, band }: FileBand,
        window: Window,
        error: &GdalError,
    ) -> SourceError {
        let (width, height) = self.input.layout.block_size;
        SourceError::File(FileError::Read {
            input: self.input.name.clone(),
            path: self.input.files[file].path.clone(),
            band,
            block: [window.row / height.max(1), window.col / width.max(1)],
            window,
            reason: text_of(error),
        })
    }
}
