//! `doline run --part`, and what the commands of runs in parts share.

use std::path::Path;

use crate::error::Error;
use crate::run::RunOptions;
use crate::run::parts::{Computed, Part, joined, planned_overrides, run_part};
use crate::study::Study;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::interrupt::Interrupt;
use super::watched::watch;

/// The study with the changes of its plan of parts, unless the command states changes itself.
///
/// # Arguments
///
/// * `load` - loads the study with changes.
/// * `out` - the folder of the outputs, where the command states it.
pub(super) fn as_planned(
    load: impl Fn(&[String]) -> Result<Study, Failure>,
    overrides: &[String],
    out: Option<&Path>,
) -> Result<Study, Failure> {
    // The plan may state what the file lacks.
    let planned = out.filter(|_| overrides.is_empty()).map(planned_overrides);
    if let Some(planned) = planned.transpose()?.flatten() {
        return load(&planned);
    }
    let study = load(overrides)?;
    if !overrides.is_empty() {
        return Ok(study);
    }
    let of_study = || study.resolve(&study.output.dir);
    let out = out.map_or_else(of_study, Path::to_owned);
    match planned_overrides(&out)? {
        Some(planned) if !planned.is_empty() => load(&planned),
        _ => Ok(study),
    }
}

/// Watches for signals during a command that leaves nothing when it is ended.
pub(super) fn interrupt_of_parts(with_parent: bool) -> Interrupt {
    let interrupt = Interrupt::watch(Some(|| Error::Stopped));
    if with_parent {
        interrupt.watch_parent();
    }
    interrupt
}

/// A command that is put into a queue again does no harm.
pub(super) fn say_joined(out: &Path, console: Console) {
    let out = out.display();
    console.result(&format!(
        "{out} is joined already; `doline split` begins anew"
    ));
}

/// Computes a part of a run.
pub(super) fn run_one_part(
    study: &Study,
    options: &RunOptions,
    part: Part,
    with_parent: bool,
    console: Console,
) -> Result<Outcome, Failure> {
    if let Some(out) = joined(study, options.out.as_ref()) {
        say_joined(&out, console);
        return Ok(Outcome::Done);
    }
    let interrupt = interrupt_of_parts(with_parent);
    let computed = watch(
        &interrupt,
        study,
        &str::to_owned,
        console,
        |stop, on_event| run_part(study, options, part, stop, on_event),
    )?;
    if console.json {
        let (pixels, seconds) = match computed {
            Computed::AlreadyThere => (None, None),
            Computed::Done { pixels, seconds } => (Some(pixels), Some(seconds)),
        };
        let record = serde_json::json!({
            "part": part.index,
            "parts": part.of,
            "already_there": computed == Computed::AlreadyThere,
            "pixels": pixels,
            "seconds": seconds,
        });
        console.result(&record.to_string());
        return Ok(Outcome::Done);
    }
    console.result(&match computed {
        Computed::AlreadyThere => format!("part {part} is already there"),
        Computed::Done { pixels: 0, .. } => {
            format!("part {part} has no pixel: there are fewer blocks than parts")
        }
        Computed::Done { pixels, seconds } => {
            format!("part {part}: {pixels} pixels ({seconds:.1} s)")
        }
    });
    Ok(Outcome::Done)
}
