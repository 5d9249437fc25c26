//! Tables of a run, read as any program reads comma-separated text with quotes (RFC 4180).
#![allow(
    dead_code,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test stops at the first surprise, and each uses a part"
)]

use std::collections::BTreeMap;

/// A row by the names of its columns.
pub type Row = BTreeMap<String, String>;

/// The rows of a table.
pub fn rows(text: &str) -> Vec<Row> {
    let mut lines = cells(text).into_iter();
    let header = lines.next().expect("a header");
    let row = |line: Vec<String>| {
        assert_eq!(line.len(), header.len(), "{line:?}");
        header.iter().cloned().zip(line).collect()
    };
    lines.map(row).collect()
}

/// A cell of a row.
pub fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).expect(column)
}

/// A number of a row; NaN where it is missing.
pub fn number(row: &Row, column: &str) -> f64 {
    match text(row, column) {
        "" => f64::NAN,
        cell => cell.parse().expect(column),
    }
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    assert!(
        !is_quoted && line.is_empty() && cell.is_empty(),
        "the end of a line is missing"
    );
    lines
}
