//! The geodetector of whole runs: q of the written maps, the same for every cut, and what is wrong in its table.
#![cfg(feature = "cli")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::expect_used,
    reason = "a test stops at the first surprise, and codes of zones are small"
)]

#[path = "support/made.rs"]
mod made;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use doline::grid::wgs84_cell_area_m2;
use doline::sinks::RasterRead;
use made::{doline, study};

const GEODETECTOR: [&str; 2] = [
    "geodetector.factors=[\"rock\", \"measure\"]",
    "geodetector.surrogates=99",
];

/// Runs the study into `out` and gives what it printed.
fn run(place: &Path, out: &str, sets: &[&str], more: &[&str]) -> String {
    let out = place.join(out);
    let out = out.to_str().expect("a path");
    let (code, said, wrong) = doline(place, "run", sets, &[&["--out", out], more].concat());
    assert_eq!(code, 0, "{wrong}");
    said
}

fn table(place: &Path, out: &str) -> String {
    fs::read_to_string(place.join(out).join("tables/geodetector.csv")).expect("a table")
}

/// Rows of a table by `of`, `factor` and `with`, each cell under its column.
fn rows(text: &str) -> BTreeMap<[String; 3], BTreeMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(','));
    let header: Vec<&str> = lines.next().expect("a header").collect();
    let of_line = |line: std::str::Split<'_, char>| {
        let cells = header.iter().zip(line);
        let row: BTreeMap<String, String> = cells
            .map(|(name, cell)| ((*name).to_owned(), cell.to_owned()))
            .collect();
        (["of", "factor", "with"].map(|key| row[key].clone()), row)
    };
    lines.map(of_line).collect()
}

/// Zones by pixel; `None` outside the study's labels.
fn codes(path: &Path, largest: u32) -> Vec<Option<u32>> {
    let band = RasterRead::open(path).expect("zones").values.concat();
    let code = |value: f64| Some(value as u32).filter(|code| (1..=largest).contains(code));
    band.into_iter()
        .map(|value| (value > 0.0).then_some(value).and_then(code))
        .collect()
}

/// q, pixels and strata of a map by formula.
fn q_of(values: &[f64], weights: &[f64], strata: &[Option<Vec<u32>>]) -> (f64, usize, usize) {
    let mut by: BTreeMap<&[u32], Vec<(f64, f64)>> = BTreeMap::new();
    for ((value, weight), stratum) in values.iter().zip(weights).zip(strata) {
        if let (Some(stratum), true) = (stratum, value.is_finite()) {
            by.entry(stratum).or_default().push((*value, *weight));
        }
    }
    let squares = |pixels: &[(f64, f64)]| {
        let weight: f64 = pixels.iter().map(|(_, w)| w).sum();
        let mean = pixels.iter().map(|(y, w)| w * y).sum::<f64>() / weight;
        let terms = pixels.iter().map(|(y, w)| w * (y - mean).powi(2));
        terms.sum::<f64>()
    };
    let all: Vec<(f64, f64)> = by.values().flatten().copied().collect();
    let within: f64 = by.values().map(|pixels| squares(pixels)).sum();
    (1.0 - within / squares(&all), all.len(), by.len())
}

/// Zone of each pixel by the factors of a row.
fn strata(factors: &[&Vec<Option<u32>>]) -> Vec<Option<Vec<u32>>> {
    (0..factors[0].len())
        .map(|pixel| factors.iter().map(|of| of[pixel]).collect())
        .collect()
}

/// The rows of a map by one factor and by both are those by formula.
fn is_q_of_map(place: &Path, of: &str, found: &BTreeMap<[String; 3], BTreeMap<String, String>>) {
    let [rock, measure] = [("karst", 1), ("measures", 8)]
        .map(|(name, n)| codes(&place.join(format!("zones/{name}.tif")), n));
    let map = place.join(format!("out/maps/{of}.tif"));
    let values = RasterRead::open(&map).expect("a map").values.concat();
    let weights = vec![1.0; values.len()];
    for (factor, with, factors) in [
        ("measure", "", vec![&measure]),
        ("rock", "", vec![&rock]),
        ("rock", "measure", vec![&rock, &measure]),
    ] {
        let row = &found[&[of, factor, with].map(str::to_owned)];
        let (q, pixels, n_strata) = q_of(&values, &weights, &strata(&factors));
        assert_eq!(row["pixels"], pixels.to_string(), "{row:?}");
        assert_eq!(row["strata"], n_strata.to_string(), "{row:?}");
        let ours: f64 = row["q"].parse().expect("a number");
        assert!((ours - q).abs() < 1e-9, "{row:?}: {q}");
        // One stratum has nothing between strata.
        assert_eq!(q > 1e-6, n_strata > 1, "{row:?}");
        for column in ["null_median", "null_95", "p_map"] {
            assert_eq!(!row[column].is_empty(), n_strata > 1, "{column} {row:?}");
        }
    }
}

