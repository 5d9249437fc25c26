//! `doline bench`.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::bench::report::{EngineReport, KernelSpeed, Phase};
use crate::bench::{BenchOptions, ChainChoice, Report, measure};

use super::climate::Climate;
use super::console::{Console, Outcome};
use super::failure::Failure;
use super::text::table;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(super) struct BenchArgs {
    /// With --json: the file for the JSON, so that the tables still go to standard output.
    #[arg(requires = "json", value_name = "FILE")]
    file: Option<PathBuf>,

    /// About how many pixels a tile has: 16384 a thread by default, from 65536 to 262144. A software adapter gets 4096
    /// at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_194_304))]
    pixels: Option<u32>,

    /// What is measured: cpu, gpu (every hardware adapter), or a part of an adapter's name; everything by default. May
    /// be given more than once.
    #[arg(short, long = "device", value_name = "DEVICE", value_delimiter = ',')]
    devices: Vec<String>,

    /// What is computed.
    #[arg(long, value_enum, default_value_t = ChainChoice::Whole)]
    chain: ChainChoice,

    /// How monthly climate is stored.
    #[arg(long, value_enum, default_value_t = Climate::Packed)]
    climate: Climate,

    /// The folder whose disk is measured; the temporary folder by default.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Measure neither the disk nor a run from files to files.
    #[arg(long, conflicts_with = "dir")]
    no_files: bool,
}

impl ValueEnum for ChainChoice {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Whole => "Every map of a study with its defaults",
            Self::Core => "NEP with its trend, partial correlations and plain attribution",
            Self::Trend => "Trend of NPP",
            Self::Bootstrap => "The whole study with 200 replicates of the attribution",
            Self::Draws => "The whole study with 200 draws of a coefficient",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

impl BenchArgs {
    fn options(&self) -> BenchOptions {
        let standard = BenchOptions::default();
        BenchOptions {
            chain: self.chain,
            climate: self.climate.into(),
            pixels: self.pixels.map(|pixels| pixels as usize),
            devices: self.devices.clone(),
            folder: match &self.dir {
                _ if self.no_files => None,
                Some(folder) => Some(folder.clone()),
                None => standard.folder.clone(),
            },
            ..standard
        }
    }
}

pub(super) fn bench(args: &BenchArgs, console: Console) -> Result<Outcome, Failure> {
    let report = measure(&args.options(), &mut |what| {
        console.remark(&format!("measuring: {what}"));
    })?;
    let json = serde_json::to_string_pretty(&report).unwrap_or_default();
    if console.json {
        let Some(file) = &args.file else {
            console.result(&json);
            return Ok(outcome(&report));
        };
        std::fs::write(file, json + "\n").map_err(|error| {
            let text = format!(
                "{} cannot be written: {error}; name another file",
                file.display()
            );
            Failure::Reworded {
                texts: vec![text],
                exit_code: 4,
            }
        })?;
    }
    console.result(&text_of(&report));
    Ok(outcome(&report))
}

fn outcome(report: &Report) -> Outcome {
    if report.failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::CheckFailed
    }
}

/// The report for people.
fn text_of(report: &Report) -> String {
    let work = &report.work;
    let host = &report.host;
    let mut parts = vec![format!(
        "chain {}, {} climate, {} years: {} stages; {} bytes a pixel to an engine, {} in the layers it returns\n\
         host: {}, {} threads, copies memory at {}",
        work.chain,
        work.climate,
        work.years,
        work.stages,
        work.input_bytes,
        work.returned_bytes,
        host.cpu.as_deref().unwrap_or(&host.system),
        host.threads,
        rate(host.copy_bytes_per_s)
    )];
    if let Some(disk) = &host.disk {
        parts.push(format!(
            "disk of {}: {} MB written at {}, read back at {} (the system may have them in memory)",
            disk.folder,
            disk.bytes / 1_000_000,
            rate(disk.write_bytes_per_s),
            rate(disk.read_bytes_per_s)
        ));
    }
    parts.extend(report.engines.iter().enumerate().map(engine));
    if !report.engines.is_empty() {
        parts.push(format!("\n{}", phases(report)));
        parts.push(format!("\n{}", kernels(report)));
    }
    let failed = report.failed.iter();
    parts.extend(failed.map(|failed| format!("NOT MEASURED {}: {}", failed.what, failed.reason)));
    parts.join("\n")
}

