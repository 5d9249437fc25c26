//! `doline trend`, `correlate`, `attribute` and `respiration`: one step of the carbon chain on any
//! stack of rasters.
//!
//! Each makes a study of its arguments and runs it as `doline run` does: nothing is computed in a
//! second way. Messages are put into the words of the command line.

mod draft;
mod names;
mod values;
mod words;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use toml::{Table, Value};

use crate::error::Error;
use crate::kernels::models;
use crate::run::RunOptions;
use crate::study::{
    Compress, DaysOfMonth, Denominator, Device, FalseDiscovery, Format, PowerUnit, TrendTest,
};

use super::run::{summary, watched};
use super::{Failure, Say, Verdict, command_line};
use draft::{Draft, Stack};
use values::{years, years_of};

/// What all step commands take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is computed and written")]
struct Common {
    /// First and last year, as in 1982-2013; default: all years that the files hold in full.
    #[arg(long, value_name = "FIRST-LAST", value_parser = years)]
    years: Option<[i32; 2]>,

    /// Valid years that a pixel needs; default: three quarters of the years, at least 4.
    #[arg(long, value_name = "N")]
    min_years: Option<u32>,

    /// Raster (non-zero is inside) or polygons; pixels outside are missing in every map.
    #[arg(long, value_name = "FILE")]
    mask: Option<String>,

    /// What computes: auto, gpu, cpu, or a part of an adapter's name. gpu never falls back to cpu.
    #[arg(short, long, value_name = "DEVICE")]
    device: Option<String>,

    /// Folder of the outputs.
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,

    /// Format of the maps.
    #[arg(long, value_parser = words_of(Format::WORDS))]
    format: Option<String>,

    /// Compression of the maps.
    #[arg(long, value_parser = words_of(Compress::WORDS))]
    compress: Option<String>,

    /// Only these layers, by name with commas between; default: all that the command makes.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    layers: Vec<String>,

    /// Host and device budget, as in 4GiB; default: 2GiB. Changes no result.
    #[arg(long, value_name = "BYTES")]
    memory: Option<String>,
}

/// How the files of a stack are read. Each may be given more than once.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How files are read")]
struct Reading {
    /// A product whose scale, unit, fill values and steps hold where none are given: MOD17A3HGF, ...
    /// (`doline products` lists them).
    #[arg(long, value_name = "[STACK=]PRODUCT")]
    product: Vec<String>,

    /// Variable of netCDF, HDF and Zarr files.
    #[arg(long, value_name = "[STACK=]NAME")]
    variable: Vec<String>,

    /// Unit, instead of the file's own.
    #[arg(long, value_name = "[STACK=]UNIT")]
    units: Vec<String>,

    /// Factor on stored numbers, instead of the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER", allow_hyphen_values = true)]
    scale: Vec<String>,

    /// Added after the factor, instead of the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER", allow_hyphen_values = true)]
    offset: Vec<String>,

    /// Stored numbers that mean missing, besides the file's own.
    #[arg(long, value_name = "[STACK=]NUMBER,...", allow_hyphen_values = true)]
    nodata: Vec<String>,

    /// Least and largest valid stored number; outside is missing.
    #[arg(long, value_name = "[STACK=]LOW,HIGH", allow_hyphen_values = true)]
    valid_range: Vec<String>,

    /// annual or monthly, instead of what the files tell.
    #[arg(long, value_name = "[STACK=]STEPS")]
    steps: Vec<String>,

    /// Years and months known to have no file or band: missing data, such as 2003,2005-07.
    #[arg(long, value_name = "[STACK=]TIME,...")]
    missing: Vec<String>,

    /// How months become a year: mean or sum.
    #[arg(long, value_name = "[STACK=]HOW")]
    aggregate: Vec<String>,

    /// Take values that cannot be the quantity of that name, such as a temperature of 290 degC.
    #[arg(long)]
    no_check_range: bool,
}

/// Arguments of `trend`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = TREND_EXAMPLES)]
pub(super) struct TrendArgs {
    /// Rasters: one a year or month, or one with all of them; globs and patterns with {year} and
    /// {month} as well.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<String>,

    /// Name of the quantity, which the maps are named by; default: guessed from the file names.
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

/// Which tests of trend.
#[derive(Debug, clap::Args)]
struct Tests {
    /// Tests and estimates of trend; default: ols,sen,mk.
    #[arg(long = "tests", value_name = "TESTS", value_delimiter = ',', value_parser = words_of(TrendTest::WORDS))]
    named: Vec<String>,

