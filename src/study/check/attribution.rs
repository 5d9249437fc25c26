//! `[attribution]`.

use toml::Value;

use super::period::period;
use crate::calendar::Years;
use crate::chain::Sensitivity;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::attribution as keys;
use crate::study::section::Section;
use crate::study::tables::AttributionTable;
use crate::study::wording::{describe, near};

/// `[attribution]`.
pub(in crate::study) fn attribution(
    c: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> AttributionTable {
    let s = c.table(root, &keys::TABLE);
    let Some(items) = c.get(&s, &keys::SENSITIVITY) else {
        return AttributionTable {
            sensitivity: Sensitivity::DEFAULT.to_vec(),
        };
    };
    let key = s.key(&keys::SENSITIVITY);
    let sensitivity: Vec<Sensitivity> = items
        .iter()
        .filter_map(|item| one_sensitivity(c, &key, item, years))
        .collect();
    let folders: Vec<String> = sensitivity
        .iter()
        .map(|one| one.folder().to_owned())
        .collect();
    c.no_repeats(&key, &folders);
    AttributionTable { sensitivity }
}

/// An entry of the list at `key`: a word, or a table with the years of a baseline.
fn one_sensitivity(
    c: &mut Checker,
    key: &str,
    item: &Value,
    years: Option<Years>,
) -> Option<Sensitivity> {
    if let Some(word) = item.as_str() {
        let found = Sensitivity::WORDS.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            c.fail(key.to_owned(), unknown_sensitivity(word));
        }
        return found.map(|(_, way)| *way);
    }
    let name = keys::BASELINE.name();
    let table = item.as_table().filter(|table| table.contains_key(name));
    let Some(table) = table else {
        let kind = ProblemKind::Form {
            found: describe(item),
            expected: "a sensitivity",
            example: "\"raw\", \"detrended\", \"first-difference\" or { baseline = [2001, 2005] }",
        };
        c.fail(key.to_owned(), kind);
        return None;
    };
    let inner = Section::new(Some(table), key.to_owned());
    c.only(&inner, &[name]);
    period(c, &inner, name, &keys::BASELINE, years).map(Sensitivity::Baseline)
}

/// The problem of a word that is no sensitivity. A baseline is one, but has years.
fn unknown_sensitivity(word: &str) -> ProblemKind {
    let words: Vec<&str> = Sensitivity::WORDS.iter().map(|(known, _)| *known).collect();
    let meant = word.split(['=', ':', ' ']).next().unwrap_or(word);
    let nearest = near(meant, &[&words[..], &[keys::BASELINE.name()]].concat());
    ProblemKind::UnknownWord {
        word: word.to_owned(),
        nearest: nearest.filter(|near| *near != word).map(str::to_owned),
        known: format!("{}, {}", words.join(", "), keys::BASELINE_TABLE.example()),
    }
}
