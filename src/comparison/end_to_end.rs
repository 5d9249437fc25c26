//! The comparison of two engines, each from the inputs on.

use rayon::prelude::*;

use super::compare::Comparison;
use super::members::Span;
use super::stages::{Against, compare_stage};
use super::twins::{Layers, steps_of};
use crate::chain::{Chain, Operand, Stage};
use crate::kernels::lib::persistence::MAX_MARGIN;
use crate::kernels::twin::RankDependence;
use crate::tile::Stored;

/// Roundings of up to four stages, each amplified by mean over half range of the series, which is
/// 10 to 20 for productivity.
const END_TO_END_FACTOR: f64 = 20.0;

/// Compares the layers of an engine with those of the reference, each from the inputs on.
#[must_use]
pub fn compare_end_to_end(
    chain: &Chain,
    inputs: &[Stored],
    layers: &Layers,
    reference: &Layers,
    n_pixels: usize,
) -> Vec<Comparison> {
    let there = (0..chain.stages.len())
        .into_par_iter()
        .filter(|&number| !chain.is_overwritten(number));
    let stages = there.flat_map_iter(|number| {
        let stage = &chain.stages[number];
        let of_port = |(port, &layer): (usize, &usize)| {
            reference[layer][steps_of(chain, stage, port, n_pixels)].to_vec()
        };
        let of_stage: Vec<Vec<f32>> = stage.outputs.iter().enumerate().map(of_port).collect();
        let reordered = reordered_pixels(chain, stage, layers, reference, n_pixels);
        let span = Span::of(
            chain,
            stage,
            inputs,
            [layers, reference],
            n_pixels,
            END_TO_END_FACTOR,
        );
        let against = Against {
            reference: &of_stage,
            left_out: &reordered,
            factor: END_TO_END_FACTOR,
            span,
        };
        compare_stage(chain, stage, inputs, layers, &against, n_pixels)
    });
    stages.collect()
}

/// Pixels whose ranks depend on the rounding of the layers that are ranked: the two engines have the
/// values in another order, or the kernel ranks numbers that it makes of other values and some are near.
/// Stage by stage, fed the same layer, such pixels are equal.
fn reordered_pixels(
    chain: &Chain,
    stage: &Stage,
    layers: &Layers,
    reference: &Layers,
    n_pixels: usize,
) -> Vec<bool> {
    let mut reordered = vec![false; n_pixels];
    if matches!(
        stage.kernel.ranks(),
        RankDependence::Nothing | RankDependence::Members
    ) {
        return reordered;
    }
    let margin = stage
        .kernel
        .outputs()
        .iter()
        .position(|port| port.name == "margin");
    let margin = margin
        .filter(|_| stage.kernel.ranks() == RankDependence::Made)
        .map(|port| &reference[stage.outputs[port]]);
    let is_near = |pixel: usize| margin.is_some_and(|margin| f64::from(margin[pixel]) < MAX_MARGIN);
    for operand in &stage.inputs {
        let Operand::Layer(layer) = *operand else {
            continue;
        };
        let n_steps = chain.layers[layer].n_steps;
        for (pixel, reordered) in reordered.iter_mut().enumerate() {
            let series = |of: &Layers| -> Vec<f32> {
                (0..n_steps)
                    .map(|step| of[layer][step * n_pixels + pixel])
                    .collect()
            };
            let (ours, theirs) = (series(layers), series(reference));
            let same_bits = ours
                .iter()
                .zip(&theirs)
                .all(|(a, b)| a.to_bits() == b.to_bits());
            *reordered |= !same_bits && (is_near(pixel) || ranks(&ours) != ranks(&theirs));
        }
    }
    reordered
}

/// Which of each two values is larger.
fn ranks(series: &[f32]) -> Vec<Option<std::cmp::Ordering>> {
    (0..series.len())
        .flat_map(|i| (0..i).map(move |j| series[i].partial_cmp(&series[j])))
        .collect()
}
