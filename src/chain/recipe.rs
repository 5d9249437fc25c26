//! What a study asks of the kernels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::calendar::{Season, Years};
use crate::kernels::heterotrophic::LogLog;
use crate::kernels::lib::rescaled_range::RangeRule;
use crate::kernels::trend_tests::TrendTest;
use crate::kernels::twin::Kernel;
use crate::tile::InputSpec;

use super::correlation::Correlation;
use super::false_discovery::FalseDiscovery;
use super::sensitivity::{BootstrapOptions, Sensitivity};

/// The options of the tests of trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendOptions {
    /// Hamed and Rao, Yue and Wang multiply the variance by no less; 0 for the published forms.
    pub min_variance_factor: f64,
    /// How the Hurst exponent is estimated.
    pub hurst: RangeRule,
}

impl Default for TrendOptions {
    /// The published forms.
    fn default() -> Self {
        Self {
            min_variance_factor: 0.0,
            hurst: RangeRule::default(),
        }
    }
}

/// Every pair of a model of soil respiration and an Rh model.
#[derive(Clone)]
pub struct Ensemble {
    /// The models with their words.
    pub models: Vec<(String, Arc<dyn Kernel>)>,
    /// The Rh models with their words.
    pub rh_models: Vec<(String, Arc<dyn Kernel>)>,
    /// The same Rh models, in this order, as they follow a model that reads no months; empty where
    /// that makes no difference.
    pub rh_models_of_years: Vec<Arc<dyn Kernel>>,
}

/// The model of soil respiration and the Rh model of a study, with other coefficients in every
/// draw.
#[derive(Clone)]
pub struct Draws {
    /// The model, once a draw; empty where none of its coefficients is uncertain.
    pub respiration: Vec<Arc<dyn Kernel>>,
    /// The Rh model, once a draw; empty where none of its coefficients is uncertain.
    pub heterotrophic: Vec<Arc<dyn Kernel>>,
}

impl Draws {
    /// How many draws there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.respiration.len().max(self.heterotrophic.len())
    }
}

/// Which files a run writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that the inputs allow.
    All,
    /// These, by their name with or without folder, such as `nep_slope` or `maps/nep_slope`.
    Named(Vec<String>),
}

/// Maps of quantities whose values tables need, whether or not they become files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MapRequest {
    /// None.
    #[default]
    Nothing,
    /// Slope and mean of the response, as far as the inputs allow them.
    OfResponse,
    /// These, by their name with or without folder.
    Named {
        /// The key of the study file that names them.
        key: &'static str,
        /// The names.
        names: Vec<String>,
    },
}

/// What a study asks for, as far as kernels are concerned.
#[derive(Clone)]
pub struct Recipe {
    /// Years of the study.
    pub years: Years,
    /// Inputs that the study has.
    pub inputs: Vec<InputSpec>,
    /// The model of soil respiration; none where it is an input or not asked for.
    pub respiration: Option<Arc<dyn Kernel>>,
    /// The Rh model; it reads `rs`, or inputs.
    pub heterotrophic: Arc<dyn Kernel>,
    /// Models whose spread is asked for.
    pub ensemble: Option<Ensemble>,
    /// The models with random coefficients whose spread is asked for.
    pub draws: Option<Draws>,
    /// Months that a year needs.
    pub min_months: u32,
    /// Monthly inputs whose year is the mean of its months. The year of all others is the sum.
    pub averaged: BTreeSet<String>,
    /// The months that make a year of an input; the calendar year where it is not here.
    pub seasons: BTreeMap<String, Season>,
    /// Inputs that are departures from their mean over these years of the study.
    pub anomalies: BTreeMap<String, Years>,
    /// Valid years that a statistic needs.
    pub min_years: u32,
    /// One minus the level of confidence intervals.
    pub alpha: f64,
    /// Series whose trends are asked for; `None` for the default.
    pub trend_of: Option<Vec<String>>,
    /// Tests and estimates of those trends.
    pub tests: Vec<TrendTest>,
    /// The options of those tests.
    pub trend_options: TrendOptions,
    /// The rule that makes q of their p; `None` for classes on p and no q.
    pub false_discovery: Option<FalseDiscovery>,
    /// The series that the drivers explain.
    pub response: String,
    /// The drivers; `None` for those of temperature, precipitation and radiation that are inputs.
    pub predictors: Option<Vec<String>>,
    /// Which partial correlation with the drivers.
    pub correlation: Correlation,
    /// How the attribution learns the sensitivities to the drivers.
    pub sensitivities: Vec<Sensitivity>,
    /// Whether the study asks for an attribution. Then it is an error if there can be none.
    pub attribution_stated: bool,
    /// Replicates of the attribution in years drawn with replacement.
    pub bootstrap: Option<BootstrapOptions>,
    /// Static inputs that go into the tables.
    pub covariates: Vec<String>,
    /// Whether the tables are to have the response without its climate part, a series more.
    pub has_human_series: bool,
    /// Parts of the study whose slopes of the response become maps, by their names.
    pub stages: Vec<(String, Years)>,
    /// Files that the run writes.
    pub wanted: Selection,
    /// Maps that tables need beside them.
    pub tabled_maps: MapRequest,
}

impl Recipe {
    /// Everything that `inputs` allow, with the defaults of a study file.
    #[must_use]
    pub fn new(years: Years, inputs: Vec<InputSpec>, respiration: Arc<dyn Kernel>) -> Self {
        Self {
            respiration: Some(respiration),
            ..Self::of_series(years, inputs)
        }
    }

    /// The same without a model of respiration: trends, drivers and attribution of the inputs as they are.
    #[must_use]
    pub fn of_series(years: Years, inputs: Vec<InputSpec>) -> Self {
        let three_quarters = u32::try_from((3 * years.count()).div_ceil(4)).unwrap_or(u32::MAX);
        Self {
            years,
            inputs,
            respiration: None,
            heterotrophic: Arc::new(LogLog::default()),
            ensemble: None,
            draws: None,
            min_months: 12,
            averaged: BTreeSet::from(["temperature".to_owned()]),
            seasons: BTreeMap::new(),
            anomalies: BTreeMap::new(),
            min_years: three_quarters.max(4),
            alpha: 0.05,
            trend_of: None,
            tests: TrendTest::DEFAULT.to_vec(),
            trend_options: TrendOptions::default(),
            false_discovery: None,
            response: "nep".to_owned(),
            predictors: None,
            correlation: Correlation::Pearson,
            sensitivities: Sensitivity::DEFAULT.to_vec(),
            attribution_stated: false,
            bootstrap: None,
            covariates: Vec::new(),
            has_human_series: false,
            stages: Vec::new(),
            wanted: Selection::All,
            tabled_maps: MapRequest::Nothing,
        }
    }
}
