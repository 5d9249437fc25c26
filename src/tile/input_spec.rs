//! An input as the engines see it, and the grid that its numbers are on.

use super::decoding::{DataType, Decoding};
use super::stored::Stored;
use crate::calendar::Steps;

/// How an input on another grid is brought to the study grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resampling {
    /// The value of the cell that holds the pixel's centre.
    Nearest,
    /// From the four cells around, as far as they are there.
    Bilinear,
    /// From the sixteen cells around.
    Cubic,
    /// The mean of the cells under the pixel, by the area they share with it.
    Average,
    /// The value that covers most of the pixel.
    Mode,
}

impl Resampling {
    /// Every way with its word in a study file.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("nearest", Self::Nearest),
        ("bilinear", Self::Bilinear),
        ("cubic", Self::Cubic),
        ("average", Self::Average),
        ("mode", Self::Mode),
    ];

    /// The word of the study file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, way)| *way == self)
            .map_or("", |(word, _)| word)
    }

    /// Whether it takes the cells under the pixel, and not those around its centre.
    #[must_use]
    pub fn takes_area(self) -> bool {
        matches!(self, Self::Average | Self::Mode)
    }
}

impl std::fmt::Display for Resampling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The grid that the numbers of an input are on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Geometry {
    /// On the study grid: a number a pixel.
    #[default]
    StudyGrid,
    /// On a grid of its own: a tile brings the cells that its pixels need, `[step][cell]`, row by row.
    SourceGrid {
        /// How they become a value of a pixel.
        resampling: Resampling,
        /// Cells that a pixel is wide and high, 1 where it is smaller than a cell: the weights of
        /// interpolation widen by it, so that no cell is skipped.
        reach: [f64; 2],
        /// As many cells as any tile brings.
        most_cells: usize,
    },
    /// Not numbers of a file, but the position of each pixel among the cells of the input before it,
    /// see [`places`].
    Positions,
}

/// The steps of an input that holds the positions of pixels among cells.
pub mod places {
    /// Column of the cell that holds the pixel's centre, from the first that the tile brings.
    pub const COL: usize = 0;
    /// How far into that cell the centre is, 0..1.
    pub const COL_PART: usize = 1;
    /// Row of that cell.
    pub const ROW: usize = 2;
    /// How far down into it.
    pub const ROW_PART: usize = 3;
    /// Half the width of the pixel, in cells.
    pub const HALF_WIDTH: usize = 4;
    /// Half the height.
    pub const HALF_HEIGHT: usize = 5;
    /// Place of the tile's first cell among all that it brings.
    pub const FIRST: usize = 6;
    /// Columns of cells that the tile brings.
    pub const COLUMNS: usize = 7;
    /// Rows of cells that the tile brings.
    pub const ROWS: usize = 8;
    /// How many steps these are.
    pub const COUNT: usize = 9;
}

/// An input as the engines see it.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSpec {
    /// Its name in the study file.
    pub name: String,
    /// The unit after decoding.
    pub unit: String,
    /// How often it has a value.
    pub steps: Steps,
    /// Number of steps.
    pub n_steps: usize,
    /// The type of its stored numbers.
    pub data_type: DataType,
    /// How they become quantities.
    pub decoding: Decoding,
    /// The grid that they are on.
    pub geometry: Geometry,
}

impl InputSpec {
    /// The input that holds the positions of the pixels among the cells of this one.
    #[must_use]
    pub fn places(&self) -> Self {
        Self {
            name: format!("places of {}", self.name),
            unit: "1".to_owned(),
            steps: Steps::Members(places::COUNT),
            n_steps: places::COUNT,
            data_type: DataType::F32,
            decoding: Decoding::identity(),
            geometry: Geometry::Positions,
        }
    }

    /// Whether it is on a grid of its own.
    #[must_use]
    pub fn is_on_cells(&self) -> bool {
        matches!(self.geometry, Geometry::SourceGrid { .. })
    }

    /// Bytes of one pixel in all steps; 0 if it is on a grid of its own, which has cells instead of pixels.
    #[must_use]
    pub fn bytes_per_pixel(&self) -> usize {
        if self.is_on_cells() {
            0
        } else {
            self.n_steps * self.data_type.bytes()
        }
    }

    /// Bytes of the most cells that a tile brings; 0 if it is on the study grid.
    #[must_use]
    pub fn bytes_of_cells(&self) -> usize {
        match self.geometry {
            Geometry::SourceGrid { most_cells, .. } => {
                self.n_steps * self.data_type.bytes() * most_cells
            }
            Geometry::StudyGrid | Geometry::Positions => 0,
        }
    }

    /// Numbers of one step that a tile of `n_pixels` has in `stored`.
    #[must_use]
    pub fn stride(&self, stored: &Stored, n_pixels: usize) -> usize {
        if self.is_on_cells() {
            stored.len() / self.n_steps.max(1)
        } else {
            n_pixels
        }
    }
}
