//! What can be wrong with arrays.

use crate::chain::ChainError;
use crate::engines::EngineError;
use crate::kernels::coefficients::ParameterError;

/// Why arrays cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum ArraysError {
    /// The first axis is not the years.
    #[error(
        "the first axis of `{name}` has {found} values and there are {years} years: it must be the years, one value each"
    )]
    Years {
        /// The array.
        name: String,
        /// Length of the axis.
        found: usize,
        /// Years that were stated.
        years: usize,
    },

    /// Arrays that are not of one place.
    #[error(
        "`{name}` has {found:?} rows and columns, and `{of}` has {expected:?}: bring all arrays to one grid first"
    )]
    Shape {
        /// The array.
        name: String,
        /// Its rows and columns.
        found: [usize; 2],
        /// Those of the first.
        expected: [usize; 2],
        /// The first.
        of: String,
    },

    /// The first axis is not the steps that a model reads.
    #[error(
        "the first axis of `{name}` has {found} values, and {years} years have {expected}: it must be their months in order, or one step where nothing changes"
    )]
    Steps {
        /// The array.
        name: String,
        /// Length of the axis.
        found: usize,
        /// What it must be.
        expected: usize,
        /// Years that were stated.
        years: usize,
    },

    /// There is no model of this name.
    #[error("there is no model {name:?}: choose one of {known}")]
    Model {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },

    /// A model lacks what it reads, or gets what it does not read.
    #[error("{model} reads {reads}, and got {got}")]
    Inputs {
        /// The model.
        model: String,
        /// The names of what it reads.
        reads: String,
        /// The names of what it got.
        got: String,
    },

    /// A result that is not made.
    #[error("there is no result {name:?}: there are {known}")]
    Result {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },

    /// A coefficient of a model.
    #[error(transparent)]
    Parameter(#[from] ParameterError),

    /// The system gives no threads.
    #[error("no threads to compute with: {0}; ask for fewer")]
    Threads(String),

    /// A name that results cannot have.
    #[error(
        "a driver cannot be called {0:?}: give each a name of its own, without a slash, other than \"series\""
    )]
    Name(String),

    /// No series can have enough valid years.
    #[error(
        "{years} years are fewer than the {min_years} valid ones that a series needs: give more years, or a smaller min_years (at least 4)"
    )]
    TooFewYears {
        /// Years that were stated.
        years: usize,
        /// Valid years that a series needs.
        min_years: u32,
    },

    /// Double precision and a decoding.
    #[error(
        "an array of f64 has values, not codes: give its values as they are, or the stored numbers as u8, i16, u16 or f32 with their decoding"
    )]
    Decoded,

    /// A test cannot be made of this chain.
    #[error("{}", super::chain_words::in_words(.0))]
    Chain(#[from] ChainError),

    /// The engine; [`EngineError::remedies`] tells what helps.
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// Whoever waited gave up.
    #[error("stopped before all pixels were computed")]
    Stopped,
}
