//! Finds the kernels that make what a study asks for.

mod attribution;
mod bootstrap;
mod carbon;
mod drivers;
mod finish;
mod lacking;
mod q_values;
mod tests_of_trend;
mod trends;
mod uncertainty;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::{Steps, Years};
use crate::kernels::abi::{Kernel, Port};
use crate::kernels::climate::{AnnualMean, AnnualSum};
use crate::kernels::heterotrophic::LogLog;
use crate::kernels::resampling;
use crate::tile::{Geometry, InputSpec};

use super::catalogue::{FLUX_UNIT, unit_of_annual_sum};
use super::{
    AttributionSpec, BootstrapOptions, Chain, FalseDiscovery, FileKind, FileSource, FileSpec,
    LayerSpec, Operand, SampleSpec, Sensitivity, Stage, TrendOptions, TrendTest,
};

pub use uncertainty::{Draws, Ensemble};

/// Which files a run leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that the inputs allow.
    All,
    /// These, by their name with or without folder, such as `nep_slope` or `maps/nep_slope`.
    Named(Vec<String>),
}

/// What a study asks for, as far as kernels are concerned.
#[derive(Clone)]
pub struct Recipe {
    /// Years of the study.
    pub years: Years,
    /// Inputs that the study has.
    pub inputs: Vec<InputSpec>,
    /// The model of soil respiration.
    pub respiration: Arc<dyn Kernel>,
    /// The law of heterotrophic respiration; it reads `rs`, or inputs.
    pub heterotrophic: Arc<dyn Kernel>,
    /// Models and laws whose spread is asked for.
    pub ensemble: Option<Ensemble>,
    /// The models with random coefficients whose spread is asked for.
    pub draws: Option<Draws>,
    /// Months that a year needs.
    pub min_months: u32,
    /// Monthly inputs whose year is the mean of its months; that of all others is their sum.
    pub averaged: BTreeSet<String>,
    /// Valid years that a statistic needs.
    pub min_years: u32,
    /// One minus the level of confidence intervals.
    pub alpha: f64,
    /// Series whose trends are asked for; `None` for the default.
    pub trend_of: Option<Vec<String>>,
    /// Tests and estimates of those trends.
    pub tests: Vec<TrendTest>,
    /// What those tests leave open.
    pub trend_options: TrendOptions,
    /// How their p are made into q; `None` for classes on p and no q.
    pub false_discovery: Option<FalseDiscovery>,
    /// The series that the drivers explain.
    pub response: String,
    /// The drivers; `None` for temperature, precipitation and radiation, as far as they are there.
    pub predictors: Option<Vec<String>>,
    /// How the attribution learns the sensitivities to the drivers.
    pub sensitivities: Vec<Sensitivity>,
    /// Whether the study asks for an attribution, so that it is an error if there can be none.
    pub attribution_stated: bool,
    /// Replicates of the attribution in other years.
    pub bootstrap: Option<BootstrapOptions>,
    /// Files that the run leaves.
    pub wanted: Selection,
}

impl Recipe {
    /// Everything that `inputs` allow, with the defaults of a study file.
    #[must_use]
    pub fn new(years: Years, inputs: Vec<InputSpec>, respiration: Arc<dyn Kernel>) -> Self {
        let three_quarters = u32::try_from((3 * years.count()).div_ceil(4)).unwrap_or(u32::MAX);
        Self {
            years,
            inputs,
            respiration,
            heterotrophic: Arc::new(LogLog::default()),
            ensemble: None,
            draws: None,
            min_months: 12,
            averaged: BTreeSet::from(["temperature".to_owned()]),
            min_years: three_quarters.max(4),
            alpha: 0.05,
            trend_of: None,
            tests: TrendTest::DEFAULT.to_vec(),
            trend_options: TrendOptions::default(),
            false_discovery: None,
            response: "nep".to_owned(),
            predictors: None,
            sensitivities: Sensitivity::DEFAULT.to_vec(),
            attribution_stated: false,
            bootstrap: None,
            wanted: Selection::All,
        }
    }
}

