//! `doline attribute`.

use toml::{Table, Value};

use super::finish::finish;
use super::options::{Common, ResponseAndDrivers, Tests};
use super::reading::Reading;
use super::values::years;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;

/// Arguments of `attribute`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = ATTRIBUTE_EXAMPLES)]
pub(in crate::cli) struct AttributeArgs {
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

pub(in crate::cli) fn attribute(
    args: &AttributeArgs,
    console: Console,
) -> Result<Outcome, Failure> {
    let (mut draft, ..) = args.stacks.draft("Attribution", &args.reading, console)?;
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
    finish(draft, &args.reading, &args.common, console)
}
