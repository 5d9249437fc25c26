//! The bytes of the outputs: one study leaves the same files whatever the threads, the budget and the tiles, on every
//! run.
#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use doline::synth::{self, SynthOptions};

/// Several blocks, with parts of blocks at the edges.
const SIZE: [usize; 2] = [300, 400];

/// Layers of every kind: stacks, quantities, classes, flags, and maps that are made after the last tile.
const OVERRIDES: [&str; 4] = [
    "trend.of=[\"nep\"]",
    "trend.fdr=true",
    "trend.tests=[\"ols\"]",
    "output.layers=[\"nep\", \"nep_mean\", \"nep_slope\", \"nep_p\", \"nep_q\", \"nep_class\", \"nep_n\", \"flags\"]",
];

/// The bytes of all files of a run but for its record, by their names.
fn outputs(study: &Path, threads: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_doline"));
    command
        .arg("run")
        .arg(study)
        .args(["-q", "--device", "cpu"]);
    command.arg("--out").arg(dir.path()).args(more);
    for change in OVERRIDES {
        command.args(["--set", change]);
    }
    let run = command.env("RAYON_NUM_THREADS", threads).output();
    let run = run.expect("a run");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{threads} {more:?}: {stderr}");
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .file_name()
                .is_some_and(|name| name != "run.json" && name != "report.html")
            {
                // The record and the page say how many threads there were.
                let name = path.strip_prefix(dir.path()).expect("below it");
                let bytes = fs::read(&path).expect("a file");
                files.insert(name.to_string_lossy().into_owned(), bytes);
            }
        }
    }
    let tables = files.keys().filter(|name| name.starts_with("tables/"));
    assert!(files.len() - tables.count() >= 8, "{:?}", files.keys());
    files
}

#[test]
fn every_run_of_a_study_leaves_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = SynthOptions {
        height: SIZE[0],
        width: SIZE[1],
        ..SynthOptions::default()
    };
    let study = synth::write(dir.path(), &options, &mut |_, _| {});
    let study = study.expect("a study").study;
    for (format, runs) in [
        (
            "gtiff",
            &[
                ("4", &[][..]),
                ("3", &["--tile", "80x128"]),
                ("2", &["--tile", "256x256"]),
                ("1", &["--set", "engine.memory=64MiB"]),
                ("2", &["--set", "engine.memory=24MiB"]),
            ][..],
        ),
        ("cog", &[("3", &["--set", "engine.memory=64MiB"][..])][..]),
    ] {
        let format = format!("output.format={format}");
        let first = outputs(&study, "2", &["--set", &format]);
        for (threads, more) in runs {
            let more = [&["--set", &format][..], more].concat();
            let again = outputs(&study, threads, &more);
            let names = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
                files.keys().cloned().collect()
            };
            assert_eq!(names(&first), names(&again));
            let differs = |name: &&String| first[*name] != again[*name];
            let differing: Vec<_> = first.keys().filter(differs).collect();
            assert!(differing.is_empty(), "{threads} {more:?}: {differing:?}");
        }
    }
}
