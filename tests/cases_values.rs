//! Values as people have them: means of daily sums, months dated by their ends, several codes of missing values, a
//! projection that enlarges, a response among its own drivers. `cases/make_values.py` makes files and expected numbers.
#![cfg(all(unix, feature = "cli", feature = "gdal"))]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

#[path = "support/command.rs"]
mod command;

use std::fs;
use std::path::Path;

use command::outcome_in;
use gdal::DriverManager;
use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;

/// How far 32-bit numbers may be from those of scipy.
const CLOSE: f64 = 1e-5;

fn case(name: &str) -> String {
    format!("{}/tests/cases/values/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A run on a file into `out`: exit code, and standard output and error together.
fn run(place: &Path, arguments: &[&str]) -> (i32, String) {
    let all = [arguments, &["--device", "cpu", "-o", "out"]].concat();
    let _ = fs::remove_dir_all(place.join("out"));
    let (code, stdout, stderr) = outcome_in(place, &all);
    (code, format!("{stdout}{stderr}"))
}

/// Holds that mean and slope of the first pixel are those of scipy.
#[track_caller]
fn holds(place: &Path, series: &str, key: &str) {
    let text = fs::read_to_string(case("expected.json")).expect("made by make_values.py");
    let expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for what in ["mean", "slope"] {
        let map = place.join(format!("out/maps/{series}_{what}.tif"));
        let map = gdal::Dataset::open(map).expect("a map");
        let band = map.rasterband(1).expect("a band");
        let found = band
            .read_as::<f32>((0, 0), (1, 1), (1, 1), None)
            .expect("read")
            .data()[0];
        let expected = expected[key][what].as_f64().expect("a number");
        let error = (f64::from(found) / expected - 1.0).abs();
        assert!(error < CLOSE, "{key}: {what} {found}, expected {expected}");
    }
}

#[test]
fn means_of_daily_sums_are_of_a_day_and_rates_as_they_stand() {
    let place = tempfile::tempdir().expect("a folder");
    for file in ["avgad.nc", "rate.nc"] {
        let (code, said) = run(
            place.path(),
            &["trend", &case(file), "--name", "precipitation"],
        );
        assert_eq!(code, 0, "{file}: {said}");
        holds(place.path(), "precipitation", "avgad");
    }
}

#[test]
fn months_dated_by_their_ends_are_read_or_told() {
    let place = tempfile::tempdir().expect("a folder");
    for file in ["misnamed.nc", "unnamed.nc"] {
        let (code, said) = run(
            place.path(),
            &[
                "trend",
                &case(file),
                "--name",
                "temperature",
                "--variable",
                "tas",
            ],
        );
        assert_eq!(code, 0, "{file}: {said}");
        assert!(said.contains("holds the ends of its periods"), "{said}");
        holds(place.path(), "temperature", "ends");
    }
    let (code, said) = run(
        place.path(),
        &["trend", &case("without.nc"), "--name", "temperature"],
    );
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("from February to January"), "{said}");
    assert!(said.contains("shifttime,-1day"), "{said}");
}

#[test]
fn every_code_of_missing_values_counts() {
    let place = tempfile::tempdir().expect("a folder");
    let (code, said) = run(place.path(), &["trend", &case("codes.nc"), "--name", "npp"]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("looks like a fill value"), "{said}");
    holds(place.path(), "npp", "codes");
    let map = gdal::Dataset::open(place.path().join("out/maps/npp_mean.tif")).expect("a map");
    let band = map.rasterband(1).expect("a band");
    let means = band.read_as::<f32>((0, 0), (2, 2), (2, 2), None);
    let means = means.expect("read");
    let missing: Vec<bool> = means.data().iter().map(|x| x.is_nan()).collect();
    assert_eq!(missing, [false, true, false, true]);
}

/// Ten years of a grid of 4 x 3 pixels of a kilometre in a projection.
fn projected(place: &Path, epsg: u32, north: f64) {
    for year in 2001_u16..=2010 {
        let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
        let path = place.join(format!("x_{year}.tif"));
        let mut made = driver
            .create_with_band_type::<f32, _>(path, 4, 3, 1)
            .expect("created");
        let crs = SpatialRef::from_epsg(epsg).expect("a CRS");
        made.set_spatial_ref(&crs).expect("set");
        made.set_geo_transform(&[500_000.0, 1000.0, 0.0, north, 0.0, -1000.0])
            .expect("set");
        let mut values = Buffer::new((4, 3), vec![f32::from(year); 12]);
        let mut band = made.rasterband(1).expect("a band");
        band.write((0, 0), (4, 3), &mut values).expect("written");
    }
}

/// The areal scale of web Mercator is 1/cos² of the latitude on the sphere: 4.0 at 60 degrees, less 0.3 % on the ellipsoid.
#[test]
fn a_projection_that_enlarges_is_told_with_its_factor() {
    let place = tempfile::tempdir().expect("a folder");
    projected(place.path(), 3857, 8_399_737.89);
    let (code, said) = run(place.path(), &["trend", "x_{year}.tif", "--name", "x"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("pixels seem 3.98"), "{said}");
    assert!(said.contains("--area ellipsoid gives true areas"), "{said}");
    // The option that it names takes the factor away.
    let true_areas = [
        "trend",
        "x_{year}.tif",
        "--name",
        "x",
        "--area",
        "ellipsoid",
    ];
    let (code, said) = run(place.path(), &true_areas);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("pixels seem"), "{said}");
    projected(place.path(), 32648, 2_700_000.0);
    let (code, said) = run(place.path(), &["trend", "x_{year}.tif", "--name", "x"]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("pixels seem"), "{said}");
}

#[test]
fn a_unit_of_several_days_is_refused_without_a_wrong_hint() {
    let place = tempfile::tempdir().expect("a folder");
    let codes = case("codes.nc");
    let (code, said) = run(
        place.path(),
        &["trend", &codes, "--name", "npp", "--units", "gC m-2 8day-1"],
    );
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("8day-1") && !said.contains("did you mean"),
        "{said}"
    );
}

#[test]
fn a_response_under_another_name_is_no_driver_of_itself() {
    let place = tempfile::tempdir().expect("a folder");
    let codes = case("codes.nc");
    let driver = format!("again={codes}");
    let (code, said) = run(
        place.path(),
        &[
            "correlate",
            "--response",
            &codes,
            "--name",
            "npp",
            "--driver",
            &driver,
        ],
    );
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("cannot explain itself"), "{said}");
}
