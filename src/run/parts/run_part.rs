//! Computes a part of a run.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::engines::open_engine_with_faults;
use crate::error::{Error, PartsError};
use crate::grid::Window;
use crate::run::collect::{Collectors, StateError, saved};
use crate::run::execute::complete::unless_stopped;
use crate::run::execute::stream::Streaming;
use crate::run::false_discovery::SecondPass;
use crate::run::journal::{Identity, RunState};
use crate::run::options::{Event, RunOptions};
use crate::run::outputs::{check_rasters, open_sink_of_part};
use crate::run::plan::{Plan, plan, plan_again};
use crate::run::record::PartRecord;
use crate::run::room::{check_disk, output_bytes};
use crate::sinks::{OutputFolder, RasterSink, SinkError};
use crate::study::Study;

use super::attempt::Attempt;
use super::cut::Cutting;
use super::folder::PartsFolder;
use super::host::host_name;
use super::part::Part;
use super::plan_file::{PartsPlan, out_of};
use super::split::{make_plan, other_number};
use super::state::{PartEngine, PartState};

/// What became of a part.
#[derive(Clone, Debug, PartialEq)]
pub enum Computed {
    /// It was there already.
    AlreadyThere,
    /// It was computed.
    Done {
        /// Its pixels; 0 where there are more parts than blocks.
        pixels: usize,
        /// Seconds from start to end.
        seconds: f64,
    },
}

