//! Climate and people by zone.

use serde_json::{Value, json};

use crate::report::folder::Folder;
use crate::report::headline::spoken;
use crate::report::html_table::html_table;
use crate::report::number::unit_words;

use crate::report::record::Attribution;
use crate::report::table::Table;

use super::chart::Chart;

/// Zones that a chart can show.
const MOST_ZONES: usize = 12;

/// The set whose zones are shown: that of the measures, else the first with few zones.
fn set_of(folder: &Folder) -> Option<String> {
    let table = folder.table("attribution")?;
    let n_zones = |set: &str| {
        let mut zones: Vec<&str> = table
            .rows()
            .filter(|row| row.text("zone_set") == set)
            .map(|row| row.text("zone"))
            .collect();
        zones.dedup();
        zones.sort_unstable();
        zones.dedup();
        zones.len()
    };
    let stated = folder
        .study
        .get("measures")
        .and_then(|table| table.get("zones")?.as_str());
    let sets = folder.record.zones.iter().map(|set| set.name.as_str());
    let mut sets = stated.into_iter().chain(sets);
    let fits = |set: &&str| (2..=MOST_ZONES).contains(&n_zones(set));
    sets.find(fits).map(str::to_owned)
}

/// The parts of the trend by zone and sensitivity.
pub(super) fn by_zone(folder: &Folder) -> Option<Chart> {
    let table = folder.table("attribution")?;
    let attribution = folder.record.attribution.as_ref()?;
    let set = set_of(folder);
    let is_shown = |name: &str| name == "all" || Some(name) == set.as_deref();
    let bars = bars_of(table, attribution, &is_shown);
    if bars.is_empty() {
        return None;
    }
    let tables = tables_of(folder, table, attribution, &is_shown);
    Some(Chart {
        id: "attribution",
        title: format!("Trend of {} by climate and people", spoken(&attribution.response)),
        note: "Climate and people add up to the trend. welch_p in the table counts pixels as if they were independent and only describes."
            .to_owned(),
        tables,
        is_wide: true,
        data: json!({"unit": unit_words(&attribution.unit), "bars": bars}),
    })
}

/// The parts of each zone.
fn bars_of(
    table: &Table,
    attribution: &Attribution,
    is_shown: &dyn Fn(&str) -> bool,
) -> Vec<Value> {
    let mut bars: Vec<Value> = Vec::new();
    for row in table.rows().filter(|row| is_shown(row.text("zone_set"))) {
        let zone = if row.text("zone_set") == "all" {
            "whole region"
        } else {
            row.text("zone")
        };
        let mut parts = vec![
            ("climate".to_owned(), "slope_climate".to_owned()),
            ("people".to_owned(), "slope_human".to_owned()),
        ];
        if row.text("zone_set") == "all" {
            let each = attribution.predictors.iter();
            parts.extend(each.map(|name| (name.clone(), format!("slope_{name}"))));
        }
        for (part, column) in parts {
            bars.push(json!({
                "s": row.text("sensitivity"), "zone": zone, "part": part, "v": row.number(&column),
            }));
        }
    }
    bars
}

/// The tables of attribution, of zones beside their control, and of what zones account for.
fn tables_of(
    folder: &Folder,
    table: &Table,
    attribution: &Attribution,
    is_shown: &dyn Fn(&str) -> bool,
) -> String {
    let of_drivers = attribution
        .predictors
        .iter()
        .map(|name| format!(" slope_{name}"));
    let columns = format!(
        "sensitivity zone_set zone slope_observed slope_climate slope_human{} human_share_over50 human_share_only area_km2 pixels",
        of_drivers.collect::<String>()
    );
    let tables = html_table(table, "Trends by climate and people", &columns, |row| {
        is_shown(row.text("zone_set"))
    });
    let beside = folder.table("zones").map_or_else(String::new, |table| {
        html_table(
            table,
            "Zones beside their control, not matched",
            "zone_set zone control pixels mean control_mean slope control_slope slope_human welch_p",
            |row| is_shown(row.text("zone_set")),
        )
    });
    let of_maps = folder
        .table("geodetector")
        .map_or_else(String::new, |table| {
            html_table(
                table,
                "What zone sets account for in a map (q)",
                "of factor with q null_median null_95 p_map strata pixels interaction",
                |_| true,
            )
        });
    tables + &beside + &of_maps
}
