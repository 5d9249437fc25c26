//! Reads what can be read where a piece cannot be read whole.

use gdal::errors::GdalError;

use crate::gdal_calls::text_of;
use crate::grid::{Window, parts_of};
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::files::open_raster::OpenRaster;
use crate::sources::times::steps::FileBand;
use crate::sources::windows::bands::{Bands, StoredNumber, read_part};

impl Bands<'_> {
    /// Reads a piece block by block, after it could not be read whole. Where the study says so, blocks that cannot be
    /// read are missing.
    ///
    /// # Errors
    ///
    /// The first block that cannot be read, with its place.
    pub(super) fn block_by_block<T: StoredNumber>(
        &self,
        raster: &OpenRaster,
        at: FileBand,
        piece: Window,
        error: &GdalError,
        to: &mut [T],
    ) -> Result<(), SourceError> {
        let Ok(((width, height), (raster_width, raster_height))) = raster.sizes(at.band) else {
            return Err(self.cannot_read(at, piece, error));
        };
        let unit = [height.max(1), width.max(1)];
        for block in parts_of([raster_height, raster_width], unit, piece) {
            let part = block.shared(piece);
            let mut values = vec![T::default(); part.n_pixels()];
            if let Err(error) = read_part(raster, at.band, part, &mut values) {
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
            window: Box::new(window),
            reason: text_of(error),
        })
    }
}
