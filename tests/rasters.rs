//! Reading and writing rasters: patterns, time, grids, decoding, masks, atomic results.
#![cfg(feature = "gdal")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::path::{Path, PathBuf};

use doline::calendar::{Steps, Years};
use doline::grid::{Grid, Window};
use doline::kernels::attribution::{AGREEMENT_CLASSES, DOMINANT_CLASSES, DRIVER_CLASSES};
use doline::kernels::carbon::BALANCE_CLASSES;
use doline::kernels::statistics::TREND_CLASSES;
use doline::palette;
use doline::sinks::{
    Compress, FileKind, Format, RasterFile, RasterOptions, RasterRead, RasterSink, Sink,
};
use doline::sources::{InputRequest, Source, Stacks};
use doline::tile::{DataType, Decoding, Stored, Tile};
use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::{DriverManager, Metadata};
use tempfile::TempDir;

const YEARS: Years = Years {
    first: 2001,
    last: 2003,
};

/// A raster to be made: `bands[band][pixel]`, 0.1 degree from 105 E, 25 N unless said otherwise.
struct Made<'a, T> {
    size: (usize, usize),
    bands: Vec<Vec<T>>,
    descriptions: &'a [&'a str],
    nodata: Option<f64>,
    scale_offset: Option<(f64, f64)>,
    transform: [f64; 6],
    epsg: u32,
    options: &'a [&'a str],
}

impl<T> Default for Made<'_, T> {
    fn default() -> Self {
        Self {
            size: (6, 5),
            bands: Vec::new(),
            descriptions: &[],
            nodata: None,
            scale_offset: None,
            transform: [105.0, 0.1, 0.0, 25.0, 0.0, -0.1],
            epsg: 4326,
            options: &[],
        }
    }
}

fn make<T: GdalType + Copy>(path: &Path, made: &Made<'_, T>) {
    let options = made
        .options
        .iter()
        .copied()
        .collect::<RasterCreationOptions>();
    let (width, height) = made.size;
    let mut dataset = DriverManager::get_driver_by_name("GTiff")
        .unwrap()
        .create_with_band_type_with_options::<T, _>(path, width, height, made.bands.len(), &options)
        .unwrap();
    dataset.set_geo_transform(&made.transform).unwrap();
    if made.epsg != 0 {
        dataset
            .set_spatial_ref(&SpatialRef::from_epsg(made.epsg).unwrap())
            .unwrap();
    }
    for (index, values) in made.bands.iter().enumerate() {
        let mut band = dataset.rasterband(index + 1).unwrap();
        if let Some(description) = made.descriptions.get(index) {
            band.set_description(description).unwrap();
        }
        if made.nodata.is_some() {
            band.set_no_data_value(made.nodata).unwrap();
        }
        if let Some((scale, offset)) = made.scale_offset {
            band.set_scale(scale).unwrap();
            band.set_offset(offset).unwrap();
        }
        band.write(
            (0, 0),
            made.size,
            &mut Buffer::new(made.size, values.clone()),
        )
        .unwrap();
    }
    dataset.close().unwrap();
}

/// Bands of consecutive numbers, `1000 · band + pixel`.
fn numbers(n_bands: usize, n_pixels: usize) -> Vec<Vec<i16>> {
    let number = |band: usize, pixel: usize| i16::try_from(1000 * band + pixel).unwrap();
    (0..n_bands)
        .map(|band| (0..n_pixels).map(|pixel| number(band, pixel)).collect())
        .collect()
}

fn request(name: &str, files: &[PathBuf]) -> InputRequest {
    let files = files
        .iter()
        .map(|file| file.to_string_lossy().into_owned())
        .collect();
    InputRequest {
        name: name.to_owned(),
        files,
        ..InputRequest::default()
    }
}

fn open_one(request: &InputRequest) -> Result<Stacks, String> {
    Stacks::open(std::slice::from_ref(request), YEARS, None, None).map_err(|e| e.to_string())
}

fn read_all(stacks: &Stacks) -> Tile {
    let names: Vec<String> = stacks
        .inputs()
        .iter()
        .map(|input| input.name.clone())
        .collect();
    stacks
        .reader(&names)
        .unwrap()
        .read(stacks.grid().window())
        .unwrap()
}

fn i16_of(stored: &Stored) -> &[i16] {
    let Stored::I16(values) = stored else {
        panic!("{:?}", stored.data_type())
    };
    values
}

fn f32_of(stored: &Stored) -> &[f32] {
    let Stored::F32(values) = stored else {
        panic!("{:?}", stored.data_type())
    };
    values
}

/// Holds what a message must say.
#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

/// Yearly files of one band, each `1000 · k + pixel`.
fn yearly_files(dir: &Path, years: &[i32]) {
    for (band, year) in years.iter().enumerate() {
        let bands = vec![numbers(years.len(), 30)[band].clone()];
        make(
            &dir.join(format!("npp_{year}.tif")),
            &Made {
                bands,
                ..Made::default()
            },
        );
    }
}

// ---- files and time ------------------------------------------------------------------------

