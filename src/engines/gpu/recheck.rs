//! Pixels that are computed again in `f64`: those within rounding of a threshold, and those with
//! numbers that are too large or too small for `f32`.
//!
//! The device picks the inputs of flagged pixels, whatever the number of stages that flag them. Where
//! it has no room for all of a slab, and for numbers outside `f32`, they are gathered from the tile,
//! row by row on all cores.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::kernels::flags;
use crate::tile::{Stored, Tile};

use super::collect::TileOnItsWay;
use super::pack::{PIXEL_EXTREME, PIXEL_FLAGGED, PIXEL_LEFT};
use super::picking::{PickedPixels, read_for_flags};

/// Pixels in which one thread looks for flags at a time.
const LOOK_PIXELS: usize = 1 << 13;

/// The CPU engines that compute such pixels.
pub(super) struct F64Recheck {
    /// The stages that lead to flags.
    of_flags: CpuEngine,
    /// Which inputs these read.
    read_for_flags: Vec<bool>,
    /// All stages.
    of_all: CpuEngine,
}

/// A pixel to be replaced, and its index among those that were gathered.
#[derive(Clone, Copy, Debug)]
struct Gathered {
    index: usize,
    pixel: usize,
}

/// A stage that flags pixels; layers by their indices among the returned ones.
struct Flagging {
    flags: usize,
    outputs: Vec<usize>,
    pixels: Vec<Gathered>,
}

impl F64Recheck {
    pub(super) fn new(chain: &Arc<Chain>) -> Self {
        Self {
            of_flags: CpuEngine::for_recheck(Arc::clone(chain)),
            read_for_flags: read_for_flags(chain),
            of_all: CpuEngine::new(Arc::clone(chain)),
        }
    }

    /// Computes pixels again in `f64`, starting from their inputs. Replaces the outputs of a stage
    /// where it flags a pixel, and all layers of the pixels that have read an extreme number.
    pub(super) fn run(&self, chain: &Chain, on_its_way: &mut TileOnItsWay) {
        let TileOnItsWay {
            tile,
            output,
            attention,
            picked,
            not_picked,
            ..
        } = on_its_way;
        let layers = &mut output.layers;
        for slab in not_picked.drain(..) {
            // An extreme pixel is computed in all layers: its flags need no look of their own.
            let is_flagged = |pixel| pixel == PIXEL_FLAGGED;
            let pixels = pixels_with(attention, slab, is_flagged);
            let inputs = gather(chain, tile, &pixels, &self.read_for_flags);
            picked.push(PickedPixels { pixels, inputs });
        }
        for flagged in picked.drain(..) {
            self.decide(chain, &flagged, attention.len(), layers);
        }
        let all = 0..attention.len();
        let is_whole = |pixel| pixel & (PIXEL_EXTREME | PIXEL_LEFT) != 0;
        let pixels = pixels_with(attention, all, is_whole);
        if !pixels.is_empty() {
            self.compute_all(chain, tile, &pixels, attention, layers);
        }
    }

    /// Computes flagged pixels of a tile of `n_pixels` again.
    fn decide(
        &self,
        chain: &Chain,
        flagged: &PickedPixels,
        n_pixels: usize,
        layers: &mut [Vec<f32>],
    ) {
        let PickedPixels { pixels, inputs } = flagged;
        if pixels.is_empty() {
            return;
        }
        let decided = self.of_flags.compute(inputs, pixels.len());
        let stages = flagging(chain, pixels, layers);
        replace_flagged(&stages, pixels.len(), &decided, layers, n_pixels);
    }

    /// Computes all layers of pixels that have read an extreme number, or that a stage leaves to `f64`. These have the
    /// flags of the reference; the reference does not flag numbers that are extreme for a device alone.
    fn compute_all(
        &self,
        chain: &Chain,
        tile: &Tile,
        pixels: &[usize],
        attention: &[u8],
        layers: &mut [Vec<f32>],
    ) {
        let (n_pixels, n) = (tile.window.n_pixels(), pixels.len());
        let inputs = gather(chain, tile, pixels, &vec![true; chain.inputs.len()]);
        let decided = self.of_all.compute(&inputs, n);
        let pixels = numbered(pixels);
        let is_extreme = |of: &&Gathered| attention[of.pixel] & PIXEL_EXTREME != 0;
        let extremes: Vec<Gathered> = pixels.iter().filter(is_extreme).copied().collect();
        let flags: Vec<usize> = flags_layers(chain).collect();
        let layers = layers.par_iter_mut().zip(&decided).enumerate();
        layers.for_each(|(index, (layer, decided))| {
            replace(&pixels, layer, n_pixels, decided, n);
            if flags.contains(&index) {
                mark(&extremes, layer);
            }
        });
    }
}

