//! The example of a study file, written from the schema.

use std::fmt::Write as _;

use super::list::{TABLES, inside};
use super::row::{Fallback, Row, Shown, Style, TableSpec, is_chosen};

/// Column at which comments start.
const COMMENTS_AT: usize = 37;
/// Columns of the longest line of comment.
const WIDTH: usize = 110;

const HEAD: &str = "\
# Every key of a study file, with its meaning. A key behind a # is optional and left out here.
# Where a comment names no default, the key is required or the value shown is the default.
# Doline writes this file from its schema of keys; do not edit it.
";

/// A study file with every key, each with its meaning and its default.
#[must_use]
pub fn example_file() -> String {
    let mut text = HEAD.to_owned();
    let headers = TABLES.iter().filter(|table| table.style == Style::Header);
    let mut parent = "";
    for table in headers {
        let is_inside = table.path.starts_with(&format!("{parent}."));
        if parent.is_empty() || !is_inside {
            text.push('\n');
            parent = table.path;
        }
        one_table(&mut text, table);
    }
    text
}

fn one_table(text: &mut String, table: &TableSpec) {
    let mark = if table.is_commented { "# " } else { "" };
    let path = shown_path(table, table.named.unwrap_or_default());
    line(text, &format!("{mark}[{path}]"), table.meaning);
    let rows: Vec<(String, &str, &Row)> = table
        .rows
        .iter()
        .filter_map(|row| of_row(row, table.is_commented))
        .collect();
    let width = rows.iter().map(|(key, ..)| key.len()).max().unwrap_or(0);
    for (key, value, row) in rows {
        line(
            text,
            &format!("{key:width$} = {value}"),
            &comment(row, value),
        );
    }
    for inner in inside(table).filter(|inner| inner.style == Style::Inline && inner.is_commented) {
        line(
            text,
            &format!("# {} = {}", inner.name(), inner.example),
            inner.meaning,
        );
    }
    let entries = table.entries.iter();
    let width = entries.map(|entry| entry.name.len()).max().unwrap_or(0);
    for entry in table.entries {
        let left = format!("{mark}{:width$} = {}", entry.name, entry.value);
        line(text, &left, entry.comment);
    }
    for note in table.notes {
        let _ = writeln!(text, "# {note}");
    }
    for sample in table.samples {
        let path = shown_path(table, sample.name);
        line(text, &format!("[{path}]"), sample.comment);
        for (row, value, comment) in sample.values {
            line(text, &format!("{} = {value}", row.name), comment);
        }
    }
}

/// The key of a table with `name` in place of the part that users choose.
fn shown_path(table: &TableSpec, name: &str) -> String {
    let parts: Vec<&str> = table
        .path
        .split('.')
        .map(|part| if is_chosen(part) { name } else { part })
        .collect();
    parts.join(".")
}

/// The key of a row that the example shows, with a mark where it is commented out, and its value.
fn of_row(row: &Row, is_commented: bool) -> Option<(String, &'static str, &Row)> {
    let (value, is_commented) = match row.shown {
        Shown::Stated(value) => (value, is_commented),
        Shown::Commented(value) | Shown::Instead(value) => (value, true),
        Shown::Inside => return None,
    };
    let mark = if is_commented { "# " } else { "" };
    Some((format!("{mark}{}", row.name), value, row))
}

/// What a key means, its words, and its default where that is not the value shown.
fn comment(row: &Row, shown: &str) -> String {
    let mut text = row.meaning.to_owned();
    if let Some(words) = row.words {
        let words: Vec<&str> = words().into_iter().map(|(word, _)| word).collect();
        text = format!("{text}; {}", words.join(" | "));
    }
    match row.fallback {
        Fallback::Words(words) => format!("{text}; default: {words}"),
        Fallback::Value(value) if value != shown => format!("{text}; default: {value}"),
        Fallback::Value(_) | Fallback::Required(_) => text,
    }
}

/// A line with its comment, which goes on below where it is long.
fn line(text: &mut String, left: &str, comment: &str) {
    let mut left = left.to_owned();
    for part in wrapped(comment, WIDTH - COMMENTS_AT - 2) {
        if left.len() >= COMMENTS_AT {
            let _ = writeln!(text, "{left}");
            left.clear();
        }
        let _ = writeln!(text, "{left:COMMENTS_AT$}# {part}");
        left.clear();
    }
    if !left.is_empty() {
        let _ = writeln!(text, "{left}");
    }
}

/// A text in lines of at most `width` characters, broken between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
