//! One opened input: which band of which file is each step, and how its numbers are stored.

use std::sync::Arc;

use crate::calendar::{Calendar, Steps, Time};
use crate::grid::Grid;
use crate::products::Preset;
use crate::sources::cell_cache::SharedCells;
use crate::sources::files::input_file::InputFile;
use crate::sources::grids::cells::OtherGrid;
use crate::sources::values::fill_counts::{FillCount, FillCounts, SuspectZeros};
use crate::tile::{DataType, Decoding, Geometry, InputSpec};

/// One input with every file looked at, but no pixel read.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedInput {
    /// Name in the study file.
    pub name: String,
    /// How often it has a value.
    pub steps: Steps,
    /// Number of steps.
    pub n_steps: usize,
    /// The type in which it is handed on.
    pub data_type: DataType,
    /// The unit the study states; over the file's.
    pub unit_word: Option<String>,
    /// GDAL's unit of the first band.
    pub file_unit: Option<String>,
    /// Factor used: the study's, else the file's, else 1.
    pub scale: f64,
    /// Offset used: the study's, else the file's, else 0.
    pub offset: f64,
    /// Stored numbers that mean missing: the file's and the study's.
    pub nodata: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Its files.
    pub files: Vec<InputFile>,
    /// GDAL driver of the first file.
    pub driver: String,
    /// Columns and rows of a block of the first file.
    pub block_size: (usize, usize),
    /// A sentence on where years and months come from.
    pub how_time_was_found: String,
    /// Its own grid.
    pub grid: Grid,
    /// How it comes to the study grid, in a sentence.
    pub how_placed: String,
    /// Its own grid once more, where that is not the study's, and how it is brought there.
    pub(crate) other: Option<OtherGrid>,
    /// Cells of it that readers keep.
    pub(crate) held: SharedCells,
    /// Steps that the study declares missing, in order.
    pub gaps: Vec<Time>,
    /// The calendar of its time axis; the months of a rate have its days.
    pub calendar: Calendar,
    /// Where each step is: the file, and the band from 1; `None` where it is declared missing, `[step]`.
    pub(crate) places: Vec<Option<(usize, usize)>>,
    /// How the numbers of each file become those handed on, `[file]`.
    pub(crate) storage: Vec<Storage>,
    /// What of it was no value, counted while tiles are read.
    pub(crate) fill_counts: Arc<FillCounts>,
    /// The product that it is.
    pub(crate) product: Option<Preset>,
    /// Reading all bands of a piece before the next piece is faster.
    pub(crate) is_piecewise: bool,
    /// Caller's conversion: `quantity = (stored · scale + offset + add) · factor`.
    pub(crate) add: f64,
    /// One factor, or one a step.
    pub(crate) factor: Vec<f64>,
}

/// How numbers of a file are treated on reading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Storage {
    /// Handed on as they are; `folded` codes become the first nodata code.
    Native {
        /// Nodata codes past those a shader is handed.
        folded: Vec<f64>,
    },
    /// Read as `f64`, missing ones set to NaN, then `f32`.
    Converted {
        /// Signed bytes, which GDAL before 3.7 gives as unsigned ones.
        is_signed_byte: bool,
        /// Codes that mean missing.
        nodata: Vec<f64>,
        /// Outside is missing.
        valid_range: Option<[f64; 2]>,
        /// Factor and offset, where they differ between the files; else 1 and 0.
        scale_offset: (f64, f64),
        /// The file's own mask says what is missing too.
        has_mask: bool,
    },
}

impl OpenedInput {
    /// How the numbers handed on become quantities, the caller's conversion included.
    #[must_use]
    pub fn decoding(&self) -> Decoding {
        let is_native = matches!(self.storage.first(), Some(Storage::Native { .. }));
        let nodata = if is_native { &self.nodata[..] } else { &[] };
        Decoding {
            bias: (self.offset + self.add) / self.scale,
            scale: self
                .factor
                .iter()
                .map(|factor| factor * self.scale)
                .collect(),
            valid_range: self.valid_range.filter(|_| is_native),
            nodata: nodata.iter().copied().take(Decoding::MAX_NODATA).collect(),
        }
    }

    /// The input as the engines see it, in `unit` after decoding; `most_cells` of an input on another grid are not
    /// known before the study is cut into tiles.
    #[must_use]
    pub fn spec(&self, unit: impl Into<String>) -> InputSpec {
        InputSpec {
            name: self.name.clone(),
            unit: unit.into(),
            steps: self.steps,
            n_steps: self.n_steps,
            data_type: self.data_type,
            decoding: self.decoding(),
            geometry: self.other.as_ref().map_or(Geometry::StudyGrid, |other| {
                Geometry::SourceGrid {
                    resampling: other.resampling,
                    reach: other.reach,
                    most_cells: 0,
                }
            }),
        }
    }

    /// Stored numbers that were no values in the tiles read so far, by code, each tile once.
    #[must_use]
    pub fn fill_counts(&self) -> Vec<FillCount> {
        self.fill_counts.rows(self.product)
    }

    /// Zeros in the tiles read so far that look like a fill value nobody declared.
    #[must_use]
    pub fn suspect_zeros(&self) -> Option<SuspectZeros> {
        self.fill_counts.suspect_zeros()
    }

    /// Bytes of one pixel of all steps.
    #[must_use]
    pub fn bytes_per_pixel(&self) -> usize {
        self.n_steps * self.data_type.bytes()
    }
}