/// The pixels of a range of which `is_wanted` holds, found on all cores.
fn pixels_with(
    attention: &[u8],
    range: Range<usize>,
    is_wanted: impl Fn(u8) -> bool + Sync,
) -> Vec<usize> {
    let chunks = attention[range.clone()].par_chunks(LOOK_PIXELS).enumerate();
    chunks
        .flat_map_iter(|(chunk, attention)| {
            let first = range.start + chunk * LOOK_PIXELS;
            let wanted = attention.iter().zip(first..);
            wanted.filter_map(|(&attention, pixel)| is_wanted(attention).then_some(pixel))
        })
        .collect()
}

/// Pixels with their numbers.
fn numbered(pixels: &[usize]) -> Vec<Gathered> {
    let numbers = pixels.iter().enumerate();
    numbers
        .map(|(index, &pixel)| Gathered { index, pixel })
        .collect()
}

/// The returned layers of flags, by their index.
fn flags_layers(chain: &Chain) -> impl Iterator<Item = usize> {
    let stages = chain.stages.iter();
    stages.filter_map(|stage| chain.index_of_layer(stage.flags_layer()?))
}

/// The stages that flag some of the gathered pixels, with these.
fn flagging(chain: &Chain, gathered: &[usize], layers: &[Vec<f32>]) -> Vec<Flagging> {
    let stages = chain.stages.par_iter().filter_map(|stage| {
        let flags = chain.index_of_layer(stage.flags_layer()?)?;
        let mut pixels = numbered(gathered);
        pixels.retain(|gathered| is_flagged(layers[flags][gathered.pixel]));
        let outputs = stage.outputs.iter();
        Some(Flagging {
            flags,
            outputs: outputs
                .filter_map(|&layer| chain.index_of_layer(layer))
                .collect(),
            pixels,
        })
    });
    stages.filter(|stage| !stage.pixels.is_empty()).collect()
}

/// Replaces the outputs of each stage where it flags a pixel. The flag stays, also where `f64` finds
/// that the pixel is not near the threshold.
fn replace_flagged(
    stages: &[Flagging],
    n_gathered: usize,
    decided: &[Vec<f32>],
    layers: &mut [Vec<f32>],
    n_pixels: usize,
) {
    let layers = layers.par_iter_mut().zip(decided).enumerate();
    layers.for_each(|(index, (layer, decided))| {
        for stage in stages {
            if stage.outputs.contains(&index) {
                replace(&stage.pixels, layer, n_pixels, decided, n_gathered);
            }
            if stage.flags == index {
                mark(&stage.pixels, layer);
            }
        }
    });
}

/// Replaces these pixels of a layer of `n_pixels` by what was decided of the gathered ones.
fn replace(
    pixels: &[Gathered],
    layer: &mut [f32],
    n_pixels: usize,
    decided: &[f32],
    n_gathered: usize,
) {
    let steps = layer.chunks_exact_mut(n_pixels);
    for (values, decided) in steps.zip(decided.chunks_exact(n_gathered)) {
        for &Gathered { index, pixel } in pixels {
            values[pixel] = decided[index];
        }
    }
}

/// Sets the flag of pixels that were decided.
fn mark(pixels: &[Gathered], flags: &mut [f32]) {
    for gathered in pixels {
        flags[gathered.pixel] = with_decided(flags[gathered.pixel]);
    }
}

/// The inputs of some pixels of a tile, each row on a thread of its own; cells stay as they are. An
/// input that is not `read` stays empty.
fn gather(chain: &Chain, tile: &Tile, pixels: &[usize], read: &[bool]) -> Vec<Stored> {
    let n_pixels = tile.window.n_pixels();
    let inputs = chain.inputs.iter().zip(&tile.inputs).zip(read);
    inputs
        .map(|((spec, stored), &is_read)| match stored {
            _ if !is_read => Stored::zeros(spec.data_type, 0),
            stored if spec.is_on_cells() => stored.clone(),
            Stored::U8(values) => Stored::U8(pick(values, n_pixels, pixels)),
            Stored::I16(values) => Stored::I16(pick(values, n_pixels, pixels)),
            Stored::U16(values) => Stored::U16(pick(values, n_pixels, pixels)),
            Stored::F32(values) => Stored::F32(pick(values, n_pixels, pixels)),
        })
        .collect()
}

fn pick<T: Copy + Default + Send + Sync>(
    values: &[T],
    n_pixels: usize,
    pixels: &[usize],
) -> Vec<T> {
    let n_steps = values.len() / n_pixels.max(1);
    let mut picked = vec![T::default(); n_steps * pixels.len()];
    let rows = picked
        .par_chunks_exact_mut(pixels.len().max(1))
        .zip(values.par_chunks_exact(n_pixels.max(1)));
    rows.for_each(|(picked, step)| {
        for (value, &pixel) in picked.iter_mut().zip(pixels) {
            *value = step[pixel];
        }
    });
    picked
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "flags are small whole numbers"
)]
fn flag_bits(flags: f32) -> u16 {
    flags as u16
}

fn is_flagged(value: f32) -> bool {
    flag_bits(value) & flags::DECIDED_IN_F64 != 0
}

fn with_decided(value: f32) -> f32 {
    f32::from(flag_bits(value) | flags::DECIDED_IN_F64)
}
