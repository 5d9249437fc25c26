//! The CPU engine: the twins in `f64`, eight pixels at a time on all cores.
//!
//! A tile is cut into blocks of neighbouring pixels, and a block goes through the whole chain
//! before the next, so that its layers stay in the cache. Each pixel is computed from its own series
//! alone: neither the size of blocks nor the number of threads changes a bit.

use std::sync::Arc;

use rayon::prelude::*;

use crate::chain::{Chain, Operand};
use crate::kernels::abi::{Block, InputView, OutputView, Precision, Values};
use crate::tile::{InputSpec, Stored, Tile, TileOutput};

use super::{Engine, EngineError};

/// Pixels that go through the chain together: 20 years of some ten layers are 200 kB.
const BLOCK_PIXELS: usize = 256;
/// Distance from one step of a block to the next. Not a power of two: hundreds of steps of one pixel
/// would meet in the same few places of the cache.
const BLOCK_STRIDE: usize = BLOCK_PIXELS + 16;

/// The CPU as an engine.
pub struct CpuEngine {
    chain: Arc<Chain>,
    precision: Precision,
    tables: Vec<Vec<f64>>,
    /// The stages that run, by their number.
    stages: Vec<usize>,
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
        let tables = chain.stages.iter().map(|stage| stage.kernel.tables()).collect();
        let stages = (0..chain.stages.len()).collect();
        Self { chain, precision, tables, stages }
    }

    /// The engine that decides pixels which another one flags: it runs the stages that lead to flags, and leaves
    /// all other layers missing.
    #[must_use]
    pub fn deciding(chain: Arc<Chain>) -> Self {
        let stages = chain.stages_with_flags();
        Self { stages, ..Self::new(chain) }
    }

    /// All pixels of a tile, `[returned layer][step][pixel]`.
    #[must_use]
    pub fn compute(&self, inputs: &[Stored], n_pixels: usize) -> Vec<Vec<f32>> {
        let chain = &*self.chain;
        let n_blocks = n_pixels.div_ceil(BLOCK_PIXELS);
        let mut layers: Vec<Vec<f32>> =
            chain.returned.iter().map(|&layer| vec![0.0; chain.layers[layer].n_steps * n_pixels]).collect();
        // Each block has its piece of every step of every layer for itself.
        let mut pieces: Vec<Vec<&mut [f32]>> = (0..n_blocks).map(|_| Vec::new()).collect();
        for layer in &mut layers {
            for step in layer.chunks_exact_mut(n_pixels.max(1)) {
                pieces.iter_mut().zip(step.chunks_mut(BLOCK_PIXELS)).for_each(|(pieces, piece)| pieces.push(piece));
            }
        }
        pieces.into_par_iter().enumerate().for_each_init(
            || Scratch::new(chain),
            |scratch, (block, pieces)| {
                let first = block * BLOCK_PIXELS;
                let n = BLOCK_PIXELS.min(n_pixels - first);
                for ((block, input), spec) in scratch.inputs.iter_mut().zip(inputs).zip(&chain.inputs) {
                    // Cells belong to no pixel: they are read where they are.
                    if !spec.is_on_cells() {
                        input.copy_block(n_pixels, first, n, block, BLOCK_STRIDE);
                    }
                }
                self.compute_block(scratch, inputs, n);
                let steps = chain.returned.iter().flat_map(|&layer| scratch.layers[layer].chunks_exact(BLOCK_STRIDE));
                pieces.into_iter().zip(steps).for_each(|(piece, step)| piece.copy_from_slice(&step[..n]));
            },
        );
        layers
    }

    /// One block of `n` pixels through the whole chain; `cells` are the inputs of the tile.
    fn compute_block(&self, scratch: &mut Scratch, cells: &[Stored], n: usize) {
        let chain = &*self.chain;
        for &number in &self.stages {
            let (stage, tables) = (&chain.stages[number], &self.tables[number]);
            let from = stage.first_step * BLOCK_STRIDE;
            // The layers that the stage writes are taken out, so that it can read the others.
            let mut written: Vec<Vec<f32>> =
                stage.outputs.iter().map(|&layer| std::mem::take(&mut scratch.layers[layer])).collect();
            let views = stage.inputs.iter().map(|&operand| match operand {
                Operand::Input(i) => {
                    let input = &chain.inputs[i];
                    let stored = if input.is_on_cells() { &cells[i] } else { &scratch.inputs[i] };
                    let stride = input.stride(stored, BLOCK_STRIDE);
                    InputView::stored(values_from(stored, 0), stride, input.n_steps, &input.decoding)
                }
                Operand::Layer(i) => InputView::layer(&scratch.layers[i], BLOCK_STRIDE, chain.layers[i].n_steps),
            });
            let mut block = Block {
                n_pixels: n,
                inputs: views.collect(),
                outputs: written
                    .iter_mut()
                    .map(|values| OutputView { values: &mut values[from..], stride: BLOCK_STRIDE })
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

    fn run(&mut self, tile: &Tile) -> Result<TileOutput, EngineError> {
        let layers = self.compute(&tile.inputs, tile.window.n_pixels());
        Ok(TileOutput { window: tile.window, layers, inside: tile.inside.clone() })
    }
}

/// The inputs and layers of one block, `[input or layer][step][pixel]`.
struct Scratch {
    inputs: Vec<Stored>,
    layers: Vec<Vec<f32>>,
}

impl Scratch {
    fn new(chain: &Chain) -> Self {
        let layers = chain.layers.iter().map(|layer| vec![f32::NAN; layer.n_steps * BLOCK_STRIDE]).collect();
        let room = |input: &InputSpec| if input.is_on_cells() { 0 } else { input.n_steps * BLOCK_STRIDE };
        let inputs = chain.inputs.iter().map(|input| Stored::zeros(input.data_type, room(input)));
        Self { inputs: inputs.collect(), layers }
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
