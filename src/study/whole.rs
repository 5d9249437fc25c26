//! A study as a whole: its tables, its inputs by name, its paths.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::places::{GeodetectorTable, MeasuresTable, PhaseTable, SitesTable, Stage, ZoneTable};
use super::problem::Problem;
use super::tables::{
    AttributionTable, BootstrapTable, DriversTable, EngineTable, GridTable, InputTable,
    OutputTable, RespirationTable, TrendTable, UncertaintyTable,
};
use crate::calendar::Years;

/// A study whose file has no problem. Its rasters may still have some.
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
    /// The study as TOML, with the overrides.
    pub toml: String,
    /// Name; by default that of the file.
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
    /// Attribution to climate and humans.
    pub attribution: AttributionTable,
    /// `[bootstrap]`.
    pub bootstrap: BootstrapTable,
    /// Stages in the order of the file, those of a preset in its place.
    pub stages: Vec<Stage>,
    /// The search for a phase.
    pub phase: PhaseTable,
    /// Zone sets in the order of the file, but each cross behind the sets that it is made of.
    pub zones: Vec<ZoneTable>,
    /// Comparisons of zones with their control: that of `[measures]`, else one by the defaults for each zone set with
    /// a control.
    pub measures: Vec<MeasuresTable>,
    /// How much of a map zone sets explain.
    pub geodetector: Option<GeodetectorTable>,
    /// Field data.
    pub sites: Option<SitesTable>,
    /// What is written.
    pub output: OutputTable,
    /// Where and within what the run computes.
    pub engine: EngineTable,
    /// What is allowed and unusual, for the user to know.
    pub warnings: Vec<Problem>,
    /// Every dotted key that the file or an override states.
    pub(super) stated: HashSet<String>,
}

impl Study {
    /// Bytes that a study file may have.
    pub const MAX_BYTES: u64 = 4 * 1024 * 1024;
    /// Keys that a study file may have; a list of files is one.
    pub const MAX_KEYS: usize = 20_000;

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
        resolve(&self.dir, path)
    }
}

/// A path of a study file in `dir`, as [`Study::resolve`] gives it.
#[must_use]
pub fn resolve(dir: &Path, path: &str) -> PathBuf {
    if let Some(inside) = inside_of(dir, path) {
        PathBuf::from(inside)
    } else if path.starts_with("/vsi") || path.contains("://") || has_driver_prefix(path) {
        PathBuf::from(path)
    } else {
        dir.join(path)
    }
}

/// The name of a part of a file that is written relative to `dir`: `/vsizip/a.zip/t.tif`, `NETCDF:"a.nc":tas`. `None` for
/// other names, and where there is no such file in `dir`.
fn inside_of(dir: &Path, path: &str) -> Option<String> {
    let (head, file, tail) = ["/vsizip/", "/vsitar/", "/vsigzip/"]
        .iter()
        .find_map(|head| Some((*head, path.strip_prefix(head)?, "")))
        .or_else(|| {
            let (head, rest) = path.split_once(":\"").filter(|_| has_driver_prefix(path))?;
            let (file, _) = rest.split_once('"')?;
            let (start, end) = (head.len() + 2, head.len() + 2 + file.len());
            Some((&path[..start], &path[start..end], &path[end..]))
        })?;
    let is_file = |from: &Path| {
        let whole = from.join(file);
        whole.ancestors().any(Path::is_file)
    };
    let is_relative = !Path::new(file).is_absolute() && !is_file(Path::new(""));
    (is_relative && is_file(dir)).then(|| format!("{head}{}{tail}", dir.join(file).display()))
}

/// Whether a name starts with a GDAL driver, as `NETCDF:"file.nc":variable` does. One letter is a
/// drive of Windows.
fn has_driver_prefix(path: &str) -> bool {
    let driver = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    path.split_once(':')
        .is_some_and(|(head, _)| head.len() > 1 && head.chars().all(driver))
}
