//! The table of agreement.

use std::fmt::Write as _;

use super::agreement::{Agreement, agreement};
use super::draws::{AgreementIntervals, MIN_SITES, agreement_intervals};
use super::levels::at_level;
use super::note::SitesNote;
use super::pairs::pairs_of;
use super::site_row::SiteRow;
use super::words_of_sites::{Level, Merge, SiteVariable, When};
use crate::tables::cells::cell;

/// The agreement of one variable at one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidationRow {
    /// The variable.
    pub variable: SiteVariable,
    /// Which pairs.
    pub level: Level,
    /// How well they agree.
    pub agreement: Agreement,
    /// How sure that is.
    pub intervals: AgreementIntervals,
}

/// The rows of the table, and what could not be computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Validation {
    /// A row for each variable and level with a pair.
    pub rows: Vec<ValidationRow>,
    /// Why cells are empty or rows are missing.
    pub notes: Vec<SitesNote>,
}

/// How well modelled and measured values agree: all pairs, site means, and, where years are compared, departures from the
/// site means. Over all pairs r is mostly that between sites.
#[must_use]
pub fn validate(rows: &[SiteRow], when: When, merge: Merge) -> Validation {
    let mut found = Validation::default();
    let others = rows.iter().filter(|row| row.variable.is_none()).count();
    if others > 0 {
        found
            .notes
            .push(SitesNote::OtherVariables { records: others });
    }
    let variables = SiteVariable::WORDS.iter().map(|(_, variable)| *variable);
    for variable in variables {
        if !rows.iter().any(|row| row.variable == Some(variable)) {
            continue;
        }
        found.notes.push(SitesNote::counts(rows, variable));
        let pairs = pairs_of(rows, variable, merge);
        let levels = Level::WORDS.iter().map(|(_, level)| *level);
        // The mean of all years has no departures from it.
        let levels = levels.filter(|level| when == When::Year || *level != Level::Anomaly);
        for level in levels {
            let pairs = at_level(&pairs, level);
            let Some(agreement) = agreement(&pairs) else {
                continue;
            };
            let intervals = agreement_intervals(&pairs);
            if intervals.sites < MIN_SITES {
                let sites = intervals.sites;
                found.notes.push(SitesNote::FewSites {
                    variable,
                    level,
                    sites,
                });
            }
            found.rows.push(ValidationRow {
                variable,
                level,
                agreement,
                intervals,
            });
        }
    }
    found
}

/// Text of `tables/validation.csv`; `pbias` is in per cent.
#[must_use]
pub fn validation_csv(rows: &[ValidationRow]) -> String {
    let mut text =
        "variable,n,r,r2,nse,rmse,mae,bias,ccc,level,slope,intercept,kge,pbias,sites,r_low,r_high,\
                    bias_low,bias_high,rmse_low,rmse_high\n"
            .to_owned();
    for row in rows {
        let (of, intervals) = (&row.agreement, &row.intervals);
        let ends = |interval: Option<[f64; 2]>| match interval {
            Some(ends) => ends.map(|end| cell(Some(end))).join(","),
            None => ",".to_owned(),
        };
        let rmse = Some(of.rmse);
        let first = [
            of.r,
            of.r2,
            of.nse,
            rmse,
            Some(of.mae),
            Some(of.bias),
            of.ccc,
        ];
        let last = [of.slope, of.intercept, of.kge, of.pbias_percent];
        let [first, last] = [first.map(cell).join(","), last.map(cell).join(",")];
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{},{},{first},{},{last},{},{},{},{}",
            row.variable,
            of.n,
            row.level,
            intervals.sites,
            ends(intervals.r),
            ends(intervals.bias),
            ends(intervals.rmse)
        );
    }
    text
}
