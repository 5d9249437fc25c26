//! All inputs of a study, opened, on one grid.

use std::path::Path;

use crate::calendar::Years;
use crate::gdal_calls::quiet_gdal;
use crate::grid::{Grid, Window};
use crate::sources::cell_cache::SharedCells;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::CellWindow;
use crate::sources::grids::cells_of_tiles;
use crate::sources::grids::locate::Locator;
use crate::sources::grids::mask::Mask;
use crate::sources::grids::study_grid::GridRequest;
use crate::sources::input::OpenedInput;
use crate::sources::open::{self, Opening, placed};
use crate::sources::reader::{GdalReader, ReadInput};
use crate::sources::request::InputRequest;
use crate::sources::values::suspects::{Suspect, suspects};
use crate::tile::{Decoding, Geometry, InputSpec, Stored};

/// Rows and columns that tiles are best made multiples of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// A block that fits all inputs is not made higher or wider than this.
const MAX_BLOCK: usize = 1024;

/// All inputs of a study, opened, on one grid.
#[derive(Debug)]
pub struct Stacks {
    grid: Grid,
    inputs: Vec<OpenedInput>,
    mask: Option<Mask>,
    notes: Vec<String>,
    /// Bytes of cells that readers may keep of each input on another grid.
    cells_bytes: usize,
}

/// Cells of an input on another grid that readers keep, so that a coarse file is not decoded again for each tile.
const DEFAULT_CELLS_BYTES: usize = 64 << 20;

impl Stacks {
    /// Opens every file of every input and of the mask, without reading a pixel, for a study on the grid of one of
    /// its inputs: see [`Stacks::open_on`].
    ///
    /// # Errors
    ///
    /// The first thing wrong with an input: see [`SourceError`].
    pub fn open(
        requests: &[InputRequest],
        years: Years,
        like: Option<&str>,
        mask: Option<&Path>,
    ) -> Result<Self, SourceError> {
        let grid = GridRequest {
            like: like.map(str::to_owned),
            ..GridRequest::default()
        };
        Self::open_on(requests, years, &grid, mask)
    }

