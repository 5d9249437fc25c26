//! `doline zonal DIR`: the tables of a finished run again, by other zones or stages.

use std::path::Path;

use super::option_names::OptionNames;
use super::zonal_args::ZonalArgs;
use super::zone_options::StatedZones;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;
use crate::cli::record::command_line;
use crate::cli::report::remark_on_figures;
use crate::cli::run::summary;
use crate::cli::watched::watched;
use crate::error::Error;
use crate::report::{NAME, PageOptions, TABLES_AGAIN, write};
use crate::run::{FinishedRun, OtherMaps, RunOptions, RunRecord};
use crate::study::{Device, bytes_from_text};

/// Whether an argument is the folder of a finished run. A folder can also be a Zarr store.
pub(super) fn is_finished_run(path: &Path) -> Result<bool, Failure> {
    const ZARR: [&str; 4] = [".zgroup", ".zarray", ".zmetadata", "zarr.json"];
    if FinishedRun::is_one(path) {
        return Ok(true);
    }
    let is_zarr = ZARR.iter().any(|name| path.join(name).is_file());
    if path.is_dir() && !is_zarr {
        return Err(Failure::Run(Error::NotReadable {
            path: path.to_owned(),
            reason: "is a folder without run.json, so no run has finished there; name rasters, or the folder of a \
                     run"
                .to_owned(),
        }));
    }
    Ok(false)
}

/// Makes the tables of a finished run again.
pub(super) fn again(
    dir: &Path,
    args: &ZonalArgs,
    stated: StatedZones,
    console: Console,
) -> Result<Outcome, Failure> {
    refuse_options_of_stacks(args)?;
    let words = OptionNames::of_zones(&stated.sets());
    let StatedZones {
        zones,
        stages,
        classes,
    } = stated;
    let given = |table: toml::Table| (!table.is_empty()).then_some(table);
    let made = FinishedRun::open(dir).and_then(|run| run.tables_again(given(zones), given(stages)));
    let mut made = made.map_err(|error| words.failure(&Failure::Run(error)))?;
    if let Some(memory) = &args.tables.memory {
        made.study.engine.memory_bytes = bytes_from_text(memory).ok_or_else(|| {
            Failure::Usage(format!(
                "--memory {memory:?} is no amount of memory, such as 4GiB"
            ))
        })?;
    }
    for note in &made.notes {
        console.warning(note);
    }
    let options = RunOptions {
        out: Some(args.tables.out.clone().unwrap_or_else(|| dir.to_owned())),
        device: args.tables.device.as_deref().map(Device::from_word),
        command: command_line(),
        arguments_as_study: Some(made.study.toml.clone()),
        other_maps: OtherMaps {
            written: Some(made.maps),
            classes,
        },
        record: Some(TABLES_AGAIN),
        notes: made.notes,
        ..RunOptions::default()
    };
    let record = watched(&made.study, &options, &|text| words.reword(text), console)
        .map_err(|failure| words.failure(&failure))?;
    summary(&record, console);
    for table in tables_of_the_run(&record) {
        console.remark(&format!("{table} is as the run left it"));
    }
    page_again(&record.output_dir, console)?;
    Ok(Outcome::Done)
}

/// Makes the page of the run again, so that it has the numbers of the tables beside it. In another folder than that of the
/// run there is none.
fn page_again(dir: &Path, console: Console) -> Result<(), Failure> {
    if dir.join(NAME).is_file() && FinishedRun::is_one(dir) {
        write(dir, &PageOptions::default())?;
        console.remark(&format!("{NAME} is made again"));
    }
    remark_on_figures(dir, console);
    Ok(())
}

/// Tables in the folder that were not made again.
fn tables_of_the_run(record: &RunRecord) -> Vec<String> {
    let folder = std::fs::read_dir(record.output_dir.join("tables"));
    let entries = folder.into_iter().flatten().filter_map(Result::ok);
    let names = entries.map(|entry| format!("tables/{}", entry.file_name().to_string_lossy()));
    let is_old = |name: &String| {
        let is_table = Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "csv");
        is_table && !record.tables.files.contains(name)
    };
    let mut old: Vec<String> = names.filter(is_old).collect();
    old.sort();
    old
}

/// A finished run has its own files, years, mask and areas.
fn refuse_options_of_stacks(args: &ZonalArgs) -> Result<(), Failure> {
    let tables = &args.tables;
    let stated = [
        ("--name", args.name.is_some()),
        ("--years", tables.years.is_some()),
        ("--min-years", tables.min_years.is_some()),
        ("--alpha", args.alpha.is_some()),
        ("--mask", tables.mask.file.is_some()),
        ("--area", tables.mask.area.is_some()),
    ];
    let options = stated.iter().filter(|(_, is_stated)| *is_stated);
    let mut options: Vec<&str> = options.map(|(option, _)| *option).collect();
    options.extend(args.reading.stated());
    if options.is_empty() {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} {} of rasters, and a finished run has its own; leave {} out, or name its rasters instead of the folder",
        options.join(", "),
        if options.len() == 1 { "is" } else { "are" },
        if options.len() == 1 { "it" } else { "them" },
    )))
}
