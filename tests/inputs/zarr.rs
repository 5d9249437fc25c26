//! Zarr stores as xarray and zarr-python write them. `make_stores.py` makes them, and the numbers that they hold.
#![cfg(feature = "zarr")]

use std::fs;
use std::path::{Path, PathBuf};

use doline::calendar::{Steps, Years};
use doline::sources::{InputRequest, Stacks, inspect};
use gdal::spatial_ref::SpatialRef;
use serde_json::Value;
use tempfile::TempDir;

use super::made::{Made, numbers, open_in, read, request, says};

/// The years of all stores.
pub(crate) const YEARS: Years = Years {
    first: 2001,
    last: 2006,
};

pub(crate) fn stores() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs/stores")
}

pub(crate) fn store(name: &str) -> PathBuf {
    stores().join(format!("{name}.zarr"))
}

/// What the stores hold, one variable an entry.
pub(crate) fn expected() -> Vec<Value> {
    let text = fs::read_to_string(stores().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn of_variable(store: &Path, variable: &str) -> InputRequest {
    InputRequest {
        variable: Some(variable.to_owned()),
        ..request("x", &[store.to_owned()])
    }
}

/// The numbers of a list, NaN for null.
fn list(of: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().unwrap_or(f64::NAN);
    of.as_array().unwrap().iter().map(number).collect()
}

fn is_same(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a == b || a.is_nan() && b.is_nan())
}

/// What is expected of an input, in numbers, grid and times.
#[track_caller]
pub(crate) fn holds(stacks: &Stacks, expected: &Value) {
    let what = format!("{} of {}", expected["variable"], expected["store"]);
    let input = &stacks.inputs()[0];
    assert!(
        is_same(
            &numbers(&read(stacks).inputs[0]),
            &list(&expected["stored"])
        ),
        "numbers of {what}"
    );
    assert_eq!(
        (input.timing.steps, input.timing.n_steps()),
        (Steps::Annual, 6),
        "{what}"
    );
    says(&input.timing.how, &["2001", "2006", "time axis"]);
    for (found, expected) in stacks
        .grid()
        .transform
        .iter()
        .zip(list(&expected["transform"]))
    {
        assert!(
            (found - expected).abs() < 1e-6,
            "{what}: {:?}",
            stacks.grid().transform
        );
    }
    assert_eq!(
        Some(input.packing.scale),
        expected["scale"].as_f64(),
        "{what}"
    );
    assert_eq!(
        Some(input.packing.offset),
        expected["offset"].as_f64(),
        "{what}"
    );
    let nodata: Vec<f64> = expected["nodata"].as_f64().into_iter().collect();
    let of_types =
        ["i1", "u1", "u2", "i4", "u4", "i8"].contains(&expected["variable"].as_str().unwrap());
    assert!(
        of_types || input.packing.nodata == nodata,
        "{what}: {:?}",
        input.packing.nodata
    );
    assert_eq!(input.file_unit.as_deref(), Some("g C m-2 yr-1"), "{what}");
    assert_eq!(input.layout.driver, "Zarr");
}

#[test]
fn stores_of_both_formats_hold_the_numbers_that_xarray_reads() {
    let all = expected();
    assert!(all.len() > 30, "{}", all.len());
    for expected in &all {
        let path = store(expected["store"].as_str().unwrap());
        let asked = of_variable(&path, expected["variable"].as_str().unwrap());
        let stacks = open_in(&asked, YEARS).unwrap_or_else(|error| panic!("{expected}: {error}"));
        holds(&stacks, expected);
        let crs = expected["crs"].as_str().unwrap_or("EPSG:4326");
        let crs = SpatialRef::from_definition(crs).unwrap();
        assert!(
            stacks.grid().crs_wkt.contains(&crs.name().unwrap()),
            "{}",
            stacks.grid().crs_wkt
        );
    }
}

/// The same numbers by way of GDAL's GeoTIFF.
#[test]
fn a_store_and_a_geotiff_of_the_same_numbers_are_read_alike() {
    let dir = TempDir::new().unwrap();
    let all = expected();
    let packed = all
        .iter()
        .find(|one| one["store"] == "v3" && one["variable"] == "packed")
        .unwrap();
    let stored = list(&packed["stored"]);
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers of 16 bits")]
    let bands = stored
        .chunks(35)
        .map(|band| band.iter().map(|x| *x as i16).collect());
    let path = dir.path().join("packed.tif");
    Made {
        size: (7, 5),
        bands: bands.collect(),
        nodata: Some(-9999.0),
        scale_offset: Some((0.5, 10.0)),
        transform: [100.0, 0.5, 0.0, 40.25, 0.0, -0.5],
        ..Made::default()
    }
    .tif(&path);
    let asked = InputRequest {
        steps: Some(Steps::Annual),
        ..request("x", &[path])
    };
    let of_tif = open_in(&asked, YEARS).unwrap();
    let of_store = open_in(&of_variable(&store("v3"), "packed"), YEARS).unwrap();
    assert_eq!(
        numbers(&read(&of_tif).inputs[0]),
        numbers(&read(&of_store).inputs[0])
    );
    assert_eq!(
        of_tif.inputs()[0].decoding(),
        of_store.inputs()[0].decoding()
    );
    assert_eq!(
        of_tif.inputs()[0].data_type(),
        of_store.inputs()[0].data_type()
    );
}

#[test]
fn the_only_variable_needs_no_name_and_one_of_several_does() {
    let stacks = open_in(&request("x", &[store("projected")]), YEARS).unwrap();
    assert_eq!(stacks.grid().width, 7);
    let which = open_in(&request("x", &[store("v2")]), YEARS).unwrap_err();
    says(&which, &["several variables", "big_endian, by_year"]);
    let none = open_in(&of_variable(&store("v2"), "gpp"), YEARS).unwrap_err();
    says(&none, &["no variable `gpp`", "shuffled"]);
    // As GDAL names it.
    let name = format!("ZARR:\"{}\":/zstd", store("v2").display());
    let named = open_in(&request("x", &[name.into()]), YEARS).unwrap();
    assert_eq!(named.inputs()[0].timing.n_steps(), 6);
}

#[test]
fn times_in_the_last_dimension_are_refused_with_the_order_that_works() {
    let error = open_in(&of_variable(&store("v3"), "late"), YEARS).unwrap_err();
    says(
        &error,
        &["lat,lon,time", "transpose(\"time\", \"lat\", \"lon\")"],
    );
}

#[test]
fn a_store_is_inspected_with_a_sample_of_its_values() {
    let found = inspect(&store("v3"), Some("packed"), false).unwrap();
    assert_eq!(found.format, "Zarr, format 3");
    let raster = found.raster.unwrap();
    assert_eq!((raster.width, raster.height, raster.bands), (7, 5, 6));
    assert_eq!((raster.scale, raster.offset), (Some(0.5), Some(10.0)));
    assert_eq!(raster.nodata, [-9999.0]);
    assert_eq!(raster.data_type, "Int16");
    let sample = raster.sample.unwrap();
    assert!(
        sample.least.unwrap() > 0.0 && sample.values == 3 * 35,
        "{sample:?}"
    );
    let names: Vec<&str> = found
        .variables
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    assert!(
        names.contains(&"sharded") && !names.contains(&"time"),
        "{names:?}"
    );
}

/// A store of one variable to be damaged, in a folder of its own.
pub(crate) fn copy_of(name: &str, dir: &TempDir) -> PathBuf {
    let to = dir.path().join("x.zarr");
    copy(&store(name), &to);
    to
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// What opening and reading a damaged store says.
pub(crate) fn refusal(path: &Path) -> String {
    let asked = request("x", &[path.to_owned()]);
    let stacks = match open_in(&asked, YEARS) {
        Ok(stacks) => stacks,
        Err(error) => return error,
    };
    let names = ["x".to_owned()];
    let mut reader = stacks.reader(&names).unwrap();
    let window = stacks.grid().window();
    let read = doline::sources::Source::read(&mut reader, window);
    read.unwrap_err().to_string()
}

#[test]
fn damaged_stores_are_refused_with_the_file_and_a_remedy() {
    let change = |file: &str, from: &str, to: &str| {
        let dir = TempDir::new().unwrap();
        let path = copy_of("projected", &dir);
        let file = path.join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        refusal(&path)
    };
    let of_array = |from: &str, to: &str| change("npp/zarr.json", from, to);
    let side = "\"shape\": [\n    6,";
    says(
        &of_array("{", "{{"),
        &["npp/zarr.json", "no JSON", "to_zarr"],
    );
    says(
        &change("zarr.json", "\"zarr_format\": 3", "\"zarr_format\": 4"),
        &["format 4", "formats 2 and 3"],
    );
    says(&of_array("\"zstd\"", "\"lossy\""), &["lossy", "ZstdCodec"]);
    says(&of_array("\"float32\"", "\"complex64\""), &["x.zarr"]);
    says(
        &of_array(side, "\"shape\": [\n    0,"),
        &["damaged", "to_zarr"],
    );
    says(
        &of_array(side, "\"shape\": [\n    -6,"),
        &["npp/zarr.json", "shape"],
    );
    says(
        &of_array(side, "\"shape\": [\n    6000000000000,"),
        &["layers", ".sel()"],
    );
    let chunk = "\"chunk_shape\": [\n        6,";
    says(
        &of_array(chunk, "\"chunk_shape\": [\n        0,"),
        &["npp", "x.zarr"],
    );
    says(
        &of_array(chunk, "\"chunk_shape\": [\n        9000000000000000000,"),
        &["npp", "x.zarr"],
    );
    let dir = TempDir::new().unwrap();
    says(
        &refusal(&{
            let path = dir.path().join("empty.zarr");
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join(".zgroup"), "{\"zarr_format\":2}").unwrap();
            path
        }),
        &["no array", "consolidate_metadata"],
    );
}

#[test]
fn damaged_chunks_are_refused_with_their_place() {
    let whole = fs::read(store("projected").join("npp/c/0/0/0")).unwrap();
    let cuts = [0, 1, 7, whole.len() / 2, whole.len() - 1];
    let mut damaged: Vec<Vec<u8>> = cuts.iter().map(|n| whole[..*n].to_vec()).collect();
    damaged.push(vec![0xff; whole.len()]);
    damaged.push(b"<html>404</html>".to_vec());
    for bytes in damaged {
        let dir = TempDir::new().unwrap();
        let path = copy_of("projected", &dir);
        fs::write(path.join("npp/c/0/0/0"), &bytes).unwrap();
        says(
            &refusal(&path),
            &["x.zarr", "chunk 0/0/0 of `npp`", "get it again"],
        );
    }
    let dir = TempDir::new().unwrap();
    let path = copy_of("projected", &dir);
    fs::write(path.join("y/c/0"), b"").unwrap();
    says(&refusal(&path), &["x.zarr", "chunk 0 of `y`"]);
}

/// A chunk has 6 x 5 x 7 numbers of four bytes.
#[test]
fn chunks_that_memory_does_not_hold_are_refused() {
    let with_room_for = |bytes: u64| {
        let asked = InputRequest {
            most_block_bytes: Some(bytes),
            ..request("x", &[store("projected")])
        };
        open_in(&asked, YEARS)
    };
    assert!(with_room_for(840).is_ok());
    says(
        &with_room_for(839).unwrap_err(),
        &["projected.zarr", "chunks", ".chunk("],
    );
}

#[test]
fn names_outside_the_store_are_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("x.zarr");
    fs::create_dir_all(&path).unwrap();
    let array = fs::read_to_string(store("projected").join("npp/zarr.json")).unwrap();
    let root = format!(
        "{{\"zarr_format\":3,\"node_type\":\"group\",\"consolidated_metadata\":{{\"metadata\":{{\"../npp\":{array}}}}}}}"
    );
    fs::write(path.join("zarr.json"), root).unwrap();
    says(&refusal(&path), &["outside the store"]);
}

