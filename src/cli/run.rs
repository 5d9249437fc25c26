//! `doline run` and `doline demo`.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::report::Written;
use crate::run::parts::Part;
use crate::run::{
    AuditRecord, FactorRecord, RunOptions, RunRecord, SitesRecord, ZoneSlope,
    with_problems_of_inputs,
};
use crate::study::{Device, Study};
use crate::synth::{self, SynthOptions};

use super::console::{Console, Outcome};
use super::explained::explained_lines;
use super::failure::Failure;
use super::local_folder::local_folder;
use super::part_of_run::{as_planned, run_one_part};
use super::record::{command_line, folder_or};
use super::report::{page_of, remark_on_figures};
use super::text::{bytes, decimals, p_value};
use super::watched::{interrupt_of, watched, watched_by};

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The study file (TOML).
    study: PathBuf,

    /// Folder of the outputs, instead of `output.dir`.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: Option<PathBuf>,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name. gpu never falls back to cpu.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,

    /// What becomes of blocks of inputs that cannot be read: stop, or skip to let them be missing and count them.
    #[arg(long, value_name = "WHAT", value_parser = ["stop", "skip"])]
    on_error: Option<String>,

    /// Change a key of the study file, as in --set engine.memory=4GiB; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,

    /// Go on with the unfinished run of this study in the folder of the outputs; start anew where there is none.
    #[arg(long)]
    resume: bool,

    /// Compute a part of the run alone, I from 0 to N-1, as one of many processes; `doline join` makes the files of all.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["resume", "calibrate"])]
    part: Option<Part>,

    /// End when the process that started this one ends.
    #[arg(long)]
    with_parent: bool,

    /// Measure false alarms and power of the tests of trend on series like these; tables/calibration.csv.
    #[arg(long)]
    calibrate: bool,

    /// Rows and columns of a tile, as in 256x512, instead of what the memory allows. Changes no result.
    #[arg(long, value_name = "ROWSxCOLS", hide = true)]
    tile: Option<String>,

    /// Tiles from one checkpoint to the next, instead of seconds. Changes no result.
    #[arg(long, value_name = "N", hide = true)]
    checkpoint: Option<usize>,
}

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Folder of the outputs.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: Option<PathBuf>,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,
}

pub(super) fn run(args: &RunArgs, console: Console) -> Result<Outcome, Failure> {
    let on_error = args.on_error.iter();
    let on_error = on_error.map(|what| format!("engine.on_error={what:?}"));
    let overrides: Vec<String> = args.overrides.iter().cloned().chain(on_error).collect();
    let load = |overrides: &[String]| -> Result<Study, Failure> {
        Ok(Study::load(&args.study, overrides).map_err(with_problems_of_inputs)?)
    };
    let study = match args.part {
        Some(_) => as_planned(load, &overrides, args.out.as_deref())?,
        None => load(&overrides)?,
    };
    let options = RunOptions {
        out: args.out.clone(),
        device: args.device.as_deref().map(Device::from_word),
        tile: args.tile.as_deref().map(tile_size).transpose()?,
        command: command_line(),
        calibrate: args.calibrate,
        keeps_journal: args.part.is_none(),
        resume: args.resume,
        checkpoint_tiles: args.checkpoint,
        ..RunOptions::default()
    };
    if let Some(part) = args.part {
        return run_one_part(&study, &options, part, args.with_parent, console);
    }
    let interrupt = interrupt_of(&options);
    if args.with_parent {
        interrupt.watch_parent();
    }
    let record = watched_by(&interrupt, &study, &options, &str::to_owned, console)?;
    finish(&study, &record, console)
}

/// Makes the page of a run and prints a summary.
pub(super) fn finish(
    study: &Study,
    record: &RunRecord,
    console: Console,
) -> Result<Outcome, Failure> {
    let page = page_of(study, record)?;
    summary_with(record, page.as_ref(), console);
    remark_on_figures(&record.output_dir, console);
    Ok(Outcome::Done)
}

pub(super) fn demo(args: &DemoArgs, console: Console) -> Result<Outcome, Failure> {
    let out = folder_or(args.out.as_ref(), "doline-demo");
    let study = Study::load(&sample_study(&out, console)?, &[]).map_err(Error::from)?;
    let device = args.device.as_deref().map(Device::from_word);
    let options = RunOptions {
        out: Some(out),
        device,
        command: command_line(),
        ..RunOptions::default()
    };
    let record = watched(&study, &options, &str::to_owned, console)?;
    finish(&study, &record, console)
}

