//! `[sites]`.

use super::site_columns::columns;
use crate::calendar::Steps;
use crate::sites::{CellWindow, Merge, When};
use crate::study::checker::Checker;
use crate::study::places::SitesTable;
use crate::study::problem::ProblemKind;
use crate::study::schema::sites as keys;
use crate::study::section::Section;
use crate::units::{self, Quantity};

/// `[sites]`, where the study has it.
pub(in crate::study) fn sites(c: &mut Checker, root: &Section<'_>) -> Option<SitesTable> {
    let s = c.table(root, &keys::TABLE);
    let file = c.require(&s, &keys::FILE);
    let columns = columns(c, &s);
    let filters = filters(c, &s);
    let units = c.get(&s, &keys::UNITS);
    if let Some(word) = &units {
        // All quantities of sites are carbon fluxes of a year.
        if let Err(error) = units::check(Quantity::Npp, word, Some(Steps::Annual)) {
            c.fail(s.key(&keys::UNITS), ProblemKind::Unit(error));
        }
    }
    let table = SitesTable {
        columns,
        filters,
        units: units.unwrap_or_else(|| "gC m-2 yr-1".to_owned()),
        when: c.get(&s, &keys::WHEN).unwrap_or(When::Year),
        window: match c.get(&s, &keys::WINDOW) {
            Some(3) => CellWindow::Three,
            _ => CellWindow::One,
        },
        merge: c.get(&s, &keys::MERGE).unwrap_or(Merge::None),
        crs: c
            .get(&s, &keys::CRS)
            .unwrap_or_else(|| "EPSG:4326".to_owned()),
        file: file?,
    };
    Some(table)
}

/// Columns, each with the texts of which a row must have one there.
fn filters(c: &mut Checker, sites: &Section<'_>) -> Vec<(String, Vec<String>)> {
    let s = c.open(sites, &keys::FILTERS);
    let filter = |column: &str| Some((column.to_owned(), c.entry(&s, column, &keys::FILTER)?));
    s.names().into_iter().filter_map(filter).collect()
}
