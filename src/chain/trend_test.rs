//! The tests and estimates of trend that a study can ask for.

use crate::kernels::lib::rescaled_range::RangeRule;

/// A test or an estimate of trend, of every series in `trend.of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrendTest {
    /// Ordinary least squares: slope, intercept, r², p and class.
    Ols,
    /// Theil-Sen slope, the median of the slopes between all pairs of years.
    Sen,
    /// Mann-Kendall.
    Mk,
    /// Autocorrelation from one year to the next, without the trend.
    Lag1,
    /// Mann-Kendall after pre-whitening.
    MkPrewhitened,
    /// Mann-Kendall after trend-free pre-whitening.
    MkTfpw,
    /// The same, whitened only where the autocorrelation is significant.
    MkTfpwSignificant,
    /// Mann-Kendall with the variance of Hamed and Rao.
    MkHamedRao,
    /// Mann-Kendall with the variance of Yue and Wang, of the first lag.
    MkYueWang,
    /// The same with all lags, which is unsafe.
    MkYueWangAll,
    /// t test of the linear trend with the effective number of years.
    OlsEffective,
    /// Pettitt's change point.
    Pettitt,
    /// Sequential Mann-Kendall: when the trend began.
    MkSequential,
    /// A line of two segments.
    TwoSegment,
    /// Hurst exponent, beside that of white noise.
    Hurst,
}

/// What the tests of trend leave open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendOptions {
    /// Hamed and Rao, Yue and Wang multiply the variance by no less; 0 for the published forms.
    pub min_variance_factor: f64,
    /// How the Hurst exponent is estimated.
    pub hurst: RangeRule,
}

impl Default for TrendOptions {
    /// The published forms.
    fn default() -> Self {
        Self {
            min_variance_factor: 0.0,
            hurst: RangeRule::default(),
        }
    }
}

impl TrendTest {
    /// Every test with its word in the study file, in the order of the manual.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("ols", Self::Ols),
        ("sen", Self::Sen),
        ("mk", Self::Mk),
        ("lag1", Self::Lag1),
        ("mk-prewhitened", Self::MkPrewhitened),
        ("mk-tfpw", Self::MkTfpw),
        ("mk-tfpw-significant", Self::MkTfpwSignificant),
        ("mk-hamed-rao", Self::MkHamedRao),
        ("mk-yue-wang", Self::MkYueWang),
        ("mk-yue-wang-all", Self::MkYueWangAll),
        ("ols-effective", Self::OlsEffective),
        ("pettitt", Self::Pettitt),
        ("mk-sequential", Self::MkSequential),
        ("two-segment", Self::TwoSegment),
        ("hurst", Self::Hurst),
    ];

    /// What a study computes that does not say.
    pub const DEFAULT: [Self; 3] = [Self::Ols, Self::Sen, Self::Mk];

    /// The word of the study file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, test)| *test == self)
            .map_or("", |(word, _)| word)
    }
}

impl std::fmt::Display for TrendTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_has_its_own_word() {
        let words: std::collections::BTreeSet<&str> =
            TrendTest::WORDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words.len(), TrendTest::WORDS.len());
        for (word, test) in TrendTest::WORDS {
            assert_eq!(test.as_str(), *word);
        }
    }
}