/// A line on an engine.
fn engine((number, engine): (usize, &EngineReport)) -> String {
    let mut parts = vec![format!(
        "engine {}: {}, tiles of {} pixels",
        letter(number),
        engine.engine,
        engine.pixels
    )];
    if let (Some(to), Some(back)) = (engine.to_device_bytes_per_s, engine.to_host_bytes_per_s) {
        parts.push(format!(
            "shaders compiled in {:.1} s, kernels timed by {}",
            engine.compile_s, engine.kernels_timed_by
        ));
        parts.push(format!(
            "copies at {}, to the device {}, back {}",
            rate(engine.copy_bytes_per_s),
            rate(to),
            rate(back)
        ));
    }
    if engine.kind == "software" {
        parts.push("a program on the CPU, few pixels: it says nothing about cards".to_owned());
    }
    parts.join("; ")
}

/// A, B, C ...
fn letter(number: usize) -> char {
    (b'A'..=b'Z').map(char::from).nth(number).unwrap_or('?')
}

/// Bytes a second.
fn rate(bytes_per_s: f64) -> String {
    format!("{} GB/s", few_digits(bytes_per_s / 1e9))
}

/// Three digits.
fn few_digits(x: f64) -> String {
    let decimals = match x.abs() {
        x if x >= 99.95 => 0,
        x if x >= 9.995 => 1,
        x if x >= 0.9995 => 2,
        _ => 3,
    };
    format!("{x:.decimals$}")
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| {
        format!("{} %", few_digits(100.0 * share))
    })
}

fn phases(report: &Report) -> String {
    let row = |number: usize, phase: &Phase| {
        vec![
            letter(number).to_string(),
            phase.phase.to_owned(),
            few_digits(phase.pixels_per_s / 1e6),
            few_digits(phase.bytes_per_pixel),
            few_digits(phase.bytes_per_s / 1e9),
            percent(phase.share_of_copy),
            percent(phase.share_of_bus),
            percent(phase.share_of_disk),
        ]
    };
    let rows: Vec<Vec<String>> = report
        .engines
        .iter()
        .enumerate()
        .flat_map(|(number, engine)| engine.phases.iter().map(move |phase| row(number, phase)))
        .collect();
    let header = [
        "engine", "phase", "Mpixel/s", "B/pixel", "GB/s", "of copy", "of bus", "of disk",
    ];
    table(&header, &rows, 2)
}

/// Every kernel of the chain, its stages together, on all engines.
fn kernels(report: &Report) -> String {
    let mut header = vec!["kernel".to_owned(), "stages".to_owned()];
    for (number, _) in report.engines.iter().enumerate() {
        let letter = letter(number);
        header.extend(["Mpixel/s", "GB/s", "of copy"].map(|what| format!("{letter} {what}")));
    }
    let mut names: Vec<&str> = Vec::new();
    for kernel in report.engines.iter().flat_map(|engine| &engine.kernels) {
        if !names.contains(&kernel.kernel) {
            names.push(kernel.kernel);
        }
    }
    let rows: Vec<Vec<String>> = names
        .into_iter()
        .map(|name| {
            let mut row = vec![name.to_owned(), String::new()];
            for engine in &report.engines {
                let of_name = engine.kernels.iter().filter(|kernel| kernel.kernel == name);
                let stages: Vec<&KernelSpeed> = of_name.collect();
                let times: usize = stages.iter().map(|kernel| kernel.times).sum();
                row[1] = times.to_string();
                row.extend(speed(&stages, times, engine.copy_bytes_per_s));
            }
            row
        })
        .collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    table(&header, &rows, 1)
}

/// Pixels through one stage on the average of all, bytes, and their share of a copy.
#[expect(clippy::cast_precision_loss, reason = "some thousand bytes")]
fn speed(stages: &[&KernelSpeed], times: usize, copy: f64) -> [String; 3] {
    let seconds: f64 = stages.iter().map(|kernel| kernel.s_per_pixel).sum();
    let bytes: usize = stages.iter().map(|kernel| kernel.bytes_per_pixel).sum();
    let bytes_per_s = bytes as f64 / seconds.max(1e-15);
    [
        few_digits(times as f64 / seconds.max(1e-15) / 1e6),
        few_digits(bytes_per_s / 1e9),
        percent(Some(bytes_per_s / copy.max(1.0))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let shown = [0.01234, 0.9996, 1.234, 9.999, 12.34, 99.96, 1234.0].map(few_digits);
        assert_eq!(
            shown,
            ["0.012", "1.00", "1.23", "10.0", "12.3", "100", "1234"]
        );
    }
}
