//! False alarms and power of the tests of trend as `doline calibrate` measures them: against closed
//! theory, against simulations by other programs (`golden/calibration.json`), and on every engine alike.
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use assert_cmd::Command;
use doline::calendar::Years;
use doline::calibrate::{Calibration, Design, Noise, calibration_csv, measure};
use doline::chain::{Chain, TrendOptions, TrendTest};
use doline::engines::cpu::CpuEngine;
use doline::engines::gpu::{Gpu, GpuEngine};
use doline::engines::{Engine, EngineError};
use serde_json::Value;

#[expect(clippy::unnecessary_wraps, reason = "as engines that can fail to open")]
fn cpu(chain: Arc<Chain>) -> Result<Box<dyn Engine>, EngineError> {
    Ok(Box::new(CpuEngine::new(chain)))
}

fn design(years: i32, lag1: f32, slope: f64) -> Design {
    Design {
        years: Years {
            first: 2001,
            last: 2000 + years,
        },
        min_years: 10,
        alpha: 0.05,
        tests: vec![TrendTest::Ols, TrendTest::Sen, TrendTest::Mk],
        options: TrendOptions::default(),
        patterns: vec![vec![true; usize::try_from(years).expect("years")]],
        noises: vec![Noise {
            label: "noise".to_owned(),
            lag1: vec![lag1],
        }],
        slopes: vec![slope],
        n_series: 40_000,
        seed: 3,
    }
}

fn rate(calibration: &Calibration, test: &str) -> (f64, f64) {
    let rate = calibration
        .rates
        .iter()
        .find(|rate| rate.test == test)
        .expect(test);
    (rate.rate, rate.standard_error)
}

