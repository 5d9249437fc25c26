//! A finished run, by its record.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::Deserialize;
use toml::Table;

use crate::error::Error;
use crate::run::other_maps::{WrittenAttribution, WrittenMaps};

/// The record of a run.
const RECORD: &str = "run.json";

/// A finished run whose record could be read.
#[derive(Debug)]
pub struct FinishedRun {
    /// Its folder, absolute.
    pub(super) dir: PathBuf,
    /// The folder in which relative paths of its study begin.
    pub(super) study_dir: PathBuf,
    /// Its study with the overrides.
    pub(super) study: Table,
    pub(super) record: Record,
}

/// What is read of a record.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    /// Name of the study.
    pub(super) study: String,
    study_toml: Option<String>,
    arguments_as_study: Option<String>,
    #[serde(default)]
    study_file: PathBuf,
    #[serde(default)]
    working_dir: PathBuf,
    pub(super) series: Vec<Series>,
    attribution: Option<Attribution>,
    layers: Vec<Layer>,
    inputs: Vec<Input>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Series {
    pub(super) variable: String,
}

#[derive(Debug, Deserialize)]
struct Attribution {
    response: String,
    unit: String,
    predictors: Vec<String>,
    by: Vec<Sensitivity>,
}

#[derive(Debug, Deserialize)]
struct Sensitivity {
    sensitivity: String,
    intervals: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Layer {
    path: String,
}

#[derive(Debug, Deserialize)]
struct Input {
    name: String,
    files: Vec<File>,
}

#[derive(Debug, Deserialize)]
struct File {
    path: PathBuf,
    bytes: u64,
    modified_unix_s: Option<u64>,
}

/// What became of the files of an input since the run.
pub(super) enum Since {
    /// They are as they were.
    Same,
    /// This one is larger, smaller or younger.
    Changed(PathBuf),
    /// This one is not there.
    Lost(PathBuf),
    /// The run did not read the input.
    NotRead,
}

impl FinishedRun {
    /// Whether a folder has the record of a run.
    #[must_use]
    pub fn is_one(dir: &Path) -> bool {
        dir.join(RECORD).is_file()
    }

    /// Reads the record of the run in a folder.
    ///
    /// # Errors
    ///
    /// There is none, or it does not have what tables need.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(RECORD);
        let failed = |reason: String| Error::NotReadable {
            path: path.clone(),
            reason,
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| failed(format!("cannot be read: {error}")))?;
        let record: Record = serde_json::from_str(&text)
            .map_err(|error| failed(format!("is no record of a run: {error}")))?;
        let study = record.study_toml.as_ref();
        let Some(study) = study.or(record.arguments_as_study.as_ref()) else {
            let reason =
                "does not have the study, as records of older versions do not; run the study again";
            return Err(failed(reason.to_owned()));
        };
        let study: Table = toml::from_str(study)
            .map_err(|error| failed(format!("has a study that is no TOML: {error}")))?;
        let folder = record.study_file.parent().unwrap_or(Path::new(""));
        Ok(Self {
            dir: std::path::absolute(dir).map_err(|error| failed(error.to_string()))?,
            study_dir: record.working_dir.join(folder),
            study,
            record,
        })
    }

    /// The file of a stack that the run wrote and that is still there.
    pub(super) fn stack(&self, series: &str) -> Option<PathBuf> {
        let layer = format!("stacks/{series}");
        let is_written = self.record.layers.iter().any(|known| known.path == layer);
        let path = self.dir.join(format!("{layer}.tif"));
        (is_written && path.is_file()).then_some(path)
    }

    /// What became of the files of an input.
    pub(super) fn input(&self, name: &str) -> Since {
        let mut inputs = self.record.inputs.iter();
        let Some(input) = inputs.find(|input| input.name == name) else {
            return Since::NotRead;
        };
        let mut since = Since::Same;
        for file in &input.files {
            let path = self.record.working_dir.join(&file.path);
            // A file inside an archive, or a variable of one, has no entry of its own: reading it will tell.
            if is_of_gdal(&file.path) {
                continue;
            }
            let Ok(found) = path.metadata() else {
                return Since::Lost(path);
            };
            let modified = found.modified().ok();
            let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let is_same = found.len() == file.bytes
                && modified.map(|since| since.as_secs()) == file.modified_unix_s;
            if !is_same {
                since = Since::Changed(path);
            }
        }
        since
    }

    /// The drivers of its attribution; none without one.
    pub(super) fn predictors(&self) -> &[String] {
        let attribution = self.record.attribution.as_ref();
        attribution.map_or(&[], |attribution| &attribution.predictors)
    }

    /// Whether its attribution has intervals, which rest on more than its maps.
    pub(super) fn has_intervals(&self) -> bool {
        let attribution = self.record.attribution.iter();
        let mut by = attribution.flat_map(|attribution| &attribution.by);
        by.any(|by| by.intervals.is_some())
    }

    /// Its maps.
    pub(super) fn maps(&self) -> WrittenMaps {
        let layers = self.record.layers.iter().map(|layer| layer.path.clone());
        let attribution = self.record.attribution.as_ref();
        WrittenMaps {
            dir: self.dir.clone(),
            layers: layers.filter(|path| path.starts_with("maps/")).collect(),
            attribution: attribution.map(|attribution| WrittenAttribution {
                response: attribution.response.clone(),
                unit: attribution.unit.clone(),
                predictors: attribution.predictors.clone(),
                sensitivities: attribution
                    .by
                    .iter()
                    .map(|by| by.sensitivity.clone())
                    .collect(),
            }),
        }
    }
}

/// Whether a name is one that only GDAL can open.
fn is_of_gdal(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.starts_with("/vsi") || text.contains("://") || text.contains(":\"")
}
