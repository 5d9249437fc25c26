//! The walker over TOML values: takes typed values out of tables and gathers what is wrong.

use std::collections::HashMap;

use toml::{Table, Value};

use super::error::{Origin, Problem, ProblemKind};
use crate::calendar::Years;

/// Gathers the problems of a study file while it is read.
pub(super) struct Checker {
    /// Everything wrong so far.
    pub(super) problems: Vec<Problem>,
    /// Things that are right and look odd.
    pub(super) warnings: Vec<Problem>,
    /// Where each dotted key was written.
    origins: HashMap<String, Origin>,
}

/// A table with its place; without one all its keys are missing.
#[derive(Clone)]
pub(super) struct Section<'a> {
    table: Option<&'a Table>,
    path: String,
}

/// A form that a value can be read in.
pub(super) struct ValueFormat<T> {
    /// What is expected, in words.
    pub(super) expected: &'static str,
    /// The right form.
    pub(super) example: &'static str,
    /// Reads it; `None` for any other form.
    pub(super) parse: fn(&Value) -> Option<T>,
}

/// Letters in a name that becomes a part of file names, which may have 255 in all.
const MAX_IN_NAME: usize = 60;
/// Names that no file can have on Windows.
const DEVICES: [&str; 12] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3", "lpt4",
];

/// Keys of other tables that are often looked for in the wrong one.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("study", &["name", "years"]),
    ("grid", super::tables::GRID_KEYS),
    ("respiration", super::tables::RESPIRATION_KEYS),
    ("trend", super::tables::TREND_KEYS),
    ("drivers", super::tables::DRIVERS_KEYS),
    ("attribution", &["sensitivity"]),
    ("output", super::tables::OUTPUT_KEYS),
    ("engine", &["device", "memory"]),
    ("uncertainty", &["draws", "seed"]),
    ("bootstrap", super::bootstrap::BOOTSTRAP_KEYS),
];

impl<'a> Section<'a> {
    /// The top of the file.
    pub(super) fn root(table: &'a Table) -> Self {
        Self {
            table: Some(table),
            path: String::new(),
        }
    }

    /// A table that lies in a list at the full key `path`.
    pub(super) fn at(table: &'a Table, path: String) -> Self {
        Self {
            table: Some(table),
            path,
        }
    }

    /// The full dotted key of `key`, quoted where it needs to be.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            quoted(key)
        } else {
            format!("{}.{}", self.path, quoted(key))
        }
    }

    /// The value of `key`.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.table.and_then(|table| table.get(key))
    }

    /// Whether the table states `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Whether the table is there.
    pub(super) fn is_present(&self) -> bool {
        self.table.is_some()
    }

    /// The names in the table, in the order of the file.
    pub(super) fn names(&self) -> Vec<&'a str> {
        self.table
            .map(|table| table.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }
}

impl Checker {
    /// A reader of keys that were written at `origins`.
    pub(super) fn new(origins: HashMap<String, Origin>) -> Self {
        Self {
            problems: Vec::new(),
            warnings: Vec::new(),
            origins,
        }
    }

    /// Notes that `key` came from an argument.
    pub(super) fn note_argument(&mut self, key: &str) {
        self.origins.insert(key.to_owned(), Origin::Argument);
    }

    /// Notes a problem of a full dotted key.
    pub(super) fn fail(&mut self, key: String, kind: ProblemKind) {
        let problem = self.problem(key, kind);
        self.problems.push(problem);
    }

    /// Notes something odd.
    pub(super) fn warn(&mut self, key: String, kind: ProblemKind) {
        let warning = self.problem(key, kind);
        self.warnings.push(warning);
    }

    fn problem(&self, key: String, kind: ProblemKind) -> Problem {
        let origin = self.origins.get(&key).copied().unwrap_or(Origin::Unwritten);
        Problem { key, origin, kind }
    }

    /// Notes every key of `section` that is not in `known`.
    pub(super) fn only(&mut self, section: &Section<'_>, known: &[&str]) {
        for name in section.names() {
            if !known.contains(&name) {
                self.fail(section.key(name), unknown_key(section, name, known));
            }
        }
    }

