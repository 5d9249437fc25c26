//! One input, opened: what its files hold, for which steps, where, and how its numbers are stored.
//!
//! Opening goes through stages, each of its own type: [`ScannedInput`] (what the files state) ->
//! [`ArrangedInput`] (which band is which step) -> [`OpenedInput`] (where it is on the study grid)
//! -> [`InputSpec`] (in the unit of the engine).
//!
//! [`ScannedInput`]: crate::sources::open::ScannedInput
//! [`ArrangedInput`]: crate::sources::open::ArrangedInput

use std::sync::Arc;

use crate::grid::Grid;
use crate::products::Preset;
use crate::sources::error::SourceError;
use crate::sources::files::input_file::InputFile;
use crate::sources::grids::error::GridError;
use crate::sources::grids::placement::{NeededCells, Placement};
use crate::sources::times::steps::Timing;
use crate::sources::values::fill_counts::{FillCount, FillCounts, SuspectZeros};
use crate::sources::values::packing::{Packing, Storage};
use crate::sources::windows::left_out::{Unreadable, UnreadableBlocks};
use crate::tile::{DataType, Decoding, Geometry, InputSpec};

/// How the files of an input are laid out on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// GDAL driver of the first file.
    pub driver: String,
    /// Columns and rows of a block of the first file.
    pub block_size: (usize, usize),
    /// Reading all bands of a piece before the next piece is faster.
    pub(crate) is_piecewise: bool,
    /// Layers of a Zarr store that are decoded together, else 1.
    pub(crate) depth: usize,
    /// Its blocks are those of one file, and not of a mosaic, whose files have others.
    pub(crate) has_own_blocks: bool,
}

/// Rows and columns in which mosaics are read.
const MOSAIC_PIECE: [usize; 2] = [256, 256];

impl Layout {
    /// Rows and columns that are decoded together.
    pub(crate) fn unit(&self) -> [usize; 2] {
        if self.has_own_blocks {
            [self.block_size.1, self.block_size.0]
        } else {
            MOSAIC_PIECE
        }
    }

    /// Whether a second thread would not help: netCDF and HDF lock globally.
    pub(crate) fn needs_one_thread(&self) -> bool {
        self.driver.contains("HDF") || self.driver == "netCDF"
    }
}

/// One input with every file scanned, but no pixel read.
#[derive(Clone, Debug)]
pub struct OpenedInput {
    /// Name in the study file.
    pub name: String,
    /// Its files.
    pub files: Vec<InputFile>,
    /// How its files are laid out on disk.
    pub layout: Layout,
    /// The unit that the files state.
    pub file_unit: Option<String>,
    /// How its stored numbers become quantities.
    pub packing: Packing,
    /// Which steps it has.
    pub timing: Timing,
    /// Its own grid.
    pub grid: Grid,
    /// How it comes to the study grid; `None` if the study grid is not known.
    pub placement: Option<Placement>,
    /// How the numbers of each file are read.
    pub(crate) storage: Storage,
    /// Stored numbers that mean missing, counted while tiles are read.
    pub(crate) fill_counts: Arc<FillCounts>,
    /// Whether blocks that cannot be read are missing; else they end the run.
    pub(crate) skips_unreadable: bool,
    /// Those that were left out.
    pub(crate) unreadable: Arc<Unreadable>,
    /// The product that the study names.
    pub(crate) product: Option<Preset>,
}

impl OpenedInput {
    /// Blocks that could not be read and count as missing; `None` if there are none.
    #[must_use]
    pub fn unreadable(&self) -> Option<UnreadableBlocks> {
        self.unreadable.report()
    }

    /// How the stored numbers become the quantity that the files state, in their own unit.
    #[must_use]
    pub fn decoding(&self) -> Decoding {
        self.decoding_to(0.0, &[1.0])
    }

    /// As [`OpenedInput::decoding`], then converted: `quantity = (stored · scale + offset + add) ·
    /// factor`.
    fn decoding_to(&self, add: f64, factor: &[f64]) -> Decoding {
        let Packing {
            scale,
            offset,
            nodata,
            valid_range,
        } = &self.packing;
        // Converted numbers have lost their codes already: what is missing is NaN.
        let is_native = matches!(self.storage, Storage::Native { .. });
        let nodata = if is_native { &nodata[..] } else { &[] };
        Decoding {
            bias: (offset + add) / scale,
            scale: factor.iter().map(|factor| factor * scale).collect(),
            valid_range: valid_range.filter(|_| is_native),
            nodata: nodata.iter().copied().take(Decoding::MAX_NODATA).collect(),
        }
    }

