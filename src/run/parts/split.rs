//! Plans a run in parts.

use std::sync::Arc;

use crate::engines::open_engine;
use crate::error::{Error, PartsError};
use crate::run::execute::complete::device;
use crate::run::journal::Identity;
use crate::run::options::RunOptions;
use crate::run::outputs::check_rasters;
use crate::run::plan::{Plan, plan};
use crate::study::{Device, Study};

use super::attempt::is_alive;
use super::cut::cut;
use super::folder::PartsFolder;
use super::part::MOST_PARTS;
use super::plan_file::{PartsPlan, out_of};

/// Opens the inputs of a study, checks them, and writes down which part computes what. The same plan again changes
/// nothing; another one takes the place of one of which no part is begun.
///
/// # Errors
///
/// As [`plan`]; the folder has parts of another run.
pub fn split(study: &Study, options: &RunOptions, n_parts: usize) -> Result<PartsPlan, Error> {
    has_its_folder(study)?;
    let out = out_of(study, options.out.as_ref());
    let folder = PartsFolder::of(&out);
    let plan = plan(study, options.tile)?;
    check_rasters(study, &plan, &out)?;
    folder.remove_leftovers();
    let identity = Identity::of_parts(study, &plan);
    if let Some(known) = PartsPlan::read(&folder)? {
        let is_same = known.check(&identity, &folder).is_ok() && known.parts == n_parts;
        if is_same && is_same_device(&known, study, options) {
            return Ok(known);
        }
        let is_begun = (0..known.parts).any(|index| folder.is_whole(index))
            || folder.attempts().iter().any(|(_, dir)| is_alive(dir));
        if is_begun {
            known.check(&identity, &folder)?;
            let (dir, of) = (folder.path().display(), known.parts);
            let what = format!(
                "{dir} has {of} parts by {} and some of them are computed; go on with these, or remove that folder",
                known.device
            );
            return Err(PartsError::Number { what }.into());
        }
        folder.remove();
    }
    make_plan(study, options, &plan, identity, n_parts, &folder)
}

/// Parts look for the changes to a study in the folder of its outputs, so that this folder can be none of them.
fn has_its_folder(study: &Study) -> Result<(), PartsError> {
    let mut changes = study.overrides.iter();
    if changes.any(|change| change.trim_start().starts_with("output.dir")) {
        let what = "parts look for their plan in the folder of the outputs: state it with -o DIR in place of --set \
                    output.dir=DIR"
            .to_owned();
        return Err(PartsError::Number { what });
    }
    Ok(())
}

/// Whether the device that is asked for is that of a plan; where none is asked for, any is.
fn is_same_device(known: &PartsPlan, study: &Study, options: &RunOptions) -> bool {
    match device(study, options) {
        Device::Auto => true,
        asked => *asked == known.device(),
    }
}

/// Writes the plan of a run whose inputs are open. If another process was faster its plan counts.
pub(super) fn make_plan(
    study: &Study,
    options: &RunOptions,
    plan: &Plan,
    identity: Identity,
    n_parts: usize,
    folder: &PartsFolder,
) -> Result<PartsPlan, Error> {
    has_its_folder(study)?;
    if n_parts == 0 || n_parts > MOST_PARTS {
        let what = format!("a run has 1 to {MOST_PARTS} parts, and not {n_parts}");
        return Err(PartsError::Number { what }.into());
    }
    let (device, reason) = word_of_device(study, options, plan)?;
    let made = PartsPlan {
        parts: n_parts,
        device,
        reason,
        overrides: study.overrides.clone(),
        blocks: cut(&plan.tiling.blocks, n_parts),
        identity,
    };
    made.put(folder)?;
    let counts = PartsPlan::read(folder)?.unwrap_or(made.clone());
    counts.check(&made.identity, folder)?;
    if counts.parts != n_parts {
        return Err(other_number(counts.parts, n_parts).into());
    }
    Ok(counts)
}

/// A part of another number of parts.
pub(super) fn other_number(planned: usize, asked: usize) -> PartsError {
    PartsError::Number {
        what: format!(
            "the run is split into {planned} parts, and not into {asked}: use --part 0/{planned} to {}/{planned}",
            planned.saturating_sub(1)
        ),
    }
}

/// What computes all parts, and why. `auto` is decided here and once: parts of different devices agree within tolerances
/// alone.
fn word_of_device(
    study: &Study,
    options: &RunOptions,
    plan: &Plan,
) -> Result<(String, String), Error> {
    let word = match device(study, options) {
        Device::Cpu => "cpu".to_owned(),
        Device::Gpu => "gpu".to_owned(),
        Device::Named(name) => name.clone(),
        Device::Auto => {
            let chain = Arc::clone(&plan.chain);
            let (engine, why) = open_engine(&Device::Auto, chain, plan.device_bytes)?;
            let is_cpu = engine.name().starts_with("CPU");
            return Ok(((if is_cpu { "cpu" } else { "gpu" }).to_owned(), why));
        }
    };
    Ok((word, String::new()))
}