    /// Opens every file of every input and of the mask, without reading a pixel.
    ///
    /// # Arguments
    ///
    /// * `years` – the study's years; other years in the files are left aside.
    /// * `grid` – the study grid.
    /// * `mask` – a raster on any grid (non-zero is inside) or polygons in any reference system (inside is what holds
    ///   the pixel's centre).
    ///
    /// # Errors
    ///
    /// The first thing wrong with an input: see [`SourceError`].
    pub fn open_on(
        requests: &[InputRequest],
        years: Years,
        grid: &GridRequest,
        mask: Option<&Path>,
    ) -> Result<Self, SourceError> {
        let (stacks, errors) = Self::open_each(requests, years, grid, mask);
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => stacks.ok_or(SourceError::NoInputs),
        }
    }

    /// Opens what can be opened of the same, and gives everything that is wrong with the rest.
    ///
    /// Inputs that cannot be opened, or cannot be brought to the study grid, are left out. Without the input whose
    /// grid is the study grid the others are held against nothing, and the mask is not looked at.
    #[must_use]
    pub fn open_each(
        requests: &[InputRequest],
        years: Years,
        grid: &GridRequest,
        mask: Option<&Path>,
    ) -> (Option<Self>, Vec<SourceError>) {
        quiet_gdal();
        let names: Vec<&str> = requests
            .iter()
            .map(|request| request.name.as_str())
            .collect();
        let reference = match grid.like.as_deref().map(|like| index_of(&names, like)) {
            Some(Err(error)) => return (None, vec![error]),
            Some(Ok(reference)) => reference,
            None => names.iter().position(|name| *name == "npp").unwrap_or(0),
        };
        let mut errors = Vec::new();
        let mut opened: Vec<Option<Opening>> = Vec::new();
        for request in requests {
            opened.push(
                open::open(request, years)
                    .map_err(|several| errors.extend(several))
                    .ok(),
            );
        }
        let grid_of = |opening: &Option<Opening>| opening.as_ref()?.grids.first().cloned();
        let like = opened.get(reference).and_then(grid_of);
        let study = like.and_then(|like| grid.grid(&like).map_err(|error| errors.push(error)).ok());
        let Some(grid) = study.clone().or_else(|| opened.iter().find_map(grid_of)) else {
            if errors.is_empty() {
                errors.push(SourceError::NoInputs);
            }
            return (None, errors);
        };
        let (mut inputs, mut notes) = (Vec::new(), Vec::new());
        for opening in opened.into_iter().flatten() {
            match placed(opening, study.as_ref()) {
                Ok((input, of_input)) => {
                    inputs.push(input);
                    notes.extend(of_input);
                }
                Err(error) => errors.push(error),
            }
        }
        let most_block_bytes = requests.iter().find_map(|request| request.most_block_bytes);
        let mask = mask
            .filter(|_| study.is_some())
            .map(|path| Mask::open(path, &grid, most_block_bytes));
        let mask = mask.and_then(|mask| mask.map_err(|error| errors.push(error)).ok());
        (
            Some(Self {
                grid,
                inputs,
                mask,
                notes,
                cells_bytes: DEFAULT_CELLS_BYTES,
            }),
            errors,
        )
    }

    /// The study grid.
    #[must_use]
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The inputs in the order of the requests.
    #[must_use]
    pub fn inputs(&self) -> &[OpenedInput] {
        &self.inputs
    }

    /// One input.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`].
    pub fn input(&self, name: &str) -> Result<&OpenedInput, SourceError> {
        Ok(&self.inputs[self.index(name)?])
    }

    /// What was decided about the files that the user may want to know.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether there is a mask.
    #[must_use]
    pub fn has_mask(&self) -> bool {
        self.mask.is_some()
    }

    /// States how stored quantities become those of the engine:
    /// `quantity = (stored · scale + offset + add) · factor`.
    ///
    /// # Arguments
    ///
    /// * `factor` – one for all steps, or one a step, `[step]`.
    ///
    /// # Errors
    ///
    /// An unknown input, or another number of factors.
    pub fn set_conversion(
        &mut self,
        input_name: &str,
        add: f64,
        factor: Vec<f64>,
    ) -> Result<(), SourceError> {
        let index = self.index(input_name)?;
        let input = &mut self.inputs[index];
        if factor.len() != 1 && factor.len() != input.n_steps {
            return Err(SourceError::Factors {
                input: input_name.to_owned(),
                n_steps: input.n_steps,
                n_factors: factor.len(),
            });
        }
        input.add = add;
        input.factor = factor;
        Ok(())
    }

    /// How the stored numbers of an input become quantities, the conversion included.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`].
    pub fn decoding(&self, name: &str) -> Result<Decoding, SourceError> {
        self.input(name).map(OpenedInput::decoding)
    }

    /// Sets how many bytes of cells readers keep, all together, of each input on another grid.
    pub fn keep_cells(&mut self, bytes: usize) {
        self.cells_bytes = bytes;
        for input in &mut self.inputs {
            input.held = SharedCells::default();
        }
    }

    /// Bytes of cells that readers keep at most, all together.
    #[must_use]
    pub fn kept_cells_bytes(&self) -> usize {
        let others = self
            .inputs
            .iter()
            .filter_map(|input| Some((input, input.other.as_ref()?)));
        let kept = others.map(|(input, other)| {
            self.cells_bytes
                .min(other.needed.n_cells() * input.bytes_per_pixel())
        });
        kept.sum()
    }

    /// A reader of some inputs, in the order given, with file handles of its own.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`]; files are opened on the first window.
    pub fn reader(&self, inputs: &[String]) -> Result<GdalReader, SourceError> {
        let specs = inputs.iter().map(|name| Ok(self.input(name)?.spec("1")));
        self.reader_of(&specs.collect::<Result<Vec<_>, SourceError>>()?)
    }

    /// A reader of inputs as the engines see them: an input on another grid is its cells, followed by the places of
    /// the pixels among them where `inputs` has these too.
    ///
    /// # Errors
    ///
    /// As [`Stacks::reader`].
    pub fn reader_of(&self, inputs: &[InputSpec]) -> Result<GdalReader, SourceError> {
        let mut read = Vec::new();
        for spec in inputs
            .iter()
            .filter(|spec| spec.geometry != Geometry::Positions)
        {
            let places = spec.places().name;
            let most_cells = if let Geometry::SourceGrid { most_cells, .. } = spec.geometry {
                most_cells
            } else {
                0
            };
            let with_places = inputs.iter().any(|other| other.name == places);
            read.push(ReadInput {
                input: self.input(&spec.name)?.clone(),
                most_cells,
                with_places,
            });
        }
        Ok(GdalReader::new(
            self.grid.clone(),
            read,
            self.mask.clone(),
            self.cells_bytes,
        ))
    }

    /// As many cells of an input on another grid as any of these windows, the tiles of the study row by row, needs at
    /// most; 0 for one on the study grid.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`], or a grid that cannot be related.
    pub fn most_cells(&self, name: &str, windows: &[Window]) -> Result<usize, SourceError> {
        let input = self.input(name)?;
        let Some(other) = &input.other else {
            return Ok(0);
        };
        let locator =
            Locator::new(&self.grid, &other.grid).map_err(|reason| SourceError::CannotPlace {
                input: name.to_owned(),
                path: input
                    .files
                    .first()
                    .map(|file| file.path.clone())
                    .unwrap_or_default(),
                reason,
            })?;
        Ok(cells_of_tiles::most_cells(
            &locator, &self.grid, other, windows,
        ))
    }

    /// Whether a second reader gains nothing: netCDF and HDF lock globally.
    #[must_use]
    pub fn needs_one_reader(&self) -> bool {
        self.inputs
            .iter()
            .any(|input| input.driver.contains("HDF") || input.driver == "netCDF")
    }

    /// The block that tiles are best aligned with: the least that all inputs share, while it stays
    /// small.
    #[must_use]
    pub fn block(&self) -> Block {
        let sizes = || {
            self.inputs
                .iter()
                .filter(|input| input.other.is_none())
                .map(|input| input.block_size)
        };
        Block {
            height: shared(sizes().map(|size| size.1), self.grid.height),
            width: shared(sizes().map(|size| size.0), self.grid.width),
        }
    }

    /// Up to `n` valid quantities of an input, from small windows spread over the grid and the
    /// steps, the conversion included.
    ///
    /// # Errors
    ///
    /// An unknown input, or a file that cannot be read.
    pub fn sample(&self, name: &str, n: usize) -> Result<Vec<f64>, SourceError> {
        Ok(self.sample_and_suspects(name, n)?.0)
    }

    /// A sample as of [`Stacks::sample`], and its stored numbers that look like fill values nobody declared.
    ///
    /// # Errors
    ///
    /// As [`Stacks::sample`].
    pub fn sample_and_suspects(
        &self,
        name: &str,
        n: usize,
    ) -> Result<(Vec<f64>, Vec<Suspect>), SourceError> {
        let input = self.input(name)?;
        let decoding = input.decoding();
        let mut reader = self.reader(&[name.to_owned()])?;
        let last = input.n_steps.saturating_sub(1);
        let mut steps = vec![0, last / 3, last / 2, last * 2 / 3, last];
        steps.dedup();
        let (mut sample, mut numbers) = (Vec::new(), Vec::new());
        // Of its own grid, which need not be that of the study where the study's could not be had.
        let Grid { height, width, .. } = input.grid;
        let whole = CellWindow {
            row: 0,
            col: 0,
            height,
            width,
        };
        let cells = input.other.as_ref().map_or(whole, |other| other.needed);
        for window in spread_windows(cells.height, cells.width) {
            if sample.len() >= n {
                break;
            }
            let stored = reader.read_cells(0, &steps, cells.part(window))?;
            sample.extend(valid_quantities(
                &stored,
                &decoding,
                &steps,
                window.n_pixels(),
                &mut numbers,
            ));
        }
        sample.truncate(n);
        Ok((sample, suspects(&numbers)))
    }

    fn index(&self, name: &str) -> Result<usize, SourceError> {
        let names: Vec<&str> = self
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect();
        index_of(&names, name)
    }
}

