//! Every table, and where a key belongs.

use super::row::{Style, TableSpec, is_chosen};
use super::{
    attribution, bootstrap, drivers, engine, geodetector, grid, inputs, measures, output, phase,
    respiration, sites, stages, study, trend, uncertainty, zones,
};

/// Every table of a study file, in the order of the example. A table comes after its parent.
pub(super) static TABLES: &[&TableSpec] = &[
    &study::TABLE,
    &grid::TABLE,
    &inputs::TABLE,
    &respiration::TABLE,
    &respiration::RH_MODEL,
    &respiration::ENSEMBLE,
    &respiration::PARAMETERS,
    &uncertainty::TABLE,
    &uncertainty::PARAMETERS,
    &uncertainty::DISTRIBUTION,
    &trend::TABLE,
    &drivers::TABLE,
    &attribution::TABLE,
    &attribution::BASELINE_TABLE,
    &bootstrap::TABLE,
    &stages::TABLE,
    &phase::TABLE,
    &zones::TABLE,
    &zones::LABELS,
    &measures::TABLE,
    &measures::STARTS,
    &geodetector::TABLE,
    &sites::TABLE,
    &sites::COLUMNS,
    &sites::FILTERS,
    &output::TABLE,
    &engine::TABLE,
];

/// The names at the top of a study file.
pub(in crate::study) fn root_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = TABLES
        .iter()
        .filter_map(|table| table.path.split('.').next())
        .collect();
    names.dedup();
    names
}

/// The names in a table: its keys, and the tables that it has.
pub(in crate::study) fn names_of(table: &TableSpec) -> Vec<&'static str> {
    let mut names: Vec<&str> = table.rows.iter().map(|row| row.name).collect();
    names.extend(inside(table).map(TableSpec::name));
    names.retain(|name| !is_chosen(name));
    // A key with a table as its value has a row and a table.
    let mut seen = Vec::new();
    names.retain(|name| {
        let is_new = !seen.contains(name);
        seen.push(name);
        is_new
    });
    names
}

/// The tables directly inside `table`.
pub(super) fn inside(table: &TableSpec) -> impl Iterator<Item = &'static TableSpec> {
    let path = table.path;
    TABLES.iter().copied().filter(move |inner| {
        inner
            .path
            .rsplit_once('.')
            .is_some_and(|(parent, name)| parent == path && !is_chosen(name))
    })
}

/// The full keys called `name` in tables with a line of their own.
pub(in crate::study) fn homes_of(name: &str) -> Vec<String> {
    TABLES
        .iter()
        .filter(|table| table.style == Style::Header && names_of(table).contains(&name))
        .map(|table| format!("{}.{name}", table.path))
        .collect()
}
