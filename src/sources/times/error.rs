//! What can be wrong with the times of an input.

use std::path::PathBuf;

use crate::sources::lists::{as_toml, shorten};

/// The bands of an input are not the steps of the study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimesError {
    /// The number of bands fits no number of steps.
    #[error("input `{input}` has {found} where {expected}: {why}")]
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

    /// No value of some steps.
    #[error(
        "input `{input}`: no value of {}; {how_time_was_found}. Where there is none to be had, declare it: missing = [{}]",
        shorten(steps),
        as_toml(steps)
    )]
    StepsMissing {
        /// Input.
        input: String,
        /// The years or months without a value.
        steps: Vec<String>,
        /// How the times of the input were found.
        how_time_was_found: String,
    },

    /// Two bands are of the same time.
    #[error("input `{input}` gives {time} twice: {first} and {second}; {how_time_was_found}")]
    TimeTwice {
        /// Input.
        input: String,
        /// The year or month.
        time: String,
        /// File and band of the one.
        first: String,
        /// File and band of the other.
        second: String,
        /// How the times of the input were found.
        how_time_was_found: String,
    },

    /// Values finer than months.
    #[error(
        "input `{input}` has {n} values in {year}, several of them in one month; Doline reads one value a month or one a \
         year. Make months first, for example with `cdo monmean in.nc out.nc` (a mean or a rate) or `cdo monsum` (an \
         amount)"
    )]
    FinerThanMonths {
        /// Input.
        input: String,
        /// A year of the study.
        year: i32,
        /// Values in that year.
        n: usize,
    },

    /// Years of two digits in names that a glob found.
    #[error(
        "input `{input}`: the names of its files seem to hold years of two digits ({name}), which are not read, and in \
         the order of the names 00 comes before 99; list the files in the order of time under `files`, or give them \
         years of four digits"
    )]
    ShortYears {
        /// Input.
        input: String,
        /// One of the names.
        name: String,
    },

    /// A step that is declared missing is no step of the input.
    #[error("inputs.{input}.missing names {gap}: {why}")]
    Gap {
        /// Input.
        input: String,
        /// The year or month.
        gap: String,
        /// Why it cannot be, and what to write.
        why: &'static str,
    },

    /// A file of several times that are not those of its name.
    #[error(
        "input `{input}`: the time axis of {} goes from {span}, not through the year in its name; write `*` in place of {{year}} \
         in `files`, so that the axis is followed",
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
