//! False alarms of the tests of trend.

use serde_json::Value;

use super::intervals::{Intervals, Mark, Row};
use super::numbers::{colour, different, list, number, text};
use super::svg::Data;
use super::width::ColumnWidth;

/// Draws the chart; none without a rate.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    // Rows with a trend show the power of a test.
    let is_alarm = |row: &&Value| number(row, "slope").is_none_or(|slope| slope == 0.0);
    let rows: Vec<&Value> = list(data, "rows").iter().filter(is_alarm).collect();
    let noises = different(rows.iter().copied(), "noise");
    let several = different(rows.iter().copied(), "v").len() > 1;
    let name = |row: &Value| {
        let test = text(row, "test");
        if several {
            format!("{}: {test}", text(row, "v"))
        } else {
            test.to_owned()
        }
    };
    let mut tests: Vec<String> = Vec::new();
    for row in &rows {
        if !tests.contains(&name(row)) {
            tests.push(name(row));
        }
    }
    let mark = |row: &Value| {
        let rate = number(row, "rate")?;
        let noise = noises.iter().position(|noise| *noise == text(row, "noise"));
        // About 95 % of repetitions are within two standard errors.
        let interval = number(row, "se").map(|se| [(rate - 2.0 * se).max(0.0), rate + 2.0 * se]);
        Some(Mark {
            value: rate,
            interval,
            colour: colour(noise.unwrap_or(0)),
            is_open: false,
            data: Data::none()
                .with("test", text(row, "test"))
                .with("noise", text(row, "noise"))
                .with("variable", text(row, "v"))
                .number("value", Some(rate)),
        })
    };
    let of_test = |test: &String| Row {
        name: test.clone(),
        marks: rows
            .iter()
            .filter(|row| name(row) == *test)
            .filter_map(|row| mark(row))
            .collect(),
    };
    let alpha = rows.first().and_then(|row| number(row, "alpha"));
    let chart = Intervals {
        rows: tests.iter().map(of_test).collect(),
        unit: "rate of false alarms",
        reference: (alpha.unwrap_or(0.05), "2 2"),
        key: noises
            .iter()
            .enumerate()
            .map(|(i, noise)| (*noise, colour(i)))
            .collect(),
    };
    chart.draw(title, width)
}
