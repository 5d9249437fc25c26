//! How the returned layers travel from a device to the host: floats as they are, whole numbers in
//! two bytes, classes and flags in one, a missing value as a code of its own.

use crate::chain::Chain;
use crate::kernels::output::OutputKind;
use crate::kernels::port::Port;

/// How the values of a layer travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// Their bits as `f32`.
    Float,
    /// Whole numbers from −32,767 to 32,767.
    Half,
    /// Whole numbers from 0 to 254.
    Byte,
}

impl Width {
    /// Bytes of one value.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::Float => 4,
            Self::Half => 2,
            Self::Byte => 1,
        }
    }

    /// The narrowest that holds all values of an output.
    #[must_use]
    pub fn of_output(output: &Port) -> Self {
        match output.info.kind {
            OutputKind::Classes(_) | OutputKind::Labelled(_) | OutputKind::Drivers => Self::Byte,
            OutputKind::Values if output.name == "flags" => Self::Byte,
            OutputKind::Values if output.info.is_whole => Self::Half,
            OutputKind::Values => Self::Float,
        }
    }
}

/// Where a returned layer is among the bytes that come back of each pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedLayer {
    /// How its values travel.
    pub width: Width,
    /// Bytes of a pixel before its first step.
    pub at: usize,
    /// Its steps, which follow each other.
    pub n_steps: usize,
}

/// All that comes back of a pixel: returned layers, then a byte that says what is to be done about
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// The layers in the order in which they are returned.
    pub layers: Vec<PackedLayer>,
    /// Bytes of a pixel before its last byte.
    pub attention_at: usize,
}

impl Packing {
    /// The packing of the layers that a chain returns: floats first, bytes last, so that each row
    /// starts at a multiple of its width.
    #[must_use]
    pub fn of(chain: &Chain) -> Self {
        let mut layers: Vec<PackedLayer> = chain
            .returned
            .iter()
            .map(|&layer| PackedLayer {
                width: width_of(chain, layer),
                at: 0,
                n_steps: chain.layers[layer].n_steps,
            })
            .collect();
        let mut at = 0;
        for width in [Width::Float, Width::Half, Width::Byte] {
            for layer in layers.iter_mut().filter(|layer| layer.width == width) {
                layer.at = at;
                at += layer.n_steps * width.bytes();
            }
        }
        Self {
            layers,
            attention_at: at,
        }
    }

    /// Bytes that come back of one pixel.
    #[must_use]
    pub fn bytes_per_pixel(&self) -> usize {
        self.attention_at + 1
    }

    /// Steps of all layers together.
    pub(super) fn n_steps(&self) -> usize {
        self.layers.iter().map(|layer| layer.n_steps).sum()
    }
}

/// The width that holds a layer, whichever stage writes it.
fn width_of(chain: &Chain, layer: usize) -> Width {
    let widths = chain.stages.iter().filter_map(|stage| {
        let port = stage.outputs.iter().position(|&output| output == layer)?;
        stage.kernel.outputs().get(port).map(Width::of_output)
    });
    widths.min().unwrap_or(Width::Float)
}
