//! Everything that is wrong with a study, reported at once.

use crate::error::Error;
use crate::sources::SourceError;

/// What is wrong so far. Work goes on with the rest.
#[derive(Default)]
pub(super) struct Problems(Vec<Error>);

impl Problems {
    /// The value, or `None` and one more problem.
    pub(super) fn take<T>(&mut self, result: Result<T, impl Into<Error>>) -> Option<T> {
        result.map_err(|error| self.0.push(error.into())).ok()
    }

    /// Adds what is wrong with inputs.
    pub(super) fn extend(&mut self, errors: Vec<SourceError>) {
        self.0.extend(errors.into_iter().map(Error::from));
    }

    /// Adds what is reported first.
    pub(super) fn first(&mut self, error: Error) {
        self.0.insert(0, error);
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it as one error.
    pub(super) fn into_error(self) -> Error {
        Error::of(self.0).unwrap_or(Error::Source(SourceError::NoInputs))
    }
}
