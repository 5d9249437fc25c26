//! The files that the schema writes are those of the repository, and its rows are true.

use std::collections::BTreeSet;
use std::path::Path;

use super::list::TABLES;
use super::row::{Shown, Style, TableSpec, is_chosen};
use super::{
    Fallback, bootstrap, drivers, example_file, geodetector, inputs, measures, phase,
    reference_page, uncertainty, zones,
};
use crate::study::Study;
use crate::study::places::{MeasuresTable, SIMULATIONS, ZoneTable};
use crate::study::tables::{BootstrapTable, DriversTable, UncertaintyTable};
use crate::tile::Decoding;

/// Compares a file of the repository with what the schema writes, or writes it anew where
/// `DOLINE_WRITE` is set.
fn is_current(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("DOLINE_WRITE").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("created");
        std::fs::write(&file, expected).expect("written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == expected,
        "{path} differs from the schema; write it anew: DOLINE_WRITE=1 cargo test --lib study"
    );
}

#[test]
fn the_example_is_that_of_the_schema() {
    is_current("src/study/example.toml", &example_file());
}

#[test]
fn the_reference_page_is_that_of_the_schema() {
    is_current("docs/reference/study-file.md", &reference_page());
}

/// A study with its overrides, without what only remembers how it was written.
fn study(text: &str, overrides: &[String]) -> Study {
    let mut study = Study::from_str(text, Path::new(""), overrides)
        .unwrap_or_else(|error| panic!("{overrides:?}: {error}"));
    study.overrides.clear();
    study.stated.clear();
    study.toml.clear();
    study.trend.tests_stated = false;
    study
}

/// The tables with a line of their own, each with its key in an example.
fn headers() -> impl Iterator<Item = (String, &'static TableSpec)> {
    let headers = TABLES.iter().filter(|table| table.style == Style::Header);
    headers.map(|table| {
        let name = table.named.unwrap_or_default();
        (table.path.replace("NAME", name), *table)
    })
}

#[test]
fn a_default_that_is_stated_changes_nothing() {
    let least = "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n\
                 [uncertainty.parameters]\nR0 = { sd = 0.06 }\n\
                 [zones.measure]\nfile = \"m.gpkg\"\nfield = \"m\"\ncontrol = \"none\"\n\
                 [geodetector]\n[sites]\nfile = \"field.csv\"\n";
    let expected = study(least, &[]);
    let mut seen = 0;
    for (path, table) in headers() {
        for row in table.rows {
            if let Fallback::Value(value) = row.fallback {
                let stated = study(least, &[format!("{path}.{}={value}", row.name)]);
                assert_eq!(stated, expected, "{path}.{} = {value}", row.name);
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "only {seen} keys have a value as default");
}

#[test]
fn every_value_of_the_example_is_right_at_once() {
    let mut overrides = Vec::new();
    for (path, table) in headers() {
        for row in table.rows {
            if let Shown::Stated(value) | Shown::Commented(value) = row.shown {
                overrides.push(format!("{path}.{}={value}", row.name));
            }
        }
        for entry in table.entries {
            overrides.push(format!("{path}.{}={}", entry.name, entry.value));
        }
    }
    for table in TABLES.iter().filter(|table| table.style == Style::Inline) {
        if table.is_commented {
            overrides.push(format!("{}={}", table.path, table.example));
        }
    }
    let study = study(&example_file(), &overrides);
    assert_eq!(
        study.uncertainty.map(|table| table.parameters.len()),
        Some(2)
    );
    assert!(study.respiration.ensemble.is_some() && study.bootstrap.replicates > 0);
    assert_eq!((study.zones.len(), study.stages.len()), (5, 6));
    assert!(study.geodetector.is_some() && study.warnings.is_empty());
}

#[test]
fn a_key_that_excludes_another_is_right_in_its_place() {
    for (row, other) in [
        (&measures::START_FIELD.row, "start"),
        (&measures::BLOCK_KM.row, "blocks"),
    ] {
        let Shown::Instead(value) = row.shown else {
            panic!("{} excludes nothing", row.name)
        };
        let stated = format!("measures.{}={value}", row.name);
        let alone = study(&example_file(), std::slice::from_ref(&stated));
        assert_ne!(alone.measures, study(&example_file(), &[]).measures);
        let rows = measures::TABLE.rows.iter();
        let shown = rows.filter(|row| row.name == other).map(|row| row.example);
        let both: Vec<String> = shown
            .map(|value| format!("measures.{other}={value}"))
            .chain([stated])
            .collect();
        let error = Study::from_str(&example_file(), Path::new(""), &both).unwrap_err();
        let expected = format!("cannot be used with `measures.{other}`");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn the_numbers_of_bounds_are_those_of_the_code() {
    for (row, number) in [
        (&inputs::NODATA.row, Decoding::MAX_NODATA - 1),
        (&uncertainty::DRAWS.row, UncertaintyTable::MAX_DRAWS),
        (&drivers::PREDICTORS.row, DriversTable::MAX_PREDICTORS),
        (&bootstrap::REPLICATES.row, BootstrapTable::MAX_REPLICATES),
        (&phase::REPLICATES.row, *SIMULATIONS.start()),
        (&phase::REPLICATES.row, *SIMULATIONS.end()),
        (&measures::REPLICATES.row, *SIMULATIONS.start()),
        (&measures::REPLICATES.row, *SIMULATIONS.end()),
        (&geodetector::SURROGATES.row, *SIMULATIONS.start()),
        (&geodetector::SURROGATES.row, *SIMULATIONS.end()),
        (&measures::MATCH_PRE.row, MeasuresTable::MAX_MATCH_PRE),
        (&zones::CROSS.row, ZoneTable::MAX_CROSSED),
    ] {
        let bounds = row.bounds.unwrap_or_default();
        let mut words = bounds.split(' ');
        assert!(
            words.any(|word| word == number.to_string()),
            "{}: {bounds} lacks {number}",
            row.name
        );
    }
}

#[test]
fn a_table_names_each_key_once_and_says_what_it_means() {
    for table in TABLES {
        let names: BTreeSet<&str> = table.rows.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), table.rows.len(), "{}", table.path);
        let rows = table.rows.iter().map(|row| row.meaning);
        for meaning in rows.chain([table.meaning]) {
            assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{meaning}");
        }
        let has_chosen_name = table.path.split('.').any(is_chosen);
        assert!(
            table.named.is_none() || has_chosen_name,
            "{} has no name to choose",
            table.path
        );
    }
}

#[test]
fn every_word_has_a_meaning_of_its_own() {
    let rows = TABLES.iter().flat_map(|table| table.rows.iter().copied());
    for row in rows {
        let words = row.words.map(|words| words()).unwrap_or_default();
        let meanings: BTreeSet<&str> = words.iter().map(|(_, meaning)| *meaning).collect();
        assert_eq!(meanings.len(), words.len(), "{}", row.name);
        assert!(!meanings.contains(""), "{}", row.name);
    }
}
