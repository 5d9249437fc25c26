//! What is wrong with a study whose chain cannot be built.

use crate::calendar::Years;
use crate::kernels::lib::drivers::MAX_PREDICTORS;
use crate::kernels::parameters::MissingParameter;

/// A study asks for something that its inputs do not allow.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// A series needs an input that the study does not have.
    #[error(
        "{what} names {series:?}, which needs {}; add [inputs.{}] to the study",
        missing.join(" and "),
        missing[0]
    )]
    LacksInput {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
        /// The inputs that the study lacks.
        missing: Vec<String>,
    },
    /// A model needs a monthly input, and the study has an annual one.
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
        "{what} names {series:?}, which has one value for all years; it needs an annual or monthly \
         input"
    )]
    NotAnnual {
        /// The key of the study file.
        what: &'static str,
        /// The series.
        series: String,
    },
    /// A layer that the study could make with more inputs or other keys.
    #[error(
        "{key} names {name:?}, which needs {needs}; add that to the study, or leave the layer out"
    )]
    LayerLacks {
        /// The key of the study file.
        key: &'static str,
        /// What was asked for.
        name: String,
        /// The inputs and keys that the study lacks.
        needs: String,
    },
    /// Two results would have one name.
    #[error(
        "two results would be called {path:?}: an input has a name that results of others end with, such as climate, human \
         or NAME_p; call that input otherwise"
    )]
    SameName {
        /// The name, as a path without ending.
        path: String,
    },
    /// A layer that no run makes.
    #[error("{key} names {name:?}, which this study does not make; {hint}")]
    UnknownLayer {
        /// The key of the study file.
        key: &'static str,
        /// What was asked for.
        name: String,
        /// What can be done.
        hint: String,
    },
    /// A layer that is no map of a quantity.
    #[error("{key} names {name:?}, which is no map of a quantity but {found}; leave it out")]
    NoQuantity {
        /// The key of the study file.
        key: &'static str,
        /// What was asked for.
        name: String,
        /// What it is.
        found: &'static str,
    },
    /// The study names more drivers than a regression can have.
    #[error(
        "drivers.predictors names {count} drivers; at most {} are possible",
        MAX_PREDICTORS
    )]
    TooManyDrivers {
        /// How many it names.
        count: usize,
    },
    /// The response is among its own drivers.
    #[error("drivers.predictors names the response {response:?} itself; leave it out")]
    ResponseIsDriver {
        /// The response.
        response: String,
    },
    /// A driver comes twice.
    #[error("drivers.predictors names a driver twice; leave one out")]
    RepeatedDriver,
    /// Too few pairs of models for a spread.
    #[error(
        "respiration.ensemble has {} with the inputs of this study and needs two; {}",
        if *members == 0 { "no member" } else { "one member" },
        if lacking.is_empty() {
            "name a second model of Rs or Rh".to_owned()
        } else {
            format!("an input is lacking for {}", lacking.join(", "))
        }
    )]
    Ensemble {
        /// How many pairs have their inputs.
        members: usize,
        /// The models that lack an input.
        lacking: Vec<String>,
    },
    /// The study asks for an attribution that its inputs do not allow.
    #[error("attribution.sensitivity {0}")]
    Attribution(AttributionProblem),
    /// A test of trend needs a parameter that a chain does not give.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
    /// The inputs allow nothing.
    #[error(
        "these inputs allow nothing to be computed: give npp, or temperature and precipitation \
         (and soc for gsmsr), or an annual input named in trend.of"
    )]
    Nothing,
}

/// Why there can be no attribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributionProblem {
    /// The response is not there.
    #[error(
        "needs the trend of {response:?}, which needs {}; add [inputs.{}] to the study, or name \
         another drivers.response",
        missing.join(" and "),
        missing[0]
    )]
    NoResponse {
        /// The response.
        response: String,
        /// The inputs that the study lacks for it.
        missing: Vec<String>,
    },
    /// No driver is there.
    #[error(
        "needs a driver: add [inputs.temperature], [inputs.precipitation] or [inputs.radiation] to \
         the study, or name inputs in drivers.predictors"
    )]
    NoDriver,
    /// A baseline with fewer years than a regression needs.
    #[error(
        "has a baseline of {} years, {} to {}; a regression on {n_drivers} drivers needs at least \
         {least}",
        years.count(),
        years.first,
        years.last
    )]
    ShortBaseline {
        /// The baseline.
        years: Years,
        /// How many drivers there are.
        n_drivers: usize,
        /// The years that a baseline needs.
        least: usize,
    },
    /// A bootstrap without a sensitivity that can use it.
    #[error(
        "has neither \"raw\" nor \"detrended\", which bootstrap.replicates needs; add one, or leave \
         [bootstrap] out"
    )]
    NoBootstrap,
}
