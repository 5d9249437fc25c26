//! `doline measures`.

use toml::{Table, Value};

use super::draft::{Draft, Stack};
use super::finish::{Ending, finish_with};
use super::names;
use super::reading::Reading;
use super::values;
use super::zonal_args::TableOptions;
use super::zone_options::{StatedZones, ZoneOptions, add_set};
use crate::cli::console::{Console, Outcome};
use crate::cli::failure::Failure;
use crate::run::OtherMaps;

/// Arguments of `measures`.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = MEASURES_EXAMPLES,
    mut_arg("out", |out| out.help("Folder of the outputs; default: out"))
)]
pub(in crate::cli) struct MeasuresArgs {
    /// Rasters: one a year or month, or one with all of them; globs and patterns with {year} and
    /// {month} as well.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<String>,

    /// Name of the quantity in the tables; default: guessed from the file names.
    #[arg(long, value_name = "NAME", value_parser = names::check)]
    name: Option<String>,

    #[command(flatten)]
    comparison: Comparison,

    #[command(flatten)]
    zones: ZoneOptions,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    tables: TableOptions,

    /// One less the level of intervals; default: 0.05.
    #[arg(long, value_name = "P", help_heading = "What is computed and written")]
    alpha: Option<f64>,
}

/// How measures are compared with their control.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Measures and their control")]
struct Comparison {
    /// The set of --zones whose zones are the measures, with --control among them; default: the only one that
    /// is not of --blocks.
    #[arg(long, value_name = "SET")]
    measure: Option<String>,

    /// A set of zones within which measures are compared with the control: a file as of --zones, or the name
    /// of a set that is there already; once for each.
    #[arg(long = "match", value_name = "[NAME=]FILE")]
    matching: Vec<String>,

    /// And within so many classes of the mean in the stage before the measures; default: 0, none.
    #[arg(long, value_name = "N")]
    match_pre: Option<u32>,

    /// Side of the squares of places that are drawn together for intervals, in km; a square must hold whole
    /// patches of a measure. Default: that of a hundredth of the area, at least 20 pixels.
    #[arg(long, value_name = "KM", conflicts_with = "blocks")]
    block_km: Option<f64>,

    /// In place of squares: the set of zones of such places.
    #[arg(long, value_name = "SET")]
    blocks: Option<String>,

    /// Control nearer than this to a measure is left out, in km; default: 0.
    #[arg(long, value_name = "KM")]
    buffer_km: Option<f64>,

    /// The stage before the measures; default: the first --stage.
    #[arg(long, value_name = "STAGE")]
    pre: Option<String>,

    /// First year under a measure; once for each zone.
    #[arg(long, value_name = "ZONE=YEAR", conflicts_with = "start_field")]
    start: Vec<String>,

    /// In place of --start: field of the vector file with the first year, patch by patch.
    #[arg(long, value_name = "FIELD")]
    start_field: Option<String>,

    /// What measures are ranked by: `slope`, `did_STAGE`, or `after` where starts are stated; default:
    /// `slope`.
    #[arg(long, value_name = "CONTRAST")]
    rank_by: Option<String>,

    /// Draws of places for intervals; default: 999.
    #[arg(long, value_name = "N")]
    replicates: Option<u32>,

    /// Seed of the random numbers; default: 1.
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
}

const MEASURES_EXAMPLES: &str = "\
Without NAME= an option of zones is of the set of the measures.

Examples:
  doline measures ndvi_*.tif --zones measures.gpkg --field measure --control none
  doline measures 'nep_{year}.tif' --zones measures.gpkg --field measure --control none \\
      --match cover=landcover.tif --match dem.tif --breaks dem=300,600,900 --block-km 50 \\
      --stage first=2001-2005 --stage second=2006-2011 --start enclosure=2008 -o out
  doline measures lai.nc --zones m=measures.tif --labels 1=enclosure,8=none --control none \\
      --zones counties.gpkg --field counties=name --blocks counties";