/// A chunk that was never written, where rows are stored from the south and blocks begin inside chunks.
#[test]
fn a_missing_chunk_of_rows_from_the_south_is_missing_in_its_place() {
    let dir = TempDir::new().unwrap();
    let from = store("ascending_chunks");
    let copy = copy_of("ascending_chunks", &dir);
    let blocks = open_in(&of_variable(&copy, "npp"), YEARS).unwrap();
    assert_eq!(blocks.inputs()[0].layout.block_size, (3, 2));
    // Of the first four years the two rows and the three columns in the south-west.
    fs::remove_file(copy.join("npp/c/0/0/0")).unwrap();
    let whole = open_in(&of_variable(&from, "npp"), YEARS).unwrap();
    let mut expected = numbers(&read(&whole).inputs[0]);
    for (at, value) in expected.iter_mut().enumerate() {
        let (year, row, col) = (at / 35, at / 7 % 5, at % 7);
        if year < 4 && row > 2 && col < 3 {
            *value = f64::NAN;
        }
    }
    let stacks = open_in(&of_variable(&copy, "npp"), YEARS).unwrap();
    assert!(is_same(&numbers(&read(&stacks).inputs[0]), &expected));
}

/// Without places of columns nothing tells where rows are: they come as they are stored, which a transform goes by.
#[test]
fn rows_without_columns_are_not_turned_over() {
    let dir = TempDir::new().unwrap();
    let copy = copy_of("ascending_chunks", &dir);
    let whole = open_in(&of_variable(&copy, "npp"), YEARS).unwrap();
    let mut turned = numbers(&read(&whole).inputs[0]);
    fs::remove_dir_all(copy.join("lon")).unwrap();
    let stacks = open_in(&of_variable(&copy, "npp"), YEARS).unwrap();
    for year in turned.chunks_mut(35) {
        let rows: Vec<f64> = year.rchunks(7).flatten().copied().collect();
        year.copy_from_slice(&rows);
    }
    assert!(is_same(&numbers(&read(&stacks).inputs[0]), &turned));
}
