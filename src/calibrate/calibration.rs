//! The rates that a calibration finds.

use serde::Serialize;

use super::persistence::Persistence;

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
