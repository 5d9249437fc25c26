//! Pixels outside the mask cost the CPU engine nothing and are missing; those inside have their bits.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::sync::Arc;

use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::grid::Window;
use doline::synth::{self, SynthOptions};

#[test]
fn outside_is_missing_and_inside_has_the_bits_of_a_run_without_a_mask() {
    let options = SynthOptions::default();
    let window = Window {
        row: 40,
        col: 30,
        height: 40,
        width: 100,
    };
    let chain = support::chain_of_everything(synth::YEARS, synth::input_specs(&options));
    let mut engine = CpuEngine::new(Arc::new(chain));
    let mut tile = synth::tile(&options, window);
    let all = engine.run(&tile).expect("layers").layers;
    // Whole blocks outside, a block with both, and whole blocks inside.
    let inside: Vec<bool> = (0..window.n_pixels())
        .map(|pixel| pixel > 1300 && pixel % 1000 > 3)
        .collect();
    tile.inside = Some(inside.clone());
    let masked = engine.run(&tile).expect("layers").layers;
    let (mut n_inside, mut n_valid) = (0, 0);
    for (all, masked) in all.iter().zip(&masked) {
        assert_eq!(all.len(), masked.len());
        let steps = all
            .chunks_exact(inside.len())
            .zip(masked.chunks_exact(inside.len()));
        for (all, masked) in steps {
            for ((all, masked), &is_inside) in all.iter().zip(masked).zip(&inside) {
                let expected = if is_inside {
                    all.to_bits()
                } else {
                    f32::NAN.to_bits()
                };
                assert_eq!(masked.to_bits(), expected);
                n_inside += usize::from(is_inside);
                n_valid += usize::from(is_inside && !all.is_nan());
            }
        }
    }
    assert!(2 * n_valid > n_inside, "{n_valid} of {n_inside}");
}
