//! Tables of the sample study by the CPU and by an adapter, cell by cell.
//!
//! The CPU computes in `f64`, an adapter in `f32`; the tables are made of their layers in one way. So counts, areas, years
//! and words are the same, since no pixel changes its class; numbers differ by what `f32` does to a layer. With e the
//! error of a mean, relative to the largest mean of its variable, e = 1e-6 (some 8 roundings of `f32`; the models of the
//! sample make fewer):
//!
//! - a mean is off by e S, S the largest mean of the variable;
//! - what is made of a few means (a slope is `sum c_t y_t` with `sum |c_t| <= 1` from three years on; a contrast, an end of
//!   an interval at up to 13 standard errors, a gain of ten steps) by 20 e S;
//! - p, ratios and correlations by 1e-4, of a p read from simulations one more in as many as there are.
//!
//! This test needs an adapter and fails without one; Debian's `mesa-vulkan-drivers` is one.
#![cfg(all(feature = "cli", feature = "gpu"))]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

#[path = "support/csv.rs"]
mod csv;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use csv::{Row, rows, text};

/// Error of a mean by the largest mean of its variable.
const OF_MEAN: f64 = 1e-6;
/// How much more what is made of means is off.
const DERIVED: f64 = 20.0;
/// Error of p, of a ratio, and of a statistic by its size.
const OF_RATIO: f64 = 1e-4;
/// The response of the sample: tables without a variable are of it.
const RESPONSE: &str = "nep";

const MEANS: &[&str] = &["mean", "mean_filled", "control_mean", "modelled"];
const MADE_OF_MEANS: &[&str] = &[
    "slope",
    "intercept",
    "sen",
    "slope_filled",
    "low",
    "high",
    "se",
    "slope_change",
    "jump",
    "detectable",
    "rate_before",
    "rate_inside",
    "rate_after",
    "excess",
    "gain",
    "effect",
    "band_low",
    "band_high",
    "treated",
    "control_matched",
    "control_slope",
    "slope_human",
    "control_slope_human",
    "did_second",
    "did_third",
    "did_fourth",
    "slope_observed",
    "slope_climate",
    "wet_dim_slope",
    "rmse",
    "mae",
    "bias",
    "bias_low",
    "bias_high",
    "rmse_low",
    "rmse_high",
];
const RATIOS: &[&str] = &[
    "p",
    "p_holm",
    "p_effective",
    "chow_p",
    "welch_p",
    "p_f",
    "r2",
    "lag1",
    "t",
    "chow_f",
    "welch_t",
    "welch_df",
    "se_years",
    "smd",
    "smd_matched",
    "q",
    "f",
    "null_median",
    "null_95",
    "range_km",
    "r",
    "nse",
    "ccc",
    "kge",
    "pbias",
    "r_low",
    "r_high",
    "p_best",
];
/// Names with a driver.
const PARTS: [&str; 3] = [
    "slope_temperature",
    "slope_precipitation",
    "slope_radiation",
];

fn run(device: &str, out: &Path) {
    let study = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi/study.toml");
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .args(["-q", "run"])
        .arg(study)
        .args(["--set", "phase.replicates=99"])
        .args(["--set", "geodetector.surrogates=99"])
        .args(["--device", device, "--out"])
        .arg(out);
    command.assert().success();
}

fn tables(out: &Path) -> BTreeMap<String, Vec<Row>> {
    let files = fs::read_dir(out.join("tables")).expect("tables");
    let files = files.map(|file| file.expect("a file").path());
    let is_table = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "csv");
    let table = |path: std::path::PathBuf| {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        (name, rows(&fs::read_to_string(&path).expect("a table")))
    };
    files.filter(is_table).map(table).collect()
}

/// The largest mean of each variable.
fn sizes(series: &[Row]) -> BTreeMap<String, f64> {
    let mut sizes = BTreeMap::new();
    for row in series {
        let mean: f64 = text(row, "mean").parse().unwrap_or(0.0);
        let size: &mut f64 = sizes.entry(text(row, "variable").to_owned()).or_default();
        *size = size.max(mean.abs());
    }
    sizes
}

