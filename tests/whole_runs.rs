//! Whole runs from files to files: no number of threads and no tile changes a table or a map, and a part of the grid
//! that no file has a block of is like one that files say is missing.
#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use doline::sinks::RasterRead;
use doline::synth::{self, SynthOptions};
use gdal::DriverManager;
use gdal::raster::{Buffer, RasterCreationOptions};

/// What a run left: texts of tables, and the numbers of every band of every map as bits.
#[derive(Debug, PartialEq)]
struct Outputs {
    tables: BTreeMap<PathBuf, String>,
    maps: BTreeMap<PathBuf, Vec<Vec<u64>>>,
}

impl Outputs {
    fn of(folder: &Path) -> Self {
        let mut found = Self {
            tables: BTreeMap::new(),
            maps: BTreeMap::new(),
        };
        let mut folders = vec![folder.to_owned()];
        while let Some(inner) = folders.pop() {
            for entry in fs::read_dir(&inner).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                match path.extension().and_then(|ending| ending.to_str()) {
                    _ if path.is_dir() => folders.push(path),
                    Some("csv") => {
                        let text = fs::read_to_string(&path).expect("a table");
                        found.tables.insert(name, text);
                    }
                    Some("tif") => {
                        let bands = RasterRead::open(&path).expect("a map").values;
                        let bits = |band: Vec<f64>| band.into_iter().map(f64::to_bits).collect();
                        found
                            .maps
                            .insert(name, bands.into_iter().map(bits).collect());
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The first difference to another run, by name.
    fn difference(&self, other: &Self) -> Option<PathBuf> {
        let tables = self.tables.iter().map(|(name, text)| {
            let same = other.tables.get(name) == Some(text);
            (name, same)
        });
        let maps = self.maps.iter().map(|(name, bands)| {
            let same = other.maps.get(name) == Some(bands);
            (name, same)
        });
        assert_eq!(self.tables.len(), other.tables.len());
        assert_eq!(self.maps.len(), other.maps.len());
        let mut all = tables.chain(maps);
        all.find(|(_, same)| !same).map(|(name, _)| name.clone())
    }
}

/// Runs a study with as many threads and tiles of a size.
fn run(study: &Path, more: &[&str], threads: usize, tile: &str) -> Outputs {
    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    let command = command
        .env("RAYON_NUM_THREADS", threads.to_string())
        .arg("run")
        .arg(study)
        .args(["--device", "cpu", "--tile", tile, "--out"])
        .arg(out.path().join("out"))
        .args(more);
    command.assert().success();
    Outputs::of(&out.path().join("out"))
}

#[test]
fn no_tile_and_no_number_of_threads_changes_a_table_or_a_map() {
    let place = tempfile::tempdir().expect("a folder");
    let options = SynthOptions {
        width: 150,
        height: 70,
        ..SynthOptions::default()
    };
    synth::write(place.path(), &options, &mut |_, _| {}).expect("a study");
    let study = place.path().join("study.toml");
    let more = [
        "--set",
        "trend.fdr=\"benjamini-hochberg\"",
        "--set",
        "grid.mask=\"zones/karst.tif\"",
        "--set",
        "bootstrap.replicates=40",
    ];
    let whole = run(&study, &more, 1, "80x192");
    assert!(whole.tables.len() >= 4, "{:?}", whole.tables.keys());
    assert!(whole.maps.len() > 100, "{:?}", whole.maps.keys());
    for (threads, tile) in [(3, "80x192"), (1, "16x64"), (4, "48x128")] {
        let other = run(&study, &more, threads, tile);
        assert_eq!(
            whole.difference(&other),
            None,
            "{threads} threads, tiles of {tile}"
        );
    }
}

/// Rows, columns and blocks of a grid whose lower right three quarters have no value.
const SIZE: usize = 128;
const BLOCK: usize = 64;
const MISSING: i16 = -9999;

/// Six years of `x`, with values in the first block; the others are written, or left out.
fn years_of_x(folder: &Path, are_left_out: bool) {
    for year in 2001..=2006_i16 {
        let options: RasterCreationOptions = [
            "TILED=YES",
            "BLOCKXSIZE=64",
            "BLOCKYSIZE=64",
            "SPARSE_OK=TRUE",
        ]
        .into_iter()
        .collect();
        let mut dataset = DriverManager::get_driver_by_name("GTiff")
            .expect("a driver")
            .create_with_band_type_with_options::<i16, _>(
                folder.join(format!("x_{year}.tif")),
                SIZE,
                SIZE,
                1,
                &options,
            )
            .expect("a file");
        let transform = [105.0, 0.1, 0.0, 25.0, 0.0, -0.1];
        dataset.set_geo_transform(&transform).expect("written");
        let mut band = dataset.rasterband(1).expect("a band");
        band.set_no_data_value(Some(MISSING.into()))
            .expect("written");
        let value = |pixel: usize| {
            let pixel = i16::try_from(pixel % 97).expect("small");
            (year - 2000) * (pixel % 5) + pixel
        };
        let side = if are_left_out { BLOCK } else { SIZE };
        let values = (0..side * side).map(|pixel| {
            let (row, col) = (pixel / side, pixel % side);
            if row < BLOCK && col < BLOCK {
                value(row * BLOCK + col)
            } else {
                MISSING
            }
        });
        let mut buffer = Buffer::new((side, side), values.collect());
        band.write((0, 0), (side, side), &mut buffer)
            .expect("written");
        dataset.close().expect("closed");
    }
}

#[test]
fn blocks_that_no_file_has_are_missing() {
    let place = tempfile::tempdir().expect("a folder");
    let text = "[study]\nyears = [2001, 2006]\n[inputs.x]\nfiles = \"x_{year}.tif\"\n[trend]\nof = [\"x\"]\nmin_years = 4\n";
    let mut outputs = Vec::new();
    for (folder, are_left_out) in [("whole", false), ("sparse", true)] {
        let folder = place.path().join(folder);
        fs::create_dir(&folder).expect("a folder");
        years_of_x(&folder, are_left_out);
        let study = folder.join("study.toml");
        fs::write(&study, text).expect("a study");
        outputs.push(run(&study, &[], 2, "64x64"));
    }
    assert!(outputs[0].maps.len() > 5);
    assert_eq!(outputs[0].difference(&outputs[1]), None);
}
