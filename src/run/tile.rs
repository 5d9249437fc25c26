//! One tile computed, and views of it for those who write it or gather from it.

use rayon::prelude::*;

use crate::chain::{AttributionSpec, Chain, FileSource, FileSpec, Operand, Stage};
use crate::engines::cpu::values_from;
use crate::grid::Window;
use crate::kernels::views::InputView;
use crate::tile::{Decoding, InputSpec, Stored, TileOutput};

use super::record::AuditRecord;

/// Numbers that one task works on: small enough for many tasks a tile, large enough to pay for one.
const PIECE: usize = 1 << 14;

/// A tile with all that is written and gathered of it.
pub(super) struct ComputedTile {
    /// Window, mask and returned layers; pixels outside the mask are missing.
    pub(super) output: TileOutput,
    /// Series and static inputs for the tables that are inputs, by their place among the chain's series and then its
    /// static inputs, as quantities, `[step][pixel]`.
    pub(super) inputs: Vec<(usize, Vec<f32>)>,
    /// The flags of all stages together, `[pixel]`, NaN outside the mask.
    pub(super) flags: Vec<f32>,
    /// Whether layers, inputs and flags have one number a step that all pixels of the window have. Then all that is
    /// summed for tables is missing.
    pub(super) is_one_for_all: bool,
    /// What the audit found in it.
    pub(super) audit: AuditRecord,
}

/// An input as quantities, `[step][pixel]`, NaN where missing: decoded as the kernels do.
pub(super) fn quantities(spec: &InputSpec, stored: &Stored, n_pixels: usize) -> Vec<f32> {
    let mut quantities = Vec::new();
    quantities_into(spec, stored, n_pixels, &mut quantities);
    quantities
}

/// As [`quantities`], in the memory of other numbers.
pub(super) fn quantities_into(
    spec: &InputSpec,
    stored: &Stored,
    n_pixels: usize,
    quantities: &mut Vec<f32>,
) {
    let n_pixels = n_pixels.max(1);
    quantities.resize(spec.n_steps * n_pixels, f32::NAN);
    let steps = quantities.par_chunks_exact_mut(n_pixels).enumerate();
    steps.for_each(|(step, quantities)| {
        let decoding = Decoding {
            scale: vec![spec.decoding.scale_of(step)],
            ..spec.decoding.clone()
        };
        let pieces = quantities.par_chunks_mut(PIECE).enumerate();
        pieces.for_each(|(piece, quantities)| {
            let values = values_from(stored, step * n_pixels + piece * PIECE);
            let n = quantities.len();
            InputView::stored(values, n, 1, &decoding).decode(n, quantities, n);
        });
    });
}

/// A computed tile with the meaning of its layers.
pub(super) struct TileView<'a> {
    /// The chain that computed it.
    pub(super) chain: &'a Chain,
    /// Window, mask and returned layers.
    pub(super) output: &'a TileOutput,
    inputs: &'a [(usize, Vec<f32>)],
    flags: &'a [f32],
    is_one_for_all: bool,
}

impl<'a> TileView<'a> {
    /// A view of `computed`.
    pub(super) fn new(chain: &'a Chain, computed: &'a ComputedTile) -> Self {
        Self {
            chain,
            output: &computed.output,
            inputs: &computed.inputs,
            flags: &computed.flags,
            is_one_for_all: computed.is_one_for_all,
        }
    }

    /// The pixels of the tile.
    pub(super) fn window(&self) -> Window {
        self.output.window
    }

    /// Whether each layer has one number a step that all pixels have; see [`ComputedTile`].
    pub(super) fn is_one_for_all(&self) -> bool {
        self.is_one_for_all
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
            Operand::Input(_) => self.input(index),
        }
    }

    /// A static input for the tables by its index, `[pixel]`.
    pub(super) fn covariate(&self, index: usize) -> &'a [f32] {
        match self.chain.covariates[index].operand {
            Operand::Layer(layer) => self.layer(layer),
            Operand::Input(_) => self.input(self.chain.series.len() + index),
        }
    }

    /// A series or static input that is an input, by its place among the chain's series and then its static inputs.
    fn input(&self, index: usize) -> &'a [f32] {
        let mut inputs = self.inputs.iter();
        let found = inputs.find(|(known, _)| *known == index);
        found.map_or(&[][..], |(_, values)| values)
    }

    /// The values of a file, `[band][pixel]`; `None` for one that is made after the last tile.
    pub(super) fn file(&self, file: &FileSpec) -> Option<&'a [f32]> {
        match file.content {
            FileSource::Layer(layer) => Some(self.layer(layer)),
            FileSource::Flags => Some(self.flags),
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

/// Whether all is missing that tables sum of a tile: its series, samples, attributions, classes and maps.
pub(super) fn is_missing_in_tables(
    chain: &Chain,
    output: &TileOutput,
    inputs: &[(usize, Vec<f32>)],
) -> bool {
    let is_missing = |values: &[f32]| values.iter().all(|value| value.is_nan());
    let series = chain
        .series
        .iter()
        .filter_map(|series| match series.operand {
            Operand::Layer(layer) => Some(layer),
            Operand::Input(_) => None,
        });
    let samples = chain.samples.iter().map(|sample| sample.layer);
    let attributed = chain.attribution.iter().flat_map(AttributionSpec::layers);
    let classes = chain.files.iter().filter_map(|file| match file.content {
        FileSource::Layer(layer) if file.kind.classes().is_some() => Some(layer),
        FileSource::Layer(_)
        | FileSource::Flags
        | FileSource::QValues { .. }
        | FileSource::ClassesOnQ { .. } => None,
    });
    let maps = chain.maps.iter().map(|map| map.layer);
    let mut layers = series
        .chain(samples)
        .chain(attributed)
        .chain(classes)
        .chain(maps);
    layers.all(|layer| is_missing(layer_of(chain, output, layer)))
        && inputs.iter().all(|(_, values)| is_missing(values))
}

/// Writes the flags of all stages together into `merged`, `[pixel]`, NaN outside the mask.
pub(super) fn merge_flags(chain: &Chain, output: &TileOutput, merged: &mut Vec<f32>) {
    let layers: Vec<&[f32]> = chain
        .stages
        .iter()
        .filter_map(Stage::flags_layer)
        .map(|layer| layer_of(chain, output, layer))
        .filter(|layer| !layer.is_empty())
        .collect();
    merged.resize(output.window.n_pixels(), 0.0);
    let pieces = merged.par_chunks_mut(PIECE).enumerate();
    pieces.for_each(|(piece, merged)| {
        let pixels = piece * PIECE..piece * PIECE + merged.len();
        merged.fill(0.0);
        for layer in &layers {
            let flags = merged.iter_mut().zip(&layer[pixels.clone()]);
            flags.for_each(|(merged, &more)| *merged = f32::from(bits(*merged) | bits(more)));
        }
        if let Some(inside) = &output.inside {
            let flags = merged.iter_mut().zip(&inside[pixels]);
            for (flags, _) in flags.filter(|(_, is_inside)| !**is_inside) {
                *flags = f32::NAN;
            }
        }
    });
}

/// Flags as bits; none where they are missing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "flags are small whole numbers"
)]
fn bits(flags: f32) -> u16 {
    flags as u16
}
