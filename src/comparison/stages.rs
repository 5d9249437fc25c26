//! The comparison of one stage, and of all stages one by one.

use rayon::prelude::*;

use super::compare::{Comparison, Differences, Wider};
use super::members::Span;
use super::twins::{Layers, run_twin, steps_of, views};
use crate::chain::{Chain, Operand, Stage};
use crate::kernels::f32_range::is_extreme;
use crate::kernels::flags;
use crate::kernels::views::Block;
use crate::tile::Stored;

/// Compares every stage of `chain` with its twin in `f64`, fed the layers of the engine itself.
///
/// `chain` returns every layer ([`Chain::returning_everything`]) and `layers` are what an engine
/// without decisions in `f64` made of `inputs`, `[layer][step][pixel]`.
#[must_use]
pub fn compare_stages(
    chain: &Chain,
    inputs: &[Stored],
    layers: &Layers,
    n_pixels: usize,
) -> Vec<Comparison> {
    // What a stage was fed is gone where a later one has written over it.
    let there = (0..chain.stages.len())
        .into_par_iter()
        .filter(|&number| !chain.is_overwritten(number));
    let stages = there.flat_map_iter(|number| {
        let stage = &chain.stages[number];
        let reference = run_twin(chain, stage, inputs, layers, n_pixels);
        let mut decided = decided_pixels(stage, &reference);
        for (decided, is_extreme) in decided
            .iter_mut()
            .zip(extreme_pixels(chain, stage, inputs, layers, n_pixels))
        {
            *decided |= is_extreme;
        }
        let against = Against {
            reference: &reference,
            left_out: &decided,
            factor: 1.0,
            span: None,
        };
        compare_stage(chain, stage, inputs, layers, &against, n_pixels)
    });
    stages.collect()
}

/// What a stage is compared with.
pub(super) struct Against<'a> {
    /// `[port][step][pixel]`.
    pub(super) reference: &'a [Vec<f32>],
    /// Pixels that are not compared.
    pub(super) left_out: &'a [bool],
    /// Widens what is allowed.
    pub(super) factor: f64,
    /// Of ranks of members.
    pub(super) span: Option<Span>,
}

pub(super) fn compare_stage(
    chain: &Chain,
    stage: &Stage,
    inputs: &[Stored],
    layers: &Layers,
    against: &Against<'_>,
    n_pixels: usize,
) -> Vec<Comparison> {
    let reference = against.reference;
    let tables = stage.kernel.tables();
    let mut block = Block {
        n_pixels,
        inputs: views(chain, stage, inputs, layers, n_pixels),
        outputs: Vec::new(),
        tables: &tables,
    };
    let ports = stage.kernel.outputs();
    let mut comparisons = Vec::new();
    for (port, spec) in ports.iter().enumerate() {
        let layer = stage.outputs[port];
        let mut differences = Differences::default();
        let written = &layers[layer][steps_of(chain, stage, port, n_pixels)];
        for (i, (&ours, &theirs)) in written.iter().zip(&reference[port]).enumerate() {
            let (step, pixel) = (i / n_pixels, i % n_pixels);
            if against.left_out[pixel] {
                differences.n_decided += 1;
                continue;
            }
            let magnitude = |reference: f64| {
                stage
                    .kernel
                    .error_scale(&mut block, pixel, port, step, reference)
            };
            let classed = |of: usize| f64::from(reference[of][pixel]);
            let reach = against
                .span
                .as_ref()
                .map_or(0.0, |span| span.reach(port, i, ours, theirs));
            let wider = Wider {
                factor: against.factor,
                by: reach,
            };
            differences.add(
                ours,
                theirs,
                &spec.tolerance,
                wider,
                magnitude,
                classed,
                [step, pixel],
            );
        }
        comparisons.push(differences.summary(
            &stage.label,
            &chain.layers[layer],
            stage.kernel.spec().tolerance,
        ));
    }
    comparisons
}

/// Pixels that an engine hands to the CPU to decide: their shader's result is not used.
fn decided_pixels(stage: &Stage, reference: &[Vec<f32>]) -> Vec<bool> {
    let ports = stage.kernel.outputs();
    let n_pixels = reference.iter().map(Vec::len).min().unwrap_or(0);
    let Some(port) = ports.iter().position(|port| port.name == "flags") else {
        return vec![false; n_pixels];
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "flags are small whole numbers"
    )]
    let is_decided = |&value: &f32| (value as u16) & flags::DECIDED_IN_F64 != 0;
    reference[port].iter().map(is_decided).collect()
}

/// Pixels with a number among those that the stage reads which an engine leaves to the CPU. Cells on other grids are
/// not looked at: what is made of them is read by a later stage.
fn extreme_pixels(
    chain: &Chain,
    stage: &Stage,
    inputs: &[Stored],
    layers: &Layers,
    n_pixels: usize,
) -> Vec<bool> {
    let mut extreme = vec![false; n_pixels];
    let views = views(chain, stage, inputs, layers, n_pixels);
    for (&operand, view) in stage.inputs.iter().zip(&views) {
        if matches!(operand, Operand::Input(i) if chain.inputs[i].is_on_cells()) {
            continue;
        }
        let mut quantities = vec![f32::NAN; view.n_steps * n_pixels];
        view.decode(n_pixels, &mut quantities, n_pixels.max(1));
        for (i, &quantity) in quantities.iter().enumerate() {
            extreme[i % n_pixels] |= is_extreme(quantity);
        }
    }
    extreme
}
