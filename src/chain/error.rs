//! What is wrong with a study whose chain cannot be built.

use crate::kernels::parameters::MissingParameter;

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
    /// A test of trend needs a parameter that a chain does not give.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
    /// Nothing can be computed.
    #[error(
        "these inputs allow nothing to be computed: give npp, or temperature and precipitation \
         (and soc for gsmsr), or an annual input named in trend.of"
    )]
    Nothing,
}
