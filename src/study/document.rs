//! A study file as TOML: its text, its values, and where each key was written.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::StudyError;
use super::problem::Origin;
use super::whole::Study;
use super::wording::quoted;
use crate::servers::is_on_server;

/// The values of a study file before anything in them is checked.
pub(super) struct Document {
    /// SHA-256 of the text in lower case.
    pub(super) sha256: String,
    /// The values.
    pub(super) table: Table,
    /// Where each dotted key was written.
    pub(super) origins: HashMap<String, Origin>,
}

impl Document {
    /// Reads TOML; `path` is for messages.
    ///
    /// # Errors
    ///
    /// The text is too long, has too many keys, or is not TOML.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, StudyError> {
        if text.len() as u64 > Study::MAX_BYTES {
            return Err(too_large(path));
        }
        let sha256 = sha256_of(text.as_bytes());
        // Some editors of Windows put a byte order mark first.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let syntax = |error: &toml::de::Error| syntax_error(path, text, error);
        let table: Table = toml::from_str(text).map_err(|error| syntax(&error))?;
        let spans = DeTable::parse(text).map_err(|error| syntax(&error))?;
        let origins = origins(text, spans.get_ref());
        if origins.len() > Study::MAX_KEYS {
            return Err(StudyError::TooManyKeys {
                path: path.to_owned(),
                found: origins.len(),
                limit: Study::MAX_KEYS,
            });
        }
        Ok(Self {
            sha256,
            table,
            origins,
        })
    }
}

/// The text of the study file at `path`.
///
/// # Errors
///
/// The file cannot be read, is no regular file, or is too large.
pub(super) fn read_text(path: &Path) -> Result<String, StudyError> {
    let failed = |source| StudyError::Read {
        path: path.to_owned(),
        source,
    };
    if is_on_server(&path.to_string_lossy()) {
        let problem = "a study file is read from this machine; copy it here, the files that it names may stay there";
        return Err(failed(io::Error::other(problem)));
    }
    // A pipe would be waited on for ever, and a device may never end.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() {
        let kind = if found.is_dir() {
            "it is a folder"
        } else {
            "it is a pipe or a device"
        };
        let problem = format!("{kind}, expected a file in TOML");
        return Err(failed(io::Error::other(problem)));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(Study::MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > Study::MAX_BYTES {
        return Err(too_large(path));
    }
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        StudyError::Encoding {
            path: path.to_owned(),
            line: good.split(|byte| *byte == b'\n').count(),
            is_utf16,
        }
    })
}

fn too_large(path: &Path) -> StudyError {
    StudyError::TooLarge {
        path: path.to_owned(),
        limit: Study::MAX_BYTES,
    }
}

/// The SHA-256 of some bytes, in lower case hexadecimal digits.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The line and column of a syntax error.
fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> StudyError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    StudyError::Syntax {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
        message: error.message().replace('\n', "; ") + remedy(text, at),
    }
}

/// What to do about a backslash that begins no escape.
fn remedy(text: &str, at: usize) -> &'static str {
    let line = text.get(..at).unwrap_or_default();
    let start = line.rfind('\n').map_or(0, |end| end + 1);
    let before = &line[start..];
    let is_in_path = before.contains('"')
        && text[start..]
            .lines()
            .next()
            .is_some_and(|line| line.contains('\\'));
    if is_in_path {
        ". In double quotes \\ begins an escape: write / instead, or put the path in single quotes"
    } else {
        ""
    }
}

/// The dotted keys of paths with a control character in them, such as `"data\npp.tif"`, whose `\n` is a line break.
pub(super) fn keys_with_control_characters(table: &Table) -> Vec<(String, String)> {
    let is_path = |key: &str| {
        let last = key.rsplit('.').next();
        last.is_some_and(|last| ["files", "file", "mask", "dir"].contains(&last))
    };
    let mut found = Vec::new();
    let mut open: Vec<(String, &Value)> = table
        .iter()
        .map(|(name, value)| (quoted(name), value))
        .collect();
    while let Some((key, value)) = open.pop() {
        match value {
            Value::Table(inner) => {
                open.extend(
                    inner
                        .iter()
                        .map(|(name, value)| (dotted(&key, name), value)),
                );
            }
            Value::Array(items) => open.extend(items.iter().map(|value| (key.clone(), value))),
            Value::String(text) if is_path(&key) && text.contains(char::is_control) => {
                found.push((key, text.escape_default().to_string()));
            }
            _ => {}
        }
    }
    found.sort();
    found
}

/// The line of every key of the text.
fn origins(text: &str, table: &DeTable<'_>) -> HashMap<String, Origin> {
    let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut origins = HashMap::new();
    let mut open = vec![(String::new(), table)];
    while let Some((parent, table)) = open.pop() {
        for (name, value) in table {
            let key = dotted(&parent, name.get_ref());
            let line = starts.partition_point(|at| *at < name.span().start) + 1;
            if let DeValue::Table(inner) = value.get_ref() {
                open.push((key.clone(), inner));
            }
            origins.insert(key, Origin::Line(line));
        }
    }
    origins
}

/// Every dotted key of the table.
pub(super) fn keys_of(table: &Table) -> HashSet<String> {
    let mut keys = HashSet::new();
    let mut open = vec![(String::new(), table)];
    while let Some((parent, table)) = open.pop() {
        for (name, value) in table {
            let key = dotted(&parent, name);
            if let Value::Table(inner) = value {
                open.push((key.clone(), inner));
            }
            keys.insert(key);
        }
    }
    keys
}

/// A key below another.
fn dotted(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        quoted(name)
    } else {
        format!("{parent}.{}", quoted(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '' | sha256sum` gives the first digits of the empty text's hash.
    #[test]
    fn the_hash_is_that_of_the_text() {
        let document = Document::parse("", Path::new("study.toml")).expect("no keys");
        assert!(
            document
                .sha256
                .starts_with("e3b0c44298fc1c149afbf4c8996fb924")
        );
    }
}
