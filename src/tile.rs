//! What travels from a source to an engine and on to a sink: one window of every input as it is
//! stored, and one window of every layer that was asked for.

use crate::calendar::Steps;
use crate::grid::Window;

/// The type in which an input is stored and uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Unsigned bytes.
    U8,
    /// Signed 16-bit integers.
    I16,
    /// Unsigned 16-bit integers.
    U16,
    /// 32-bit floats. Files of any other type are converted to these on reading.
    F32,
}

impl DataType {
    /// Bytes of one value.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

/// How stored numbers become quantities: `value = (stored + bias) · scale`.
///
/// The offset of a file is added before the scale, so that a bias that is a whole number of steps
/// (kelvin in hundredths, say) loses no digits in `f32`.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoding {
    /// Added to the stored number.
    pub bias: f64,
    /// Factor to the unit of the engine, one a step or one for all steps, `[step]`.
    pub scale: Vec<f64>,
    /// Stored numbers outside are missing.
    pub valid_range: Option<[f64; 2]>,
    /// Stored numbers that mean missing; at most [`Decoding::MAX_NODATA`].
    pub nodata: Vec<f64>,
}

impl Decoding {
    /// The most nodata codes that a shader takes.
    pub const MAX_NODATA: usize = 8;

    /// Stored numbers are the quantity itself.
    #[must_use]
    pub fn identity() -> Self {
        Self {
            bias: 0.0,
            scale: vec![1.0],
            valid_range: None,
            nodata: Vec::new(),
        }
    }

    /// The valid range as the smallest and largest finite `f32` inside it, so that a bound means the
    /// same in both widths; all finite numbers where there is none.
    #[must_use]
    pub fn bounds_f32(&self) -> [f32; 2] {
        let [lowest, highest] = self.valid_range.unwrap_or([f64::MIN, f64::MAX]);
        [narrow_up(lowest), -narrow_up(-highest)]
    }

    /// The factor of one step.
    #[must_use]
    pub fn scale_of(&self, step: usize) -> f64 {
        if self.scale.len() == 1 {
            self.scale[0]
        } else {
            self.scale[step]
        }
    }
}

/// The smallest finite `f32` that is not below `x`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding is what is corrected here"
)]
fn narrow_up(x: f64) -> f32 {
    let rounded = (x as f32).clamp(f32::MIN, f32::MAX);
    if f64::from(rounded) < x {
        rounded.next_up().min(f32::MAX)
    } else {
        rounded
    }
}

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

/// The pixels at `pixels` of all inputs of a tile of `n_pixels`; cells stay as they are.
#[must_use]
pub fn gather(
    specs: &[InputSpec],
    inputs: &[Stored],
    n_pixels: usize,
    pixels: &[usize],
) -> Vec<Stored> {
    let pick = |(spec, stored): (&InputSpec, &Stored)| {
        if spec.is_on_cells() {
            stored.clone()
        } else {
            stored.gather(n_pixels, pixels)
        }
    };
    specs.iter().zip(inputs).map(pick).collect()
}

/// The inputs of several tiles as those of one: the pixels and cells of each tile follow those of the
/// tile before. The positions of pixels follow their cells.
#[must_use]
pub fn side_by_side(specs: &[InputSpec], tiles: &[Tile]) -> Vec<Stored> {
    let mut joined: Vec<Stored> = Vec::with_capacity(specs.len());
    // Cells that each tile brings of the input before.
    let mut n_cells = vec![0; tiles.len()];
    for (i, spec) in specs.iter().enumerate() {
        let parts = tiles.iter().map(|tile| {
            (
                &tile.inputs[i],
                spec.stride(&tile.inputs[i], tile.window.n_pixels()),
            )
        });
        let mut input = Stored::joined(parts.clone(), spec.n_steps);
        match spec.geometry {
            Geometry::SourceGrid { .. } => n_cells = parts.map(|(_, stride)| stride).collect(),
            Geometry::Positions => move_places(&mut input, tiles, &n_cells),
            Geometry::StudyGrid => {}
        }
        joined.push(input);
    }
    joined
}

/// Moves the positions of each tile behind the cells of the tiles before.
#[expect(
    clippy::cast_precision_loss,
    reason = "a sample has far fewer cells than an f32 counts"
)]
fn move_places(places: &mut Stored, tiles: &[Tile], n_cells: &[usize]) {
    let Stored::F32(numbers) = places else { return };
    let n_pixels: usize = tiles.iter().map(|tile| tile.window.n_pixels()).sum();
    let mut firsts = numbers[places::FIRST * n_pixels..][..n_pixels].iter_mut();
    let mut before = 0;
    for (tile, cells) in tiles.iter().zip(n_cells) {
        firsts
            .by_ref()
            .take(tile.window.n_pixels())
            .for_each(|first| *first += before as f32);
        before += cells;
    }
}

/// Stored numbers of one input in one window, `[step][pixel]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// Unsigned bytes.
    U8(Vec<u8>),
    /// Signed 16-bit integers.
    I16(Vec<i16>),
    /// Unsigned 16-bit integers.
    U16(Vec<u16>),
    /// 32-bit floats; NaN and infinities are missing.
    F32(Vec<f32>),
}

impl Stored {
    /// As many zeros.
    #[must_use]
    pub fn zeros(data_type: DataType, n: usize) -> Self {
        match data_type {
            DataType::U8 => Self::U8(vec![0; n]),
            DataType::I16 => Self::I16(vec![0; n]),
            DataType::U16 => Self::U16(vec![0; n]),
            DataType::F32 => Self::F32(vec![0.0; n]),
        }
    }

