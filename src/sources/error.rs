//! What can be wrong with an input; the command ends with exit code 3 on each of these but those of the study file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::grid::Window;

/// A file that a pattern asks for and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFile {
    /// The year it should hold; `None` where the pattern names none.
    pub year: Option<i32>,
    /// The month it should hold; `None` where the pattern names none.
    pub month: Option<u32>,
    /// The path looked for.
    pub path: PathBuf,
}

/// An input cannot be read, or does not fit the study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Files are missing.
    #[error(
        "input `{input}`: {} missing: {}{}",
        counted(missing.len(), "file is", "files are"), list_missing(missing), declare(missing)
    )]
    MissingFiles {
        /// Input.
        input: String,
        /// Every file that is missing.
        missing: Vec<MissingFile>,
    },

    /// A glob matches nothing.
    #[error(
        "input `{input}`: no file matches {pattern}; the pattern is taken from the folder of the \
         study file"
    )]
    NothingMatches {
        /// Input.
        input: String,
        /// The pattern with its folder.
        pattern: String,
    },

    /// A glob matches several files for one step.
    #[error(
        "input `{input}`: {pattern} matches {n} files ({first}, {second} ...) where one is \
         needed; write more of the name"
    )]
    SeveralMatch {
        /// Input.
        input: String,
        /// The pattern with the year and month filled in.
        pattern: String,
        /// Number of files that match.
        n: usize,
        /// The first of them.
        first: String,
        /// The second of them.
        second: String,
    },

    /// A pattern is not a pattern.
    #[error("input `{input}`: {pattern} cannot be used as a file pattern: {reason}")]
    Pattern {
        /// Input.
        input: String,
        /// The pattern.
        pattern: String,
        /// What is wrong with it, and what to write.
        reason: String,
    },

    /// A pattern may match more files than can be taken.
    #[error("input `{input}`: {pattern} leaves files out: {reason}")]
    Unlisted {
        /// Input.
        input: String,
        /// The pattern.
        pattern: String,
        /// Which, why, and what to do.
        reason: String,
    },

    /// GDAL cannot open a file.
    #[error("cannot open {} (input `{input}`): {reason}", path.display())]
    Open {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// What GDAL said.
        reason: String,
    },

    /// More files of an input that cannot be used, after those reported one by one.
    #[error(
        "input `{input}`: {}{n} more of its files cannot be used either",
        if *is_all { "" } else { "at least " }
    )]
    MoreFiles {
        /// Input.
        input: String,
        /// How many.
        n: usize,
        /// Whether every file was looked at.
        is_all: bool,
    },

    /// A file holds several variables and the study names none.
    #[error(
        "{} (input `{input}`) holds several variables; add `variable = \"...\"` with one of: {}",
        path.display(), variables.join(", ")
    )]
    WhichVariable {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The variables it holds.
        variables: Vec<String>,
    },

    /// A file does not hold the variable the study names.
    #[error(
        "{} (input `{input}`) has no variable `{variable}`; {}",
        path.display(), offer(variables)
    )]
    NoSuchVariable {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The variable asked for.
        variable: String,
        /// The variables it holds.
        variables: Vec<String>,
    },

    /// A file has no band.
    #[error("{} (input `{input}`) has no raster band", path.display())]
    NoBands {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
    },

    /// A file declares a size that no raster has.
    #[error(
        "{} (input `{input}`) declares {width} x {height} pixels, more than 2^40; the file is \
         damaged",
        path.display()
    )]
    TooLarge {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Columns declared.
        width: usize,
        /// Rows declared.
        height: usize,
    },

    /// Pixels without a size or a place.
    #[error(
        "{} (input `{input}`) has the transform {transform:?}, by which its pixels have no size or no place; give it a \
         right one: gdal_translate -a_ullr XMIN YMAX XMAX YMIN",
        path.display()
    )]
    Transform {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// GDAL's affine transform.
        transform: [f64; 6],
    },

    /// A file that ends early.
    #[error(
        "{} (input `{input}`) has {found} bytes, and by its header it should have {expected}: it was cut short, get it anew",
        path.display()
    )]
    Truncated {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Bytes it has.
        found: u64,
        /// Bytes it should have at least.
        expected: u64,
    },

    /// A block that does not fit into the memory.
    #[error(
        "{} (input `{input}`) is stored in blocks of {} MiB, and only {} MiB may be taken by one; rewrite it in tiles: \
         gdal_translate -co TILED=YES -co COMPRESS=DEFLATE, or raise engine.memory",
        path.display(), bytes >> 20, limit >> 20
    )]
    Block {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Bytes of a decoded block.
        bytes: u64,
        /// Bytes that it may take.
        limit: u64,
    },

    /// A band holds complex or unknown numbers.
    #[error(
        "{} band {band} (input `{input}`) holds numbers of a type that is not supported; convert \
         it: gdal_translate -ot Float32",
        path.display()
    )]
    DataType {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Band, counted from 1.
        band: usize,
    },

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

    /// Files of one time that should be joined and cannot be.
    #[error("input `{input}`: {first} and {second} lie side by side and cannot be joined: {why}")]
    Mosaic {
        /// Input.
        input: String,
        /// One file.
        first: String,
        /// Another.
        second: String,
        /// Why, and what to do.
        why: String,
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

    /// A file lies on another grid than the first of its input.
    #[error(
        "{} (input `{input}`) lies on another grid than the first file of the input; all must share one\n{comparison}\n\
         bring it there with\n  {command}",
        path.display()
    )]
    OtherGrid {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Both grids side by side.
        comparison: String,
        /// The command that brings the file to the study grid.
        command: String,
    },

    /// The grid of a file cannot be related to the study grid.
    #[error(
        "{} (input `{input}`) cannot be brought to the study grid: {reason}; if it lacks a reference system, add \
         `crs = \"EPSG:...\"` to the input",
        path.display()
    )]
    CannotPlace {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Why.
        reason: String,
    },

    /// A file lies elsewhere on the Earth than the study.
    #[error("{} (input `{input}`) and the study grid have no place in common\n{comparison}", path.display())]
    NoOverlap {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Both grids side by side.
        comparison: String,
    },

    /// A file has no place on the Earth that GDAL can tell, or pixels without a size.
    #[error("{} (input `{input}`) has no usable georeference: {reason}", path.display())]
    Georeference {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
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

    /// Files or bands of one input that cannot be read alike.
    #[error(
        "input `{input}`: {other} has the {what} {}, {one} has {}; state `{what}` if one holds for all, or bring them to one",
        values[1], values[0]
    )]
    Differ {
        /// Input.
        input: String,
        /// The key that would decide: `units`, `scale` or `offset`.
        what: &'static str,
        /// A file or band.
        one: String,
        /// The first that differs.
        other: String,
        /// What the two say.
        values: Box<[String; 2]>,
    },

    /// `[grid]` states no grid.
    #[error("grid.{key}: {reason}")]
    StudyGrid {
        /// The key.
        key: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A reference system that PROJ does not know.
    #[error(
        "{key} = {text:?} is no reference system that PROJ knows ({reason}); write a code such as \"EPSG:32648\""
    )]
    ReferenceSystem {
        /// The key of the study file.
        key: String,
        /// What it says.
        text: String,
        /// What PROJ said.
        reason: String,
    },

    /// A tile needs more cells of an input than was planned for.
    #[error(
        "input `{input}`: {window} needs {n_cells} cells of its own grid where {planned} were planned for; please report this, with the study file"
    )]
    TooManyCells {
        /// Input.
        input: String,
        /// Window of the study grid.
        window: Window,
        /// Cells.
        n_cells: usize,
        /// Cells that were planned for.
        planned: usize,
    },

    /// A scale that loses all information.
    #[error(
        "{} (input `{input}`) is scaled by {scale}; set `scale` of the input to a finite number \
         other than 0",
        path.display()
    )]
    Scale {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// The scale.
        scale: f64,
    },

    /// GDAL cannot read a window.
    #[error(
        "cannot read {} band {band} (input `{input}`) at {window}: {reason}; the file may be \
         truncated",
        path.display()
    )]
    Read {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Band, counted from 1.
        band: usize,
        /// Window of the study grid.
        window: Window,
        /// What GDAL said.
        reason: String,
    },

    /// The mask cannot be used.
    #[error("the mask {} cannot be used: {reason}", path.display())]
    Mask {
        /// File.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },

    /// A window reaches over the edge of the study grid.
    #[error("{window} is not inside the study grid of {height} rows and {width} columns")]
    Window {
        /// The window.
        window: Window,
        /// Rows of the grid.
        height: usize,
        /// Columns of the grid.
        width: usize,
    },

    /// No input of this name was opened.
    #[error("no input is named `{input}`; there are: {}", inputs.join(", "))]
    UnknownInput {
        /// The name asked for.
        input: String,
        /// The names there are.
        inputs: Vec<String>,
    },

    /// A conversion has the wrong number of factors.
    #[error(
        "input `{input}` has {n_steps} steps and is given {n_factors} factors; give 1 or one a step"
    )]
    Factors {
        /// Input.
        input: String,
        /// Steps of the input.
        n_steps: usize,
        /// Factors given.
        n_factors: usize,
    },

    /// There is no input at all.
    #[error("the study names no input; add a table such as [inputs.npp] with `files`")]
    NoInputs,
}

