//! A run with progress on standard error, which a signal ends.

use std::sync::atomic::AtomicBool;

use crate::error::Error;
use crate::run::{Event, RunOptions, RunRecord, run as run_study};
use crate::study::Study;
use crate::tile::Geometry;

use super::console::Console;
use super::failure::Failure;
use super::interrupt::{Interrupt, Phase};
use super::progress::Progress;

/// Watches for signals during a run.
pub(super) fn interrupt_of(options: &RunOptions) -> Interrupt {
    let interrupted: fn() -> Error = || Error::Interrupted;
    Interrupt::watch(options.keeps_journal.then_some(interrupted))
}

/// Runs a study with progress on standard error, and stops it at an interrupt; `reword` puts warnings
/// into the words of the command.
pub(super) fn watched(
    study: &Study,
    options: &RunOptions,
    reword: &dyn Fn(&str) -> String,
    console: Console,
) -> Result<RunRecord, Failure> {
    watched_by(&interrupt_of(options), study, options, reword, console)
}

/// The same with an interrupt that is watched already.
pub(super) fn watched_by(
    interrupt: &Interrupt,
    study: &Study,
    options: &RunOptions,
    reword: &dyn Fn(&str) -> String,
    console: Console,
) -> Result<RunRecord, Failure> {
    watch(interrupt, study, reword, console, |stop, on_event| {
        run_study(study, options, stop, on_event)
    })
}

/// Does the work of a run, or of a part of it, with progress on standard error.
pub(super) fn watch<T>(
    interrupt: &Interrupt,
    study: &Study,
    reword: &dyn Fn(&str) -> String,
    console: Console,
    work: impl FnOnce(&AtomicBool, &mut dyn FnMut(Event<'_>)) -> Result<T, Error>,
) -> Result<T, Failure> {
    let mut progress = Progress::new(console, "pixels");
    let done = work(interrupt.stop(), &mut |event| match event {
        Event::Opened => interrupt.enter(Phase::Running),
        Event::Publishing => interrupt.enter(Phase::Publishing),
        Event::Remark(remark) => {
            progress.clear();
            console.remark(&reword(remark));
        }
        Event::Planned { plan, engine } => {
            plan.warnings
                .iter()
                .for_each(|warning| console.warning(&reword(warning)));
            let tiles = plan.tiling.windows.len();
            let inputs = plan
                .chain
                .inputs
                .iter()
                .filter(|input| input.geometry != Geometry::Positions)
                .count();
            console.remark(&format!(
                "{}: {} x {} pixels, {} years, {inputs} input{}, {tiles} tile{}",
                study.name,
                plan.grid.width,
                plan.grid.height,
                study.years.count(),
                if inputs == 1 { "" } else { "s" },
                if tiles == 1 { "" } else { "s" },
            ));
            console.remark(&format!("computing on {engine}"));
        }
        Event::Warning(warning) => console.warning(warning),
        Event::Tile { pixels, of } => progress.set(pixels as u64, of as u64),
        Event::Finishing => progress.clear(),
    });
    progress.clear();
    Ok(done?)
}
