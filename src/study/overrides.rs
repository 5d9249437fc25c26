//! `--set key=value`: changes to a study file from the command line.

use toml::{Table, Value};

use super::problem::ProblemKind;
use super::wording::describe;

/// A `--set` argument taken apart.
pub(super) struct Override {
    /// The parts of the key.
    pub(super) path: Vec<String>,
    value: Value,
}

/// Takes `argument` apart: the value is TOML where it is that, else a text.
pub(super) fn parse(argument: &str) -> Result<Override, ProblemKind> {
    let (key, value) = argument.split_once('=').ok_or(ProblemKind::Argument)?;
    let path = path_of(key.trim()).ok_or(ProblemKind::Argument)?;
    Ok(Override {
        path,
        value: value_of(value.trim()),
    })
}

/// The parts of a dotted key, with TOML's own rules for quotes.
fn path_of(key: &str) -> Option<Vec<String>> {
    if key.chars().any(|c| c.is_control() || c == '#') {
        return None;
    }
    let mut table: Table = toml::from_str(&format!("{key} = 0")).ok()?;
    let mut path = Vec::new();
    loop {
        let (name, value) = table.into_iter().next()?;
        path.push(name);
        match value {
            Value::Table(inner) => table = inner,
            Value::Integer(0) => return Some(path),
            _ => return None,
        }
    }
}

/// A TOML value, else the text as it is.
fn value_of(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let single = parsed
        .filter(|table| table.len() == 1)
        .and_then(|mut table| table.remove("value"));
    single.unwrap_or_else(|| Value::String(text.to_owned()))
}

impl Override {
    /// Puts the value into `table`, with the tables on the way to it.
    pub(super) fn apply(self, table: &mut Table) -> Result<(), ProblemKind> {
        let Some((last, parents)) = self.path.split_last() else {
            return Err(ProblemKind::Argument);
        };
        let mut at = table;
        for (depth, name) in parents.iter().enumerate() {
            let entry = at
                .entry(name.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            let found = describe(entry);
            at = entry.as_table_mut().ok_or_else(|| ProblemKind::NotATable {
                parent: parents[..=depth].join("."),
                found,
            })?;
        }
        at.insert(last.clone(), self.value);
        Ok(())
    }
}