impl SourceError {
    /// A mask that cannot be used.
    pub(crate) fn mask(path: &Path, reason: &str) -> Self {
        Self::Mask {
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// Whether the study file is wrong, and not what its files hold.
    #[must_use]
    pub fn is_of_the_study_file(&self) -> bool {
        matches!(
            self,
            Self::StudyGrid { .. }
                | Self::ReferenceSystem { .. }
                | Self::Pattern { .. }
                | Self::Gap { .. }
                | Self::UnknownInput { .. }
                | Self::NoInputs
        )
    }
}

/// How many items of a list a message shows, and how many broken files of an input are reported one by one.
pub(crate) const SHOWN: usize = 5;

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn shorten(items: &[String]) -> String {
    let mut text = items
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > SHOWN {
        let _ = write!(text, " and {} more", items.len() - SHOWN);
    }
    text
}

/// Times as the study file has them.
fn as_toml(steps: &[String]) -> String {
    let word = |step: &String| {
        if step.contains('-') {
            format!("\"{step}\"")
        } else {
            step.clone()
        }
    };
    shorten_with(&steps.iter().map(word).collect::<Vec<_>>(), ", ...")
}

/// How to say that files are missing for good.
fn declare(missing: &[MissingFile]) -> String {
    let time = |file: &MissingFile| {
        file.year.map(|year| {
            crate::calendar::Time {
                year,
                month: file.month,
            }
            .to_string()
        })
    };
    let times: Option<Vec<String>> = missing.iter().map(time).collect();
    times.map_or_else(String::new, |times| {
        format!(
            ". Where there is none to be had, declare it: missing = [{}]",
            as_toml(&times)
        )
    })
}

fn shorten_with(items: &[String], more: &str) -> String {
    let mut text = items
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > SHOWN {
        text.push_str(more);
    }
    text
}

fn list_missing(missing: &[MissingFile]) -> String {
    let lines: Vec<String> = missing
        .iter()
        .map(|file| {
            let path = file.path.display();
            match (file.year, file.month) {
                (Some(year), Some(month)) => format!("{year}-{month:02} (looked for {path})"),
                (Some(year), None) => format!("{year} (looked for {path})"),
                _ => path.to_string(),
            }
        })
        .collect();
    shorten(&lines)
}

fn offer(variables: &[String]) -> String {
    if variables.is_empty() {
        "it holds one raster, leave `variable` out".to_owned()
    } else {
        format!("it holds: {}", variables.join(", "))
    }
}
