//! Field data, and how far the tests can be trusted.

use serde_json::{Value, json};

use crate::report::folder::Folder;
use crate::report::html_table::html_table;

use super::chart::Chart;

/// The unit of field data.
const UNIT: &str = "gC m⁻² yr⁻¹";

/// Pairs that a chart shows.
const MOST_PAIRS: usize = 2000;

/// Modelled against measured.
pub(super) fn sites(folder: &Folder) -> Option<Chart> {
    let table = folder.table("sites")?;
    let used = table.rows_with(&[("status", "used")]);
    let pairs: Vec<Value> = used
        .filter_map(|row| {
            let (measured, modelled) = (row.number("measured")?, row.number("modelled")?);
            Some(json!({"v": row.text("variable"), "x": measured, "y": modelled}))
        })
        .take(MOST_PAIRS)
        .collect();
    let validation = folder.table("validation");
    let tables = validation.map_or_else(String::new, |table| {
        html_table(
            table,
            "Agreement with field data",
            "variable level n sites r r_low r_high nse rmse mae bias bias_low bias_high ccc",
            |_| true,
        )
    });
    if pairs.is_empty() && tables.is_empty() {
        return None;
    }
    Some(Chart {
        id: "sites",
        title: "Modelled against measured".to_owned(),
        note: "Line: equality. Agreement over all pairs is mostly between sites; rows of the level anomaly are the years within sites.".to_owned(),
        tables,
        is_wide: false,
        data: json!({"pairs": pairs, "unit": UNIT}),
    })
}

/// False alarms and power of the tests of trend on series like these.
pub(super) fn calibration(folder: &Folder) -> Option<Chart> {
    let table = folder.table("calibration")?;
    let rows: Vec<Value> = table
        .rows()
        .map(|row| {
            json!({
                "v": row.text("variable"), "noise": row.text("noise"), "lag1": row.number("lag1"),
                "slope": row.number("slope_sd_per_decade"), "test": row.text("test"), "alpha": row.number("alpha"),
                "rate": row.number("rate"), "se": row.number("standard_error"),
            })
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let tables = html_table(
        table,
        "Rate at which each test calls a trend",
        "variable noise lag1 slope_sd_per_decade test alpha series rate standard_error",
        |_| true,
    );
    Some(Chart {
        id: "calibration",
        title: "False alarms of the tests at this study's number of years".to_owned(),
        note: "Without a trend a test must reject at the rate of its level, the vertical line. Lines: two standard errors to both sides."
            .to_owned(),
        tables,
        is_wide: false,
        data: json!({"rows": rows}),
    })
}
