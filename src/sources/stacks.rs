//! All inputs of a study, opened, on one grid.

use std::path::Path;

use crate::calendar::Years;
use crate::gdal_calls::quiet_gdal;
use crate::grid::{Grid, Window};
use crate::sources::cell_cache::CellCache;
use crate::sources::error::SourceError;
use crate::sources::grids::cells_of_tiles;
use crate::sources::grids::locate::Locator;
use crate::sources::grids::mask::Mask;
use crate::sources::grids::mask_polygons::MaskPart;
use crate::sources::grids::study_grid::GridRequest;
use crate::sources::input::OpenedInput;
use crate::sources::open::ArrangedInput;
use crate::sources::reader::{GdalReader, ReadInput};
use crate::sources::request::InputRequest;
use crate::tile::{Decoding, Geometry, InputSpec};

/// Rows and columns to align tiles with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// The most rows and the most columns of a block that fits all inputs.
const MAX_BLOCK: usize = 1024;

/// All inputs of a study, opened, on one grid.
#[derive(Debug)]
pub struct Stacks {
    grid: Grid,
    inputs: Vec<OpenedInput>,
    mask: Option<Mask>,
    notes: Vec<String>,
    /// Cells that readers keep, by input.
    caches: Vec<CellCache>,
    /// Bytes of cells that readers may keep of each input on a grid of its own.
    cached_bytes: usize,
    /// Bytes that the blocks being decoded may take, all together, unless one alone takes more.
    decoding_bytes: usize,
}

/// Bytes of blocks being decoded, unless a budget says how many.
const DEFAULT_DECODING_BYTES: usize = 256 << 20;

/// Bytes of cells that readers keep of each input, so that a coarse file is not decoded again for
/// each tile.
const DEFAULT_CACHED_BYTES: usize = 64 << 20;

impl Stacks {
    /// Opens every file of every input and of the mask, without reading a pixel, for a study on the
    /// grid of one of its inputs: see [`Stacks::open_on`].
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
    /// * `years` – the study's years; other years in the files are ignored.
    /// * `grid` – the study grid.
    /// * `mask` – a raster on any grid (non-zero is inside) or polygons in any CRS (a pixel is
    ///   inside if its centre is).
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

