//! What can be wrong with the times of an input.

use std::path::PathBuf;

use crate::sources::lists::{as_toml, shorten};

/// The bands of an input are not the steps of the study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimesError {
    /// The number of bands does not fit the steps.
    #[error("input `{input}` has {found}, but {expected}: {why}")]
    BandCount {
        /// Input.
        input: String,
        /// What was found, with its noun (`240 bands in climate/tas.tif`).
        found: String,
        /// What was expected, with its verb (`12 are expected`).
        expected: String,
        /// Why that number, and what to do.
        why: String,
    },

    /// Steps without a value.
    #[error(
        "input `{input}` ({files}): no data for {}; {how_time_was_found}. If none exist, add `missing = \
         [{}]`",
        shorten(steps),
        as_toml(steps)
    )]
    StepsMissing {
        /// Input.
        input: String,
        /// Its files, the first and the last of several.
        files: String,
        /// The years or months without a value.
        steps: Vec<String>,
        /// How the times of the input were found.
        how_time_was_found: String,
    },

    /// Two bands have the same time.
    #[error("input `{input}` has {time} twice: {first} and {second}; {how_time_was_found}")]
    TimeTwice {
        /// Input.
        input: String,
        /// The year or month.
        time: String,
        /// File and band of one.
        first: String,
        /// File and band of the other.
        second: String,
        /// How the times of the input were found.
        how_time_was_found: String,
    },

    /// Values more often than once a month.
    #[error(
        "input `{input}` ({files}) has {n} values in {year}, several of them in one month, but Doline reads \
         monthly or annual values. Aggregate to months first, for example with `cdo monmean in.nc \
         out.nc` (a mean or a rate) or `cdo monsum` (an amount)"
    )]
    FinerThanMonths {
        /// Input.
        input: String,
        /// Its files, the first and the last of several.
        files: String,
        /// A year of the study.
        year: i32,
        /// Values in that year.
        n: usize,
    },

    /// A glob found names with two-digit years.
    #[error(
        "input `{input}`: its file names seem to hold two-digit years ({name}), which Doline does \
         not read: sorted by name, 00 comes before 99. List the files under `files` in the order \
         of time, or rename them with years of four digits"
    )]
    ShortYears {
        /// Input.
        input: String,
        /// One of the names.
        name: String,
    },

    /// A step that is declared missing is not a step of the input.
    #[error("inputs.{input}.missing names {gap}: {why}")]
    Gap {
        /// Input.
        input: String,
        /// The year or month.
        gap: String,
        /// Why it cannot be, and what to write.
        why: &'static str,
    },

    /// Months or earlier years of an input that has none.
    #[error("inputs.{input}.{key}: {why}")]
    Season {
        /// Input.
        input: String,
        /// `months` or `lag`.
        key: &'static str,
        /// Why it has none.
        why: &'static str,
    },

    /// The times in a file are not those of its name.
    #[error(
        "input `{input}`: the time axis of {} goes from {span}, which is not the year in its name; \
         write `*` instead of {{year}} in `files` to use the time axis",
        path.display()
    )]
    OtherTimes {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// First and last time of its axis.
        span: String,
    },
}