    /// The input as the engines see it, in the unit of its files.
    #[must_use]
    pub fn spec(&self, unit: impl Into<String>) -> InputSpec {
        self.spec_with(unit.into(), self.decoding())
    }

    /// The input as the engines see it, converted: `quantity = (stored · scale + offset + add) ·
    /// factor`.
    ///
    /// # Arguments
    ///
    /// * `unit` - the unit after the conversion.
    /// * `factor` - one for all steps, or one a step, `[step]`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Factors`]: another number of factors.
    pub fn converted(
        &self,
        unit: impl Into<String>,
        add: f64,
        factor: &[f64],
    ) -> Result<InputSpec, SourceError> {
        let n_steps = self.timing.n_steps();
        if factor.len() != 1 && factor.len() != n_steps {
            return Err(SourceError::Factors {
                input: self.name.clone(),
                n_steps,
                n_factors: factor.len(),
            });
        }
        Ok(self.spec_with(unit.into(), self.decoding_to(add, factor)))
    }

    /// `most_cells` of an input on a grid of its own is 0: it is known once the study is cut into
    /// tiles.
    fn spec_with(&self, unit: String, decoding: Decoding) -> InputSpec {
        let geometry = self
            .cells()
            .map_or(Geometry::StudyGrid, |cells| Geometry::SourceGrid {
                resampling: cells.source.resampling,
                reach: cells.source.reach,
                most_cells: 0,
            });
        InputSpec {
            name: self.name.clone(),
            unit,
            steps: self.timing.steps,
            n_steps: self.timing.n_steps(),
            data_type: self.data_type(),
            decoding,
            geometry,
        }
    }

    /// The type in which readers give its numbers.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.storage.data_type()
    }

    /// How it comes to the study grid, in a sentence; empty if the study grid is not known.
    #[must_use]
    pub fn how_placed(&self) -> &str {
        self.placement
            .as_ref()
            .map_or("", |placement| &placement.how)
    }

    /// Its grid cannot be related to the study grid.
    pub(crate) fn cannot_be_placed(&self, reason: String) -> SourceError {
        SourceError::Grid(GridError::CannotPlace {
            input: self.name.clone(),
            path: self
                .files
                .first()
                .map(|file| file.path.clone())
                .unwrap_or_default(),
            reason,
        })
    }

    /// The cells that the study needs, where its grid is not the study's.
    pub(crate) fn cells(&self) -> Option<&NeededCells> {
        self.placement.as_ref()?.cells.as_ref()
    }

    /// Stored numbers that mean missing in the tiles read so far, by code; each tile counts once.
    #[must_use]
    pub fn fill_counts(&self) -> Vec<FillCount> {
        self.fill_counts.rows(self.product)
    }

    /// Zeros in the tiles read so far that look like an undeclared fill value.
    #[must_use]
    pub fn suspect_zeros(&self) -> Option<SuspectZeros> {
        self.fill_counts.suspect_zeros()
    }

    /// Memory that decoding one block takes.
    pub(crate) fn block_bytes(&self) -> usize {
        let [height, width] = self.layout.unit();
        let n_bands = if self.layout.is_piecewise {
            self.timing.n_steps().div_ceil(self.files.len().max(1))
        } else {
            1
        };
        let n_bands = n_bands.max(self.layout.depth);
        let n_pixels = height.min(self.grid.height) * width.min(self.grid.width);
        // Converted numbers are read as doubles.
        let bytes = match &self.storage {
            Storage::Native { data_type, .. } => data_type.bytes(),
            Storage::Converted(_) => size_of::<f64>(),
        };
        // Once with GDAL and once here.
        n_pixels * bytes * (n_bands + 1)
    }

    /// Bytes of a pixel in all steps.
    #[must_use]
    pub fn bytes_per_pixel(&self) -> usize {
        self.timing.n_steps() * self.data_type().bytes()
    }
}
