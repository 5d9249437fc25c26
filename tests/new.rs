//! `doline new`: a study file made of what lies in a folder.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use doline::draft::draft;
use doline::synth::{self, SynthOptions};

fn doline(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doline"))
        .args(args)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        .output()
        .expect("doline starts")
}

/// A folder with the inputs of a small synthetic study, without its study file.
fn inputs() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let options = SynthOptions {
        width: 16,
        height: 12,
        ..SynthOptions::default()
    };
    synth::write(dir.path(), &options, &mut |_, _| {}).expect("a study");
    for name in ["study.toml", "field.csv"] {
        fs::remove_file(dir.path().join(name)).expect("removed");
    }
    fs::remove_dir_all(dir.path().join("truth")).expect("removed");
    dir
}

#[test]
fn a_folder_of_rasters_becomes_a_study_that_runs() {
    let dir = inputs();
    let made = doline(&["new"], dir.path());
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(made.status.success(), "{made:?}");
    assert!(text.contains("doline check ./study.toml"), "{text}");
    let study = fs::read_to_string(dir.path().join("study.toml")).expect("a study");
    for line in [
        "years = [2001, 2020]",
        "[inputs.npp]",
        "files = \"npp/npp_{year}.tif\"",
        "[inputs.precipitation]",
        "[inputs.soc]",
        "[respiration]",
        "response   = \"nep\"",
        "# [zones.measures]",
    ] {
        assert!(study.contains(line), "{line} is not in\n{study}");
    }
    assert!(study.matches("guess").count() > 6, "{study}");
    let ran = doline(&["run", "study.toml", "--device", "cpu", "-q"], dir.path());
    assert!(ran.status.success(), "{ran:?}");
    assert!(dir.path().join("out/stacks/nep.tif").is_file());
    // Somebody's study file is not written over.
    let again = doline(&["new"], dir.path());
    assert_eq!(again.status.code(), Some(4), "{again:?}");
    assert!(String::from_utf8_lossy(&again.stderr).contains("--out"));
    let kept = fs::read_to_string(dir.path().join("study.toml")).expect("a study");
    assert_eq!(kept, study);
    // Results are no inputs: the same folder makes the same text.
    let made = draft(dir.path()).expect("a draft");
    assert_eq!(made.text, study);
    assert_eq!(
        made.inputs,
        ["precipitation", "radiation", "temperature", "npp", "soc"]
    );
}

#[test]
fn one_stack_of_any_name_gets_a_trend() {
    let dir = inputs();
    for name in ["climate", "soil", "zones"] {
        fs::remove_dir_all(dir.path().join(name)).expect("removed");
    }
    let other = dir.path().join("greenness \"x\"");
    fs::create_dir(&other).expect("a folder");
    for year in 2001..=2020 {
        let from = dir.path().join(format!("npp/npp_{year}.tif"));
        fs::rename(from, other.join(format!("ndvi_max_{year}.tif"))).expect("renamed");
    }
    let made = draft(dir.path()).expect("a draft");
    assert_eq!(made.inputs, ["ndvi_max"]);
    assert!(made.text.contains("of = [\"ndvi_max\"]"), "{}", made.text);
    fs::write(dir.path().join("s.toml"), &made.text).expect("written");
    let checked = doline(&["check", "s.toml", "--device", "cpu"], dir.path());
    assert!(checked.status.success(), "{checked:?}\n{}", made.text);
}

#[test]
fn a_folder_without_rasters_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = doline(&["new"], dir.path());
    assert_eq!(made.status.code(), Some(3), "{made:?}");
    assert!(String::from_utf8_lossy(&made.stderr).contains("--from"));
    let made = doline(&["new", "--from", "nowhere"], dir.path());
    assert_eq!(made.status.code(), Some(3), "{made:?}");
}
