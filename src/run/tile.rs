//! One tile computed, and views of it for those who write it or gather from it.

use crate::chain::{Chain, FileSource, FileSpec, Operand, Stage};
use crate::engines::Engine;
use crate::error::Error;
use crate::grid::{Grid, Window};
use crate::kernels::views::InputView;
use crate::tile::{InputSpec, Stored, Tile, TileOutput};

/// A tile with all returned layers, and the annual inputs as quantities.
pub(super) struct ComputedTile {
    output: TileOutput,
    /// Series that are inputs, by their index in the chain's series, `[year][pixel]`.
    inputs: Vec<(usize, Vec<f32>)>,
}

/// Computes one tile. The memory of `used`, a tile that is written, is used again.
pub(super) fn compute(
    chain: &Chain,
    engine: &mut dyn Engine,
    tile: &Tile,
    used: Option<ComputedTile>,
) -> Result<ComputedTile, Error> {
    if let Some(used) = used {
        engine.reuse(used.output);
    }
    let mut output = engine.run(tile)?;
    hide_outside(&mut output);
    let n_pixels = tile.window.n_pixels();
    let series = chain.series.iter().enumerate();
    let inputs = series.filter_map(|(index, series)| match series.operand {
        Operand::Input(i) => Some((
            index,
            quantities(&chain.inputs[i], &tile.inputs[i], n_pixels),
        )),
        Operand::Layer(_) => None,
    });
    let inputs = inputs.collect();
    Ok(ComputedTile { output, inputs })
}

/// Makes pixels outside the mask missing.
fn hide_outside(output: &mut TileOutput) {
    let Some(inside) = &output.inside else { return };
    for layer in &mut output.layers {
        for step in layer.chunks_exact_mut(inside.len()) {
            step.iter_mut()
                .zip(inside)
                .filter(|(_, inside)| !**inside)
                .for_each(|(value, _)| *value = f32::NAN);
        }
    }
}

/// An input as quantities, `[step][pixel]`, NaN where missing: decoded as the kernels do.
pub(super) fn quantities(spec: &InputSpec, stored: &Stored, n_pixels: usize) -> Vec<f32> {
    let values = crate::engines::cpu::values_from(stored, 0);
    let view = InputView::stored(values, n_pixels, spec.n_steps, &spec.decoding);
    let mut quantities = vec![f32::NAN; spec.n_steps * n_pixels];
    view.decode(n_pixels, &mut quantities, n_pixels.max(1));
    quantities
}

/// A computed tile with the meaning of its layers.
pub(super) struct TileView<'a> {
    /// The chain that computed it.
    pub(super) chain: &'a Chain,
    /// The study grid.
    pub(super) grid: &'a Grid,
    /// Window, mask and returned layers.
    pub(super) output: &'a TileOutput,
    inputs: &'a [(usize, Vec<f32>)],
    flags: Vec<f32>,
}

impl<'a> TileView<'a> {
    /// A view of `computed`; `grid` is the study grid.
    pub(super) fn new(chain: &'a Chain, grid: &'a Grid, computed: &'a ComputedTile) -> Self {
        Self {
            chain,
            grid,
            output: &computed.output,
            inputs: &computed.inputs,
            flags: merged_flags(chain, &computed.output),
        }
    }

    /// The pixels of the tile.
    pub(super) fn window(&self) -> Window {
        self.output.window
    }

    /// Number of pixels outside the mask.
    pub(super) fn n_outside(&self) -> usize {
        let inside = self.output.inside.as_deref().unwrap_or_default();
        inside.iter().filter(|inside| !**inside).count()
    }

    /// A returned layer, `[step][pixel]`; empty for a layer that is not returned.
    pub(super) fn layer(&self, layer: usize) -> &'a [f32] {
        layer_of(self.chain, self.output, layer)
    }

    /// A series of the chain by its index, `[year][pixel]`.
    pub(super) fn series(&self, index: usize) -> &'a [f32] {
        match self.chain.series[index].operand {
            Operand::Layer(layer) => self.layer(layer),
            Operand::Input(_) => self
                .inputs
                .iter()
                .find(|(known, _)| *known == index)
                .map_or(&[][..], |(_, values)| values),
        }
    }

    /// The values of a file, `[band][pixel]`; `None` for one that is made after the last tile.
    pub(super) fn file(&self, file: &FileSpec) -> Option<&[f32]> {
        match file.content {
            FileSource::Layer(layer) => Some(self.layer(layer)),
            FileSource::Flags => Some(&self.flags),
            FileSource::QValues { .. } | FileSource::ClassesOnQ { .. } => None,
        }
    }
}

/// A returned layer of a tile.
fn layer_of<'a>(chain: &Chain, output: &'a TileOutput, layer: usize) -> &'a [f32] {
    chain
        .index_of_layer(layer)
        .map_or(&[][..], |index| &output.layers[index])
}

/// The flags of all stages together, `[pixel]`, NaN outside the mask.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "flags are small whole numbers"
)]
fn merged_flags(chain: &Chain, output: &TileOutput) -> Vec<f32> {
    let mut merged = vec![0_u16; output.window.n_pixels()];
    for layer in chain.stages.iter().filter_map(Stage::flags_layer) {
        for (merged, &value) in merged.iter_mut().zip(layer_of(chain, output, layer)) {
            *merged |= value as u16;
        }
    }
    let is_inside = |pixel: usize| output.inside.as_ref().is_none_or(|inside| inside[pixel]);
    let flags = merged.iter().enumerate().map(|(pixel, &bits)| {
        if is_inside(pixel) {
            f32::from(bits)
        } else {
            f32::NAN
        }
    });
    flags.collect()
}
