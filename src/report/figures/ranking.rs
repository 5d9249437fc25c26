//! Measures by their effect.

use serde_json::Value;

use crate::palette::Rgb;

use super::intervals::{Intervals, Mark, Row};
use super::numbers::{colour, different, interval_of, list, number, text};
use super::svg::{Data, SOFT};
use super::width::ColumnWidth;

fn colour_of(how: &str) -> Rgb {
    if how == "matched" { colour(0) } else { SOFT }
}

/// Draws the chart; none without an effect.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let rows = list(data, "rows");
    let mark = |row: &Value| {
        let effect = number(row, "effect")?;
        let how = text(row, "how");
        Some(Mark {
            value: effect,
            interval: interval_of(row),
            colour: colour_of(how),
            is_open: false,
            data: Data::none()
                .with("zone", text(row, "zone"))
                .with("how", how)
                .number("value", Some(effect))
                .number("low", number(row, "low"))
                .number("high", number(row, "high")),
        })
    };
    let of_zone = |zone: &str| {
        let own = rows.iter().filter(|row| text(row, "zone") == zone);
        // Matched first, as it is the one that is ranked.
        let mut own: Vec<&Value> = own.collect();
        own.sort_by_key(|row| text(row, "how") != "matched");
        Row {
            name: zone.to_owned(),
            marks: own.into_iter().filter_map(mark).collect(),
        }
    };
    let zones = different(rows.iter(), "zone");
    let mut ways = different(rows.iter(), "how");
    ways.sort_by_key(|how| *how != "matched");
    let unit = match text(data, "unit") {
        "" => "effect".to_owned(),
        unit => format!("effect ({unit})"),
    };
    let chart = Intervals {
        rows: zones.into_iter().map(of_zone).collect(),
        unit: &unit,
        reference: (0.0, ""),
        key: ways.into_iter().map(|how| (how, colour_of(how))).collect(),
    };
    chart.draw(title, width)
}
