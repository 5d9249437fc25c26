//! What is not left to `f32`: pixels within rounding of a threshold, and numbers that are too large or too small.

use std::sync::Arc;

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::kernels::abi::flags;
use crate::tile::{Tile, gather};

/// The CPU as the one who decides.
pub(super) struct F64Recheck {
    /// The stages that lead to flags.
    of_flags: CpuEngine,
    /// All stages.
    of_extremes: CpuEngine,
}

impl F64Recheck {
    pub(super) fn new(chain: &Arc<Chain>) -> Self {
        Self {
            of_flags: CpuEngine::deciding(Arc::clone(chain)),
            of_extremes: CpuEngine::new(Arc::clone(chain)),
        }
    }

    /// Computes pixels once more in `f64`, from their inputs on: takes over what a stage gives where it flags a
    /// pixel, and all layers of the pixels that have read an extreme number.
    pub(super) fn decide(
        &self,
        chain: &Chain,
        tile: &Tile,
        extremes: &[usize],
        layers: &mut [Vec<f32>],
    ) {
        let n_pixels = tile.window.n_pixels();
        for stage in &chain.stages {
            let Some(place) = stage
                .flags_layer()
                .and_then(|layer| chain.index_of_layer(layer))
            else {
                continue;
            };
            let flagged: Vec<usize> = (0..n_pixels)
                .filter(|&pixel| is_flagged(layers[place][pixel]))
                .collect();
            let places = stage
                .outputs
                .iter()
                .filter_map(|&layer| chain.index_of_layer(layer));
            take_over(&self.of_flags, chain, tile, &flagged, places, layers);
            // The decision itself stays on record, also where f64 finds the pixel off the threshold.
            for &pixel in &flagged {
                layers[place][pixel] = with_decided(layers[place][pixel]);
            }
        }
        take_over(
            &self.of_extremes,
            chain,
            tile,
            extremes,
            0..chain.returned.len(),
            layers,
        );
        for place in chain
            .stages
            .iter()
            .filter_map(|stage| chain.index_of_layer(stage.flags_layer()?))
        {
            for &pixel in extremes {
                layers[place][pixel] = with_decided(layers[place][pixel]);
            }
        }
    }
}

/// Puts what `cpu` makes of these pixels into the layers at `places`.
fn take_over(
    cpu: &CpuEngine,
    chain: &Chain,
    tile: &Tile,
    pixels: &[usize],
    places: impl Iterator<Item = usize>,
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
    for place in places {
        for (step, values) in decided[place].chunks_exact(pixels.len()).enumerate() {
            for (&value, &pixel) in values.iter().zip(pixels) {
                layers[place][step * n_pixels + pixel] = value;
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
