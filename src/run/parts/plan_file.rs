//! The plan of all parts, which the first process writes and all others follow.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, PartsError};
use crate::grid::Blocks;
use crate::run::journal::{Difference, Identity};
use crate::sinks::SinkError;
use crate::study::{Device, Study};

use super::cut::cut;
use super::folder::PartsFolder;
use super::host::{host_name, now};

/// The plan of a run in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartsPlan {
    /// How many parts there are.
    pub parts: usize,
    /// What computes them: cpu, gpu, or a part of an adapter's name.
    pub device: String,
    /// Why it computes, where `auto` took it; else empty.
    pub(super) reason: String,
    /// Changes to the study file, as `key=value`.
    pub overrides: Vec<String>,
    /// The first block of each part and the one after its last, in the order of files.
    pub(super) blocks: Vec<[usize; 2]>,
    /// What is run.
    pub(super) identity: Identity,
}

impl PartsPlan {
    /// The plan in a folder of parts; `None` where there is none.
    pub(super) fn read(folder: &PartsFolder) -> Result<Option<Self>, PartsError> {
        let path = folder.plan();
        let failed = |reason: String| PartsError::Plan {
            path: path.clone(),
            reason,
        };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            // A disk that does not answer says nothing of the parts, which may all be whole.
            Err(error) => {
                let reason = error.to_string();
                return Err(PartsError::PlanUnreadable { path, reason });
            }
        };
        let plan: Self = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("it is damaged, or of another version ({error})")))?;
        let follow = plan.blocks.windows(2).all(|two| two[0][1] == two[1][0]);
        let are_ranges = plan.blocks.iter().all(|[first, end]| first <= end);
        if plan.parts == 0 || plan.blocks.len() != plan.parts || !follow || !are_ranges {
            return Err(failed("it is damaged".to_owned()));
        }
        Ok(Some(plan))
    }

    /// Puts the plan into the folder, unless there is one: then that one counts.
    pub(super) fn put(&self, folder: &PartsFolder) -> Result<(), SinkError> {
        folder.make()?;
        let (seconds, nanos) = now();
        let by = format!(
            "{}-{}-{seconds:x}{nanos:x}",
            host_name(),
            std::process::id()
        );
        let own = folder.path().join(format!("plan-{by}.new"));
        let put = || {
            let mut text = serde_json::to_vec_pretty(self)?;
            text.push(b'\n');
            fs::write(&own, text)?;
            fs::File::open(&own)?.sync_all()?;
            // Of two processes one alone can give the name.
            match fs::hard_link(&own, folder.plan()) {
                Err(_) if folder.plan().exists() => Ok(()),
                Err(_) => fs::rename(&own, folder.plan()),
                Ok(()) => Ok(()),
            }
        };
        let put: std::io::Result<()> = put();
        let _ = fs::remove_file(&own);
        put.map_err(|error| SinkError::Write {
            path: folder.plan(),
            reason: error.to_string(),
        })
    }

    /// Refuses a study whose text is another one. Inputs are not looked at.
    pub(super) fn check_study(
        &self,
        study: &Study,
        folder: &PartsFolder,
    ) -> Result<(), PartsError> {
        let difference = self.identity.with_study(study).difference(&self.identity);
        difference.map_or(Ok(()), |difference| Err(refused(difference, folder.path())))
    }

    /// Refuses another run than the one that is planned.
    pub(super) fn check(
        &self,
        identity: &Identity,
        folder: &PartsFolder,
    ) -> Result<(), PartsError> {
        let difference = identity.difference(&self.identity);
        difference.map_or(Ok(()), |difference| Err(refused(difference, folder.path())))
    }

    /// Refuses a plan whose parts have other blocks than those that this number of parts is cut into.
    pub(super) fn check_blocks(
        &self,
        blocks: &Blocks,
        folder: &PartsFolder,
    ) -> Result<(), PartsError> {
        if self.blocks == cut(blocks, self.parts) {
            return Ok(());
        }
        Err(PartsError::Plan {
            path: folder.plan(),
            reason: "it is damaged".to_owned(),
        })
    }

    /// What computes.
    pub(super) fn device(&self) -> Device {
        Device::from_word(&self.device)
    }
}

/// A run that is not the one of a folder of parts.
pub(super) fn refused(difference: Difference, dir: &Path) -> PartsError {
    let dir = dir.to_owned();
    match difference {
        Difference::Run(what) => PartsError::OtherRun { dir, what },
        Difference::Input { path, what } => PartsError::InputChanged { dir, path, what },
    }
}

/// The changes to a study file that its plan of parts was made with; `None` where there is no plan in a folder of outputs.
///
/// # Errors
///
/// The plan is damaged.
pub fn planned_overrides(out: &Path) -> Result<Option<Vec<String>>, Error> {
    let plan = PartsPlan::read(&PartsFolder::of(out))?;
    Ok(plan.map(|plan| plan.overrides))
}

/// The folder of the outputs of a study.
pub(super) fn out_of(study: &Study, out: Option<&PathBuf>) -> PathBuf {
    out.cloned()
        .unwrap_or_else(|| study.resolve(&study.output.dir))
}
