//! `doline split` and `doline status`.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::run::parts::{PartsStatus, parts_status, split as split_study};
use crate::run::{RunOptions, with_problems_of_inputs};
use crate::study::{Device, Study};

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::local_folder::local_folder;

/// Arguments of `split`.
#[derive(Debug, clap::Args)]
pub(super) struct SplitArgs {
    /// The study file (TOML).
    study: PathBuf,

    /// How many parts; each is some blocks of the outputs, 256 pixels wide and high.
    #[arg(long, value_name = "N")]
    parts: usize,

    /// Folder of the outputs, instead of `output.dir`. All processes must see it under this name.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: Option<PathBuf>,

    /// What computes all parts: auto, gpu, cpu, or a part of an adapter's name. auto is decided now, on this machine.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,

    /// Change a key of the study file, as in --set engine.memory=4GiB; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Folder of the outputs.
    #[arg(value_parser = local_folder())]
    dir: PathBuf,
}

pub(super) fn split(args: &SplitArgs, console: Console) -> Result<Outcome, Failure> {
    let study = Study::load(&args.study, &args.overrides).map_err(with_problems_of_inputs)?;
    let options = RunOptions {
        out: args.out.clone(),
        device: args.device.as_deref().map(Device::from_word),
        ..RunOptions::default()
    };
    let plan = split_study(&study, &options, args.parts)?;
    let (parts, device) = (plan.parts, plan.device);
    if console.json {
        let record = serde_json::json!({ "parts": parts, "device": device });
        console.result(&record.to_string());
        return Ok(Outcome::Done);
    }
    console.result(&format!(
        "{parts} parts by {device}: `doline run STUDY -o DIR --part 0/{parts}` to `--part {}/{parts}`, then `doline join STUDY -o DIR`",
        parts.saturating_sub(1)
    ));
    Ok(Outcome::Done)
}

pub(super) fn status(args: &StatusArgs, console: Console) -> Result<Outcome, Failure> {
    let status = parts_status(&args.dir)?;
    if console.json {
        // Numbers and texts always have a JSON.
        console.result(&serde_json::to_string(&status).unwrap_or_default());
    } else {
        console.result(&lines(&status));
    }
    Ok(Outcome::Done)
}

/// How far the parts are, a line for each that is not simply there or missing.
fn lines(status: &PartsStatus) -> String {
    if status.joined {
        return format!("all {} parts are joined", status.parts);
    }
    let mut text = format!("{} of {} parts are done", status.done.len(), status.parts);
    for part in &status.computing {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\npart {} is being computed by process {} on {} since {}",
            part.part, part.pid, part.host, part.since
        );
    }
    for part in &status.failed {
        let _ = write!(text, "\npart {} failed: {}", part.part, part.message);
    }
    if !status.missing.is_empty() {
        let missing: Vec<String> = status.missing.iter().map(ToString::to_string).collect();
        let _ = write!(text, "\nmissing: {}", missing.join(", "));
    }
    text
}
