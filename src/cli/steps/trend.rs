//! `doline trend`.

use super::draft::{Draft, Stack};
use super::finish::finish;
use super::names;
use super::options::{Common, Tests};
use super::reading::Reading;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;

/// Arguments of `trend`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = TREND_EXAMPLES)]
pub(in crate::cli) struct TrendArgs {
    /// Rasters: one a year or month, or one with all of them; globs and patterns with {year} and
    /// {month} as well.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<String>,

    /// Name of the quantity, used to name the maps; default: guessed from the file names.
    #[arg(long, value_name = "NAME", value_parser = names::check)]
    name: Option<String>,

    #[command(flatten)]
    tests: Tests,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    common: Common,
}

const TREND_EXAMPLES: &str = "\
Examples:
  doline trend ndvi_*.tif --years 1982-2013 --tests ols,sen,mk -o out
  doline trend 'lai/lai_{year}_{month}.tif' --aggregate mean
  doline trend tas.nc --variable tas --name tas";

pub(in crate::cli) fn trend(args: &TrendArgs, console: Console) -> Result<Outcome, Failure> {
    let name = names::of(
        args.name.as_deref(),
        &args.files,
        &args.reading.variable,
        console,
    )?;
    let mut draft = Draft::new(
        &format!("Trend of {name}"),
        vec![Stack::new(&name, &args.files)],
    );
    draft.subject = Some(name.clone());
    draft.set("trend", "of", vec![name]);
    args.tests.apply(&mut draft);
    finish(draft, &args.reading, &args.common, console)
}
