//! What is simulated, and what can go wrong.

use crate::calendar::Years;
use crate::chain::{TrendOptions, TrendTest};
use crate::engines::EngineError;

/// Noise that series are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// What it is like, in a word or two.
    pub label: String,
    /// Lag-1 correlation of each pattern, or one for all, each within ±0.99.
    pub lag1: Vec<f32>,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The years of a series.
    pub years: Years,
    /// Valid years that a test needs.
    pub min_years: usize,
    /// Level below which p is a trend.
    pub alpha: f64,
    /// The tests.
    pub tests: Vec<TrendTest>,
    /// What the tests leave open.
    pub options: TrendOptions,
    /// Which years are valid, `[pattern][year]`; series take them in turn. Never empty.
    pub patterns: Vec<Vec<bool>>,
    /// Kinds of noise.
    pub noises: Vec<Noise>,
    /// Trends in standard deviations of the noise a decade; 0 measures false alarms.
    pub slopes: Vec<f64>,
    /// Series of each noise and trend, at most [`SimulateAr1::MAX_SERIES`](crate::kernels::simulation::SimulateAr1::MAX_SERIES).
    pub n_series: usize,
    /// Another seed makes other series.
    pub seed: u32,
}

/// A calibration cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// None of the tests has a p.
    #[error("none of the tests has a p-value: {tests}; name one that has, such as ols or mk")]
    NoTest {
        /// The tests.
        tests: String,
    },
    /// No pixel has enough years.
    #[error(
        "no pixel of the sample has {min_years} valid years of {of}; lower min_years, or look at its missing values"
    )]
    NoPixel {
        /// The series.
        of: String,
        /// The years that are needed.
        min_years: usize,
    },
    /// A series that the study does not have.
    #[error("{of:?} is no series of this study; there are: {known}")]
    NoSeries {
        /// The series.
        of: String,
        /// Those that there are.
        known: String,
    },
    /// The chain of kernels cannot be built.
    #[error(transparent)]
    Chain(#[from] crate::chain::ChainError),
    /// The engine cannot start or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
