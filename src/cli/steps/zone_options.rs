//! Options of zones and periods, and the tables of a study that they amount to.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::cli::failure::Failure;
use crate::run::ClassRaster;

use super::names;
use super::values;

/// The name by which `--stage` takes a calendar, as `[stages]` does.
const PRESET: &str = "preset";

/// Zones and periods.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Zones and periods")]
pub(super) struct ZoneOptions {
    /// A set of zones: a vector file (with --field), a raster of codes (with --labels) or a raster of a
    /// quantity (with --breaks); once for each set. Its name is NAME, else that of the file.
    #[arg(long, value_name = "[NAME=]FILE")]
    zones: Vec<String>,

    /// Field of the vector file that names the zones.
    #[arg(long, value_name = "[NAME=]FIELD")]
    field: Vec<String>,

    /// Layer of the vector file, where it has several.
    #[arg(long, value_name = "[NAME=]LAYER")]
    layer: Vec<String>,

    /// Labels of the codes of a raster, as in 1=karst,2=other; default: every code but 0 is a zone.
    #[arg(long, value_name = "[NAME=]CODE=LABEL,...", allow_hyphen_values = true)]
    labels: Vec<String>,

    /// Bounds of classes of a quantity, as in 300,600.
    #[arg(long, value_name = "[NAME=]NUMBER,...", allow_hyphen_values = true)]
    breaks: Vec<String>,

    /// Which pixels a zone has: centre, those whose centre it holds; or fraction, all by the share that it
    /// covers. Default: centre.
    #[arg(long, value_name = "[NAME=]RULE")]
    cells: Vec<String>,

    /// The zone that the others of its set are compared with.
    #[arg(long, value_name = "[NAME=]ZONE")]
    control: Vec<String>,

    /// Every combination of the zones of sets before it, as in cover=rock,landcover; once for each.
    #[arg(long, value_name = "NAME=SET,SET")]
    cross: Vec<String>,

    /// A period of its own in the tables, as in second=2006-2011; once for each. Or a calendar of them:
    /// preset=monitoring-rounds, preset=five-year-plans.
    #[arg(long, value_name = "NAME=FIRST-LAST")]
    stage: Vec<String>,

    /// A raster of classes, whose areas by zone go into tables/classes.csv; --labels names its codes.
    #[arg(long, value_name = "[NAME=]FILE")]
    classes: Vec<String>,
}

/// What the options state.
pub(super) struct StatedZones {
    /// `[zones]`, with a table for each set; empty without any.
    pub(super) zones: Table,
    /// `[stages]`; empty without any.
    pub(super) stages: Table,
    /// Rasters of classes.
    pub(super) classes: Vec<ClassRaster>,
}

impl StatedZones {
    /// The names of the zone sets.
    pub(super) fn sets(&self) -> Vec<&str> {
        self.zones.keys().map(String::as_str).collect()
    }
}

impl ZoneOptions {
    /// The tables that the options amount to. What is in them is checked with the study.
    pub(super) fn stated(&self) -> Result<StatedZones, Failure> {
        self.stated_of(self.sets()?, None)
    }

    /// Whether `--cross` makes a set of this name.
    pub(super) fn is_cross(&self, name: &str) -> bool {
        let mut crosses = self.cross.iter();
        crosses.any(|argument| argument.split_once('=').is_some_and(|(set, _)| set == name))
    }

    /// The sets of `--zones`, each with its file.
    pub(super) fn sets(&self) -> Result<Table, Failure> {
        let mut sets = Table::new();
        for argument in &self.zones {
            add_set(&mut sets, "zones", argument)?;
        }
        Ok(sets)
    }

    /// What the options state of these sets; one that names no set is of `subject`, where there is one.
    pub(super) fn stated_of(
        &self,
        zones: Table,
        subject: Option<&str>,
    ) -> Result<StatedZones, Failure> {
        let mut stated = StatedZones {
            zones,
            stages: Table::new(),
            classes: Vec::new(),
        };
        for argument in &self.cross {
            add_cross(&mut stated.zones, argument)?;
        }
        for argument in &self.classes {
            let (name, file) = named_file("classes", argument)?;
            let is_there = stated.classes.iter().any(|known| known.name == name);
            if is_there || stated.zones.contains_key(&name) {
                return Err(repeated("classes", argument, &name));
            }
            stated.classes.push(ClassRaster {
                name,
                path: PathBuf::from(file),
                labels: Vec::new(),
            });
        }
        self.state_keys(&mut stated, subject)?;
        for argument in &self.stage {
            let (name, value) = stage(argument)?;
            stated.stages.insert(name, value);
        }
        Ok(stated)
    }

