//! What is not left to `f32`: pixels within rounding of a threshold.

use crate::chain::Chain;
use crate::engines::cpu::CpuEngine;
use crate::kernels::abi::flags;
use crate::tile::{Tile, gather};

/// Computes the pixels that a stage flags once more in `f64`, from their inputs on, and takes
/// over what that stage gives.
pub(super) fn decide(chain: &Chain, cpu: &CpuEngine, tile: &Tile, layers: &mut [Vec<f32>]) {
    let n_pixels = tile.window.n_pixels();
    for stage in &chain.stages {
        let Some(place) = stage.flags_layer().and_then(|layer| chain.place_of(layer)) else { continue };
        let flagged: Vec<usize> = (0..n_pixels).filter(|&pixel| is_flagged(layers[place][pixel])).collect();
        if flagged.is_empty() {
            continue;
        }
        let inputs = gather(&chain.inputs, &tile.inputs, n_pixels, &flagged);
        let decided = cpu.compute(&inputs, flagged.len());
        for place in stage.outputs.iter().filter_map(|&layer| chain.place_of(layer)) {
            for (step, values) in decided[place].chunks_exact(flagged.len()).enumerate() {
                for (&value, &pixel) in values.iter().zip(&flagged) {
                    layers[place][step * n_pixels + pixel] = value;
                }
            }
        }
        // The decision itself stays on record, also where f64 finds the pixel off the threshold.
        for &pixel in &flagged {
            layers[place][pixel] = with_decided(layers[place][pixel]);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags are small whole numbers")]
fn flag_bits(flags: f32) -> u16 {
    flags as u16
}

fn is_flagged(value: f32) -> bool {
    flag_bits(value) & flags::DECIDED_IN_F64 != 0
}

fn with_decided(value: f32) -> f32 {
    f32::from(flag_bits(value) | flags::DECIDED_IN_F64)
}
