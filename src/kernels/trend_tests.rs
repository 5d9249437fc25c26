//! The tests of trend that a study can ask for, one row a word.
//!
//! A new test is a variant of [`TrendTest`] and a row of [`TREND_TESTS`]. Its kernel reads the
//! series as an input `y`. If it needs the Theil-Sen slope of the series, it reads that as `sen`.

use super::lib::rescaled_range::RangeRule;
use super::parameters::{Made, Make, MissingParameter, Parameters, made};
use super::statistics::{
    Hurst, Lag1, MannKendall, MkHamedRao, MkPrewhitened, MkSequential, MkTfpw, MkYueWang, Ols,
    OlsEffective, Pettitt, Spearman, TheilSen, TwoSegment,
};

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
    /// Spearman's rank correlation with the years.
    Spearman,
}

/// A word of `trend.tests` and the kernel that it stands for.
#[derive(Clone, Copy, Debug)]
pub struct TrendRow {
    /// The test.
    pub test: TrendTest,
    /// Its word in the study file.
    pub word: &'static str,
    /// What its layers' names have between the series and the end that the kernel gives them.
    pub stem: &'static str,
    /// The stem of the kernel's files.
    pub kernel: &'static str,
    /// Options of the kernel that the word sets.
    pub options: &'static [(&'static str, bool)],
    /// Makes the kernel.
    pub make: Make,
}

/// A row of a kernel that has one word.
const fn row(
    test: TrendTest,
    word: &'static str,
    stem: &'static str,
    kernel: &'static str,
    make: Make,
) -> TrendRow {
    TrendRow {
        test,
        word,
        stem,
        kernel,
        options: &[],
        make,
    }
}

/// The same with options that the word sets.
const fn with(options: &'static [(&'static str, bool)], row: TrendRow) -> TrendRow {
    TrendRow { options, ..row }
}

/// Every test, in the order of the manual.
pub const TREND_TESTS: &[TrendRow] = &[
    row(TrendTest::Ols, "ols", "", "ols", |p| {
        made(Ols {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(TrendTest::Sen, "sen", "_sen", "theil_sen", |p| {
        made(TheilSen::new(
            p.whole("min_years")?,
            p.n_years(),
            p.number("alpha")?,
        ))
    }),
    row(TrendTest::Mk, "mk", "_mk", "mann_kendall", |p| {
        made(MannKendall {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(TrendTest::Lag1, "lag1", "_lag1", "lag1", |p| {
        made(Lag1 {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(
        TrendTest::MkPrewhitened,
        "mk-prewhitened",
        "_mk_prewhitened",
        "mk_prewhitened",
        |p| {
            made(MkPrewhitened {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
            })
        },
    ),
    with(
        &[("only_if_significant", false)],
        row(TrendTest::MkTfpw, "mk-tfpw", "_mk_tfpw", "mk_tfpw", mk_tfpw),
    ),
    with(
        &[("only_if_significant", true)],
        row(
            TrendTest::MkTfpwSignificant,
            "mk-tfpw-significant",
            "_mk_tfpw_significant",
            "mk_tfpw",
            mk_tfpw,
        ),
    ),
    row(
        TrendTest::MkHamedRao,
        "mk-hamed-rao",
        "_mk_hamed_rao",
        "mk_hamed_rao",
        |p| {
            made(MkHamedRao {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
                min_factor: p.number("min_factor")?,
            })
        },
    ),
    with(
        &[("all_lags", false)],
        row(
            TrendTest::MkYueWang,
            "mk-yue-wang",
            "_mk_yue_wang",
            "mk_yue_wang",
            mk_yue_wang,
        ),
    ),
    with(
        &[("all_lags", true)],
        row(
            TrendTest::MkYueWangAll,
            "mk-yue-wang-all",
            "_mk_yue_wang_all",
            "mk_yue_wang",
            mk_yue_wang,
        ),
    ),
    row(
        TrendTest::OlsEffective,
        "ols-effective",
        "_effective",
        "ols_effective",
        |p| {
            made(OlsEffective {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
            })
        },
    ),
    row(TrendTest::Pettitt, "pettitt", "_pettitt", "pettitt", |p| {
        made(Pettitt {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            first_year: p.years.first,
        })
    }),
    row(
        TrendTest::MkSequential,
        "mk-sequential",
        "_mk",
        "mk_sequential",
        |p| {
            made(MkSequential {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
                first_year: p.years.first,
            })
        },
    ),
    row(
        TrendTest::TwoSegment,
        "two-segment",
        "_segment",
        "two_segment",
        |p| {
            made(TwoSegment {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
                first_year: p.years.first,
            })
        },
    ),
    row(TrendTest::Hurst, "hurst", "_hurst", "hurst", |p| {
        let rule = RangeRule {
            tau_min: p.size("tau_min")?,
            sample_sd: p.flag("sample_sd")?,
        };
        made(Hurst::new(p.whole("min_years")?, p.n_years(), rule))
    }),
    row(
        TrendTest::Spearman,
        "spearman",
        "_spearman",
        "spearman",
        |p| {
            made(Spearman {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
            })
        },
    ),
];

fn mk_tfpw(p: &Parameters) -> Made {
    made(MkTfpw {
        min_years: p.whole("min_years")?,
        n_years: p.n_years(),
        only_if_significant: p.flag("only_if_significant")?,
    })
}

fn mk_yue_wang(p: &Parameters) -> Made {
    made(MkYueWang {
        min_years: p.whole("min_years")?,
        n_years: p.n_years(),
        all_lags: p.flag("all_lags")?,
        min_factor: p.number("min_factor")?,
    })
}

impl TrendTest {
    /// Every test with its word in the study file, in the order of the manual.
    pub const WORDS: &'static [(&'static str, Self)] = &{
        let mut words = [("", Self::Ols); TREND_TESTS.len()];
        let mut index = 0;
        while index < words.len() {
            words[index] = (TREND_TESTS[index].word, TREND_TESTS[index].test);
            index += 1;
        }
        words
    };

    /// What a study computes that names no test.
    pub const DEFAULT: [Self; 3] = [Self::Ols, Self::Sen, Self::Mk];

    /// The row of the table.
    fn row(self) -> Option<&'static TrendRow> {
        TREND_TESTS.iter().find(|row| row.test == self)
    }

    /// The word of the study file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().map_or("", |row| row.word)
    }

    /// What the names of its layers have after the series, such as `_mk` in `nep_mk_z`.
    #[must_use]
    pub fn stem(self) -> &'static str {
        self.row().map_or("", |row| row.stem)
    }

    /// The kernel of the test.
    ///
    /// # Errors
    ///
    /// A parameter that it needs is not among `parameters`.
    pub fn kernel(self, parameters: &Parameters) -> Made {
        let missing = || MissingParameter::named(self.as_str(), "a row of the table of tests");
        let row = self.row().ok_or_else(missing)?;
        let with_option = |all: Parameters, (name, value): &(&str, bool)| all.with(name, *value);
        (row.make)(&row.options.iter().fold(parameters.clone(), with_option))
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
    use std::collections::BTreeSet;

    #[test]
    fn every_test_has_its_own_word_and_row() {
        let words: BTreeSet<&str> = TREND_TESTS.iter().map(|row| row.word).collect();
        let tests: BTreeSet<TrendTest> = TREND_TESTS.iter().map(|row| row.test).collect();
        assert_eq!(words.len(), TREND_TESTS.len());
        assert_eq!(tests.len(), TREND_TESTS.len());
        for (word, test) in TrendTest::WORDS {
            assert_eq!(test.as_str(), *word);
        }
    }
}
