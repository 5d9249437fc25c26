//! What became of the field data, and what could not be computed.

use std::fmt;

use super::site_row::SiteRow;
use super::words_of_sites::{Level, SiteVariable, Status};

/// A line of the record of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SitesNote {
    /// What became of the records of a variable.
    Counts {
        /// The variable.
        variable: SiteVariable,
        /// Records.
        records: usize,
        /// Records by status, those that occur.
        by_status: Vec<(Status, usize)>,
    },
    /// Records of variables that have no model.
    OtherVariables {
        /// Records.
        records: usize,
    },
    /// Too few sites for intervals.
    FewSites {
        /// The variable.
        variable: SiteVariable,
        /// The level.
        level: Level,
        /// Sites.
        sites: usize,
    },
}

impl SitesNote {
    /// What became of the records of a variable.
    #[must_use]
    pub fn counts(rows: &[SiteRow], variable: SiteVariable) -> Self {
        let of = || rows.iter().filter(|row| row.variable == Some(variable));
        let count = |status| of().filter(|row| row.status == status).count();
        let all = Status::WORDS
            .iter()
            .map(|&(_, status)| (status, count(status)));
        Self::Counts {
            variable,
            records: of().count(),
            by_status: all.filter(|(_, n)| *n > 0).collect(),
        }
    }
}

impl fmt::Display for SitesNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counts {
                variable,
                records,
                by_status,
            } => {
                let used = by_status.iter().find(|(status, _)| *status == Status::Used);
                let used = used.map_or(0, |(_, n)| *n);
                write!(
                    f,
                    "sites: {used} of {records} records of {variable} are used"
                )?;
                let others = by_status
                    .iter()
                    .filter(|(status, _)| *status != Status::Used);
                let others: Vec<String> = others.map(|(of, n)| format!("{n} {of}")).collect();
                if others.is_empty() {
                    return Ok(());
                }
                write!(f, " ({})", others.join(", "))
            }
            Self::OtherVariables { records } => {
                let words: Vec<&str> = SiteVariable::WORDS.iter().map(|(word, _)| *word).collect();
                write!(
                    f,
                    "sites: records of other variables than {}: {records}",
                    words.join(", ")
                )
            }
            Self::FewSites {
                variable,
                level,
                sites,
            } => write!(
                f,
                "sites: {variable} ({level}) has fewer than {} sites ({sites}), too few for intervals",
                super::draws::MIN_SITES
            ),
        }
    }
}
