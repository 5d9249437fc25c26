//! A study file as users write it, and each way it can be wrong.

mod accepted;
mod refused;
mod unreadable;

use std::path::Path;

use super::*;

/// The study file of the manual, with every table.
const EXAMPLE: &str = include_str!("../example.toml");

/// The least study.
const LEAST: &str = "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n";

fn read(text: &str, overrides: &[&str]) -> Result<Study, StudyError> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Study::from_str(text, Path::new("data"), &overrides)
}

fn good(text: &str, overrides: &[&str]) -> Study {
    read(text, overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The message of the least study with `more` below it.
fn message(more: &str) -> String {
    read(&format!("{LEAST}{more}"), &[])
        .expect_err("the study is wrong")
        .to_string()
}