    /// Level of significance of texts and shares; default: 0.05.
    #[arg(long, value_name = "P")]
    alpha: Option<f64>,

    /// Maps of q, p adjusted for the number of pixels, and classes on q: benjamini-hochberg (--fdr alone) or
    /// benjamini-yekutieli.
    #[arg(
        long, value_name = "RULE", num_args = 0..=1, require_equals = true,
        default_missing_value = "benjamini-hochberg", value_parser = words_of(FalseDiscovery::WORDS)
    )]
    fdr: Option<String>,

    /// Measure false alarms and power of the tests on series like these; tables/calibration.csv.
    #[arg(long)]
    calibrate: bool,
}

/// Arguments of `correlate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CORRELATE_EXAMPLES)]
pub(super) struct CorrelateArgs {
    #[command(flatten)]
    stacks: ResponseAndDrivers,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    common: Common,
}

const CORRELATE_EXAMPLES: &str = "\
Without STACK= an option is of the response; --units temperature=K is of that driver.

Examples:
  doline correlate --response nep_*.tif --driver temperature=t.tif --driver precipitation=pr_{year}.tif
  doline correlate --response ndvi.tif --driver rain=pr.nc --variable rain=pr --aggregate rain=sum";

/// What is explained, and by what.
#[derive(Debug, clap::Args)]
struct ResponseAndDrivers {
    /// Rasters of what is explained; annual, or monthly.
    #[arg(long, required = true, num_args = 1.., value_name = "FILES")]
    response: Vec<String>,

    /// A driver and its rasters, annual or monthly; once for each, at most eight.
    #[arg(long, required = true, num_args = 1.., value_name = "NAME=FILES")]
    driver: Vec<String>,

    /// Name of the response, which the maps are named by; default: guessed from the file names.
    #[arg(long, value_name = "NAME", value_parser = names::check)]
    name: Option<String>,
}

/// Arguments of `attribute`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = ATTRIBUTE_EXAMPLES)]
pub(super) struct AttributeArgs {
    #[command(flatten)]
    stacks: ResponseAndDrivers,

    /// How sensitivities to climate are estimated, each a full set of layers: raw, detrended,
    /// first-difference, baseline=2001-2005; default: raw,detrended.
    #[arg(long, value_delimiter = ',', value_name = "KINDS")]
    sensitivity: Vec<String>,

    #[command(flatten)]
    tests: Tests,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    common: Common,
}

const ATTRIBUTE_EXAMPLES: &str = "\
Without STACK= an option is of the response; --units temperature=K is of that driver.

Examples:
  doline attribute --response nep_*.tif --driver temperature=t.tif --driver precipitation=p.tif
  doline attribute --response ndvi.tif --driver temperature=t.tif --sensitivity raw,baseline=1982-1990";

/// Arguments of `respiration`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = RESPIRATION_EXAMPLES)]
pub(super) struct RespirationArgs {
    /// Monthly temperature.
    #[arg(long, required = true, num_args = 1.., value_name = "FILES")]
    temperature: Vec<String>,

    /// Monthly precipitation.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    precipitation: Vec<String>,

    /// Soil organic carbon, 0-20 cm, one band.
    #[arg(long, value_name = "FILE")]
    soc: Option<String>,

    /// Annual net primary production; with it NEP is computed.
    #[arg(long, num_args = 1.., value_name = "FILES")]
    npp: Vec<String>,

    /// Model of soil respiration; default: gsmsr.
    #[arg(long, value_parser = words_of(&models::soil_respiration_words()))]
    model: Option<String>,

    /// Law of heterotrophic respiration by its name, or a fixed fraction such as 0.55; default:
    /// bond-lamberty-2004.
    #[arg(long, value_name = "LAW")]
    heterotrophic: Option<String>,

    /// A coefficient of the model, as in K=5.6; once for each.
    #[arg(long, value_name = "SYMBOL=NUMBER", allow_hyphen_values = true)]
    parameter: Vec<String>,

    /// Denominator of precipitation in gsmsr.
    #[arg(long, value_parser = words_of(Denominator::WORDS))]
    denominator: Option<String>,

    /// Days of a month in models of a day.
    #[arg(long, value_parser = words_of(DaysOfMonth::WORDS))]
    days: Option<String>,

    /// Unit in which the law `power` takes soil respiration; default: gC m-2 d-1.
    #[arg(long, value_parser = words_of(PowerUnit::WORDS))]
    power_unit: Option<String>,