/// The sample that ships; where the program was installed without it, the same sample made anew.
fn sample_study(out: &Path, console: Console) -> Result<PathBuf, Failure> {
    let relative = Path::new("data-samples/guangxi/study.toml");
    let beside_program = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.join("../share/doline").join(relative)));
    let shipped = [Some(relative.to_owned()), beside_program]
        .into_iter()
        .flatten()
        .find(|path| path.is_file());
    if let Some(study) = shipped {
        return Ok(study);
    }
    let dir = out.join("study");
    console.remark(&format!("making the sample study in {}", dir.display()));
    Ok(synth::write(&dir, &SynthOptions::default(), &mut |_, _| {})?.study)
}

/// What came out, in a few lines.
pub(super) fn summary(record: &RunRecord, console: Console) {
    summary_with(record, None, console);
}

/// The same, with the page of the run.
fn summary_with(record: &RunRecord, page: Option<&Written>, console: Console) {
    if console.json {
        console.result(&record.to_json());
        return;
    }
    let mut lines = Vec::new();
    for series in &record.series {
        let (Some(mean), Some(slope)) = (series.mean, series.slope) else {
            continue;
        };
        let p = series
            .p
            .map_or_else(String::new, |p| format!(", {}", p_value(p)));
        // A pure number has no unit to print.
        let unit = if series.unit == "1" {
            String::new()
        } else {
            format!(" {}", series.unit)
        };
        let sign = if slope < 0.0 { "" } else { "+" };
        lines.push(format!(
            "{:<14} mean {:>9}{unit}, trend {sign}{} {}{p}",
            series.variable,
            decimals(mean, 2),
            decimals(slope, 3),
            series.slope_unit
        ));
    }
    lines.extend(attribution_lines(record));
    lines.extend(place_lines(record));
    lines.extend(explained_lines(&record.layers, &record.stages));
    lines.extend(audit_line(&record.audit));
    let unreadable = record.inputs.iter().filter_map(|input| {
        let left_out = input.unreadable.as_ref()?;
        let (name, blocks, values) = (&input.name, left_out.blocks, left_out.values);
        let blocks = match blocks {
            1 => "1 block cannot be read; its".to_owned(),
            n => format!("{n} blocks cannot be read; their"),
        };
        Some(format!("{name}: {blocks} {values} values are missing"))
    });
    lines.extend(unreadable);
    let seconds = record.seconds.total;
    #[expect(clippy::cast_precision_loss, reason = "a rate of few digits")]
    let rate = record.pixels as f64 / 1e6 / seconds;
    lines.push(format!(
        "{} files, {} in {} ({seconds:.1} s, {rate:.2} Mpixel/s)",
        record.files_written + u64::from(page.is_some()),
        bytes(record.bytes_written + page.map_or(0, |page| page.bytes)),
        record.output_dir.display()
    ));
    lines.extend(first_to_open(record, page.is_some()));
    console.result(&lines.join("\n"));
}

/// Which of many files to open first.
fn first_to_open(record: &RunRecord, has_page: bool) -> Option<String> {
    let maps = || record.layers.iter().map(|layer| layer.path.as_str());
    let slope = record.series.first().map(|series| &series.variable);
    let slope = slope.map(|name| format!("maps/{name}_slope"));
    let is_slope = |map: &&str| slope.as_deref() == Some(*map);
    let map = maps().find(is_slope).or_else(|| maps().next());
    let map = map.map(|map| {
        let project = crate::styles::PROJECT;
        format!("{project} in QGIS (or {map}.tif in another GIS)")
    });
    let tables = ["tables/trends.csv", "tables/series.csv"].into_iter();
    let is_written = |name: &&str| record.tables.files.iter().any(|file| file == name);
    let table = tables
        .map(str::to_owned)
        .find(|name| is_written(&name.as_str()));
    let page = has_page.then(|| format!("{} in a browser", crate::report::NAME));
    let files: Vec<String> = page.into_iter().chain(map).chain(table).collect();
    (!files.is_empty()).then(|| format!("open first: {}", files.join(", ")))
}

/// What the audit has found, in a line.
fn audit_line(audit: &AuditRecord) -> Option<String> {
    let pixels = match audit.pixels {
        0 => return None,
        1 => "1 pixel".to_owned(),
        n => format!("{n} pixels"),
    };
    let found = match &audit.worst {
        None => "all values are the same".to_owned(),
        Some(worst) => {
            let how = worst.share.map_or("not as allowed".to_owned(), |share| {
                format!("{} of what is allowed", decimals(share, 2))
            });
            let (layer, row, col) = (&worst.layer, worst.row, worst.col);
            format!("at most {how} ({layer} in row {row}, column {col})")
        }
    };
    let layers = audit.layers;
    Some(format!(
        "audit: {pixels} again in f64, {layers} layers: {found}"
    ))
}

