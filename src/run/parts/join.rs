//! Makes of all parts the files of the whole run.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::engines::EngineStats;
use crate::engines::cpu::without_threads;
use crate::error::{Error, PartsError};
use crate::run::collect::{Collectors, SeenValues, StateError, loaded};
use crate::run::execute::complete::{Work, Written, complete, unless_stopped};
use crate::run::false_discovery::SecondPass;
use crate::run::journal::Identity;
use crate::run::options::{Event, RunOptions};
use crate::run::outputs::{bytes_on_disk, check_rasters, open_sink};
use crate::run::plan::{Plan, plan};
use crate::run::record::{AuditRecord, EngineRecord, PartRecord, RunRecord, Seconds};
use crate::run::room::check_disk;
use crate::sinks::{FinishedPart, OutputFolder, RasterSink, Sink as _, SinkError};
use crate::study::Study;

use super::cut::Cutting;
use super::folder::PartsFolder;
use super::plan_file::{PartsPlan, out_of};
use super::state::PartState;

/// What a caller may want of the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JoinOptions {
    /// Refuse parts of different devices, which agree within tolerances and not bit by bit.
    pub strict: bool,
    /// Leave the parts when all files have their names.
    pub keep_parts: bool,
}

/// Makes the files of a run of all its parts: the very bytes that an undivided run leaves.
///
/// # Errors
///
/// Parts are missing, damaged or of another run; an input changed; as [`run`](crate::run::run()). All parts are left.
pub fn join(
    study: &Study,
    options: &RunOptions,
    how: JoinOptions,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<RunRecord, Error> {
    let start = Instant::now();
    let out = out_of(study, options.out.as_ref());
    let folder = PartsFolder::of(&out);
    let planned = all_there(study, &folder, &out)?;
    let plan = plan(study, options.tile)?;
    let identity = Identity::of_parts(study, &plan);
    planned.check(&identity, &folder)?;
    planned.check_blocks(&plan.tiling.blocks, &folder)?;
    let parts =
        open_parts(&folder, &planned, &identity).map_err(|error| of_part(error, &planned, &out))?;
    let devices = devices_of(&parts);
    if how.strict && devices.len() > 1 {
        let of_part = |(index, (_, state)): (usize, &(FinishedPart, PartState))| {
            let device = without_threads(&state.record.device).to_owned();
            (!device.is_empty()).then(|| (folder.part(index), device))
        };
        let parts = parts.iter().enumerate().filter_map(of_part).collect();
        return Err(PartsError::Devices { parts }.into());
    }
    check_rasters(study, &plan, &out)?;
    on_event(Event::Opened);
    unless_stopped(stop)?;
    if let Some(warning) = check_disk(bytes_on_disk(study, &plan), &out)? {
        on_event(Event::Warning(&warning));
    }
    let mut output = OutputFolder::claim(&out)?;
    if output.has_leftovers() {
        let dir = out.display();
        let removed = format!("what an unfinished run left in {dir} is removed");
        on_event(Event::Remark(&removed));
    }
    output.start_anew(&[])?;
    let mut sink = open_sink(study, &plan, output, None)?;
    let second_pass = SecondPass::new(&plan, &mut sink)?;
    let mut collectors = Collectors::new(study, &plan, sink.scratch_folder(), None);
    on_event(Event::Planned {
        plan: &plan,
        engine: &format!("{} parts: {}", planned.parts, devices.join(", ")),
    });
    let prepare = start.elapsed().as_secs_f64();
    let joined = put_together(&plan, parts, &mut sink, &mut collectors, stop, on_event)
        .map_err(|error| of_part(error, &planned, &out))?;
    // What is calibrated at the end is computed by what computed the parts.
    let options = &RunOptions {
        device: options.device.clone().or_else(|| Some(planned.device())),
        ..options.clone()
    };
    joined.seen.error(study, &plan).map_or(Ok(()), Err)?;
    let work = joined.into_work(start, prepare, &devices, &identity);
    let written = Written {
        study,
        options,
        plan: &plan,
        out: &out,
        sink: &mut sink,
        second_pass: &second_pass,
        collectors: &mut collectors,
    };
    let record = complete(written, work, stop, on_event)?;
    on_event(Event::Publishing);
    let files = Box::new(sink).finish()?;
    if !how.keep_parts {
        folder.remove();
    }
    Ok(record.with_files(&files, start.elapsed()))
}

/// Removes the parts from a folder of outputs.
pub fn remove_parts(out: &Path) {
    PartsFolder::of(out).remove();
}

/// The plan of the study in a folder, of which all parts are whole.
fn all_there(study: &Study, folder: &PartsFolder, out: &Path) -> Result<PartsPlan, PartsError> {
    folder.remove_leftovers();
    let dir = out.to_owned();
    let planned = PartsPlan::read(folder)?;
    let Some(planned) = planned else {
        return Err(PartsError::NoPlan { dir });
    };
    planned.check_study(study, folder)?;
    let is_missing = |part: &usize| !folder.is_whole(*part);
    let missing: Vec<usize> = (0..planned.parts).filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(planned);
    }
    let of = planned.parts;
    Err(PartsError::Missing { dir, missing, of })
}

