//! Tables of the page.

use std::fmt::Write as _;

use super::html::escaped;
use super::number::{p_words, significant};
use super::table::{Row, Table};

/// Rows of a table that a page shows at most.
const MOST_ROWS: usize = 120;

/// Columns whose numbers are a p.
const OF_P: [&str; 8] = [
    "p",
    "mk_p",
    "p_effective",
    "p_holm",
    "p_map",
    "p_f",
    "chow_p",
    "welch_p",
];

/// A table with the columns of a file of the run: each number as a paper prints it, and in full for sorting and copying.
///
/// # Arguments
///
/// * `caption` - what it shows.
/// * `columns` - those that are shown, by their names in the file with spaces between; what it lacks is left out.
/// * `is_shown` - the rows that are shown.
pub(super) fn html_table(
    table: &Table,
    caption: &str,
    columns: &str,
    is_shown: impl Fn(Row<'_>) -> bool,
) -> String {
    let has = |column: &&str| table.columns().iter().any(|known| known == *column);
    let columns: Vec<&str> = columns.split(' ').filter(has).collect();
    let rows: Vec<Row<'_>> = table.rows().filter(|row| is_shown(*row)).collect();
    if rows.is_empty() || columns.is_empty() {
        return String::new();
    }
    let cells = rows.iter().take(MOST_ROWS).map(|row| {
        let cells = columns.iter().map(|column| cell(*row, column));
        cells.collect::<Vec<Cell>>()
    });
    let cells: Vec<Vec<Cell>> = cells.collect();
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    let path = escaped(&table.path);
    let note = if left_out > 0 {
        format!(
            "The first {MOST_ROWS} of {} rows; all are in <code>{path}</code>.",
            rows.len()
        )
    } else {
        format!("From <code>{path}</code>.")
    };
    grid(caption, &columns, &cells, &note)
}

/// A cell: what is shown, and the number in full where it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) shown: String,
    pub(super) full: Option<String>,
}

impl Cell {
    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self {
            shown: text.to_owned(),
            full: None,
        }
    }
}

fn cell(row: Row<'_>, column: &str) -> Cell {
    let text = row.text(column);
    let Some(number) = row.number(column) else {
        return Cell::text(text);
    };
    let is_whole = text.chars().all(|c| c.is_ascii_digit() || c == '-');
    let shown = if OF_P.contains(&column) {
        let words = p_words(number);
        words
            .trim_start_matches("p = ")
            .trim_start_matches("p ")
            .to_owned()
    } else if is_whole {
        text.replace('-', "\u{2212}")
    } else {
        significant(number, 4)
    };
    Cell {
        shown,
        full: Some(text.to_owned()),
    }
}

/// A table of cells. It scrolls in itself where it is wider than the page.
///
/// # Arguments
///
/// * `note` - HTML below it.
pub(super) fn grid(caption: &str, columns: &[&str], rows: &[Vec<Cell>], note: &str) -> String {
    let caption = escaped(caption);
    let head = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{}</th>", escaped(column)));
    let head = head.collect::<Vec<_>>().concat();
    let mut body = String::new();
    for row in rows {
        body.push_str("<tr>");
        for cell in row {
            // Writing to a String cannot fail.
            let _ = match &cell.full {
                Some(full) => write!(
                    body,
                    "<td class=\"n\" data-v=\"{}\">{}</td>",
                    escaped(full),
                    escaped(&cell.shown)
                ),
                None => write!(body, "<td>{}</td>", escaped(&cell.shown)),
            };
        }
        body.push_str("</tr>");
    }
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("<p class=\"note\">{note}</p>")
    };
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>\
         <tbody>{body}</tbody></table></div>{note}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_short_and_kept_in_full() {
        let text = "zone,slope,p,n\n<b>a,4.4132764672116025,0.00000023447563614849156,20\nb,,,\n";
        let table = Table::of_text("tables/trends.csv", text).expect("a table");
        let html = html_table(&table, "Trends", "zone slope p n lag1", |_| true);
        assert!(
            html.contains("<td class=\"n\" data-v=\"4.4132764672116025\">4.413</td>"),
            "{html}"
        );
        assert!(
            html.contains("data-v=\"0.00000023447563614849156\">&lt; 0.001</td>"),
            "{html}"
        );
        assert!(
            html.contains(">20</td>") && html.contains("<td>&lt;b&gt;a</td>"),
            "{html}"
        );
        assert!(
            !html.contains("lag1") && html.contains("<td></td>"),
            "{html}"
        );
        assert_eq!(html_table(&table, "None", "zone", |_| false), "");
    }
}