#[test]
fn a_pattern_of_years_gives_one_step_a_year() {
    let dir = TempDir::new().unwrap();
    yearly_files(dir.path(), &[2001, 2002, 2003]);
    let stacks = open_one(&request("npp", &[dir.path().join("npp_{year}.tif")])).unwrap();
    let input = stacks.input("npp").unwrap();
    assert_eq!(
        (
            input.timing.steps,
            input.timing.n_steps(),
            input.data_type()
        ),
        (Steps::Annual, 3, DataType::I16)
    );
    assert_eq!(input.files.len(), 3);
    assert!(input.files[0].bytes > 0 && input.files[0].modified.is_some());
    assert_eq!(input.layout.driver, "GTiff");
    says(&input.timing.how, &["2001 to 2003", "pattern"]);
    assert_eq!(
        i16_of(&read_all(&stacks).inputs[0]),
        numbers(3, 30).concat()
    );
}

#[test]
fn every_missing_year_is_named_with_its_path() {
    let dir = TempDir::new().unwrap();
    yearly_files(dir.path(), &[2002]);
    let message = open_one(&request("npp", &[dir.path().join("npp_{year}.tif")])).unwrap_err();
    says(
        &message,
        &[
            "`npp`",
            "2 files are missing",
            "2001 (looked for",
            "npp_2003.tif",
        ],
    );
}

#[test]
fn months_in_a_pattern_have_two_digits() {
    let dir = TempDir::new().unwrap();
    for month in 1..=12 {
        let bands = vec![vec![month; 30]];
        let path = dir.path().join(format!("t_2001{month:02}.tif"));
        make::<i16>(
            &path,
            &Made {
                bands,
                ..Made::default()
            },
        );
    }
    let years = Years {
        first: 2001,
        last: 2001,
    };
    let pattern = request("t", &[dir.path().join("t_{year}{month}.tif")]);
    let stacks = Stacks::open(std::slice::from_ref(&pattern), years, None, None).unwrap();
    assert_eq!(stacks.inputs()[0].timing.steps, Steps::Monthly);
    let tile = read_all(&stacks);
    let months: Vec<i16> = i16_of(&tile.inputs[0])
        .chunks(30)
        .map(|step| step[7])
        .collect();
    assert_eq!(months, (1..=12).collect::<Vec<i16>>());
    std::fs::remove_file(dir.path().join("t_200104.tif")).unwrap();
    let message = Stacks::open(&[pattern], years, None, None)
        .unwrap_err()
        .to_string();
    says(&message, &["1 file is missing", "2001-04 (looked for"]);
}

#[test]
fn a_glob_and_a_list_are_ordered_by_the_digits_in_their_names() {
    let dir = TempDir::new().unwrap();
    yearly_files(dir.path(), &[2001, 2002, 2003]);
    let glob = open_one(&request("npp", &[dir.path().join("npp_*.tif")])).unwrap();
    says(&glob.inputs()[0].timing.how, &["digits in the file names"]);
    let list = [2003, 2001, 2002].map(|year| dir.path().join(format!("npp_{year}.tif")));
    let list = open_one(&request("npp", &list)).unwrap();
    assert_eq!(read_all(&glob), read_all(&list));
    let none = open_one(&request("npp", &[dir.path().join("gpp_*.tif")])).unwrap_err();
    says(&none, &["no file matches", "gpp_*.tif"]);
}

#[test]
fn a_year_given_twice_is_an_error_that_names_both_files() {
    let dir = TempDir::new().unwrap();
    yearly_files(dir.path(), &[2001, 2002, 2003]);
    std::fs::copy(
        dir.path().join("npp_2002.tif"),
        dir.path().join("npp_2002_b.tif"),
    )
    .unwrap();
    let message = open_one(&request("npp", &[dir.path().join("npp_*.tif")])).unwrap_err();
    says(
        &message,
        &["has 2002 twice", "npp_2002.tif", "npp_2002_b.tif", "digits"],
    );
    let several = open_one(&request("npp", &[dir.path().join("npp_{year}*.tif")])).unwrap_err();
    says(&several, &["npp_2002*.tif", "matches 2 files"]);
}

#[test]
fn descriptions_of_bands_carry_the_time_and_other_years_are_left_aside() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.tif");
    let descriptions = ["2000", "2003", "2002", "2001", "2004"];
    let made = Made {
        bands: numbers(5, 30),
        descriptions: &descriptions,
        ..Made::default()
    };
    make(&path, &made);
    let stacks = open_one(&request("npp", &[path])).unwrap();
    let tile = read_all(&stacks);
    let first: Vec<i16> = i16_of(&tile.inputs[0])
        .chunks(30)
        .map(|step| step[0])
        .collect();
    assert_eq!(first, [3000, 2000, 1000]);
    says(
        &stacks.inputs()[0].timing.how,
        &["2000 to 2004", "descriptions"],
    );
    says(
        &stacks.notes().join(" "),
        &["not in the order of time", "were sorted"],
    );
}

