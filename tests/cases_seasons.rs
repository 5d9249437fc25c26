//! Seasons, lags, departures and rank correlations of drivers, beside numbers of pandas, scipy and pingouin.
//! `cases/make_seasons.py` makes files and expected numbers.
#![cfg(all(unix, feature = "cli", feature = "gdal"))]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::path::Path;

use command::outcome_in;

/// How far 32-bit numbers may be from those of scipy.
const CLOSE: f64 = 1e-5;

fn case(name: &str) -> String {
    format!("{}/tests/cases/seasons/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A run into `out`: exit code, and standard output and error together.
fn run(place: &Path, arguments: &[&str]) -> (i32, String) {
    let all = [arguments, &["--device", "cpu", "-o", "out"]].concat();
    let _ = fs::remove_dir_all(place.join("out"));
    let (code, stdout, stderr) = outcome_in(place, &all);
    (code, format!("{stdout}{stderr}"))
}

/// What a run that ends well says.
#[track_caller]
fn said(place: &Path, arguments: &[&str]) -> String {
    let (code, said) = run(place, arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}");
    said
}

/// The first pixel of a map.
fn first_of(place: &Path, map: &str) -> f64 {
    let map = gdal::Dataset::open(place.join(format!("out/maps/{map}.tif"))).expect(map);
    let band = map.rasterband(1).expect("a band");
    let found = band.read_as::<f32>((0, 0), (1, 1), (1, 1), None);
    f64::from(found.expect("read").data()[0])
}

/// Holds that first pixels of maps are the expected numbers of a case.
#[track_caller]
fn holds(place: &Path, key: &str, maps: &[(&str, &str)]) {
    let text = fs::read_to_string(case("expected.json")).expect("made by make_seasons.py");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for (map, what) in maps {
        let found = first_of(place, map);
        let expected = expected[key][what].as_f64().expect("a number");
        let error = (found - expected).abs() / expected.abs();
        assert!(error < CLOSE, "{key}: {map} {found}, expected {expected}");
    }
}

const TREND: [(&str, &str); 2] = [("rain_mean", "mean"), ("rain_slope", "slope")];
const PARTIAL: [(&str, &str); 4] = [
    ("ndvi_partial_heat", "heat"),
    ("ndvi_partial_heat_p", "heat_p"),
    ("ndvi_partial_rain", "rain"),
    ("ndvi_partial_rain_p", "rain_p"),
];

#[test]
fn a_year_is_the_months_of_a_season() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let summer = ["--months", "4-10", "--aggregate", "sum"];
    let rain = case("rain.nc");
    said(
        place,
        &[&["trend", &rain, "--years", "2001-2012"], &summer[..]].concat(),
    );
    holds(place, "summer", &TREND);
    // The other months need not be there.
    let alone = case("rain_of_summer.nc");
    said(
        place,
        &[&["trend", &alone, "--name", "rain"], &summer[..]].concat(),
    );
    holds(place, "summer", &TREND);
}

#[test]
fn a_winter_belongs_to_the_year_in_which_it_ends() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let winter = ["--months", "11-3", "--aggregate", "sum", "--name", "rain"];
    // January 2000 to December 2012: the first whole winter is that of 2001.
    let text = said(place, &[&["trend", &case("rain.nc")], &winter[..]].concat());
    assert!(text.contains("rain: years 2001-2012"), "{text}");
    holds(place, "winter", &TREND);
    let text = fs::read_to_string(place.join("out/run.json")).expect("a record");
    assert!(
        text.contains(
            "a year is November to March, and has the number of the year in which it ends"
        ),
        "{text}"
    );
    // Without the autumn of 2000 the winter of 2001 is missing, and that is said.
    let later = case("rain_since_2001.nc");
    let years = ["--years", "2001-2012"];
    let text = said(
        place,
        &[&["trend", &later], &years[..], &winter[..]].concat(),
    );
    assert!(
        text.contains(
            "2 months before the study that its years need, 2000-11, 2000-12, have no data"
        ),
        "{text}"
    );
    holds(place, "winter_since_2001", &TREND);
}

/// A file a month: those of a winter and no others, of which the value is the number of the month.
#[test]
fn a_pattern_asks_for_the_months_of_the_season_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    for (year, month) in (2000..=2005).flat_map(|year| (1..=12).map(move |month| (year, month))) {
        let is_asked = (2001..=2005).contains(&year) && month <= 3
            || (2000..=2004).contains(&year) && month >= 11;
        if is_asked {
            let text =
                format!("ncols 1\nnrows 1\nxllcorner 10\nyllcorner 20\ncellsize 0.5\n{month}\n");
            fs::write(place.join(format!("rain_{year}_{month:02}.asc")), text).expect("a raster");
        }
    }
    let years = [
        "--years",
        "2001-2005",
        "--min-years",
        "4",
        "--months",
        "11-3",
    ];
    let winter = [
        &["trend", "rain_{year}_{month}.asc", "--aggregate", "sum"],
        &years[..],
    ]
    .concat();
    said(place, &winter);
    let is = |expected: f64| (first_of(place, "rain_mean") - expected).abs() < 1e-6;
    assert!(is(11.0 + 12.0 + 1.0 + 2.0 + 3.0));
    // Years of a driver earlier: one of the five is not there.
    said(place, &[&winter[..], &["--lag", "1"]].concat());
    assert!(is(29.0));
    fs::remove_file(place.join("rain_2003_01.asc")).expect("it was there");
    let (code, said) = run(place, &winter);
    assert!(
        code == 3 && said.contains("rain_2003_01.asc"),
        "{code}: {said}"
    );
}

