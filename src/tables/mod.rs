//! Area means of every series and their trends, as comma-separated tables, and what else takes the whole
//! map: q-values.
//!
//! Sums are gathered tile by tile while the run goes on, in a way that no cut into tiles changes.

mod area_mean;
mod attribution;
mod classes;
mod exact_sum;
pub mod false_discovery;
pub mod series_trend;
pub mod uncertainty;

use std::fmt::Write as _;

use crate::calendar::Years;

pub use area_mean::{AreaMeans, COLUMN_CHUNK, SeriesYear};
pub use attribution::{
    AttributionIntervals, AttributionMeans, AttributionRow, AttributionView, ReplicateMeans,
    ReplicateView, attribution_csv,
};
pub use classes::{ClassAreas, ClassTable, classes_csv};
pub use exact_sum::ExactSum;

use series_trend::{SeriesTrend, series_trend};

/// The zone set and the zone that are always there.
const ALL: &str = "all";

/// An area mean a year of one variable.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesTable {
    /// The variable, such as `nep`.
    pub variable: String,
    /// Its unit.
    pub unit: String,
    /// One entry a year.
    pub years: Vec<SeriesYear>,
}

/// A number, or nothing where it is missing.
fn cell(value: Option<f64>) -> String {
    value
        .filter(|x| x.is_finite())
        .map_or_else(String::new, |x| format!("{x}"))
}

/// A text as a cell: in quotes where it has a comma, a quote or a line break.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Text of `tables/series.csv`: `zone_set`, `zone`, `year`, `variable`, `mean` (area-weighted),
/// `total_tgc`, `area_km2`, `pixels`.
#[must_use]
pub fn series_csv(years: Years, tables: &[SeriesTable]) -> String {
    let mut text = "zone_set,zone,year,variable,mean,total_tgc,area_km2,pixels\n".to_owned();
    for table in tables {
        for (year, entry) in years.iter().zip(&table.years) {
            // gC m-2 yr-1 times km² is 1e6 gC; a teragram is 1e12.
            let total = (table.unit == "gC m-2 yr-1")
                .then(|| entry.mean.map(|mean| mean * entry.area_km2 * 1e-6))
                .flatten();
            let (mean, total, area) = (cell(entry.mean), cell(total), cell(Some(entry.area_km2)));
            let (variable, pixels) = (&table.variable, entry.pixels);
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{ALL},{ALL},{year},{variable},{mean},{total},{area},{pixels}"
            );
        }
    }
    text
}

/// Text of `tables/trends.csv`: `zone_set`, `zone`, `variable`, `period`, `slope`, `p`, `sen`, `mk_p`,
/// `mean`, `r2`, all of the area-mean series.
#[must_use]
pub fn trends_csv(tables: &[SeriesTable], min_years: usize) -> String {
    let mut text = "zone_set,zone,variable,period,slope,p,sen,mk_p,mean,r2\n".to_owned();
    for table in tables {
        let series: Vec<Option<f64>> = table.years.iter().map(|year| year.mean).collect();
        let SeriesTrend {
            slope,
            p,
            sen,
            mk_p,
            mean,
            r2,
            ..
        } = series_trend(&series, min_years);
        let row = [slope, p, sen, mk_p, mean, r2].map(cell).join(",");
        let _ = writeln!(text, "{ALL},{ALL},{},study,{row}", table.variable);
    }
    text
}
