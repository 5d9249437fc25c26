//! The store of Zarr of a run: what zarrs reads of it is what GDAL reads of the files beside it.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support {
    pub mod command;
}

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use assert_cmd::Command;
use gdal::raster::GdalType;
use gdal::{Dataset, DriverManager};
use serde_json::{Value, json};
use zarrs::array::{Array, ElementOwned};
use zarrs::filesystem::FilesystemStore;

use doline::synth::{self, SynthOptions};
use support::command::{outcome, sample};

/// A grid that is no multiple of 256, in more than one chunk each way.
const WIDTH: usize = 300;
const HEIGHT: usize = 270;
/// Rows and columns from the top left that are outside the mask: more than a chunk.
const MASKED: usize = 260;

const ZARR: &str = "output.format=\"zarr\"";
/// Memory for other tiles.
const LITTLE: &str = "engine.memory=\"300MiB\"";
const SETS: [&str; 5] = [
    "phase.replicates=99",
    "trend.of=[\"nep\"]",
    "grid.mask=\"mask.tif\"",
    "geodetector.surrogates=99",
    "measures.replicates=99",
];

/// A made study with a mask, and the folder of a run with a store.
static RUN: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let place = tempfile::tempdir().expect("a folder");
    let options = SynthOptions {
        width: WIDTH,
        height: HEIGHT,
        ..SynthOptions::default()
    };
    synth::write(place.path(), &options, &mut |_, _| {}).expect("a study");
    write_mask(place.path());
    let out = place.path().join("out");
    run(place.path(), "out", &[ZARR], 2, 0);
    (place, out)
});

/// A mask on the grid of the study.
fn write_mask(place: &Path) {
    let like = Dataset::open(place.join("zones/karst.tif")).expect("zones");
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GDAL");
    let mut mask = driver
        .create_with_band_type::<u8, _>(place.join("mask.tif"), WIDTH, HEIGHT, 1)
        .expect("made");
    let transform = like.geo_transform().expect("a transform");
    mask.set_geo_transform(&transform).expect("set");
    mask.set_projection(&like.projection()).expect("set");
    let pixels = (0..HEIGHT).flat_map(|row| (0..WIDTH).map(move |col| (row, col)));
    let inside = pixels.map(|(row, col)| u8::from(row >= MASKED || col >= MASKED));
    let mut inside = gdal::raster::Buffer::new((WIDTH, HEIGHT), inside.collect());
    let mut band = mask.rasterband(1).expect("a band");
    band.write((0, 0), (WIDTH, HEIGHT), &mut inside)
        .expect("written");
}

