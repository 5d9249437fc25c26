//! Holds one engine against the reference, layer by layer.
//!
//! Two comparisons answer two questions. *Stage by stage*, the twin of each kernel is fed what the
//! GPU's stage was fed, so a difference is that shader's own. *End to end*, each engine starts from
//! the inputs, so a difference is what a user's map would show.
//!
//! The comparison stands in the library, and not in the tests, so that `doline validate` runs it on
//! a user's own data and card.

mod compare;

use rayon::prelude::*;

use crate::chain::{Chain, Operand, Stage};
use crate::engines::cpu::values_from;
use crate::kernels::abi::{Block, InputView, OutputView, Precision, Values, flags};
use crate::tile::{Decoding, Stored};

pub use compare::{Comparison, Differences};

/// Roundings of up to four stages, each amplified by mean over half range of the series, which is
/// 10 to 20 for productivity.
const END_TO_END_FACTOR: f64 = 20.0;

/// Layers of all stages, as an engine gave them.
pub type Layers = [Vec<f32>];

/// Compares every stage of `chain` with its twin in `f64`, fed the layers of the engine itself.
///
/// `chain` returns every layer ([`Chain::returning_everything`]) and `layers` are what an engine
/// without decisions in `f64` made of `inputs`, `[layer][step][pixel]`.
#[must_use]
pub fn compare_stages(chain: &Chain, inputs: &[Stored], layers: &Layers, n_pixels: usize) -> Vec<Comparison> {
    let stages = chain.stages.par_iter().flat_map_iter(|stage| {
        let reference = run_twin(chain, stage, inputs, layers, n_pixels);
        let decided = decided_pixels(stage, &reference);
        compare_stage(chain, stage, inputs, layers, &reference, &decided, n_pixels, 1.0)
    });
    stages.collect()
}

/// Compares the layers of an engine with those of the reference, each from the inputs on.
#[must_use]
pub fn compare_end_to_end(
    chain: &Chain,
    inputs: &[Stored],
    layers: &Layers,
    reference: &Layers,
    n_pixels: usize,
) -> Vec<Comparison> {
    let stages = chain.stages.par_iter().flat_map_iter(|stage| {
        let of_stage: Vec<Vec<f32>> = stage.outputs.iter().map(|&layer| reference[layer].clone()).collect();
        let undecided = vec![false; n_pixels];
        compare_stage(chain, stage, inputs, layers, &of_stage, &undecided, n_pixels, END_TO_END_FACTOR)
    });
    stages.collect()
}

/// The inputs of a stage as its twin reads them, from one pixel on.
fn views<'a>(
    chain: &'a Chain,
    stage: &Stage,
    inputs: &'a [Stored],
    layers: &'a Layers,
    n_pixels: usize,
    identity: &'a Decoding,
) -> Vec<InputView<'a>> {
    let view = |&operand: &Operand| match operand {
        Operand::Input(i) => InputView {
            values: values_from(&inputs[i], 0),
            stride: n_pixels,
            n_steps: chain.inputs[i].n_steps,
            decoding: &chain.inputs[i].decoding,
        },
        Operand::Layer(i) => InputView {
            values: Values::Layer(&layers[i]),
            stride: n_pixels,
            n_steps: chain.layers[i].n_steps,
            decoding: identity,
        },
    };
    stage.inputs.iter().map(view).collect()
}

/// What the twin makes of these inputs and layers, `[port][step][pixel]`.
fn run_twin(chain: &Chain, stage: &Stage, inputs: &[Stored], layers: &Layers, n_pixels: usize) -> Vec<Vec<f32>> {
    let identity = Decoding::identity();
    let tables = stage.kernel.tables();
    let mut outputs: Vec<Vec<f32>> =
        stage.outputs.iter().map(|&layer| vec![f32::NAN; chain.layers[layer].n_steps * n_pixels]).collect();
    let mut block = Block {
        n_pixels,
        inputs: views(chain, stage, inputs, layers, n_pixels, &identity),
        outputs: outputs.iter_mut().map(|values| OutputView { values, stride: n_pixels }).collect(),
        tables: &tables,
    };
    stage.kernel.run_block(&mut block, Precision::Reference);
    outputs
}

/// Pixels that an engine hands to the CPU to decide: their shader's result is not used.
fn decided_pixels(stage: &Stage, reference: &[Vec<f32>]) -> Vec<bool> {
    let ports = stage.kernel.outputs();
    let n_pixels = reference.iter().map(Vec::len).min().unwrap_or(0);
    let Some(port) = ports.iter().position(|port| port.name == "flags") else { return vec![false; n_pixels] };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags are small whole numbers")]
    let is_decided = |&value: &f32| (value as u16) & flags::DECIDED_IN_F64 != 0;
    reference[port].iter().map(is_decided).collect()
}

#[expect(clippy::too_many_arguments, reason = "the two callers differ in two of them")]
fn compare_stage(
    chain: &Chain,
    stage: &Stage,
    inputs: &[Stored],
    layers: &Layers,
    reference: &[Vec<f32>],
    decided: &[bool],
    n_pixels: usize,
    factor: f64,
) -> Vec<Comparison> {
    let identity = Decoding::identity();
    let tables = stage.kernel.tables();
    let mut block = Block {
        n_pixels,
        inputs: views(chain, stage, inputs, layers, n_pixels, &identity),
        outputs: Vec::new(),
        tables: &tables,
    };
    let ports = stage.kernel.outputs();
    let mut comparisons = Vec::new();
    for (port, spec) in ports.iter().enumerate() {
        let layer = stage.outputs[port];
        let mut differences = Differences::default();
        for (i, (&ours, &theirs)) in layers[layer].iter().zip(&reference[port]).enumerate() {
            let (step, pixel) = (i / n_pixels, i % n_pixels);
            if decided[pixel] {
                differences.n_decided += 1;
                continue;
            }
            let magnitude = |reference: f64| stage.kernel.magnitude(&mut block, pixel, port, step, reference);
            let classed = |of: usize| f64::from(reference[of][pixel]);
            differences.add(ours, theirs, &spec.tolerance, factor, magnitude, classed, [step, pixel]);
        }
        comparisons.push(differences.summary(&stage.label, &chain.layers[layer], stage.kernel.spec().tolerance));
    }
    comparisons
}
