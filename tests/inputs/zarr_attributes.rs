//! What attributes of stores say of their numbers. `make_stores.py` writes the same variables as netCDF, which GDAL reads.
#![cfg(feature = "zarr")]

use std::fs;
use std::path::{Path, PathBuf};

use doline::calendar::Years;
use doline::sources::{InputRequest, Stacks, inspect};
use tempfile::TempDir;

use super::made::{numbers, open_in, read, request, says};
use super::zarr::{YEARS, copy, of_variable, stores};

/// The quantities of the only input, `[step][pixel]`; NaN where they are missing.
fn quantities(stacks: &Stacks) -> Vec<f64> {
    let decoding = stacks.inputs()[0].decoding();
    let is_valid = |x: f64| {
        let range = decoding.valid_range;
        !decoding.nodata.contains(&x) && range.is_none_or(|[low, high]| low <= x && x <= high)
    };
    let quantity = |x: f64| (x + decoding.bias) * decoding.scale[0];
    numbers(&read(stacks).inputs[0])
        .into_iter()
        .map(|x| if is_valid(x) { quantity(x) } else { f64::NAN })
        .collect()
}

fn n_missing(quantities: &[f64]) -> usize {
    quantities.iter().filter(|x| x.is_nan()).count()
}

/// Holds that two inputs have the same quantities, and the same of them missing.
#[track_caller]
fn same(one: &[f64], other: &[f64], what: &str) {
    assert_eq!(one.len(), other.len(), "{what}");
    for (at, (a, b)) in one.iter().zip(other).enumerate() {
        let is_same = (a - b).abs() < 1e-9 || a.is_nan() && b.is_nan();
        assert!(is_same, "{what}: {a} and {b} at {at}");
    }
}

#[test]
fn stores_and_netcdf_have_the_same_numbers_missing() {
    let netcdf = stores().join("attributes.nc");
    for variable in ["both", "least", "most", "floats", "words", "bytes"] {
        let of_netcdf = open_in(&of_variable(&netcdf, variable), YEARS).unwrap();
        // CF has ranges with a single side; GDAL knows those with two.
        let is_left = |x: &f64| match variable {
            "least" => *x >= 450.0,
            "most" => *x <= 600.0,
            _ => true,
        };
        let expected: Vec<f64> = quantities(&of_netcdf)
            .into_iter()
            .map(|x| if is_left(&x) { x } else { f64::NAN })
            .collect();
        let n = n_missing(&expected);
        assert!((1..expected.len() / 2).contains(&n), "{variable}: {n}");
        for format in [2, 3] {
            let store = stores().join(format!("attributes{format}.zarr"));
            let of_store = open_in(&of_variable(&store, variable), YEARS).unwrap();
            let what = format!("{variable} in format {format}");
            same(&quantities(&of_store), &expected, &what);
            let [stored, expected] = [&of_store, &of_netcdf].map(|of| of.inputs()[0].data_type());
            assert_eq!(stored, expected, "{what}");
        }
    }
}

/// The codes and the types are those that GDAL names of the netCDF file.
#[test]
fn numbers_without_sign_are_inspected_as_such() {
    for (variable, code, data_type) in [("words", 65535.0, "UInt16"), ("bytes", 255.0, "Byte")] {
        let of = |name: &str| inspect(&stores().join(name), Some(variable), false).unwrap();
        for name in ["attributes.nc", "attributes2.zarr", "attributes3.zarr"] {
            let raster = of(name).raster.unwrap();
            assert_eq!(raster.nodata, [code], "{variable} of {name}");
            assert_eq!(raster.data_type, data_type, "{variable} of {name}");
        }
        let [one, other] = ["attributes.nc", "attributes3.zarr"]
            .map(|name| of(name).raster.unwrap().sample.unwrap());
        assert_eq!((one.least, one.largest), (other.least, other.largest));
        assert_eq!(one.missing.to_bits(), other.missing.to_bits());
    }
}

/// Changes an attribute of the array of a store.
fn change(store: &Path, from: &str, to: &str) {
    let file = store.join("npp/zarr.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

/// A store for each of two years, with the same numbers.
fn two_years(dir: &TempDir) -> (InputRequest, [PathBuf; 2]) {
    let paths = [2001, 2002].map(|year| dir.path().join(format!("npp_{year}.zarr")));
    for path in &paths {
        copy(&stores().join("one_year.zarr"), path);
    }
    let pattern = dir.path().join("npp_{year}.zarr");
    (request("x", &[pattern]), paths)
}

const TWO_YEARS: Years = Years {
    first: 2001,
    last: 2002,
};
const SCALE: &str = "\"scale_factor\": 0.1";

#[test]
fn a_scale_that_some_stores_lost_is_refused() {
    let dir = TempDir::new().unwrap();
    let (asked, [_, second]) = two_years(&dir);
    assert!(open_in(&asked, TWO_YEARS).is_ok());
    change(&second, SCALE, "\"long_name\": \"npp\"");
    let refusal = open_in(&asked, TWO_YEARS).err().unwrap();
    says(&refusal, &["scale", "0.1", "none", "npp_2002.zarr"]);
    let raster = inspect(&second, None, false).unwrap().raster.unwrap();
    assert_eq!((raster.scale, raster.offset), (None, None));
}

#[test]
fn each_store_has_its_own_valid_range_unless_the_study_has_one() {
    let dir = TempDir::new().unwrap();
    let (asked, [first, second]) = two_years(&dir);
    let all = quantities(&open_in(&asked, TWO_YEARS).unwrap());
    change(&first, SCALE, &format!("{SCALE}, \"valid_max\": 600"));
    change(
        &second,
        SCALE,
        &format!("{SCALE}, \"valid_range\": [450, 500]"),
    );
    let found = quantities(&open_in(&asked, TWO_YEARS).unwrap());
    let limits = |at: usize| {
        if at < 35 {
            (0.0, 60.05)
        } else {
            (44.95, 50.05)
        }
    };
    let expected: Vec<f64> = all
        .iter()
        .enumerate()
        .map(|(at, &x)| {
            let (low, high) = limits(at);
            if low < x && x < high { x } else { f64::NAN }
        })
        .collect();
    assert!(n_missing(&expected[..35]) > 0 && n_missing(&expected[35..]) < 35);
    for (at, (a, b)) in found.iter().zip(&expected).enumerate() {
        assert!(
            (a - b).abs() < 1e-4 || a.is_nan() && b.is_nan(),
            "{a} and {b} at {at}"
        );
    }
    let of_study = InputRequest {
        valid_range: Some([-1e4, 1e4]),
        ..asked
    };
    same(
        &quantities(&open_in(&of_study, TWO_YEARS).unwrap()),
        &all,
        "the range of the study",
    );
}
