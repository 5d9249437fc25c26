//! The end of every step command: its study is completed and runs.

use toml::Value;

use crate::run::{OtherMaps, RunOptions};
use crate::study::Device;

use super::draft::Draft;
use super::options::Common;
use super::reading::Reading;
use super::values::years_of;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;
use crate::cli::record::command_line;
use crate::cli::report::{forget_tables_made_again, remark_on_figures, remove_earlier};
use crate::cli::run::summary;
use crate::cli::watched::watched;

/// What only some commands ask of their run.
#[derive(Default)]
pub(super) struct Ending {
    /// Maps that the run does not make, for its tables.
    pub(super) other_maps: OtherMaps,
    /// The tables that are written; `None` writes all.
    pub(super) tables: Option<&'static [&'static str]>,
}

/// Puts the common options into the draft, runs it and prints a summary.
pub(super) fn finish(
    draft: Draft,
    reading: &Reading,
    common: &Common,
    console: Console,
) -> Result<Outcome, Failure> {
    finish_with(draft, reading, common, Ending::default(), console)
}

/// The same, with what only some commands ask for.
pub(super) fn finish_with(
    mut draft: Draft,
    reading: &Reading,
    common: &Common,
    ending: Ending,
    console: Console,
) -> Result<Outcome, Failure> {
    for (table, key, value) in [
        (
            "trend",
            "min_years",
            common.min_years.map(|n| Value::from(i64::from(n))),
        ),
        ("grid", "mask", common.mask.file.clone().map(Value::from)),
        (
            "grid",
            "mask_layer",
            common.mask.layer.clone().map(Value::from),
        ),
        (
            "grid",
            "mask_where",
            common.mask.filter.clone().map(Value::from),
        ),
        ("grid", "area", common.mask.area.clone().map(Value::from)),
        ("output", "format", common.format.clone().map(Value::from)),
        (
            "output",
            "compress",
            common.compress.clone().map(Value::from),
        ),
        (
            "output",
            "layers",
            (!common.layers.is_empty()).then(|| Value::from(common.layers.clone())),
        ),
        ("engine", "memory", common.memory.clone().map(Value::from)),
    ] {
        if let Some(value) = value {
            draft.set(table, key, value);
        }
    }
    draft.read_with(reading)?;
    let words = draft.words();
    let stated = common.years.map(years_of);
    draft
        .find_years(stated, console)
        .map_err(|failure| words.failure(&failure))?;
    let (study, text) = draft.study(&words)?;
    let options = RunOptions {
        out: Some(common.out.clone()),
        device: common.device.as_deref().map(Device::from_word),
        command: command_line(),
        arguments_as_study: Some(text),
        other_maps: ending.other_maps,
        tables: ending.tables,
        ..RunOptions::default()
    };
    let record = watched(&study, &options, &|text| words.reword(text), console)
        .map_err(|failure| words.failure(&failure))?;
    // Those of an earlier run would tell of other numbers.
    remove_earlier(&record.output_dir);
    forget_tables_made_again(&record.output_dir);
    summary(&record, console);
    let folder = record.output_dir.display();
    console.remark(&format!("`doline report {folder}` makes a page of it"));
    remark_on_figures(&record.output_dir, console);
    Ok(Outcome::Done)
}