    /// Puts the options of a set into its table.
    fn state_keys(&self, stated: &mut StatedZones, subject: Option<&str>) -> Result<(), Failure> {
        type Parse = fn(&str, &str) -> Result<Value, Failure>;
        let text: Parse = |_, text| Ok(Value::from(text));
        let numbers: Parse = |option, text| Ok(Value::from(values::numbers(option, text)?));
        let options: [(&str, &[String], Parse); 5] = [
            ("field", &self.field, text),
            ("layer", &self.layer, text),
            ("breaks", &self.breaks, numbers),
            ("cells", &self.cells, text),
            ("control", &self.control, text),
        ];
        for (option, arguments, parse) in options {
            for argument in arguments {
                let (set, value) = set_of(&stated.sets(), subject, option, argument)?;
                let value = parse(option, value)?;
                insert(&mut stated.zones, &set, option, value);
            }
        }
        for argument in &self.labels {
            let mut names = stated.sets();
            names.extend(stated.classes.iter().map(|class| class.name.as_str()));
            let (name, value) = set_of(&names, subject, "labels", argument)?;
            let labels = labels(argument, value)?;
            match stated.classes.iter_mut().find(|class| class.name == name) {
                Some(classes) => classes.labels.extend(class_labels(argument, &labels)?),
                None => insert(&mut stated.zones, &name, "labels", Value::Table(labels)),
            }
        }
        Ok(())
    }
}

/// Adds the set of an argument `[NAME=]FILE` and gives its name.
pub(super) fn add_set(sets: &mut Table, option: &str, argument: &str) -> Result<String, Failure> {
    let (name, file) = named_file(option, argument)?;
    if sets.contains_key(&name) {
        return Err(repeated(option, argument, &name));
    }
    let table = Table::from_iter([("file".to_owned(), Value::from(file))]);
    sets.insert(name.clone(), Value::Table(table));
    Ok(name)
}

/// Adds the set of an argument `NAME=SET,SET`.
fn add_cross(sets: &mut Table, argument: &str) -> Result<(), Failure> {
    let stated = argument.split_once('=').filter(|(name, members)| {
        names::is_plain(name)
            && members
                .split(',')
                .filter(|member| !member.is_empty())
                .count()
                > 1
    });
    let Some((name, members)) = stated else {
        return Err(Failure::Usage(format!(
            "--cross {argument:?} is not NAME=SET,SET, such as cover=rock,landcover"
        )));
    };
    if sets.contains_key(name) {
        return Err(repeated("cross", argument, name));
    }
    let members: Vec<&str> = members.split(',').collect();
    let table = Table::from_iter([("cross".to_owned(), Value::from(members))]);
    sets.insert(name.to_owned(), Value::Table(table));
    Ok(())
}

fn insert(zones: &mut Table, set: &str, key: &str, value: Value) {
    if let Some(table) = zones.get_mut(set).and_then(Value::as_table_mut) {
        table.insert(key.to_owned(), value);
    }
}

/// A file and its name: stated, or that of the file.
fn named_file(option: &str, argument: &str) -> Result<(String, String), Failure> {
    let stated = argument.split_once('=').filter(|(name, file)| {
        // A path may have the sign too.
        names::is_plain(name) && !file.is_empty() && !Path::new(argument).exists()
    });
    let (name, file) = match stated {
        Some((name, file)) => (Some(name.to_owned()), file),
        None => (names::of_file(argument), argument),
    };
    let name = name.ok_or_else(|| {
        Failure::Usage(format!(
            "--{option} {argument:?}: the file gives the set no name; write --{option} NAME={argument}"
        ))
    })?;
    Ok((name, file.to_owned()))
}

fn repeated(option: &str, argument: &str, name: &str) -> Failure {
    Failure::Usage(format!(
        "--{option} {argument:?}: {name} is there already; give it another name, --{option} NAME=FILE"
    ))
}

/// The set that an option is of, and the value after its name.
fn set_of<'a>(
    sets: &[&str],
    subject: Option<&str>,
    option: &str,
    argument: &'a str,
) -> Result<(String, &'a str), Failure> {
    let named = argument.split_once('=');
    if let Some((name, value)) = named.filter(|(name, _)| sets.contains(name)) {
        return Ok((name.to_owned(), value));
    }
    if let Some(subject) = subject {
        return Ok((subject.to_owned(), argument));
    }
    match sets {
        [only] => Ok(((*only).to_owned(), argument)),
        [] => Err(Failure::Usage(format!(
            "--{option} {argument:?} is of a set of zones, and there is none; add --zones FILE"
        ))),
        [first, ..] => Err(Failure::Usage(format!(
            "--{option} {argument:?} names no set of zones; write --{option} {first}=...; sets: {}",
            sets.join(", ")
        ))),
    }
}

/// Codes with their labels, such as `1=karst,2=other`.
fn labels(argument: &str, text: &str) -> Result<Table, Failure> {
    let mut labels = Table::new();
    for part in text.split(',') {
        let Some((code, label)) = part.split_once('=') else {
            return Err(Failure::Usage(format!(
                "--labels {argument:?}: {part:?} is not CODE=LABEL, such as 1=karst"
            )));
        };
        labels.insert(code.trim().to_owned(), Value::from(label));
    }
    Ok(labels)
}