/// Runs the study into a folder of this name, on so many threads; gives what it says.
fn run(place: &Path, name: &str, sets: &[&str], threads: u32, expected: i32) -> String {
    let mut run = Command::cargo_bin("doline").expect("the binary is built");
    run.env("NO_COLOR", "1")
        .env("RAYON_NUM_THREADS", threads.to_string());
    run.args(["run", "--device=cpu", "--out"]);
    run.arg(place.join(name)).arg(place.join("study.toml"));
    for set in SETS.iter().chain(sets) {
        run.args(["--set", set]);
    }
    let output = run.output().expect("doline starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(expected), "{said}");
    said
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a text")).expect("JSON")
}

/// Files under a folder, by their names in it.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// The arrays of values by the file that each is of.
fn arrays(out: &Path) -> BTreeMap<String, (String, Value)> {
    let root = json_of(&out.join("out.zarr/zarr.json"));
    let all = root["consolidated_metadata"]["metadata"].as_object();
    let all = all.expect("all metadata").clone().into_iter();
    let of_files = all.filter_map(|(name, array)| {
        let file = array["attributes"]["file"].as_str()?.to_owned();
        Some((file, (name, array)))
    });
    of_files.collect()
}

/// The rasters of a run, relative to its folder.
fn rasters(out: &Path) -> Vec<String> {
    let names = contents(out).into_keys();
    let rasters = names.filter(|name| name.extension().is_some_and(|ending| ending == "tif"));
    rasters.map(|name| name.display().to_string()).collect()
}

/// All bands of a GeoTIFF, by GDAL.
fn by_gdal<T: GdalType + Copy>(path: &Path) -> Vec<T> {
    let dataset = Dataset::open(path).expect("a raster");
    let bands = dataset.rasterbands();
    let values = bands.flat_map(|band| {
        let read = band.expect("a band").read_band_as::<T>().expect("values");
        read.into_shape_and_vec().1
    });
    values.collect()
}

/// An array of the store, by zarrs.
fn by_zarrs<T: ElementOwned>(out: &Path, name: &str) -> Vec<T> {
    let store = FilesystemStore::new(out.join("out.zarr")).expect("a store");
    let array = Array::open(Arc::new(store), &format!("/{name}")).expect("an array");
    let all = array.subset_all();
    array.retrieve_array_subset(&all).expect("values")
}

/// Asserts that an array has the values of its file, bit by bit, and stores the chunks that have any value and no other.
/// Gives how many values are missing and how many are not.
fn assert_same(out: &Path, file: &str, name: &str, array: &Value) -> [usize; 2] {
    let tif = out.join(file);
    let bits: Vec<u32> = match array["data_type"].as_str() {
        Some("float32") => {
            let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
            let found: Vec<u32> = bits(by_zarrs(out, name));
            assert!(found == bits(by_gdal(&tif)), "{file}");
            found
        }
        Some("uint8") => {
            let found: Vec<u8> = by_zarrs(out, name);
            assert!(found == by_gdal::<u8>(&tif), "{file}");
            found.into_iter().map(u32::from).collect()
        }
        Some("uint16") => {
            let found: Vec<u16> = by_zarrs(out, name);
            assert!(found == by_gdal::<u16>(&tif), "{file}");
            found.into_iter().map(u32::from).collect()
        }
        other => panic!("{file}: {other:?}"),
    };
    let missing = match array["data_type"].as_str() {
        Some("float32") => f32::NAN.to_bits(),
        Some("uint8") => 255,
        _ => 65_535,
    };
    let has_time = array["dimension_names"] == json!(["time", "y", "x"]);
    assert!(has_time || array["dimension_names"] == json!(["y", "x"]));
    for (row, col) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let is_inside = |at: usize| {
            let pixel = at % (WIDTH * HEIGHT);
            (pixel / WIDTH / 256, pixel % WIDTH / 256) == (row, col)
        };
        let mut all = bits.iter().enumerate();
        let has_value = all.any(|(at, &value)| is_inside(at) && value != missing);
        let time = if has_time { "c/0" } else { "c" };
        let chunk = out.join(format!("out.zarr/{name}/{time}/{row}/{col}"));
        assert_eq!(chunk.exists(), has_value, "{}", chunk.display());
    }
    let n_missing = bits.iter().filter(|&&value| value == missing).count();
    [n_missing, bits.len() - n_missing]
}

#[test]
fn every_array_has_the_values_of_its_file_bit_by_bit() {
    let (_, out) = &*RUN;
    let (arrays, rasters) = (arrays(out), rasters(out));
    let files: Vec<&String> = arrays.keys().collect();
    assert_eq!(files, rasters.iter().collect::<Vec<_>>());
    let mut seen = BTreeMap::new();
    for (file, (name, array)) in &arrays {
        let counts = assert_same(out, file, name, array);
        // Outside the mask, and inside.
        assert!(counts[0] >= MASKED * MASKED, "{file}: {counts:?}");
        let data_type = array["data_type"].to_string();
        *seen.entry(data_type).or_insert(0) += counts[1];
        let bands = Dataset::open(out.join(file))
            .expect("a raster")
            .raster_count();
        let expected = if bands > 1 {
            json!([bands, HEIGHT, WIDTH])
        } else {
            json!([HEIGHT, WIDTH])
        };
        assert_eq!(array["shape"], expected, "{file}");
        let chunk = &array["chunk_grid"]["configuration"]["chunk_shape"];
        let last: Vec<&Value> = chunk.as_array().expect("a shape").iter().rev().collect();
        assert_eq!(last[..2], [&json!(256), &json!(256)], "{file}");
        if bands > 1 {
            assert_eq!(last[2], &json!(bands), "{file}");
        }
    }
    assert!(seen.len() == 3 && seen.values().all(|&n| n > 0), "{seen:?}");
    // By the rule of names.
    for (file, name) in [
        ("stacks/nep.tif", "nep"),
        ("maps/nep_slope.tif", "nep_slope"),
        ("maps/raw/nep_slope_human.tif", "raw_nep_slope_human"),
    ] {
        assert_eq!(arrays[file].0, name);
    }
}