#[test]
fn rates_are_those_of_theory_and_of_other_programs() {
    let path = format!(
        "{}/tests/golden/calibration.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let golden: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("golden")).expect("JSON");
    let mut n_theory = 0;
    for case in golden["cases"].as_array().expect("cases") {
        let number = |name: &str| case["params"][name].as_f64().expect(name);
        #[expect(clippy::cast_possible_truncation, reason = "small numbers of a case")]
        let (years, lag1) = (number("years") as i32, number("lag1") as f32);
        let pattern = case["inputs"]["pattern"]
            .as_array()
            .expect("pattern")
            .iter()
            .map(|x| !x.is_null())
            .collect();
        let design = Design {
            patterns: vec![pattern],
            ..design(years, lag1, number("slope_sd_per_decade"))
        };
        let measured = measure(&design, &mut cpu).expect("a table");
        assert_eq!(measured.left_out, ["sen"], "a slope has no p");
        for test in ["ols", "mk"] {
            let (ours, error) = rate(&measured, test);
            let theirs = case["expected"][test].as_f64().expect(test);
            // 4.5 standard errors of the difference of two counts.
            let allowed = 4.5 * (error * error + theirs * (1.0 - theirs) / number("n")).sqrt();
            let name = &case["name"];
            assert!(
                (ours - theirs).abs() <= allowed,
                "{name}, {test}: {ours}, expected {theirs} ± {allowed}"
            );
            if let Some(exact) = case["theory"][test].as_f64() {
                assert!(
                    (ours - exact).abs() <= 4.5 * error,
                    "{name}, {test}: {ours}, exactly {exact}"
                );
                n_theory += 1;
            }
        }
    }
    assert_eq!(n_theory, 4);
}

/// Every test that a study can name is measured, or is an estimate without a p; and those for years
/// that are not independent do what they are for.
#[test]
fn every_test_of_trend_is_measured() {
    let tests: Vec<TrendTest> = TrendTest::WORDS.iter().map(|(_, test)| *test).collect();
    let design = Design {
        tests,
        n_series: 4000,
        ..design(20, 0.4, 0.0)
    };
    let measured = measure(&design, &mut cpu).expect("a table");
    assert_eq!(measured.left_out, ["sen", "lag1", "mk-sequential"]);
    assert_eq!(
        measured.rates.len() + measured.left_out.len(),
        TrendTest::WORDS.len()
    );
    let false_alarms = |test: &str| rate(&measured, test).0;
    assert!(
        false_alarms("ols") > 0.15 && false_alarms("mk") > 0.12,
        "{:?}",
        measured.rates
    );
    for better in ["mk-prewhitened", "ols-effective"] {
        assert!(
            false_alarms(better) < 0.6 * false_alarms("ols"),
            "{better}: {:?}",
            measured.rates
        );
    }
}

/// The same random numbers on every engine: only a p within rounding of the level can fall otherwise.
#[test]
fn a_gpu_counts_what_the_cpu_counts() {
    let mut design = design(20, 0.4, 0.7);
    design.n_series = 5000;
    design.noises.push(Noise {
        label: "white".to_owned(),
        lag1: vec![0.0],
    });
    let on_cpu = measure(&design, &mut cpu).expect("a table");
    let mut gpu = |chain: Arc<Chain>| -> Result<Box<dyn Engine>, EngineError> {
        Ok(Box::new(GpuEngine::new(Gpu::open(None)?, chain, 1 << 28)?))
    };
    let on_gpu = measure(&design, &mut gpu).expect("a table");
    for (a, b) in on_cpu.rates.iter().zip(&on_gpu.rates) {
        assert_eq!((a.series, &a.test, &a.noise), (b.series, &b.test, &b.noise));
        assert!((a.rate - b.rate).abs() <= 2.0 / 5000.0, "{a:?} {b:?}");
    }
}

#[test]
fn the_seed_decides_the_numbers_and_the_table_repeats() {
    let design = Design {
        n_series: 2000,
        ..design(20, 0.3, 0.0)
    };
    let [first, again, other] = [3, 3, 4].map(|seed| {
        measure(
            &Design {
                seed,
                ..design.clone()
            },
            &mut cpu,
        )
        .expect("a table")
    });
    assert_eq!(first, again);
    assert_ne!(first.rates, other.rates);
    let csv = calibration_csv(&[first]);
    assert_eq!(
        csv.lines().next(),
        Some("variable,noise,lag1,slope_sd_per_decade,test,alpha,series,rate,standard_error")
    );
    assert_eq!(csv.lines().count(), 3);
}

#[test]
fn a_series_with_too_few_years_is_not_counted() {
    let mut design = Design {
        n_series: 1000,
        ..design(20, 0.0, 0.0)
    };
    let short: Vec<bool> = (0..20).map(|t| t < 9).collect();
    design.patterns.push(short);
    let measured = measure(&design, &mut cpu).expect("a table");
    assert!(
        measured.rates.iter().all(|rate| rate.series == 500),
        "{:?}",
        measured.rates
    );
}

fn doline(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .args(arguments);
    let output = command.output().expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_command_prints_the_table_without_a_study() {
    let arguments = [
        "calibrate",
        "--years",
        "20",
        "--gaps",
        "0.1",
        "--lag1",
        "0.0,0.3,0.6",
        "--tests",
        "ols,sen,mk",
    ];
    let more = ["--series", "3000", "--device", "cpu"];
    let (code, stdout, stderr) = doline(&[&arguments[..], &more].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("lag-1 0.6") && stdout.contains("white") && stdout.contains('±'),
        "{stdout}"
    );
    assert!(stderr.contains("left out: sen"), "{stderr}");
    let (code, stdout, _) = doline(&[&arguments[..], &more, &["--json"]].concat());
    assert_eq!(code, 0);
    let json: Value = serde_json::from_str(&stdout).expect("JSON");
    let rates = json["rates"].as_array().expect("rates");
    assert_eq!(rates.len(), 3 * 4 * 2);
    let false_alarms = |noise: &str| {
        let is_it = |rate: &&Value| {
            rate["noise"] == noise && rate["test"] == "ols" && rate["slope_sd_per_decade"] == 0.0
        };
        rates
            .iter()
            .find(is_it)
            .and_then(|rate| rate["rate"].as_f64())
            .expect(noise)
    };
    assert!((false_alarms("white") - 0.05).abs() < 0.02);
    assert!(
        false_alarms("lag-1 0.6") > 0.2,
        "persistence makes false alarms"
    );
    assert!(
        json["mean_valid_years"]
            .as_f64()
            .is_some_and(|n| (17.0..19.0).contains(&n)),
        "{}",
        json["mean_valid_years"]
    );
}

#[test]
fn the_command_takes_gaps_and_persistence_from_a_study_and_a_run_records_them() {
    let study = "data-samples/guangxi/study.toml";
    let (code, stdout, stderr) = doline(&[
        "calibrate",
        study,
        "--of",
        "nep",
        "--series",
        "2000",
        "--json",
    ]);
    assert_eq!(code, 0, "{stderr}");
    let json: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        (json["of"].as_str(), json["years"].as_u64()),
        (Some("nep"), Some(20))
    );
    assert!(
        json["pixels"].as_u64() > Some(1000) && json["persistence"]["mean"].is_f64(),
        "{stdout}"
    );

    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().display().to_string();
    let (code, _, stderr) = doline(&[
        "run",
        study,
        "--calibrate",
        "--set",
        "trend.of=[\"npp\"]",
        "-q",
        "--out",
        &out,
    ]);
    assert_eq!(code, 0, "{stderr}");
    let table =
        fs::read_to_string(Path::new(&out).join("tables/calibration.csv")).expect("a table");
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("npp,as the data,")),
        "{table}"
    );
    let record = fs::read_to_string(Path::new(&out).join("run.json")).expect("run.json");
    let record: Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["calibration"][0]["of"], "npp");
}

#[test]
fn mistakes_of_a_calibration_are_told() {
    for (arguments, word) in [
        (&["--years", "20", "--tests", "sen"][..], "p-value"),
        (&["--years", "3"], "4 to 1000"),
        (&["--years", "20", "--lag1", "1.5"], "--lag1"),
        (&["--years", "20", "--gaps", "0.9"], "--gaps"),
        (&["--years", "20", "--alpha", "7"], "--alpha"),
        (&["--years", "20", "--series", "0"], "--series"),
        (&["data-samples/guangxi/study.toml", "--of", "nap"], "nep"),
        (&[], "--years"),
    ] {
        let (code, _, stderr) = doline(&[&["calibrate", "--device", "cpu"], arguments].concat());
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains(word), "{arguments:?}: {stderr}");
    }
}
