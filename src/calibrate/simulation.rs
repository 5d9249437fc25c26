//! Chains whose input is a simulation, and the inputs of that.

use std::sync::Arc;

use super::design::{CalibrateError, Design, Noise};
use crate::calendar::{Steps, Years};
use crate::chain::{Chain, LayerSpec, Operand, Recipe, Stage, build};
use crate::kernels::simulation::SimulateAr1;
use crate::kernels::twin::Kernel;
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored};

/// Name of the simulated series among the layers of a chain.
pub(super) const SERIES: &str = "simulated";

/// Series `first` to `first + n` as the inputs of the chain.
pub(super) fn inputs_of(
    design: &Design,
    noise: &Noise,
    slope: f64,
    first: usize,
    n: usize,
) -> Vec<Stored> {
    let n_patterns = design.patterns.len();
    #[expect(clippy::cast_precision_loss, reason = "series are fewer than 2^24")]
    let numbers = (first..first + n).map(|series| series as f32).collect();
    let lag1 = (first..first + n)
        .map(|series| noise.lag1[(series % n_patterns).min(noise.lag1.len() - 1)])
        .collect();
    #[expect(clippy::cast_possible_truncation, reason = "as layers are")]
    let slopes = vec![(slope / 10.0) as f32; n];
    let valid = |step: usize| {
        (first..first + n).map(move |series| u8::from(design.patterns[series % n_patterns][step]))
    };
    let patterns = (0..design.years.count()).flat_map(valid).collect();
    vec![
        Stored::F32(numbers),
        Stored::F32(lag1),
        Stored::F32(slopes),
        Stored::U8(patterns),
    ]
}

/// An input of the simulation.
fn input(
    name: &str,
    steps: Steps,
    years: Years,
    data_type: DataType,
    nodata: Vec<f64>,
) -> InputSpec {
    InputSpec {
        name: name.to_owned(),
        unit: "1".to_owned(),
        steps,
        n_steps: steps.count(years),
        data_type,
        decoding: Decoding {
            nodata,
            ..Decoding::identity()
        },
        geometry: Geometry::StudyGrid,
    }
}

/// Inputs of the simulation in the order of its slots.
fn simulation_inputs(years: Years) -> Vec<InputSpec> {
    let number = |name| input(name, Steps::Static, years, DataType::F32, Vec::new());
    let pattern = input("pattern", Steps::Annual, years, DataType::U8, vec![0.0]);
    vec![number("series"), number("lag1"), number("slope"), pattern]
}

/// What is asked of the kernels.
pub(super) fn recipe_of(design: &Design) -> Recipe {
    let years = design.years;
    let series = input(SERIES, Steps::Annual, years, DataType::F32, Vec::new());
    Recipe {
        trend_of: Some(vec![SERIES.to_owned()]),
        tests: design.tests.clone(),
        trend_options: design.options,
        alpha: design.alpha,
        min_years: u32::try_from(design.min_years).unwrap_or(u32::MAX),
        ..Recipe::of_series(years, vec![series])
    }
}

/// A chain that makes up series and does no more.
pub(super) fn simulation_alone(design: &Design, seed: u32) -> Result<Chain, CalibrateError> {
    let mut chain = fed_by_simulation(build(&recipe_of(design))?, seed);
    chain.stages.truncate(1);
    chain.returned = vec![chain.layers.len() - 1];
    Ok(chain)
}

/// The chain whose only input is replaced by the simulation.
pub(super) fn fed_by_simulation(mut chain: Chain, seed: u32) -> Chain {
    let made = chain.layers.len();
    let kernel: Arc<dyn Kernel> = Arc::new(SimulateAr1 { seed });
    for operand in chain
        .stages
        .iter_mut()
        .flat_map(|stage| stage.inputs.iter_mut())
    {
        if matches!(operand, Operand::Input(_)) {
            *operand = Operand::Layer(made);
        }
    }
    chain
        .layers
        .extend(kernel.outputs().into_iter().map(|port| LayerSpec {
            name: SERIES.to_owned(),
            unit: "1".to_owned(),
            n_steps: port.steps.count(chain.years),
            tolerance: port.tolerance,
        }));
    chain.inputs = simulation_inputs(chain.years);
    let inputs = (0..chain.inputs.len()).map(Operand::Input).collect();
    let label = format!("{} of {SERIES}", kernel.spec().name);
    chain.stages.insert(
        0,
        Stage {
            label,
            kernel,
            inputs,
            outputs: vec![made],
            first_step: 0,
        },
    );
    chain.files.clear();
    chain.series.clear();
    chain.samples.clear();
    chain.maps.clear();
    chain
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
    sum / f64::max(n, 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "years and pixels of a sample")]
pub(super) fn as_f64(n: usize) -> f64 {
    n as f64
}
