//! Masks that are much finer than the study, lie elsewhere, or leave nothing: as a user of the program meets them.
#![cfg(all(unix, feature = "cli", feature = "gdal"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use doline::calendar::Years;
use doline::grid::Window;
use doline::sources::{InputRequest, Source, Stacks};
use gdal::DriverManager;
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;

const SIDE: usize = 20;
const YEARS: Years = Years {
    first: 2001,
    last: 2004,
};

/// A raster of `size` columns and rows, with values at some places and zero elsewhere.
struct Made<'a, T> {
    size: (usize, usize),
    bands: usize,
    transform: [f64; 6],
    epsg: Option<u32>,
    options: &'a [&'a str],
    /// Column, row, columns, rows and the value there.
    filled: &'a [(isize, isize, usize, usize, T)],
}

fn make<T: GdalType + Copy>(path: &Path, made: &Made<'_, T>) {
    let options: RasterCreationOptions = made.options.iter().copied().collect();
    let driver = DriverManager::get_driver_by_name("GTiff").expect("a driver");
    let (width, height) = made.size;
    let created = driver
        .create_with_band_type_with_options::<T, _>(path, width, height, made.bands, &options);
    let mut dataset = created.expect("a raster");
    dataset.set_geo_transform(&made.transform).expect("a place");
    if let Some(code) = made.epsg {
        dataset
            .set_spatial_ref(&SpatialRef::from_epsg(code).expect("known"))
            .expect("a reference system");
    }
    for number in 1..=made.bands {
        let mut band = dataset.rasterband(number).expect("a band");
        for &(col, row, width, height, value) in made.filled {
            let mut values = Buffer::new((width, height), vec![value; width * height]);
            band.write((col, row), (width, height), &mut values)
                .expect("written");
        }
    }
    dataset.close().expect("closed");
}

/// A study of 20 x 20 pixels of a degree from `west` on, north of 10 degrees.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(west: f64) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        let npp = Made {
            size: (SIDE, SIDE),
            bands: 4,
            transform: [west, 1.0, 0.0, 30.0, 0.0, -1.0],
            epsg: Some(4326),
            options: &[],
            filled: &[(0, 0, SIDE, SIDE, 500.0_f32)],
        };
        make(&folder.path("npp.tif"), &npp);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn mask<T: GdalType + Copy>(&self, made: &Made<'_, T>) -> PathBuf {
        let path = self.path("mask.tif");
        make(&path, made);
        path
    }

    /// A polygon from west, south to east, north.
    fn polygon(&self, [west, south, east, north]: [f64; 4]) -> PathBuf {
        let ring = format!(
            "[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]"
        );
        let geometry = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
        let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
        let path = self.path("mask.geojson");
        fs::write(
            &path,
            format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#),
        )
        .expect("a file");
        path
    }

    fn study(&self, mask: &Path) -> PathBuf {
        let path = self.path("study.toml");
        let text = format!(
            "[study]\nyears = [2001, 2004]\n[grid]\nmask = {:?}\n[inputs.npp]\nfiles = \"npp.tif\"\n\
             units = \"gC m-2 yr-1\"\n[trend]\nof = [\"npp\"]\ntests = [\"ols\"]\nmin_years = 4\n[output]\n\
             dir = \"out\"\n[engine]\nmemory = \"256MiB\"\ndevice = \"cpu\"\n",
            mask.display().to_string()
        );
        fs::write(&path, text).expect("a study");
        path
    }

    /// Exit code, standard error, and the most memory it took.
    fn doline(&self, verb: &str, mask: &Path) -> (Option<i32>, String, u64) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_doline"))
            .arg(verb)
            .arg(self.study(mask))
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("doline starts");
        let mut peak = 0;
        while child.try_wait().expect("a child").is_none() {
            peak = peak.max(peak_of(child.id()));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let ended = child.wait_with_output().expect("output");
        (
            ended.status.code(),
            String::from_utf8_lossy(&ended.stderr).into_owned(),
            peak,
        )
    }

    /// Refused with exit code 3 and these words, and nothing is left.
    fn refuses(&self, verb: &str, mask: &Path, words: &[&str]) {
        let (code, stderr, _) = self.doline(verb, mask);
        assert_eq!(code, Some(3), "{stderr}");
        for word in words {
            assert!(stderr.contains(word), "{word:?} in {stderr}");
        }
        assert!(
            !self.path("out").exists() && !stderr.contains("panicked"),
            "{stderr}"
        );
        let left = fs::read_dir(self.0.path()).expect("a folder").flatten();
        assert!(
            left.map(|entry| entry.file_name())
                .all(|name| !name.to_string_lossy().contains("unfinished"))
        );
    }

    /// Rows and columns inside.
    fn inside(&self, mask: &Path) -> Vec<(usize, usize)> {
        let npp = InputRequest {
            name: "npp".to_owned(),
            files: vec![self.path("npp.tif").display().to_string()],
            ..InputRequest::default()
        };
        let stacks = Stacks::open(&[npp], YEARS, None, Some(mask)).expect("opened");
        let mut reader = stacks.reader(&[]).expect("a reader");
        let mut inside = Vec::new();
        for (row, height) in [(0, 7), (7, 13)] {
            let window = Window {
                row,
                col: 0,
                height,
                width: SIDE,
            };
            let found = reader.read(window).expect("read").inside.expect("a mask");
            let at = |pixel: usize| (row + pixel / SIDE, pixel % SIDE);
            inside.extend((0..found.len()).filter(|&pixel| found[pixel]).map(at));
        }
        inside
    }
}

