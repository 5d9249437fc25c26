//! Where inputs and layers are in the device's buffers.
//!
//! A tile goes to the device in slabs of `stride` pixels. One buffer holds the stored inputs of a
//! slab, one its layers, both `[step][pixel]` back to back; a layer is followed by its validity
//! bits, `[step / 32][pixel]`. A kernel always sees three storage buffers, these and one of tables,
//! however many inputs a study has.

use crate::chain::{Chain, Operand, Stage};
use crate::kernels::port::Port;
use crate::kernels::slots::{InputSlot, OutputSlot, Slots, Source};
use crate::tile::{Geometry, InputSpec};

/// Where a part of a mapped buffer may start, bytes.
const MAP_ALIGNMENT: usize = 8;
const _: () = assert!(MAP_ALIGNMENT as u64 == wgpu::MAP_ALIGNMENT);

/// A slot as the shader sees it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct SlotWords {
    at: u32,
    bits_at: u32,
    stride: u32,
    scale_at: u32,
}

impl SlotWords {
    /// Name and offset of each field, for the layout test.
    pub const FIELDS: &'static [(&'static str, usize)] = &[
        ("at", std::mem::offset_of!(SlotWords, at)),
        ("bits_at", std::mem::offset_of!(SlotWords, bits_at)),
        ("stride", std::mem::offset_of!(SlotWords, stride)),
        ("scale_at", std::mem::offset_of!(SlotWords, scale_at)),
    ];
}

/// What the shader's `Tile` holds.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct TileWords {
    /// Pixels of the slice.
    pub n_pixels: u32,
    /// Where the kernel's table starts.
    pub table_at: u32,
    /// The step of the layer that the stage's first step is.
    pub first_step: u32,
    /// The slice's first pixel within the slab.
    pub first_pixel: u32,
    /// Where the words of the pixels of the slab start, 1 for a pixel that read an extreme number.
    pub extremes_at: u32,
    pad: [u32; 3],
}

impl TileWords {
    /// The words of a stage.
    #[must_use]
    pub fn new(first_pixel: u32, n_pixels: u32, table_at: u32, first_step: u32) -> Self {
        Self {
            n_pixels,
            table_at,
            first_step,
            first_pixel,
            ..bytemuck::Zeroable::zeroed()
        }
    }
}

/// Words of validity bits that `n_steps` need.
pub(super) fn bit_words(n_steps: usize) -> usize {
    n_steps.div_ceil(32)
}

/// Where everything starts, in words of four bytes.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Pixels from one step to the next.
    pub stride: usize,
    /// Where each input starts in the stored buffer.
    inputs_at: Vec<usize>,
    /// Words of the stored buffer.
    pub stored_words: usize,
    /// Where each layer starts in the layers buffer.
    pub(super) layers_at: Vec<usize>,
    /// Where the words of extreme pixels start in the layers buffer, behind the layers.
    pub(super) extremes_at: usize,
    /// Words of the layers buffer.
    pub layer_words: usize,
    /// Scales of all inputs, then the tables of all stages.
    pub tables: Vec<f32>,
    scales_at: Vec<usize>,
    tables_at: Vec<usize>,
}

/// Words of a layer of `stride` pixels with its validity bits.
pub(super) fn words_of(chain: &Chain, layer: usize, stride: usize) -> usize {
    let n_steps = chain.layers[layer].n_steps;
    (n_steps + bit_words(n_steps)) * stride
}

/// Numbers from one step of an input to the next: the slab's pixels, or as many cells as a tile may
/// bring, so that each step starts where a part of a buffer can be mapped.
pub(super) fn stride_of(input: &InputSpec, pixels: usize) -> usize {
    match input.geometry {
        Geometry::SourceGrid { most_cells, .. } => most_cells.next_multiple_of(MAP_ALIGNMENT),
        Geometry::StudyGrid | Geometry::Positions => pixels,
    }
}

