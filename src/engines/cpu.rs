//! The CPU engine: the twins in `f64`, eight pixels at a time on all cores.
//!
//! A tile is cut into blocks of neighbouring pixels, and a block goes through the whole chain
//! before the next, so that its layers stay in the cache. Each pixel is computed from its own
//! series alone: no result depends on the size of blocks or the number of threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::chain::{Chain, Operand};
use crate::kernels::copy_past_cache;
use crate::kernels::twin::Precision;
use crate::kernels::views::{Block, InputView, OutputView, Values};
use crate::tile::{Stored, Tile, TileOutput};

use super::by_year::{self, MONTHS};
use super::engine::{Engine, Started, UsedResults, layers_to_write};
use super::error::EngineError;

/// Pixels that go through the chain together are a multiple of this.
const BLOCK_PIXELS: usize = 128;
/// At most these: a row of a block is then a page of memory or half of one, and an address of it is looked up once.
const MAX_BLOCK_PIXELS: usize = 8 * BLOCK_PIXELS;
/// Inputs and layers of a block stay in the second cache.
const BLOCK_BYTES: usize = 768 << 10;
/// Blocks that each thread has at least, where a tile has as many.
const BLOCKS_A_THREAD: usize = 4;
/// By which the distance from one step of a block to the next is longer than the block. With a power of two
/// hundreds of steps of one pixel would share the same few lines of the cache.
const STRIDE_EXCESS: usize = 16;

