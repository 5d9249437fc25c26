//! Finds the kernels that make what a study asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::{Steps, Years};
use crate::kernels::abi::{Kernel, Port};
use crate::kernels::carbon::{BALANCE_CLASSES, Balance, BondLamberty2004, FixedFraction, Nep};
use crate::kernels::climate::{AnnualMean, AnnualSum};
use crate::kernels::lib::drivers::MAX_PREDICTORS;
use crate::kernels::statistics::{MeanCv, Ols, PartialCorrelation, Regression, TREND_CLASSES};
use crate::tile::InputSpec;

use super::catalogue::{
    FLUX_UNIT, describe_unit_of_slope, long_name, trend_of_default, unit_of_annual_sum, unit_of_quotient,
};
use super::{Chain, Content, FileKind, FileSpec, LayerSpec, Operand, SeriesSpec, Stage};

/// How heterotrophic respiration follows from soil respiration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heterotrophic {
    /// `ln Rh = 1.22 + 0.73 ln Rs`.
    BondLamberty2004,
    /// A fixed fraction of Rs.
    Fraction(f64),
}

/// Which files a run leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
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
    /// The law of heterotrophic respiration.
    pub heterotrophic: Heterotrophic,
    /// Months that a year needs.
    pub min_months: u32,
    /// Valid years that a statistic needs.
    pub min_years: u32,
    /// Series whose trends are asked for; `None` for the default.
    pub trend_of: Option<Vec<String>>,
    /// The series that the drivers explain.
    pub response: String,
    /// The drivers; `None` for temperature, precipitation and radiation, as far as they are there.
    pub predictors: Option<Vec<String>>,
    /// Files that the run leaves.
    pub wanted: Wanted,
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
    /// A series is static.
    #[error("{what} names {series:?}, which has one value for all years; it needs an annual or monthly input")]
    NotAnnual {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
    },
    /// A layer that no run makes, or that these inputs do not allow.
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
    let mut builder = Builder::new(recipe);
    builder.carbon();
    let trends = builder.trends()?;
    builder.statistics(&trends);
    builder.drivers()?;
    if builder.stages.is_empty() {
        return Err(ChainError::Nothing);
    }
    builder.flags();
    builder.finish(&trends)
}

struct Builder<'a> {
    recipe: &'a Recipe,
    layers: Vec<LayerSpec>,
    stages: Vec<Stage>,
    files: Vec<FileSpec>,
    /// Annual series by name.
    series: BTreeMap<String, (Operand, String)>,
}

impl<'a> Builder<'a> {
    fn new(recipe: &'a Recipe) -> Self {
        let mut builder =
            Self { recipe, layers: Vec::new(), stages: Vec::new(), files: Vec::new(), series: BTreeMap::new() };
        for (i, input) in recipe.inputs.iter().enumerate() {
            builder.annual_series_of_input(i, input);
        }
        builder
    }

    fn n_years(&self) -> usize {
        self.recipe.years.count()
    }