    /// Months that a year needs; default: 12.
    #[arg(long, value_name = "N")]
    min_months: Option<u32>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    common: Common,
}

const RESPIRATION_EXAMPLES: &str = "\
Options of reading name the stack that they are of: --units temperature=K --scale npp=0.0001.

Examples:
  doline respiration --temperature t.tif --precipitation p.tif --soc soc.tif -o out
  doline respiration --temperature t.tif --precipitation p.tif --soc soc.tif --npp npp_*.tif \\
      --model gsmsr --heterotrophic bond-lamberty-2004 --parameter K=5.6";

/// The words that an option takes, for messages and completions.
fn words_of<T: Copy>(words: &[(&'static str, T)]) -> PossibleValuesParser {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word).collect::<Vec<_>>())
}

pub(super) fn trend(args: &TrendArgs, say: Say) -> Result<Verdict, Failure> {
    let name = names::of(
        args.name.as_deref(),
        &args.files,
        &args.reading.variable,
        say,
    )?;
    let mut draft = Draft::new(
        &format!("Trend of {name}"),
        vec![Stack::new(&name, &args.files)],
    );
    draft.subject = Some(name.clone());
    draft.set("trend", "of", vec![name]);
    args.tests.apply(&mut draft);
    finish(draft, &args.reading, &args.common, say)
}

pub(super) fn correlate(args: &CorrelateArgs, say: Say) -> Result<Verdict, Failure> {
    let (mut draft, response, drivers) = args.stacks.draft("Drivers", &args.reading, say)?;
    if args.common.layers.is_empty() {
        // With their folder: without it the coefficients of other sensitivities would be meant too.
        let each = ["partial", "coef", "beta", "vif"];
        let mut layers: Vec<String> = drivers
            .iter()
            .flat_map(|d| each.map(|what| format!("maps/{response}_{what}_{d}")))
            .collect();
        layers.extend(
            drivers
                .iter()
                .map(|d| format!("maps/{response}_partial_{d}_p")),
        );
        layers.extend(["drivers_r2", "drivers_p"].map(|what| format!("maps/{response}_{what}")));
        layers.push("flags".to_owned());
        draft.set("output", "layers", layers);
    }
    finish(draft, &args.reading, &args.common, say)
}

pub(super) fn attribute(args: &AttributeArgs, say: Say) -> Result<Verdict, Failure> {
    let (mut draft, ..) = args.stacks.draft("Attribution", &args.reading, say)?;
    args.tests.apply(&mut draft);
    let kinds = if args.sensitivity.is_empty() {
        vec!["raw".into(), "detrended".into()]
    } else {
        args.sensitivity.clone()
    };
    let kind = |word: &String| match word.split_once(['=', ':']) {
        Some(("baseline", text)) => {
            let [first, last] = years(text)
                .map_err(|problem| Failure::Usage(format!("--sensitivity {word}: {problem}")))?;
            Ok(Value::Table(Table::from_iter([(
                "baseline".to_owned(),
                Value::from(vec![first, last]),
            )])))
        }
        _ => Ok(Value::from(word.clone())),
    };
    let kinds = kinds
        .iter()
        .map(kind)
        .collect::<Result<Vec<Value>, Failure>>()?;
    draft.set("attribution", "sensitivity", kinds);
    finish(draft, &args.reading, &args.common, say)
}

pub(super) fn respiration(args: &RespirationArgs, say: Say) -> Result<Verdict, Failure> {
    let soc: Vec<String> = args.soc.iter().cloned().collect();
    let given = [
        ("temperature", &args.temperature),
        ("precipitation", &args.precipitation),
        ("soc", &soc),
        ("npp", &args.npp),
    ];
    let stacks = given.into_iter().filter(|(_, files)| !files.is_empty());
    let mut draft = Draft::new(
        "Respiration",
        stacks
            .map(|(name, files)| Stack::of_model(name, files))
            .collect(),
    );
    for (key, word) in [
        ("model", &args.model),
        ("denominator", &args.denominator),
        ("days", &args.days),
        ("power_unit", &args.power_unit),
    ] {
        if let Some(word) = word {
            draft.set("respiration", key, word.as_str());
        }
    }
    if let Some(law) = &args.heterotrophic {
        let law = law.parse::<f64>().map_or_else(
            |_| Value::from(law.as_str()),
            |fraction| {
                Value::Table(Table::from_iter([(
                    "fraction".to_owned(),
                    Value::from(fraction),
                )]))
            },
        );
        draft.set("respiration", "heterotrophic", law);
    }
    let parameters = args
        .parameter
        .iter()
        .map(|text| values::parameter(text))
        .collect::<Result<Table, Failure>>()?;
    draft.set("respiration", "parameters", parameters);
    if let Some(months) = args.min_months {
        draft.set("respiration", "min_months", i64::from(months));
    }
    // Rh of `pei` follows from climate alone.
    let needs_rs = args.heterotrophic.as_deref() != Some("pei") || args.soc.is_some();
    let mut fluxes = if needs_rs {
        vec!["rs", "rh"]
    } else {
        vec!["rh"]
    };
    if !args.npp.is_empty() {
        fluxes.push("nep");
    }
    let climate = [
        ("temperature", &args.temperature),
        ("precipitation", &args.precipitation),
    ];
    let climate = climate
        .into_iter()
        .filter(|(_, files)| !files.is_empty())
        .map(|(name, _)| name);
    draft.set(
        "trend",
        "of",
        fluxes.iter().copied().chain(climate).collect::<Vec<_>>(),
    );
    if args.common.layers.is_empty() {
        let mut layers: Vec<String> = fluxes.iter().map(|flux| format!("stacks/{flux}")).collect();
        layers.extend(fluxes.iter().map(|flux| format!("maps/{flux}_mean")));
        if !args.npp.is_empty() {
            layers.extend(["maps/npp_mean".to_owned(), "maps/nep_balance".to_owned()]);
        }
        draft.set("output", "layers", layers);
    }
    finish(draft, &args.reading, &args.common, say)
}

impl Tests {
    fn apply(&self, draft: &mut Draft) {
        if !self.named.is_empty() {
            draft.set("trend", "tests", self.named.clone());
        }
        if let Some(alpha) = self.alpha {
            draft.set("trend", "alpha", alpha);
        }
        if let Some(rule) = &self.fdr {
            draft.set("trend", "fdr", rule.clone());
        }
        if self.calibrate {
            draft.set("trend", "calibrate", true);
        }
    }
}

impl ResponseAndDrivers {
    /// The study of a response and its drivers, and their names.
    fn draft(
        &self,
        title: &str,
        reading: &Reading,
        say: Say,
    ) -> Result<(Draft, String, Vec<String>), Failure> {
        let response = names::of(self.name.as_deref(), &self.response, &reading.variable, say)?;
        let drivers = names::drivers(&self.driver)?;
        if drivers.iter().any(|driver| driver.name == response) {
            return Err(Failure::Usage(format!(
                "--driver {response}=...: the response is called {response} too; give it another name with --name"
            )));
        }
        let names: Vec<String> = drivers.iter().map(|driver| driver.name.clone()).collect();
        let stacks = std::iter::once(Stack::new(&response, &self.response))
            .chain(drivers)
            .collect();
        let mut draft = Draft::new(&format!("{title} of {response}"), stacks);
        draft.subject = Some(response.clone());
        draft.set("grid", "like", response.as_str());
        draft.set("drivers", "response", response.as_str());
        draft.set("drivers", "predictors", names.clone());
        draft.set(
            "trend",
            "of",
            std::iter::once(response.clone())
                .chain(names.clone())
                .collect::<Vec<_>>(),
        );
        Ok((draft, response, names))
    }
}

/// Puts the common options into the draft, runs it and says what came out.
fn finish(
    mut draft: Draft,
    reading: &Reading,
    common: &Common,
    say: Say,
) -> Result<Verdict, Failure> {
    for (table, key, value) in [
        (
            "trend",
            "min_years",
            common.min_years.map(|n| Value::from(i64::from(n))),
        ),
        ("grid", "mask", common.mask.clone().map(Value::from)),
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
        .find_years(stated, say)
        .map_err(|failure| words.failure(&failure))?;
    let (study, text) = draft.study(&words)?;
    let options = RunOptions {
        out: Some(common.out.clone()),
        device: common.device.as_deref().map(Device::from_word),
        command: command_line(),
        arguments_as_study: Some(text),
        ..RunOptions::default()
    };
    let record = watched(&study, &options, &|text| words.reword(text), say)
        .map_err(|failure| words.failure(&failure))?;
    summary(&record, say);
    Ok(Verdict::Done)
}

/// An error of reading as a failure of the command.
fn source_failure(error: crate::sources::SourceError) -> Failure {
    Failure::Run(Error::from(error))
}
