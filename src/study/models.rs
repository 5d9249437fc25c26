//! `[respiration]` and `[uncertainty]`: models, their coefficients and how sure these are.

use toml::Value;

use super::checker::Checker;
use super::formats::text;
use super::problem::ProblemKind;
use super::schema::{
    Key, RhModel, RsModel, names_of, respiration as keys, uncertainty as uncertain_keys,
};
use super::section::Section;
use super::tables::{EnsembleTable, RespirationTable, RhChoice, Uncertain, UncertaintyTable};
use crate::kernels::models::{DEFAULT_RH, DEFAULT_RS, ModelEntry, POWER};
use crate::kernels::settings::PowerUnit;

/// `[respiration]`.
pub(super) fn respiration(r: &mut Checker, root: &Section<'_>) -> RespirationTable {
    let s = r.table(root, &keys::TABLE);
    let months = r.get(&s, &keys::MIN_MONTHS);
    let model = r.get(&s, &keys::MODEL).map_or(DEFAULT_RS, |model| model.0);
    let heterotrophic = heterotrophic(r, &s).unwrap_or(RhChoice::from(DEFAULT_RH));
    RespirationTable {
        model,
        heterotrophic: heterotrophic.clone(),
        denominator: r.get(&s, &keys::DENOMINATOR).unwrap_or_default(),
        days: r.get(&s, &keys::DAYS).unwrap_or_default(),
        min_months: months.and_then(|n| usize::try_from(n).ok()).unwrap_or(12),
        parameters: parameters(r, &s),
        ensemble: ensemble(r, &s, model, heterotrophic),
    }
}

fn heterotrophic(r: &mut Checker, s: &Section<'_>) -> Option<RhChoice> {
    let unit = power_unit(r, s, &keys::POWER_UNIT);
    let value = r.get(s, &keys::HETEROTROPHIC)?;
    let choice = rh_choice(r, &value, &s.key(&keys::HETEROTROPHIC))?;
    match unit {
        Some(unit) if choice.model == POWER => Some(RhChoice::power(unit)),
        Some(_) | None => Some(choice),
    }
}

/// A model of heterotrophic respiration at the full key `key`: a word, or a table of one key.
fn rh_choice(r: &mut Checker, value: &Value, key: &str) -> Option<RhChoice> {
    if let Some(word) = text(value) {
        let model: RhModel = r.one_of(key.to_owned(), &word)?;
        return Some(RhChoice::from(model.0));
    }
    let Some(table) = value.as_table() else {
        r.fail(key.to_owned(), keys::HETEROTROPHIC.other_format(value));
        return None;
    };
    let inner = Section::new(Some(table), key.to_owned());
    r.only(&inner, &names_of(&keys::RH_MODEL));
    if inner.has(&keys::POWER) {
        return power_unit(r, &inner, &keys::POWER).map(RhChoice::power);
    }
    r.require(&inner, &keys::FRACTION).map(RhChoice::fraction)
}

/// The unit of the power model. Grams a year are refused with the reason, since that is the mistake
/// to expect.
fn power_unit(r: &mut Checker, s: &Section<'_>, key: &Key<String>) -> Option<PowerUnit> {
    let word = r.get(s, key)?;
    if word == "gC m-2 yr-1" {
        let found =
            "\"gC m-2 yr-1\", in which the model gives a sixth of Rs and no field data agree";
        let kind = ProblemKind::Bounds {
            found: found.to_owned(),
            expected: "\"gC m-2 d-1\" or \"kgC m-2 yr-1\"".to_owned(),
        };
        r.fail(s.key(key), kind);
        return None;
    }
    r.one_of(s.key(key), &word)
}

/// The entries of a table of coefficients with their names; `pei.a = 0.0913` is a table in a table.
fn named<T>(
    r: &mut Checker,
    table: &Section<'_>,
    is_entry: impl Fn(&Value) -> bool,
    read: impl Fn(&mut Checker, &Section<'_>, &str) -> Option<T>,
) -> Vec<(String, T)> {
    let mut entries = Vec::new();
    for name in table.names() {
        if table
            .value(name)
            .is_some_and(|value| value.is_table() && !is_entry(value))
        {
            let inner = r.open_at(table, name, &keys::PARAMETERS);
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

fn parameters(r: &mut Checker, s: &Section<'_>) -> Vec<(String, f64)> {
    let table = r.open(s, &keys::PARAMETERS);
    named(
        r,
        &table,
        |_| false,
        |r, s, name| r.entry(s, name, &keys::COEFFICIENT),
    )
}

/// `respiration.ensemble`: a list that is left out is the chosen model alone.
fn ensemble(
    r: &mut Checker,
    s: &Section<'_>,
    model: ModelEntry,
    heterotrophic: RhChoice,
) -> Option<EnsembleTable> {
    if !s.has(keys::ENSEMBLE.name()) {
        return None;
    }
    let inner = r.table(s, &keys::ENSEMBLE);
    let words = r.get(&inner, &keys::ENSEMBLE_MODELS);
    let key = inner.key(&keys::ENSEMBLE_MODELS);
    let models = words.map_or(vec![model], |words| {
        r.no_repeats(&key, &words);
        let read = |word: &String| r.one_of(key.clone(), word).map(|model: RsModel| model.0);
        words.iter().filter_map(read).collect()
    });
    let items = r.get(&inner, &keys::ENSEMBLE_HETEROTROPHIC);
    let key = inner.key(&keys::ENSEMBLE_HETEROTROPHIC);
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
pub(super) fn uncertainty(r: &mut Checker, root: &Section<'_>) -> Option<UncertaintyTable> {
    if !root.has(uncertain_keys::TABLE.name()) {
        return None;
    }
    let s = r.table(root, &uncertain_keys::TABLE);
    let draws = r.get(&s, &uncertain_keys::DRAWS);
    let seed = r.get(&s, &uncertain_keys::SEED);
    let table = r.open(&s, &uncertain_keys::PARAMETERS);
    if table.names().is_empty() {
        let example = "the uncertain coefficients, such as R0 = { sd = 0.06 }";
        let key = s.key(uncertain_keys::PARAMETERS.name());
        r.fail(key, ProblemKind::Missing { example });
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

/// How one coefficient is distributed: one key of three.
fn uncertain(r: &mut Checker, s: &Section<'_>, name: &str) -> Option<Uncertain> {
    let inner = r.table_at(s, name, &uncertain_keys::DISTRIBUTION);
    let mut stated = names_of(&uncertain_keys::DISTRIBUTION);
    stated.retain(|key| inner.has(key));
    if let [first, second, ..] = stated[..] {
        let kind = ProblemKind::Conflict {
            other: inner.key(first),
            reason: "a coefficient has one distribution",
        };
        r.fail(inner.key(second), kind);
        return None;
    }
    if stated.is_empty() && inner.is_present() {
        r.missing(&inner, &uncertain_keys::SD);
        return None;
    }
    let sd = r.get(&inner, &uncertain_keys::SD).map(Uncertain::Sd);
    let relative = r.get(&inner, &uncertain_keys::RELATIVE_SD);
    let range = r.get(&inner, &uncertain_keys::RANGE);
    sd.or(relative.map(Uncertain::RelativeSd))
        .or(range.map(Uncertain::Range))
}
