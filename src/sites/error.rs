//! What can be wrong with a table of field data.

use std::path::PathBuf;

/// Field data cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SitesError {
    /// The file cannot be opened or read.
    #[error("the field data {} cannot be read: {reason}", path.display())]
    Read {
        /// File.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },

    /// The file is no text in UTF-8.
    #[error(
        "the field data {} are not a table in UTF-8 (found {found}); save them as comma-separated text in UTF-8",
        path.display()
    )]
    NotText {
        /// File.
        path: PathBuf,
        /// What it is instead.
        found: &'static str,
    },

    /// The file has no line with names of columns.
    #[error(
        "the field data {} are empty; the first line must name the columns, such as lon,lat,year,variable,value",
        path.display()
    )]
    Empty {
        /// File.
        path: PathBuf,
    },

    /// A quote that is never closed.
    #[error(
        "the field data {}: the quote that opens in line {line} is never closed; close it, or double a quote that is \
         part of a text",
        path.display()
    )]
    Quote {
        /// File.
        path: PathBuf,
        /// Line of the file, from 1.
        line: usize,
    },

    /// A column that the file does not have.
    #[error(
        "the field data {} have no column `{column}`{hint}; {key} names it",
        path.display()
    )]
    Column {
        /// File.
        path: PathBuf,
        /// The name asked for.
        column: String,
        /// The nearest name there is, in words; empty where none is near.
        hint: String,
        /// The key of the study file that names the column.
        key: String,
    },

    /// A column whose name several columns have.
    #[error(
        "the field data {} have {n} columns `{column}`; rename all but one",
        path.display()
    )]
    SeveralColumns {
        /// File.
        path: PathBuf,
        /// The name.
        column: String,
        /// Columns of this name.
        n: usize,
    },

    /// A unit that cannot be converted to that of the modelled values.
    #[error("sites.units: {0}")]
    Unit(#[from] crate::units::UnitError),
}

impl SitesError {
    /// Whether the study file is wrong, rather than the field data.
    #[must_use]
    pub fn is_of_the_study_file(&self) -> bool {
        matches!(self, Self::Unit(_))
    }
}
