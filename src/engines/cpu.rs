//! The CPU engine: the twins in `f64`, eight pixels at a time on all cores.
//!
//! A tile is cut into blocks of neighbouring pixels, and a block goes through the whole chain
//! before the next, so that its layers stay in the cache. Each pixel is computed from its own
//! series alone: no result depends on the size of blocks or the number of threads.

use std::sync::Arc;

use rayon::prelude::*;

use crate::chain::{Chain, Operand};
use crate::kernels::twin::Precision;
use crate::kernels::views::{Block, InputView, OutputView, Values};
use crate::tile::{InputSpec, Stored, Tile, TileOutput};

use super::engine::{Engine, Started, UsedResults, layers_to_write};
use super::error::EngineError;

/// Pixels that go through the chain together: 240 months of three inputs and the layers of the
/// chain are half a megabyte, which stays in the second cache.
const BLOCK_PIXELS: usize = 128;
/// Distance from one step of a block to the next. Not a power of two: hundreds of steps of one
/// pixel would share the same few lines of the cache.
const BLOCK_STRIDE: usize = BLOCK_PIXELS + 16;

/// The CPU as an engine.
pub struct CpuEngine {
    chain: Arc<Chain>,
    precision: Precision,
    tables: Vec<Vec<f64>>,
    /// The indices of the stages that run.
    stages: Vec<usize>,
    started: Started,
    used: UsedResults,
}

/// A block of neighbouring pixels of a tile.
struct BlockOfTile<'a> {
    /// The inputs of the tile.
    inputs: &'a [Stored],
    /// Pixels of the tile.
    n_pixels: usize,
    /// The first pixel of the block.
    first: usize,
    /// Pixels of the block.
    n: usize,
}

impl CpuEngine {
    /// The engine of a run.
    #[must_use]
    pub fn new(chain: Arc<Chain>) -> Self {
        Self::with_precision(chain, Precision::Lanes)
    }

    /// The engine in another precision: the reference one pixel at a time, or `f32`.
    #[must_use]
    pub fn with_precision(chain: Arc<Chain>, precision: Precision) -> Self {
        let tables = chain
            .stages
            .iter()
            .map(|stage| stage.kernel.tables())
            .collect();
        let stages = (0..chain.stages.len()).collect();
        Self {
            chain,
            precision,
            tables,
            stages,
            started: Started::default(),
            used: UsedResults::default(),
        }
    }

    /// The engine that computes flagged pixels of another engine again. It runs the stages that
    /// lead to flags, and leaves all other layers missing.
    #[must_use]
    pub fn for_recheck(chain: Arc<Chain>) -> Self {
        let stages = chain.stages_with_flags();
        Self {
            stages,
            ..Self::new(chain)
        }
    }

    /// All pixels of a tile, `[returned layer][step][pixel]`.
    #[must_use]
    pub fn compute(&self, inputs: &[Stored], n_pixels: usize) -> Vec<Vec<f32>> {
        let mut layers = layers_to_write(&self.chain, n_pixels, Vec::new());
        self.compute_into(&mut layers, inputs, n_pixels);
        layers
    }

    /// As [`compute`](Self::compute), into `layers`.
    fn compute_into(&self, layers: &mut [Vec<f32>], inputs: &[Stored], n_pixels: usize) {
        let chain = &*self.chain;
        let n_blocks = n_pixels.div_ceil(BLOCK_PIXELS);
        // Each block owns its piece of every step of every layer, so that threads share nothing.
        let mut pieces: Vec<Vec<&mut [f32]>> = (0..n_blocks).map(|_| Vec::new()).collect();
        for layer in layers {
            for step in layer.chunks_exact_mut(n_pixels.max(1)) {
                pieces
                    .iter_mut()
                    .zip(step.chunks_mut(BLOCK_PIXELS))
                    .for_each(|(pieces, piece)| pieces.push(piece));
            }
        }
        pieces.into_par_iter().enumerate().for_each_init(
            || Scratch::new(chain),
            |scratch, (block, pieces)| {
                let first = block * BLOCK_PIXELS;
                let n = BLOCK_PIXELS.min(n_pixels - first);
                self.compute_block(
                    scratch,
                    &BlockOfTile {
                        inputs,
                        n_pixels,
                        first,
                        n,
                    },
                );
                let steps = chain
                    .returned
                    .iter()
                    .flat_map(|&layer| scratch.layers[layer].chunks_exact(BLOCK_STRIDE));
                pieces
                    .into_iter()
                    .zip(steps)
                    .for_each(|(piece, step)| piece.copy_from_slice(&step[..n]));
            },
        );
    }

