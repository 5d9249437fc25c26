//! A study as users write it, and the least one.

use std::path::Path;

use crate::study::{Study, StudyError};

/// The study file of the manual, with every table.
pub(super) const EXAMPLE: &str = include_str!("../example.toml");

/// The least study.
pub(super) const LEAST: &str =
    "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n";

pub(super) fn read(text: &str, overrides: &[&str]) -> Result<Study, StudyError> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Study::from_str(text, Path::new("data"), &overrides)
}

pub(super) fn good(text: &str, overrides: &[&str]) -> Study {
    read(text, overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The message of the least study with `more` below it.
pub(super) fn message(more: &str) -> String {
    read(&format!("{LEAST}{more}"), &[])
        .expect_err("the study is wrong")
        .to_string()
}

/// A vector set with a control, a fractional one, a raster of codes and one of a quantity.
pub(super) const ZONES: &str = "[zones.measure]\nfile = \"m.gpkg\"\nfield = \"m\"\ncontrol = \"none\"\n\
     [zones.county]\nfile = \"c.gpkg\"\nfield = \"name\"\ncells = \"fraction\"\n\
     [zones.rock]\nfile = \"rock.tif\"\nlabels = { 1 = \"karst\", 2 = \"other\" }\n\
     [zones.height]\nfile = \"dem.tif\"\nbreaks = [300, 600]\n\
     [stages]\nfirst = [2001, 2005]\nsecond = [2006, 2011]\n";

/// What is wrong below [`ZONES`], each with the end of its only message.
pub(super) fn check(cases: &[(&str, &str)]) {
    for (more, expected) in cases {
        let found = message(&format!("{ZONES}{more}"));
        assert!(
            found.ends_with(expected) && !found.contains('\n'),
            "{more}\n{found}"
        );
    }
}