#[test]
fn a_year_missing_from_the_bands_is_named() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.tif");
    let made = Made {
        bands: numbers(2, 30),
        descriptions: &["npp 2001", "npp 2003"],
        ..Made::default()
    };
    make(&path, &made);
    let message = open_one(&request("npp", &[path])).unwrap_err();
    says(&message, &["no data for 2002", "2001 to 2003"]);
}

#[test]
fn bands_without_a_time_are_taken_in_order_and_it_is_said() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t.tif");
    make(
        &path,
        &Made {
            bands: numbers(32, 30),
            ..Made::default()
        },
    );
    let message = open_one(&request("t", std::slice::from_ref(&path))).unwrap_err();
    says(
        &message,
        &[
            "32 bands",
            "1, 3 (annual) or 36 (monthly)",
            "2001-2003 has 3 years",
        ],
    );

    let bands: Vec<Vec<i16>> = (0..36).map(|band| vec![band; 30]).collect();
    make(
        &path,
        &Made {
            bands,
            ..Made::default()
        },
    );
    let stacks = open_one(&request("t", std::slice::from_ref(&path))).unwrap();
    assert_eq!(stacks.inputs()[0].timing.steps, Steps::Monthly);
    says(
        &stacks.notes()[0],
        &["36 bands", "in order", "2001-01 to 2003-12"],
    );

    let annual = InputRequest {
        steps: Some(Steps::Annual),
        ..request("t", &[path])
    };
    says(
        &open_one(&annual).unwrap_err(),
        &["36 bands", "3 are expected", "one value each"],
    );
}

#[test]
fn a_file_of_a_year_with_three_bands_is_an_error() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2003 {
        let path = dir.path().join(format!("npp_{year}.tif"));
        make(
            &path,
            &Made {
                bands: numbers(3, 30),
                ..Made::default()
            },
        );
    }
    let message = open_one(&request("npp", &[dir.path().join("npp_{year}.tif")])).unwrap_err();
    says(
        &message,
        &[
            "3 bands in npp_2001.tif",
            "1 of each time is expected",
            "12 for its months",
        ],
    );
}

#[test]
fn one_band_is_static() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("soc_2017.tif");
    make(
        &path,
        &Made {
            bands: numbers(1, 30),
            ..Made::default()
        },
    );
    assert_eq!(
        open_one(&request("soc", &[path])).unwrap().inputs()[0]
            .timing
            .steps,
        Steps::Static
    );
}

// ---- grids -----------------------------------------------------------------------------------

#[test]
fn files_of_one_input_on_two_grids_are_shown_side_by_side_with_the_way_out() {
    let dir = TempDir::new().unwrap();
    yearly_files(dir.path(), &[2001, 2002, 2003]);
    let transform = [105.0, 0.1, 0.0, 25.01, 0.0, -0.1];
    let bands = vec![numbers(3, 30)[1].clone()];
    make(
        &dir.path().join("npp_2002.tif"),
        &Made {
            bands,
            transform,
            ..Made::default()
        },
    );
    let message = open_one(&request("npp", &[dir.path().join("npp_{year}.tif")])).unwrap_err();
    says(
        &message,
        &[
            "npp_2002.tif (input `npp`)",
            "all files must share one grid",
            "\n          this file                    first file\n",
            "\n  CRS     EPSG:4326                    EPSG:4326\n",
            "\n! origin  105.000000000, 25.010000000  105.000000000, 25.000000000\n",
            "6 x 5",
            "gdalwarp -t_srs 'EPSG:4326' -te 105 24.5 105.6 25 -tr 0.1 0.1 -r bilinear",
            "'npp_2002_on_grid.tif'",
        ],
    );
    let path = dir.path().join("npp_2001.tif");
    let unknown = Stacks::open(&[request("npp", &[path])], YEARS, Some("nep"), None)
        .unwrap_err()
        .to_string();
    says(&unknown, &["`nep`", "npp"]);
}

#[test]
fn a_tenth_of_a_hundredth_of_a_pixel_is_the_same_grid_and_another_crs_is_not() {
    let dir = TempDir::new().unwrap();
    let (a, b, c) = (
        dir.path().join("a.tif"),
        dir.path().join("b.tif"),
        dir.path().join("c.tif"),
    );
    make(
        &a,
        &Made {
            bands: numbers(1, 30),
            ..Made::default()
        },
    );
    let transform = [105.0001, 0.1, 0.0, 25.0, 0.0, -0.1];
    make(
        &b,
        &Made {
            bands: numbers(1, 30),
            transform,
            ..Made::default()
        },
    );
    make(
        &c,
        &Made {
            bands: numbers(1, 30),
            epsg: 4490,
            ..Made::default()
        },
    );
    let with = |other: &Path| {
        Stacks::open(
            &[
                request("a", std::slice::from_ref(&a)),
                request("b", &[other.to_owned()]),
            ],
            YEARS,
            None,
            None,
        )
    };
    let how = |other: &Path| {
        with(other)
            .unwrap()
            .input("b")
            .unwrap()
            .how_placed()
            .to_owned()
    };
    assert_eq!(how(&b), "it is on the study grid");
    says(&how(&c), &["another grid (EPSG:4490"]);
}

