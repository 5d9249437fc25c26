//! A run from its study to its files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::calibrate::{Calibration, calibration_csv};
use crate::engines::{Engine, open_engine_with_faults};
use crate::error::Error;
use crate::grid::Window;
use crate::pipeline::{self, Busy, Ended};
use crate::sinks::Sink;
use crate::sources::GdalReader;
use crate::study::{Device, Study};
use crate::tile::Tile;

use super::all_missing::check_respiration;
use super::audit::Audit;
use super::calibration::{CalibrationOptions, calibrate, series_with_trends};
use super::collect::{Collectors, OtherMapTables, SeenValues};
use super::computing::Computing;
use super::false_discovery::SecondPass;
use super::options::{Event, RunOptions};
use super::outlines::{OUTLINES, outlines};
use super::outputs::{RECORD, open_sink, write_tile};
use super::plan::{Plan, plan};
use super::record::{
    AuditRecord, EngineRecord, FalseDiscoveryRecord, Gathered, Parts, RunRecord, Seconds,
};
use super::room::check_disk;
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
    let (busy, audit) = stream(study, &mut run, stop, on_event)?;
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
    let files = run.sink.finish()?;
    Ok(record.with_files(&files, start.elapsed()))
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
    if stop.load(Ordering::SeqCst) {
        return Err(Error::Stopped);
    }
    if let Some(warning) = check_disk(&plan.chain, plan.grid.window().n_pixels(), &out)? {
        on_event(Event::Warning(&warning));
    }
    let mut sink = open_sink(study, &plan, &out)?;
    let second_pass = SecondPass::new(&plan, &mut *sink)?;
    on_event(Event::Planned {
        plan: &plan,
        engine: &format!("{}: {why}", engine.name()),
    });
    let other_maps = OtherMapTables::open(&options.other_maps, &plan)?;
    Ok(Prepared {
        collectors: Collectors::new(study, &plan, &out, other_maps),
        plan,
        engine,
        why,
        out,
        sink,
        second_pass,
    })
}

fn device<'a>(study: &'a Study, options: &'a RunOptions) -> &'a Device {
    options.device.as_ref().unwrap_or(&study.engine.device)
}

/// Reads, computes and writes every tile, and audits some pixels.
fn stream(
    study: &Study,
    run: &mut Prepared,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<(Busy, AuditRecord), Error> {
    let plan = &run.plan;
    let (engine, sink, collectors) = (&mut run.engine, &mut run.sink, &mut run.collectors);
    let of = plan.grid.window().n_pixels();
    let mut pixels = 0;
    let mut seen = SeenValues::new(&plan.chain);
    let mut audit = Audit::new(&plan.chain, of);
    let scratch = run.second_pass.scratch();
    let busy = pipeline::run(
        &plan.tiling.windows,
        reader(plan, &run.out)?,
        &mut Computing::new(&plan.chain, engine.as_mut(), &mut seen, Some(&mut audit)),
        plan.tiles_in_flight,
        |computed| {
            let tile = TileView::new(&plan.chain, computed);
            let (written, ()) = rayon::join(
                || write_tile(&mut **sink, &tile, tile.window(), scratch),
                || collectors.take(plan, &tile),
            );
            written?;
            pixels += tile.window().n_pixels();
            on_event(Event::Tile { pixels, of });
            Ok(())
        },
        stop,
    );
    let busy = busy.map_err(|ended| match ended {
        Ended::Failed(error) => error,
        Ended::Stopped => Error::Stopped,
    })?;
    let found = (busy, audit.into_record());
    seen.error(study, plan).map_or(Ok(found), Err)
}

/// Reads a window, in the memory of a used tile where there is one. Decoded blocks are kept in the folder of the outputs.
fn reader(
    plan: &Plan,
    out: &Path,
) -> Result<impl FnMut(Window, Option<Tile>) -> Result<Tile, Error> + Send + use<>, Error> {
    let reader = plan.stacks.reader_of(&plan.chain.inputs)?;
    let mut reader: GdalReader = reader.for_run(out);
    Ok(move |window, used| reader.read_into(window, used).map_err(Error::from))
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
    let mut tables = Vec::new();
    let is_wanted = |name: &str| options.tables.is_none_or(|wanted| wanted.contains(&name));
    let all = collectors.tables(plan).into_iter();
    for table in all.filter(|table| is_wanted(table.name)) {
        sink.write_text(table.name, &table.text)?;
        tables.push(table.name.to_owned());
    }
    // Before a calibration reads some pixels once more: readers count what they read.
    let mut gathered = collectors.gathered(plan);
    if is_wanted(OUTLINES) {
        let outlines = outlines(study, plan);
        gathered.notes.extend(outlines.notes);
        if let Some(text) = outlines.geojson {
            sink.write_text(OUTLINES, &text)?;
            tables.push(OUTLINES.to_owned());
        }
    }
    let calibration = calibrate_tests(study, options, plan)?;
    if !calibration.is_empty() {
        let name = "tables/calibration.csv";
        sink.write_text(name, &calibration_csv(&calibration))?;
        tables.push(name.to_owned());
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
