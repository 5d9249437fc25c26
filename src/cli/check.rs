//! `doline check`.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::run::{
    Checked, CheckedZones, ExpectedTime, InputRecord, check as check_study, with_problems_of_inputs,
};
use crate::study::{Device, Study};

use super::console::{Console, Outcome};
use super::failure::{Failure, problems_of};
use super::local_folder::local_folder;
use super::text::{bytes, number};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// The study file (TOML).
    study: PathBuf,

    /// Folder of the outputs, instead of `output.dir`.
    #[arg(short, long, value_name = "DIR", value_parser = local_folder())]
    out: Option<PathBuf>,

    /// What would compute: auto, gpu, cpu, or a part of an adapter's name.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,

    /// Change a key of the study file, as in --set engine.memory=4GiB; may be given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

pub(super) fn check(args: &CheckArgs, console: Console) -> Result<Outcome, Failure> {
    let checked = Study::load(&args.study, &args.overrides)
        .map_err(with_problems_of_inputs)
        .and_then(|study| {
            let device = args.device.as_deref().map(Device::from_word);
            check_study(&study, args.out.as_deref(), device.as_ref())
        });
    match checked {
        Ok(checked) => {
            if console.json {
                console.result(&serde_json::to_string_pretty(&json!(checked)).unwrap_or_default());
            } else {
                console.result(&page(&checked));
                checked
                    .warnings
                    .iter()
                    .for_each(|warning| console.warning(warning));
                console.remark("the study can run");
            }
            Ok(Outcome::Done)
        }
        Err(error) => {
            let failure = Failure::Run(error);
            if console.json {
                let problems =
                    json!({ "problems": problems_of(&failure), "exit_code": failure.exit_code() });
                console.result(&serde_json::to_string_pretty(&problems).unwrap_or_default());
            }
            Err(failure)
        }
    }
}

/// All that was found, in paragraphs.
fn page(checked: &Checked) -> String {
    let mut text = format!(
        "{}, {} to {}\n",
        checked.study, checked.years[0], checked.years[1]
    );
    for input in &checked.inputs {
        input_lines(&mut text, input);
    }
    let grid = &checked.grid;
    let _ = writeln!(
        text,
        "\ngrid\n  {} columns x {} rows, {}, pixels of {} x {} {}{}",
        checked.size[0],
        checked.size[1],
        grid.crs,
        number(grid.pixel[0]),
        number(grid.pixel[1]),
        grid.unit,
        if checked.has_mask {
            ", with a mask"
        } else {
            ""
        },
    );
    let [west, south, east, north] = grid.bounds.map(number);
    let _ = writeln!(text, "  x {west} .. {east}, y {south} .. {north}");
    zone_lines(&mut text, &checked.zones);
    let _ = writeln!(text, "\nruns\n  {}", checked.equations.join("\n  "));
    let _ = writeln!(text, "\nwrites into {}", checked.output_dir.display());
    let width = checked
        .files
        .iter()
        .map(|file| file.path.len())
        .max()
        .unwrap_or(0);
    for file in &checked.files {
        let bands = if file.bands == 1 {
            String::new()
        } else {
            format!("{} bands, ", file.bands)
        };
        let _ = writeln!(text, "  {:<width$}  {bands}{}", file.path, file.unit);
    }
    let memory = &checked.memory;
    let _ = writeln!(
        text,
        "\nmemory and time\n  {} tile{} of {} x {} pixels, {} reader{}; about {} on the host, at most {} on a device, of {}",
        memory.tiles,
        if memory.tiles == 1 { "" } else { "s" },
        memory.tile[0],
        memory.tile[1],
        memory.readers,
        if memory.readers == 1 { "" } else { "s" },
        bytes(memory.host_bytes),
        bytes(memory.device_bytes),
        bytes(memory.budget_bytes),
    );
    let _ = writeln!(
        text,
        "  outputs: {} before compression",
        bytes(memory.output_bytes)
    );
    let _ = writeln!(text, "  on {}", checked.device);
    if let Some(time) = &checked.time {
        let _ = writeln!(text, "  {}", time_line(time));
    }
    text
}

