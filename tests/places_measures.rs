//! The sample study from files to tables: measures lie on the worst land, which recovers by itself, so that the plain
//! comparison ranks the wrong one first; the matched one finds what was planted.
#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Columns by their names.
type Row = BTreeMap<String, String>;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi")
}

/// Runs the sample study; the folder of its outputs.
fn run(more: &[&str], threads: usize) -> TempDir {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .env("RAYON_NUM_THREADS", threads.to_string())
        .args(["-q", "run"])
        .arg(sample().join("study.toml"))
        .args([
            "--device",
            "cpu",
            "--set",
            "output.layers=[\"nep_slope\"]",
            "--out",
        ])
        .arg(out.path().join("out"))
        .args(more)
        .assert()
        .success();
    out
}

fn table(out: &TempDir, name: &str) -> Vec<Row> {
    let path = out.path().join("out/tables").join(name);
    let text = fs::read_to_string(path).expect(name);
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let row = |line: &str| {
        let cells = line.split(',').map(str::to_owned);
        head.iter()
            .map(|name| (*name).to_owned())
            .zip(cells)
            .collect()
    };
    // No label of the sample has a comma.
    lines.map(row).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().expect(column)
}

/// The measures by rank, within classes or not.
fn ranking(rows: &[Row], matched: &str) -> Vec<String> {
    let rows = rows.iter().filter(|row| row["matched"] == matched);
    rows.map(|row| row["zone"].clone()).collect()
}

#[test]
fn the_matched_comparison_finds_what_was_planted_and_the_plain_one_does_not() {
    let out = run(&[], 2);
    let truth = fs::read_to_string(sample().join("truth/truth.json")).expect("the truth");
    let truth: Value = serde_json::from_str(&truth).expect("JSON");
    let planted: Vec<&str> = truth["ranking"]
        .as_array()
        .expect("a ranking")
        .iter()
        .filter_map(Value::as_str)
        .collect();

    let ranks = table(&out, "ranking.csv");
    let plain = ranking(&ranks, "none");
    assert_eq!(
        plain[..2],
        ["afforestation", "enclosure"],
        "where nothing is matched"
    );
    let matched = ranking(&ranks, "classes");
    assert_eq!(matched[0], planted[0]);
    let first = &ranks
        .iter()
        .find(|row| row["matched"] == "classes")
        .expect("ranks");
    assert_eq!((&*first["rank_low"], &*first["rank_high"]), ("1", "1"));

    let effects = table(&out, "effects.csv");
    let slopes = effects.iter().filter(|row| {
        row["variable"] == "nep" && row["contrast"] == "slope" && row["matched"] == "classes"
    });
    let holds = slopes.map(|row| {
        let planted = truth["zones"]["measure"][&row["zone"]]["measure"]["slope"].as_f64();
        let planted = planted.expect("a planted effect");
        number(row, "low") <= planted && planted <= number(row, "high")
    });
    let holds: Vec<bool> = holds.collect();
    let n_holds = holds.iter().filter(|holds| **holds).count();
    assert_eq!(holds.len(), planted.len());
    assert!(
        n_holds + 1 >= holds.len(),
        "{n_holds} of {} intervals hold",
        holds.len()
    );

    let phases = table(&out, "phases.csv");
    let phase = phases
        .iter()
        .find(|row| row["zone"] == planted[0] && row["variable"] == "nep_minus_control");
    let phase = phase.expect("a phase");
    let year = |place: usize| truth["phase"][place].as_f64().expect("a year");
    assert!((number(phase, "first") - year(0)).abs() <= 1.0, "{phase:?}");
    assert!((number(phase, "last") - year(1)).abs() <= 1.0, "{phase:?}");
    assert!(number(phase, "p") < 0.05, "{phase:?}");

    let record = fs::read_to_string(out.path().join("out/run.json")).expect("a record");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    let sentence = record["measures"][0]["sentence"]
        .as_str()
        .expect("a sentence");
    assert!(
        sentence.starts_with("Enclosure ranks first of 7 measures"),
        "{sentence}"
    );
}

/// Tiles of a width that is no multiple of the blocks', and few threads or many.
#[test]
fn tiles_and_threads_change_no_byte_of_a_table() {
    let few = [
        "--set",
        "measures.replicates=99",
        "--set",
        "phase.replicates=99",
    ];
    let texts = |out: &TempDir| {
        let folder = fs::read_dir(out.path().join("out/tables")).expect("tables");
        let texts = folder.map(|entry| {
            let path = entry.expect("an entry").path();
            (
                path.file_name().map(ToOwned::to_owned),
                fs::read_to_string(&path).expect("a table"),
            )
        });
        texts.collect::<BTreeMap<_, _>>()
    };
    let whole = texts(&run(&few, 1));
    assert!(whole.len() > 8, "{:?}", whole.keys());
    for (tile, threads) in [("40x64", 3), ("17x128", 2)] {
        let cut = texts(&run(&[&few[..], &["--tile", tile]].concat(), threads));
        for (name, text) in &whole {
            assert_eq!(Some(text), cut.get(name), "{name:?} in tiles of {tile}");
        }
    }
}

#[test]
fn a_buffer_leaves_out_the_control_beside_measures() {
    let more = [
        "--set",
        "measures.buffer_km=8",
        "--set",
        "measures.replicates=99",
    ];
    let effects = table(&run(&more, 2), "effects.csv");
    let control = |buffer: &str| {
        let row = effects.iter().find(|row| {
            row["zone"] == "enclosure"
                && row["contrast"] == "slope"
                && row["matched"] == "none"
                && row["variable"] == "nep"
                && row["buffer_km"] == buffer
        });
        number(row.expect("a row"), "control_km2")
    };
    assert!(
        control("8") < control("0"),
        "{} {}",
        control("8"),
        control("0")
    );
}
