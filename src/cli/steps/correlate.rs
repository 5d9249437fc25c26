//! `doline correlate`.

use super::finish::finish;
use super::options::{Common, ResponseAndDrivers};
use super::reading::Reading;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;

/// Arguments of `correlate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = CORRELATE_EXAMPLES)]
pub(in crate::cli) struct CorrelateArgs {
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

pub(in crate::cli) fn correlate(
    args: &CorrelateArgs,
    console: Console,
) -> Result<Outcome, Failure> {
    let (mut draft, response, drivers) = args.stacks.draft("Drivers", &args.reading, console)?;
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
    finish(draft, &args.reading, &args.common, console)
}
