//! Pixels that are computed again in `f64`: those within rounding of a threshold, and those with
//! numbers that are too large or too small for `f32`.

use std::sync::Arc;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::kernels::flags;
use crate::tile::{Tile, gather};

/// The CPU engines that compute such pixels.
pub(super) struct F64Recheck {
    /// The stages that lead to flags.
    of_flags: CpuEngine,
    /// All stages.
    of_extremes: CpuEngine,
}

impl F64Recheck {
    pub(super) fn new(chain: &Arc<Chain>) -> Self {
        Self {
            of_flags: CpuEngine::for_recheck(Arc::clone(chain)),
            of_extremes: CpuEngine::new(Arc::clone(chain)),
        }
    }

    /// Computes pixels again in `f64`, starting from their inputs. Replaces the outputs of a stage
    /// where it flags a pixel, and all layers of the pixels that have read an extreme number.
    pub(super) fn run(
        &self,
        chain: &Chain,
        tile: &Tile,
        extremes: &[usize],
        layers: &mut [Vec<f32>],
    ) {
        let n_pixels = tile.window.n_pixels();
        for stage in &chain.stages {
            let Some(index) = stage
                .flags_layer()
                .and_then(|layer| chain.index_of_layer(layer))
            else {
                continue;
            };
            let flagged: Vec<usize> = (0..n_pixels)
                .filter(|&pixel| is_flagged(layers[index][pixel]))
                .collect();
            let indices = stage
                .outputs
                .iter()
                .filter_map(|&layer| chain.index_of_layer(layer));
            replace(&self.of_flags, chain, tile, &flagged, indices, layers);
            // The flag stays, also where f64 finds that the pixel is not near the threshold.
            for &pixel in &flagged {
                layers[index][pixel] = with_decided(layers[index][pixel]);
            }
        }
        replace(
            &self.of_extremes,
            chain,
            tile,
            extremes,
            0..chain.returned.len(),
            layers,
        );
        for index in chain
            .stages
            .iter()
            .filter_map(|stage| chain.index_of_layer(stage.flags_layer()?))
        {
            for &pixel in extremes {
                layers[index][pixel] = with_decided(layers[index][pixel]);
            }
        }
    }
}

/// Replaces these pixels in the layers at `indices` by what `cpu` computes.
fn replace(
    cpu: &CpuEngine,
    chain: &Chain,
    tile: &Tile,
    pixels: &[usize],
    indices: impl Iterator<Item = usize>,
    layers: &mut [Vec<f32>],
) {
    if pixels.is_empty() {
        return;
    }
    let n_pixels = tile.window.n_pixels();
    let decided = cpu.compute(
        &gather(&chain.inputs, &tile.inputs, n_pixels, pixels),
        pixels.len(),
    );
    for index in indices {
        for (step, values) in decided[index].chunks_exact(pixels.len()).enumerate() {
            for (&value, &pixel) in values.iter().zip(pixels) {
                layers[index][step * n_pixels + pixel] = value;
            }
        }
    }
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