impl Layout {
    /// Lays out the inputs and layers of `chain` for slabs of `stride` pixels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    pub fn new(chain: &Chain, stride: usize) -> Self {
        let mut stored_words = 0;
        let mut inputs_at = Vec::new();
        let mut tables: Vec<f32> = Vec::new();
        let mut scales_at = Vec::new();
        for input in &chain.inputs {
            inputs_at.push(stored_words);
            stored_words += input.n_steps * stride_of(input, stride) * input.data_type.bytes() / 4;
            scales_at.push(tables.len());
            tables.extend(input.decoding.scale.iter().map(|&scale| scale as f32));
        }
        let mut layer_words = 0;
        let mut layers_at = Vec::new();
        for layer in 0..chain.layers.len() {
            layers_at.push(layer_words);
            layer_words += words_of(chain, layer, stride);
        }
        let extremes_at = layer_words;
        layer_words += stride;
        let mut tables_at = Vec::new();
        for stage in &chain.stages {
            tables_at.push(tables.len());
            tables.extend(stage.kernel.tables().into_iter().map(|x| x as f32));
        }
        Self {
            stride,
            inputs_at,
            stored_words,
            layers_at,
            extremes_at,
            layer_words,
            tables,
            scales_at,
            tables_at,
        }
    }

    /// Numbers from one step of an input to the next.
    pub(super) fn input_stride(&self, input: &InputSpec) -> usize {
        stride_of(input, self.stride)
    }

    /// Where input `i` starts in the stored buffer, in bytes.
    pub(super) fn input_byte(&self, i: usize) -> usize {
        4 * self.inputs_at[i]
    }

    /// The uniform `Tile` of stage number `stage` for `n_pixels` of a slab from `first` on.
    pub(super) fn tile_words(
        &self,
        chain: &Chain,
        stage: usize,
        first: usize,
        n_pixels: usize,
    ) -> TileWords {
        let first_step = chain.stages[stage].first_step;
        let [table_at, first_step] = [self.tables_at[stage], first_step].map(word);
        let extremes_at = word(self.extremes_at);
        let words = TileWords::new(word(first), word(n_pixels), table_at, first_step);
        TileWords {
            extremes_at,
            ..words
        }
    }

    /// The slots of a stage, inputs before outputs.
    pub(super) fn slots(&self, chain: &Chain, stage: &Stage) -> Vec<SlotWords> {
        let inputs = stage.inputs.iter().map(|&operand| match operand {
            Operand::Input(i) => self.stored_slot(chain, i),
            Operand::Layer(i) => self.layer_slot(chain, i),
        });
        inputs
            .chain(stage.outputs.iter().map(|&i| self.layer_slot(chain, i)))
            .collect()
    }

    fn layer_slot(&self, chain: &Chain, layer: usize) -> SlotWords {
        let n_steps = chain.layers[layer].n_steps;
        let at = self.layers_at[layer];
        SlotWords {
            at: word(at),
            bits_at: word(at + n_steps * self.stride),
            stride: word(self.stride),
            scale_at: 0,
        }
    }

    fn stored_slot(&self, chain: &Chain, i: usize) -> SlotWords {
        let input = &chain.inputs[i];
        let bytes = stride_of(input, self.stride) * input.data_type.bytes();
        SlotWords {
            at: word(self.inputs_at[i]),
            bits_at: 0,
            // Steps are whole words apart.
            stride: word(bytes / 4),
            scale_at: word(self.scales_at[i]),
        }
    }
}

/// What a stage reads and writes, as far as its text depends on it.
#[must_use]
pub fn slots_of(chain: &Chain, stage: &Stage) -> Slots {
    let input = |&operand: &Operand| InputSlot {
        source: match operand {
            Operand::Input(i) => {
                let InputSpec {
                    data_type,
                    decoding,
                    ..
                } = &chain.inputs[i];
                Source::Stored(*data_type, decoding.clone())
            }
            Operand::Layer(_) => Source::Layer,
        },
        n_steps: chain.n_steps(operand),
    };
    let output = |(&layer, port): (&usize, Port)| {
        let n_steps = chain.layers[layer].n_steps;
        let n_written = port.steps.count(chain.years);
        OutputSlot {
            n_steps,
            is_whole: stage.first_step == 0 && n_written == n_steps,
        }
    };
    let ports = stage.kernel.outputs();
    Slots {
        inputs: stage.inputs.iter().map(input).collect(),
        outputs: stage.outputs.iter().zip(ports).map(output).collect(),
    }
}

/// Sizes fit 32 bits: a buffer has at most 2³⁰ bytes.
fn word(x: usize) -> u32 {
    u32::try_from(x).unwrap_or(u32::MAX)
}
