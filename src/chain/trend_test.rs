//! The tests and estimates of trend that a study can ask for.

/// A test or an estimate of trend, of every series in `trend.of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrendTest {
    /// Ordinary least squares: slope, intercept, r², p and class.
    Ols,
    /// Theil-Sen slope, the median of the slopes between all pairs of years.
    Sen,
    /// Mann-Kendall.
    Mk,
    /// Mann-Kendall after pre-whitening.
    MkPrewhitened,
    /// Mann-Kendall after trend-free pre-whitening.
    MkTfpw,
    /// Mann-Kendall with the variance of Hamed and Rao.
    MkHamedRao,
    /// Mann-Kendall with the variance of Yue and Wang.
    MkYueWang,
    /// Pettitt's change point.
    Pettitt,
    /// Hurst exponent.
    Hurst,
}

impl TrendTest {
    /// Every test with its word in the study file, in the order of the manual.
    pub const WORDS: &'static [(&'static str, Self)] = &[
        ("ols", Self::Ols),
        ("sen", Self::Sen),
        ("mk", Self::Mk),
        ("mk-prewhitened", Self::MkPrewhitened),
        ("mk-tfpw", Self::MkTfpw),
        ("mk-hamed-rao", Self::MkHamedRao),
        ("mk-yue-wang", Self::MkYueWang),
        ("pettitt", Self::Pettitt),
        ("hurst", Self::Hurst),
    ];

    /// What a study computes that does not say.
    pub const DEFAULT: [Self; 3] = [Self::Ols, Self::Sen, Self::Mk];

    /// The word of the study file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, test)| *test == self).map_or("", |(word, _)| word)
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
        let words: std::collections::BTreeSet<&str> = TrendTest::WORDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words.len(), TrendTest::WORDS.len());
        for (word, test) in TrendTest::WORDS {
            assert_eq!(test.as_str(), *word);
        }
    }
}
