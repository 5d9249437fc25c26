//! `sites.columns`.

use crate::sites::{MeasuredColumns, SiteColumns};
use crate::study::checker::Checker;
use crate::study::schema::sites as keys;
use crate::study::section::Section;

/// The columns of `[sites]`: as stated, else of the names that they mean.
pub(super) fn columns(c: &mut Checker, sites: &Section<'_>) -> SiteColumns {
    let s = c.table(sites, &keys::COLUMNS);
    let quantities = [&keys::RS, &keys::RH, &keys::NPP, &keys::NEP];
    let reason = "each quantity has a column, or one column names the quantity";
    for key in quantities {
        for long in [&keys::VARIABLE, &keys::VALUE] {
            c.exclude(&s, key.name(), long.name(), reason);
        }
    }
    let others = [
        &keys::LON,
        &keys::LAT,
        &keys::YEAR,
        &keys::VARIABLE,
        &keys::VALUE,
    ];
    let stated: Vec<(String, String)> = others
        .into_iter()
        .chain(quantities)
        .filter_map(|key| Some((key.name().to_owned(), c.get(&s, key)?)))
        .collect();
    let columns = SiteColumns::from_names(&stated);
    c.no_repeats(&sites.key(keys::COLUMNS.name()), &names(&columns));
    columns
}

/// The names of all columns.
fn names(columns: &SiteColumns) -> Vec<String> {
    let SiteColumns {
        lon,
        lat,
        year,
        measured,
    } = columns;
    let mut names = vec![lon.clone(), lat.clone(), year.clone()];
    match measured {
        MeasuredColumns::Long { variable, value } => {
            names.extend([variable.clone(), value.clone()]);
        }
        MeasuredColumns::Wide(quantities) => {
            names.extend(quantities.iter().map(|(_, column)| column.clone()));
        }
    }
    names
}
