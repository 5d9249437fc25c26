//! The twin of a stage on the inputs and layers of an engine.

use crate::chain::{Chain, Operand, Stage};
use crate::engines::cpu::values_from;
use crate::kernels::twin::Precision;
use crate::kernels::views::{Block, InputView, OutputView};
use crate::tile::Stored;

/// Layers of all stages, as an engine gave them.
pub type Layers = [Vec<f32>];

/// The inputs of a stage as its twin reads them, from one pixel on.
pub(super) fn views<'a>(
    chain: &'a Chain,
    stage: &Stage,
    inputs: &'a [Stored],
    layers: &'a Layers,
    n_pixels: usize,
) -> Vec<InputView<'a>> {
    let view = |&operand: &Operand| match operand {
        Operand::Input(i) => {
            let input = &chain.inputs[i];
            let stride = input.stride(&inputs[i], n_pixels);
            InputView::stored(
                values_from(&inputs[i], 0),
                stride,
                input.n_steps,
                &input.decoding,
            )
        }
        Operand::Layer(i) => InputView::layer(&layers[i], n_pixels, chain.layers[i].n_steps),
    };
    stage.inputs.iter().map(view).collect()
}

/// The position of the values that a stage writes in the layer of its output `port`: all of them, or one member.
pub(super) fn steps_of(
    chain: &Chain,
    stage: &Stage,
    port: usize,
    n_pixels: usize,
) -> std::ops::Range<usize> {
    let n_steps = stage.kernel.outputs()[port].steps.count(chain.years);
    let from = stage.first_step * n_pixels;
    from..from + n_steps * n_pixels
}

/// What the twin makes of these inputs and layers, `[port][step][pixel]`.
pub(super) fn run_twin(
    chain: &Chain,
    stage: &Stage,
    inputs: &[Stored],
    layers: &Layers,
    n_pixels: usize,
) -> Vec<Vec<f32>> {
    run_twin_on(
        chain,
        stage,
        views(chain, stage, inputs, layers, n_pixels),
        n_pixels,
    )
}

/// The same of these views.
pub(super) fn run_twin_on(
    chain: &Chain,
    stage: &Stage,
    inputs: Vec<InputView<'_>>,
    n_pixels: usize,
) -> Vec<Vec<f32>> {
    let tables = stage.kernel.tables();
    let ports = 0..stage.outputs.len();
    let mut outputs: Vec<Vec<f32>> = ports
        .map(|port| vec![f32::NAN; steps_of(chain, stage, port, n_pixels).len()])
        .collect();
    let mut block = Block {
        n_pixels,
        inputs,
        outputs: outputs
            .iter_mut()
            .map(|values| OutputView {
                values,
                stride: n_pixels,
            })
            .collect(),
        tables: &tables,
    };
    stage.kernel.run_block(&mut block, Precision::Reference);
    outputs
}
