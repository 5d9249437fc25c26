//! Reads windows of all inputs with file handles of its own.
//!
//! An input on the study grid is read as the pixels of the window, one on another grid as the cells that these pixels
//! need, with the places of the pixels among them.

use std::sync::{Arc, PoisonError};

use gdal::Dataset;

use crate::grid::{Grid, Window};
use crate::sources::cell_cache::HeldCells;
use crate::sources::error::SourceError;
use crate::sources::files::dataset_pool::Handles;
use crate::sources::grids::cells::{CellWindow, OtherGrid};
use crate::sources::grids::locate::Locator;
use crate::sources::grids::mask::Mask;
use crate::sources::grids::positions::Located;
use crate::sources::input::OpenedInput;
use crate::sources::source::Source;
use crate::sources::window_reading::Reading;
use crate::tile::{DataType, Stored, Tile};

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