/// Phases of fastest rise, the zones of the steepest trends, the best factors and the agreement with field data, in a
/// line each.
fn place_lines(record: &RunRecord) -> Vec<String> {
    let first = record.series.first();
    let phases = record.phases.iter();
    let of_first =
        phases.filter(|phase| first.is_some_and(|first| first.variable == phase.variable));
    let phases = of_first.map(|phase| format!("{}: {}", phase.variable, phase.words));
    let sets = record.zones.iter().filter_map(|set| {
        let trend = |zone: &Option<ZoneSlope>, what: &str| {
            let zone = zone.as_ref()?;
            let sign = if zone.slope < 0.0 { "" } else { "+" };
            let slope = decimals(zone.slope, 3);
            Some(format!(
                "{what} in {} ({sign}{slope} {})",
                zone.zone, zone.unit
            ))
        };
        let trends = [
            trend(&set.steepest_rise, "rises fastest"),
            trend(&set.steepest_fall, "falls fastest"),
        ];
        let trends: Vec<String> = trends.into_iter().flatten().collect();
        let variable = &first?.variable;
        (!trends.is_empty()).then(|| format!("{}: {variable} {}", set.name, trends.join(", and ")))
    });
    let factors = record.factors.iter().map(factor_line);
    let sites = record.sites.iter().map(sites_line);
    let sentences = record.measures.iter();
    let sentences = sentences.flat_map(|measures| [&measures.sentence, &measures.phase]);
    let sentences = sentences.flatten().cloned();
    let of_maps = factors.chain(sites);
    phases.chain(sets).chain(sentences).chain(of_maps).collect()
}

/// The best factor of a map beside maps that only look alike.
fn factor_line(best: &FactorRecord) -> String {
    let beside = best.null_median.zip(best.p_map).map(|(median, p)| {
        let (median, p) = (decimals(median, 2), p_value(p));
        format!("; of maps that only look alike it would be {median} ({p})")
    });
    let q = decimals(best.q, 2);
    let found = if best.of_one_zone.contains(&best.factor) {
        "no factor accounts for any of it".to_owned()
    } else {
        format!(
            "{} accounts for most, q {q}{}",
            best.factor,
            beside.unwrap_or_default()
        )
    };
    let of_one = match best.of_one_zone.as_slice() {
        [] => String::new(),
        factors => format!("; all of it is in one zone of {}", factors.join(", ")),
    };
    format!("{}: {found}{of_one}", best.of)
}

/// How well a variable agrees with field data.
fn sites_line(sites: &SitesRecord) -> String {
    let r = sites
        .r
        .map_or_else(String::new, |r| format!("r {}, ", decimals(r, 2)));
    format!(
        "{} at {} site{}: n {}, {r}bias {}, RMSE {} gC m-2 yr-1",
        sites.variable,
        sites.sites,
        if sites.sites == 1 { "" } else { "s" },
        sites.n,
        decimals(sites.bias, 1),
        decimals(sites.rmse, 1)
    )
}

/// The attribution by each sensitivity, in a line.
fn attribution_lines(record: &RunRecord) -> Vec<String> {
    let Some(attribution) = &record.attribution else {
        return Vec::new();
    };
    let line = |row: &crate::tables::AttributionRow| {
        let (observed, climate, human) =
            (row.slope_observed?, row.slope_climate?, row.slope_human?);
        let percent = |share: Option<f64>| {
            share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
        };
        let range = row
            .intervals
            .as_ref()
            .and_then(|intervals| intervals.human_share_over50);
        let range = range.map_or_else(String::new, |[low, high]| {
            format!(" ({:.1} to {:.1} %)", 100.0 * low, 100.0 * high)
        });
        Some(format!(
            "{} trend by {}: {observed:+.3} = climate {climate:+.3}, human {human:+.3} {}; the human part dominates on {}{range} of the area, alone on {}",
            attribution.response,
            row.sensitivity,
            attribution.unit,
            percent(row.human_share_over50),
            percent(row.human_share_only),
        ))
    };
    attribution.by.iter().filter_map(line).collect()
}

/// Rows and columns, such as `256x512`.
fn tile_size(text: &str) -> Result<[usize; 2], Failure> {
    let wrong = || {
        Failure::Usage(format!(
            "--tile {text:?} is not ROWSxCOLS, such as 256x512; columns are a multiple of 64"
        ))
    };
    let (rows, cols) = text.split_once('x').ok_or_else(wrong)?;
    let size = [rows, cols].map(|part| part.parse::<usize>().ok().filter(|&n| n > 0));
    match size {
        [Some(rows), Some(cols)] if cols % crate::tables::COLUMN_CHUNK == 0 => Ok([rows, cols]),
        _ => Err(wrong()),
    }
}
