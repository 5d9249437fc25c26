//! The study file: what a run is asked to do, read from TOML into checked types.
//!
//! [`Study::load`] refuses a file with everything that is wrong in it at once, each problem with its
//! line, its full key and the nearest right one. Later code does not check a study again; only what
//! the rasters alone can show is left to their reader.

mod bootstrap;
mod check;
mod error;
mod models;
mod overrides;
mod read;
mod tables;

pub use crate::chain::{FalseDiscovery, Sensitivity, TrendTest};
pub use crate::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};
pub use crate::tile::Resampling;
pub use bootstrap::BootstrapTable;
pub use error::{Fault, Origin, Problem, StudyError};
pub use tables::{
    Aggregate, AttributionTable, Compress, Device, DriversTable, EngineTable, EnsembleTable,
    Format, GridTable, HurstSd, InputTable, Layers, OutputTable, RespirationTable, RhChoice,
    SitesTable, Stage, TrendTable, Uncertain, UncertaintyTable, ZoneSet, bytes_from_text,
};

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::calendar::Years;
use read::{Reader, Section, quoted};

/// The tables of a study file.
const TABLES: &[&str] = &[
    "study",
    "grid",
    "inputs",
    "respiration",
    "uncertainty",
    "trend",
    "drivers",
    "attribution",
    "bootstrap",
    "stages",
    "zones",
    "sites",
    "output",
    "engine",
];

/// A study that is right as far as its file tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// The study file as it was given.
    pub path: PathBuf,
    /// The folder that paths are relative to; empty for the working folder.
    pub dir: PathBuf,
    /// SHA-256 of the file's text in lower case, without the overrides.
    pub sha256: String,
    /// The `--set` arguments that were applied, as given.
    pub overrides: Vec<String>,
    /// Name; that of the file where it states none.
    pub name: String,
    /// First and last year.
    pub years: Years,
    /// The study grid.
    pub grid: GridTable,
    /// The inputs in the order of the file; never empty.
    pub inputs: Vec<InputTable>,
    /// Soil respiration.
    pub respiration: RespirationTable,
    /// How sure the coefficients are.
    pub uncertainty: Option<UncertaintyTable>,
    /// Trends.
    pub trend: TrendTable,
    /// Regression on drivers.
    pub drivers: DriversTable,
    /// Attribution to climate and people.
    pub attribution: AttributionTable,
    /// `[bootstrap]`.
    pub bootstrap: BootstrapTable,
    /// Stages in the order of the file.
    pub stages: Vec<Stage>,
    /// Zone sets in the order of the file.
    pub zones: Vec<ZoneSet>,
    /// Field data.
    pub sites: Option<SitesTable>,
    /// What is written.
    pub output: OutputTable,
    /// Where and within what the run computes.
    pub engine: EngineTable,
    /// What is right and looks odd, to be told to the user.
    pub warnings: Vec<Problem>,
    stated: HashSet<String>,
}

impl Study {
    /// Bytes that a study file may have.
    pub const MAX_BYTES: u64 = 4 * 1024 * 1024;
    /// Keys that a study file may have; a list of files is one.
    pub const MAX_KEYS: usize = 20_000;

