//! Reads windows of all inputs with file handles of its own, on all cores.
//!
//! An input on the study grid is read as the pixels of the window. An input on a grid of its own is
//! read as the cells that these pixels need, with the positions of the pixels among them.

use std::path::Path;

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
use crate::sources::windows::block_store::BlockStore;
use crate::sources::windows::nothing_stored::nothing_stored;
use crate::sources::windows::reading::Reading;
use crate::sources::windows::threads::DecodingThreads;
use crate::tile::{Stored, Tile};

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
    /// How many of its blocks may be decoded at a time; 0 where one takes so much memory that nothing else may be
    /// decoded by this thread meanwhile.
    pub(crate) at_a_time: usize,
}

/// So few numbers are not worth other threads.
const SMALL_WINDOW: usize = 1 << 15;

/// Reads windows of the study grid. One thread asks it for windows; it decodes on all cores, and no file handle is used
/// by two threads at a time.
#[derive(Debug)]
pub struct GdalReader {
    grid: Grid,
    pub(super) inputs: Vec<ReadInput>,
    mask: Option<Mask>,
    mask_raster: Option<Dataset>,
    datasets: DatasetPool,
    threads: DecodingThreads,
    /// Bytes of cells that may be kept of each input.
    cached_bytes: usize,
    /// By input, for those on grids of their own; made when first needed.
    locators: Vec<Option<Locator>>,
    /// Whether what is read now counts towards the fill values of the run; a sample does not.
    is_counting: bool,
    /// Blocks that later tiles need, where windows are the tiles of a run.
    store: Option<BlockStore>,
    is_for_run: bool,
}

impl GdalReader {
    pub(crate) fn new(
        grid: Grid,
        inputs: Vec<ReadInput>,
        mask: Option<Mask>,
        cached_bytes: usize,
    ) -> Self {
        let locators = inputs.iter().map(|_| None).collect();
        Self {
            grid,
            inputs,
            mask,
            mask_raster: None,
            datasets: DatasetPool::default(),
            threads: DecodingThreads::default(),
            cached_bytes,
            locators,
            is_counting: false,
            store: None,
            is_for_run: false,
        }
    }

    /// The reader for a run: its windows are the tiles of the study, each once.
    ///
    /// Each block of an input is then decoded once. What later tiles need of it is kept in a file without a name, which
    /// goes with the reader. A tile of which no file has a block is given as one pixel, see [`Tile::is_one_for_all`].
    ///
    /// # Arguments
    ///
    /// * `folder` - where that file is: a folder on a disk, since one in memory would take more than the budget. If no
    ///   file can be made there, blocks are decoded again for each tile that needs them.
    #[must_use]
    pub fn for_run(mut self, folder: &Path) -> Self {
        self.is_for_run = true;
        self.store = BlockStore::create(folder)
            .inspect_err(|error| tracing::debug!("decoded blocks are not kept: {error}"))
            .ok();
        self
    }

    /// How many blocks were decoded so far.
    #[must_use]
    pub fn blocks_decoded(&self) -> u64 {
        self.threads.n_decoded()
    }

    /// Reads one window of all inputs, and the mask, into the memory of `used`, a tile that is not needed any longer.
    ///
    /// # Errors
    ///
    /// As [`Source::read`].
    pub fn read_into(&mut self, window: Window, used: Option<Tile>) -> Result<Tile, SourceError> {
        check_window(&self.grid, window)?;
        let mut used = used.map_or_else(Vec::new, |tile| tile.inputs).into_iter();
        let inputs = if let Some(inputs) = self.nothing_stored(window)? {
            inputs
        } else {
            self.is_counting = true;
            let inputs = self.read_inputs(window, &mut used);
            self.is_counting = false;
            inputs?
        };
        let inside = match &self.mask {
            Some(mask) => Some(mask.read(&self.grid, window, &mut self.mask_raster)?),
            None => None,
        };
        Ok(Tile {
            window,
            inputs,
            inside,
        })
    }

