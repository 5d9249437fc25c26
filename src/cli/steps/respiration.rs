//! `doline respiration`.

use toml::{Table, Value};

use crate::kernels::models;
use crate::study::{DaysOfMonth, Denominator, PowerUnit};

use super::draft::{Draft, Stack};
use super::finish::finish;
use super::options::{Common, words_of};
use super::reading::Reading;
use super::values;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;

/// Arguments of `respiration`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = RESPIRATION_EXAMPLES)]
pub(in crate::cli) struct RespirationArgs {
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

    /// Model of heterotrophic respiration, or a fixed fraction such as 0.55; default:
    /// bond-lamberty-2004.
    #[arg(long, value_name = "MODEL")]
    heterotrophic: Option<String>,

    /// A coefficient of the model, as in K=5.6; once for each.
    #[arg(long, value_name = "SYMBOL=NUMBER", allow_hyphen_values = true)]
    parameter: Vec<String>,

    /// Denominator of precipitation in gsmsr.
    #[arg(long, value_parser = words_of(Denominator::WORDS))]
    denominator: Option<String>,

    /// Days of a month in models of daily rates.
    #[arg(long, value_parser = words_of(DaysOfMonth::WORDS))]
    days: Option<String>,

    /// Unit of soil respiration in the model `power`; default: gC m-2 d-1.
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
A reading option names its stack: --units temperature=K --scale npp=0.0001.

Examples:
  doline respiration --temperature t.tif --precipitation p.tif --soc soc.tif -o out
  doline respiration --temperature t.tif --precipitation p.tif --soc soc.tif --npp npp_*.tif \\
      --model gsmsr --heterotrophic bond-lamberty-2004 --parameter K=5.6";

pub(in crate::cli) fn respiration(
    args: &RespirationArgs,
    console: Console,
) -> Result<Outcome, Failure> {
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
    if let Some(model) = &args.heterotrophic {
        let model = model.parse::<f64>().map_or_else(
            |_| Value::from(model.as_str()),
            |fraction| {
                Value::Table(Table::from_iter([(
                    "fraction".to_owned(),
                    Value::from(fraction),
                )]))
            },
        );
        draft.set("respiration", "heterotrophic", model);
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
    finish(draft, &args.reading, &args.common, console)
}