    /// Reads the study file at `path`, changed by `overrides` (`key=value`).
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too large, is not TOML, or is no study; in the last case with
    /// every problem of it.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        let failed = |source| StudyError::Read {
            path: path.to_owned(),
            source,
        };
        let mut text = String::new();
        let mut bytes = Vec::new();
        // A pipe would be waited on for ever, and a device may never end.
        let found = std::fs::metadata(path).map_err(failed)?;
        if !found.is_file() {
            let kind = if found.is_dir() {
                "it is a folder"
            } else {
                "it is a pipe or a device"
            };
            return Err(failed(io::Error::other(format!(
                "{kind}, expected a file in TOML"
            ))));
        }
        let file = File::open(path).map_err(failed)?;
        file.take(Self::MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(StudyError::TooLarge {
                path: path.to_owned(),
                limit: Self::MAX_BYTES,
            });
        }
        bytes.as_slice().read_to_string(&mut text).map_err(failed)?;
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&text, path.to_owned(), dir, overrides)
    }

    /// Reads a study from its text; paths are relative to `dir`.
    ///
    /// # Errors
    ///
    /// As [`Study::load`], without those of reading a file.
    pub fn from_str(text: &str, dir: &Path, overrides: &[String]) -> Result<Self, StudyError> {
        Self::parse(text, PathBuf::from("study.toml"), dir.to_owned(), overrides)
    }

    fn parse(
        text: &str,
        path: PathBuf,
        dir: PathBuf,
        overrides: &[String],
    ) -> Result<Self, StudyError> {
        if text.len() as u64 > Self::MAX_BYTES {
            return Err(StudyError::TooLarge {
                path,
                limit: Self::MAX_BYTES,
            });
        }
        let sha256 = hex(&Sha256::digest(text.as_bytes()));
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let syntax = |error: &toml::de::Error| syntax_error(&path, text, error);
        let mut table: Table = toml::from_str(text).map_err(|error| syntax(&error))?;
        let spans = DeTable::parse(text).map_err(|error| syntax(&error))?;
        let origins = origins(text, spans.get_ref());
        if origins.len() > Self::MAX_KEYS {
            return Err(StudyError::TooManyKeys {
                path,
                found: origins.len(),
                limit: Self::MAX_KEYS,
            });
        }
        let mut reader = Reader::new(origins);
        apply(&mut reader, &mut table, overrides);
        let label = Label {
            path,
            dir,
            sha256,
            overrides: overrides.to_vec(),
        };
        Self::check(reader, &table, label)
    }

    /// Reads every table, and refuses the study where anything was wrong.
    fn check(mut reader: Reader, table: &Table, label: Label) -> Result<Self, StudyError> {
        let (r, root) = (&mut reader, &Section::root(table));
        r.only(root, TABLES);
        let (name, years) = check::study(r, root);
        let (inputs, names) = check::inputs(r, root, years);
        let grid = check::grid(r, root, &names);
        let respiration = models::respiration(r, root);
        let uncertainty = models::uncertainty(r, root);
        let trend = check::trend(r, root, years, &inputs, &names);
        let drivers = check::drivers(r, root, &inputs, &names);
        let attribution = check::attribution(r, root, years);
        let bootstrap = bootstrap::bootstrap(r, root, years);
        let stages = check::stages(r, root, years);
        let zones = check::zones(r, root);
        let sites = check::sites(r, root);
        let output = check::output(r, root);
        let engine = check::engine(r, root);
        let Label {
            path,
            dir,
            sha256,
            overrides,
        } = label;
        let problems = std::mem::take(&mut reader.problems);
        let Some(years) = years else {
            return Err(StudyError::Invalid {
                path,
                problems,
                rest: None,
            });
        };
        let stem = || {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        };
        let name = name.or_else(stem).unwrap_or_default();
        let (stated, warnings) = (stated(table), reader.warnings);
        let study = Self {
            path,
            dir,
            sha256,
            overrides,
            name,
            years,
            grid,
            inputs,
            respiration,
            uncertainty,
            trend,
            drivers,
            attribution,
            bootstrap,
            stages,
            zones,
            sites,
            output,
            engine,
            warnings,
            stated,
        };
        if problems.is_empty() {
            return Ok(study);
        }
        Err(StudyError::Invalid {
            path: study.path.clone(),
            problems,
            rest: Some(Box::new(study)),
        })
    }

    /// The input of this name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&InputTable> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// Whether the file or an override states the dotted `key`, such as `trend.min_years`.
    #[must_use]
    pub fn is_stated(&self, key: &str) -> bool {
        self.stated.contains(key)
    }

    /// A path of the study file as it can be opened: relative ones start at the study's folder;
    /// absolute ones, URLs and GDAL's own (`/vsi...`, `NETCDF:...`) stay as they are.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        if path.starts_with("/vsi") || path.contains("://") || has_driver_prefix(path) {
            PathBuf::from(path)
        } else {
            self.dir.join(path)
        }
    }
}

/// What a study is known by before it is checked.
struct Label {
    path: PathBuf,
    dir: PathBuf,
    sha256: String,
    overrides: Vec<String>,
}

/// Whether a name starts with a GDAL driver, as `NETCDF:"file.nc":variable` does. One letter is a
/// drive of Windows.
fn has_driver_prefix(path: &str) -> bool {
    let driver = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    path.split_once(':')
        .is_some_and(|(head, _)| head.len() > 1 && head.chars().all(driver))
}

/// Lower case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Applies each override; one that cannot be is a problem of its own.
fn apply(reader: &mut Reader, table: &mut Table, overrides: &[String]) {
    for argument in overrides {
        let parsed = overrides::parse(argument);
        let key = parsed.as_ref().ok().map(|parsed| {
            parsed
                .path
                .iter()
                .map(|part| quoted(part))
                .collect::<Vec<_>>()
                .join(".")
        });
        let key = key.unwrap_or_else(|| argument.clone());
        reader.note_argument(&key);
        if let Err(fault) = parsed.and_then(|parsed| parsed.apply(table)) {
            reader.fail(key, fault);
        }
    }
}

/// The line and column of a syntax error.
fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> StudyError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    StudyError::Syntax {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
        message: error.message().replace('\n', "; "),
    }
}

/// The line of every key of the text.
fn origins(text: &str, table: &DeTable<'_>) -> HashMap<String, Origin> {
    let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut origins = HashMap::new();
    let mut open = vec![(String::new(), table)];
    while let Some((parent, table)) = open.pop() {
        for (name, value) in table {
            let key = dotted(&parent, name.get_ref());
            let line = starts.partition_point(|at| *at < name.span().start) + 1;
            if let DeValue::Table(inner) = value.get_ref() {
                open.push((key.clone(), inner));
            }
            origins.insert(key, Origin::Line(line));
        }
    }
    origins
}

/// Every dotted key of the table.
fn stated(table: &Table) -> HashSet<String> {
    let mut keys = HashSet::new();
    let mut open = vec![(String::new(), table)];
    while let Some((parent, table)) = open.pop() {
        for (name, value) in table {
            let key = dotted(&parent, name);
            if let Value::Table(inner) = value {
                open.push((key.clone(), inner));
            }
            keys.insert(key);
        }
    }
    keys
}

/// A key below another.
fn dotted(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        quoted(name)
    } else {
        format!("{parent}.{}", quoted(name))
    }
}

#[cfg(test)]
mod tests;
