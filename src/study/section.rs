//! A table of the study file with its full key.

use toml::{Table, Value};

use super::wording::quoted;

/// A table with its full key. A table that is missing has no keys.
#[derive(Clone)]
pub(super) struct Section<'a> {
    table: Option<&'a Table>,
    path: String,
}

impl<'a> Section<'a> {
    /// The top of the file.
    pub(super) fn root(table: &'a Table) -> Self {
        Self::new(Some(table), String::new())
    }

    /// The table at the full key `path`.
    pub(super) fn new(table: Option<&'a Table>, path: String) -> Self {
        Self { table, path }
    }

    /// The full dotted key of `key`, quoted where it needs to be.
    pub(super) fn key(&self, key: impl AsRef<str>) -> String {
        let name = quoted(key.as_ref());
        if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The value of `key`.
    pub(super) fn value(&self, key: impl AsRef<str>) -> Option<&'a Value> {
        self.table.and_then(|table| table.get(key.as_ref()))
    }

    /// Whether the table states `key`.
    pub(super) fn has(&self, key: impl AsRef<str>) -> bool {
        self.value(key).is_some()
    }

    /// Whether the file has this table.
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
