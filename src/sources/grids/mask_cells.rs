//! The cells of a raster, such as a mask, that hold the centres of pixels.

use std::path::Path;

use gdal::Dataset;
use gdal::raster::RasterBand;

use crate::gdal_calls::text_of;
use crate::grid::{Grid, Window};
use crate::sources::error::SourceError;
use crate::sources::files::error::FileError;
use crate::sources::grids::cells::SourceGrid;
use crate::sources::grids::locate::Locator;

/// Pixels whose positions among the cells of a mask are computed at a time. A tile is done in
/// parts, so that a reader needs little memory for them.
const PART_PIXELS: usize = 1 << 16;

/// Cells that are read at a time.
const READ_CELLS: usize = 1 << 16;

/// A raster that is read by its cells: what it is for, its file, and its grid unless that is the study's.
#[derive(Clone, Copy)]
pub(crate) struct CellFile<'a> {
    /// `mask`, or the name of a set of zones.
    pub(crate) input: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) source: Option<&'a SourceGrid>,
}

impl CellFile<'_> {
    fn refused(&self, reason: String) -> SourceError {
        SourceError::File(FileError::Open {
            input: self.input.to_owned(),
            path: self.path.to_owned(),
            reason,
        })
    }
}

/// Gives the value of the cell that holds the centre of each pixel of a window, by the place of the pixel; pixels
/// without a cell are left out. It goes part by part of the window.
pub(crate) fn nearest_values(
    file: CellFile<'_>,
    raster: &Dataset,
    study: &Grid,
    window: Window,
    mut take: impl FnMut(usize, f64),
) -> Result<(), SourceError> {
    let cells = Cells::new(file, raster, window)?;
    let locator = file
        .source
        .map(|source| Locator::new(study, &source.grid).map_err(|reason| file.refused(reason)));
    let locator = locator.transpose()?;
    let height = (PART_PIXELS / window.width.max(1)).max(1);
    for top in (0..window.height).step_by(height) {
        let part = Window {
            row: window.row + top,
            height: height.min(window.height - top),
            ..window
        };
        let first = top * window.width;
        match (file.source, &locator) {
            (Some(source), Some(locator)) => {
                let located = locator.locate(part);
                let wanted = located
                    .nearest_cells(source)
                    .enumerate()
                    .filter_map(|(pixel, at)| Some((at?, first + pixel)));
                cells.at(wanted.collect(), &mut take)?;
            }
            _ => cells.all(part, first, &mut take)?,
        }
    }
    Ok(())
}

/// The cells of a raster. Of a fine one only the cells that hold the centre of a pixel are read, however many are
/// between them.
struct Cells<'a> {
    file: CellFile<'a>,
    band: RasterBand<'a>,
    /// Rows and columns of a block.
    block: [usize; 2],
    /// Of the study, for an error.
    window: Window,
}

impl<'a> Cells<'a> {
    fn new(file: CellFile<'a>, raster: &'a Dataset, window: Window) -> Result<Self, SourceError> {
        let band = raster
            .rasterband(1)
            .map_err(|error| file.refused(text_of(&error)))?;
        let (width, height) = band.block_size();
        Ok(Self {
            file,
            block: [height.max(1), width.max(1)],
            band,
            window,
        })
    }

    /// A row of cells, or as many rows as there are pixels.
    fn read(
        &self,
        at: [usize; 2],
        size: [usize; 2],
        values: &mut Vec<f64>,
    ) -> Result<(), SourceError> {
        values.resize(size[0] * size[1], 0.0);
        let size = (size[1], size[0]);
        let offset = isize::try_from(at[1]).and_then(|col| Ok((col, isize::try_from(at[0])?)));
        let read = offset
            .map_err(|error| error.to_string())
            .and_then(|offset| {
                self.band
                    .read_into_slice(offset, size, size, values, None)
                    .map_err(|error| text_of(&error))
            });
        read.map_err(|reason| {
            SourceError::File(FileError::Read {
                input: self.file.input.to_owned(),
                path: self.file.path.to_owned(),
                band: 1,
                block: [at[0] / self.block[0], at[1] / self.block[1]],
                window: Box::new(self.window),
                reason,
            })
        })
    }

    /// The cells of a part of the study grid itself, of which the first pixel has this place.
    fn all(
        &self,
        part: Window,
        first: usize,
        take: &mut impl FnMut(usize, f64),
    ) -> Result<(), SourceError> {
        let mut values = Vec::new();
        self.read([part.row, part.col], [part.height, part.width], &mut values)?;
        (first..)
            .zip(&values)
            .for_each(|(pixel, &value)| take(pixel, value));
        Ok(())
    }

    /// Cells by row and column with the pixel that each is for, block by block, so that none is
    /// decoded twice.
    fn at(
        &self,
        mut wanted: Vec<([usize; 2], usize)>,
        take: &mut impl FnMut(usize, f64),
    ) -> Result<(), SourceError> {
        let [height, width] = self.block;
        let block_of = |[row, col]: [usize; 2]| [row / height, col / width];
        wanted.sort_unstable_by_key(|&(at, _)| (block_of(at), at));
        let mut values = Vec::new();
        // Of one row of one block, and not far apart.
        let is_together = |a: &([usize; 2], usize), b: &([usize; 2], usize)| {
            a.0[0] == b.0[0] && block_of(a.0) == block_of(b.0) && b.0[1] - a.0[1] < READ_CELLS / 8
        };
        for run in wanted.chunk_by(is_together) {
            for run in within(run, READ_CELLS) {
                let (Some(&([row, first], _)), Some(&([_, last], _))) = (run.first(), run.last())
                else {
                    continue;
                };
                self.read([row, first], [1, last - first + 1], &mut values)?;
                for &([_, col], pixel) in run {
                    take(pixel, values[col - first]);
                }
            }
        }
        Ok(())
    }
}

/// Cells of one row in pieces that span at most `most` columns.
fn within(
    run: &[([usize; 2], usize)],
    most: usize,
) -> impl Iterator<Item = &[([usize; 2], usize)]> {
    let start = run.first().map_or(0, |cell| cell.0[1]);
    run.chunk_by(move |a, b| (a.0[1] - start) / most == (b.0[1] - start) / most)
}