#[test]
fn a_lag_pairs_a_year_with_the_one_before() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let correlate = |heat: &str, more: &[&str]| {
        let heat = format!("heat={}", case(heat));
        let rain = format!("rain={}", case("rain.nc"));
        let ndvi = case("ndvi.nc");
        let stacks = [
            "correlate",
            "--response",
            &ndvi,
            "--driver",
            &heat,
            "--driver",
            &rain,
        ];
        let season = [
            "--months",
            "rain=4-10",
            "--aggregate",
            "rain=sum",
            "--lag",
            "heat=1",
        ];
        said(place, &[&stacks[..], &season, more].concat())
    };
    correlate("heat.nc", &[]);
    holds(place, "lag_pearson", &PARTIAL);
    correlate("heat.nc", &["--method", "spearman"]);
    holds(place, "lag_spearman", &PARTIAL);
    // The files begin with the study: its first year has no driver.
    let text = correlate("heat_since_2001.nc", &["--years", "2001-2012"]);
    assert!(
        text.contains("1 year before the study that its years need, 2000, has no data"),
        "{text}"
    );
    holds(place, "lag_since_2001", &PARTIAL);
}

#[test]
fn departures_do_not_depend_on_which_months_are_missing() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let study = |more: &str| {
        let text = format!(
            "[study]\nyears = [2001, 2012]\n[inputs.rain]\nfiles = {:?}\nsteps = \"monthly\"\naggregate = \"mean\"\n\
             anomaly = true\n{more}[respiration]\nmin_months = 9\n[trend]\nof = [\"rain\"]\n",
            case("rain_with_holes.nc")
        );
        fs::write(place.join("study.toml"), text).expect("a study file");
        said(place, &["run", "study.toml"]);
    };
    study("");
    holds(place, "departures", &TREND[1..]);
    study("baseline = [2001, 2006]\n");
    holds(place, "departures_since_2001_2006", &TREND);
}

#[test]
fn what_cannot_be_is_told_with_the_remedy() {
    let place = tempfile::tempdir().expect("a folder");
    let place = place.path();
    let (rain, heat, ndvi) = (case("rain.nc"), case("heat.nc"), case("ndvi.nc"));
    let driver = format!("heat={heat}");
    let correlate = ["correlate", "--response", &ndvi, "--driver", &driver];
    let cases: &[(&[&str], &str)] = &[
        (
            &["trend", &rain, "--months", "0-3"],
            "first and the last month, 1 to 12",
        ),
        (&["trend", &rain, "--months", "summer"], "such as 4-10"),
        (
            &["trend", &heat, "--months", "4-10"],
            "no year has all its months",
        ),
        (
            &["trend", &heat, "--steps", "annual", "--months", "4-10"],
            "an annual input has no months",
        ),
        (
            &[&correlate[..], &["--lag", "1"]].concat(),
            "a lag is of a driver",
        ),
        (
            &[&correlate[..], &["--lag", "heat=50"]].concat(),
            "0 to 20 years",
        ),
        (
            &[&correlate[..], &["--method", "kendall"]].concat(),
            "spearman",
        ),
        (
            &[&correlate[..], &["--anomaly", "heat=1981-2010"]].concat(),
            "only years of the study are read",
        ),
    ];
    for (arguments, text) in cases {
        let (code, said) = run(place, arguments);
        assert!(code == 2 || code == 3, "{arguments:?}: {code}, {said}");
        assert!(said.contains(text), "{arguments:?}: no {text:?} in {said}");
    }
    // What a model of respiration reads stays as it is.
    let study = format!(
        "[study]\nyears = [2001, 2012]\n[inputs.temperature]\nfiles = {rain:?}\ncheck_range = false\nunits = \"degC\"\n\
         lag = 1\n[respiration]\nmodel = \"q10\"\nparameters = {{ Rref = 1.0, Q10 = 2.0 }}\n"
    );
    fs::write(place.join("study.toml"), study).expect("a study file");
    let (code, said) = run(place, &["run", "study.toml"]);
    assert!(
        code == 2 && said.contains("inputs.temperature.lag"),
        "{code}: {said}"
    );
    assert!(said.contains("as an input of another name"), "{said}");
}
