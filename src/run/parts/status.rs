//! How far a run in parts is.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, PartsError};

use super::attempt::{is_alive, worker_of};
use super::folder::PartsFolder;
use super::host::timestamp;
use super::joined::parts_joined;
use super::plan_file::PartsPlan;

/// How far a run in parts is: each part is in one of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartsStatus {
    /// Parts in all.
    pub parts: usize,
    /// Whether `join` has made the outputs of all of them.
    pub joined: bool,
    /// Parts that are whole.
    pub done: Vec<usize>,
    /// Parts that nobody has begun.
    pub missing: Vec<usize>,
    /// Parts at which a process is at work.
    pub computing: Vec<ComputingPart>,
    /// Parts of which the last process failed or was ended.
    pub failed: Vec<FailedPart>,
}

/// A process at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComputingPart {
    /// Its part.
    pub part: usize,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when, UTC.
    pub since: String,
}

/// A part of which the last process failed or was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedPart {
    /// The part.
    pub part: usize,
    /// What happened.
    pub message: String,
}

/// How far the run in parts in a folder of outputs is.
///
/// # Errors
///
/// There is none, or its plan is damaged.
pub fn parts_status(out: &Path) -> Result<PartsStatus, Error> {
    let folder = PartsFolder::of(out);
    let dir = out.to_owned();
    if let Some(plan) = PartsPlan::read(&folder)? {
        return Ok(status_of(&folder, plan.parts));
    }
    let parts = parts_joined(out).ok_or(PartsError::NoPlan { dir })?;
    Ok(PartsStatus {
        parts,
        joined: true,
        done: (0..parts).collect(),
        missing: Vec::new(),
        computing: Vec::new(),
        failed: Vec::new(),
    })
}

/// How far the parts of a plan are.
pub(super) fn status_of(folder: &PartsFolder, parts: usize) -> PartsStatus {
    let mut computing = Vec::new();
    let mut failed = Vec::new();
    // Before the parts that are whole: one that becomes so meanwhile is not reported as missing.
    for (part, dir) in folder.attempts() {
        let Some(worker) = worker_of(&dir) else {
            continue;
        };
        let (host, pid, since) = (worker.host, worker.pid, timestamp(worker.since));
        if is_alive(&dir) {
            computing.push(ComputingPart {
                part,
                host,
                pid,
                since,
            });
        } else if dir.exists() {
            let message = format!("process {pid} on {host} ended; it had begun {since}");
            failed.push(FailedPart { part, message });
        }
    }
    for (part, note) in folder.failures() {
        let message = fs::read_to_string(note).unwrap_or_default();
        failed.retain(|known| known.part != part);
        failed.push(FailedPart { part, message });
    }
    let done: Vec<usize> = (0..parts).filter(|part| folder.is_whole(*part)).collect();
    let is_open = |part: usize| part < parts && done.binary_search(&part).is_err();
    computing.retain(|known| is_open(known.part));
    computing.dedup_by_key(|known| known.part);
    failed.retain(|known| {
        is_open(known.part) && !computing.iter().any(|other| other.part == known.part)
    });
    failed.sort_by_key(|known| known.part);
    failed.dedup_by_key(|known| known.part);
    let is_known = |part: &usize| {
        computing.iter().any(|known| known.part == *part)
            || failed.iter().any(|known| known.part == *part)
    };
    let open = (0..parts).filter(|part| is_open(*part));
    PartsStatus {
        parts,
        joined: false,
        missing: open.filter(|part| !is_known(part)).collect(),
        done,
        computing,
        failed,
    }
}
