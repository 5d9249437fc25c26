//! One chart of the page.

use serde_json::Value;

use crate::report::html::escaped;

/// A chart with its table.
#[derive(Debug)]
pub(in crate::report) struct Chart {
    /// Its id on the page, by which the script knows how to draw it.
    pub(in crate::report) id: &'static str,
    pub(in crate::report) title: String,
    /// What to know of it.
    pub(in crate::report) note: String,
    /// HTML of its tables.
    pub(super) tables: String,
    /// Whether it takes the whole width.
    pub(super) is_wide: bool,
    /// What the script draws.
    pub(in crate::report) data: Value,
}

impl Chart {
    /// The figure. The script puts the drawing in and closes the table.
    pub(in crate::report) fn html(&self) -> String {
        let wide = if self.is_wide { " wide" } else { "" };
        let note = if self.note.is_empty() {
            String::new()
        } else {
            format!("<p class=\"note\">{}</p>", escaped(&self.note))
        };
        format!(
            "<figure class=\"chart{wide}\" id=\"chart_{}\"><figcaption><b>{}</b></figcaption><div class=\"plot\"></div>{note}\
             <details open><summary>Table: {}</summary>{}</details></figure>",
            self.id,
            escaped(&self.title),
            escaped(&self.title),
            self.tables
        )
    }
}
