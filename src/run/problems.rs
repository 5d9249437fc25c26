//! Everything that is wrong with a study, told at once and not one a run.

use crate::error::Error;
use crate::sources::SourceError;

/// What is wrong so far, while work goes on with what is right.
#[derive(Default)]
pub(super) struct Problems(Vec<Error>);

impl Problems {
    /// The value, or `None` and one problem more.
    pub(super) fn take<T>(&mut self, result: Result<T, impl Into<Error>>) -> Option<T> {
        result.map_err(|error| self.0.push(error.into())).ok()
    }

    /// What is wrong with inputs.
    pub(super) fn extend(&mut self, errors: Vec<SourceError>) {
        self.0.extend(errors.into_iter().map(Error::from));
    }

    /// What is told before all else.
    pub(super) fn first(&mut self, error: Error) {
        self.0.insert(0, error);
    }

    /// Whether all is right.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of it as one error.
    pub(super) fn into_error(self) -> Error {
        Error::of(self.0).unwrap_or(Error::Source(SourceError::NoInputs))
    }
}