/// The parts in their order, each of this run and with the blocks that the plan gives it.
fn open_parts(
    folder: &PartsFolder,
    planned: &PartsPlan,
    identity: &Identity,
) -> Result<Vec<(FinishedPart, PartState)>, Error> {
    let blocks = planned.blocks.iter().enumerate();
    let parts = blocks.map(|(index, blocks)| {
        let part = FinishedPart::open(&folder.part(index))?;
        let damaged = |error: String| part.damaged(error);
        let was: Identity = loaded(part.identity()).map_err(|error| damaged(error.to_string()))?;
        // The plan is that of this study, and a part begins with comparing itself with the plan.
        if identity.difference(&was).is_some() {
            let what = "what it says of its study and inputs is not what the plan says".to_owned();
            return Err(damaged(what).into());
        }
        let state: PartState = loaded(part.run()).map_err(|error| damaged(error.to_string()))?;
        if state.blocks != *blocks {
            let what = "it has other blocks than the plan gives it".to_owned();
            return Err(damaged(what).into());
        }
        Ok((part, state))
    });
    parts.collect()
}

/// What computed the parts, each once, without the number of its threads.
fn devices_of(parts: &[(FinishedPart, PartState)]) -> Vec<String> {
    let names = parts.iter().map(|(_, state)| state.record.device.as_str());
    let names = names.filter(|name| !name.is_empty()).map(without_threads);
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().map(str::to_owned).collect()
}

/// An error of a damaged part with its number, and the command that computes it again.
fn of_part(error: Error, planned: &PartsPlan, out: &Path) -> Error {
    let Error::Sink(SinkError::Part { dir, reason }) = error else {
        return error;
    };
    let folder = PartsFolder::of(out);
    let part = (0..planned.parts).find(|index| folder.part(*index) == dir);
    let Some(part) = part else {
        return SinkError::Part { dir, reason }.into();
    };
    let (of, out) = (planned.parts, out.to_owned());
    PartsError::Damaged {
        part,
        of,
        dir,
        out,
        reason,
    }
    .into()
}

/// A part is damaged, or the disk of the outputs is full.
fn not_merged(part: &FinishedPart, scratch: &Path, error: &StateError) -> SinkError {
    use std::io::ErrorKind::{InvalidData, NotFound};
    match error {
        StateError::File(of_file) if !matches!(of_file.kind(), InvalidData | NotFound) => {
            SinkError::Write {
                path: scratch.to_owned(),
                reason: error.to_string(),
            }
        }
        _ => part.damaged(error.to_string()),
    }
}

fn mixture(devices: &[String]) -> String {
    format!(
        "the parts were computed by different devices: {}; their values agree within tolerances and not bit by bit",
        devices.join(", ")
    )
}

/// All that the parts have gathered.
struct Joined {
    engine: EngineRecord,
    audit: AuditRecord,
    seen: SeenValues,
    seconds: Seconds,
    parts: Vec<PartRecord>,
}

impl Joined {
    fn into_work(
        mut self,
        start: Instant,
        prepare_s: f64,
        devices: &[String],
        identity: &Identity,
    ) -> Work {
        if devices.len() > 1 {
            self.engine.stats.warnings.push(mixture(devices));
        }
        Work {
            engine: self.engine,
            audit: self.audit,
            seconds: Seconds {
                prepare: prepare_s,
                ..self.seconds
            },
            start,
            parts: self.parts,
            parts_of: Some(identity.sha256()),
        }
    }
}

/// Puts the blocks of all parts into the files of the run, and adds up what they have gathered.
fn put_together(
    plan: &Plan,
    parts: Vec<(FinishedPart, PartState)>,
    sink: &mut RasterSink,
    collectors: &mut Collectors,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Joined, Error> {
    let of = plan.grid.window().n_pixels();
    let (mut pixels, mut readers) = (0, Vec::new());
    let mut names: Vec<String> = Vec::new();
    let mut joined = Joined {
        engine: EngineRecord {
            name: String::new(),
            reason: String::new(),
            stats: EngineStats::default(),
        },
        audit: AuditRecord::default(),
        seen: SeenValues::new(&plan.chain),
        seconds: Seconds::default(),
        parts: Vec::new(),
    };
    let cutting = Cutting::new(&plan.tiling);
    for (part, state) in parts {
        unless_stopped(stop)?;
        let tiles = cutting.tiles_of(state.blocks);
        sink.take_part(&part, &tiles)?;
        let merged = collectors.merge(&state.run.collectors, part.scratch_folder());
        merged.map_err(|error| not_merged(&part, sink.scratch_folder(), &error))?;
        joined.audit.add(state.run.audit);
        joined
            .seen
            .restore(&state.run.seen, plan.tiling.windows.len());
        readers.push(state.run.reader);
        let device = state.record.device.clone();
        if !device.is_empty() && !names.contains(&device) {
            if names.is_empty() {
                joined.engine.reason.clone_from(&state.engine.reason);
            }
            names.push(device);
        }
        state.engine.add_to(&mut joined.engine.stats);
        let [read, compute, write] = state.busy_s;
        joined.seconds.read += read;
        joined.seconds.compute += compute;
        joined.seconds.write += write;
        joined.parts.push(state.record);
        pixels += tiles
            .iter()
            .map(crate::grid::Window::n_pixels)
            .sum::<usize>();
        on_event(Event::Tile { pixels, of });
    }
    joined.engine.name = names.join("; ");
    plan.stacks.reader_of(&plan.chain.inputs)?.merge(&readers);
    Ok(joined)
}