    fn input(&self, name: &str) -> Option<Operand> {
        self.recipe.inputs.iter().position(|input| input.name == name).map(Operand::Input)
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
            self.layers.push(LayerSpec { name, unit, n_steps, tolerance: port.tolerance });
        }
        let outputs: Vec<usize> = (first..self.layers.len()).collect();
        let label = format!("{} of {of}", kernel.spec().name);
        self.stages.push(Stage { label, kernel, inputs, outputs: outputs.clone() });
        outputs
    }

    fn file(&mut self, path: String, layer: usize, description: String, kind: FileKind) {
        let spec = &self.layers[layer];
        let bands = if spec.n_steps == 1 { vec![spec.name.clone()] } else { Chain::year_names(self.recipe.years) };
        let made_by =
            self.stages.iter().find(|stage| stage.outputs.contains(&layer)).map(|s| s.kernel.spec().name.to_owned());
        let unit = spec.unit.clone();
        self.files.push(FileSpec { path, description, unit, bands, kind, content: Content::Layer(layer), made_by });
    }

    fn map(&mut self, layer: usize, description: String) {
        let path = format!("maps/{}", self.layers[layer].name);
        self.file(path, layer, description, FileKind::Values);
    }

    /// An annual input as it is, a monthly one as its annual mean (temperature) or sum.
    fn annual_series_of_input(&mut self, i: usize, input: &InputSpec) {
        let operand = Operand::Input(i);
        let name = input.name.clone();
        let min_months = self.recipe.min_months;
        match input.steps {
            Steps::Static => {}
            Steps::Annual => {
                self.series.insert(name, (operand, input.unit.clone()));
            }
            Steps::Monthly => {
                let is_state = name == "temperature";
                let (kernel, unit): (Arc<dyn Kernel>, _) = if is_state {
                    (Arc::new(AnnualMean { min_months }), input.unit.clone())
                } else {
                    let years = self.recipe.years;
                    (Arc::new(AnnualSum { min_months, years }), unit_of_annual_sum(&input.unit))
                };
                let outputs = self.stage(kernel, vec![operand], &name, vec![(name.clone(), unit.clone())]);
                self.series.insert(name, (Operand::Layer(outputs[0]), unit));
            }
        }
    }

    /// Rs, Rh and NEP, as far as the inputs allow.
    fn carbon(&mut self) {
        let kernel = Arc::clone(&self.recipe.respiration);
        let sources: Option<Vec<Operand>> = kernel.inputs().iter().map(|port| self.input(&port.name)).collect();
        let Some(sources) = sources else { return };
        let model = kernel.spec().title;
        let rs = self.flux(kernel, sources, "rs");
        self.file("stacks/rs".to_owned(), rs, format!("Annual {model}"), FileKind::Values);

        let law: Arc<dyn Kernel> = match self.recipe.heterotrophic {
            Heterotrophic::BondLamberty2004 => Arc::new(BondLamberty2004::default()),
            Heterotrophic::Fraction(fraction) => Arc::new(FixedFraction { fraction }),
        };
        let title = law.spec().title;
        let rh = self.flux(law, vec![Operand::Layer(rs)], "rh");
        self.file("stacks/rh".to_owned(), rh, format!("Annual {title}"), FileKind::Values);

        let Some((npp, _)) = self.series.get("npp").cloned() else { return };
        let nep = self.flux(Arc::new(Nep), vec![npp, Operand::Layer(rh)], "nep");
        self.file(
            "stacks/nep".to_owned(),
            nep,
            "Annual net ecosystem production, NPP - Rh".to_owned(),
            FileKind::Values,
        );
    }

    fn flux(&mut self, kernel: Arc<dyn Kernel>, inputs: Vec<Operand>, name: &str) -> usize {
        let outputs = self.stage(kernel, inputs, name, vec![(name.to_owned(), FLUX_UNIT.to_owned())]);
        self.series.insert(name.to_owned(), (Operand::Layer(outputs[0]), FLUX_UNIT.to_owned()));
        outputs[0]
    }

    /// The series whose trends are asked for, each of which is there.
    fn trends(&self) -> Result<Vec<String>, ChainError> {
        if let Some(named) = &self.recipe.trend_of {
            for name in named {
                self.require("trend.of", name)?;
            }
            return Ok(named.clone());
        }
        let mut names: Vec<String> = trend_of_default().map(str::to_owned).to_vec();
        if !names.contains(&self.recipe.response) {
            names.insert(0, self.recipe.response.clone());
        }
        names.retain(|name| self.series.contains_key(name));
        Ok(names)
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
        let mut needed: Vec<String> = match name {
            "rs" | "rh" | "nep" => self.recipe.respiration.inputs().into_iter().map(|port| port.name).collect(),
            other => vec![other.to_owned()],
        };
        if name == "nep" {
            needed.insert(0, "npp".to_owned());
        }
        needed.retain(|input| self.input(input).is_none());
        Err(ChainError::LacksInput { what, series, missing: needed })
    }

    fn statistics(&mut self, trends: &[String]) {
        let mut averaged: Vec<String> = trends.to_vec();
        for name in ["npp", "rs", "rh", "nep"] {
            if self.series.contains_key(name) && !averaged.iter().any(|n| n == name) {
                averaged.push(name.to_owned());
            }
        }
        for name in &averaged {
            self.mean_and_cv(name, trends.contains(name));
        }
        for name in trends {
            self.trend(name);
        }
    }

    fn mean_and_cv(&mut self, name: &str, with_cv: bool) {
        let (operand, unit) = self.series[name].clone();
        let min_years = self.recipe.min_years;
        let names = vec![(format!("{name}_mean"), unit), (format!("{name}_cv"), "1".to_owned())];
        let outputs = self.stage(Arc::new(MeanCv { min_years }), vec![operand], name, names);
        let long = long_name(name);
        self.map(outputs[0], format!("Mean of {long} over the years"));
        if with_cv {
            self.map(outputs[1], format!("Coefficient of variation of {long}, standard deviation / mean"));
        }
        if name == "nep" {
            let mean = Operand::Layer(outputs[0]);
            let balance =
                self.stage(Arc::new(Balance), vec![mean], name, vec![("nep_balance".to_owned(), "1".to_owned())]);
            let description = "Sign of mean net ecosystem production: 1 source, 2 neutral, 3 sink".to_owned();
            self.file("maps/nep_balance".to_owned(), balance[0], description, FileKind::Classes(&BALANCE_CLASSES));
        }
    }

    fn trend(&mut self, name: &str) {
        let (operand, unit) = self.series[name].clone();
        let one = || "1".to_owned();
        let names = vec![
            (format!("{name}_slope"), describe_unit_of_slope(&unit)),
            (format!("{name}_intercept"), unit),
            (format!("{name}_r2"), one()),
            (format!("{name}_p"), one()),
            (format!("{name}_n"), one()),
            (format!("{name}_class"), one()),
            (format!("{name}_flags"), one()),
        ];
        let kernel = Ols { min_years: self.recipe.min_years, n_years: self.n_years() };
        let outputs = self.stage(Arc::new(kernel), vec![operand], name, names);
        let long = long_name(name);
        let first = self.recipe.years.first;
        self.map(outputs[0], format!("Linear trend of {long} by ordinary least squares"));
        self.map(outputs[1], format!("Value of the linear trend of {long} in {first}"));
        self.map(outputs[2], format!("Share of the variance of {long} that its linear trend explains"));
        self.map(outputs[3], format!("Two-sided p of the linear trend of {long}"));
        self.map(outputs[4], format!("Valid years of {long}"));
        let description = format!(
            "Linear trend of {long}: 1 strong decrease (p < 0.01), 2 decrease (p < 0.05), 3 no significant change, 4 increase, 5 strong increase"
        );
        let path = format!("maps/{name}_class");
        self.file(path, outputs[5], description, FileKind::Classes(&TREND_CLASSES));
    }

    fn predictors(&self) -> Result<Vec<String>, ChainError> {
        let problem = |problem: String| Err(ChainError::Predictors { problem });
        let Some(named) = &self.recipe.predictors else {
            let default = ["temperature", "precipitation", "radiation"];
            return Ok(default
                .iter()
                .filter(|name| self.series.contains_key(**name))
                .map(|s| (*s).to_owned())
                .collect());
        };
        if named.len() > MAX_PREDICTORS {
            return problem(format!("names {} drivers; at most {MAX_PREDICTORS} are possible", named.len()));
        }
        if named.contains(&self.recipe.response) {
            return problem(format!("names the response {:?} itself; leave it out", self.recipe.response));
        }
        if named.iter().collect::<BTreeSet<_>>().len() < named.len() {
            return problem("names a driver twice; leave one out".to_owned());
        }
        for name in named {
            self.require("drivers.predictors", name)?;
        }
        Ok(named.clone())
    }

    /// Regression and partial correlation of the response on its drivers.
    fn drivers(&mut self) -> Result<(), ChainError> {
        let predictors = self.predictors()?;
        let response = self.recipe.response.clone();
        let Some((y, y_unit)) = self.series.get(&response).cloned() else {
            // The default response is only left out where the study did not ask for it.
            if response != "nep" {
                self.require("drivers.response", &response)?;
            }
            return Ok(());
        };
        if predictors.is_empty() {
            return Ok(());
        }
        let (n_years, min_years, n_predictors) = (self.n_years(), self.recipe.min_years, predictors.len());
        let x: Vec<(Operand, String)> = predictors.iter().map(|name| self.series[name].clone()).collect();
        let inputs: Vec<Operand> = std::iter::once(y).chain(x.iter().map(|(operand, _)| *operand)).collect();
        let one = || "1".to_owned();
        let each =
            |what: &str| predictors.iter().map(|d| (format!("{response}_{what}_{d}"), one())).collect::<Vec<_>>();

        let coefficients = predictors
            .iter()
            .zip(&x)
            .map(|(d, (_, unit))| (format!("{response}_coef_{d}"), unit_of_quotient(&y_unit, unit)));
        let names: Vec<(String, String)> = coefficients
            .chain(each("beta"))
            .chain(each("vif"))
            .chain(["r2", "p"].map(|what| (format!("{response}_drivers_{what}"), one())))
            .chain([(format!("{response}_regression_flags"), one())])
            .collect();
        let kernel = Arc::new(Regression { min_years, n_years, n_predictors });
        let fit = self.stage(kernel, inputs.clone(), &response, names);

        let names: Vec<(String, String)> = each("partial")
            .into_iter()
            .chain(predictors.iter().map(|d| (format!("{response}_partial_{d}_p"), one())))
            .chain([(format!("{response}_partial_flags"), one())])
            .collect();
        let kernel = Arc::new(PartialCorrelation { min_years, n_years, n_predictors });
        let partial = self.stage(kernel, inputs, &response, names);

        let long = long_name(&response);
        for (j, d) in predictors.iter().enumerate() {
            let driver = long_name(d);
            self.map(partial[j], format!("Partial correlation of {long} with {driver}, all other predictors held"));
            self.map(
                partial[n_predictors + j],
                format!("Two-sided p of the partial correlation of {long} with {driver}"),
            );
            self.map(fit[j], format!("Coefficient of {driver} in the multiple regression of {long}"));
            self.map(
                fit[n_predictors + j],
                format!("Standardised coefficient of {driver} in the multiple regression of {long}"),
            );
            self.map(fit[2 * n_predictors + j], format!("Variance inflation factor of {driver}"));
        }
        self.map(fit[3 * n_predictors], format!("Share of the variance of {long} that all predictors explain"));
        self.map(fit[3 * n_predictors + 1], format!("p of the multiple regression of {long} (F test)"));
        Ok(())
    }

    fn flags(&mut self) {
        if self.stages.iter().any(|stage| stage.flags_layer().is_some()) {
            self.files.push(FileSpec {
                path: "maps/flags".to_owned(),
                description: "Why a pixel has no value, or what to know of it: bits over all statistics of the run"
                    .to_owned(),
                unit: "1".to_owned(),
                bands: vec!["flags".to_owned()],
                kind: FileKind::Flags,
                content: Content::Flags,
                made_by: None,
            });
        }
    }

    /// Keeps the files that are wanted, and the stages and inputs that these and the tables need.
    fn finish(mut self, trends: &[String]) -> Result<Chain, ChainError> {
        self.keep_wanted_files()?;
        let mut series_names: Vec<String> = trends.to_vec();
        for name in ["npp", "rs", "rh", "nep"] {
            if self.series.contains_key(name) && !series_names.iter().any(|n| n == name) {
                series_names.push(name.to_owned());
            }
        }
        let series: Vec<SeriesSpec> = series_names
            .into_iter()
            .map(|name| {
                let (operand, unit) = self.series[&name].clone();
                SeriesSpec { name, unit, operand }
            })
            .collect();
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        for file in &self.files {
            if let Content::Layer(layer) = file.content {
                needed.insert(layer);
            }
        }
        needed.extend(
            series.iter().filter_map(|s| if let Operand::Layer(layer) = s.operand { Some(layer) } else { None }),
        );
        let stages = self.needed_stages(&needed);
        // Flags tell which pixels are decided in f64, so they always come back.
        needed.extend(stages.iter().filter_map(Stage::flags_layer));
        Ok(self.compact(stages, &needed, series))
    }

    fn keep_wanted_files(&mut self) -> Result<(), ChainError> {
        let Wanted::Named(names) = &self.recipe.wanted else { return Ok(()) };
        let stem = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        for name in names {
            if !self.files.iter().any(|file| file.path == *name || stem(&file.path) == *name) {
                let nearest = self
                    .files
                    .iter()
                    .map(|file| stem(&file.path))
                    .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
                let hint = nearest.map_or(String::new(), |nearest| format!("the nearest that it makes is {nearest:?}"));
                return Err(ChainError::UnknownLayer { name: name.clone(), hint });
            }
        }
        self.files.retain(|file| names.iter().any(|name| file.path == *name || stem(&file.path) == *name));
        Ok(())
    }

    /// The stages that lead to the layers in `needed`, in order.
    fn needed_stages(&self, needed: &BTreeSet<usize>) -> Vec<Stage> {
        let mut open = needed.clone();
        let mut kept: Vec<Stage> = Vec::new();
        for stage in self.stages.iter().rev() {
            if stage.outputs.iter().any(|layer| open.contains(layer)) {
                open.extend(
                    stage.inputs.iter().filter_map(|o| if let Operand::Layer(layer) = o { Some(*layer) } else { None }),
                );
                kept.push(stage.clone());
            }
        }
        kept.reverse();
        kept
    }

    /// Numbers inputs and layers anew, without those that no kept stage touches.
    fn compact(self, mut stages: Vec<Stage>, returned: &BTreeSet<usize>, mut series: Vec<SeriesSpec>) -> Chain {
        let used_layers: BTreeSet<usize> = stages.iter().flat_map(|stage| stage.outputs.iter().copied()).collect();
        let operands = stages.iter().flat_map(|stage| stage.inputs.iter()).chain(series.iter().map(|s| &s.operand));
        let used_inputs: BTreeSet<usize> =
            operands.filter_map(|o| if let Operand::Input(input) = o { Some(*input) } else { None }).collect();
        let place = |used: &BTreeSet<usize>, i: usize| used.iter().position(|&u| u == i).unwrap_or(usize::MAX);
        let renumber = |operand: &mut Operand| match operand {
            Operand::Input(i) => *i = place(&used_inputs, *i),
            Operand::Layer(i) => *i = place(&used_layers, *i),
        };
        for stage in &mut stages {
            stage.inputs.iter_mut().for_each(renumber);
            for output in &mut stage.outputs {
                *output = place(&used_layers, *output);
            }
        }
        for s in &mut series {
            renumber(&mut s.operand);
        }
        let mut files = self.files;
        for file in &mut files {
            if let Content::Layer(layer) = &mut file.content {
                *layer = place(&used_layers, *layer);
            }
        }
        Chain {
            years: self.recipe.years,
            inputs: used_inputs.iter().map(|&i| self.recipe.inputs[i].clone()).collect(),
            layers: used_layers.iter().map(|&i| self.layers[i].clone()).collect(),
            stages,
            returned: returned.iter().map(|&layer| place(&used_layers, layer)).collect(),
            files,
            series,
            min_years: self.recipe.min_years,
        }
    }
}
