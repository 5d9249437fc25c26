//! Reads windows of all inputs with file handles of its own.
//!
//! An input on the study grid is read as the pixels of the window. An input on a grid of its own is
//! read as the cells that these pixels need, with the positions of the pixels among them.

use gdal::Dataset;

use crate::grid::{Grid, Window};
use crate::sources::cell_cache::{CachedCells, CellCache};
use crate::sources::error::SourceError;
use crate::sources::files::dataset_pool::DatasetPool;
use crate::sources::grids::cells::{CellWindow, SourceGrid};
use crate::sources::grids::error::GridError;
use crate::sources::grids::locate::Locator;
use crate::sources::grids::mask::Mask;
use crate::sources::grids::positions::Located;
use crate::sources::input::OpenedInput;
use crate::sources::source::Source;
use crate::sources::values::packing::Storage;
use crate::sources::window_reading::Reading;
use crate::tile::{DataType, Stored, Tile};

/// An input that is read.
#[derive(Clone, Debug)]
pub(crate) struct ReadInput {
    pub(crate) input: OpenedInput,
    /// Its cells that readers keep.
    pub(crate) cache: CellCache,
    /// The most cells that a window may need; `None` if that is not planned.
    pub(crate) max_cells: Option<usize>,
    /// Whether the positions of pixels follow the cells.
    pub(crate) with_positions: bool,
}

/// Reads windows of the study grid. One thread, one reader: file handles are never shared.
#[derive(Debug)]
pub struct GdalReader {
    grid: Grid,
    inputs: Vec<ReadInput>,
    mask: Option<Mask>,
    mask_raster: Option<Dataset>,
    datasets: DatasetPool,
    /// Bytes of cells that may be kept of each input.
    cached_bytes: usize,
    /// By input, for those on grids of their own; made when first needed.
    locators: Vec<Option<Locator>>,
    /// Whether what is read now counts towards the fill values of the run; a sample does not.
    is_counting: bool,
}

impl GdalReader {
    pub(crate) fn new(
        grid: Grid,
        inputs: Vec<ReadInput>,
        mask: Option<Mask>,
        cached_bytes: usize,
    ) -> Self {
        let locators = inputs.iter().map(|_| None).collect();
        let datasets = DatasetPool::default();
        Self {
            grid,
            inputs,
            mask,
            mask_raster: None,
            datasets,
            cached_bytes,
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
            datasets,
            is_counting,
            ..
        } = self;
        let opened = &inputs[input].input;
        let mut reading = Reading {
            index: input,
            input: opened,
            datasets,
            window,
            is_counting: *is_counting,
        };
        match &opened.storage {
            Storage::Native { data_type, folded } => match data_type {
                DataType::U8 => reading.native(steps, folded).map(Stored::U8),
                DataType::I16 => reading.native(steps, folded).map(Stored::I16),
                DataType::U16 => reading.native(steps, folded).map(Stored::U16),
                DataType::F32 => reading.native(steps, folded).map(Stored::F32),
            },
            Storage::Converted(files) => reading.converted(steps, files).map(Stored::F32),
        }
    }

    /// Cells of some steps of an input on a grid of its own, `[step of steps][cell]`; on a grid
    /// around the globe the first columns follow the last.
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
                self.inputs[input].input.data_type(),
                steps.len(),
            ));
        }
        let pieces = cells.pieces(width);
        if let [(_, only)] = pieces.as_slice() {
            return self.read_file(input, steps, *only);
        }
        let mut all = Stored::zeros(
            self.inputs[input].input.data_type(),
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

    /// Cells of all steps, from the cache if it holds them.
    fn cells_of(&mut self, input: usize, cells: CellWindow) -> Result<Stored, SourceError> {
        let n_steps = self.inputs[input].input.timing.n_steps();
        let steps: Vec<usize> = (0..n_steps).collect();
        let Some(window) = self
            .worth_keeping(input, cells)
            .filter(|_| cells.n_cells() > 0)
        else {
            return self.read_cells(input, &steps, cells);
        };
        let cache = self.inputs[input].cache.clone();
        let cached = cache.get_or_read(&cells, || {
            let stored = self.read_cells(input, &steps, window)?;
            Ok(CachedCells { window, stored })
        })?;
        Ok(cached.part(&cells, n_steps))
    }

    /// The cells to read and keep for later tiles instead of `cells` alone: all that the study
    /// needs, or those rows of them; `None` if that takes too much memory.
    fn worth_keeping(&self, input: usize, cells: CellWindow) -> Option<CellWindow> {
        let ReadInput { input, .. } = &self.inputs[input];
        let needed = input.cells()?.window;
        let rows = CellWindow {
            row: cells.row,
            height: cells.height,
            ..needed
        };
        let fits =
            |window: &CellWindow| window.n_cells() * input.bytes_per_pixel() <= self.cached_bytes;
        [needed, rows]
            .into_iter()
            .find(|window| window.holds(&cells) && fits(window))
    }

    /// Positions of the pixels of a window on the grid of an input.
    fn locate(
        &mut self,
        input: usize,
        source: &SourceGrid,
        window: Window,
    ) -> Result<Located, SourceError> {
        if self.locators[input].is_none() {
            let locator = Locator::new(&self.grid, &source.grid)
                .map_err(|reason| self.inputs[input].input.cannot_be_placed(reason))?;
            self.locators[input] = Some(locator);
        }
        Ok(self.locators[input]
            .as_ref()
            .map(|locator| locator.locate(window))
            .unwrap_or_default())
    }

    /// The cells that a window needs of an input on a grid of its own, and the positions of its
    /// pixels if wanted.
    fn read_cells_of_window(
        &mut self,
        input: usize,
        source: &SourceGrid,
        window: Window,
        located: &Located,
        read: &mut Vec<Stored>,
    ) -> Result<(), SourceError> {
        let cells = located.window(source);
        let ReadInput {
            input: opened,
            max_cells,
            with_positions,
            ..
        } = &self.inputs[input];
        let with_positions = *with_positions;
        if let Some(planned) = max_cells.filter(|planned| cells.n_cells() > *planned) {
            return Err(SourceError::Grid(GridError::TooManyCells {
                input: opened.name.clone(),
                window,
                n_cells: cells.n_cells(),
                planned,
            }));
        }
        read.push(self.cells_of(input, cells)?);
        if with_positions {
            read.push(Stored::F32(located.position_steps(source, cells)));
        }
        Ok(())
    }
}

impl Source for GdalReader {
    fn read(&mut self, window: Window) -> Result<Tile, SourceError> {
        check_window(&self.grid, window)?;
        self.is_counting = true;
        let mut read = Vec::with_capacity(self.inputs.len());
        // Inputs on one grid share the positions.
        let mut located: Vec<(SourceGrid, Located)> = Vec::new();
        for input in 0..self.inputs.len() {
            let cells = self.inputs[input].input.cells();
            let Some(source) = cells.map(|cells| cells.source.clone()) else {
                let steps: Vec<usize> = (0..self.inputs[input].input.timing.n_steps()).collect();
                read.push(self.read_steps(input, &steps, window)?);
                continue;
            };
            let known = located
                .iter()
                .position(|(known, _)| known.grid == source.grid);
            let index = known.unwrap_or(located.len());
            if known.is_none() {
                located.push((source.clone(), self.locate(input, &source, window)?));
            }
            self.read_cells_of_window(input, &source, window, &located[index].1, &mut read)?;
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
    Err(SourceError::Grid(GridError::Window {
        window,
        height: grid.height,
        width: grid.width,
    }))
}