// ---- decoding --------------------------------------------------------------------------------

#[test]
fn decoding_joins_the_scale_of_the_file_the_study_and_the_unit() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t_2001.tif");
    let made = Made {
        bands: numbers(3, 30),
        nodata: Some(-9999.0),
        scale_offset: Some((0.02, 5.0)),
        ..Made::default()
    };
    make(&path, &made);
    let study = InputRequest {
        nodata: vec![-1.0, 65_535.0, -3.4e38],
        valid_range: Some([-500.0, 2500.0]),
        ..request("t", &[path])
    };
    let stacks = open_one(&study).unwrap();
    let input = &stacks.inputs()[0];
    assert_eq!((input.packing.scale, input.packing.offset), (0.02, 5.0));
    assert_eq!(input.packing.nodata, [-9999.0, -1.0]);
    says(
        &stacks.notes().join("\n"),
        &["nodata 65535 is ignored: no Int16"],
    );

    let decoding = input.converted("1", -273.15, &[2.0]).unwrap().decoding;
    assert_eq!(
        decoding,
        Decoding {
            bias: (5.0 - 273.15) / 0.02,
            scale: vec![0.04],
            valid_range: Some([-500.0, 2500.0]),
            nodata: vec![-9999.0, -1.0]
        }
    );
    // (1000 · 0.02 + 5 - 273.15) · 2, pixel 0 of the second band.
    assert!(((1000.0 + decoding.bias) * decoding.scale_of(1) - -496.3).abs() < 1e-9);
    let wrong = input
        .converted("1", 0.0, &[1.0, 2.0])
        .unwrap_err()
        .to_string();
    says(&wrong, &["3 steps", "2 factors"]);

    let over = InputRequest {
        scale: Some(0.5),
        offset: Some(-1.0),
        ..study.clone()
    };
    assert_eq!(open_one(&over).unwrap().decoding("t").unwrap().bias, -2.0);
    let zero = InputRequest {
        scale: Some(0.0),
        ..study
    };
    says(
        &open_one(&zero).unwrap_err(),
        &["t_2001.tif", "scaled by 0"],
    );
}

#[test]
fn more_codes_than_a_shader_takes_are_folded_on_reading() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("soc.tif");
    make(
        &path,
        &Made {
            bands: numbers(1, 30),
            nodata: Some(0.0),
            ..Made::default()
        },
    );
    let study = InputRequest {
        nodata: (1..=11).map(f64::from).collect(),
        ..request("soc", &[path])
    };
    let stacks = open_one(&study).unwrap();
    assert_eq!(
        stacks.decoding("soc").unwrap().nodata.len(),
        Decoding::MAX_NODATA
    );
    let expected: Vec<i16> = (0..30)
        .map(|v| if (8..=11).contains(&v) { 0 } else { v })
        .collect();
    assert_eq!(i16_of(&read_all(&stacks).inputs[0]), expected);
}

#[test]
fn other_types_become_floats_with_the_missing_ones_as_nan() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("soc.tif");
    let values: Vec<f64> = (0..30).map(|v| f64::from(v) * 1e5).collect();
    let made = Made {
        bands: vec![values],
        nodata: Some(300_000.0),
        scale_offset: Some((0.1, 0.0)),
        ..Made::default()
    };
    make(&path, &made);
    let study = InputRequest {
        valid_range: Some([100_000.0, 2e6]),
        ..request("soc", std::slice::from_ref(&path))
    };
    let stacks = open_one(&study).unwrap();
    let tile = read_all(&stacks);
    let read = f32_of(&tile.inputs[0]);
    assert!(read[0].is_nan() && read[3].is_nan() && read[21].is_nan());
    assert_eq!((read[1], read[20]), (1e5, 2e6));
    let decoding = stacks.decoding("soc").unwrap();
    assert_eq!(
        (decoding.scale, decoding.nodata, decoding.valid_range),
        (vec![0.1], vec![], None)
    );

    let values: Vec<i32> = (0..30).collect();
    make(
        &path,
        &Made {
            bands: vec![values],
            nodata: Some(7.0),
            ..Made::default()
        },
    );
    let tile = read_all(&open_one(&request("soc", &[path])).unwrap());
    assert!(f32_of(&tile.inputs[0])[7].is_nan());
    assert_eq!(f32_of(&tile.inputs[0])[8], 8.0);
}

#[test]
fn the_largest_float_is_missing_however_it_is_written() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("soc.tif");
    let mut values = vec![1.0_f32; 30];
    values[4] = f32::MIN;
    make(
        &path,
        &Made {
            bands: vec![values],
            nodata: Some(-3.4e38),
            ..Made::default()
        },
    );
    let stacks = open_one(&request("soc", &[path])).unwrap();
    assert!(
        stacks
            .decoding("soc")
            .unwrap()
            .nodata
            .contains(&f64::from(f32::MIN))
    );
    assert_eq!(
        stacks
            .sample("soc", &stacks.decoding("soc").unwrap(), 100)
            .unwrap(),
        vec![1.0; 29]
    );
}