/// The CPU as an engine.
pub struct CpuEngine {
    chain: Arc<Chain>,
    precision: Precision,
    tables: Vec<Vec<f64>>,
    /// The indices of the stages that run.
    stages: Vec<usize>,
    /// How many of them, from the first on, are computed year by year, each as soon as its months are decoded.
    n_by_year: usize,
    /// Steps of each input that a block keeps decoded.
    steps_kept: Vec<usize>,
    started: Started,
    /// Set when nobody wants the tile that is computed.
    is_ending: Arc<AtomicBool>,
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
        let stages: Vec<usize> = (0..chain.stages.len()).collect();
        Self {
            n_by_year: by_year::count(&chain, &stages),
            steps_kept: by_year::steps_kept(&chain, &stages),
            chain,
            precision,
            tables,
            stages,
            started: Started::default(),
            is_ending: Arc::default(),
            used: UsedResults::default(),
        }
    }

    /// The engine that computes flagged pixels of another engine again. It runs the stages that
    /// lead to flags, and leaves all other layers missing.
    #[must_use]
    pub fn for_recheck(chain: Arc<Chain>) -> Self {
        let stages = chain.stages_with_flags();
        Self {
            n_by_year: by_year::count(&chain, &stages),
            steps_kept: by_year::steps_kept(&chain, &stages),
            stages,
            ..Self::new(chain)
        }
    }

    /// All pixels of a tile, `[returned layer][step][pixel]`.
    #[must_use]
    pub fn compute(&self, inputs: &[Stored], n_pixels: usize) -> Vec<Vec<f32>> {
        let mut layers = layers_to_write(&self.chain, n_pixels, Vec::new());
        self.compute_into(&mut layers, inputs, n_pixels, None);
        layers
    }

    /// As [`compute`](Self::compute), into `layers`. Pixels that are not `inside` the mask are missing.
    fn compute_into(
        &self,
        layers: &mut [Vec<f32>],
        inputs: &[Stored],
        n_pixels: usize,
        inside: Option<&[bool]>,
    ) {
        let chain = &*self.chain;
        let block_pixels = self.block_pixels(n_pixels);
        let n_blocks = n_pixels.div_ceil(block_pixels);
        let n_steps: usize = chain
            .returned
            .iter()
            .map(|&l| chain.layers[l].n_steps)
            .sum();
        // Each block owns its piece of every step of every layer, so that threads share nothing.
        let mut pieces: Vec<Vec<&mut [f32]>> =
            (0..n_blocks).map(|_| Vec::with_capacity(n_steps)).collect();
        for layer in layers {
            for step in layer.chunks_exact_mut(n_pixels.max(1)) {
                pieces
                    .iter_mut()
                    .zip(step.chunks_mut(block_pixels))
                    .for_each(|(pieces, piece)| pieces.push(piece));
            }
        }
        pieces.into_par_iter().enumerate().for_each_init(
            || Scratch::new(chain, &self.steps_kept, block_pixels),
            |scratch, (block, pieces)| {
                if self.is_ending.load(Ordering::Relaxed) {
                    return;
                }
                let first = block * block_pixels;
                let n = block_pixels.min(n_pixels - first);
                let inside = inside.map(|inside| &inside[first..first + n]);
                // Most of a rectangle around a region may be outside of it.
                if inside.is_some_and(|inside| !inside.contains(&true)) {
                    for piece in pieces {
                        piece.fill(f32::NAN);
                    }
                    return;
                }
                self.compute_block(
                    scratch,
                    &BlockOfTile {
                        inputs,
                        n_pixels,
                        first,
                        n,
                    },
                );
                if let Some(inside) = inside {
                    scratch.hide_outside(&chain.returned, inside);
                }
                let steps = chain
                    .returned
                    .iter()
                    .flat_map(|&layer| scratch.layers[layer].chunks_exact(scratch.stride));
                copy_past_cache(pieces.into_iter().zip(steps.map(|step| &step[..n])));
            },
        );
    }

    /// Pixels of a block of a tile of `n_pixels`: as many as the cache holds, if all threads get some blocks.
    fn block_pixels(&self, n_pixels: usize) -> usize {
        let layers = self.chain.layers.iter().map(|layer| layer.n_steps);
        let n_steps = layers.sum::<usize>() + self.steps_kept.iter().sum::<usize>();
        let in_cache = BLOCK_BYTES / (size_of::<f32>() * n_steps.max(1));
        let for_all = n_pixels / (BLOCKS_A_THREAD * rayon::current_num_threads());
        let pixels = in_cache.min(for_all).min(MAX_BLOCK_PIXELS);
        (pixels / BLOCK_PIXELS).max(1) * BLOCK_PIXELS
    }

    /// One block through the whole chain.
    fn compute_block(&self, scratch: &mut Scratch, tile: &BlockOfTile<'_>) {
        scratch.decoded.fill(Decoded::Nothing);
        let (by_year, at_once) = self.stages.split_at(self.n_by_year);
        if !by_year.is_empty() {
            for year in 0..self.chain.years.count() {
                for &number in by_year {
                    self.compute_stage(number, Some(year), scratch, tile);
                }
            }
        }
        for &number in at_once {
            self.compute_stage(number, None, scratch, tile);
        }
    }

    /// One stage of a block: all of its steps, or those of one year.
    fn compute_stage(
        &self,
        number: usize,
        year: Option<usize>,
        scratch: &mut Scratch,
        tile: &BlockOfTile<'_>,
    ) {
        let chain = &*self.chain;
        let stage = &chain.stages[number];
        for i in stage.inputs.iter().filter_map(|operand| operand.input()) {
            scratch.decode(i, chain, year, tile);
        }
        let stride = scratch.stride;
        let from = (stage.first_step + year.unwrap_or(0)) * stride;
        // The layers that the stage writes are taken out, so that it can read the others.
        let mut written: Vec<Vec<f32>> = stage
            .outputs
            .iter()
            .map(|&layer| std::mem::take(&mut scratch.layers[layer]))
            .collect();
        let views = stage.inputs.iter().map(|&operand| match operand {
            Operand::Input(i) => scratch.input(i, chain, year, tile),
            Operand::Layer(i) => {
                InputView::layer(&scratch.layers[i], stride, chain.layers[i].n_steps)
            }
        });
        let tables = &self.tables[number];
        let mut block = Block {
            n_pixels: tile.n,
            inputs: views.collect(),
            outputs: written
                .iter_mut()
                .map(|values| OutputView {
                    values: &mut values[from..],
                    stride,
                })
                .collect(),
            tables: match year {
                Some(year) if !tables.is_empty() => &tables[MONTHS * year..][..MONTHS],
                _ => tables,
            },
        };
        stage.kernel.run_block(&mut block, self.precision);
        for (&layer, values) in stage.outputs.iter().zip(written) {
            scratch.layers[layer] = values;
        }
    }
}

/// The name of the engine, with its threads.
pub(crate) fn engine_name() -> String {
    format!("CPU, {} threads", rayon::current_num_threads())
}