/// Computes a part of a study into a folder of its own beside the outputs. Without a plan of all parts it makes one.
///
/// The part is there as a whole or not at all, whatever ends the process, and may be computed again and by several at once:
/// the first counts.
///
/// # Arguments
///
/// * `stop`, `on_event` - as for [`run`](crate::run::run()).
///
/// # Errors
///
/// As [`run`](crate::run::run()); the parts in the folder are those of another run. `doline status` shows the error.
pub fn run_part(
    study: &Study,
    options: &RunOptions,
    part: Part,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Computed, Error> {
    let out = out_of(study, options.out.as_ref());
    let folder = PartsFolder::of(&out);
    let computed = run_in(study, options, part, &folder, stop, on_event);
    if let Err(error) = &computed {
        note_failure(&folder, part, error);
    }
    computed
}

fn run_in(
    study: &Study,
    options: &RunOptions,
    part: Part,
    folder: &PartsFolder,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Computed, Error> {
    let start = Instant::now();
    let known = known_plan(study, part, folder)?;
    if known.is_some() && folder.is_whole(part.index) {
        return Ok(Computed::AlreadyThere);
    }
    let mut plan = match &known {
        Some(_) => plan_again(study, options.tile)?,
        None => plan(study, options.tile)?,
    };
    check_rasters(
        study,
        &plan,
        folder.path().parent().unwrap_or(folder.path()),
    )?;
    let identity = Identity::of_parts(study, &plan);
    let planned = match known {
        Some(known) => {
            known.check(&identity, folder)?;
            known.check_blocks(&plan.tiling.blocks, folder)?;
            known
        }
        None => make_plan(study, options, &plan, identity.clone(), part.of, folder)?,
    };
    let blocks = planned.blocks[part.index];
    plan.tiling.windows = Cutting::new(&plan.tiling).tiles_of(blocks);
    let pixels = plan.tiling.windows.iter().map(Window::n_pixels).sum();
    on_event(Event::Opened);
    unless_stopped(stop)?;
    if let Some(warning) = check_disk(output_bytes(&plan.chain, pixels), folder.path())? {
        on_event(Event::Warning(&warning));
    }
    let attempt = Attempt::begin(folder, part.index)?;
    let mut sink = Opened::new(study, &plan, attempt.dir(), &identity)?;
    let mut state = sink.compute(study, options, &planned, &plan, stop, on_event)?;
    (state.blocks, state.record.part) = (blocks, part.index);
    state.record.seconds = start.elapsed().as_secs_f64();
    plan.watched.check()?;
    unless_stopped(stop)?;
    on_event(Event::Publishing);
    let tiles = plan.tiling.windows.len();
    let bytes = saved(&state).map_err(|error| unsaved(attempt.dir(), &error))?;
    let is_first = sink
        .sink
        .finish_part(tiles, bytes, &folder.part(part.index))?;
    attempt.end();
    // A failure of another process is of no interest any more.
    let _ = fs::remove_file(folder.failure(part.index));
    Ok(if is_first {
        let seconds = state.record.seconds;
        Computed::Done { pixels, seconds }
    } else {
        Computed::AlreadyThere
    })
}

/// The plan in a folder of parts, which must be one of this study and number of parts.
fn known_plan(
    study: &Study,
    part: Part,
    folder: &PartsFolder,
) -> Result<Option<PartsPlan>, PartsError> {
    let known = PartsPlan::read(folder)?;
    if let Some(known) = &known {
        known.check_study(study, folder)?;
        if known.parts != part.of {
            return Err(other_number(known.parts, part.of));
        }
    }
    Ok(known)
}

/// The files of a part.
struct Opened {
    sink: RasterSink,
    second_pass: SecondPass,
}

impl Opened {
    fn new(study: &Study, plan: &Plan, dir: &Path, identity: &Identity) -> Result<Self, Error> {
        let mut output = OutputFolder::claim(dir)?;
        output.start_anew(&saved(identity).map_err(|error| unsaved(dir, &error))?)?;
        let mut sink = open_sink_of_part(study, plan, output)?;
        let second_pass = SecondPass::new(plan, &mut sink)?;
        Ok(Self { sink, second_pass })
    }

    /// Computes all tiles of the part.
    fn compute(
        &mut self,
        study: &Study,
        options: &RunOptions,
        planned: &PartsPlan,
        plan: &Plan,
        stop: &AtomicBool,
        on_event: &mut dyn FnMut(Event<'_>),
    ) -> Result<PartState, Error> {
        let scratch = crate::sinks::Sink::scratch_folder(&self.sink).to_owned();
        let mut collectors = Collectors::new(study, plan, &scratch, None);
        let mut record = record_of(plan);
        if plan.tiling.windows.is_empty() {
            let collectors = state_of(&mut collectors, &scratch)?;
            return Ok(PartState::without_a_tile(plan, collectors, record));
        }
        let device = options.device.clone().unwrap_or_else(|| planned.device());
        let (mut engine, why) = open_engine_with_faults(
            &device,
            Arc::clone(&plan.chain),
            plan.device_bytes,
            &options.device_faults,
        )?;
        let is_as_planned = options.device.is_none() && !planned.reason.is_empty();
        let why = if is_as_planned { &planned.reason } else { &why };
        let name = engine.name();
        on_event(Event::Planned {
            plan,
            engine: &format!("{name}: {why}"),
        });
        let streaming = Streaming {
            options,
            plan,
            engine: &mut *engine,
            sink: &mut self.sink,
            collectors: &mut collectors,
            scratch: self.second_pass.scratch(),
            out: &scratch,
            kept: &mut 0,
        };
        let streamed = streaming.run(None, stop, on_event)?;
        record.device = engine.name();
        let busy = streamed.busy;
        Ok(PartState {
            blocks: [0; 2],
            run: RunState {
                seen: streamed.seen.state(),
                audit: streamed.audit,
                reader: streamed.reader,
                collectors: state_of(&mut collectors, &scratch)?,
            },
            engine: PartEngine::new(engine.report(), why),
            busy_s: [busy.read_s, busy.compute_s, busy.write_s],
            record,
        })
    }
}

/// The record of a part that is begun.
fn record_of(plan: &Plan) -> PartRecord {
    PartRecord {
        part: 0,
        device: String::new(),
        host: host_name(),
        tiles: plan.tiling.windows.len(),
        seconds: 0.0,
    }
}

/// What collectors have gathered, with the files in which they keep pixels on the disk.
fn state_of(collectors: &mut Collectors, scratch: &Path) -> Result<Vec<Vec<u8>>, SinkError> {
    let state = collectors.state(true);
    state.map_err(|error| unsaved(scratch, &error))
}

fn unsaved(dir: &Path, error: &StateError) -> SinkError {
    SinkError::Write {
        path: dir.to_owned(),
        reason: error.to_string(),
    }
}

/// Leaves a note for `doline status`. Where it cannot be written the part is missing, which says as much.
fn note_failure(folder: &PartsFolder, part: Part, error: &Error) {
    // That a process is one of another run says nothing of this one.
    if let Error::Parts(PartsError::OtherRun { .. } | PartsError::Number { .. }) = error {
        return;
    }
    if folder.path().is_dir() && !folder.is_whole(part.index) {
        let _ = fs::write(folder.failure(part.index), error.to_string());
    }
}