#[test]
fn files_with_different_scales_are_decoded_one_by_one() {
    let dir = TempDir::new().unwrap();
    for (year, scale) in [(2001, 0.1), (2002, 0.2), (2003, 0.5)] {
        let made = Made {
            bands: vec![vec![10_i16; 30]],
            scale_offset: Some((scale, 1.0)),
            nodata: Some(-1.0),
            ..Made::default()
        };
        make(&dir.path().join(format!("npp_{year}.tif")), &made);
    }
    let stacks = open_one(&request("npp", &[dir.path().join("npp_{year}.tif")])).unwrap();
    let tile = read_all(&stacks);
    let steps: Vec<f32> = f32_of(&tile.inputs[0])
        .chunks(30)
        .map(|step| step[0])
        .collect();
    assert_eq!(steps, [2.0, 3.0, 6.0]);
    assert_eq!(stacks.decoding("npp").unwrap(), Decoding::identity());
    says(&stacks.notes()[0], &["different scales"]);
}

/// `gdalwarp` and others write files without the scale of those they read; floats may have been decoded.
#[test]
fn a_scale_that_some_files_lost_is_refused_until_it_is_stated() {
    let dir = TempDir::new().unwrap();
    for year in 2001..=2004 {
        let made = Made {
            bands: vec![vec![10_i16; 30]],
            scale_offset: (year != 2003).then_some((0.1, 0.0)),
            nodata: Some(-1.0),
            ..Made::default()
        };
        make(&dir.path().join(format!("npp_{year}.tif")), &made);
    }
    let files = [dir.path().join("npp_{year}.tif")];
    let error = open_one(&request("npp", &files)).unwrap_err();
    says(
        &error,
        &["scale", "npp_2003.tif has none", "npp_2001.tif has 0.1"],
    );
    let stated = InputRequest {
        scale: Some(0.1),
        ..request("npp", &files)
    };
    let stacks = open_one(&stated).unwrap();
    let tile = read_all(&stacks);
    let decoding = stacks.decoding("npp").unwrap();
    assert!(decoding.scale.iter().all(|scale| *scale == 0.1));
    assert_eq!(tile.inputs.len(), 1);
}

// ---- reading ---------------------------------------------------------------------------------

fn windows(grid: &Grid, height: usize, width: usize) -> Vec<Window> {
    let mut windows = Vec::new();
    for row in (0..grid.height).step_by(height) {
        for col in (0..grid.width).step_by(width) {
            let (height, width) = (height.min(grid.height - row), width.min(grid.width - col));
            windows.push(Window {
                row,
                col,
                height,
                width,
            });
        }
    }
    windows
}

#[test]
fn windows_put_together_are_the_whole() {
    let dir = TempDir::new().unwrap();
    let size = (150, 90);
    let bands: Vec<Vec<i16>> = (0..36)
        .map(|band| {
            (0..150 * 90)
                .map(|p| i16::try_from((p + 17 * band) % 30_000).unwrap())
                .collect()
        })
        .collect();
    let tiled: &[&str] = &[
        "TILED=YES",
        "BLOCKXSIZE=32",
        "BLOCKYSIZE=16",
        "INTERLEAVE=BAND",
    ];
    let pixel: &[&str] = &[
        "TILED=YES",
        "BLOCKXSIZE=32",
        "BLOCKYSIZE=16",
        "INTERLEAVE=PIXEL",
    ];
    let (a, b) = (dir.path().join("a.tif"), dir.path().join("b.tif"));
    make(
        &a,
        &Made {
            size,
            bands: bands.clone(),
            options: tiled,
            ..Made::default()
        },
    );
    make(
        &b,
        &Made {
            size,
            bands: bands.clone(),
            options: pixel,
            ..Made::default()
        },
    );
    let requests = [request("a", &[a]), request("b", &[b])];
    let stacks = Stacks::open(&requests, YEARS, None, None).unwrap();
    let block = stacks.block();
    assert_eq!((block.height, block.width), (16, 32));
    let whole = read_all(&stacks);
    assert_eq!(i16_of(&whole.inputs[0]), bands.concat());
    assert_eq!(whole.inputs[0], whole.inputs[1]);
    let mut reader = stacks.reader(&["a".to_owned(), "b".to_owned()]).unwrap();
    for window in windows(stacks.grid(), 37, 41) {
        let tile = reader.read(window).unwrap();
        for (step, values) in i16_of(&tile.inputs[0])
            .chunks(window.n_pixels())
            .enumerate()
        {
            for (row, line) in values.chunks(window.width).enumerate() {
                let start = (window.row + row) * 150 + window.col;
                assert_eq!(line, &bands[step][start..start + window.width]);
            }
        }
        assert_eq!(tile.inputs[0], tile.inputs[1]);
    }
    let outside = reader
        .read(Window {
            row: 80,
            col: 0,
            height: 11,
            width: 1,
        })
        .unwrap_err();
    says(
        &outside.to_string(),
        &["rows 80..91", "90 rows and 150 columns"],
    );
    assert!(!stacks.needs_one_thread());
}

