//! A run from its study to its files.

pub(super) mod complete;
pub(super) mod stream;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::engines::{Engine, open_engine_with_faults};
use crate::error::Error;
use crate::sinks::{Sink, SinkError};
use crate::sources::SourceError;
use crate::study::Study;

use super::collect::{Collectors, OtherMapTables};
use super::false_discovery::SecondPass;
use super::journal::{Begun, RunState, begin};
use super::options::{Event, RunOptions};
use super::outputs::{bytes_on_disk, check_rasters, open_sink};
use super::plan::{Plan, plan};
use super::record::{EngineRecord, RunRecord, Seconds};
use super::room::check_disk;
use complete::{Work, Written, complete, device, unless_stopped};
use stream::{Streamed, Streaming};

/// Runs `study` and leaves its files in the output folder, or nothing.
///
/// # Arguments
///
/// * `stop` - set to true from outside, ends the run before the next tile.
/// * `on_event` - gets what happens on the way.
///
/// # Errors
///
/// See [`Error`]; each has the exit code of the command.
pub fn run(
    study: &Study,
    options: &RunOptions,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<RunRecord, Error> {
    let start = Instant::now();
    let mut run = prepare(study, options, stop, on_event)?;
    let prepare_s = start.elapsed().as_secs_f64();
    let streamed = stream(options, &mut run, stop, on_event);
    let made = streamed.and_then(|streamed| {
        let Streamed { busy, seen, .. } = streamed;
        seen.error(study, &run.plan).map_or(Ok(()), Err)?;
        let work = Work {
            engine: EngineRecord::of(&*run.engine, &run.why),
            audit: streamed.audit,
            seconds: Seconds {
                prepare: prepare_s,
                read: busy.read_s,
                compute: busy.compute_s,
                write: busy.write_s,
                ..Seconds::default()
            },
            start,
            parts: Vec::new(),
            parts_of: None,
        };
        let written = Written {
            study,
            options,
            plan: &run.plan,
            out: &run.out,
            sink: &mut *run.sink,
            second_pass: &run.second_pass,
            collectors: &mut run.collectors,
        };
        complete(written, work, stop, on_event)
    });
    let record = made.map_err(|error| ended_early(&mut run, error, on_event))?;
    on_event(Event::Publishing);
    let files = run.sink.finish()?;
    Ok(record.with_files(&files, start.elapsed()))
}

/// Reads, computes and writes every tile that is not written yet.
fn stream(
    options: &RunOptions,
    run: &mut Prepared,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Streamed, Error> {
    let streaming = Streaming {
        options,
        plan: &run.plan,
        engine: &mut *run.engine,
        sink: &mut *run.sink,
        collectors: &mut run.collectors,
        scratch: run.second_pass.scratch(),
        out: &run.out,
        kept: &mut run.kept,
    };
    streaming.run(run.state.take(), stop, on_event)
}

/// An end before everything is complete: what is kept can be gone on with, unless it would end so again.
fn ended_early(run: &mut Prepared, error: Error, on_event: &mut dyn FnMut(Event<'_>)) -> Error {
    let (tiles, of) = (run.kept, run.plan.tiling.windows.len());
    let may_pass = match &error {
        // A mask without a pixel has none the next time.
        Error::Source(SourceError::Mask { .. }) => false,
        Error::Stopped | Error::Source(_) | Error::Sink(_) | Error::Engine(_) => true,
        _ => false,
    };
    if tiles == 0 || !may_pass {
        run.sink.forget();
        return error;
    }
    if let Error::Stopped = error {
        return Error::Paused { tiles, of };
    }
    on_event(Event::Remark(&format!(
        "{tiles} of {of} tiles are kept; the same command with --resume goes on from there"
    )));
    error
}

/// A run with everything opened.
struct Prepared {
    plan: Plan,
    engine: Box<dyn Engine>,
    /// Why it is this engine.
    why: String,
    /// Folder of the outputs.
    out: PathBuf,
    sink: Box<dyn Sink>,
    second_pass: SecondPass,
    collectors: Collectors,
    /// Tiles that are written and kept, whatever happens.
    kept: usize,
    /// What another run knew that this one goes on from.
    state: Option<RunState>,
}

/// Plans the run, then opens engine and outputs.
fn prepare(
    study: &Study,
    options: &RunOptions,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Prepared, Error> {
    let plan = plan(study, options.tile)?;
    let (engine, why) = open_engine_with_faults(
        device(study, options),
        Arc::clone(&plan.chain),
        plan.device_bytes,
        &options.device_faults,
    )?;
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| study.resolve(&study.output.dir));
    on_event(Event::Opened);
    unless_stopped(stop)?;
    check_rasters(study, &plan, &out)?;
    if let Some(warning) = check_disk(bytes_on_disk(study, &plan), &out)? {
        on_event(Event::Warning(&warning));
    }
    let Begun { folder, unfinished } =
        begin(study, &plan, options, &out, &engine.name(), on_event)?;
    let (unfinished, state) = unfinished.unzip();
    let kept = unfinished.as_ref().map_or(0, |unfinished| unfinished.tiles);
    let mut sink = open_sink(study, &plan, folder, unfinished)?;
    let second_pass = SecondPass::new(&plan, &mut sink)?;
    on_event(Event::Planned {
        plan: &plan,
        engine: &format!("{}: {why}", engine.name()),
    });
    let other_maps = OtherMapTables::open(&options.other_maps, &plan)?;
    let mut collectors = Collectors::new(study, &plan, sink.scratch_folder(), other_maps);
    if let Some(state) = &state {
        let restored = collectors.restore(&state.collectors);
        restored.map_err(|error| SinkError::Journal {
            path: out.clone(),
            reason: error.to_string(),
        })?;
    }
    Ok(Prepared {
        plan,
        engine,
        why,
        out,
        sink: Box::new(sink),
        second_pass,
        collectors,
        kept,
        state,
    })
}
