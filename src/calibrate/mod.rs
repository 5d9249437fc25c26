//! What the tests of trend do on series like one's own: how often they find a trend where there is none,
//! and how often they find one that is there.
//!
//! Series are made up with the number of years, the gaps and the persistence of the data
//! ([`simulate_ar1`](crate::kernels::simulation::SimulateAr1)), and go through the same kernels as the data
//! do. The share of them whose p is under the level is counted, for noise alone and for noise with a
//! trend:
//!
//! ```text
//! rate = k / n,   standard error = √(rate (1 − rate) / n)
//! ```
//!
//! Without a trend the rate is that of false alarms, and should be the level; with one it is the power.
//! A test without a p, such as the Theil-Sen slope, is left out.

mod persistence;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::calendar::{Steps, Years};
use crate::chain::{
    Chain, LayerSpec, Operand, Recipe, Selection, Stage, TrendOptions, TrendTest, build,
};
use crate::engines::{Engine, EngineError};
use crate::grid::Window;
use crate::kernels::abi::Kernel;
use crate::kernels::registry::layer_of_p;
use crate::kernels::respiration::{Denominator, Gsmsr};
use crate::kernels::simulation::SimulateAr1;
use crate::tile::{DataType, Decoding, Geometry, InputSpec, Stored, Tile};

pub use persistence::{Persistence, corrected, lag1_of_residuals};
pub use table::calibration_csv;

/// Name of the made-up series among the layers of a chain.
const SERIES: &str = "simulated";
/// Series that are computed together.
const TILE: usize = 1 << 16;

/// Noise that series are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// What it is like, in a word or two.
    pub label: String,
    /// Lag-1 correlation of each pattern, or one for all, each within ±0.99.
    pub lag1: Vec<f32>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The years of a series.
    pub years: Years,
    /// Valid years that a test needs.
    pub min_years: usize,
    /// Level below which p is a trend.
    pub alpha: f64,
    /// The tests.
    pub tests: Vec<TrendTest>,
    /// What the tests leave open.
    pub options: TrendOptions,
    /// Which years are valid, `[pattern][year]`; series take them in turn. Never empty.
    pub patterns: Vec<Vec<bool>>,
    /// Kinds of noise.
    pub noises: Vec<Noise>,
    /// Trends in standard deviations of the noise a decade; 0 measures false alarms.
    pub slopes: Vec<f64>,
    /// Series of each noise and trend, at most [`SimulateAr1::MAX_SERIES`].
    pub n_series: usize,
    /// Another seed makes other series.
    pub seed: u32,
}

/// One number of the table: how often a test finds a trend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// The noise.
    pub noise: String,
    /// Mean lag-1 correlation of the noise.
    pub lag1: f64,
    /// The trend, in standard deviations of the noise a decade; 0 for false alarms.
    pub slope_sd_per_decade: f64,
    /// The test, by its word in the study file.
    pub test: String,
    /// Series that had enough years.
    pub series: u64,
    /// Share of them with p under the level.
    pub rate: f64,
    /// Its standard error, that of a binomial count.
    pub standard_error: f64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The series of the study whose gaps and persistence were taken; none without a study.
    pub of: Option<String>,
    /// Years of a series.
    pub years: usize,
    /// Valid years that a test needs.
    pub min_years: usize,
    /// Mean number of valid years of the patterns.
    pub mean_valid_years: f64,
    /// Pixels whose gaps and persistence were taken.
    pub pixels: usize,
    /// The persistence of those pixels; none without a study.
    pub persistence: Option<Persistence>,
    /// The level.
    pub alpha: f64,
    /// The seed.
    pub seed: u32,
    /// What computed.
    pub device: String,
    /// The table.
    pub rates: Vec<Rate>,
    /// Tests that have no p.
    pub left_out: Vec<String>,
}

