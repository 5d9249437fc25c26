//! The CPU engine: the twins in `f64`, eight pixels at a time on all cores.
//!
//! A tile is cut into blocks of neighbouring pixels, and a block goes through the whole chain
//! before the next, so that its layers stay in the cache. Each pixel is computed from its own series
//! alone: neither the size of blocks nor the number of threads changes a bit.

use std::sync::Arc;

use rayon::prelude::*;

use crate::chain::{Chain, Operand};
use crate::kernels::abi::{Block, InputView, OutputView, Precision, Values};
use crate::tile::{Stored, Tile, TileOutput};

use super::{Engine, EngineError};

/// Pixels that go through the chain together: 20 years of some ten layers are 200 kB.
const BLOCK_PIXELS: usize = 256;

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
        let n_blocks = n_pixels.div_ceil(BLOCK_PIXELS);
        let blocks: Vec<Vec<Vec<f32>>> = (0..n_blocks)
            .into_par_iter()
            .map_init(
                || Scratch::new(&self.chain),
                |scratch, block| {
                    let first = block * BLOCK_PIXELS;
                    self.compute_block(scratch, inputs, n_pixels, first, BLOCK_PIXELS.min(n_pixels - first))
                },
            )
            .collect();
        let mut layers: Vec<Vec<f32>> = self
            .chain
            .returned
            .iter()
            .map(|&layer| vec![f32::NAN; self.chain.layers[layer].n_steps * n_pixels])
            .collect();
        layers.par_iter_mut().enumerate().for_each(|(place, layer)| {
            for (block, values) in blocks.iter().enumerate() {
                let first = block * BLOCK_PIXELS;
                let n = BLOCK_PIXELS.min(n_pixels - first);
                for (step, row) in values[place].chunks_exact(n).enumerate() {
                    layer[step * n_pixels + first..][..n].copy_from_slice(row);
                }
            }
        });
        layers
    }

    /// One block through the whole chain, `[returned layer][step][pixel of the block]`.
    fn compute_block(
        &self,
        scratch: &mut Scratch,
        inputs: &[Stored],
        stride: usize,
        first: usize,
        n: usize,
    ) -> Vec<Vec<f32>> {
        let chain = &*self.chain;
        for &number in &self.stages {
            let (stage, tables) = (&chain.stages[number], &self.tables[number]);
            let from = stage.first_step * BLOCK_PIXELS;
            // The layers that the stage writes are taken out, so that it can read the others.
            let mut written: Vec<Vec<f32>> =
                stage.outputs.iter().map(|&layer| std::mem::take(&mut scratch.layers[layer])).collect();
            let views = stage.inputs.iter().map(|&operand| match operand {
                Operand::Input(i) => {
                    let input = &chain.inputs[i];
                    InputView::stored(values_from(&inputs[i], first), stride, input.n_steps, &input.decoding)
                }
                Operand::Layer(i) => InputView::layer(&scratch.layers[i], BLOCK_PIXELS, chain.layers[i].n_steps),
            });
            let mut block = Block {
                n_pixels: n,
                inputs: views.collect(),
                outputs: written
                    .iter_mut()
                    .map(|values| OutputView { values: &mut values[from..], stride: BLOCK_PIXELS })
                    .collect(),
                tables,
            };
            stage.kernel.run_block(&mut block, self.precision);
            for (&layer, values) in stage.outputs.iter().zip(written) {
                scratch.layers[layer] = values;
            }
        }
        let returned = chain.returned.iter().map(|&layer| {
            scratch.layers[layer].chunks_exact(BLOCK_PIXELS).flat_map(|step| &step[..n]).copied().collect()
        });
        returned.collect()
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

/// The layers of one block, `[layer][step][pixel]`.
struct Scratch {
    layers: Vec<Vec<f32>>,
}

impl Scratch {
    fn new(chain: &Chain) -> Self {
        let layers = chain.layers.iter().map(|layer| vec![f32::NAN; layer.n_steps * BLOCK_PIXELS]).collect();
        Self { layers }
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