#[test]
fn metadata_are_those_of_cf_and_of_the_files() {
    let (_, out) = &*RUN;
    let store = out.join("out.zarr");
    let root = json_of(&store.join("zarr.json"));
    let all = root["consolidated_metadata"]["metadata"].as_object();
    let all = all.expect("all metadata");
    for (name, array) in all {
        assert_eq!(
            *array,
            json_of(&store.join(name).join("zarr.json")),
            "{name}"
        );
    }
    let text = root.to_string();
    assert!(!text.contains("_zarrs"), "{text}");
    assert_eq!(root["attributes"]["Conventions"], "CF-1.11");
    let source = concat!("Doline ", env!("CARGO_PKG_VERSION"));
    assert_eq!(root["attributes"]["source"], source);

    let tif = Dataset::open(out.join("stacks/nep.tif")).expect("a raster");
    let t = tif.geo_transform().expect("a transform");
    let number = |n: u32| f64::from(n) + 0.5;
    let x: Vec<f64> = by_zarrs(out, "x");
    let expected = (0..300).map(|col| t[0] + number(col) * t[1]);
    assert_eq!(x, expected.collect::<Vec<_>>());
    let y: Vec<f64> = by_zarrs(out, "y");
    let expected = (0..270).map(|row| t[3] + number(row) * t[5]);
    assert_eq!(y, expected.collect::<Vec<_>>());
    let said = &all["spatial_ref"]["attributes"];
    let numbers = said["GeoTransform"].as_str().expect("a text").split(' ');
    let numbers: Vec<f64> = numbers.map(|n| n.parse().expect("a number")).collect();
    assert_eq!(numbers, t);
    assert_eq!(said["crs_wkt"], tif.projection());

    // 1 January of 2001 and of 2020 by `date -u -d 2001-01-01 +%s`, divided by 86400.
    let time: Vec<i64> = by_zarrs(out, "time");
    assert_eq!((time.len(), time[0], time[19]), (20, 11_323, 18_262));
    assert_eq!(all["time"]["attributes"]["units"], "days since 1970-01-01");

    let slope = &all["nep_slope"];
    assert_eq!(slope["attributes"]["units"], "gC m-2 yr-2");
    assert_eq!(slope["attributes"]["grid_mapping"], "spatial_ref");
    assert_eq!(slope["fill_value"], "NaN");
    let class = &all["nep_class"];
    assert_eq!(class["fill_value"], 255);
    assert_eq!(class["attributes"]["flag_values"], json!([1, 2, 3, 4, 5]));
    let meanings = class["attributes"]["flag_meanings"].as_str();
    let words: Vec<&str> = meanings.expect("a text").split(' ').collect();
    assert_eq!(words.len(), 5, "{words:?}");
    assert_eq!(words[2], "no_significant_change");
    let flags = &all["flags"];
    assert_eq!(flags["fill_value"], 65_535);
    let masks = flags["attributes"]["flag_masks"].as_array().expect("bits");
    let words = flags["attributes"]["flag_meanings"]
        .as_str()
        .expect("words");
    assert_eq!(masks.len(), words.split(' ').count());

    let record = json_of(&out.join("run.json"));
    let bytes: usize = contents(&store).values().map(Vec::len).sum();
    assert_eq!(record["store"]["bytes"], bytes);
    assert_eq!(record["store"]["path"], "out.zarr");
    let item = json_of(&out.join("item.json"));
    assert_eq!(item["assets"]["out_zarr"]["href"], "./out.zarr");
}

