//! Trends of the stages, and of the phase of fastest rise.

use serde_json::Value;

use super::intervals::{Intervals, Mark, Row};
use super::numbers::{colour, interval_of, list, number, text};
use super::svg::Data;
use super::width::ColumnWidth;

/// Draws the chart; none without a trend.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let of_stage = |stage: &Value| {
        let name = text(stage, "stage");
        let years = number(stage, "first").zip(number(stage, "last"));
        let name = match years {
            Some((first, last)) => format!("{name} {first}–{last}"),
            None => name.to_owned(),
        };
        let marks = number(stage, "slope").map(|slope| Mark {
            value: slope,
            interval: interval_of(stage),
            colour: colour(0),
            is_open: false,
            data: Data::none()
                .with("stage", text(stage, "stage"))
                .number("value", Some(slope))
                .number("low", number(stage, "low"))
                .number("high", number(stage, "high")),
        });
        Row {
            name,
            marks: marks.into_iter().collect(),
        }
    };
    let stages = list(data, "stages").iter().map(of_stage);
    let rows: Vec<Row> = stages.chain(phase(data)).collect();
    let chart = Intervals {
        rows,
        unit: text(data, "unit"),
        reference: (0.0, ""),
        key: Vec::new(),
    };
    chart.draw(title, width)
}

/// The phase of fastest rise.
fn phase(data: &Value) -> Option<Row> {
    let phase = data.get("phase")?;
    let (first, last) = (number(phase, "first")?, number(phase, "last")?);
    let inside = number(phase, "inside")?;
    let mark = Mark {
        value: inside,
        interval: None,
        colour: colour(0),
        is_open: true,
        data: Data::none()
            .with("stage", "fastest")
            .number("value", Some(inside)),
    };
    Some(Row {
        name: format!("fastest {first}–{last}"),
        marks: vec![mark],
    })
}
