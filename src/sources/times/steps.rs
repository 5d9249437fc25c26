//! The steps of a study, and the bands that may be them.

use std::collections::HashSet;

use crate::calendar::{Steps, Time, Years};
use crate::sources::times::moment::Moment;

/// A band of an input and what it is of.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    /// Place in the list of files.
    pub(crate) file: usize,
    /// Band of the file, counted from 1.
    pub(crate) number: usize,
    /// File and band, for messages.
    pub(crate) label: String,
    /// Its time, where anything tells.
    pub(crate) moment: Option<Moment>,
}

impl Band {
    pub(crate) fn time(&self) -> Option<Time> {
        self.moment.map(|moment| moment.time)
    }
}

/// Every step of `years` in order.
pub(crate) fn times(steps: Steps, years: Years) -> Vec<Time> {
    let months = |year| {
        (1..=12).map(move |month| Time {
            year,
            month: Some(month),
        })
    };
    match steps {
        Steps::Monthly => years.iter().flat_map(months).collect(),
        _ => years
            .iter()
            .map(|year| Time { year, month: None })
            .collect(),
    }
}

/// The steps of `years` that are not declared missing, each with its place.
pub(crate) fn present(steps: Steps, years: Years, gaps: &[Time]) -> Vec<(usize, Time)> {
    let is_there = |time: &Time| !gaps.iter().any(|gap| gap.holds(*time));
    times(steps, years)
        .into_iter()
        .enumerate()
        .filter(|(_, time)| is_there(time))
        .collect()
}

pub(crate) fn n_bands(bands: &[Band]) -> String {
    let files = bands
        .iter()
        .map(|band| band.file)
        .collect::<HashSet<_>>()
        .len();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    if files == 1 {
        plural(bands.len(), "band")
    } else {
        format!(
            "{} in {}",
            plural(bands.len(), "band"),
            plural(files, "file")
        )
    }
}
