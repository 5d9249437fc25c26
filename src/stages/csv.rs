//! Texts of the tables of stages and phases, and the cells that stand behind a trend.

use std::fmt::Write as _;

use crate::tables::cells::{cell, quoted};

use super::change::{Stage, StageChange};
use super::phase::{Phase, PhaseOfSeries};
use super::trend_detail::TrendDetail;

/// Columns of `tables/trends.csv` behind those of the trend itself.
pub const TREND_COLUMNS: &str = "n,se,low,high,lag1,p_effective,slope_filled";

/// Which series a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesName<'a> {
    /// The zone set.
    pub zone_set: &'a str,
    /// The zone.
    pub zone: &'a str,
    /// The variable.
    pub variable: &'a str,
}

impl SeriesName<'_> {
    fn cells(self) -> String {
        [self.zone_set, self.zone, self.variable]
            .map(quoted)
            .join(",")
    }
}

/// Cells of [`TREND_COLUMNS`].
#[must_use]
pub fn trend_cells(detail: &TrendDetail, slope_filled: Option<f64>) -> String {
    let TrendDetail {
        n,
        se,
        low,
        high,
        lag1,
        p_effective,
    } = *detail;
    let numbers = [se, low, high, lag1, p_effective, slope_filled].map(cell);
    format!("{n},{}", numbers.join(","))
}

/// Text of `tables/stages.csv`, a row for each pair of stages of each series.
#[must_use]
pub fn stages_csv(stages: &[Stage], series: &[(SeriesName<'_>, Vec<StageChange>)]) -> String {
    let mut text = "zone_set,zone,variable,stage,before,n,df,slope_change,se,p,p_holm,jump,chow_f,\
        chow_p,detectable\n"
        .to_owned();
    let name = |stage: usize| stages.get(stage).map_or("", |stage| stage.name.as_str());
    for (of, changes) in series {
        let of = of.cells();
        for change in changes {
            let pair = [change.stage, change.before].map(|stage| quoted(name(stage)));
            let counts = [change.n, change.df].map(whole);
            let numbers = [
                change.slope_change,
                change.se,
                change.p,
                change.p_holm,
                change.jump,
                change.chow_f,
                change.chow_p,
                change.detectable,
            ];
            let (pair, counts) = (pair.join(","), counts.join(","));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{of},{pair},{counts},{}", numbers.map(cell).join(","));
        }
    }
    text
}

/// Text of `tables/phases.csv`, a row for each series; one without a phase has its years alone.
#[must_use]
pub fn phases_csv(series: &[(SeriesName<'_>, PhaseOfSeries)]) -> String {
    let mut text = "zone_set,zone,variable,first,last,rate_before,rate_inside,rate_after,excess,\
        gain,share,t,p,lag1,n,first_min,first_max,last_min,last_max\n"
        .to_owned();
    for (of, found) in series {
        let phase = found.phase.as_ref();
        let year = |of: fn(&Phase) -> i32| whole(phase.map(of));
        let ends = [year(|phase| phase.first), year(|phase| phase.last)].join(",");
        let number = |of: fn(&Phase) -> Option<f64>| cell(phase.and_then(of));
        let numbers = [
            number(|phase| phase.rate_before),
            number(|phase| Some(phase.rate_inside)),
            number(|phase| phase.rate_after),
            number(|phase| Some(phase.excess)),
            number(|phase| Some(phase.gain)),
            number(|phase| phase.share),
            number(|phase| phase.t),
            number(|phase| Some(phase.p)),
            number(|phase| Some(phase.lag1)),
        ]
        .join(",");
        let range = |of: fn(&Phase) -> Option<(i32, i32)>| {
            let (low, high) = phase.and_then(of).unzip();
            format!("{},{}", whole(low), whole(high))
        };
        let ranges = [
            range(|phase| phase.first_range),
            range(|phase| phase.last_range),
        ]
        .join(",");
        let (of, n) = (of.cells(), found.n);
        let _ = writeln!(text, "{of},{ends},{numbers},{n},{ranges}");
    }
    text
}

/// A whole number, or nothing where it is missing.
fn whole(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: SeriesName<'_> = SeriesName {
        zone_set: "county",
        zone: "a, \"b\"",
        variable: "nep",
    };

    fn rows(text: &str) -> Vec<&str> {
        text.lines().collect()
    }

    #[test]
    fn every_row_of_stages_has_every_column() {
        let stages = ["first", "second"].map(|name| Stage {
            name: name.to_owned(),
            steps: 0..5,
        });
        let change = StageChange {
            stage: 1,
            before: 0,
            n: Some(10),
            df: Some(6),
            slope_change: Some(5.5),
            p: Some(0.25),
            ..StageChange::default()
        };
        let nothing = StageChange {
            stage: 1,
            ..StageChange::default()
        };
        let text = stages_csv(&stages, &[(NAME, vec![change, nothing])]);
        let rows = rows(&text);
        assert_eq!(
            rows[1],
            "county,\"a, \"\"b\"\"\",nep,second,first,10,6,5.5,,0.25,,,,,"
        );
        assert_eq!(
            rows[2],
            "county,\"a, \"\"b\"\"\",nep,second,first,,,,,,,,,,"
        );
        let commas = |row: &str| row.matches(',').count();
        // The label has a comma of its own.
        assert_eq!(commas(rows[0]) + 1, commas(rows[1]));
        assert_eq!(commas(rows[0]) + 1, commas(rows[2]));
    }

    #[test]
    fn a_series_without_a_phase_has_its_years_alone() {
        let phase = Phase {
            first: 2006,
            last: 2011,
            rate_before: None,
            rate_inside: 5.5,
            rate_after: Some(1.0),
            excess: 4.5,
            gain: 33.0,
            share: Some(0.5),
            t: Some(6.25),
            p: 0.004,
            lag1: 0.125,
            first_range: Some((2005, 2007)),
            last_range: Some((2010, 2012)),
        };
        let found = [Some(phase), None].map(|phase| (NAME, PhaseOfSeries { n: 18, phase }));
        let text = phases_csv(&found);
        let rows = rows(&text);
        assert_eq!(
            rows[1],
            "county,\"a, \"\"b\"\"\",nep,2006,2011,,5.5,1,4.5,33,0.5,6.25,0.004,0.125,18,2005,2007,2010,\
             2012"
        );
        assert_eq!(rows[2], "county,\"a, \"\"b\"\"\",nep,,,,,,,,,,,,18,,,,");
        let commas = |row: &str| row.matches(',').count();
        assert_eq!(commas(rows[0]) + 1, commas(rows[1]));
        assert_eq!(commas(rows[0]) + 1, commas(rows[2]));
    }

    #[test]
    fn cells_of_a_trend_are_as_many_as_its_columns() {
        let detail = TrendDetail {
            n: 20,
            se: Some(0.5),
            low: Some(1.0),
            high: Some(3.0),
            lag1: None,
            p_effective: None,
        };
        let cells = trend_cells(&detail, Some(2.0));
        assert_eq!(cells, "20,0.5,1,3,,,2");
        assert_eq!(
            cells.matches(',').count(),
            TREND_COLUMNS.matches(',').count()
        );
    }
}
