//! What can be wrong with arrays.

use crate::chain::ChainError;
use crate::engines::EngineError;

/// Why arrays cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum ArraysError {
    /// The first axis is not the years.
    #[error(
        "the first axis has {found} values and there are {years} years: it must be the years, one value each"
    )]
    Years {
        /// Length of the axis.
        found: usize,
        /// Years that were stated.
        years: usize,
    },

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
