//! `doline sites`.

use toml::{Table, Value};

use super::draft::{Draft, Stack};
use super::finish::{Ending, finish_with};
use super::options::words_of;
use super::reading::Reading;
use super::zonal_args::TableOptions;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;
use crate::sites::{Merge, When};

/// What is written.
const TABLES: &[&str] = &["tables/sites.csv", "tables/validation.csv"];

/// Arguments of `sites`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = SITES_EXAMPLES,
    mut_arg("out", |out| out.help("Folder of the outputs; default: out")),
    group(clap::ArgGroup::new("stacks").required(true).multiple(true).args(["rs", "rh", "npp", "nep"]))
)]
pub(in crate::cli) struct SitesArgs {
    /// Table of field data with the columns lon, lat, year, variable (rs, rh, npp or nep) and value, or those
    /// of --columns.
    #[arg(value_name = "FIELD.csv")]
    field: String,

    /// Rasters of soil respiration.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    rs: Vec<String>,

    /// Rasters of heterotrophic respiration.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    rh: Vec<String>,

    /// Rasters of net primary production.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    npp: Vec<String>,

    /// Rasters of net ecosystem production.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    nep: Vec<String>,

    #[command(flatten)]
    pairing: Pairing,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    tables: TableOptions,
}

/// How the table is read and paired.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How field data are read and paired")]
struct Pairing {
    /// Names of columns, as in `lon=Longitude,lat=Latitude,year=Study_midyear,rs=Rs_annual`.
    #[arg(long, value_name = "WHAT=COLUMN,...", value_delimiter = ',')]
    columns: Vec<String>,

    /// Rows that are used: those with this text in this column; once for each text.
    #[arg(long = "where", value_name = "COLUMN=TEXT")]
    filter: Vec<String>,

    /// What a measurement is compared with: its year, or the mean of all years; default: year.
    #[arg(long, value_parser = words_of(When::WORDS))]
    when: Option<String>,

    /// 1: the pixel of the site; 3: the mean of the valid pixels of 3 x 3 around it. Default: 1.
    #[arg(long, value_name = "N")]
    window: Option<u32>,

    /// What becomes of several measurements in one pixel; default: none.
    #[arg(long, value_parser = words_of(Merge::WORDS))]
    merge: Option<String>,

    /// Reference system of the coordinates; default: EPSG:4326.
    #[arg(long, value_name = "CRS")]
    crs: Option<String>,
}

const SITES_EXAMPLES: &str = "\
--units without STACK= is of the field data, by default gC m-2 yr-1; --units rs=UNIT is of rasters.

Examples:
  doline sites field.csv --nep nep_*.tif -o out
  doline sites field.csv --rs 'rs_{year}.tif' --rh 'rh_{year}.tif' --window 3 \\
      --columns lon=Longitude,lat=Latitude,year=Study_midyear,rs=Rs_annual,rh=Rh_annual \\
      --where Manipulation=None --merge pixel-year";

pub(in crate::cli) fn sites(mut args: SitesArgs, console: Console) -> Result<Outcome, Failure> {
    let given = [
        ("rs", &args.rs),
        ("rh", &args.rh),
        ("npp", &args.npp),
        ("nep", &args.nep),
    ];
    let given = given.into_iter().filter(|(_, files)| !files.is_empty());
    let (names, stacks): (Vec<&str>, Vec<Stack>) = given
        .map(|(name, files)| (name, Stack::new(name, files)))
        .unzip();
    let mut draft = Draft::new("Field data", stacks);
    draft.set("trend", "of", names.clone());
    draft.set("output", "layers", "none");
    draft.set("sites", "file", args.field.as_str());
    let (of_stacks, of_table): (Vec<String>, Vec<String>) = std::mem::take(&mut args.reading.units)
        .into_iter()
        .partition(|text| {
            let named = text.split_once('=');
            named.is_some_and(|(name, _)| names.contains(&name))
        });
    args.reading.units = of_stacks;
    if let Some(units) = of_table.last() {
        draft.set("sites", "units", units.as_str());
    }
    args.pairing.apply(&mut draft)?;
    let ending = Ending {
        tables: Some(TABLES),
        ..Ending::default()
    };
    finish_with(draft, &args.reading, &args.tables.common(), ending, console)
}

impl Pairing {
    /// States these options in `[sites]`.
    fn apply(&self, draft: &mut Draft) -> Result<(), Failure> {
        let mut columns = Table::new();
        for text in &self.columns {
            let (what, column) = pair("columns", text, "lon=Longitude")?;
            columns.insert(what, Value::from(column));
        }
        let mut filters = Table::new();
        for text in &self.filter {
            let (column, wanted) = pair("where", text, "Manipulation=None")?;
            let texts = filters
                .entry(column)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Some(texts) = texts.as_array_mut() {
                texts.push(Value::from(wanted));
            }
        }
        for (key, table) in [("columns", columns), ("where", filters)] {
            if !table.is_empty() {
                draft.set("sites", key, table);
            }
        }
        for (key, word) in [
            ("when", &self.when),
            ("merge", &self.merge),
            ("crs", &self.crs),
        ] {
            if let Some(word) = word {
                draft.set("sites", key, word.as_str());
            }
        }
        if let Some(window) = self.window {
            draft.set("sites", "window", i64::from(window));
        }
        Ok(())
    }
}

/// A name and its text, such as `lon=Longitude`.
fn pair(option: &str, text: &str, example: &str) -> Result<(String, String), Failure> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        Failure::Usage(format!(
            "--{option} {text:?} has no sign of equality; write it as in --{option} {example}"
        ))
    })?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
