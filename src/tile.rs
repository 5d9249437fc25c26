//! What travels from a source to an engine and on to a sink: one window of every input as it is
//! stored, and one window of every layer that was asked for.

mod input_spec;
mod stored;

pub use input_spec::{Geometry, InputSpec, Resampling, places};
pub use stored::Stored;

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
