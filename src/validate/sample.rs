//! The pixels that engines are compared on.

use crate::chain::Chain;
use crate::tile::Stored;

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
        // Two series are enough, since each goes through every test.
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
    let index_of = |name: &str| recipe.inputs.iter().position(|input| input.name == name);
    let inputs = chain
        .inputs
        .iter()
        .filter_map(|input| Some(tile.inputs[index_of(&input.name)?].clone()))
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
