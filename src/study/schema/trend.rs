//! `[trend]`.

use super::row::{Fallback, Key, Shown, TableSpec, keys};
use crate::chain::{FalseDiscovery, TrendTest};
use crate::study::choices::HurstSd;
use crate::study::formats::{
    ValueFormat, finite, flag, one_of, or_format, strings, text, whole, word,
};

keys! {
    TABLE = TableSpec::header("trend", "[trend]", "trends of annual series, pixel by pixel");

    OF: Vec<String> = Key::new(
        "of",
        strings("[\"nep\", \"npp\"]"),
        Fallback::Words("every series that the inputs allow"),
        "series with a trend: inputs, nep, rs, rh",
    )
    .shown(Shown::Stated(
        "[\"nep\", \"npp\", \"rh\", \"temperature\", \"precipitation\", \"radiation\"]",
    ));

    MIN_YEARS: i64 = Key::new(
        "min_years",
        whole("15"),
        Fallback::Words("three quarters of the years, rounded up"),
        "valid years that a pixel needs",
    )
    .bounds("4 to the number of years of the study")
    .stated();

    TESTS: Vec<String> = Key::new(
        "tests",
        strings("[\"ols\", \"sen\", \"mk\"]"),
        Fallback::Value("[\"ols\", \"sen\", \"mk\"]"),
        "tests and estimates of trend",
    )
    .words::<TrendTest>()
    .stated();

    ALPHA: f64 = Key::new(
        "alpha",
        finite("0.05"),
        Fallback::Value("0.05"),
        "level of significance in area shares, hatching and texts",
    )
    .within("a number between 0 and 1", |a| 0.0 < *a && *a < 1.0)
    .stated();

    FDR: Option<FalseDiscovery> = Key::new(
        "fdr",
        ValueFormat {
            expected: "true, false or the name of a rule",
            example: "\"benjamini-hochberg\"",
            parse: |value| {
                let word = text(value).or_else(|| value.as_bool().map(|flag| flag.to_string()));
                match or_format(word)?.as_str() {
                    "false" => Ok(None),
                    "true" => Ok(Some(FalseDiscovery::BenjaminiHochberg)),
                    word => one_of(word).map(Some),
                }
            },
        },
        Fallback::Value("false"),
        "control of the false discovery rate over the map, in the class layers and in maps X_q and \
         X_mk_q; true is benjamini-hochberg",
    )
    .words::<FalseDiscovery>()
    .shown(Shown::Stated("false"));

    CALIBRATE: bool = Key::new(
        "calibrate",
        flag("true"),
        Fallback::Value("false"),
        "true: tables/calibration.csv, false alarms and power of the tests on series like these",
    )
    .shown(Shown::Stated("false"));

    MIN_VARIANCE_FACTOR: f64 = Key::new(
        "min_variance_factor",
        finite("1"),
        Fallback::Value("0.0"),
        "least factor of the variance in mk-hamed-rao and mk-yue-wang; 1 is safe: they then only \
         widen the variance",
    )
    .within("0 or more", |factor| *factor >= 0.0)
    .shown(Shown::Stated("0.0"));

    HURST_SD: HurstSd = Key::new(
        "hurst_sd",
        word("\"population\""),
        Fallback::Value("\"population\""),
        "standard deviation in the rescaled ranges of hurst",
    )
    .words::<HurstSd>()
    .stated();

    HURST_TAU_MIN: i64 = Key::new(
        "hurst_tau_min",
        whole("2"),
        Fallback::Value("2"),
        "shortest beginning of the series that counts in hurst, in years",
    )
    .within("2 or 3", |tau| (2..=3).contains(tau))
    .stated();
}
