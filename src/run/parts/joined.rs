//! Whether a run in parts is joined already.

use std::fs;
use std::path::{Path, PathBuf};

use crate::study::Study;

use super::folder::PartsFolder;
use super::plan_file::out_of;

/// What a record has to say of itself.
#[derive(serde::Deserialize)]
struct Joined {
    doline: String,
    study_sha256: String,
    #[serde(default)]
    overrides: Vec<String>,
    #[serde(default)]
    parts: Vec<serde_json::Value>,
}

/// The folder of the outputs, where `join` has made all files of this study in this version and removed its parts.
#[must_use]
pub fn joined(study: &Study, out: Option<&PathBuf>) -> Option<PathBuf> {
    let out = out_of(study, out);
    let is_joined = !PartsFolder::of(&out).path().exists() && is_of(study, &out);
    is_joined.then_some(out)
}

fn is_of(study: &Study, out: &Path) -> bool {
    let text = fs::read_to_string(out.join("run.json")).unwrap_or_default();
    let record: Result<Joined, _> = serde_json::from_str(&text);
    record.is_ok_and(|record| {
        !record.parts.is_empty()
            && record.study_sha256 == study.sha256
            // A command without changes goes by those of the plan, which is gone.
            && (study.overrides.is_empty() || record.overrides == study.overrides)
            && record.doline == env!("CARGO_PKG_VERSION")
    })
}
