//! `sites.columns`.

use crate::study::checker::Checker;
use crate::study::places::{SiteColumns, SiteValues};
use crate::study::schema::sites as keys;
use crate::study::section::Section;

/// The columns of `[sites]`: as stated, else of the names that they mean.
pub(super) fn columns(c: &mut Checker, sites: &Section<'_>) -> SiteColumns {
    let s = c.table(sites, &keys::COLUMNS);
    let quantities = [&keys::RS, &keys::RH, &keys::NPP, &keys::NEP];
    let reason = "each quantity has a column, or one column names the quantity";
    let mut wide = Vec::new();
    for key in quantities {
        for long in [&keys::VARIABLE, &keys::VALUE] {
            c.exclude(&s, key.name(), long.name(), reason);
        }
        if let Some(column) = c.get(&s, key) {
            wide.push((key.name().to_owned(), column));
        }
    }
    let mut or = |key, name: &str| c.get(&s, key).unwrap_or_else(|| name.to_owned());
    let [variable, value] = [or(&keys::VARIABLE, "variable"), or(&keys::VALUE, "value")];
    let columns = SiteColumns {
        lon: or(&keys::LON, "lon"),
        lat: or(&keys::LAT, "lat"),
        year: or(&keys::YEAR, "year"),
        values: if wide.is_empty() {
            SiteValues::Long { variable, value }
        } else {
            SiteValues::Wide(wide)
        },
    };
    c.no_repeats(&sites.key(keys::COLUMNS.name()), &names(&columns));
    columns
}

/// The names of all columns.
fn names(columns: &SiteColumns) -> Vec<String> {
    let SiteColumns {
        lon,
        lat,
        year,
        values,
    } = columns;
    let mut names = vec![lon.clone(), lat.clone(), year.clone()];
    match values {
        SiteValues::Long { variable, value } => names.extend([variable.clone(), value.clone()]),
        SiteValues::Wide(quantities) => {
            names.extend(quantities.iter().map(|(_, column)| column.clone()));
        }
    }
    names
}
