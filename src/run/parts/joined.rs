//! Whether a run in parts is joined already.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::run::journal::Identity;
use crate::run::plan::plan_again;
use crate::study::Study;

use super::folder::PartsFolder;
use super::plan_file::out_of;

/// What a record says of the parts that it was made of.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    overrides: Vec<String>,
    #[serde(default)]
    parts: Vec<serde_json::Value>,
    parts_of: Option<String>,
    #[serde(default)]
    layers: Vec<Layer>,
}

/// A map or stack of a record.
#[derive(Deserialize)]
struct Layer {
    /// Its name under the output folder, without the ending.
    path: String,
}

impl Record {
    /// That of a folder of outputs from which the parts were removed, if all of its maps are there.
    fn of(out: &Path) -> Option<Self> {
        if PartsFolder::of(out).path().exists() {
            return None;
        }
        let text = fs::read_to_string(out.join("run.json")).ok()?;
        let record: Self = serde_json::from_str(&text).ok()?;
        let is_there = |layer: &Layer| out.join(format!("{}.tif", layer.path)).is_file();
        let is_whole = !record.parts.is_empty() && record.layers.iter().all(is_there);
        is_whole.then_some(record)
    }
}

/// The folder of the outputs, where `join` has made all files of this study, in this version and of these inputs, and
/// removed its parts.
#[must_use]
pub fn joined(study: &Study, out: Option<&PathBuf>) -> Option<PathBuf> {
    let out = out_of(study, out);
    let record = Record::of(&out)?;
    // A command without changes goes by those of the plan, which is gone.
    let goes_by_plan = study.overrides.is_empty() && !record.overrides.is_empty();
    let planned = goes_by_plan.then(|| Study::load(&study.path, &record.overrides));
    let planned = planned.transpose().ok()?;
    let study = planned.as_ref().unwrap_or(study);
    // What cannot be opened is said by who goes on.
    let plan = plan_again(study, None).ok()?;
    let identity = Identity::of_parts(study, &plan);
    (record.parts_of == Some(identity.sha256())).then_some(out)
}

/// How many parts a folder of outputs was made of by `join`, which removed them.
pub(super) fn parts_joined(out: &Path) -> Option<usize> {
    Record::of(out).map(|record| record.parts.len())
}