pub(in crate::cli) fn measures(args: &MeasuresArgs, console: Console) -> Result<Outcome, Failure> {
    let comparison = &args.comparison;
    let mut sets = args.zones.sets()?;
    let measure = comparison.set_of_measures(&sets)?;
    let matching = comparison.matching.iter();
    let matching = matching.map(|argument| {
        if sets.contains_key(argument) || args.zones.is_cross(argument) {
            Ok(argument.clone())
        } else {
            add_set(&mut sets, "match", argument)
        }
    });
    let matching: Vec<String> = matching.collect::<Result<_, Failure>>()?;
    let StatedZones {
        zones,
        stages,
        classes,
    } = args.zones.stated_of(sets, Some(&measure))?;
    if !has_control(&zones, &measure) {
        return Err(Failure::Usage(format!(
            "measures are compared with a control, and {measure} has none; state the zone without a measure, --control ZONE"
        )));
    }
    let name = names::of(
        args.name.as_deref(),
        &args.files,
        &args.reading.variable,
        console,
    )?;
    let mut draft = Draft::new(
        &format!("Measures by {name}"),
        vec![Stack::new(&name, &args.files)],
    );
    draft.subject = Some(name.clone());
    draft.set("trend", "of", vec![name.clone()]);
    draft.set("output", "layers", "none");
    draft.set("measures", "of", vec![name]);
    draft.set("measures", "zones", measure);
    if !matching.is_empty() {
        draft.set("measures", "match", matching);
    }
    comparison.apply(&mut draft)?;
    if let Some(alpha) = args.alpha {
        draft.set("trend", "alpha", alpha);
        draft.set("measures", "level", 1.0 - alpha);
    }
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

/// Whether a set has a control.
fn has_control(zones: &Table, set: &str) -> bool {
    let table = zones.get(set).and_then(Value::as_table);
    table.is_some_and(|table| table.contains_key("control"))
}

impl Comparison {
    /// The set whose zones are the measures: as stated, else the only one.
    fn set_of_measures(&self, sets: &Table) -> Result<String, Failure> {
        let names: Vec<&str> = sets.keys().map(String::as_str).collect();
        let list = names.join(", ");
        if names.is_empty() {
            return Err(Failure::Usage(
                "no zones of measures; add --zones FILE, with --field NAME for a vector file"
                    .to_owned(),
            ));
        }
        if let Some(stated) = &self.measure {
            if sets.contains_key(stated) {
                return Ok(stated.clone());
            }
            return Err(Failure::Usage(format!(
                "--measure {stated:?} is no set of --zones; sets: {list}"
            )));
        }
        let is_of_places = |name: &str| self.blocks.as_deref() == Some(name);
        let others: Vec<&str> = names.into_iter().filter(|set| !is_of_places(set)).collect();
        match others[..] {
            [only] => Ok(only.to_owned()),
            _ => Err(Failure::Usage(format!(
                "which zones are the measures? write --measure SET; sets: {list}"
            ))),
        }
    }

    /// States these options in `[measures]`.
    fn apply(&self, draft: &mut Draft) -> Result<(), Failure> {
        let text = |text: &Option<String>| text.clone().map(Value::from);
        let whole = |n: Option<u32>| n.map(|n| Value::from(i64::from(n)));
        let options = [
            ("match_pre", whole(self.match_pre)),
            ("block_km", self.block_km.map(Value::from)),
            ("blocks", text(&self.blocks)),
            ("buffer_km", self.buffer_km.map(Value::from)),
            ("pre", text(&self.pre)),
            ("start_field", text(&self.start_field)),
            ("rank_by", text(&self.rank_by)),
            ("replicates", whole(self.replicates)),
            ("seed", whole(self.seed)),
        ];
        for (key, value) in options {
            if let Some(value) = value {
                draft.set("measures", key, value);
            }
        }
        let starts = self.start.iter().map(|text| values::first_year(text));
        let starts: Table = starts.collect::<Result<_, Failure>>()?;
        if !starts.is_empty() {
            draft.set("measures", "start", starts);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The set of the measures among `m` and `county`.
    fn chosen(arguments: &[&str]) -> Result<String, String> {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            comparison: Comparison,
        }
        let command = <Command as clap::Parser>::try_parse_from(
            std::iter::once("measures").chain(arguments.iter().copied()),
        );
        let command = command.map_err(|error| error.to_string())?;
        let sets = ["m", "county"].map(|name| (name.to_owned(), Value::Table(Table::new())));
        let set = command.comparison.set_of_measures(&Table::from_iter(sets));
        set.map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_set_of_the_measures_is_stated_or_the_only_one() {
        let county = Ok("county".to_owned());
        assert_eq!(chosen(&["--measure", "county"]), county);
        assert_eq!(chosen(&["--blocks", "county"]), Ok("m".to_owned()));
        let two = chosen(&[]).err().unwrap_or_default();
        assert!(two.contains("--measure SET; sets: m, county"), "{two}");
        let none = chosen(&["--measure", "x"]).err().unwrap_or_default();
        assert!(none.contains("no set of --zones"), "{none}");
    }
}