    /// The table at `key` whatever its keys are.
    pub(super) fn open<'a>(
        &mut self,
        section: &Section<'a>,
        key: &str,
        example: &'static str,
    ) -> Section<'a> {
        let path = section.key(key);
        let value = section.value(key);
        if let Some(value) = value.filter(|value| !value.is_table()) {
            self.fail(
                path.clone(),
                ProblemKind::Form {
                    found: describe(value),
                    expected: "a table",
                    example,
                },
            );
        }
        Section {
            table: value.and_then(Value::as_table),
            path,
        }
    }

    /// The table at `key`, with `known` keys only.
    pub(super) fn table<'a>(
        &mut self,
        section: &Section<'a>,
        key: &str,
        example: &'static str,
        known: &[&str],
    ) -> Section<'a> {
        let inner = self.open(section, key, example);
        self.only(&inner, known);
        inner
    }

    /// The value at `key` in `form`.
    pub(super) fn get<T>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        form: &ValueFormat<T>,
    ) -> Option<T> {
        let value = section.value(key)?;
        let read = (form.parse)(value);
        if read.is_none() {
            let ValueFormat {
                expected, example, ..
            } = *form;
            self.fail(
                section.key(key),
                ProblemKind::Form {
                    found: describe(value),
                    expected,
                    example,
                },
            );
        }
        read
    }

    /// The value at `key` in `form`, held against `is_inside`; `bounds` says what that is.
    pub(super) fn bounded<T>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        form: &ValueFormat<T>,
        bounds: &str,
        is_inside: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let value = self.get(section, key, form)?;
        if is_inside(&value) {
            return Some(value);
        }
        let found = section.value(key).map(describe).unwrap_or_default();
        self.fail(
            section.key(key),
            ProblemKind::Bounds {
                found,
                expected: bounds.to_owned(),
            },
        );
        None
    }

    /// The word at `key`, one of `words`.
    pub(super) fn word<T: Copy>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        form: &ValueFormat<String>,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.get(section, key, form)?;
        self.one_of(section.key(key), &word, words)
    }

    /// The meaning of a word written at the full key `key`.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        key: String,
        word: &str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let found = words
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            self.fail(key, unknown_word(word, &names));
        }
        found
    }

    /// First and last year at `key`.
    pub(super) fn years(&mut self, section: &Section<'_>, key: &str) -> Option<Years> {
        let [first, last] = self.get(section, key, &YEARS)?;
        if first > last {
            self.fail(section.key(key), ProblemKind::YearsReversed { first, last });
            return None;
        }
        let year = |year: i64| {
            i32::try_from(year)
                .ok()
                .filter(|year| (1..=9999).contains(year))
        };
        let (Some(first), Some(last)) = (year(first), year(last)) else {
            let kind = ProblemKind::Bounds {
                found: format!("[{first}, {last}]"),
                expected: "years from 1 to 9999".to_owned(),
            };
            self.fail(section.key(key), kind);
            return None;
        };
        Some(Years { first, last })
    }

    /// Notes the second of two equal names.
    pub(super) fn no_repeats(&mut self, key: &str, names: &[String]) {
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                self.fail(key.to_owned(), ProblemKind::Repeated { name: name.clone() });
            }
        }
    }

    /// Notes a name that cannot be part of a file's name.
    pub(super) fn file_name(&mut self, key: String, name: &str) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.len() > MAX_IN_NAME {
            let expected =
                format!("at most {MAX_IN_NAME} letters, since it is a part of file names");
            self.fail(
                key,
                ProblemKind::Bounds {
                    found: format!("a name of {} letters", name.len()),
                    expected,
                },
            );
            return;
        }
        if DEVICES
            .iter()
            .any(|device| name.eq_ignore_ascii_case(device))
        {
            self.fail(
                key,
                ProblemKind::Reserved {
                    name: name.to_owned(),
                    reason: "Windows has a device of that name",
                },
            );
            return;
        }
        if !name.is_empty() && name.chars().all(is_plain) {
            return;
        }
        let remedy: String = name
            .chars()
            .map(|c| if is_plain(c) { c } else { '_' })
            .collect();
        let remedy = if remedy.is_empty() {
            "name".to_owned()
        } else {
            remedy
        };
        self.fail(
            key,
            ProblemKind::Name {
                name: name.to_owned(),
                remedy,
            },
        );
    }
}

