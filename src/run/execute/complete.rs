//! What follows the last tile: maps that need every pixel, tables, what is beside the maps, and the record.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::calibrate::{Calibration, calibration_csv};
use crate::error::Error;
use crate::sinks::Sink;
use crate::study::{Device, Study};

use crate::run::all_missing::check_respiration;
use crate::run::calibration::{CalibrationOptions, calibrate, series_with_trends};
use crate::run::collect::Collectors;
use crate::run::false_discovery::SecondPass;
use crate::run::options::{Event, RunOptions};
use crate::run::outlines::{OUTLINES, outlines};
use crate::run::outputs::RECORD;
use crate::run::plan::Plan;
use crate::run::record::{
    AuditRecord, EngineRecord, FalseDiscoveryRecord, Gathered, PartRecord, Parts, RunRecord,
    Seconds, StoreRecord,
};
use crate::run::styles::write_styles;

/// A run of which every tile is written.
pub(in crate::run) struct Written<'a> {
    pub(in crate::run) study: &'a Study,
    pub(in crate::run) options: &'a RunOptions,
    pub(in crate::run) plan: &'a Plan,
    /// Folder of the outputs.
    pub(in crate::run) out: &'a Path,
    pub(in crate::run) sink: &'a mut dyn Sink,
    pub(in crate::run) second_pass: &'a SecondPass,
    pub(in crate::run) collectors: &'a mut Collectors,
}

/// What was done on the way.
pub(in crate::run) struct Work {
    pub(in crate::run) engine: EngineRecord,
    pub(in crate::run) audit: AuditRecord,
    /// What is known of them before the last tile.
    pub(in crate::run) seconds: Seconds,
    /// When the run began.
    pub(in crate::run) start: Instant,
    /// The parts of a run that was computed in parts.
    pub(in crate::run) parts: Vec<PartRecord>,
    /// The SHA-256 of what these parts are parts of.
    pub(in crate::run) parts_of: Option<String>,
}

/// Makes all that follows the last tile, up to the record. No file has its name yet.
///
/// # Errors
///
/// A result that makes no sense, an input that changed, a full disk, or a stop.
pub(in crate::run) fn complete(
    mut run: Written<'_>,
    work: Work,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<RunRecord, Error> {
    for warning in &work.engine.stats.warnings {
        on_event(Event::Warning(warning));
    }
    on_event(Event::Finishing);
    let mut finished = finish_maps(&mut run, stop)?;
    finished.gathered.warnings.extend(work.audit.warning());
    check_respiration(run.study, &mut finished.gathered)?;
    run.plan.watched.check()?;
    for warning in &finished.gathered.warnings {
        on_event(Event::Warning(warning));
    }
    let (store, store_s) = make_store(run.sink, stop)?;
    let seconds = Seconds {
        compile_shaders: work.engine.stats.compile_s,
        adjust: finished.adjust_s,
        store: store_s,
        total: work.start.elapsed().as_secs_f64(),
        ..work.seconds
    };
    let record = RunRecord::new(Parts {
        study: run.study,
        plan: run.plan,
        options: run.options,
        out: run.out,
        engine: work.engine,
        seconds,
        gathered: finished.gathered,
        tables: finished.tables,
        false_discovery: finished.false_discovery,
        calibration: finished.calibration,
        audit: work.audit,
        computed_in: work.parts,
        computed_of: work.parts_of,
        store,
    });
    let name = run.options.record.unwrap_or(RECORD);
    run.sink.write_text(name, &record.to_json())?;
    unless_stopped(stop)?;
    Ok(record)
}

/// Makes the store of Zarr, where the format has one; with the seconds that it took.
fn make_store(sink: &mut dyn Sink, stop: &AtomicBool) -> Result<(Option<StoreRecord>, f64), Error> {
    let start = Instant::now();
    let made = sink.make_store(stop)?;
    unless_stopped(stop)?;
    let record = made.map(|store| StoreRecord {
        path: store.name,
        arrays: store.arrays,
        files: store.files,
        bytes: store.bytes,
    });
    let seconds = record.as_ref().map(|_| start.elapsed().as_secs_f64());
    Ok((record, seconds.unwrap_or(0.0)))
}

/// Ends a run that was stopped.
pub(in crate::run) fn unless_stopped(stop: &AtomicBool) -> Result<(), Error> {
    if stop.load(Ordering::SeqCst) {
        return Err(Error::Stopped);
    }
    Ok(())
}

/// What computes: as the caller says, else as the study does.
pub(in crate::run) fn device<'a>(study: &'a Study, options: &'a RunOptions) -> &'a Device {
    options.device.as_ref().unwrap_or(&study.engine.device)
}

/// What follows the last tile.
struct Finished {
    gathered: Gathered,
    /// Names of the tables.
    tables: Vec<String>,
    false_discovery: Vec<FalseDiscoveryRecord>,
    calibration: Vec<Calibration>,
    /// Seconds of the second pass.
    adjust_s: f64,
}

/// Makes the maps that need every pixel, and writes the tables.
fn finish_maps(run: &mut Written<'_>, stop: &AtomicBool) -> Result<Finished, Error> {
    let (study, options, plan) = (run.study, run.options, run.plan);
    let (sink, collectors) = (&mut *run.sink, &mut *run.collectors);
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
