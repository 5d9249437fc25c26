//! `doline zonal`.

use std::path::Path;

use super::draft::{Draft, Stack};
use super::finish::{Ending, finish_with};
use super::names;
use super::zonal_again::{again, is_finished_run};
use super::zonal_args::ZonalArgs;
use super::zone_options::StatedZones;
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;
use crate::run::OtherMaps;

pub(in crate::cli) fn zonal(args: &ZonalArgs, console: Console) -> Result<Outcome, Failure> {
    let stated = args.zones.stated()?;
    if let [only] = args.files.as_slice()
        && is_finished_run(Path::new(only))?
    {
        return again(Path::new(only), args, stated, console);
    }
    let name = names::of(
        args.name.as_deref(),
        &args.files,
        &args.reading.variable,
        console,
    )?;
    let mut draft = Draft::new(
        &format!("Tables of {name}"),
        vec![Stack::new(&name, &args.files)],
    );
    draft.subject = Some(name.clone());
    draft.set("trend", "of", vec![name]);
    if let Some(alpha) = args.alpha {
        draft.set("trend", "alpha", alpha);
    }
    draft.set("output", "layers", "none");
    let StatedZones {
        zones,
        stages,
        classes,
    } = stated;
    draft.set_tables("zones", zones);
    draft.set_tables("stages", stages);
    let ending = Ending {
        other_maps: OtherMaps {
            written: None,
            classes,
        },
        ..Ending::default()
    };
    finish_with(draft, &args.reading, &args.tables.common(), ending, console)
}
