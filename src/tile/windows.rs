//! One window of all inputs, and one of all layers.

use super::input_spec::{Geometry, InputSpec, places};
use super::stored::Stored;
use crate::grid::Window;

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