/// The variable that a row is of.
fn variable_of<'a>(row: &'a Row, sizes: &BTreeMap<String, f64>) -> &'a str {
    let named = ["variable", "covariate"]
        .iter()
        .find_map(|key| row.get(*key));
    named
        .map(String::as_str)
        .filter(|name| sizes.contains_key(*name))
        .unwrap_or(RESPONSE)
}

/// By how much a cell may differ; 0 of what is the same.
fn tolerance(table: &str, column: &str, row: &Row, sizes: &BTreeMap<String, f64>) -> f64 {
    let number = |column: &str| text(row, column).parse::<f64>().unwrap_or(0.0);
    let x = number(column);
    let variable = variable_of(row, sizes);
    let of_mean = OF_MEAN * sizes.get(variable).copied().unwrap_or(0.0);
    match (table, column) {
        ("balance", "control_mean") => DERIVED * of_mean,
        // gC m-2 times km2, in TgC.
        ("series", "total_tgc") => of_mean * number("area_km2") * 1e-6,
        // One of 99 lines or maps more.
        ("phases", "p") | ("geodetector", "p_map") => 1.5e-2,
        // A gain by the rise of the whole study, which may be near 0.
        ("phases", "share") => {
            let gain = number("gain").abs();
            DERIVED * of_mean * x.abs() * (1.0 + x.abs()) / gain
        }
        // Two years that are equal but for rounding may be in either order: then see `are_close`.
        ("validation", "slope") | ("trends", "mk_p") => OF_RATIO,
        _ if MEANS.contains(&column) => of_mean,
        _ if MADE_OF_MEANS.contains(&column) || PARTS.contains(&column) => DERIVED * of_mean,
        _ if RATIOS.contains(&column) => OF_RATIO * x.abs().max(1.0),
        _ => 0.0,
    }
}

/// Whether a series has two years that the error of its means may put in either order.
fn are_close(series: &[Row], of: &Row, size: f64) -> bool {
    let is_of = |row: &&Row| {
        let keys = ["zone_set", "zone", "variable"];
        keys.iter().all(|key| text(row, key) == text(of, key))
    };
    let means = series.iter().filter(is_of);
    let mut means: Vec<f64> = means
        .filter_map(|row| text(row, "mean").parse().ok())
        .collect();
    means.sort_by(f64::total_cmp);
    means
        .windows(2)
        .any(|pair| pair[1] - pair[0] <= 2.0 * OF_MEAN * size)
}

#[test]
fn tables_of_an_adapter_are_those_of_the_cpu() {
    let dir = tempfile::tempdir().expect("a folder");
    let [cpu, gpu] = ["cpu", "gpu"].map(|name| dir.path().join(name));
    run("cpu", &cpu);
    run("llvmpipe", &gpu);
    let [cpu, gpu] = [cpu, gpu].map(|out| tables(&out));
    assert!(
        cpu.keys().eq(gpu.keys()) && cpu.len() >= 14,
        "{:?}",
        cpu.keys()
    );
    let sizes = sizes(&cpu["series"]);
    let mut n_differ = 0;
    for (name, expected) in &cpu {
        let found = &gpu[name];
        assert_eq!(found.len(), expected.len(), "rows of {name}");
        for (found, expected) in found.iter().zip(expected) {
            for (column, cell) in expected {
                let now = text(found, column);
                if now == cell {
                    continue;
                }
                n_differ += 1;
                let allowed = tolerance(name, column, expected, &sizes);
                let numbers = now.parse::<f64>().ok().zip(cell.parse::<f64>().ok());
                let is_close = numbers.is_some_and(|(now, cell)| (now - cell).abs() <= allowed);
                let is_tied = || {
                    let size = sizes[variable_of(expected, &sizes)];
                    column == "mk_p" && are_close(&cpu["series"], expected, size)
                };
                assert!(
                    is_close || is_tied(),
                    "{name}.csv, {column}: {now} by the adapter, {cell} by the CPU, {allowed:e} allowed, in {expected:?}"
                );
            }
        }
    }
    assert!(
        n_differ > 1000,
        "the adapter did not compute: {n_differ} cells differ"
    );
}
