//! Hundreds of input files under a limit of 64 open files: the same bytes as without.
#![cfg(all(unix, feature = "cli"))]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;

const SIZE: (usize, usize) = (20, 40);

/// One band of plausible values in a file of its own.
fn make(path: &Path, driver: &str, base: f32, step: u16) {
    let driver = gdal::DriverManager::get_driver_by_name(driver).expect("a driver");
    let mut dataset = driver
        .create_with_band_type::<f32, _>(path, SIZE.0, SIZE.1, 1)
        .expect("a raster");
    dataset
        .set_geo_transform(&[105.0, 0.1, 0.0, 25.0, 0.0, -0.1])
        .expect("a place");
    dataset
        .set_spatial_ref(&SpatialRef::from_epsg(4326).expect("WGS84"))
        .expect("a reference system");
    let value = |i: u16| base * (1.0 + f32::from((i * 31 + step * 17) % 101) / 400.0);
    let values: Vec<f32> = (0..800).map(value).collect();
    dataset
        .rasterband(1)
        .expect("a band")
        .write((0, 0), SIZE, &mut Buffer::new(SIZE, values))
        .expect("written");
    dataset.close().expect("closed");
}

/// Monthly temperature and precipitation and annual NPP of 20 years, one file a step: 500 files.
fn five_hundred_files(dir: &Path, driver: &str, ending: &str) -> PathBuf {
    let mut step = 0;
    for year in 2001..=2020 {
        make(
            &dir.join(format!("npp_{year}.{ending}")),
            driver,
            600.0,
            step,
        );
        for month in 1..=12 {
            make(
                &dir.join(format!("t_{year}_{month:02}.{ending}")),
                driver,
                18.0,
                step,
            );
            make(
                &dir.join(format!("p_{year}_{month:02}.{ending}")),
                driver,
                90.0,
                step,
            );
            step += 1;
        }
    }
    assert_eq!(fs::read_dir(dir).expect("a folder").count(), 500);
    let text = format!(
        "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{{year}}.{ending}\"\n\
         [inputs.temperature]\nfiles = \"t_{{year}}_{{month}}.{ending}\"\n\
         [inputs.precipitation]\nfiles = \"p_*.{ending}\"\n[drivers]\nresponse = \"npp\"\n\
         predictors = [\"temperature\", \"precipitation\"]\n[trend]\nfdr = true\n"
    );
    let study = dir.join("study.toml");
    fs::write(&study, text).expect("a study");
    study
}

/// Runs a command where so many files may be open.
fn limited(limit: usize, args: &[&Path]) -> Output {
    let program = env!("CARGO_BIN_EXE_doline");
    let script = format!("ulimit -n {limit} && exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &script, program])
        .args(args)
        .output()
        .expect("a shell")
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    files.sort();
    files
}

/// All outputs but the record, which holds times.
fn assert_same_outputs(a: &Path, b: &Path) {
    let is_result = |path: &&PathBuf| !path.ends_with("run.json");
    let (files, others) = (files_below(a), files_below(b));
    assert_eq!(files.len(), others.len());
    assert!(files.len() > 60, "more outputs than may be open");
    for (file, other) in files
        .iter()
        .zip(&others)
        .filter(|(file, _)| is_result(file))
    {
        assert_eq!(file.strip_prefix(a), other.strip_prefix(b));
        assert!(
            fs::read(file).expect("a file") == fs::read(other).expect("a file"),
            "{}",
            file.display()
        );
    }
}

fn runs_the_same_under_a_limit(driver: &str, ending: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let study = five_hundred_files(dir.path(), driver, ending);
    let run = |limit, out: &Path| {
        // Small tiles, so that every file is needed again and again.
        let more = ["--device", "cpu", "--tile", "16x64", "--out"].map(Path::new);
        let output = limited(
            limit,
            &[&[Path::new("run"), &study], &more[..], &[out]].concat(),
        );
        assert!(
            output.status.success(),
            "{limit}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let [wide, narrow] = ["wide", "narrow"].map(|name| dir.path().join(name));
    run(1024, &wide);
    run(64, &narrow);
    assert_same_outputs(&wide, &narrow);
    let checked = limited(
        64,
        &[
            Path::new("check"),
            &study,
            Path::new("--device"),
            Path::new("cpu"),
        ],
    );
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn five_hundred_geotiffs_and_64_open_files() {
    runs_the_same_under_a_limit("GTiff", "tif");
}

#[test]
fn five_hundred_netcdf_files_and_64_open_files() {
    runs_the_same_under_a_limit("netCDF", "nc");
}

#[test]
fn step_commands_and_mosaics_stay_within_the_limit() {
    let dir = tempfile::tempdir().expect("a folder");
    five_hundred_files(dir.path(), "GTiff", "tif");
    let temperatures = dir.path().join("t_{year}_{month}.tif");
    let out = dir.path().join("out");
    let options = ["--device", "cpu", "--name", "t", "--out"].map(Path::new);
    let output = limited(
        64,
        &[
            &[Path::new("trend"), temperatures.as_path()],
            &options[..],
            &[&out],
        ]
        .concat(),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    // One mosaic of 240 bands, each in a file of its own.
    let band = |n: usize| {
        let (year, month) = (2001 + n / 12, n % 12 + 1);
        format!(
            "<VRTRasterBand dataType=\"Float32\" band=\"{}\"><Description>{year}-{month:02}</Description><SimpleSource>\
             <SourceFilename relativeToVRT=\"1\">t_{year}_{month:02}.tif</SourceFilename></SimpleSource></VRTRasterBand>",
            n + 1
        )
    };
    let bands = (0..240).map(band).collect::<Vec<_>>().concat();
    let mosaic = dir.path().join("t.vrt");
    let head = "<VRTDataset rasterXSize=\"20\" rasterYSize=\"40\"><SRS>EPSG:4326</SRS>\
                <GeoTransform>105, 0.1, 0, 25, 0, -0.1</GeoTransform>";
    fs::write(&mosaic, format!("{head}{bands}</VRTDataset>")).expect("a mosaic");
    let again = dir.path().join("again");
    let output = limited(
        64,
        &[
            &[Path::new("trend"), mosaic.as_path()],
            &options[..],
            &[&again],
        ]
        .concat(),
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let slope = |dir: &Path| fs::read(dir.join("maps/t_slope.tif")).expect("a map");
    assert!(slope(&out) == slope(&again));
}
