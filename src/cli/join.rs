//! `doline join`.

use std::path::{Path, PathBuf};

use crate::report::{NAME, PageOptions, write};
use crate::run::parts::{JoinOptions, join as join_parts, joined, remove_parts};
use crate::run::{RunOptions, with_problems_of_inputs};
use crate::study::Study;

use super::console::{Console, Outcome};
use super::failure::Failure;
use super::local_folder::local_folder;
use super::part_of_run::{as_planned, interrupt_of_parts, say_joined};
use super::record::command_line;
use super::run::finish;
use super::watched::watch;

/// Arguments of `join`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "options of a command")]
pub(super) struct JoinArgs {
    /// The study file (TOML).
    study: PathBuf,

    /// Folder of the outputs, instead of `output.dir`.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: Option<PathBuf>,

    /// Change a key of the study file; without it the changes are those of `doline split`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,

    /// Refuse parts that different devices have computed: they agree within tolerances, not bit by bit.
    #[arg(long)]
    strict: bool,

    /// Leave the parts when all files are there.
    #[arg(long)]
    keep_parts: bool,

    /// Measure false alarms and power of the tests of trend on series like these; tables/calibration.csv.
    #[arg(long)]
    calibrate: bool,

    /// End when the process that started this one ends.
    #[arg(long)]
    with_parent: bool,
}

pub(super) fn join(args: &JoinArgs, console: Console) -> Result<Outcome, Failure> {
    let load = |overrides: &[String]| -> Result<Study, Failure> {
        Ok(Study::load(&args.study, overrides).map_err(with_problems_of_inputs)?)
    };
    let study = as_planned(load, &args.overrides, args.out.as_deref())?;
    let options = RunOptions {
        out: args.out.clone(),
        command: command_line(),
        calibrate: args.calibrate,
        ..RunOptions::default()
    };
    if let Some(out) = joined(&study, args.out.as_ref()) {
        return already_joined(&study, &out, console);
    }
    // Once the page is there too nothing can go wrong any more.
    let how = JoinOptions {
        strict: args.strict,
        keep_parts: true,
    };
    let interrupt = interrupt_of_parts(args.with_parent);
    let record = watch(
        &interrupt,
        &study,
        &str::to_owned,
        console,
        |stop, on_event| join_parts(&study, &options, how, stop, on_event),
    )?;
    let outcome = finish(&study, &record, console)?;
    if !args.keep_parts {
        remove_parts(&record.output_dir);
    }
    Ok(outcome)
}

/// Makes the page where an earlier `join` ended before that.
fn already_joined(study: &Study, out: &Path, console: Console) -> Result<Outcome, Failure> {
    if study.output.report && !out.join(NAME).is_file() {
        write(out, &PageOptions::default()).map_err(Failure::from)?;
    }
    say_joined(out, console);
    Ok(Outcome::Done)
}