    /// As many numbers, in the memory of others where these have the type. What they are is left open.
    #[must_use]
    pub fn in_memory_of(used: Option<Self>, data_type: DataType, n: usize) -> Self {
        match used {
            Some(mut used) if used.data_type() == data_type => {
                match &mut used {
                    Self::U8(v) => v.resize(n, 0),
                    Self::I16(v) => v.resize(n, 0),
                    Self::U16(v) => v.resize(n, 0),
                    Self::F32(v) => v.resize(n, 0.0),
                }
                used
            }
            _ => Self::zeros(data_type, n),
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::U8(v) => v.len(),
            Self::I16(v) => v.len(),
            Self::U16(v) => v.len(),
            Self::F32(v) => v.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the values.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self {
            Self::U8(_) => DataType::U8,
            Self::I16(_) => DataType::I16,
            Self::U16(_) => DataType::U16,
            Self::F32(_) => DataType::F32,
        }
    }

    /// The values as bytes, in the order of this machine.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::U8(v) => v,
            Self::I16(v) => bytemuck::cast_slice(v),
            Self::U16(v) => bytemuck::cast_slice(v),
            Self::F32(v) => bytemuck::cast_slice(v),
        }
    }

    /// Several pieces as one, `[step][number]`: the numbers of each piece follow those of the piece
    /// before. Each comes with its numbers a step. Pieces of another type than the first are left
    /// out: an input has one type.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an iterator is cheap to hand over"
    )]
    fn joined<'a>(parts: impl Iterator<Item = (&'a Self, usize)> + Clone, n_steps: usize) -> Self {
        macro_rules! join {
            ($variant:ident) => {{
                let mut joined = Vec::new();
                for step in 0..n_steps {
                    for (part, stride) in parts.clone() {
                        if let Self::$variant(values) = part {
                            joined.extend_from_slice(&values[step * stride..][..stride]);
                        }
                    }
                }
                Self::$variant(joined)
            }};
        }
        match parts.clone().next().map(|(part, _)| part.data_type()) {
            Some(DataType::U8) => join!(U8),
            Some(DataType::I16) => join!(I16),
            Some(DataType::U16) => join!(U16),
            Some(DataType::F32) | None => join!(F32),
        }
    }

    /// Copies a rectangle of every step into another of the same type and number of steps.
    ///
    /// # Arguments
    ///
    /// * `size`, `to_size` - rows and columns of a step of either.
    /// * `at`, `to_at` - row and column of the rectangle in either.
    /// * `part` - its rows and columns.
    pub fn copy_part(
        &self,
        size: [usize; 2],
        at: [usize; 2],
        part: [usize; 2],
        to: &mut Self,
        to_size: [usize; 2],
        to_at: [usize; 2],
    ) {
        macro_rules! copy {
            ($from:expr, $to:expr) => {{
                let steps = $from.chunks_exact((size[0] * size[1]).max(1));
                for (from, to) in steps.zip($to.chunks_exact_mut((to_size[0] * to_size[1]).max(1)))
                {
                    for row in 0..part[0] {
                        let source = &from[(at[0] + row) * size[1] + at[1]..][..part[1]];
                        to[(to_at[0] + row) * to_size[1] + to_at[1]..][..part[1]]
                            .copy_from_slice(source);
                    }
                }
            }};
        }
        match (self, to) {
            (Self::U8(from), Self::U8(to)) => copy!(from, to),
            (Self::I16(from), Self::I16(to)) => copy!(from, to),
            (Self::U16(from), Self::U16(to)) => copy!(from, to),
            (Self::F32(from), Self::F32(to)) => copy!(from, to),
            // An input has one type.
            _ => {}
        }
    }

    /// The pixels at `pixels` of every step, `[step][pixel]`, for `n_pixels` pixels in `self`.
    #[must_use]
    pub fn gather(&self, n_pixels: usize, pixels: &[usize]) -> Self {
        fn pick<T: Copy>(values: &[T], n_pixels: usize, pixels: &[usize]) -> Vec<T> {
            values
                .chunks_exact(n_pixels.max(1))
                .flat_map(|step| pixels.iter().map(|&p| step[p]))
                .collect()
        }
        match self {
            Self::U8(v) => Self::U8(pick(v, n_pixels, pixels)),
            Self::I16(v) => Self::I16(pick(v, n_pixels, pixels)),
            Self::U16(v) => Self::U16(pick(v, n_pixels, pixels)),
            Self::F32(v) => Self::F32(pick(v, n_pixels, pixels)),
        }
    }
}

/// One window of all inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Where on the study grid.
    pub window: Window,
    /// Inputs in the order of the chain, each `[step][pixel]` with `pixel = row · width + col`, or
    /// `[step][cell]` if it is on a grid of its own, see [`Geometry`].
    pub inputs: Vec<Stored>,
    /// Whether each pixel is inside the mask, `[pixel]`; `None` where there is no mask.
    pub inside: Option<Vec<bool>>,
}

impl Tile {
    /// Whether the inputs have one number a step that stands for all pixels: a tile of which no file has a block.
    #[must_use]
    pub fn is_one_for_all(&self, specs: &[InputSpec]) -> bool {
        let mut inputs = specs.iter().zip(&self.inputs);
        self.window.n_pixels() > 1
            && inputs.all(|(spec, stored)| {
                spec.geometry == Geometry::StudyGrid && stored.len() == spec.n_steps
            })
    }
}

/// One window of all layers that were asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TileOutput {
    /// Where on the study grid.
    pub window: Window,
    /// Layers in the order they were asked for, each `[step][pixel]`; NaN is missing.
    pub layers: Vec<Vec<f32>>,
    /// Whether each pixel is inside the mask, `[pixel]`; `None` where there is no mask.
    pub inside: Option<Vec<bool>>,
}