/// A calibration cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// None of the tests has a p.
    #[error("none of the tests has a p-value: {tests}; name one that has, such as ols or mk")]
    NoTest {
        /// The tests.
        tests: String,
    },
    /// No pixel has enough years.
    #[error(
        "no pixel of the sample has {min_years} valid years of {of}; lower min_years, or look at its missing values"
    )]
    NoPixel {
        /// The series.
        of: String,
        /// The years that are needed.
        min_years: usize,
    },
    /// A series that the study does not have.
    #[error("{of:?} is no series of this study; there are: {known}")]
    NoSeries {
        /// The series.
        of: String,
        /// Those that there are.
        known: String,
    },
    /// The chain of kernels cannot be built.
    #[error(transparent)]
    Chain(#[from] crate::chain::ChainError),
    /// The model that stands in its place is wrong, which does not happen.
    #[error(transparent)]
    Parameter(#[from] crate::kernels::respiration::ParameterError),
    /// The engine cannot start or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Opens an engine for a chain.
pub type Open<'a> = dyn FnMut(Arc<Chain>) -> Result<Box<dyn Engine>, EngineError> + 'a;

/// Makes up the series of `design` and counts what the tests find.
///
/// # Errors
///
/// No test has a p, or the engine fails.
pub fn measure(design: &Design, open: &mut Open<'_>) -> Result<Calibration, CalibrateError> {
    let Tested {
        chain,
        layers,
        left_out,
    } = chain_of(design)?;
    let chain = Arc::new(chain);
    let mut engine = open(Arc::clone(&chain))?;
    let mut rates = Vec::new();
    for noise in &design.noises {
        for &slope in &design.slopes {
            let counts = count(design, noise, slope, &chain, &layers, engine.as_mut())?;
            for (test, (n, found)) in counts {
                rates.push(rate(noise, slope, test, n, found));
            }
        }
    }
    let n_valid = |pattern: &Vec<bool>| pattern.iter().filter(|valid| **valid).count();
    Ok(Calibration {
        of: None,
        years: design.years.count(),
        min_years: design.min_years,
        mean_valid_years: mean(
            design
                .patterns
                .iter()
                .map(|pattern| as_f64(n_valid(pattern))),
        ),
        pixels: design.patterns.len(),
        persistence: None,
        alpha: design.alpha,
        seed: design.seed,
        device: engine.name(),
        rates,
        left_out,
    })
}

fn rate(noise: &Noise, slope: f64, test: TrendTest, n: u64, found: u64) -> Rate {
    #[expect(clippy::cast_precision_loss, reason = "counts of series")]
    let (n_series, rate) = (n.max(1) as f64, found as f64 / n.max(1) as f64);
    Rate {
        noise: noise.label.clone(),
        lag1: mean(noise.lag1.iter().map(|&lag1| f64::from(lag1))),
        slope_sd_per_decade: slope,
        test: test.as_str().to_owned(),
        series: n,
        rate,
        standard_error: (rate * (1.0 - rate) / n_series).sqrt(),
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
    sum / f64::max(n, 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "years and pixels of a sample")]
fn as_f64(n: usize) -> f64 {
    n as f64
}

/// Series of one noise and trend through the tests: how many had a p, and how many one under the level.
fn count(
    design: &Design,
    noise: &Noise,
    slope: f64,
    chain: &Chain,
    layers: &[(TrendTest, usize)],
    engine: &mut dyn Engine,
) -> Result<BTreeMap<TrendTest, (u64, u64)>, CalibrateError> {
    let mut counts: BTreeMap<TrendTest, (u64, u64)> =
        layers.iter().map(|(test, _)| (*test, (0, 0))).collect();
    for first in (0..design.n_series).step_by(TILE) {
        let n = TILE.min(design.n_series - first);
        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: n,
        };
        let tile = Tile {
            window,
            inputs: inputs_of(design, noise, slope, first, n),
            inside: None,
        };
        let output = engine.run(&tile)?;
        for (test, layer) in layers {
            let Some(place) = chain.index_of_layer(*layer) else {
                continue;
            };
            let (with_p, found) = counts.entry(*test).or_default();
            for &p in output.layers[place].iter().filter(|p| !p.is_nan()) {
                *with_p += 1;
                *found += u64::from(f64::from(p) < design.alpha);
            }
        }
    }
    Ok(counts)
}

/// Series `first` to `first + n` as the inputs of the chain.
fn inputs_of(design: &Design, noise: &Noise, slope: f64, first: usize, n: usize) -> Vec<Stored> {
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

/// A chain that makes up series and tests them.
struct Tested {
    chain: Chain,
    /// The layer of each test's p.
    layers: Vec<(TrendTest, usize)>,
    /// Tests that have none.
    left_out: Vec<String>,
}

/// The chain of a design.
fn chain_of(design: &Design) -> Result<Tested, CalibrateError> {
    let recipe = recipe_of(design)?;
    let has_p = |test: &&TrendTest| layer_of_p(**test, SERIES).is_some();
    let (with_p, without): (Vec<TrendTest>, Vec<TrendTest>) = design.tests.iter().partition(has_p);
    let words = |tests: &[TrendTest]| {
        tests
            .iter()
            .map(|test| test.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    if with_p.is_empty() {
        return Err(CalibrateError::NoTest {
            tests: words(&design.tests).join(", "),
        });
    }
    let layer = |test: &TrendTest| layer_of_p(*test, SERIES);
    let names = with_p.iter().filter_map(layer);
    let wanted = Selection::Named(names.map(|name| format!("maps/{name}")).collect());
    let chain = fed_by_simulation(build(&Recipe { wanted, ..recipe })?, design.seed);
    let place = |name: String| chain.layers.iter().position(|layer| layer.name == name);
    let layers = with_p
        .iter()
        .filter_map(|&test| Some((test, place(layer(&test)?)?)))
        .collect();
    Ok(Tested {
        chain,
        layers,
        left_out: words(&without),
    })
}

/// What is asked of the kernels.
fn recipe_of(design: &Design) -> Result<Recipe, CalibrateError> {
    let years = design.years;
    // No model of respiration runs: there is neither climate nor soil carbon.
    let respiration = Arc::new(Gsmsr::new(years, 12, Denominator::default(), &[])?);
    let series = input(SERIES, Steps::Annual, years, DataType::F32, Vec::new());
    Ok(Recipe {
        trend_of: Some(vec![SERIES.to_owned()]),
        tests: design.tests.clone(),
        trend_options: design.options,
        alpha: design.alpha,
        min_years: u32::try_from(design.min_years).unwrap_or(u32::MAX),
        ..Recipe::new(years, vec![series], respiration)
    })
}

/// A chain that makes up series and does no more.
fn simulation_alone(design: &Design, seed: u32) -> Result<Chain, CalibrateError> {
    let mut chain = fed_by_simulation(build(&recipe_of(design)?)?, seed);
    chain.stages.truncate(1);
    chain.returned = vec![chain.layers.len() - 1];
    Ok(chain)
}

/// The chain with the simulation in place of its only input.
fn fed_by_simulation(mut chain: Chain, seed: u32) -> Chain {
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
    chain
}
