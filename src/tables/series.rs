//! The tables of annual area means and of their trends.

use std::fmt::Write as _;

use super::area_mean::SeriesYear;
use super::cells::{ALL, cell};
use super::series_trend::{SeriesTrend, series_trend};
use crate::calendar::Years;

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