/// The problem of a key that is not in `known`.
fn unknown_key(section: &Section<'_>, name: &str, known: &[&str]) -> ProblemKind {
    if let Some(near) = near(name, known) {
        return ProblemKind::UnknownKey {
            nearest: section.key(near),
        };
    }
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(table, keys)| *table != section.path && keys.contains(&name));
    match elsewhere {
        Some((table, _)) => ProblemKind::UnknownKey {
            nearest: format!("{table}.{name}"),
        },
        None => ProblemKind::UnlikeAnyKey {
            known: known.join(", "),
        },
    }
}

/// The problem of a word that is not in `known`.
pub(super) fn unknown_word(word: &str, known: &[&str]) -> ProblemKind {
    ProblemKind::UnknownWord {
        word: word.to_owned(),
        nearest: near(word, known).map(str::to_owned),
        known: known.join(", "),
    }
}

/// The nearest of `known` where it is near enough to be a slip of the hand.
pub(super) fn near<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // No slip of the hand is that long, and the distance takes time.
    if word.len() > MAX_IN_NAME {
        return None;
    }
    let lower = word.to_lowercase();
    // A beginning of a few letters, such as that of a product, is no slip: the rest was not written.
    let is_begun = |name: &&&str| lower.len() >= 4 && name.to_lowercase().starts_with(&lower);
    if let Some(whole) = known.iter().filter(is_begun).min_by_key(|name| name.len()) {
        return Some(whole);
    }
    let close = |name: &&&str| {
        let distance = strsim::damerau_levenshtein(&lower, &name.to_lowercase());
        let length = name.chars().count();
        distance < length && distance <= 1 + length / 4 || singular(&lower) == singular(name)
    };
    known
        .iter()
        .filter(close)
        .min_by_key(|name| strsim::damerau_levenshtein(&lower, name))
        .copied()
}

/// A word without a plural's ending.
fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// A key as TOML writes it.
pub(super) fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

/// A value with its type, in words, cut where it is long.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            format!(
                "the text {:?}...",
                text.chars().take(57).collect::<String>()
            )
        }
        Value::String(text) => format!("the text {text:?}"),
        Value::Integer(number) => format!("the number {number}"),
        Value::Float(number) => format!("the number {number:?}"),
        Value::Boolean(flag) => format!("{flag}"),
        Value::Datetime(date) => format!("the date {date}"),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) if items.len() > 6 => format!("a list of {}", items.len()),
        Value::Array(items) => format!("the list {}", list(items)),
        Value::Table(_) => "a table".to_owned(),
    }
}

/// A short list as it is written.
fn list(items: &[Value]) -> String {
    let item = |value: &Value| match value {
        Value::String(text) => format!("{:?}", text.chars().take(40).collect::<String>()),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Array(_) => "[...]".to_owned(),
        Value::Table(_) => "{...}".to_owned(),
        other => describe(other),
    };
    format!(
        "[{}]",
        items.iter().map(item).collect::<Vec<_>>().join(", ")
    )
}

/// First and last year.
const YEARS: ValueFormat<[i64; 2]> = ValueFormat {
    expected: "the first and the last year",
    example: "[2001, 2020]",
    parse: |value| match value.as_array()?.as_slice() {
        [Value::Integer(first), Value::Integer(last)] => Some([*first, *last]),
        _ => None,
    },
};

/// A number, whole or not.
pub(super) fn number(value: &Value) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a number of a study file is a measure, not a code"
    )]
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// A list of exactly `N` finite numbers.
pub(super) fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let numbers: Vec<f64> = value
        .as_array()?
        .iter()
        .map(number)
        .collect::<Option<_>>()?;
    <[f64; N]>::try_from(numbers)
        .ok()
        .filter(|numbers| numbers.iter().all(|n| n.is_finite()))
}

/// A text that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

/// A list of texts, with at least one.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value
        .as_array()
        .filter(|items| !items.is_empty())?
        .iter()
        .map(text)
        .collect()
}

/// A text, or a list of them.
pub(super) fn text_or_texts(value: &Value) -> Option<Vec<String>> {
    text(value).map(|text| vec![text]).or_else(|| texts(value))
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_beginning_is_taken_for_the_shortest_whole() {
        let products = ["MOD13A3", "MOD17A3HGF", "MOD17A2HGF"];
        assert_eq!(near("MOD17A3", &products), Some("MOD17A3HGF"));
        assert_eq!(near("temp", &["npp", "temperature"]), Some("temperature"));
        assert_eq!(near("mod13a2", &products), Some("MOD13A3"));
        assert_eq!(near("abc", &["abcdefgh"]), None);
    }
}
