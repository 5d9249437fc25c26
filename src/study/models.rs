//! `[respiration]` and `[uncertainty]`: models, their coefficients and how sure these are.

use toml::Value;

use super::check::{number_like, text_like, texts_like, whole_like};
use super::error::Fault;
use super::read::{Form, Reader, Section, describe, numbers, text};
use super::tables::{
    EnsembleTable, RESPIRATION_KEYS, RespirationTable, RhChoice, Uncertain, UncertaintyTable,
};
use crate::kernels::models::{self, DEFAULT_RH, DEFAULT_RS, FRACTION, ModelEntry, POWER};
use crate::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};

/// How a model of heterotrophic respiration is written.
const RH: &str = "\"bond-lamberty-2004\" or { fraction = 0.55 }";

/// `[respiration]`.
pub(super) fn respiration(r: &mut Reader, root: &Section<'_>) -> RespirationTable {
    let s = r.table(root, "respiration", "[respiration]", RESPIRATION_KEYS);
    let months = r.bounded(&s, "min_months", &whole_like("12"), "1 to 12", |n| {
        (1..=12).contains(n)
    });
    let model = r
        .word(
            &s,
            "model",
            &text_like("\"gsmsr\""),
            &models::soil_respiration_words(),
        )
        .unwrap_or(DEFAULT_RS);
    let heterotrophic = heterotrophic(r, &s).unwrap_or(RhChoice::from(DEFAULT_RH));
    RespirationTable {
        model,
        heterotrophic: heterotrophic.clone(),
        denominator: r
            .word(&s, "denominator", &text_like("\"P+K\""), Denominator::WORDS)
            .unwrap_or_default(),
        days: r
            .word(&s, "days", &DAYS, DaysOfMonth::WORDS)
            .unwrap_or_default(),
        min_months: months.and_then(|n| usize::try_from(n).ok()).unwrap_or(12),
        parameters: parameters(r, &s),
        ensemble: ensemble(r, &s, model, heterotrophic),
    }
}

/// The days of a month: a word, or the number 30.
const DAYS: Form<String> = Form {
    expected: "\"calendar\" or \"30\"",
    example: "\"calendar\"",
    parse: |value| text(value).or_else(|| value.as_integer().map(|days| days.to_string())),
};

fn heterotrophic(r: &mut Reader, s: &Section<'_>) -> Option<RhChoice> {
    const KEY: &str = "heterotrophic";
    let unit = power_unit(r, s, "power_unit");
    let choice = rh_choice(r, s.value(KEY)?, &s.key(KEY))?;
    match unit {
        Some(unit) if choice.model == POWER => Some(RhChoice::power(unit)),
        Some(_) | None => Some(choice),
    }
}

/// A model of heterotrophic respiration at the full key `key`: a word, or a table of one key.
fn rh_choice(r: &mut Reader, value: &Value, key: &str) -> Option<RhChoice> {
    if let Some(word) = text(value) {
        let model = r.one_of(key.to_owned(), &word, &models::heterotrophic_words());
        return model.map(RhChoice::from);
    }
    let Some(table) = value.as_table() else {
        let expected = "the name of a model or a fraction";
        r.fail(
            key.to_owned(),
            Fault::Form {
                found: describe(value),
                expected,
                example: RH,
            },
        );
        return None;
    };
    let inner = Section::at(table, key.to_owned());
    r.only(&inner, &[FRACTION.word(), POWER.word()]);
    if inner.has(POWER.word()) {
        return power_unit(r, &inner, POWER.word()).map(RhChoice::power);
    }
    if !inner.has(FRACTION.word()) {
        r.fail(
            inner.key(FRACTION.word()),
            Fault::Missing {
                example: "{ fraction = 0.55 }",
            },
        );
    }
    let example = number_like("0.55");
    let fraction = r.bounded(&inner, FRACTION.word(), &example, "0 to 1", |n| {
        (0.0..=1.0).contains(n)
    });
    fraction.map(RhChoice::fraction)
}

/// The unit of the power law. Grams a year are refused with the reason, since that is the mistake to be expected.
fn power_unit(r: &mut Reader, s: &Section<'_>, key: &str) -> Option<PowerUnit> {
    let word = r.get(s, key, &text_like("\"gC m-2 d-1\""))?;
    if word == "gC m-2 yr-1" {
        let found = "\"gC m-2 yr-1\", in which the law gives a sixth of Rs and no field data agree"
            .to_owned();
        r.fail(
            s.key(key),
            Fault::Bounds {
                found,
                expected: "\"gC m-2 d-1\" or \"kgC m-2 yr-1\"".to_owned(),
            },
        );
        return None;
    }
    r.one_of(s.key(key), &word, PowerUnit::WORDS)
}