/// The name of an engine without the number of its threads, on which no number depends.
#[cfg(feature = "gdal")]
pub(crate) fn without_threads(device: &str) -> &str {
    let threads = device.strip_prefix("CPU, ");
    if threads.is_some() { "CPU" } else { device }
}

impl Engine for CpuEngine {
    fn name(&self) -> String {
        engine_name()
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
        let (n_pixels, inside) = (tile.window.n_pixels(), tile.inside.as_deref());
        self.compute_into(&mut output.layers, &tile.inputs, n_pixels, inside);
        if self.is_ending.load(Ordering::Relaxed) {
            let window = tile.window;
            return Err(EngineError::GivenUp { window });
        }
        Ok(output)
    }

    fn give_up_when(&mut self, is_ending: Arc<AtomicBool>) {
        self.is_ending = is_ending;
    }

    fn reuse(&mut self, used: TileOutput) {
        self.used.push(used);
    }
}

/// The inputs and layers of one block as quantities, `[input or layer][step][pixel]`.
struct Scratch {
    /// Distance from one step to the next.
    stride: usize,
    inputs: Vec<Vec<f32>>,
    /// What each input holds of the current block.
    decoded: Vec<Decoded>,
    layers: Vec<Vec<f32>>,
}

/// What is decoded of an input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decoded {
    Nothing,
    Year(usize),
    All,
}

impl Scratch {
    /// Makes pixels outside the mask missing in some layers.
    fn hide_outside(&mut self, layers: &[usize], inside: &[bool]) {
        if !inside.contains(&false) {
            return;
        }
        for &layer in layers {
            for step in self.layers[layer].chunks_exact_mut(self.stride) {
                let pixels = step.iter_mut().zip(inside);
                for (value, _) in pixels.filter(|(_, is_inside)| !**is_inside) {
                    *value = f32::NAN;
                }
            }
        }
    }

    fn new(chain: &Chain, steps_kept: &[usize], block_pixels: usize) -> Self {
        let stride = block_pixels + STRIDE_EXCESS;
        let scratch = |n_steps: usize| vec![f32::NAN; n_steps * stride];
        let layers = chain.layers.iter().map(|layer| scratch(layer.n_steps));
        let inputs = steps_kept.iter().map(|&n_steps| scratch(n_steps));
        Self {
            stride,
            inputs: inputs.collect(),
            decoded: vec![Decoded::Nothing; chain.inputs.len()],
            layers: layers.collect(),
        }
    }

    /// Decodes input `i`, or a year of its months, just before it is first read, so that it is still in the
    /// cache. Cells stay as they are stored.
    fn decode(&mut self, i: usize, chain: &Chain, year: Option<usize>, tile: &BlockOfTile<'_>) {
        let input = &chain.inputs[i];
        if input.is_on_cells() {
            return;
        }
        let (wanted, steps) = match year {
            Some(year) if by_year::is_monthly(chain, input) => {
                (Decoded::Year(year), MONTHS * year..MONTHS * (year + 1))
            }
            _ => (Decoded::All, 0..input.n_steps),
        };
        if self.decoded[i] != wanted {
            let stored = values_from(&tile.inputs[i], tile.first);
            let view = InputView::stored(stored, tile.n_pixels, input.n_steps, &input.decoding);
            view.decode_steps(steps, tile.n, &mut self.inputs[i], self.stride);
            self.decoded[i] = wanted;
        }
    }

    /// Input `i`, or a year of its months, as a stage reads it.
    fn input<'a>(
        &'a self,
        i: usize,
        chain: &'a Chain,
        year: Option<usize>,
        tile: &BlockOfTile<'a>,
    ) -> InputView<'a> {
        let input = &chain.inputs[i];
        if input.is_on_cells() {
            // Cells belong to no pixel: they are read where they are.
            let stored = &tile.inputs[i];
            let stride = input.stride(stored, tile.n_pixels);
            let values = values_from(stored, 0);
            return InputView::stored(values, stride, input.n_steps, &input.decoding);
        }
        let n_steps = if year.is_some() && by_year::is_monthly(chain, input) {
            MONTHS
        } else {
            input.n_steps
        };
        InputView::layer(&self.inputs[i], self.stride, n_steps)
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
