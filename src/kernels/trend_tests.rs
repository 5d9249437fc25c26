//! The tests of trend that a study can ask for, one row a test.
//!
//! A new test is a variant of [`TrendTest`] and a row of [`TREND_TESTS`]. Its kernel reads the
//! series as an input `y`. If it needs the Theil-Sen slope of the series, it reads that as `sen`.

use crate::words::words;

use super::lib::rescaled_range::RangeRule;
use super::parameters::{Made, Make, MissingParameter, Parameters, made};
use super::statistics::{
    Hurst, Lag1, MannKendall, MkHamedRao, MkPrewhitened, MkSequential, MkTfpw, MkYueWang, Ols,
    OlsEffective, Pettitt, Spearman, TheilSen, TwoSegment,
};

words! {
    /// A test or an estimate of trend, of every series in `trend.of`.
    TrendTest {
        /// Ordinary least squares: slope, intercept, r², p and class.
        Ols = "ols",
        /// Theil-Sen slope: the median of the slopes between all pairs of years.
        Sen = "sen",
        /// Mann-Kendall test.
        Mk = "mk",
        /// Autocorrelation from one year to the next, without the trend.
        Lag1 = "lag1",
        /// Mann-Kendall after pre-whitening.
        MkPrewhitened = "mk-prewhitened",
        /// Mann-Kendall after trend-free pre-whitening.
        MkTfpw = "mk-tfpw",
        /// The same, pre-whitened only where the autocorrelation is significant.
        MkTfpwSignificant = "mk-tfpw-significant",
        /// Mann-Kendall with the variance of Hamed and Rao.
        MkHamedRao = "mk-hamed-rao",
        /// Mann-Kendall with the variance of Yue and Wang, first lag.
        MkYueWang = "mk-yue-wang",
        /// The same with all lags, which is unsafe.
        MkYueWangAll = "mk-yue-wang-all",
        /// t test of the linear trend with the effective number of years.
        OlsEffective = "ols-effective",
        /// Pettitt's change point.
        Pettitt = "pettitt",
        /// Sequential Mann-Kendall: when the trend began.
        MkSequential = "mk-sequential",
        /// A line of two segments.
        TwoSegment = "two-segment",
        /// Hurst exponent, beside that of white noise.
        Hurst = "hurst",
        /// Spearman's rank correlation with the years.
        Spearman = "spearman",
    }
}

/// A word of `trend.tests` and the kernel that it stands for.
#[derive(Clone, Copy, Debug)]
pub struct TrendRow {
    /// The test.
    pub test: TrendTest,
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
const fn row(test: TrendTest, stem: &'static str, kernel: &'static str, make: Make) -> TrendRow {
    TrendRow {
        test,
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
    row(TrendTest::Ols, "", "ols", |p| {
        made(Ols {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(TrendTest::Sen, "_sen", "theil_sen", |p| {
        made(TheilSen::new(
            p.whole("min_years")?,
            p.n_years(),
            p.number("alpha")?,
        ))
    }),
    row(TrendTest::Mk, "_mk", "mann_kendall", |p| {
        made(MannKendall {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(TrendTest::Lag1, "_lag1", "lag1", |p| {
        made(Lag1 {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
    row(
        TrendTest::MkPrewhitened,
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
        row(TrendTest::MkTfpw, "_mk_tfpw", "mk_tfpw", mk_tfpw),
    ),
    with(
        &[("only_if_significant", true)],
        row(
            TrendTest::MkTfpwSignificant,
            "_mk_tfpw_significant",
            "mk_tfpw",
            mk_tfpw,
        ),
    ),
    row(
        TrendTest::MkHamedRao,
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
            "_mk_yue_wang",
            "mk_yue_wang",
            mk_yue_wang,
        ),
    ),
    with(
        &[("all_lags", true)],
        row(
            TrendTest::MkYueWangAll,
            "_mk_yue_wang_all",
            "mk_yue_wang",
            mk_yue_wang,
        ),
    ),
    row(
        TrendTest::OlsEffective,
        "_effective",
        "ols_effective",
        |p| {
            made(OlsEffective {
                min_years: p.whole("min_years")?,
                n_years: p.n_years(),
            })
        },
    ),
    row(TrendTest::Pettitt, "_pettitt", "pettitt", |p| {
        made(Pettitt {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            first_year: p.years.first,
        })
    }),
    row(TrendTest::MkSequential, "_mk", "mk_sequential", |p| {
        made(MkSequential {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            first_year: p.years.first,
        })
    }),
    row(TrendTest::TwoSegment, "_segment", "two_segment", |p| {
        made(TwoSegment {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
            first_year: p.years.first,
        })
    }),
    row(TrendTest::Hurst, "_hurst", "hurst", |p| {
        let rule = RangeRule {
            tau_min: p.size("tau_min")?,
            sample_sd: p.flag("sample_sd")?,
        };
        made(Hurst::new(p.whole("min_years")?, p.n_years(), rule))
    }),
    row(TrendTest::Spearman, "_spearman", "spearman", |p| {
        made(Spearman {
            min_years: p.whole("min_years")?,
            n_years: p.n_years(),
        })
    }),
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
    /// What a study computes that names no test.
    pub const DEFAULT: [Self; 3] = [Self::Ols, Self::Sen, Self::Mk];

    /// The row of the table.
    fn row(self) -> Option<&'static TrendRow> {
        TREND_TESTS.iter().find(|row| row.test == self)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_test_has_its_own_word_and_row() {
        let rows: BTreeSet<TrendTest> = TREND_TESTS.iter().map(|row| row.test).collect();
        let words: BTreeSet<&str> = TrendTest::WORDS.iter().map(|(word, _)| *word).collect();
        assert_eq!([rows.len(), words.len()], [TREND_TESTS.len(); 2]);
        assert_eq!(words.len(), TrendTest::WORDS.len());
        for (word, test) in TrendTest::WORDS {
            assert_eq!(test.as_str(), *word);
            assert!(rows.contains(test), "{word} has no row");
        }
    }
}
