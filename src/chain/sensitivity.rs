//! How an attribution learns how much the response changes with each driver.

use crate::calendar::Years;

/// How the sensitivities of an attribution are estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// From the series unchanged.
    Raw,
    /// From the series without their trends.
    Detrended,
    /// From the differences of adjacent years.
    FirstDifference,
    /// From the years of a baseline.
    Baseline(Years),
}

impl Sensitivity {
    /// The sensitivities that are one word in a study file.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("raw", Self::Raw),
        ("detrended", Self::Detrended),
        ("first-difference", Self::FirstDifference),
    ];

    /// What a study computes that names none: the two that differ most.
    pub const DEFAULT: [Self; 2] = [Self::Raw, Self::Detrended];

    /// The folder of its layers.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Detrended => "detrended",
            Self::FirstDifference => "first-difference",
            Self::Baseline(_) => "baseline",
        }
    }

    /// Whether a bootstrap can use it. A baseline and differences have other years than the trend.
    #[must_use]
    pub fn has_bootstrap(self) -> bool {
        matches!(self, Self::Raw | Self::Detrended)
    }

    /// Its name in descriptions.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Raw => "sensitivities from the series as they are".to_owned(),
            Self::Detrended => "sensitivities from detrended series".to_owned(),
            Self::FirstDifference => "sensitivities from year-to-year changes".to_owned(),
            Self::Baseline(years) => {
                format!("sensitivities from {} to {}", years.first, years.last)
            }
        }
    }
}

/// Replicates of an attribution in years drawn with replacement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapOptions {
    /// How many.
    pub replicates: usize,
    /// Neighbouring years that are drawn together.
    pub block: usize,
    /// Seed of the random numbers.
    pub seed: u32,
    /// Share of the replicates inside an interval.
    pub level: f64,
}
