//! A run from its study to its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use crate::calibrate::{Calibration, calibration_csv};
use crate::engines::{Engine, open_engine_with_faults};
use crate::error::Error;
use crate::grid::Window;
use crate::pipeline::{self, Busy, Ended};
use crate::sinks::{Sink, SinkError};
use crate::sources::SourceError;
use crate::sources::{GdalReader, ReaderState};
use crate::study::{Device, Study};
use crate::tile::Tile;

use super::all_missing::check_respiration;
use super::audit::Audit;
use super::calibration::{CalibrationOptions, calibrate, series_with_trends};
use super::collect::{Collectors, OtherMapTables, SeenValues};
use super::computing::Computing;
use super::false_discovery::SecondPass;
use super::journal::{Begun, Keeper, RunState, begin};
use super::options::{Event, RunOptions};
use super::outlines::{OUTLINES, outlines};
use super::outputs::{RECORD, check_rasters, open_sink, write_tile};
use super::plan::{Plan, plan};
use super::record::{
    AuditRecord, EngineRecord, FalseDiscoveryRecord, Gathered, Parts, RunRecord, Seconds,
};
use super::room::check_disk;
use super::styles::write_styles;
use super::tile::TileView;

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
    let made = stream(study, options, &mut run, stop, on_event).and_then(|(busy, audit)| {
        let engine = EngineRecord::of(&*run.engine, &run.why);
        for warning in &engine.stats.warnings {
            on_event(Event::Warning(warning));
        }
        on_event(Event::Finishing);
        let mut finished = finish_maps(study, options, &mut run, stop)?;
        finished.gathered.warnings.extend(audit.warning());
        finished.audit = audit;
        check_respiration(study, &mut finished.gathered)?;
        run.plan.watched.check()?;
        for warning in &finished.gathered.warnings {
            on_event(Event::Warning(warning));
        }
        let seconds = Seconds {
            prepare: prepare_s,
            compile_shaders: engine.stats.compile_s,
            read: busy.read_s,
            compute: busy.compute_s,
            write: busy.write_s,
            adjust: finished.adjust_s,
            total: start.elapsed().as_secs_f64(),
        };
        let record = record(study, options, &run, engine, finished, seconds);
        let name = options.record.unwrap_or(RECORD);
        run.sink.write_text(name, &record.to_json())?;
        unless_stopped(stop)?;
        Ok(record)
    });
    let record = made.map_err(|error| ended_early(&mut run, error, on_event))?;
    on_event(Event::Publishing);
    let files = run.sink.finish()?;
    Ok(record.with_files(&files, start.elapsed()))
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

fn unless_stopped(stop: &AtomicBool) -> Result<(), Error> {
    if stop.load(Ordering::SeqCst) {
        return Err(Error::Stopped);
    }
    Ok(())
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
    if let Some(warning) = check_disk(&plan.chain, plan.grid.window().n_pixels(), &out)? {
        on_event(Event::Warning(&warning));
    }
    let Begun { folder, unfinished } =
        begin(study, &plan, options, &out, &engine.name(), on_event)?;
    let (unfinished, state) = unfinished.unzip();
    let kept = unfinished.as_ref().map_or(0, |unfinished| unfinished.tiles);
    let mut sink = open_sink(study, &plan, folder, unfinished)?;
    let second_pass = SecondPass::new(&plan, &mut *sink)?;
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
        sink,
        second_pass,
        collectors,
        kept,
        state,
    })
}

fn device<'a>(study: &'a Study, options: &'a RunOptions) -> &'a Device {
    options.device.as_ref().unwrap_or(&study.engine.device)
}

/// Reads, computes and writes every tile that is not written yet, and audits some pixels.
fn stream(
    study: &Study,
    options: &RunOptions,
    run: &mut Prepared,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Busy, AuditRecord), Error> {
    let plan = &run.plan;
    let (engine, sink, collectors) = (&mut run.engine, &mut *run.sink, &mut run.collectors);
    let (done, windows) = plan.tiling.windows.split_at(run.kept);
    let of = plan.grid.window().n_pixels();
    let mut pixels = done.iter().map(Window::n_pixels).sum();
    let mut seen = SeenValues::new(&plan.chain);
    let mut audited = AuditRecord::default();
    let mut audit = Audit::new(&plan.chain, of);
    let state = run.state.take();
    let state = state.map(|state| {
        seen.restore(&state.seen, done.len());
        audited = state.audit;
        state.reader
    });
    let scratch = run.second_pass.scratch();
    let (to_keeper, readers) = channel();
    let reader = reader(plan, &run.out, state.as_ref(), to_keeper)?;
    let tiles = [done.len(), plan.tiling.windows.len()];
    let mut keeper = Keeper::new(options, tiles, state.unwrap_or_default(), readers);
    let ended = pipeline::run(
        windows,
        reader,
        &mut Computing::new(&plan.chain, engine.as_mut(), &seen, Some(&mut audit)),
        plan.tiles_in_flight,
        |computed| {
            keeper.begins();
            let tile = TileView::new(&plan.chain, computed);
            audited.add(computed.audit.clone());
            let (written, ()) = rayon::join(
                || write_tile(&mut *sink, &tile, tile.window(), scratch),
                || collectors.take(plan, &tile),
            );
            written?;
            keeper.written(sink, collectors, &seen, &audited)?;
            pixels += tile.window().n_pixels();
            on_event(Event::Tile { pixels, of });
            Ok(())
        },
        stop,
    );
    let kept = keeper.last(sink, collectors, &seen, &audited);
    run.kept = keeper.kept();
    let busy = ended.map_err(|ended| match ended {
        Ended::Failed(error) => error,
        Ended::Stopped => Error::Stopped,
    })?;
    kept?;
    seen.error(study, plan).map_or(Ok((busy, audited)), Err)
}

