//! What can be wrong with arrays.

use crate::chain::ChainError;
use crate::engines::EngineError;

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
        of: &'static str,
    },

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
    #[error(transparent)]
    Chain(#[from] ChainError),

    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),

    /// Whoever waited gave up.
    #[error("stopped before all pixels were computed")]
    Stopped,
}