/// The labels of a raster of classes.
fn class_labels(argument: &str, labels: &Table) -> Result<Vec<(i64, String)>, Failure> {
    let label = |(code, label): (&String, &Value)| {
        let class: Option<u8> = code.parse().ok();
        let class = class.filter(|class| *class < u8::MAX).ok_or_else(|| {
            Failure::Usage(format!(
                "--labels {argument:?}: the class {code:?} is not a whole number from 0 to 254"
            ))
        })?;
        Ok((
            i64::from(class),
            label.as_str().unwrap_or_default().to_owned(),
        ))
    };
    labels.iter().map(label).collect()
}

/// A stage, such as `second=2006-2011`, or a calendar of them, `preset=five-year-plans`; without a name its years are the
/// name.
fn stage(argument: &str) -> Result<(String, Value), Failure> {
    let (name, text) = argument.split_once('=').unwrap_or((argument, argument));
    if name == PRESET {
        return Ok((name.to_owned(), Value::from(text)));
    }
    let years = values::years(text)
        .map_err(|problem| Failure::Usage(format!("--stage {argument:?}: {problem}")))?;
    Ok((name.to_owned(), Value::from(years.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Result<StatedZones, String> {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            options: ZoneOptions,
        }
        let command = <Command as clap::Parser>::try_parse_from(
            std::iter::once("zonal").chain(arguments.iter().copied()),
        );
        let command = command.map_err(|error| error.to_string())?;
        command.options.stated().map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_of_the_set_that_they_name() {
        let stated = options(&[
            "--zones",
            "karst=data/rock.tif",
            "--zones",
            "data/dem 30.tif",
            "--labels",
            "karst=1=karst,2=a=b",
            "--breaks",
            "dem_30=-10,300",
            "--cells",
            "karst=fraction",
            "--stage",
            "first=2001-2005",
            "--stage",
            "2006-2011",
        ]);
        let stated = stated.map(|stated| {
            (
                toml::to_string(&stated.zones).unwrap_or_default(),
                toml::to_string(&stated.stages).unwrap_or_default(),
            )
        });
        let zones = "[karst]\nfile = \"data/rock.tif\"\ncells = \"fraction\"\n\n[karst.labels]\n1 = \"karst\"\n2 = \"a=b\"\n\n\
             [dem_30]\nfile = \"data/dem 30.tif\"\nbreaks = [-10.0, 300.0]\n";
        let stages = "first = [2001, 2005]\n2006-2011 = [2006, 2011]\n";
        assert_eq!(stated, Ok((zones.to_owned(), stages.to_owned())));
    }

    #[test]
    fn an_option_of_no_set_says_what_to_write() {
        let said = |arguments: &[&str]| options(arguments).err().unwrap_or_default();
        let none = said(&["--field", "name"]);
        assert!(none.contains("add --zones FILE"), "{none}");
        let two = said(&["--zones", "a.gpkg", "--zones", "b.gpkg", "--field", "name"]);
        assert!(two.contains("--field a=...; sets: a, b"), "{two}");
        let again = said(&["--zones", "a.gpkg", "--zones", "x/a.tif"]);
        assert!(again.contains("is there already"), "{again}");
        let label = said(&["--zones", "a.tif", "--labels", "karst"]);
        assert!(label.contains("CODE=LABEL"), "{label}");
        let class = said(&["--classes", "a.tif", "--labels", "300=karst"]);
        assert!(class.contains("0 to 254"), "{class}");
        let stage = said(&["--stage", "second=2011-2006"]);
        assert!(stage.contains("2006-2011"), "{stage}");
    }

    #[test]
    fn combinations_and_calendars_are_those_of_a_study() {
        let stated = options(&[
            "--zones",
            "a.tif",
            "--zones",
            "b.gpkg",
            "--field",
            "b=name",
            "--cross",
            "both=a,b",
            "--control",
            "both=x x y",
            "--stage",
            "preset=five-year-plans",
        ]);
        let stated = stated.expect("options");
        let both = toml::to_string(&stated.zones["both"]).unwrap_or_default();
        assert_eq!(both, "cross = [\"a\", \"b\"]\ncontrol = \"x x y\"\n");
        assert_eq!(stated.sets(), ["a", "b", "both"]);
        assert_eq!(stated.stages["preset"].as_str(), Some("five-year-plans"));
        let said = |cross: &str| {
            let wrong = options(&["--zones", "a.tif", "--cross", cross]);
            wrong.err().unwrap_or_default()
        };
        assert!(said("both=a").contains("NAME=SET,SET"));
        assert!(said("a=a,b").contains("is there already"));
    }

    #[test]
    fn labels_of_classes_are_theirs() {
        let stated = options(&["--classes", "lc=lc.tif", "--labels", "0=none,1=forest"]);
        let labels = stated.map(|stated| stated.classes[0].labels.clone());
        let expected = vec![(0, "none".to_owned()), (1, "forest".to_owned())];
        assert_eq!(labels, Ok(expected));
    }
}