    /// As [`Stacks::open_on`], but opens what can be opened, and gives everything that is wrong
    /// with the rest.
    ///
    /// Inputs that cannot be opened, or cannot be related to the study grid, are left out. If the
    /// input whose grid is the study grid cannot be opened, the others are not checked against a
    /// grid, and the mask is not opened.
    #[must_use]
    pub fn open_each(
        requests: &[InputRequest],
        years: Years,
        request: &GridRequest,
        mask: Option<&Path>,
    ) -> (Option<Self>, Vec<SourceError>) {
        quiet_gdal();
        let reference = match reference_index(requests, request) {
            Ok(reference) => reference,
            Err(error) => return (None, vec![error]),
        };
        let mut errors = Vec::new();
        let mut arranged: Vec<Option<ArrangedInput>> = Vec::new();
        for of_input in requests {
            let opened = ArrangedInput::open(of_input, years);
            arranged.push(opened.map_err(|several| errors.extend(several)).ok());
        }
        let grid_of = |input: &Option<ArrangedInput>| input.as_ref()?.grid().cloned();
        let like = arranged.get(reference).and_then(grid_of);
        let study =
            like.and_then(|like| request.grid(&like).map_err(|error| errors.push(error)).ok());
        let Some(grid) = study.clone().or_else(|| arranged.iter().find_map(grid_of)) else {
            if errors.is_empty() {
                errors.push(SourceError::NoInputs);
            }
            return (None, errors);
        };
        let (mut inputs, mut notes) = (Vec::new(), Vec::new());
        for input in arranged.into_iter().flatten() {
            match input.placed(study.as_ref()) {
                Ok((input, of_input)) => {
                    inputs.push(input);
                    notes.extend(of_input);
                }
                Err(error) => errors.push(error),
            }
        }
        let most_block_bytes = requests.iter().find_map(|request| request.most_block_bytes);
        let part = MaskPart {
            layer: request.mask_layer.as_deref(),
            filter: request.mask_where.as_deref(),
        };
        let mask = mask
            .filter(|_| study.is_some())
            .map(|path| Mask::open((path, part), &grid, most_block_bytes, &mut notes));
        let mask = mask.and_then(|mask| mask.map_err(|error| errors.push(error)).ok());
        let stacks = Self {
            grid,
            caches: inputs.iter().map(|_| CellCache::default()).collect(),
            inputs,
            mask,
            notes,
            cached_bytes: DEFAULT_CACHED_BYTES,
            decoding_bytes: DEFAULT_DECODING_BYTES,
        };
        (Some(stacks), errors)
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

    /// Decisions about the files that the user should know.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether there is a mask.
    #[must_use]
    pub fn has_mask(&self) -> bool {
        self.mask.is_some()
    }

    /// How the stored numbers of an input become quantities in the unit of its files.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`].
    pub fn decoding(&self, name: &str) -> Result<Decoding, SourceError> {
        self.input(name).map(OpenedInput::decoding)
    }

    /// Sets how many bytes of cells readers keep, all together, of each input on a grid of its own.
    pub fn keep_cells(&mut self, bytes: usize) {
        self.cached_bytes = bytes;
        self.caches = self.inputs.iter().map(|_| CellCache::default()).collect();
    }

    /// Bytes of cells that readers keep at most, all together.
    #[must_use]
    pub fn kept_cells_bytes(&self) -> usize {
        let kept = |input: &OpenedInput| {
            let n_cells = input.cells()?.window.n_cells();
            Some(self.cached_bytes.min(n_cells * input.bytes_per_pixel()))
        };
        self.inputs.iter().filter_map(kept).sum()
    }

    /// Sets how many bytes the blocks being decoded may take, all together, unless one alone takes more.
    pub fn limit_decoding(&mut self, bytes: usize) {
        self.decoding_bytes = bytes;
    }

    /// Bytes that the blocks being decoded take at most, all together, but for one that alone takes more.
    #[must_use]
    pub fn decoding_bytes(&self) -> usize {
        let bytes = |input: &OpenedInput| input.block_bytes() * self.blocks_at_a_time(input);
        self.inputs.iter().map(bytes).sum()
    }

    /// How many blocks of an input may be decoded at a time; 0 where one takes more than its share.
    fn blocks_at_a_time(&self, input: &OpenedInput) -> usize {
        let share = self.decoding_bytes / self.inputs.len().max(1);
        let n_threads = if input.layout.needs_one_thread() {
            1
        } else {
            rayon::current_num_threads()
        };
        (share / input.block_bytes().max(1)).min(n_threads)
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

    /// A reader of inputs as the engines see them: an input on a grid of its own is given as its
    /// cells, followed by the positions of the pixels among them if `inputs` has these too.
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
            let index = self.index(&spec.name)?;
            let positions = spec.places().name;
            read.push(ReadInput {
                input: self.inputs[index].clone(),
                cache: self.caches[index].clone(),
                max_cells: match spec.geometry {
                    Geometry::SourceGrid { most_cells, .. } if most_cells > 0 => Some(most_cells),
                    _ => None,
                },
                with_positions: inputs.iter().any(|other| other.name == positions),
                at_a_time: self.blocks_at_a_time(&self.inputs[index]),
            });
        }
        Ok(GdalReader::new(
            self.grid.clone(),
            read,
            self.mask.clone(),
            self.cached_bytes,
        ))
    }

    /// The most cells of an input that any of these windows, the tiles of the study row by row,
    /// needs; 0 if the input is on the study grid.
    ///
    /// # Errors
    ///
    /// [`SourceError::UnknownInput`], or a grid that cannot be related.
    pub fn most_cells(&self, name: &str, windows: &[Window]) -> Result<usize, SourceError> {
        let input = self.input(name)?;
        let Some(cells) = input.cells() else {
            return Ok(0);
        };
        let locator = Locator::new(&self.grid, &cells.source.grid)
            .map_err(|reason| input.cannot_be_placed(reason))?;
        Ok(cells_of_tiles::most_cells(
            &locator, &self.grid, cells, windows,
        ))
    }

    /// Whether one thread alone decodes every input: netCDF and HDF lock globally. Other inputs are decoded by all threads,
    /// also beside these.
    #[must_use]
    pub fn needs_one_thread(&self) -> bool {
        self.inputs
            .iter()
            .all(|input| input.layout.needs_one_thread())
    }

    /// The block to align tiles with: the smallest that all inputs share, while it stays
    /// small.
    #[must_use]
    pub fn block(&self) -> Block {
        let sizes = || {
            self.inputs
                .iter()
                .filter(|input| input.cells().is_none())
                .map(|input| input.layout.block_size)
        };
        Block {
            height: shared(sizes().map(|size| size.1), self.grid.height),
            width: shared(sizes().map(|size| size.0), self.grid.width),
        }
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

/// The input whose grid the study takes: the one that is named, else `npp`, else the first.
fn reference_index(requests: &[InputRequest], grid: &GridRequest) -> Result<usize, SourceError> {
    let names: Vec<&str> = requests
        .iter()
        .map(|request| request.name.as_str())
        .collect();
    match grid.like.as_deref() {
        Some(like) => index_of(&names, like),
        None => Ok(names.iter().position(|name| *name == "npp").unwrap_or(0)),
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

/// Least common multiple of block sides, or the largest side if the multiple is too large.
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
