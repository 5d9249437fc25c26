//! What is simulated, and what comes out.

use serde::Serialize;

use super::persistence::Persistence;
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
    /// Series of each noise and trend, at most [`SimulateAr1::MAX_SERIES`].
    pub n_series: usize,
    /// Another seed makes other series.
    pub seed: u32,
}

/// One number of the table: how often a test finds a trend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// The noise.
    pub noise: String,
    /// Mean lag-1 correlation of the noise.
    pub lag1: f64,
    /// The trend, in standard deviations of the noise a decade; 0 for false alarms.
    pub slope_sd_per_decade: f64,
    /// The test, by its word in the study file.
    pub test: String,
    /// Series that had enough years.
    pub series: u64,
    /// Share of them with p under the level.
    pub rate: f64,
    /// Its standard error, that of a binomial count.
    pub standard_error: f64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// The series of the study whose gaps and persistence were taken; none without a study.
    pub of: Option<String>,
    /// Years of a series.
    pub years: usize,
    /// Valid years that a test needs.
    pub min_years: usize,
    /// Mean number of valid years of the patterns.
    pub mean_valid_years: f64,
    /// Pixels whose gaps and persistence were taken.
    pub pixels: usize,
    /// The persistence of those pixels; none without a study.
    pub persistence: Option<Persistence>,
    /// The level.
    pub alpha: f64,
    /// The seed.
    pub seed: u32,
    /// What computed.
    pub device: String,
    /// The table.
    pub rates: Vec<Rate>,
    /// Tests that have no p.
    pub left_out: Vec<String>,
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
    /// The model used instead is wrong, which does not happen.
    #[error(transparent)]
    Parameter(#[from] crate::kernels::respiration::ParameterError),
    /// The engine cannot start or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
