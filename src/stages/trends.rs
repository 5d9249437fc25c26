//! The table of trends: every series of every zone, over the study and in its stages.

use std::fmt::Write as _;
use std::ops::Range;

use rayon::prelude::*;

use crate::tables::cells::cell;
use crate::tables::series_trend::{SeriesTrend, series_slope, series_trend};
use crate::tables::{SeriesTable, ZoneNames, ZoneSeries};

use super::csv::{TREND_COLUMNS, trend_cells};
use super::trend_detail::trend_detail;

/// A part of the study whose trends are in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// `study`, or the name of a stage.
    pub name: String,
    /// Its years, counted from the first of the study.
    pub steps: Range<usize>,
    /// Valid years that a trend needs.
    pub min_years: usize,
}

/// Text of `tables/trends.csv`: `zone_set`, `zone`, `variable`, `period`, `slope`, `p`, `sen`, `mk_p`, `mean`, `r2`, all
/// of the area-mean series, then [`TREND_COLUMNS`]. Zones without a pixel are left out.
///
/// # Arguments
///
/// * `alpha` - 1 less the level of the intervals.
#[must_use]
pub fn trends_csv(
    tables: &[SeriesTable],
    periods: &[Period],
    zones: &ZoneNames,
    alpha: f64,
) -> String {
    let head = format!("zone_set,zone,variable,period,slope,p,sen,mk_p,mean,r2,{TREND_COLUMNS}\n");
    let rows: Vec<(usize, &str)> = zones.rows().collect();
    let of_zone = |&(zone, name): &(usize, &str)| {
        let mut text = String::new();
        for table in tables {
            let series = &table.zones[zone];
            if !zones.is_left_out(zone, series.area_km2) {
                write_rows(&mut text, name, &table.variable, series, periods, alpha);
            }
        }
        text
    };
    let rows: Vec<String> = rows.par_iter().map(of_zone).collect();
    head + &rows.concat()
}

/// The rows of one series of a zone, one for each period.
fn write_rows(
    text: &mut String,
    name: &str,
    variable: &str,
    series: &ZoneSeries,
    periods: &[Period],
    alpha: f64,
) {
    let (means, filled) = (series.means(), series.filled_means());
    for period in periods {
        let of_period = |series: &[Option<f64>]| series[period.steps.clone()].to_vec();
        let (means, filled) = (of_period(&means), of_period(&filled));
        let SeriesTrend {
            slope,
            p,
            sen,
            mk_p,
            mean,
            r2,
            ..
        } = series_trend(&means, period.min_years);
        let row = [slope, p, sen, mk_p, mean, r2].map(cell).join(",");
        let detail = trend_detail(&means, period.min_years, alpha);
        let slope_filled = series_slope(&filled, period.min_years);
        let detail = trend_cells(&detail, slope_filled);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name},{variable},{},{row},{detail}", period.name);
    }
}