    /// One block through the whole chain.
    fn compute_block(&self, scratch: &mut Scratch, tile: &BlockOfTile<'_>) {
        let chain = &*self.chain;
        scratch.is_decoded.fill(false);
        for &number in &self.stages {
            let (stage, tables) = (&chain.stages[number], &self.tables[number]);
            for &operand in &stage.inputs {
                if let Operand::Input(i) = operand {
                    scratch.decode(i, &chain.inputs[i], tile);
                }
            }
            let from = stage.first_step * BLOCK_STRIDE;
            // The layers that the stage writes are taken out, so that it can read the others.
            let mut written: Vec<Vec<f32>> = stage
                .outputs
                .iter()
                .map(|&layer| std::mem::take(&mut scratch.layers[layer]))
                .collect();
            let views = stage.inputs.iter().map(|&operand| match operand {
                Operand::Input(i) if chain.inputs[i].is_on_cells() => {
                    // Cells belong to no pixel: they are read where they are.
                    let (input, stored) = (&chain.inputs[i], &tile.inputs[i]);
                    let stride = input.stride(stored, tile.n_pixels);
                    InputView::stored(
                        values_from(stored, 0),
                        stride,
                        input.n_steps,
                        &input.decoding,
                    )
                }
                Operand::Input(i) => {
                    InputView::layer(&scratch.inputs[i], BLOCK_STRIDE, chain.inputs[i].n_steps)
                }
                Operand::Layer(i) => {
                    InputView::layer(&scratch.layers[i], BLOCK_STRIDE, chain.layers[i].n_steps)
                }
            });
            let mut block = Block {
                n_pixels: tile.n,
                inputs: views.collect(),
                outputs: written
                    .iter_mut()
                    .map(|values| OutputView {
                        values: &mut values[from..],
                        stride: BLOCK_STRIDE,
                    })
                    .collect(),
                tables,
            };
            stage.kernel.run_block(&mut block, self.precision);
            for (&layer, values) in stage.outputs.iter().zip(written) {
                scratch.layers[layer] = values;
            }
        }
    }
}

impl Engine for CpuEngine {
    fn name(&self) -> String {
        format!("CPU, {} threads", rayon::current_num_threads())
    }

    fn start(&mut self, tile: Arc<Tile>) -> Result<(), EngineError> {
        self.started.push(tile, self.tiles_in_flight())
    }

    fn finish(&mut self) -> Result<TileOutput, EngineError> {
        let tile = self.started.pop()?;
        self.run(&tile)
    }

    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        let mut output = self.used.next(&self.chain, tile);
        self.compute_into(&mut output.layers, &tile.inputs, tile.window.n_pixels());
        Ok(output)
    }

    fn reuse(&mut self, used: TileOutput) {
        self.used.push(used);
    }
}

/// The inputs and layers of one block as quantities, `[input or layer][step][pixel]`.
struct Scratch {
    inputs: Vec<Vec<f32>>,
    /// Which inputs are those of the current block.
    is_decoded: Vec<bool>,
    layers: Vec<Vec<f32>>,
}

impl Scratch {
    fn new(chain: &Chain) -> Self {
        let scratch = |n_steps: usize| vec![f32::NAN; n_steps * BLOCK_STRIDE];
        let layers = chain
            .layers
            .iter()
            .map(|layer| scratch(layer.n_steps))
            .collect();
        let inputs = chain.inputs.iter().map(|input| {
            if input.is_on_cells() {
                Vec::new()
            } else {
                scratch(input.n_steps)
            }
        });
        Self {
            inputs: inputs.collect(),
            is_decoded: vec![false; chain.inputs.len()],
            layers,
        }
    }

    /// Decodes input `i` just before it is first read, so that it is still in the cache. Cells stay
    /// as they are stored.
    fn decode(&mut self, i: usize, spec: &InputSpec, tile: &BlockOfTile<'_>) {
        if !spec.is_on_cells() && !std::mem::replace(&mut self.is_decoded[i], true) {
            let stored = values_from(&tile.inputs[i], tile.first);
            let view = InputView::stored(stored, tile.n_pixels, spec.n_steps, &spec.decoding);
            view.decode(tile.n, &mut self.inputs[i], BLOCK_STRIDE);
        }
    }
}

/// The values of an input from one pixel on.
pub(crate) fn values_from(stored: &Stored, first: usize) -> Values<'_> {
    match stored {
        Stored::U8(v) => Values::U8(&v[first..]),
        Stored::I16(v) => Values::I16(&v[first..]),
        Stored::U16(v) => Values::U16(&v[first..]),
        Stored::F32(v) => Values::F32(&v[first..]),
    }
}