/// Most memory of a process so far.
fn peak_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// A sparse mask of 60000 x 60000 cells, 3000 to a pixel, over the study.
fn fine(filled: &[(isize, isize, usize, usize, u8)]) -> Made<'_, u8> {
    let cell = 1.0 / 3000.0;
    Made {
        size: (60_000, 60_000),
        bands: 1,
        transform: [100.0, cell, 0.0, 30.0, 0.0, -cell],
        epsg: Some(4326),
        options: &["TILED=YES", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE"],
        filled,
    }
}

#[test]
fn a_mask_much_finer_than_the_study_costs_no_more_than_its_pixels() {
    let folder = Folder::new(100.0);
    // The centre of pixel (2, 3) is the corner of the cells 7500, 10500 and lies in the one right and below of it; a
    // filled cell left of that of pixel (9, 4) is not its centre's.
    let mask = folder.mask(&fine(&[
        (10_500, 7500, 1, 1, 1),
        (13_499, 28_500, 1, 1, 1),
        (57_000, 57_000, 3000, 3000, 9),
    ]));
    assert_eq!(folder.inside(&mask), [(2, 3), (19, 19)]);
    for verb in ["check", "run"] {
        let (code, stderr, peak) = folder.doline(verb, &mask);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(peak < 256 << 20, "{verb} took {} MiB", peak >> 20);
    }
    let record = fs::read_to_string(folder.path("out/run.json")).expect("a record");
    assert!(record.contains("\"pixels_inside\": 2,"), "{record}");
}

#[test]
fn a_mask_in_blocks_larger_than_the_budget_is_refused() {
    let folder = Folder::new(100.0);
    let mut made = fine(&[]);
    made.options = &["SPARSE_OK=TRUE", "BLOCKYSIZE=30000", "COMPRESS=DEFLATE"];
    let mask = folder.mask(&made);
    folder.refuses(
        "run",
        &mask,
        &["mask.tif", "blocks of 1716 MiB", "TILED=YES"],
    );
}

#[test]
fn a_mask_that_leaves_no_pixel_is_an_error_and_no_empty_run() {
    let folder = Folder::new(100.0);
    let far = folder.polygon([10.0, 15.0, 20.0, 25.0]);
    for verb in ["check", "run"] {
        folder.refuses(
            verb,
            &far,
            &[
                "mask.geojson",
                "none of its polygons overlaps the study grid",
                "x 10 .. 20, y 15 .. 25",
            ],
        );
    }
    // Between the centres of pixels.
    let small = folder.polygon([105.6, 15.6, 105.9, 15.9]);
    folder.refuses(
        "run",
        &small,
        &["mask.geojson", "no pixel of the study grid is inside it"],
    );
    let mut made = fine(&[]);
    (made.size, made.transform) = ((SIDE, SIDE), [100.0, 1.0, 0.0, 30.0, 0.0, -1.0]);
    let zero = folder.mask(&made);
    folder.refuses(
        "run",
        &zero,
        &["mask.tif", "no pixel of the study grid is inside it"],
    );
}

#[test]
fn polygons_and_rasters_mask_across_a_turn_of_longitude() {
    // The study is at 250 to 270 degrees east, the mask at -108 to -102: columns 2 to 7.
    let folder = Folder::new(250.0);
    let expected: Vec<(usize, usize)> = (5..10)
        .flat_map(|row| (2..8).map(move |col| (row, col)))
        .collect();
    let polygon = folder.polygon([-108.0, 20.0, -102.0, 25.0]);
    assert_eq!(folder.inside(&polygon), expected);
    let raster = folder.mask(&Made {
        size: (6, 5),
        bands: 1,
        transform: [-108.0, 1.0, 0.0, 25.0, 0.0, -1.0],
        epsg: Some(4326),
        options: &[],
        filled: &[(0, 0, 6, 5, 1_u8)],
    });
    assert_eq!(folder.inside(&raster), expected);
    // Of a polygon on both sides of the seam of the study both parts count.
    let folder = Folder::new(-10.0);
    let wide = folder.polygon([-5.0, 20.0, 355.0, 21.0]);
    assert_eq!(
        folder.inside(&wide),
        (0..SIDE).map(|col| (9, col)).collect::<Vec<_>>()
    );
}

#[test]
fn a_mask_without_a_place_is_no_mask_on_the_study_grid() {
    let folder = Folder::new(100.0);
    let mut made = fine(&[(0, 0, SIDE, SIDE, 1)]);
    (made.size, made.transform) = ((SIDE, SIDE), [f64::NAN, 1.0, 0.0, 30.0, 0.0, -1.0]);
    let nan = folder.mask(&made);
    folder.refuses("check", &nan, &["mask.tif", "NaN", "no position"]);
    // One that names no reference system has no table of inputs to state it in.
    (made.transform, made.epsg) = ([500_000.0, 30.0, 0.0, 3e6, 0.0, -30.0], None);
    let nameless = folder.mask(&made);
    folder.refuses(
        "check",
        &nameless,
        &["mask.tif", "has no CRS", "gdal_edit.py -a_srs"],
    );
    let (_, stderr, _) = folder.doline("check", &nameless);
    assert!(!stderr.contains("to the input"), "{stderr}");
}
