//! The table of annual area means, zone by zone.

use std::fmt::Write as _;

use super::cells::cell;
use super::zone_means::SeriesYear;
use super::zone_names::ZoneNames;
use crate::calendar::Years;

/// The area means of one variable in one zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZoneSeries {
    /// Over the pixels that are valid in each year.
    pub years: Vec<SeriesYear>,
    /// Over the pixels with enough years, whose missing years are on their own line.
    pub filled: Vec<SeriesYear>,
    /// Area of the zone inside the mask, km².
    pub area_km2: f64,
}

impl ZoneSeries {
    /// The mean of each year.
    #[must_use]
    pub fn means(&self) -> Vec<Option<f64>> {
        self.years.iter().map(|year| year.mean).collect()
    }

    /// The mean of each year without gaps.
    #[must_use]
    pub fn filled_means(&self) -> Vec<Option<f64>> {
        self.filled.iter().map(|year| year.mean).collect()
    }
}

/// An area mean a year of one variable in each zone.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesTable {
    /// The variable, such as `nep`.
    pub variable: String,
    /// Its unit.
    pub unit: String,
    /// By zone.
    pub zones: Vec<ZoneSeries>,
}

/// Text of `tables/series.csv`: `zone_set`, `zone`, `year`, `variable`, `mean` (area-weighted), `total_tgc`, `area_km2`,
/// `pixels`, `coverage` (share of the zone's area that is valid), `mean_filled`. Zones without a pixel are left out.
#[must_use]
pub fn series_csv(years: Years, tables: &[SeriesTable], zones: &ZoneNames) -> String {
    let mut text =
        "zone_set,zone,year,variable,mean,total_tgc,area_km2,pixels,coverage,mean_filled\n"
            .to_owned();
    for (zone, name) in zones.rows() {
        for table in tables {
            let ZoneSeries {
                years: of_years,
                filled,
                area_km2: of_zone,
            } = &table.zones[zone];
            if zones.is_left_out(zone, *of_zone) {
                continue;
            }
            for ((year, entry), filled) in years.iter().zip(of_years).zip(filled) {
                // gC m-2 yr-1 times km² is 1e6 gC; a teragram is 1e12.
                let total = (table.unit == "gC m-2 yr-1")
                    .then(|| entry.mean.map(|mean| mean * entry.area_km2 * 1e-6))
                    .flatten();
                let coverage = (*of_zone > 0.0).then(|| entry.area_km2 / of_zone);
                let (mean, total, area) =
                    (cell(entry.mean), cell(total), cell(Some(entry.area_km2)));
                let (coverage, filled) = (cell(coverage), cell(filled.mean));
                let (variable, pixels) = (&table.variable, entry.pixels);
                // Writing to a String cannot fail.
                let _ = writeln!(
                    text,
                    "{name},{year},{variable},{mean},{total},{area},{pixels},{coverage},{filled}"
                );
            }
        }
    }
    text
}
