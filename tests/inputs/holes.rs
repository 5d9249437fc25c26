//! Files without most of their blocks: no byte of an output depends on it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use doline::run::{RunOptions, run};
use doline::study::{Device, Study};
use tempfile::TempDir;

use crate::made::Made;

/// A study of 20 years with two blocks of values, run on the CPU once a format; the folders of its outputs.
fn run_with_holes<const N: usize>(
    dir: &Path,
    options: &[&str],
    formats: [&str; N],
) -> [PathBuf; N] {
    const SIDE: usize = 1100;
    let number = |year: usize, pixel: usize| {
        let (row, col) = (pixel / SIDE, pixel % SIDE);
        let is_there = (row < 256 && col < 40) || (row > 1040 && (300..500).contains(&col));
        if is_there {
            i16::try_from(600 + (year - 2000) * (pixel % 7) + pixel * 13 % 101).unwrap()
        } else {
            32_767
        }
    };
    for year in 2001..=2020 {
        let of_year = |pixel| number(year, pixel);
        let made = Made {
            size: (SIDE, SIDE),
            bands: vec![(0..SIDE * SIDE).map(of_year).collect()],
            nodata: Some(32_767.0),
            ..Made::default()
        };
        let tiled = ["TILED=YES", "COMPRESS=DEFLATE"];
        made.save(
            "GTiff",
            &dir.join(format!("npp_{year}.tif")),
            &[&tiled[..], options].concat(),
        );
    }
    let text = "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n\
                units = \"gC m-2 yr-1\"\n[trend]\nof = [\"npp\"]\n";
    std::fs::write(dir.join("study.toml"), text).unwrap();
    formats.map(|format| {
        let overrides = [format!("output.format=\"{format}\"")];
        let study = Study::load(&dir.join("study.toml"), &overrides).unwrap();
        let out = dir.join(format);
        let options = RunOptions {
            out: Some(out.clone()),
            device: Some(Device::Cpu),
            ..RunOptions::default()
        };
        run(&study, &options, &AtomicBool::new(false), &mut |_| {}).unwrap();
        out
    })
}

#[test]
fn blocks_that_no_file_has_change_no_output() {
    let (dense, sparse) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let formats = ["gtiff", "cog"];
    let with_all = run_with_holes(dense.path(), &[], formats);
    let with_few = run_with_holes(sparse.path(), &["SPARSE_OK=TRUE"], formats);
    for (with_all, with_few) in with_all.iter().zip(&with_few) {
        assert_same_outputs(with_all, with_few);
    }
}

fn assert_same_outputs(with_all: &Path, with_few: &Path) {
    let mut n_rasters = 0;
    for file in std::fs::read_dir(with_all.join("maps")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "tif") {
            let other = with_few.join("maps").join(path.file_name().unwrap());
            let is_same = std::fs::read(&path).unwrap() == std::fs::read(&other).unwrap();
            assert!(is_same, "{}", path.display());
            n_rasters += 1;
        }
    }
    assert!(n_rasters > 10, "{n_rasters}");
    for table in ["tables/series.csv", "tables/trends.csv"] {
        let read = |out: &Path| std::fs::read(out.join(table)).unwrap();
        assert_eq!(read(with_all), read(with_few), "{table}");
    }
    let inputs = |out: &Path| {
        let text = std::fs::read_to_string(out.join("run.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        (
            record["inputs"][0]["fill_codes"].clone(),
            record["layers"].clone(),
        )
    };
    assert_eq!(inputs(with_all), inputs(with_few));
}