    /// One number a step of each input, where no file has a block of the window.
    fn nothing_stored(&self, window: Window) -> Result<Option<Vec<Stored>>, SourceError> {
        let is_on_cells = |of: &ReadInput| of.input.cells().is_some();
        if !self.is_for_run || window.n_pixels() == 1 || self.inputs.iter().any(is_on_cells) {
            return Ok(None);
        }
        let inputs = (0..self.inputs.len()).map(|input| self.reading(input, window).bands);
        nothing_stored(&inputs.collect::<Vec<_>>(), window)
    }

    /// A window of all inputs.
    fn read_inputs(
        &mut self,
        window: Window,
        used: &mut impl Iterator<Item = Stored>,
    ) -> Result<Vec<Stored>, SourceError> {
        let mut on_grid: Vec<Option<Stored>> = Vec::with_capacity(self.inputs.len());
        for of in &self.inputs {
            let (input, memory) = (&of.input, used.next());
            if input.cells().is_some() {
                if of.with_positions {
                    used.next();
                }
                on_grid.push(None);
                continue;
            }
            let n = input.timing.n_steps() * window.n_pixels();
            on_grid.push(Some(Stored::in_memory_of(memory, input.data_type(), n)));
        }
        self.read_on_grid(window, &mut on_grid)?;
        let mut read = Vec::with_capacity(self.inputs.len());
        // Inputs on one grid share the positions.
        let mut located: Vec<(SourceGrid, Located)> = Vec::new();
        for (input, stored) in on_grid.into_iter().enumerate() {
            let cells = self.inputs[input].input.cells();
            let Some(source) = cells.map(|cells| cells.source.clone()) else {
                read.extend(stored);
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
        Ok(read)
    }

    /// A window of the inputs on the study grid, all together so that no core waits at the end of an input.
    fn read_on_grid(&self, window: Window, to: &mut [Option<Stored>]) -> Result<(), SourceError> {
        let steps = |of: &ReadInput| (0..of.input.timing.n_steps()).collect::<Vec<usize>>();
        let steps: Vec<Vec<usize>> = self.inputs.iter().map(steps).collect();
        let (mut shared, mut alone) = (Vec::new(), Vec::new());
        for (input, (to, steps)) in to.iter_mut().zip(&steps).enumerate() {
            let Some(to) = to else { continue };
            let reading = Reading {
                store: self.store.as_ref(),
                ..self.reading(input, window)
            };
            let tasks = if self.is_alone(input) {
                &mut alone
            } else {
                &mut shared
            };
            tasks.extend(reading.tasks_for(steps, to));
        }
        self.threads.run(shared, alone, self.datasets.most_open())
    }

    /// Whether its blocks are decoded by the thread that asks for windows alone.
    fn is_alone(&self, input: usize) -> bool {
        let of = &self.inputs[input];
        of.at_a_time == 0 || of.input.layout.needs_one_thread()
    }

    fn reading(&self, input: usize, window: Window) -> Reading<'_> {
        let of = &self.inputs[input];
        Reading {
            bands: self
                .threads
                .bands(input, &of.input, &self.datasets, self.is_counting),
            window,
            store: None,
            at_a_time: of.at_a_time,
        }
    }

    /// A window of the input's own grid, `[step of steps][pixel]`.
    fn read_file(
        &self,
        input: usize,
        steps: &[usize],
        window: Window,
    ) -> Result<Stored, SourceError> {
        let data_type = self.inputs[input].input.data_type();
        let mut read = Stored::zeros(data_type, steps.len() * window.n_pixels());
        let n = read.len();
        let tasks = self.reading(input, window).tasks_for(steps, &mut read);
        let is_small = n < SMALL_WINDOW;
        let (shared, alone) = if is_small || self.is_alone(input) {
            (Vec::new(), tasks)
        } else {
            (tasks, Vec::new())
        };
        self.threads.run(shared, alone, self.datasets.most_open())?;
        Ok(read)
    }

    /// Cells of some steps of an input on a grid of its own, `[step of steps][cell]`; on a grid
    /// around the globe the first columns follow the last.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub(crate) fn read_cells(
        &self,
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
        self.read_into(window, None)
    }
}

fn check_window(grid: &Grid, window: Window) -> Result<(), SourceError> {
    if grid.holds(window) {
        return Ok(());
    }
    Err(SourceError::Grid(GridError::Window {
        window,
        height: grid.height,
        width: grid.width,
    }))
}
