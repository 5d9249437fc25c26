//! What is wrong with a chain, in the words of arrays: there is no study file whose keys could be named.

use crate::chain::{AttributionProblem, ChainError};
use crate::kernels::lib::drivers::MAX_PREDICTORS;

pub(super) fn in_words(error: &ChainError) -> String {
    match error {
        ChainError::TooManyDrivers { count } => {
            format!("{count} drivers are given; at most {MAX_PREDICTORS} are possible")
        }
        ChainError::Attribution(AttributionProblem::NoDriver) => {
            "a regression needs a driver: give one array or more".to_owned()
        }
        ChainError::Attribution(AttributionProblem::ShortBaseline {
            years,
            n_drivers,
            least,
        }) => format!(
            "a regression on {n_drivers} drivers needs at least {least} years, and there are {}",
            years.count()
        ),
        other => other.to_string(),
    }
}