#[test]
fn more_files_than_are_kept_open_are_read() {
    let dir = TempDir::new().unwrap();
    let years = Years {
        first: 1800,
        last: 2020,
    };
    for year in years.iter() {
        let bands = vec![vec![i16::try_from(year).unwrap(); 30]];
        make(
            &dir.path().join(format!("y{year}.tif")),
            &Made {
                bands,
                ..Made::default()
            },
        );
    }
    let pattern = request("y", &[dir.path().join("y{year}.tif")]);
    let stacks = Stacks::open(&[pattern], years, None, None).unwrap();
    let mut reader = stacks.reader(&["y".to_owned()]).unwrap();
    for _ in 0..2 {
        let tile = reader.read(stacks.grid().window()).unwrap();
        let first = i16_of(&tile.inputs[0])
            .chunks(30)
            .map(|step| i32::from(step[29]));
        assert!(first.eq(years.iter()));
    }
}

#[test]
fn files_that_cannot_be_used_are_named_with_what_gdal_says() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("npp.tif");
    says(
        &open_one(&request("npp", std::slice::from_ref(&path))).unwrap_err(),
        &["1 file is missing", "npp.tif"],
    );
    std::fs::write(&path, "not a raster").unwrap();
    says(
        &open_one(&request("npp", std::slice::from_ref(&path))).unwrap_err(),
        &["cannot open", "npp.tif", "not recognized"],
    );
    let bands = vec![(0..90_000_i32).map(|v| v * 7919).collect::<Vec<i32>>()];
    let options: &[&str] = &["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"];
    make(
        &path,
        &Made {
            size: (300, 300),
            bands,
            options,
            ..Made::default()
        },
    );
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let message = match open_one(&request("npp", std::slice::from_ref(&path))) {
        Err(message) => message,
        Ok(stacks) => {
            let mut reader = stacks.reader(&["npp".to_owned()]).unwrap();
            reader.read(stacks.grid().window()).unwrap_err().to_string()
        }
    };
    says(
        &message,
        &[
            "npp.tif band 1",
            "rows 128..192, columns 128..192",
            "truncated",
        ],
    );
}

// ---- masks -----------------------------------------------------------------------------------

#[test]
fn a_mask_raster_has_non_zero_inside() {
    let dir = TempDir::new().unwrap();
    let (path, mask) = (dir.path().join("npp.tif"), dir.path().join("mask.tif"));
    make(
        &path,
        &Made {
            bands: numbers(1, 30),
            ..Made::default()
        },
    );
    let mut inside = vec![0_u8; 30];
    (inside[3], inside[8], inside[9]) = (1, 255, 7);
    make(
        &mask,
        &Made {
            bands: vec![inside],
            nodata: Some(255.0),
            ..Made::default()
        },
    );
    let stacks = Stacks::open(&[request("npp", &[path])], YEARS, None, Some(&mask)).unwrap();
    let window = Window {
        row: 0,
        col: 2,
        height: 2,
        width: 3,
    };
    let tile = stacks.reader(&[]).unwrap().read(window).unwrap();
    assert_eq!(
        tile.inside.unwrap(),
        [false, true, false, false, true, false]
    );
}

#[test]
fn a_mask_of_polygons_holds_pixel_centres_in_any_reference_system() {
    let dir = TempDir::new().unwrap();
    let (path, mask) = (dir.path().join("npp.tif"), dir.path().join("mask.geojson"));
    // Web Mercator, so that the polygon in degrees must be reprojected.
    let transform = [11_700_000.0, 1000.0, 0.0, 2_875_000.0, 0.0, -1000.0];
    let size = (40, 30);
    let made = Made {
        size,
        bands: numbers(1, 1200),
        transform,
        epsg: 3857,
        ..Made::default()
    };
    make(&path, &made);
    let degrees = |x: f64, y: f64| {
        let radius = 6_378_137.0_f64;
        (
            (x / radius).to_degrees(),
            (2.0 * (y / radius).exp().atan()).to_degrees() - 90.0,
        )
    };
    // Columns 10 to 19, rows 5 to 14, with edges 300 m from the centres of the outermost pixels.
    let (west, north) = degrees(11_710_200.0, 2_869_800.0);
    let (east, south) = degrees(11_719_800.0, 2_860_200.0);
    let ring = format!(
        "[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]"
    );
    let geometry = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#);
    std::fs::write(
        &mask,
        format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#),
    )
    .unwrap();
    let stacks = Stacks::open(&[request("npp", &[path])], YEARS, None, Some(&mask)).unwrap();
    let mut reader = stacks.reader(&[]).unwrap();
    for window in windows(stacks.grid(), 7, 16) {
        let inside = reader.read(window).unwrap().inside.unwrap();
        for (pixel, inside) in inside.iter().enumerate() {
            let (row, col) = (
                window.row + pixel / window.width,
                window.col + pixel % window.width,
            );
            assert_eq!(
                *inside,
                (10..20).contains(&col) && (5..15).contains(&row),
                "{row} {col}"
            );
        }
    }
    let missing = Stacks::open(
        &[request("npp", &[dir.path().join("npp.tif")])],
        YEARS,
        None,
        Some(Path::new("no/mask.gpkg")),
    );
    says(
        &missing.unwrap_err().to_string(),
        &["mask no/mask.gpkg", "no such file"],
    );
}