/// The entries of a table of coefficients with their names; `pei.a = 0.0913` is a table in a table.
fn named<T>(
    r: &mut Reader,
    table: &Section<'_>,
    is_entry: impl Fn(&Value) -> bool,
    read: impl Fn(&mut Reader, &Section<'_>, &str) -> Option<T>,
) -> Vec<(String, T)> {
    let mut entries = Vec::new();
    for name in table.names() {
        if table
            .value(name)
            .is_some_and(|value| value.is_table() && !is_entry(value))
        {
            let inner = r.open(table, name, "pei.a = 0.0913");
            for symbol in inner.names() {
                entries.extend(
                    read(r, &inner, symbol).map(|entry| (format!("{name}.{symbol}"), entry)),
                );
            }
        } else {
            entries.extend(read(r, table, name).map(|entry| (name.to_owned(), entry)));
        }
    }
    entries
}

fn parameters(r: &mut Reader, s: &Section<'_>) -> Vec<(String, f64)> {
    let table = r.open(s, "parameters", "[respiration.parameters]");
    named(
        r,
        &table,
        |_| false,
        |r, s, name| r.get(s, name, &number_like("1.5")),
    )
}

/// `respiration.ensemble`: a list that is left out is the chosen model alone.
fn ensemble(
    r: &mut Reader,
    s: &Section<'_>,
    model: ModelEntry,
    heterotrophic: RhChoice,
) -> Option<EnsembleTable> {
    const EXAMPLE: &str =
        "{ models = [\"gsmsr\", \"raich-2002\"], heterotrophic = [\"subke-2006\"] }";
    if !s.has("ensemble") {
        return None;
    }
    let inner = r.table(s, "ensemble", EXAMPLE, &["models", "heterotrophic"]);
    let words = r.get(&inner, "models", &texts_like("[\"gsmsr\", \"raich-2002\"]"));
    let key = inner.key("models");
    let models = words.map_or(vec![model], |words| {
        r.no_repeats(&key, &words);
        let known = models::soil_respiration_words();
        words
            .iter()
            .filter_map(|word| r.one_of(key.clone(), word, &known))
            .collect()
    });
    let form = Form {
        expected: "a list with at least one model of heterotrophic respiration",
        example: "[\"bond-lamberty-2004\", { fraction = 0.6 }]",
        parse: |value| value.as_array().filter(|items| !items.is_empty()).cloned(),
    };
    let key = inner.key("heterotrophic");
    let items = r.get(&inner, "heterotrophic", &form);
    let heterotrophic = items.map_or(vec![heterotrophic], |items| {
        let read = |item| rh_choice(r, item, &key);
        let choices: Vec<RhChoice> = items.iter().filter_map(read).collect();
        let names: Vec<String> = choices.iter().map(RhChoice::name).collect();
        r.no_repeats(&key, &names);
        choices
    });
    Some(EnsembleTable {
        models,
        heterotrophic,
    })
}

/// `[uncertainty]`.
pub(super) fn uncertainty(r: &mut Reader, root: &Section<'_>) -> Option<UncertaintyTable> {
    if !root.has("uncertainty") {
        return None;
    }
    let s = r.table(
        root,
        "uncertainty",
        "[uncertainty] with draws = 200",
        &["draws", "seed", "parameters"],
    );
    let bounds = format!("2 to {}", UncertaintyTable::MAX_DRAWS);
    let fits =
        |n: &i64| usize::try_from(*n).is_ok_and(|n| (2..=UncertaintyTable::MAX_DRAWS).contains(&n));
    let draws = r.bounded(&s, "draws", &whole_like("200"), &bounds, fits);
    let seed = r.bounded(&s, "seed", &whole_like("1"), "0 or more", |n| *n >= 0);
    let table = r.open(
        &s,
        "parameters",
        "[uncertainty.parameters] with R0 = { sd = 0.06 }",
    );
    if table.names().is_empty() {
        r.fail(
            s.key("parameters"),
            Fault::Missing {
                example: "the uncertain coefficients, such as R0 = { sd = 0.06 }",
            },
        );
    }
    let is_entry = |value: &Value| {
        let keys = value
            .as_table()
            .map(|table| table.values().all(|inner| !inner.is_table()));
        keys.unwrap_or(true)
    };
    Some(UncertaintyTable {
        draws: draws
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(UncertaintyTable::DEFAULT_DRAWS),
        seed: seed.and_then(|n| u64::try_from(n).ok()).unwrap_or(1),
        parameters: named(r, &table, is_entry, uncertain),
    })
}

/// How one coefficient is distributed.
fn uncertain(r: &mut Reader, s: &Section<'_>, name: &str) -> Option<Uncertain> {
    const KEYS: &[&str] = &["sd", "relative_sd", "range"];
    let inner = r.table(
        s,
        name,
        "{ sd = 0.06 }, { relative_sd = 0.1 } or { range = [0.1, 0.13] }",
        KEYS,
    );
    let stated: Vec<&str> = KEYS.iter().copied().filter(|key| inner.has(key)).collect();
    match stated[..] {
        ["sd"] => r
            .bounded(&inner, "sd", &number_like("0.06"), "above 0", |sd| {
                *sd > 0.0
            })
            .map(Uncertain::Sd),
        ["relative_sd"] => {
            let sd = r.bounded(
                &inner,
                "relative_sd",
                &number_like("0.1"),
                "above 0",
                |sd| *sd > 0.0,
            );
            sd.map(Uncertain::RelativeSd)
        }
        ["range"] => {
            let form = Form {
                expected: "the least and the largest value",
                example: "[0.1, 0.13]",
                parse: numbers::<2>,
            };
            let range = r.bounded(
                &inner,
                "range",
                &form,
                "the least value first",
                |[low, high]| low < high,
            );
            range.map(Uncertain::Range)
        }
        [] if inner.is_present() => {
            r.fail(
                inner.key("sd"),
                Fault::Missing {
                    example: "{ sd = 0.06 }, { relative_sd = 0.1 } or { range = [0.1, 0.13] }",
                },
            );
            None
        }
        [_, second, ..] => {
            let other = inner.key(stated[0]);
            r.fail(
                inner.key(second),
                Fault::Conflict {
                    other,
                    reason: "a coefficient has one distribution",
                },
            );
            None
        }
        _ => None,
    }
}