/// Reads a window, in the memory of a used tile where there is one. Decoded blocks are kept in the folder of the outputs.
///
/// # Arguments
///
/// * `state` - what another reader knew after the windows before.
/// * `to_keeper` - gets what this one knows after each window.
fn reader(
    plan: &Plan,
    out: &Path,
    state: Option<&ReaderState>,
    to_keeper: Sender<ReaderState>,
) -> Result<impl FnMut(Window, Option<Tile>) -> Result<Tile, Error> + Send + use<>, Error> {
    let reader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let mut reader: GdalReader = reader.for_run(out);
    if let Some(state) = state {
        reader.restore(state)?;
    }
    Ok(move |window, used| {
        let tile = reader.read_into(window, used)?;
        // Once nothing is written any more nobody asks for it.
        let _ = to_keeper.send(reader.state());
        Ok(tile)
    })
}

/// What follows the last tile.
struct Finished {
    gathered: Gathered,
    /// Names of the tables.
    tables: Vec<String>,
    false_discovery: Vec<FalseDiscoveryRecord>,
    calibration: Vec<Calibration>,
    audit: AuditRecord,
    /// Seconds of the second pass.
    adjust_s: f64,
}

/// Makes the maps that need every pixel, and writes the tables.
fn finish_maps(
    study: &Study,
    options: &RunOptions,
    run: &mut Prepared,
    stop: &AtomicBool,
) -> Result<Finished, Error> {
    let (plan, sink, collectors) = (&run.plan, &mut *run.sink, &mut run.collectors);
    let start = Instant::now();
    let false_discovery = run.second_pass.finish(plan, sink, collectors, stop)?;
    let adjust_s = start.elapsed().as_secs_f64();
    collectors.finish(plan)?;
    unless_stopped(stop)?;
    let mut tables = Vec::new();
    let is_wanted = |name: &str| options.tables.is_none_or(|wanted| wanted.contains(&name));
    let all = collectors.tables(plan).into_iter();
    for table in all.filter(|table| is_wanted(table.name)) {
        sink.write_text(table.name, &table.text)?;
        tables.push(table.name.to_owned());
    }
    unless_stopped(stop)?;
    // Before a calibration reads some pixels once more: readers count what they read.
    let mut gathered = collectors.gathered(plan);
    let mut zones = None;
    if is_wanted(OUTLINES) {
        let outlines = outlines(study, plan);
        gathered.notes.extend(outlines.notes);
        if let Some(text) = outlines.geojson {
            sink.write_text(OUTLINES, &text)?;
            tables.push(OUTLINES.to_owned());
            zones = Some(text);
        }
    }
    let calibration = calibrate_tests(study, options, plan)?;
    if !calibration.is_empty() {
        let name = "tables/calibration.csv";
        sink.write_text(name, &calibration_csv(&calibration))?;
        tables.push(name.to_owned());
    }
    if options.tables.is_none() {
        write_styles(study, plan, &gathered, &tables, zones.as_deref(), sink)?;
    }
    Ok(Finished {
        gathered,
        tables,
        false_discovery,
        calibration,
        audit: AuditRecord::default(),
        adjust_s,
    })
}

/// Measures the tests of trend on series like those of the study, where that is asked for.
fn calibrate_tests(
    study: &Study,
    options: &RunOptions,
    plan: &Plan,
) -> Result<Vec<Calibration>, Error> {
    if !study.trend.calibrate && !options.calibrate {
        return Ok(Vec::new());
    }
    let (of, device) = (series_with_trends(plan), device(study, options));
    calibrate(study, plan, &of, device, &CalibrationOptions::default())
}

/// The record of a run whose files are about to get their names.
fn record(
    study: &Study,
    options: &RunOptions,
    run: &Prepared,
    engine: EngineRecord,
    finished: Finished,
    seconds: Seconds,
) -> RunRecord {
    RunRecord::new(Parts {
        study,
        plan: &run.plan,
        options,
        out: &run.out,
        engine,
        seconds,
        gathered: finished.gathered,
        tables: finished.tables,
        false_discovery: finished.false_discovery,
        calibration: finished.calibration,
        audit: finished.audit,
    })
}
