//! A table of the run, read again.

use crate::sites::read_csv;

/// The cells of a table by its header.
#[derive(Debug)]
pub(super) struct Table {
    /// Its path in the folder, such as `tables/trends.csv`.
    pub(super) path: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    header: &'a [String],
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// The text of a cell; empty where the table lacks the column.
    pub(super) fn text(self, column: &str) -> &'a str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| self.cells.get(at))
            .map_or("", String::as_str)
    }

    /// The number of a cell; none where it is empty.
    pub(super) fn number(self, column: &str) -> Option<f64> {
        let number: f64 = self.text(column).parse().ok()?;
        number.is_finite().then_some(number)
    }

    /// Whether its cells have these texts.
    pub(super) fn is(self, cells: &[(&str, &str)]) -> bool {
        cells
            .iter()
            .all(|(column, text)| self.text(column) == *text)
    }
}

impl Table {
    /// Reads the text of a table.
    ///
    /// # Errors
    ///
    /// The line in which a quote is not closed, in words.
    pub(super) fn of_text(path: &str, text: &str) -> Result<Self, String> {
        let read =
            read_csv(text).map_err(|line| format!("a quote in line {line} is not closed"))?;
        let mut records = read.records.into_iter();
        let header = records.next().ok_or("is empty")?;
        Ok(Self {
            path: path.to_owned(),
            header,
            rows: records.collect(),
        })
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &[String] {
        &self.header
    }

    /// Its rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row {
            header: &self.header,
            cells,
        })
    }

    /// The rows whose cells have these texts.
    pub(super) fn rows_with<'a>(
        &'a self,
        cells: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = Row<'a>> {
        self.rows().filter(move |row| row.is(cells))
    }

    /// The first of them.
    pub(super) fn row_with<'a>(&'a self, cells: &'a [(&'a str, &'a str)]) -> Option<Row<'a>> {
        self.rows_with(cells).next()
    }
}