/// A study that asks for what its inputs do not allow.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A series needs an input that the study does not have.
    #[error("{what} names {series:?}, which needs {}; add [inputs.{}] to the study", missing.join(" and "), missing[0])]
    LacksInput {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
        /// The inputs that are not there.
        missing: Vec<String>,
    },
    /// A model needs an input by months, and the study has it by years.
    #[error(
        "{what} names {series:?}, whose model needs {input} by months; the study has it once a year"
    )]
    OtherSteps {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
        /// The input.
        input: String,
    },
    /// A series is static.
    #[error(
        "{what} names {series:?}, which has one value for all years; it needs an annual or monthly input"
    )]
    NotAnnual {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
    },
    /// A layer that the study could make with more inputs or other keys.
    #[error(
        "output.layers names {name:?}, which needs {needs}; add that to the study, or leave the layer out"
    )]
    LayerLacks {
        /// What was asked for.
        name: String,
        /// The inputs and keys that are lacking.
        needs: String,
    },
    /// A layer that no run makes.
    #[error("output.layers names {name:?}, which this study does not make; {hint}")]
    UnknownLayer {
        /// What was asked for.
        name: String,
        /// What can be done.
        hint: String,
    },
    /// Too many predictors, or the response among them.
    #[error("drivers.predictors {problem}")]
    Predictors {
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Too few pairs of a model and a law for a spread.
    #[error(
        "respiration.ensemble has {left} with the inputs of this study and needs two; {lacking}"
    )]
    Ensemble {
        /// How many pairs are left, in words.
        left: String,
        /// What the others lack.
        lacking: String,
    },
    /// An attribution that was asked for and cannot be had.
    #[error("attribution.sensitivity {problem}")]
    Attribution {
        /// What is lacking, and what to do.
        problem: String,
    },
    /// Nothing can be computed.
    #[error(
        "these inputs allow nothing to be computed: give npp, or temperature and precipitation \
         (and soc for gsmsr), or an annual input named in trend.of"
    )]
    Nothing,
}

/// Builds the chain that makes what `recipe` asks for, and nothing else.
///
/// # Errors
///
/// See [`ChainError`].
pub fn build(recipe: &Recipe) -> Result<Chain, ChainError> {
    let (builder, trends) = assemble(recipe)?;
    builder.finish(&trends)
}

/// All that the inputs allow, with the series whose trends are computed.
fn assemble(recipe: &Recipe) -> Result<(Builder<'_>, Vec<String>), ChainError> {
    let mut builder = Builder::new(recipe);
    builder.carbon();
    let trends = builder.trends()?;
    builder.statistics(&trends);
    builder.ensemble()?;
    builder.draws()?;
    let regression = builder.drivers()?;
    builder.climate_regime();
    builder.attribution(regression)?;
    if builder.stages.is_empty() {
        return Err(ChainError::Nothing);
    }
    builder.flags();
    Ok((builder, trends))
}

/// The last part of a path or of a layer's name.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

struct Builder<'a> {
    recipe: &'a Recipe,
    /// Each input on the grid, in the order of the recipe.
    operands: Vec<Operand>,
    layers: Vec<LayerSpec>,
    stages: Vec<Stage>,
    files: Vec<FileSpec>,
    /// Annual series by name.
    series: BTreeMap<String, (Operand, String)>,
    /// Members and draws.
    samples: Vec<SampleSpec>,
    /// The attributions, for the tables.
    attribution: Option<AttributionSpec>,
}

impl<'a> Builder<'a> {
    fn new(recipe: &'a Recipe) -> Self {
        let mut builder = Self {
            recipe,
            operands: Vec::new(),
            layers: Vec::new(),
            stages: Vec::new(),
            files: Vec::new(),
            series: BTreeMap::new(),
            samples: Vec::new(),
            attribution: None,
        };
        for (i, input) in recipe.inputs.iter().enumerate() {
            let operand = builder.on_grid(i, input);
            builder.operands.push(operand);
            builder.annual_series_of_input(operand, input);
        }
        builder
    }

    /// An input as it is, or brought to the grid by a kernel.
    fn on_grid(&mut self, i: usize, input: &InputSpec) -> Operand {
        let Geometry::SourceGrid {
            resampling, reach, ..
        } = input.geometry
        else {
            return Operand::Input(i);
        };
        let places = input.places().name;
        let Some(places) = self
            .recipe
            .inputs
            .iter()
            .position(|other| other.name == places)
        else {
            return Operand::Input(i);
        };
        let kernel = resampling::kernel(resampling, input.steps, input.n_steps, reach);
        let names = vec![
            (format!("{} on the grid", input.name), input.unit.clone()),
            (format!("{} on the grid, flags", input.name), "1".to_owned()),
        ];
        let outputs = self.stage(
            kernel,
            vec![Operand::Input(i), Operand::Input(places)],
            &input.name,
            names,
        );
        Operand::Layer(outputs[0])
    }

