//! Holds one engine against the reference, layer by layer.
//!
//! Two comparisons answer two questions. *Stage by stage*, the twin of each kernel is fed what the
//! GPU's stage was fed, so a difference is that shader's own. *End to end*, each engine starts from
//! the inputs, so a difference is what a user's map would show.
//!
//! The comparison stands in the library, and not in the tests, so that `doline validate` runs it on
//! a user's own data and card.

mod compare;
mod members;

use rayon::prelude::*;

use crate::chain::{Chain, Operand, Stage};
use crate::engines::cpu::values_from;
use crate::kernels::abi::{
    Block, InputView, OutputView, Precision, RankDependence, flags, is_extreme,
};
use crate::kernels::lib::persistence::MAX_MARGIN;
use crate::tile::Stored;

use compare::Wider;
pub use compare::{Comparison, Differences};
use members::Span;

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

/// Pixels whose ranks hang on the rounding of the layers they are taken of: the two engines have the
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

/// The inputs of a stage as its twin reads them, from one pixel on.
fn views<'a>(
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

/// Where the values that a stage writes stand in the layer of its output `port`: all of them, or one member.
fn steps_of(chain: &Chain, stage: &Stage, port: usize, n_pixels: usize) -> std::ops::Range<usize> {
    let n_steps = stage.kernel.outputs()[port].steps.count(chain.years);
    let from = stage.first_step * n_pixels;
    from..from + n_steps * n_pixels
}

/// What the twin makes of these inputs and layers, `[port][step][pixel]`.
fn run_twin(
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
fn run_twin_on(
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

/// What a stage is held against.
struct Against<'a> {
    /// `[port][step][pixel]`.
    reference: &'a [Vec<f32>],
    /// Pixels that are not compared.
    left_out: &'a [bool],
    /// Widens what is allowed.
    factor: f64,
    /// Of ranks of members.
    span: Option<Span>,
}

fn compare_stage(
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

/// Pixels to compare on, with the chain that computes them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// A chain that returns every layer.
    pub chain: std::sync::Arc<Chain>,
    /// Inputs, `[step][pixel]`.
    pub inputs: Vec<Stored>,
    /// Number of pixels.
    pub n_pixels: usize,
}

/// How an adapter did.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// The adapter with its driver.
    pub adapter: String,
    /// Stage by stage.
    pub stages: Vec<Comparison>,
    /// End to end.
    pub end_to_end: Vec<Comparison>,
}

impl Verdict {
    /// Whether every layer agrees in both comparisons. Comparing nothing is not agreement.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let all = || self.stages.iter().chain(&self.end_to_end);
        all().any(|row| row.n_compared > 0) && all().all(Comparison::agrees)
    }
}

/// Compares one adapter with the reference on a sample.
///
/// # Errors
///
/// The adapter is not there or fails.
#[cfg(feature = "gpu")]
pub fn validate_adapter(
    name: &str,
    sample: &Sample,
) -> Result<Verdict, crate::engines::EngineError> {
    use crate::engines::Engine as _;
    use crate::engines::cpu::CpuEngine;
    use crate::engines::gpu::{Gpu, GpuEngine};
    use crate::grid::Window;
    use crate::tile::Tile;
    use std::sync::Arc;

    /// Room for a slab of some ten thousand pixels.
    const MEMORY_BYTES: u64 = 512 << 20;
    let Sample {
        chain,
        inputs,
        n_pixels,
    } = sample;
    let window = Window {
        row: 0,
        col: 0,
        height: 1,
        width: *n_pixels,
    };
    let tile = Tile {
        window,
        inputs: inputs.clone(),
        inside: None,
    };
    let mut shaders =
        GpuEngine::without_recheck(Gpu::open(Some(name))?, Arc::clone(chain), MEMORY_BYTES)?;
    let adapter = shaders.name();
    let alone = shaders.run(&tile)?;
    let mut engine = GpuEngine::new(shaders.into_gpu(), Arc::clone(chain), MEMORY_BYTES)?;
    let whole = engine.run(&tile)?;
    let reference = CpuEngine::with_precision(Arc::clone(chain), Precision::Reference)
        .compute(inputs, *n_pixels);
    Ok(Verdict {
        adapter,
        stages: compare_stages(chain, inputs, &alone.layers, *n_pixels),
        end_to_end: compare_end_to_end(chain, inputs, &whole.layers, &reference, *n_pixels),
    })
}

/// About `n_pixels` pixels of the synthetic region, with every kernel that its inputs allow.
///
/// # Errors
///
/// None in practice: the recipe is fixed.
pub fn synthetic_sample(n_pixels: usize) -> Result<Sample, crate::error::Error> {
    use crate::calendar::Years;
    use crate::chain::{BootstrapOptions, Recipe, Sensitivity, TrendTest, build};
    use crate::kernels::respiration::{Denominator, Gsmsr};
    use crate::synth::{self, SynthOptions};
    use std::sync::Arc;

    let side = (1..=n_pixels)
        .find(|side| side * side >= n_pixels)
        .unwrap_or(1);
    let options = SynthOptions {
        width: side,
        height: side,
        ..SynthOptions::default()
    };
    let respiration = Arc::new(Gsmsr::new(synth::YEARS, 12, Denominator::default(), &[])?);
    let baseline = Years {
        first: synth::YEARS.first,
        last: synth::YEARS.first + 7,
    };
    let recipe = Recipe {
        // Two series stand for all, since each goes through every test.
        trend_of: Some(["nep", "precipitation"].map(str::to_owned).to_vec()),
        tests: TrendTest::WORDS.iter().map(|(_, test)| *test).collect(),
        sensitivities: vec![
            Sensitivity::Raw,
            Sensitivity::Detrended,
            Sensitivity::FirstDifference,
            Sensitivity::Baseline(baseline),
        ],
        // More than one stage computes, so that two write a layer.
        bootstrap: Some(BootstrapOptions {
            replicates: 30,
            block: 3,
            seed: 1,
            level: 0.9,
        }),
        ..Recipe::new(synth::YEARS, synth::input_specs(&options), respiration)
    };
    let chain = Arc::new(build(&recipe)?.returning_everything());
    let tile = synth::tile(&options, synth::grid(&options).window());
    // The chain may read the inputs in another order than they are made.
    let place = |name: &str| recipe.inputs.iter().position(|input| input.name == name);
    let inputs = chain
        .inputs
        .iter()
        .filter_map(|input| Some(tile.inputs[place(&input.name)?].clone()))
        .collect();
    Ok(Sample {
        chain,
        inputs,
        n_pixels: tile.window.n_pixels(),
    })
}

/// About `n_pixels` pixels of a study, from windows spread over its grid.
///
/// # Errors
///
/// An input cannot be read.
#[cfg(feature = "gdal")]
pub fn sample_of_plan(
    plan: &crate::run::Plan,
    n_pixels: usize,
) -> Result<Sample, crate::error::Error> {
    let mut chain = plan.chain.returning_everything();
    let sample = crate::run::spread_sample(plan, n_pixels)?;
    let n_pixels = sample.inside.len();
    // The sample is one tile with the cells of all its windows.
    for (input, stored) in chain.inputs.iter_mut().zip(&sample.inputs) {
        let n_cells = input.stride(stored, n_pixels);
        if let crate::tile::Geometry::SourceGrid { most_cells, .. } = &mut input.geometry {
            *most_cells = n_cells;
        }
    }
    Ok(Sample {
        chain: std::sync::Arc::new(chain),
        inputs: sample.inputs,
        n_pixels,
    })
}
