//! The steps of a study, and the bands that may be them.

use std::collections::HashSet;

use crate::calendar::{Calendar, Season, Steps, Time, Years};
use crate::sources::times::moment::Moment;

/// Which steps an input has, and which band is each.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// How often it has a value.
    pub steps: Steps,
    /// Steps that the study declares missing, in order.
    pub gaps: Vec<Time>,
    /// The months that make a year, and by how many years they are earlier.
    pub season: Season,
    /// The calendar of its time axis; the months of a rate have its days.
    pub calendar: Calendar,
    /// How its times were found, in a sentence.
    pub how: String,
    /// The band that is each step; `None` if the step is declared missing, `[step]`.
    pub(crate) band_of_step: Vec<Option<FileBand>>,
}

impl Timing {
    /// Number of steps.
    #[must_use]
    pub fn n_steps(&self) -> usize {
        self.band_of_step.len()
    }
}

/// A band of one of the files of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileBand {
    /// Index in the list of files.
    pub(crate) file: usize,
    /// Band of the file, counted from 1.
    pub(crate) band: usize,
}

/// A band of an input and what it is of.
#[derive(Clone, Debug)]
pub(crate) struct Band {
    /// Where it is.
    pub(crate) at: FileBand,
    /// What tells it from others: its description in a single file, else the name of its file; empty if nothing does.
    pub(crate) name: String,
    /// File and band, for messages.
    pub(crate) label: String,
    /// Its time, if it is known.
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

/// The steps of `years` that are not declared missing, each with its index.
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
        .map(|band| band.at.file)
        .collect::<HashSet<_>>()
        .len();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let names = files_of(bands);
    if files <= 1 {
        format!("{} in {names}", plural(bands.len(), "band"))
    } else {
        format!(
            "{} in {} ({names})",
            plural(bands.len(), "band"),
            plural(files, "file")
        )
    }
}

/// The names of the files of bands: the first and the last of several.
pub(crate) fn files_of(bands: &[Band]) -> String {
    let name = |band: &Band| {
        let label = band.label.rsplit_once(" band ");
        label.map_or_else(|| band.label.clone(), |(file, _)| file.to_owned())
    };
    match (bands.first(), bands.last()) {
        (Some(first), Some(last)) if first.at.file != last.at.file => {
            format!("{} .. {}", name(first), name(last))
        }
        (Some(only), _) => name(only),
        (None, _) => "no file".to_owned(),
    }
}