    fn n_years(&self) -> usize {
        self.recipe.years.count()
    }

    fn input(&self, name: &str) -> Option<Operand> {
        let place = self
            .recipe
            .inputs
            .iter()
            .position(|input| input.name == name)?;
        self.operands.get(place).copied()
    }

    /// Adds a kernel and its layers, named `names[port]` with `units[port]`; returns the layers.
    fn stage(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        of: &str,
        names: Vec<(String, String)>,
    ) -> Vec<usize> {
        let ports: Vec<Port> = kernel.outputs();
        debug_assert_eq!(ports.len(), names.len(), "a name for every port");
        let first = self.layers.len();
        for (port, (name, unit)) in ports.into_iter().zip(names) {
            let n_steps = port.steps.count(self.recipe.years);
            self.layers.push(LayerSpec {
                name,
                unit,
                n_steps,
                tolerance: port.tolerance,
            });
        }
        let outputs: Vec<usize> = (first..self.layers.len()).collect();
        self.stage_into(kernel, inputs, of, &outputs, 0);
        outputs
    }

    /// Adds a kernel that writes layers which are there, from step `first_step` on.
    fn stage_into(
        &mut self,
        kernel: Arc<dyn Kernel>,
        inputs: Vec<Operand>,
        of: &str,
        outputs: &[usize],
        first_step: usize,
    ) {
        let label = format!("{} of {of}", kernel.recorded_as());
        self.stages.push(Stage {
            label,
            kernel,
            inputs,
            outputs: outputs.to_vec(),
            first_step,
        });
    }

    fn file(&mut self, path: String, layer: usize, description: String, kind: FileKind) {
        let spec = &self.layers[layer];
        let bands = if spec.n_steps == 1 {
            vec![stem(&spec.name).to_owned()]
        } else {
            Chain::year_names(self.recipe.years)
        };
        let made_by = self
            .stages
            .iter()
            .find(|stage| stage.outputs.contains(&layer))
            .map(|s| s.kernel.recorded_as().to_owned());
        let unit = spec.unit.clone();
        self.files.push(FileSpec {
            path,
            description,
            unit,
            bands,
            kind,
            content: FileSource::Layer(layer),
            made_by,
        });
    }

    fn map(&mut self, layer: usize, description: String) {
        let path = format!("maps/{}", self.layers[layer].name);
        self.file(path, layer, description, FileKind::Values);
    }

    /// An annual input as it is, a monthly one as its annual mean or sum.
    fn annual_series_of_input(&mut self, operand: Operand, input: &InputSpec) {
        let name = input.name.clone();
        let min_months = self.recipe.min_months;
        match input.steps {
            Steps::Static | Steps::Members(_) => {}
            Steps::Annual => {
                self.series.insert(name, (operand, input.unit.clone()));
            }
            Steps::Monthly => {
                let is_state = self.recipe.averaged.contains(&name);
                let (kernel, unit): (Arc<dyn Kernel>, _) = if is_state {
                    (Arc::new(AnnualMean { min_months }), input.unit.clone())
                } else {
                    let years = self.recipe.years;
                    (
                        Arc::new(AnnualSum { min_months, years }),
                        unit_of_annual_sum(&input.unit),
                    )
                };
                let outputs = self.stage(
                    kernel,
                    vec![operand],
                    &name,
                    vec![(name.clone(), unit.clone())],
                );
                self.series.insert(name, (Operand::Layer(outputs[0]), unit));
            }
        }
    }

    /// The series `name`, or which inputs it lacks.
    fn require(&self, what: &'static str, name: &str) -> Result<(Operand, String), ChainError> {
        if let Some(found) = self.series.get(name) {
            return Ok(found.clone());
        }
        let series = name.to_owned();
        if self.input(name).is_some() {
            return Err(ChainError::NotAnnual { what, series });
        }
        let mut needed = self.inputs_needed_for(name);
        needed.retain(|input| self.input(input).is_none());
        if needed.is_empty() {
            // All are there, so one of them has other steps than its model reads.
            let is_annual = |name: &String| {
                name != "npp"
                    && self
                        .recipe
                        .inputs
                        .iter()
                        .any(|i| i.name == *name && i.steps == Steps::Annual)
            };
            let input = self
                .inputs_needed_for(name)
                .into_iter()
                .find(is_annual)
                .unwrap_or_default();
            return Err(ChainError::OtherSteps {
                what,
                series,
                input,
            });
        }
        Err(ChainError::LacksInput {
            what,
            series,
            missing: needed,
        })
    }
}
