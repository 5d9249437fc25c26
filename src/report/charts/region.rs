//! The region year by year, and by stages.

use serde_json::{Value, json};

use crate::report::choice::lead;
use crate::report::folder::Folder;
use crate::report::headline::spoken;
use crate::report::html_table::{Cell, grid, html_table};
use crate::report::number::{significant, unit_words};
use crate::report::table::Table;

use super::chart::Chart;

/// The columns of a trend.
const TREND: &str = "variable period mean slope low high p p_effective sen mk_p n";

const REGION: [(&str, &str); 2] = [("zone_set", "all"), ("zone", "all")];

/// The series that share a chart with the one that the page is about: those in its unit.
fn companions(folder: &Folder) -> Vec<String> {
    let Some(lead) = lead(&folder.record) else {
        return Vec::new();
    };
    let series = &folder.record.series;
    let unit = series
        .iter()
        .find(|series| series.variable == lead)
        .map(|series| &series.unit);
    let is_alike = |name: &str| ["nep", "npp", "rh"].contains(&name) && name != lead;
    let others = series.iter().filter(|series| Some(&series.unit) == unit);
    let others = others
        .map(|series| series.variable.clone())
        .filter(|name| is_alike(name));
    std::iter::once(lead.to_owned()).chain(others).collect()
}

/// The area mean of each year with its line.
pub(super) fn series(folder: &Folder) -> Option<Chart> {
    let table = folder.table("series")?;
    let names = companions(folder);
    let unit = folder
        .record
        .series
        .iter()
        .find(|series| Some(&series.variable) == names.first());
    let unit = unit.map_or("", |series| series.unit.as_str());
    let (points, rows) = by_year(folder, table, &names);
    if points.iter().all(|point| point["m"].is_null()) {
        return None;
    }
    let heads: Vec<String> = names.iter().map(|name| spoken(name)).collect();
    let mut columns = vec!["year"];
    columns.extend(heads.iter().map(String::as_str));
    let caption = format!("Mean of the region by year, {}", unit_words(unit));
    let of_years = grid(
        &caption,
        &columns,
        &rows,
        "From <code>tables/series.csv</code>.",
    );
    let trends = folder.table("trends");
    let of_trends = trends.map_or_else(String::new, |table| {
        html_table(table, "Trends of the means of the region", TREND, |row| {
            row.is(&REGION) && row.text("period") == "study"
        })
    });
    Some(Chart {
        id: "series",
        title: "The region, year by year".to_owned(),
        note: format!(
            "Dashed: the line of the whole study; shaded: its {:.0} % confidence band.",
            100.0 * (1.0 - folder.alpha())
        ),
        tables: of_years + &of_trends,
        is_wide: true,
        data: json!({"unit": unit_words(unit), "points": points, "trends": lines(folder, &names)}),
    })
}

/// The means as points of the chart, and as rows of its table.
fn by_year(folder: &Folder, table: &Table, names: &[String]) -> (Vec<Value>, Vec<Vec<Cell>>) {
    let mut points: Vec<Value> = Vec::new();
    let [first, last] = folder.record.years;
    let mut rows: Vec<Vec<Cell>> = (first..=last)
        .map(|year| vec![Cell::text(&year.to_string())])
        .collect();
    for name in names {
        for (year, cells) in (first..=last).zip(&mut rows) {
            let year_text = year.to_string();
            let of_year = [
                REGION[0],
                REGION[1],
                ("variable", name.as_str()),
                ("year", year_text.as_str()),
            ];
            let row = table.row_with(&of_year);
            let mean = row.and_then(|row| row.number("mean"));
            cells.push(Cell {
                shown: mean.map_or_else(String::new, |mean| significant(mean, 4)),
                full: mean.and(row).map(|row| row.text("mean").to_owned()),
            });
            points.push(json!({"v": spoken(name), "y": year, "m": mean}));
        }
    }
    (points, rows)
}

/// The line of each series.
fn lines(folder: &Folder, names: &[String]) -> Vec<Value> {
    let Some(table) = folder.table("trends") else {
        return Vec::new();
    };
    let line = |name: &String| {
        let of_study = [
            REGION[0],
            REGION[1],
            ("variable", name.as_str()),
            ("period", "study"),
        ];
        let row = table.row_with(&of_study)?;
        Some(json!({
            "v": spoken(name), "slope": row.number("slope")?, "mean": row.number("mean")?, "se": row.number("se"),
            "low": row.number("low"), "high": row.number("high"), "n": row.number("n"),
        }))
    };
    names.iter().filter_map(line).collect()
}

/// Trends of the stages with intervals, and the phase of fastest rise.
pub(super) fn stages(folder: &Folder) -> Option<Chart> {
    let lead = lead(&folder.record)?;
    let of_lead = [REGION[0], REGION[1], ("variable", lead)];
    let table = folder.table("trends")?;
    let bars = stage_bars(folder, table, &of_lead);
    let phase = folder
        .table("phases")
        .and_then(|table| table.row_with(&of_lead));
    let phase_data = phase.map_or(Value::Null, |row| {
        let of = |column| row.number(column);
        json!({
            "first": of("first"), "last": of("last"), "p": of("p"), "inside": of("rate_inside"),
            "first_min": of("first_min"), "first_max": of("first_max"), "last_min": of("last_min"), "last_max": of("last_max"),
        })
    });
    if bars.is_empty() {
        return None;
    }
    let tables = stage_tables(folder, table, &of_lead);
    let unit = folder
        .record
        .series
        .iter()
        .find(|series| series.variable == lead);
    let unit = unit.map_or_else(String::new, |series| unit_words(&series.slope_unit));
    let words = folder
        .record
        .phases
        .iter()
        .find(|phase| phase.variable == lead);
    let words = words.map_or_else(String::new, |phase| {
        format!("Fastest phase over the study: {}.", phase.words)
    });
    Some(Chart {
        id: "stages",
        title: format!("{} by stages, and its fastest phase", spoken(lead)),
        note: words,
        tables,
        is_wide: false,
        data: json!({"unit": unit, "stages": bars, "phase": phase_data, "years": folder.record.years}),
    })
}

/// The trend inside each stage.
fn stage_bars(folder: &Folder, table: &Table, of_lead: &[(&str, &str)]) -> Vec<Value> {
    let years = folder
        .study
        .get("stages")
        .and_then(|stages| stages.as_table());
    let rows = table
        .rows_with(of_lead)
        .filter(|row| row.text("period") != "study");
    rows.map(|row| {
        let period = row.text("period");
        let span = years.and_then(|years| years.get(period)?.as_array());
        let year = |i: usize| span.and_then(|span| span.get(i)?.as_integer());
        json!({
            "stage": period, "first": year(0), "last": year(1), "slope": row.number("slope"),
            "low": row.number("low"), "high": row.number("high"), "mean": row.number("mean"),
        })
    })
    .collect()
}

/// The tables of stages and phases.
fn stage_tables(folder: &Folder, table: &Table, of_lead: &[(&str, &str)]) -> String {
    let mut tables = html_table(table, "Trends inside each stage", TREND, |row| {
        row.is(of_lead) && row.text("period") != "study"
    });
    let of_changes = "stage before slope_change se p p_holm jump detectable n";
    for (name, caption, columns) in [
        ("stages", "Each stage against the one before", of_changes),
        (
            "phases",
            "The phase of fastest rise",
            "first last rate_before rate_inside rate_after excess p first_min first_max last_min last_max",
        ),
    ] {
        if let Some(table) = folder.table(name) {
            tables += &html_table(table, caption, columns, |row| row.is(of_lead));
        }
    }
    tables
}
