//! Cells of the tables.

/// The zone set and the zone that are always there.
pub(super) const ALL: &str = "all";

/// A number, or nothing where it is missing.
pub(crate) fn cell(value: Option<f64>) -> String {
    value
        .filter(|x| x.is_finite())
        .map_or_else(String::new, |x| format!("{x}"))
}

/// A text as a cell: in quotes where it has a comma, a quote or a line break.
pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
