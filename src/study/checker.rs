//! Takes typed values out of TOML tables and gathers every problem on the way.

use std::collections::{HashMap, HashSet};

use toml::Value;

use super::formats::{Unread, one_of};
use super::problem::{Origin, Problem, ProblemKind};
use super::schema::{self, Fallback, Key, TableSpec};
use super::section::Section;
use super::wording::{describe, near};
use crate::words::Word;

/// Gathers the problems of a study file while it is checked.
pub(super) struct Checker {
    /// Everything wrong so far.
    pub(super) problems: Vec<Problem>,
    /// What is allowed and unusual.
    pub(super) warnings: Vec<Problem>,
    /// Where each dotted key was written.
    origins: HashMap<String, Origin>,
}

/// Letters in a name that becomes a part of file names, which may have 255 in all.
const MAX_IN_NAME: usize = 60;
/// Names that no file can have on Windows.
const DEVICES: [&str; 12] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3", "lpt4",
];

impl Checker {
    /// A checker of keys that were written at `origins`.
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

    /// Notes something unusual.
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

    /// The table `spec` of `parent`, whatever its keys are.
    pub(super) fn open<'a>(&mut self, parent: &Section<'a>, spec: &TableSpec) -> Section<'a> {
        self.open_at(parent, spec.name(), spec)
    }

    /// The table `spec` of `parent` with its own keys only.
    pub(super) fn table<'a>(&mut self, parent: &Section<'a>, spec: &TableSpec) -> Section<'a> {
        self.table_at(parent, spec.name(), spec)
    }

    /// The table that the user named `name`, with the keys of `spec` only.
    pub(super) fn table_at<'a>(
        &mut self,
        parent: &Section<'a>,
        name: &str,
        spec: &TableSpec,
    ) -> Section<'a> {
        let inner = self.open_at(parent, name, spec);
        self.only(&inner, &schema::names_of(spec));
        inner
    }

    /// The table at `name`, whatever its keys are.
    pub(super) fn open_at<'a>(
        &mut self,
        parent: &Section<'a>,
        name: &str,
        spec: &TableSpec,
    ) -> Section<'a> {
        let path = parent.key(name);
        let value = parent.value(name);
        if let Some(value) = value.filter(|value| !value.is_table()) {
            self.fail(path.clone(), spec.no_table(value));
        }
        Section::new(value.and_then(Value::as_table), path)
    }

    /// The value of `key`; `None` where it is missing or wrong.
    pub(super) fn get<T>(&mut self, section: &Section<'_>, key: &Key<T>) -> Option<T> {
        self.entry(section, key.name(), key)
    }

    /// The value of an entry that the user named `name`, in the format of `key`.
    pub(super) fn entry<T>(
        &mut self,
        section: &Section<'_>,
        name: &str,
        key: &Key<T>,
    ) -> Option<T> {
        match key.read(section.value(name)?) {
            Ok(value) => Some(value),
            Err(kind) => {
                self.fail(section.key(name), kind);
                None
            }
        }
    }

    /// The value of a key that its table must have.
    pub(super) fn require<T>(&mut self, section: &Section<'_>, key: &Key<T>) -> Option<T> {
        if section.is_present() && !section.has(key) {
            self.missing(section, key);
        }
        self.get(section, key)
    }

    /// Notes that a required key is missing.
    pub(super) fn missing<T>(&mut self, section: &Section<'_>, key: &Key<T>) {
        let example = match key.fallback() {
            Fallback::Required(example) => example,
            Fallback::Value(value) => value,
            Fallback::Words(_) => key.example(),
        };
        self.fail(section.key(key), ProblemKind::Missing { example });
    }

    /// The value of `key` where it is inside bounds that the study itself sets; `bounds` describes
    /// them.
    pub(super) fn bounded<T>(
        &mut self,
        section: &Section<'_>,
        key: &Key<T>,
        bounds: &str,
        is_inside: impl Fn(&T) -> bool,
    ) -> Option<T> {
        let value = self.get(section, key)?;
        if is_inside(&value) {
            return Some(value);
        }
        let kind = ProblemKind::Bounds {
            found: section.value(key).map(describe).unwrap_or_default(),
            expected: bounds.to_owned(),
        };
        self.fail(section.key(key), kind);
        None
    }

    /// The choice that a word makes, written at the full key `key`.
    pub(super) fn one_of<T: Word>(&mut self, key: String, word: &str) -> Option<T> {
        match one_of(word) {
            Ok(value) => Some(value),
            Err(Unread::Wrong(kind)) => {
                self.fail(key, kind);
                None
            }
            // A word has the format of a word.
            Err(Unread::Format) => None,
        }
    }

    /// Notes that `key` is stated beside `other`.
    pub(super) fn exclude(
        &mut self,
        section: &Section<'_>,
        key: &str,
        other: &str,
        reason: &'static str,
    ) {
        if section.has(key) && section.has(other) {
            let other = section.key(other);
            self.fail(section.key(key), ProblemKind::Conflict { other, reason });
        }
    }

    /// Notes the second of two equal names.
    pub(super) fn no_repeats(&mut self, key: &str, names: &[String]) {
        let mut seen = HashSet::new();
        for name in names {
            if !seen.insert(name) {
                self.fail(key.to_owned(), ProblemKind::Repeated { name: name.clone() });
            }
        }
    }

    /// Notes a name that cannot be part of a file's name.
    pub(super) fn file_name(&mut self, key: String, name: &str) {
        if let Some(kind) = no_file_name(name) {
            self.fail(key, kind);
        }
    }
}

/// Why a name cannot be part of a file's name.
fn no_file_name(name: &str) -> Option<ProblemKind> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.len() > MAX_IN_NAME {
        return Some(ProblemKind::Bounds {
            found: format!("a name of {} characters", name.len()),
            expected: format!(
                "at most {MAX_IN_NAME} characters, because it becomes part of file names"
            ),
        });
    }
    if DEVICES
        .iter()
        .any(|device| name.eq_ignore_ascii_case(device))
    {
        return Some(ProblemKind::Reserved {
            name: name.to_owned(),
            reason: "it is a device name on Windows",
        });
    }
    if !name.is_empty() && name.chars().all(is_plain) {
        return None;
    }
    let remedy: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    Some(ProblemKind::Name {
        name: name.to_owned(),
        remedy: if remedy.is_empty() {
            "name".to_owned()
        } else {
            remedy
        },
    })
}

/// The problem of a key that is not in `known`: the nearest key, else the tables that have it.
fn unknown_key(section: &Section<'_>, name: &str, known: &[&str]) -> ProblemKind {
    if let Some(near) = near(name, known) {
        return ProblemKind::UnknownKey {
            nearest: format!("`{}`", section.key(near)),
        };
    }
    let elsewhere = schema::homes_of(name);
    if elsewhere.is_empty() {
        return ProblemKind::UnlikeAnyKey {
            known: known.join(", "),
        };
    }
    let keys: Vec<String> = elsewhere.iter().map(|key| format!("`{key}`")).collect();
    ProblemKind::UnknownKey {
        nearest: keys.join(" or "),
    }
}