// ---- writing ---------------------------------------------------------------------------------

fn grid(width: usize, height: usize) -> Grid {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.tif");
    make(
        &path,
        &Made {
            size: (width, height),
            bands: vec![vec![0_u8; width * height]],
            ..Made::default()
        },
    );
    open_one(&request("a", &[path])).unwrap().grid().clone()
}

fn raster_files() -> Vec<RasterFile> {
    let file = |path: &str, bands: &[&str], unit: &str, kind| RasterFile {
        path: path.to_owned(),
        description: format!("what {path} is"),
        unit: unit.to_owned(),
        bands: bands.iter().map(|&band| band.to_owned()).collect(),
        kind,
        metadata: vec![("equation".to_owned(), "residual trend".to_owned())],
    };
    vec![
        file(
            "stacks/nep",
            &["2001", "2002"],
            "gC m-2 yr-1",
            FileKind::Values,
        ),
        file(
            "maps/raw/nep_class",
            &["nep_class"],
            "",
            FileKind::Labelled(vec![
                (1, "decrease".to_owned()),
                (3, "no change".to_owned()),
            ]),
        ),
        file(
            "maps/flags",
            &["flags"],
            "",
            FileKind::Flags(&[(1, "few_years", "few years"), (2, "singular", "singular")]),
        ),
    ]
}

/// Writes 300 x 280 pixels in windows and gives the values of each file.
fn write_files(sink: &mut RasterSink, grid: &Grid) -> Vec<Vec<f32>> {
    let n = grid.width * grid.height;
    let gaps = |p: usize, v: f32| if p.is_multiple_of(11) { f32::NAN } else { v };
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let whole: Vec<Vec<f32>> = vec![
        (0..2 * n)
            .map(|p| gaps(p, (p as f32).sqrt() - 100.0))
            .collect(),
        (0..n)
            .map(|p| gaps(p, if p % 2 == 0 { 1.0 } else { 3.0 }))
            .collect(),
        (0..n).map(|p| gaps(p, (p % 64) as f32)).collect(),
    ];
    for window in windows(grid, 256, 256) {
        for (file, values) in whole.iter().enumerate() {
            let part: Vec<f32> = values
                .chunks(n)
                .flat_map(|band| {
                    (0..window.height).flat_map(move |row| {
                        let start = (window.row + row) * grid.width + window.col;
                        band[start..start + window.width].to_vec()
                    })
                })
                .collect();
            sink.write(file, window, &part).unwrap();
        }
    }
    whole
}

fn listing(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(
                    path.strip_prefix(dir)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
    }
    names.sort();
    names
}

#[track_caller]
fn assert_same(read: &[f64], written: &[f32]) {
    assert_eq!(read.len(), written.len());
    let differs = |(a, b): (&f64, &f32)| !(a.is_nan() && b.is_nan() || *a == f64::from(*b));
    let first = read.iter().zip(written).position(differs);
    assert_eq!(first.map(|at| (at, read[at], written[at])), None);
}

#[test]
fn every_class_of_a_kernel_has_a_colour_of_its_own() {
    let maps: [&[(u8, &str)]; 5] = [
        &TREND_CLASSES,
        &BALANCE_CLASSES,
        &DRIVER_CLASSES,
        &DOMINANT_CLASSES,
        &AGREEMENT_CLASSES,
    ];
    for classes in maps {
        let colours: Vec<palette::Rgb> = classes
            .iter()
            .map(|(_, label)| palette::colour_of_label(label).expect(label))
            .collect();
        for (place, colour) in colours.iter().enumerate() {
            assert!(!colours[..place].contains(colour), "{}", classes[place].1);
        }
    }
}

/// A file of classes has the colours of the palette, and none where it is missing.
#[track_caller]
fn assert_colours(path: &Path, kind: &FileKind) {
    let dataset = gdal::Dataset::open(path).unwrap();
    let band = dataset.rasterband(1).unwrap();
    let table = band.color_table().unwrap();
    let entry = |code: u8| table.entry_as_rgb(code.into()).unwrap();
    let classes = kind.classes().unwrap();
    for ((code, label), [r, g, b]) in classes.iter().zip(palette::colours_of(&classes)) {
        let read = entry(*code);
        assert_eq!(
            [read.r, read.g, read.b],
            [r, g, b].map(i16::from),
            "{label}"
        );
        assert_eq!(read.a, 255, "{label}");
    }
    assert_eq!(entry(255).a, 0);
}