#[test]
fn bytes_depend_on_neither_threads_nor_tiles_and_other_formats_have_no_store() {
    let (place, out) = &*RUN;
    let expected = contents(&out.join("out.zarr"));
    let other = place.path().join("other");
    run(place.path(), "other", &[ZARR, LITTLE], 1, 0);
    assert!(contents(&other.join("out.zarr")) == expected);
    // Again, over what is there.
    run(place.path(), "other", &[ZARR], 3, 0);
    assert!(contents(&other.join("out.zarr")) == expected);
    // Plain chunks are the numbers themselves.
    run(
        place.path(),
        "other",
        &[ZARR, "output.compress=\"none\""],
        2,
        0,
    );
    let plain = fs::read(other.join("out.zarr/nep_class/c/1/1")).expect("a chunk");
    assert_eq!(plain.len(), 256 * 256);
    let array = &arrays(&other)["maps/nep_class.tif"];
    assert_same(&other, "maps/nep_class.tif", &array.0, &array.1);
    run(place.path(), "other", &[], 2, 0);
    assert!(!other.join("out.zarr").exists());
    assert!(json_of(&other.join("run.json"))["store"].is_null());
}

#[test]
fn what_is_not_ours_is_not_replaced() {
    let (place, _) = &*RUN;
    let store = place.path().join("foreign/out.zarr");
    fs::create_dir_all(&store).expect("made");
    fs::write(store.join("zarr.json"), "{\"zarr_format\":3}").expect("written");
    let said = run(place.path(), "foreign", &[ZARR], 2, 4);
    assert!(said.contains("not made by Doline; move it away"), "{said}");
    assert!(store.join("zarr.json").exists());
    // Rasters of somebody else beside ours, with the attributes of those that they were made of, as xarray keeps them.
    run(place.path(), "added", &[ZARR], 2, 0);
    let metadata = place.path().join("added/out.zarr/zarr.json");
    let mut whole = json_of(&metadata);
    let arrays = &mut whole["consolidated_metadata"]["metadata"];
    arrays["mine"] = arrays["nep_slope"].clone();
    fs::write(&metadata, whole.to_string()).expect("written");
    for sets in [&[ZARR][..], &[]] {
        let expected = if sets.is_empty() { 0 } else { 4 };
        run(place.path(), "added", sets, 2, expected);
        assert!(json_of(&metadata) == whole);
    }
}

#[test]
fn a_step_leaves_a_store_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let (files, folder) = (sample("npp/npp_{year}.tif"), out.display().to_string());
    let step = ["trend", &files, "--years=2001-2020", "--tests=ols"];
    let more = ["--format=zarr", "--device=cpu", "--out", &folder];
    let (code, _, stderr) = outcome(&[&step[..], &more].concat());
    assert_eq!(code, 0, "{stderr}");
    let arrays = arrays(&out);
    let files: Vec<&String> = arrays.keys().collect();
    assert_eq!(files, rasters(&out).iter().collect::<Vec<_>>());
    for (file, (name, _)) in &arrays {
        if file.ends_with("slope.tif") {
            let bits =
                |values: Vec<f32>| -> Vec<u32> { values.into_iter().map(f32::to_bits).collect() };
            assert!(bits(by_zarrs(&out, name)) == bits(by_gdal(&out.join(file))));
        }
    }
    // Results do not take the place of the store that they are made of.
    let (name, _) = arrays.values().next().expect("an array");
    let mask = format!("--mask=ZARR:\"{}\":/{name}", out.join("out.zarr").display());
    let (code, _, stderr) = outcome(&[&step[..], &more, &[&mask]].concat());
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("is an input of this study"), "{stderr}");
    assert!(out.join("out.zarr/zarr.json").exists());
}
