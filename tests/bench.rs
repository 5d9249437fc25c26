//! What `doline bench` reports: every engine, every kernel of the chain, numbers. No test asserts a time.
//!
//! These tests need an adapter and fail without one; Debian's `mesa-vulkan-drivers` is one.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;

use assert_cmd::Command;
use doline::bench::{BenchOptions, Case, ChainChoice, measure};
use doline::synth::ClimateType;
use serde_json::Value;

fn doline(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    let output = command.args(args).output().expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// The labels of the stages of a chain.
fn labels(choice: ChainChoice) -> BTreeSet<String> {
    let case = Case::new(choice, ClimateType::Packed).expect("a chain");
    let stages = case.chain.stages.iter();
    stages.map(|stage| stage.label.clone()).collect()
}

/// Fails where a number is missing or not above 0; what may be missing is listed.
fn check_numbers(value: &Value, name: &str) {
    const MAY_BE_MISSING: [&str; 6] = [
        "share_of_copy",
        "share_of_bus",
        "share_of_disk",
        "to_device_bytes_per_s",
        "to_host_bytes_per_s",
        "cpu",
    ];
    const MAY_BE_ZERO: [&str; 2] = ["compile_s", "bytes_per_pixel"];
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| check_numbers(value, key)),
        Value::Array(values) => values.iter().for_each(|value| check_numbers(value, name)),
        Value::Number(number) => {
            let number = number.as_f64().expect("a number");
            let may_be_zero = MAY_BE_ZERO.contains(&name) || name == "bytes_per_s";
            assert!(number.is_finite(), "{name} is {number}");
            assert!(
                number > 0.0 || may_be_zero && number == 0.0,
                "{name} is {number}"
            );
        }
        Value::Null => assert!(
            MAY_BE_MISSING.contains(&name) || name == "disk",
            "{name} is missing"
        ),
        Value::String(_) | Value::Bool(_) => {}
    }
}

fn stages_of(engine: &Value) -> BTreeSet<String> {
    let kernels = engine["kernels"].as_array().expect("kernels").iter();
    let stage = |kernel: &Value| kernel["stage"].as_str().expect("a label").to_owned();
    kernels.map(stage).collect()
}

#[test]
fn every_kernel_of_the_chain_has_numbers_on_the_cpu_and_on_an_adapter() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bench.json");
    let file = file.to_str().expect("a path");
    let args = [
        "-q",
        "bench",
        "--pixels",
        "300",
        "--no-files",
        "--json",
        file,
    ];
    let (code, stdout, stderr) = doline(&args);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(file).expect("written")).expect("JSON");
    assert_eq!(report["failed"], serde_json::json!([]));
    assert_eq!(report["work"]["chain"], "whole");
    check_numbers(&report, "");
    let engines = report["engines"].as_array().expect("engines");
    assert_eq!(engines[0]["kind"], "cpu");
    assert!(engines.len() > 1, "no adapter was measured");
    for engine in engines {
        assert_eq!(
            stages_of(engine),
            labels(ChainChoice::Whole),
            "{}",
            engine["engine"]
        );
        let whole = engine["phases"].as_array().expect("phases").iter();
        let names: Vec<&str> = whole.filter_map(|phase| phase["phase"].as_str()).collect();
        assert!(names.contains(&"host to host"), "{names:?}");
    }
    // The tables are for people, and go to standard output beside the file.
    for text in [
        "Mpixel/s",
        "of copy",
        "theil_sen",
        "host to host",
        "engine B",
    ] {
        assert!(stdout.contains(text), "{text} in {stdout}");
    }
}

#[test]
fn files_are_measured_in_a_folder_that_is_left_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = BenchOptions {
        pixels: Some(200),
        devices: vec!["cpu".to_owned()],
        folder: Some(folder.path().to_owned()),
        ..BenchOptions::default()
    };
    let report = measure(&options, &mut |_| {}).expect("measured");
    assert_eq!(report.failed, []);
    assert_eq!(report.engines.len(), 1, "the CPU alone is asked for");
    let names: Vec<&str> = report.engines[0]
        .phases
        .iter()
        .map(|phase| phase.phase)
        .collect();
    let files = [
        "host to host",
        "read files",
        "write files",
        "files to files",
    ];
    assert_eq!(names, files);
    assert!(report.host.disk.is_some_and(|disk| disk.bytes >= 16 << 20));
    let left = fs::read_dir(folder.path()).expect("read").count();
    assert_eq!(left, 0, "what was written is removed");
}

#[test]
fn a_chain_can_be_chosen_and_json_goes_to_standard_output() {
    let args = [
        "-q",
        "--json",
        "bench",
        "--pixels",
        "200",
        "--no-files",
        "--chain",
        "trend",
        "--device",
        "cpu",
        "--climate",
        "float32",
    ];
    let (code, stdout, stderr) = doline(&args);
    assert_eq!(code, 0, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).expect("JSON alone");
    assert_eq!(report["work"]["climate"], "float32");
    assert_eq!(stages_of(&report["engines"][0]), labels(ChainChoice::Trend));
    check_numbers(&report, "");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let (code, _, stderr) = doline(&["bench", "--device", "no such card"]);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("no such card") && stderr.contains("cpu"),
        "{stderr}"
    );
    let (code, _, stderr) = doline(&["bench", "result.json"]);
    assert_eq!(code, 2, "a file without --json");
    assert!(stderr.contains("--json"), "{stderr}");
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("no/such/file");
    fs::write(folder.path().join("no"), "a file in the way").expect("written");
    let options = BenchOptions {
        pixels: Some(100),
        devices: vec!["cpu".to_owned()],
        folder: Some(missing),
        ..BenchOptions::default()
    };
    let report = measure(&options, &mut |_| {}).expect("the rest is measured");
    assert_eq!(report.failed.len(), 1, "{:?}", report.failed);
    assert!(
        report.failed[0].what.starts_with("files in"),
        "{:?}",
        report.failed
    );
    assert_eq!(report.engines.len(), 1);
}

#[test]
fn devices_says_what_auto_takes_and_why() {
    let (code, stdout, stderr) = doline(&["devices", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let devices: Value = serde_json::from_str(&stdout).expect("JSON");
    let adapters = devices["adapters"].as_array().expect("adapters");
    let auto = devices["auto"].as_str().expect("a choice");
    let is_there = adapters.iter().any(|adapter| adapter["name"] == auto);
    assert!(auto == "cpu" || is_there, "{stdout}");
    assert!(!devices["reason"].as_str().expect("a reason").is_empty());
    if adapters.iter().all(|adapter| adapter["kind"] == "software") {
        assert_eq!(auto, "cpu");
        assert!(
            devices["reason"]
                .as_str()
                .expect("a reason")
                .contains("software"),
            "{stdout}"
        );
    }
}

/// The self-test of every adapter there is: those of tests pass it.
#[test]
fn devices_test_says_what_each_adapter_computes() {
    let (code, stdout, stderr) = doline(&["devices", "--test", "--json"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let tested: Value = serde_json::from_str(&stdout).expect("JSON");
    let first = &tested.as_array().expect("adapters")[0];
    let checks = first["checks"].as_array().expect("checks");
    for name in ["exp", "wide dispatches", "Mann-Kendall's S with ties"] {
        let check = checks.iter().find(|check| check["name"] == name);
        assert_eq!(
            check.map(|check| &check["passed"]),
            Some(&Value::Bool(true)),
            "{name}"
        );
    }
    let (code, _, stderr) = doline(&["devices", "--test", "--device", "no such card"]);
    assert_eq!(code, 2, "{stderr}");
}