#[test]
fn what_is_written_is_read_back_with_its_names_in_every_format() {
    let grid = grid(300, 280);
    for format in [Format::GTiff, Format::Cog] {
        for compress in [
            Compress::Deflate,
            Compress::Zstd,
            Compress::Lerc,
            Compress::None,
        ] {
            let dir = TempDir::new().unwrap();
            let out = dir.path().join("out");
            let options = RasterOptions {
                format,
                compress,
                ..RasterOptions::default()
            };
            if (format, compress) == (Format::Cog, Compress::Lerc) {
                let error = RasterSink::create(&out, &grid, raster_files(), &options).unwrap_err();
                says(
                    &error.to_string(),
                    &["stacks/nep.tif has several bands", "deflate or zstd"],
                );
                assert!(!out.exists());
                continue;
            }
            let mut sink = RasterSink::create(&out, &grid, raster_files(), &options).unwrap();
            let whole = write_files(&mut sink, &grid);
            sink.write_text("run.json", "{}").unwrap();
            sink.write_text("tables/series.csv", "zone\n").unwrap();
            assert!(
                listing(&out)
                    .iter()
                    .all(|name| name.starts_with(".doline-unfinished/"))
            );
            let written = Box::new(sink).finish().unwrap();
            let mut paths: Vec<String> = written
                .iter()
                .map(|file| {
                    file.path
                        .strip_prefix(&out)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect();
            assert_eq!(paths.last().unwrap(), "run.json");
            paths.sort();
            assert_eq!(listing(&out), paths);
            assert!(written.iter().all(|file| file.bytes > 0));

            let nep = RasterRead::open(&out.join("stacks/nep.tif")).unwrap();
            assert_same(&nep.values.concat(), &whole[0]);
            assert_eq!(
                (nep.bands, nep.unit.as_str()),
                (vec!["2001".into(), "2002".into()], "gC m-2 yr-1")
            );
            assert_eq!(nep.block_size, (256, 256));
            says(
                &nep.metadata.join("\n"),
                &[
                    "TIFFTAG_IMAGEDESCRIPTION=what stacks/nep is",
                    "TIFFTAG_SOFTWARE=Doline ",
                    "equation=residual trend",
                ],
            );
            let class = RasterRead::open(&out.join("maps/raw/nep_class.tif")).unwrap();
            assert_same(&class.values.concat(), &whole[1]);
            assert_eq!(class.class_names, ["", "decrease", "", "no change"]);
            says(
                &class.metadata.join("\n"),
                &["class_1=decrease", "class_3=no change"],
            );
            assert_colours(&out.join("maps/raw/nep_class.tif"), &raster_files()[1].kind);
            let flags = RasterRead::open(&out.join("maps/flags.tif")).unwrap();
            assert_same(&flags.values.concat(), &whole[2]);
            says(&flags.metadata.join("\n"), &["bit_2=singular"]);
        }
    }
}

#[test]
fn nothing_is_left_of_a_sink_that_does_not_finish() {
    let grid = grid(300, 280);
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("a/b");
    let mut sink =
        RasterSink::create(&out, &grid, raster_files(), &RasterOptions::default()).unwrap();
    write_files(&mut sink, &grid);
    sink.write_text("run.json", "{}").unwrap();
    let shape = sink
        .write(0, grid.window(), &[0.0])
        .unwrap_err()
        .to_string();
    says(&shape, &["nep.tif", "got 1 values; its window has 168000"]);
    drop(sink);
    assert!(!dir.path().join("a").exists());

    std::fs::create_dir(dir.path().join("kept")).unwrap();
    let kept = dir.path().join("kept");
    drop(RasterSink::create(&kept, &grid, raster_files(), &RasterOptions::default()).unwrap());
    assert!(kept.exists() && listing(dir.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_made_is_reported_before_anything_is_read() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let out = dir.path().join("file/out");
    let error = RasterSink::create(&out, &grid(6, 5), raster_files(), &RasterOptions::default());
    says(
        &error.unwrap_err().to_string(),
        &["cannot write into", "file/out", "--out", "output.dir"],
    );
}

/// Run by [`a_full_disk_is_an_error_and_leaves_nothing`] in a process that may write 64 kB a file.
#[test]
#[ignore = "needs a limit on the size of files"]
fn write_past_the_limit() {
    let out = PathBuf::from(std::env::var("DOLINE_TEST_OUT").unwrap());
    let grid = grid(300, 280);
    let options = RasterOptions {
        compress: Compress::None,
        ..RasterOptions::default()
    };
    let mut sink = RasterSink::create(&out, &grid, raster_files(), &options).unwrap();
    let values = vec![1.0; 2 * 300 * 280];
    let error = match sink.write(0, grid.window(), &values) {
        Err(error) => error,
        Ok(()) => Box::new(sink).finish().unwrap_err(),
    };
    says(
        &error.to_string(),
        &["cannot write", "stacks/nep.tif", "is the disk full?"],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let test = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ; ulimit -f 128; exec \"$0\" --ignored --exact write_past_the_limit";
    let run = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(test)
        .env("DOLINE_TEST_OUT", &out)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    says(&String::from_utf8_lossy(&run.stdout), &["1 passed"]);
    assert!(!out.exists());
}
