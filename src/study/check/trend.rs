//! `[trend]`.

use super::series::{COMPUTED, Series};
use crate::calendar::Years;
use crate::chain::TrendTest;
use crate::study::checker::Checker;
use crate::study::choices::HurstSd;
use crate::study::schema::trend as keys;
use crate::study::section::Section;
use crate::study::tables::{InputTable, TrendTable};

/// `[trend]`; without years nothing is checked against them.
pub(in crate::study) fn trend(
    c: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
    inputs: &[InputTable],
    names: &[String],
) -> TrendTable {
    let s = c.table(root, &keys::TABLE);
    let of = c.get(&s, &keys::OF);
    if let Some(of) = &of {
        let series = Series {
            inputs,
            names,
            computed: COMPUTED,
        };
        series.check(c, &s.key(&keys::OF), of);
    }
    TrendTable {
        of,
        min_years: min_years(c, &s, years),
        tests: tests(c, &s),
        tests_stated: s.has(&keys::TESTS),
        alpha: c.get(&s, &keys::ALPHA).unwrap_or(0.05),
        fdr: c.get(&s, &keys::FDR).flatten(),
        min_variance_factor: c.get(&s, &keys::MIN_VARIANCE_FACTOR).unwrap_or(0.0),
        hurst_sd: c.get(&s, &keys::HURST_SD).unwrap_or(HurstSd::Population),
        hurst_tau_min: c
            .get(&s, &keys::HURST_TAU_MIN)
            .and_then(|tau| usize::try_from(tau).ok())
            .unwrap_or(2),
        calibrate: c.get(&s, &keys::CALIBRATE).unwrap_or(false),
    }
}

fn min_years(c: &mut Checker, s: &Section<'_>, years: Option<Years>) -> usize {
    let most = years.map(|years| years.count());
    let bounds = match most {
        Some(most) => format!(
            "{} to {most}, the years of the study",
            TrendTable::MIN_YEARS
        ),
        None => format!("at least {}", TrendTable::MIN_YEARS),
    };
    let fits = |n: &i64| {
        usize::try_from(*n)
            .is_ok_and(|n| n >= TrendTable::MIN_YEARS && most.is_none_or(|most| n <= most))
    };
    let stated = c.bounded(s, &keys::MIN_YEARS, &bounds, fits);
    stated
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or_else(|| TrendTable::default_min_years(most.unwrap_or(0)))
}

fn tests(c: &mut Checker, s: &Section<'_>) -> Vec<TrendTest> {
    let Some(words) = c.get(s, &keys::TESTS) else {
        return TrendTest::DEFAULT.to_vec();
    };
    let key = s.key(&keys::TESTS);
    c.no_repeats(&key, &words);
    words
        .iter()
        .filter_map(|word| c.one_of(key.clone(), word))
        .collect()
}