/// Each zone set in a line.
fn zone_lines(text: &mut String, sets: &[CheckedZones]) {
    const MOST_NAMED: usize = 8;
    if sets.is_empty() {
        return;
    }
    text.push_str("\nzones\n");
    let width = sets.iter().map(|set| set.name.len()).max().unwrap_or(0);
    for set in sets {
        let n = set.zones.len();
        // Labels are data: line breaks and the like are written out.
        let named = set.zones.iter().take(MOST_NAMED);
        let named: Vec<String> = named.map(|zone| format!("{zone:?}")).collect();
        let more = match n.saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let held = match (set.cells, set.zones_without_pixels) {
            ("fraction", 1) => "1 covers no part of a pixel".to_owned(),
            ("fraction", without) => format!("{without} cover no part of a pixel"),
            (_, 1) => "1 holds no pixel centre".to_owned(),
            (_, without) => format!("{without} hold no pixel centre"),
        };
        let _ = writeln!(
            text,
            "  {:<width$}  {n} zone{}, by {}; {held}: {}{more}",
            set.name,
            if n == 1 { "" } else { "s" },
            set.cells,
            named.join(", "),
        );
    }
}

fn time_line(time: &ExpectedTime) -> String {
    let tiles = if time.tiles == 1 {
        "1 tile".to_owned()
    } else {
        format!("{} tiles", time.tiles)
    };
    format!(
        "about {}: an estimate from {tiles}, {} of {} pixels (reading {:.2} s, computing {:.2} s, writing {:.2} s)",
        seconds(time.seconds),
        time.pixels,
        time.of_pixels,
        time.read_s,
        time.compute_s,
        time.write_s,
    )
}

/// Seconds, minutes or hours.
fn seconds(s: f64) -> String {
    match s {
        s if s < 100.0 => format!("{s:.1} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

fn input_lines(text: &mut String, input: &InputRecord) {
    let n_bytes = input.files.iter().map(|file| file.bytes).sum();
    let files = match input.files.as_slice() {
        [only] => only.path.clone(),
        [first, .., last] => format!(
            "{} files, {} .. {}",
            input.files.len(),
            first.path,
            last.path
        ),
        [] => String::new(),
    };
    let _ = writeln!(
        text,
        "\n{}\n  files   {files} ({}, {})",
        input.name,
        input.driver,
        bytes(n_bytes)
    );
    if let Some(product) = &input.product {
        let _ = writeln!(
            text,
            "  product {}, version {}: {}",
            product.name,
            product.version,
            product.gives.join(", ")
        );
        let _ = writeln!(text, "          source: {}", product.source);
    }
    let calendar = input
        .calendar
        .map(|calendar| format!("; calendar {calendar}"))
        .unwrap_or_default();
    let _ = writeln!(text, "  time    {}: {}{calendar}", input.steps, input.time);
    if !input.missing.is_empty() {
        let _ = writeln!(
            text,
            "  missing {}, as the study file states",
            input.missing.join(", ")
        );
    }
    let _ = writeln!(text, "  unit    {}", input.unit);
    let mut stored = format!(
        "{}, scale {}, offset {}",
        input.data_type, input.scale, input.offset
    );
    if !input.nodata.is_empty() {
        let codes: Vec<String> = input.nodata.iter().map(|&code| number(code)).collect();
        let _ = write!(stored, ", nodata {}", codes.join(", "));
    }
    if let Some([least, most]) = input.valid_range {
        let _ = write!(stored, ", valid {} .. {}", number(least), number(most));
    }
    let _ = writeln!(text, "  stored  {stored}");
    let _ = writeln!(text, "  grid    {}", input.grid);
}
