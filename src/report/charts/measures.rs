//! Measures: their ranking and their course.

use serde_json::{Value, json};

use crate::report::folder::Folder;
use crate::report::headline::spoken;
use crate::report::html_table::html_table;
use crate::report::number::unit_words;
use crate::report::table::{Row, Table};

use super::chart::Chart;

/// How a row was compared, in words.
fn how(row: Row<'_>) -> &'static str {
    if row.text("matched") == "classes" {
        "matched"
    } else {
        "plain"
    }
}

/// The effect of each measure with its interval, plain beside matched.
pub(super) fn ranking(folder: &Folder) -> Option<Chart> {
    let table = folder.table("ranking")?;
    let row_of = |row: Row<'_>| {
        json!({
            "zone": row.text("zone"), "how": how(row), "effect": row.number("effect"), "low": row.number("low"),
            "high": row.number("high"), "rank": row.number("rank"),
        })
    };
    let rows: Vec<Value> = table.rows().map(row_of).collect();
    let first = table.rows().next()?;
    let title = format!(
        "Measures by their effect on the {} of {}",
        first.text("contrast"),
        spoken(first.text("variable"))
    );
    let tables = ranking_tables(folder, table, first);
    Some(Chart {
        id: "ranking",
        title,
        note: "Difference from the control, with intervals from blocks of places. Plain compares with all of the control, matched within \
               classes; where they differ, the plain one also has what else differs between the places."
            .to_owned(),
        tables,
        is_wide: false,
        data: json!({"rows": rows, "unit": unit_of(folder, first.text("variable"), first.text("contrast"))}),
    })
}

/// A name with a unit in brackets.
fn in_unit(name: &str, unit: &str) -> String {
    if unit.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({unit})")
    }
}

/// The unit of a contrast of a variable: of a slope per year, else that of the variable.
fn unit_of(folder: &Folder, variable: &str, contrast: &str) -> String {
    let mut series = folder.record.series.iter();
    let series = series.find(|series| series.variable == variable);
    let is_slope = matches!(contrast, "slope" | "pre_slope");
    series.map_or_else(String::new, |series| {
        unit_words(if is_slope {
            &series.slope_unit
        } else {
            &series.unit
        })
    })
}

/// The ranking, the effects with their checks, and the balance.
fn ranking_tables(folder: &Folder, table: &Table, first: Row<'_>) -> String {
    let (variable, contrast) = (first.text("variable"), first.text("contrast"));
    let mut tables = html_table(
        table,
        "Ranking",
        "zone matched effect low high rank rank_low rank_high p_best",
        |_| true,
    );
    if let Some(effects) = folder.table("effects") {
        let columns =
            "zone variable contrast matched effect low high p_holm se_years matched_share role";
        let is_shown = |row: Row<'_>| {
            let is_check = matches!(row.text("role"), "placebo" | "pre-trend")
                && row.text("matched") == "classes";
            is_check || row.is(&[("variable", variable), ("contrast", contrast)])
        };
        tables += &html_table(
            effects,
            "Effects, and what they must not show",
            columns,
            is_shown,
        );
    }
    if let Some(balance) = folder.table("balance") {
        let columns = "zone covariate treated control_mean smd control_matched smd_matched";
        let of_series = |row: Row<'_>| !row.text("covariate").contains('=');
        tables += &html_table(
            balance,
            "How alike measure and control are",
            columns,
            of_series,
        );
    }
    tables
}

/// The effect year by year.
pub(super) fn events(folder: &Folder) -> Option<Chart> {
    let table = folder.table("events")?;
    let has_classes = table.rows().any(|row| row.text("matched") == "classes");
    let matched = if has_classes { "classes" } else { "none" };
    let variable = table.rows().next()?.text("variable").to_owned();
    let of_chart = [("matched", matched), ("variable", variable.as_str())];
    // A cohort has years since its start in place of years.
    let rows: Vec<Value> = table
        .rows_with(&of_chart)
        .map(|row| {
            json!({
                "zone": row.text("zone"), "year": row.number("year"), "since": row.number("since_start"),
                "effect": row.number("effect"), "low": row.number("band_low").or(row.number("low")),
                "high": row.number("band_high").or(row.number("high")),
            })
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let unit = unit_of(folder, &variable, "");
    let tables = html_table(
        table,
        "Effect by year",
        "zone year since_start effect low high band_low band_high period",
        |row| row.is(&of_chart),
    );
    Some(Chart {
        id: "events",
        title: format!(
            "Effect of each measure on {}, year by year",
            in_unit(&spoken(&variable), &unit)
        ),
        note: "Years, or years since the start of a measure. Shaded: the band that holds all years at once. Before the measure the effect must be 0."
            .to_owned(),
        tables,
        is_wide: true,
        data: json!({"rows": rows, "unit": unit}),
    })
}
