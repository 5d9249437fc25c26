//! The manual's page of keys, written from the schema.

use std::fmt::Write as _;

use super::list::TABLES;
use super::row::{Fallback, Meaning, Row, Style, TableSpec};

const HEAD: &str = "\
# The study file

Every table and key of a study file. The file is TOML. Paths are relative to it. An example with
every key is [src/study/example.toml](../../src/study/example.toml). You choose the parts of keys in
capitals.

This page is written from the schema in `src/study/schema`: `DOLINE_WRITE=1 cargo test --lib study`.
";

/// Lists of words that the page has already, each with the key that it is at.
type Told = Vec<(Vec<Meaning>, String)>;

/// The page in Markdown.
#[must_use]
pub fn reference_page() -> String {
    let mut page = HEAD.to_owned();
    let mut told = Told::new();
    for table in TABLES {
        one_table(&mut page, table, &mut told);
    }
    page
}

fn one_table(page: &mut String, table: &TableSpec, told: &mut Told) {
    let path = table.path;
    let title = match table.style {
        Style::Header => format!("`[{path}]`"),
        Style::Inline => format!("`{path}`, a table as a value"),
    };
    let _ = write!(page, "\n## {title}\n\n{}.\n", capitalised(table.meaning));
    if !table.rows.is_empty() {
        page.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
    }
    for row in table.rows {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            row.name,
            cell(&value(row)),
            cell(&default(row)),
            cell(&capitalised(row.meaning)),
        );
    }
    if !table.notes.is_empty() {
        let _ = write!(page, "\n```text\n{}\n```\n", table.notes.join("\n"));
    }
    for row in table.rows {
        if let Some(words) = row.words {
            one_list(page, &format!("{path}.{}", row.name), words(), told);
        }
    }
}

/// The words of a key, or where the page has them already.
fn one_list(page: &mut String, key: &str, words: Vec<Meaning>, told: &mut Told) {
    if let Some((_, other)) = told.iter().find(|(known, _)| *known == words) {
        let _ = write!(page, "\nThe words of `{key}` are those of `{other}`.\n");
        return;
    }
    let _ = write!(page, "\n| word of `{key}` | meaning |\n|---|---|\n");
    for (word, meaning) in &words {
        let _ = writeln!(page, "| `{word}` | {} |", cell(meaning));
    }
    told.push((words, key.to_owned()));
}

/// What a value is, with an example and its bounds.
fn value(row: &Row) -> String {
    let what = if row.words.is_some() && row.expected == "a string" {
        "a word of the list below"
    } else {
        row.expected
    };
    let bounds = row
        .bounds
        .map(|bounds| format!(": {bounds}"))
        .unwrap_or_default();
    format!("{what}{bounds}; such as {}", code(row.example))
}

/// What holds where a key is not stated.
fn default(row: &Row) -> String {
    match row.fallback {
        Fallback::Required(_) => "required".to_owned(),
        Fallback::Value(value) => code(value),
        Fallback::Words(words) => words.to_owned(),
    }
}

/// TOML as code; examples of several forms are words with code of their own.
fn code(text: &str) -> String {
    let is_words = text.contains(" or ");
    if is_words {
        text.to_owned()
    } else {
        format!("`{text}`")
    }
}

/// A text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "&#124;")
}

/// A text that starts with a capital; a name in code or quotes stays.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
