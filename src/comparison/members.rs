//! What a rank of members is allowed, from what its members are.

use crate::chain::{Chain, Operand, Stage};
use crate::kernels::twin::RankDependence;
use crate::kernels::views::{Block, InputView};
use crate::tile::Stored;

use super::twins::{Layers, run_twin_on, steps_of, views};

/// The span of results `[port][step][pixel]` that are ranks of members.
///
/// Such a result never falls where a member rises. If each member is within its tolerance of the reference, the
/// result is between that of all members at their lowest and that of all at their highest. One member that is
/// allowed a lot moves a rank by one at most, so that it does not excuse the others.
pub(super) struct Span {
    lowest: Vec<Vec<f32>>,
    highest: Vec<Vec<f32>>,
}

impl Span {
    /// The span of the results of a stage, from the inputs on; none for a stage that takes no ranks of members.
    /// `factor` widens what members are allowed.
    pub(super) fn of(
        chain: &Chain,
        stage: &Stage,
        inputs: &[Stored],
        [layers, reference]: [&Layers; 2],
        n_pixels: usize,
        factor: f64,
    ) -> Option<Self> {
        if stage.kernel.ranks() != RankDependence::Members {
            return None;
        }
        let mut allowed: Vec<Option<Vec<f64>>> = Vec::new();
        for operand in &stage.inputs {
            // Every engine reads the same inputs.
            allowed.push(match *operand {
                Operand::Input(_) => None,
                Operand::Layer(layer) => Some(allowed_in(
                    chain,
                    layer,
                    inputs,
                    [layers, reference],
                    n_pixels,
                    factor,
                )),
            });
        }
        let all_moved_by = |sign: f64| {
            let moved: Vec<Option<Vec<f32>>> = stage
                .inputs
                .iter()
                .zip(&allowed)
                .map(|(operand, allowed)| {
                    let (Operand::Layer(layer), Some(allowed)) = (*operand, allowed) else {
                        return None;
                    };
                    #[expect(clippy::cast_possible_truncation, reason = "layers are f32")]
                    let one = |(&value, &allowed): (&f32, &f64)| {
                        (f64::from(value) + sign * allowed) as f32
                    };
                    Some(reference[layer].iter().zip(allowed).map(one).collect())
                })
                .collect();
            let mut views = views(chain, stage, inputs, reference, n_pixels);
            for (view, moved) in views.iter_mut().zip(&moved) {
                if let Some(values) = moved {
                    *view = InputView::layer(values, n_pixels, view.n_steps);
                }
            }
            run_twin_on(chain, stage, views, n_pixels)
        };
        Some(Self {
            lowest: all_moved_by(-1.0),
            highest: all_moved_by(1.0),
        })
    }

    /// How far value `i` of an output may be from the reference on the side of `value`.
    pub(super) fn reach(&self, port: usize, i: usize, value: f32, reference: f32) -> f64 {
        let end = if value < reference {
            &self.lowest
        } else {
            &self.highest
        };
        let reach = (f64::from(end[port][i]) - f64::from(reference)).abs();
        if reach.is_finite() { reach } else { 0.0 }
    }
}

/// How far each value of a layer may be from the reference, by the stages that write it.
fn allowed_in(
    chain: &Chain,
    layer: usize,
    inputs: &[Stored],
    [layers, reference]: [&Layers; 2],
    n_pixels: usize,
    factor: f64,
) -> Vec<f64> {
    let mut allowed = vec![0.0; reference[layer].len()];
    for stage in &chain.stages {
        let tables = stage.kernel.tables();
        let views = views(chain, stage, inputs, layers, n_pixels);
        let mut block = Block {
            n_pixels,
            inputs: views,
            outputs: Vec::new(),
            tables: &tables,
        };
        for (port, spec) in stage
            .kernel
            .outputs()
            .iter()
            .enumerate()
            .filter(|(port, _)| stage.outputs[*port] == layer)
        {
            let steps = steps_of(chain, stage, port, n_pixels);
            for (i, at) in steps.enumerate() {
                let theirs = f64::from(reference[layer][at]);
                if !theirs.is_nan() {
                    let magnitude = stage.kernel.error_scale(
                        &mut block,
                        i % n_pixels,
                        port,
                        i / n_pixels,
                        theirs,
                    );
                    allowed[at] = factor * spec.tolerance.allowed(magnitude);
                }
            }
        }
    }
    allowed
}