#[test]
fn q_is_that_of_the_written_maps() {
    const MAPS: [&str; 2] = ["nep_slope", "nep_mean"];
    let place = study();
    let place = place.path();
    let said = run(place, "out", &GEODETECTOR, &["--tile", "80x192"]);
    let found = rows(&table(place, "out"));
    assert_eq!(found.len(), 6, "two maps by two factors and a pair");
    for of in MAPS {
        is_q_of_map(place, of, &found);
        let mut lines = said.lines();
        let line = lines.find(|line| line.starts_with(&format!("{of}: ")));
        let line = line.expect("a line in the summary");
        assert!(line.contains("maps that only look alike"), "{line}");
    }
    let record = fs::read_to_string(place.join("out/run.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert_eq!(record["factors"].as_array().map(Vec::len), Some(2));
    let notes = record["tables"]["notes"].to_string();
    let note = "geodetector: all pixels of nep_slope are in one zone of rock";
    assert!(notes.contains(note), "{notes}");
}

/// Other tiles, threads and budgets, and maps that do not become files.
#[test]
fn no_cut_of_the_grid_changes_the_table() {
    let place = study();
    let place = place.path();
    run(place, "out", &GEODETECTOR, &["--tile", "80x192"]);
    let text = table(place, "out");
    let few = "output.layers=[\"npp_mean\"]";
    for (out, set, more) in [
        ("tiles", "engine.memory=\"2GiB\"", vec!["--tile", "16x64"]),
        ("memory", "engine.memory=\"64MiB\"", vec![]),
        ("layers", few, vec!["--tile", "48x128"]),
    ] {
        run(place, out, &[&GEODETECTOR[..], &[set]].concat(), &more);
        assert_eq!(table(place, out), text, "{out}");
    }
    assert!(!place.join("layers/maps/nep_slope.tif").exists());
    let one = Command::cargo_bin("doline")
        .expect("the binary is built")
        .env("RAYON_NUM_THREADS", "1")
        .arg("run")
        .arg(place.join("study.toml"))
        .args(["--device", "cpu", "--set", GEODETECTOR[0]])
        .args(["--set", GEODETECTOR[1], "--out"])
        .arg(place.join("one"))
        .assert();
    one.success();
    assert_eq!(table(place, "one"), text, "one thread");
}

#[test]
fn pixels_may_count_by_their_area() {
    let place = study();
    let place = place.path();
    let sets = [
        "geodetector.factors=[\"measure\"]",
        "geodetector.of=[\"maps/npp_cv\"]",
        "geodetector.weights=\"area\"",
        "geodetector.surrogates=99",
    ];
    run(place, "out", &sets, &[]);
    let found = rows(&table(place, "out"));
    let row = &found[&["npp_cv", "measure", ""].map(str::to_owned)];
    let map = place.join("out/maps/npp_cv.tif");
    let values = RasterRead::open(&map).expect("a map").values.concat();
    let t = gdal::Dataset::open(&map)
        .expect("a map")
        .geo_transform()
        .expect("a place");
    let weight = |pixel: usize| {
        let north = t[3] + t[5] * f64::from((pixel / 150) as u32);
        wgs84_cell_area_m2(north + t[5], north, t[1])
    };
    let weights: Vec<f64> = (0..values.len()).map(weight).collect();
    let measure = codes(&place.join("zones/measures.tif"), 8);
    let (q, pixels, _) = q_of(&values, &weights, &strata(&[&measure]));
    let ours: f64 = row["q"].parse().expect("a number");
    // A weight is right to 3e-8.
    assert!((ours - q).abs() < 1e-7, "{ours} {q}");
    assert_eq!(row["pixels"], pixels.to_string());
}

#[test]
fn what_is_wrong_in_the_table_is_told_before_a_pixel_is_read() {
    let place = study();
    let of = |sets: &[&str]| doline(place.path(), "check", sets, &[]);
    for (set, says) in [
        (
            "geodetector.of=[\"nep_slop\"]",
            "geodetector.of names \"nep_slop\", which this study does not make; the nearest that it makes is \"nep_slope\"",
        ),
        (
            "geodetector.of=[\"nep_class\"]",
            "geodetector.of names \"nep_class\", which is no map of a quantity but one of classes",
        ),
        (
            "geodetector.of=[\"stacks/rs\"]",
            "geodetector.of names \"stacks/rs\", which is no map of a quantity but a stack of years",
        ),
        (
            "geodetector.of=[\"flags\"]",
            "geodetector.of names \"flags\", which is no map of a quantity but one of flags",
        ),
        (
            "geodetector.of=[\"nep_pettitt_year\"]",
            "geodetector.of names \"nep_pettitt_year\", which needs",
        ),
        ("geodetector.factors=[\"rok\"]", "did you mean \"rock\""),
        ("geodetector.surrogates=98", "99 to 100000"),
    ] {
        let (code, _, wrong) = of(&[set]);
        assert_eq!(code, 2, "{set}: {wrong}");
        assert!(wrong.contains(says), "{set}: {wrong}");
    }
    let (code, _, wrong) = of(&[
        "geodetector.factors=[\"rock\"]",
        "zones.rock.cells=\"fraction\"",
    ]);
    assert_eq!(code, 2, "{wrong}");
    assert!(wrong.contains("geodetector.factors"), "{wrong}");
}

/// Without NPP there is no NEP, whose trend and mean the factors would account for.
#[test]
fn a_study_without_its_response_says_that_the_table_is_left_out() {
    let place = study();
    let text = "[study]\nyears = [2001, 2020]\n[inputs.temperature]\nfiles = \"climate/temperature.tif\"\n\
         units = \"degC\"\n[inputs.precipitation]\nfiles = \"climate/precipitation.tif\"\n\
         units = \"mm month-1\"\n[inputs.soc]\nfiles = \"soil/soc.tif\"\nunits = \"kgC m-2\"\n\
         [zones.rock]\nfile = \"zones/karst.tif\"\nlabels = { 1 = \"karst\" }\n[geodetector]\nsurrogates = 99\n";
    fs::write(place.path().join("study.toml"), text).expect("a study");
    let (code, _, wrong) = doline(place.path(), "check", &[], &[]);
    assert_eq!(code, 0, "{wrong}");
    let says = "[geodetector] is left out: this study makes neither slope nor mean of nep";
    assert!(wrong.contains(says), "{wrong}");
}