fn index_of(names: &[&str], name: &str) -> Result<usize, SourceError> {
    names
        .iter()
        .position(|known| *known == name)
        .ok_or_else(|| SourceError::UnknownInput {
            input: name.to_owned(),
            inputs: names.iter().map(|&name| name.to_owned()).collect(),
        })
}

/// Least common multiple of block sides, or the largest of them where that grows too large.
fn shared(sides: impl Iterator<Item = usize> + Clone, whole: usize) -> usize {
    let sides = sides.map(|side| side.clamp(1, whole.max(1)));
    let common = sides.clone().try_fold(1_usize, |common, side| {
        let next = common / gcd(common, side) * side;
        (next <= MAX_BLOCK).then_some(next)
    });
    common
        .unwrap_or_else(|| sides.max().unwrap_or(1))
        .min(whole.max(1))
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// Windows of at most 16 x 16 pixels from the middle outwards, 5 x 5 of them on a large grid.
fn spread_windows(whole_height: usize, whole_width: usize) -> Vec<Window> {
    let cut = |length: usize, part: usize| {
        let size = length.min(16);
        (((length - size) * part) / 4, size)
    };
    let order = [2, 1, 3, 0, 4];
    let mut windows = Vec::new();
    for &down in &order {
        for &across in &order {
            let (row, height) = cut(whole_height, down);
            let (col, width) = cut(whole_width, across);
            let window = Window {
                row,
                col,
                height,
                width,
            };
            if !windows.contains(&window) {
                windows.push(window);
            }
        }
    }
    windows
}

/// Quantities of the stored numbers that are values, which are put to `found`.
fn valid_quantities(
    stored: &Stored,
    decoding: &Decoding,
    steps: &[usize],
    n_pixels: usize,
    found: &mut Vec<f64>,
) -> Vec<f64> {
    let numbers: Vec<f64> = match stored {
        Stored::U8(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::I16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::U16(v) => v.iter().map(|&x| f64::from(x)).collect(),
        Stored::F32(v) => v.iter().map(|&x| f64::from(x)).collect(),
    };
    let is_valid = |x: f64| {
        x.is_finite()
            && !decoding.nodata.contains(&x)
            && decoding
                .valid_range
                .is_none_or(|[low, high]| (low..=high).contains(&x))
    };
    let of_step = |(step, numbers): (&usize, &[f64])| {
        let scale = decoding.scale_of(*step);
        let valid = numbers.iter().filter(|x| is_valid(**x));
        found.extend(valid.clone());
        valid
            .map(|x| (x + decoding.bias) * scale)
            .collect::<Vec<_>>()
    };
    steps
        .iter()
        .zip(numbers.chunks_exact(n_pixels))
        .flat_map(of_step)
        .collect()
}
