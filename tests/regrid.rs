//! Inputs on other grids than the study's: agreement with GDAL's warper, the seams of the globe, tiles, stated grids.
#![cfg(feature = "gdal")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "synthetic rasters"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::chain::{Chain, LayerSpec, Operand, Stage};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
use doline::grid::Window;
use doline::kernels::resampled::resampled;
use doline::sources::{GridError, GridRequest, InputRequest, Source, SourceError, Stacks};
use doline::tile::{Geometry, InputSpec, Resampling};
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::{Dataset, DriverManager, Metadata};

const YEARS: Years = Years {
    first: 2001,
    last: 2002,
};
const LIKE: [f64; 6] = [105.0, 0.01, 0.0, 25.0, 0.0, -0.01];
const SIZE: [usize; 2] = [70, 90];

/// A raster to be made: rows and columns, affine transform, reference system, bands.
struct Made {
    size: [usize; 2],
    transform: [f64; 6],
    crs: &'static str,
    bands: Vec<Vec<f32>>,
}

fn make(path: &Path, made: &Made) {
    let [height, width] = made.size;
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let options = RasterCreationOptions::default();
    let mut dataset = driver
        .create_with_band_type_with_options::<f32, _>(
            path,
            width,
            height,
            made.bands.len(),
            &options,
        )
        .unwrap();
    dataset.set_geo_transform(&made.transform).unwrap();
    if !made.crs.is_empty() {
        dataset
            .set_spatial_ref(&SpatialRef::from_definition(made.crs).unwrap())
            .unwrap();
    }
    for (i, values) in made.bands.iter().enumerate() {
        let mut band = dataset.rasterband(i + 1).unwrap();
        band.set_description(&(YEARS.first + i as i32).to_string())
            .unwrap();
        band.set_no_data_value(Some(-9999.0)).unwrap();
        band.write(
            (0, 0),
            (width, height),
            &mut Buffer::new((width, height), values.clone()),
        )
        .unwrap();
    }
    dataset.close().unwrap();
}

/// A field of coordinates, the same wherever it is sampled, with gaps where `gaps` says so.
fn field(made: &Made, value: impl Fn(f64, f64) -> f64, is_gap: impl Fn(usize) -> bool) -> Vec<f32> {
    let t = made.transform;
    let [height, width] = made.size;
    let cell = |i: usize| {
        let (col, row) = ((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
        let (x, y) = (
            t[0] + col * t[1] + row * t[2],
            t[3] + col * t[4] + row * t[5],
        );
        if is_gap(i) {
            -9999.0
        } else {
            value(x, y) as f32
        }
    };
    (0..height * width).map(cell).collect()
}

fn like(dir: &Path, transform: [f64; 6], crs: &'static str, size: [usize; 2]) -> PathBuf {
    let path = dir.join("npp.tif");
    let bands = vec![vec![1.0; size[0] * size[1]]; 2];
    make(
        &path,
        &Made {
            size,
            transform,
            crs,
            bands,
        },
    );
    path
}

fn request(name: &str, path: &Path, resampling: Option<Resampling>) -> InputRequest {
    InputRequest {
        name: name.to_owned(),
        files: vec![path.to_string_lossy().into_owned()],
        resampling,
        steps: Some(Steps::Annual),
        ..InputRequest::default()
    }
}

fn open(npp: &Path, other: &Path, resampling: Option<Resampling>) -> Stacks {
    Stacks::open(
        &[request("npp", npp, None), request("x", other, resampling)],
        YEARS,
        None,
        None,
    )
    .unwrap()
}

/// The chain that brings `x` to the grid and does nothing else.
fn chain(stacks: &Stacks, tiles: &[Window]) -> Chain {
    let mut cells = stacks.input("x").unwrap().spec("1");
    let Geometry::SourceGrid {
        resampling,
        reach,
        most_cells,
    } = &mut cells.geometry
    else {
        panic!("x lies on the grid")
    };
    *most_cells = stacks.most_cells("x", tiles).unwrap();
    let kernel = resampled(*resampling, Steps::Annual, 2, *reach);
    let layer = |port: &doline::kernels::port::Port| LayerSpec {
        name: port.name.clone(),
        unit: "1".to_owned(),
        n_steps: port.steps.count(YEARS),
        tolerance: port.tolerance.clone(),
    };
    let places = cells.places();
    Chain {
        years: YEARS,
        inputs: vec![cells, places],
        layers: kernel.outputs().iter().map(layer).collect(),
        stages: vec![Stage {
            label: "resampling".to_owned(),
            kernel,
            inputs: vec![Operand::Input(0), Operand::Input(1)],
            outputs: vec![0, 1],
            first_step: 0,
        }],
        returned: vec![0, 1],
        files: Vec::new(),
        series: Vec::new(),
        covariates: Vec::new(),
        samples: Vec::new(),
        attribution: None,
        maps: Vec::new(),
        min_years: 1,
    }
}

/// `x` on the study grid, `[step][pixel]` with NaN where missing, and the flags.
fn on_grid(stacks: &Stacks, window: Window) -> (Vec<f32>, Vec<f32>) {
    let chain = Arc::new(chain(stacks, &[window]));
    let tile = stacks
        .reader_of(&chain.inputs)
        .unwrap()
        .read(window)
        .unwrap();
    let mut layers = CpuEngine::new(chain).run(&tile).unwrap().layers;
    let flags = layers.pop().unwrap();
    (layers.pop().unwrap(), flags)
}

/// The same by GDAL's warper, exact transformer, bilinear.
fn by_gdal(stacks: &Stacks, other: &Path) -> Vec<f32> {
    let grid = stacks.grid();
    let source = Dataset::open(other).unwrap();
    let driver = DriverManager::get_driver_by_name("MEM").unwrap();
    let mut target = driver
        .create_with_band_type::<f32, _>("", grid.width, grid.height, 2)
        .unwrap();
    target.set_geo_transform(&grid.transform).unwrap();
    let mut crs = SpatialRef::from_wkt(&grid.crs_wkt).unwrap();
    crs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    target.set_spatial_ref(&crs).unwrap();
    for band in 1..=2 {
        let mut band = target.rasterband(band).unwrap();
        band.set_no_data_value(Some(-9999.0)).unwrap();
        band.fill(-9999.0, None).unwrap();
    }
    gdal::raster::reproject(&source, &target).unwrap();
    let size = (grid.width, grid.height);
    let values = |band| {
        target
            .rasterband(band)
            .unwrap()
            .read_as::<f32>((0, 0), size, size, None)
            .unwrap()
            .data()
            .to_vec()
    };
    [values(1), values(2)]
        .concat()
        .into_iter()
        .map(|x| if x == -9999.0 { f32::NAN } else { x })
        .collect()
}

/// Cells of `side` in the units of `crs` over a box around the study of most tests.
fn around(crs: &'static str, transform: [f64; 6], size: [usize; 2]) -> Made {
    let mut made = Made {
        size,
        transform,
        crs,
        bands: Vec::new(),
    };
    let (x0, y0) = (transform[0], transform[3]);
    let (dx, dy) = (transform[1], transform[5]);
    let wavy = |x: f64, y: f64| {
        let (u, v) = ((x - x0) / dx, (y - y0) / dy);
        15.0 + 3.0 * (u / 3.0).sin() + 2.0 * (v / 4.0).cos() + 0.1 * u
    };
    let gaps = |i: usize| i % 37 == 5;
    made.bands = vec![
        field(&made, wavy, |_| false),
        field(&made, |x, y| wavy(x, y) + 1.0, gaps),
    ];
    made
}

/// UTM zone 48, 5 km, 104.6..106.3 E 24.1..25.2 N.
fn utm() -> Made {
    around(
        "EPSG:32648",
        [450_000.0, 5000.0, 0.0, 2_790_000.0, 0.0, -5000.0],
        [28, 40],
    )
}

/// Sinusoidal of MODIS, 3 km.
fn sinusoidal() -> Made {
    let crs = "+proj=sinu +R=6371007.181 +nadgrids=@null +wktext +units=m +no_defs";
    around(
        crs,
        [10_500_000.0, 3000.0, 0.0, 2_800_000.0, 0.0, -3000.0],
        [60, 130],
    )
}

/// Differences of two layers where both have a value, and how often only one has.
fn differences(ours: &[f32], theirs: &[f32]) -> (f64, usize) {
    let mut largest = 0.0_f64;
    let mut n_one_sided = 0;
    for (a, b) in ours.iter().zip(theirs) {
        match (a.is_nan(), b.is_nan()) {
            (false, false) => largest = largest.max(f64::from((a - b).abs())),
            (true, true) => {}
            _ => n_one_sided += 1,
        }
    }
    (largest, n_one_sided)
}

#[test]
fn bilinear_is_that_of_gdals_warper_through_any_projection() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let coarse = around("EPSG:4326", [104.93, 0.1, 0.0, 25.04, 0.0, -0.1], [9, 12]);
    let south_up = around("EPSG:4326", [104.93, 0.1, 0.0, 24.14, 0.0, 0.1], [9, 12]);
    for (i, made) in [utm(), sinusoidal(), coarse, south_up].iter().enumerate() {
        let other = dir.path().join(format!("x{i}.tif"));
        make(&other, made);
        let stacks = open(&npp, &other, Some(Resampling::Bilinear));
        let (ours, flags) = on_grid(&stacks, stacks.grid().window());
        let mut theirs = by_gdal(&stacks, &other);
        let beside_gaps: Vec<usize> = (0..ours.len()).filter(|i| flags[i % 6300] != 0.0).collect();
        // Beside a gap a hundredth of a cell may be much of what is left of the weights.
        for i in beside_gaps {
            let apart = f64::from((ours[i] - theirs[i]).abs());
            assert!(
                apart.is_nan() || apart < 2.0,
                "{i}: {} {}",
                ours[i],
                theirs[i]
            );
            if apart < 2.0 {
                theirs[i] = ours[i];
            }
        }
        let (largest, n_one_sided) = differences(&ours, &theirs);
        // Neighbours differ by less than 2: a hundredth of a cell is 0.02.
        assert!(largest < 0.02, "{i}: {largest}");
        // GDAL leaves a pixel out whose own cell is missing, or that lies within rounding of the edge.
        let missing_cells = ours.iter().filter(|x| x.is_nan()).count();
        assert!(
            n_one_sided < ours.len() / 20,
            "{i}: {n_one_sided} of {}, {missing_cells} missing",
            ours.len()
        );
        assert!(
            ours.iter().filter(|x| !x.is_nan()).count() > ours.len() / 2,
            "{i}"
        );
    }
}

#[test]
fn no_tile_shows_its_border() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    for (i, made) in [utm(), sinusoidal()].iter().enumerate() {
        let other = dir.path().join(format!("x{i}.tif"));
        make(&other, made);
        for (_, way) in Resampling::WORDS {
            let stacks = open(&npp, &other, Some(*way));
            let whole = on_grid(&stacks, stacks.grid().window());
            let mut random = support::Random(5);
            for _ in 0..12 {
                let mut cut = |length: usize| {
                    let from = (random.next() % length as u64) as usize;
                    (from, 1 + (random.next() % (length - from) as u64) as usize)
                };
                let ((row, height), (col, width)) = (cut(SIZE[0]), cut(SIZE[1]));
                let window = Window {
                    row,
                    col,
                    height,
                    width,
                };
                let part = on_grid(&stacks, window);
                for (whole, part) in [(&whole.0, &part.0), (&whole.1, &part.1)] {
                    for (step, values) in part.chunks(window.n_pixels()).enumerate() {
                        for (i, value) in values.iter().enumerate() {
                            let at = step * SIZE[0] * SIZE[1]
                                + (row + i / width) * SIZE[1]
                                + col
                                + i % width;
                            assert_eq!(
                                value.to_bits(),
                                whole[at].to_bits(),
                                "{way} {window} step {step} pixel {i}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// A field that is the same on both sides of every meridian.
fn around_the_globe(west: f64, cell: f64) -> Made {
    let size = [(180.0 / cell) as usize, (360.0 / cell) as usize];
    let mut made = Made {
        size,
        transform: [west, cell, 0.0, 90.0, 0.0, -cell],
        crs: "EPSG:4326",
        bands: Vec::new(),
    };
    let value = |x: f64, y: f64| 10.0 * x.to_radians().cos() + 0.1 * y;
    made.bands = vec![field(&made, value, |_| false); 2];
    made
}

#[test]
fn the_seams_of_the_globe_do_not_show() {
    let dir = tempfile::tempdir().unwrap();
    // Across Greenwich, across the date line, and once around.
    let studies = [
        ([-4.0, 0.1, 0.0, 51.0, 0.0, -0.1], [40, 80]),
        ([176.0, 0.1, 0.0, 51.0, 0.0, -0.1], [40, 80]),
        ([-180.0, 1.0, 0.0, 80.0, 0.0, -1.0], [150, 360]),
    ];
    for (transform, size) in studies {
        let npp = like(dir.path(), transform, "EPSG:4326", size);
        for (name, west) in [
            ("from_greenwich.tif", 0.0),
            ("from_date_line.tif", -180.0),
            ("from_america.tif", -90.0),
        ] {
            let other = dir.path().join(name);
            make(&other, &around_the_globe(west, 2.5));
            let stacks = open(&npp, &other, Some(Resampling::Bilinear));
            let (ours, flags) = on_grid(&stacks, stacks.grid().window());
            assert!(flags.iter().all(|&flag| flag == 0.0));
            for (i, value) in ours[..size[0] * size[1]].iter().enumerate() {
                let (x, y) = (
                    transform[0] + ((i % size[1]) as f64 + 0.5) * transform[1],
                    transform[3] + ((i / size[1]) as f64 + 0.5) * transform[5],
                );
                let expected = 10.0 * x.to_radians().cos() + 0.1 * y;
                // A straight line between two values 2.5 degrees apart is at most 10 (1.25°)²/2 off.
                assert!(
                    (f64::from(*value) - expected).abs() < 0.0025,
                    "{name} {transform:?} at {x} {y}: {value} {expected}"
                );
            }
        }
    }
}

#[test]
fn rotated_and_polar_grids_are_resampled_as_they_lie() {
    let dir = tempfile::tempdir().unwrap();
    let plane = |x: f64, y: f64| 3.0 * x - 2.0 * y;
    // Rotated by 30 degrees about the middle of the study.
    let (sin, cos) = 30.0_f64.to_radians().sin_cos();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let side = 0.05;
    let t = [
        105.45 - 30.0 * side * (cos + sin),
        side * cos,
        side * sin,
        24.65 - 30.0 * side * (sin - cos),
        side * sin,
        -side * cos,
    ];
    let mut made = Made {
        size: [60, 60],
        transform: t,
        crs: "EPSG:4326",
        bands: Vec::new(),
    };
    made.bands = vec![field(&made, plane, |_| false); 2];
    let other = dir.path().join("rotated.tif");
    make(&other, &made);
    let (ours, _) = on_grid(
        &open(&npp, &other, Some(Resampling::Bilinear)),
        Window {
            row: 0,
            col: 0,
            height: 70,
            width: 90,
        },
    );
    for (i, value) in ours[..6300].iter().enumerate() {
        let expected = plane(
            105.0 + ((i % 90) as f64 + 0.5) * 0.01,
            25.0 - ((i / 90) as f64 + 0.5) * 0.01,
        );
        // f32 cells near 300 have steps of 3e-5.
        assert!(
            (f64::from(*value) - expected).abs() < 2e-4,
            "pixel {i}: {value} {expected}"
        );
    }
    // The pole in the middle of a polar stereographic grid, seen from a grid of longitudes.
    let mut polar = Made {
        size: [80, 80],
        transform: [-2e6, 50_000.0, 0.0, 2e6, 0.0, -50_000.0],
        crs: "EPSG:3413",
        bands: Vec::new(),
    };
    polar.bands = vec![field(&polar, |x, y| (x * x + y * y).sqrt() / 1e5, |_| false); 2];
    let other = dir.path().join("polar.tif");
    make(&other, &polar);
    let npp = like(
        dir.path(),
        [-180.0, 0.5, 0.0, 90.0, 0.0, -0.05],
        "EPSG:4326",
        [200, 720],
    );
    let stacks = open(&npp, &other, Some(Resampling::Bilinear));
    let (ours, _) = on_grid(&stacks, stacks.grid().window());
    let (largest, n_one_sided) = differences(&ours, &by_gdal(&stacks, &other));
    assert!(largest < 0.02, "{largest}");
    assert_eq!(n_one_sided, 0);
    // All meridians meet at the pole, so a row has one value nearly.
    for row in ours[..144_000].chunks(720) {
        let (least, most) = row
            .iter()
            .fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        assert!(most - least < 0.3, "{least} {most}");
    }
}

#[test]
fn a_stated_grid_is_the_one_that_is_computed_on() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let requests = [request("npp", &npp, None)];
    let open = |grid: GridRequest| Stacks::open_on(&requests, YEARS, &grid, None);
    let grid = |grid: GridRequest| open(grid).unwrap().grid().clone();
    // The far edges grow to whole pixels.
    let stated = GridRequest {
        resolution: Some([0.04, 0.04]),
        ..GridRequest::default()
    };
    let coarse = grid(stated.clone());
    assert_eq!(
        (coarse.transform, coarse.width, coarse.height),
        ([105.0, 0.04, 0.0, 25.0, 0.0, -0.04], 23, 18)
    );
    let bounds = grid(GridRequest {
        bounds: Some([105.1, 24.5, 105.345, 24.9]),
        ..GridRequest::default()
    });
    assert_eq!(
        (bounds.transform, bounds.width, bounds.height),
        ([105.1, 0.01, 0.0, 24.9, 0.0, -0.01], 25, 40)
    );
    // gdalwarp -t_srs EPSG:32648 -tr 1000 1000 -te 500000 2690000 590000 2765000
    let utm = grid(GridRequest {
        crs: Some("EPSG:32648".to_owned()),
        resolution: Some([1000.0, 1000.0]),
        bounds: Some([500_000.0, 2_690_000.0, 590_000.0, 2_765_000.0]),
        like: None,
        ..GridRequest::default()
    });
    assert_eq!(
        (utm.transform, utm.width, utm.height),
        ([500_000.0, 1000.0, 0.0, 2_765_000.0, 0.0, -1000.0], 90, 75)
    );
    // By itself a reference system keeps the extent and as many pixels in the diagonal.
    let alone = grid(GridRequest {
        crs: Some("EPSG:32648".to_owned()),
        ..GridRequest::default()
    });
    let pixels = |width: usize, height: usize| (width as f64).hypot(height as f64);
    assert!(
        (pixels(alone.width, alone.height) - pixels(90, 70)).abs() < 2.0,
        "{} {}",
        alone.width,
        alone.height
    );
    assert!(
        alone.transform[1] > 1000.0 && alone.transform[1] < 1120.0,
        "{:?}",
        alone.transform
    );
    let unknown = open(GridRequest {
        crs: Some("EPSG:999999".to_owned()),
        ..GridRequest::default()
    })
    .unwrap_err();
    assert!(
        unknown.to_string().contains("EPSG:999999") && unknown.is_of_the_study_file(),
        "{unknown}"
    );
}

#[test]
fn what_fits_is_chosen_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let chosen = |name: &str, made: &Made| {
        let other = dir.path().join(name);
        make(&other, made);
        let stacks = open(&npp, &other, None);
        let input = stacks.input("x").unwrap().clone();
        let way = if let Geometry::SourceGrid { resampling, .. } = input.spec("1").geometry {
            Some(resampling)
        } else {
            None
        };
        (
            way,
            input.how_placed().to_owned(),
            stacks.notes().join("; "),
        )
    };
    let (way, how, _) = chosen(
        "coarse.tif",
        &around("EPSG:4326", [104.5, 0.1, 0.0, 25.5, 0.0, -0.1], [20, 30]),
    );
    assert_eq!(way, Some(Resampling::Bilinear), "{how}");
    let (way, how, _) = chosen(
        "fine.tif",
        &around(
            "EPSG:4326",
            [104.9, 0.004, 0.0, 25.1, 0.0, -0.004],
            [300, 400],
        ),
    );
    assert_eq!(way, Some(Resampling::Average), "{how}");
    assert!(how.contains("6.2") && how.contains("average"), "{how}");
    // The same cells over another extent are taken as they are.
    let (way, how, notes) = chosen(
        "wider.tif",
        &around(
            "EPSG:4326",
            [104.9, 0.01, 0.0, 25.2, 0.0, -0.01],
            [120, 140],
        ),
    );
    assert_eq!(
        (way, notes.as_str()),
        (Some(Resampling::Nearest), ""),
        "{how}"
    );
    let (way, how, notes) = chosen(
        "part.tif",
        &around("EPSG:4326", [105.2, 0.01, 0.0, 24.9, 0.0, -0.01], [20, 20]),
    );
    assert_eq!(way, Some(Resampling::Nearest), "{how}");
    assert!(notes.contains("covers about"), "{notes}");
    // A third of a pixel off a grid of the same size is reported.
    let (way, _, notes) = chosen(
        "off.tif",
        &around("EPSG:4326", [105.003, 0.01, 0.0, 25.0, 0.0, -0.01], SIZE),
    );
    assert_eq!(way, Some(Resampling::Bilinear));
    assert!(notes.contains("0.300 pixel off"), "{notes}");
    // A hundredth is the same grid.
    let (way, _, notes) = chosen(
        "same.tif",
        &around("EPSG:4326", [105.00005, 0.01, 0.0, 25.0, 0.0, -0.01], SIZE),
    );
    assert_eq!((way, notes.as_str()), (None, ""));
}

#[test]
fn the_part_of_the_study_that_an_input_covers_is_told_by_area() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", [20, 20]);
    let percent = |cols: f64| {
        let other = dir.path().join("x.tif");
        make(
            &other,
            &around(
                "EPSG:4326",
                [105.0 + cols * 0.01, 0.01, 0.0, 25.0, 0.0, -0.01],
                [20, 20],
            ),
        );
        open(&npp, &other, None).notes().join("; ")
    };
    // One column of twenty, then six, are not there.
    assert!(
        percent(1.0).contains("covers about 95 % of the study grid"),
        "{}",
        percent(1.0)
    );
    assert!(
        percent(6.0).contains("covers about 70 % of the study grid"),
        "{}",
        percent(6.0)
    );
}

/// A raster without a value of this size, which takes no time to make.
fn empty(path: &Path, made: &Made) {
    let ([height, width], [x, across, shear_x, y, shear_y, down]) = (made.size, made.transform);
    let wkt = SpatialRef::from_definition(made.crs)
        .unwrap()
        .to_wkt()
        .unwrap()
        .replace('"', "&quot;");
    let band = |number: i32| {
        let year = YEARS.first + number - 1;
        format!(
            r#"<VRTRasterBand dataType="Float32" band="{number}"><Description>{year}</Description></VRTRasterBand>"#
        )
    };
    let bands = band(1) + &band(2);
    let text = format!(
        r#"<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS dataAxisToSRSAxisMapping="2,1">{wkt}</SRS>
        <GeoTransform>{x}, {across}, {shear_x}, {y}, {shear_y}, {down}</GeoTransform>{bands}</VRTDataset>"#
    );
    std::fs::write(path, text).unwrap();
}

/// Study and input, and by what factor the bound of cells may exceed the exact number.
fn pairs_of_projections() -> Vec<(&'static str, Made, Made, f64)> {
    let made = |crs, transform, size| Made {
        size,
        transform,
        crs,
        bands: Vec::new(),
    };
    let degrees = |cell: f64| {
        made(
            "EPSG:4326",
            [-180.0, cell, 0.0, 90.0, 0.0, -cell],
            [180.0, 360.0].map(|degrees: f64| (degrees / cell) as usize),
        )
    };
    let polar = || {
        made(
            "EPSG:3413",
            [-4e6, 4000.0, 0.0, 4e6, 0.0, -4000.0],
            [2000, 2000],
        )
    };
    let utm = || {
        made(
            "EPSG:32648",
            [2e5, 200.0, 0.0, 3e6, 0.0, -200.0],
            [2500, 3000],
        )
    };
    // The study, the input, and how much more than needed may be planned for.
    vec![
        (
            "degrees in UTM",
            made(
                "EPSG:4326",
                [103.0, 0.002, 0.0, 26.0, 0.0, -0.002],
                [2000, 2500],
            ),
            utm(),
            2.0,
        ),
        ("UTM in degrees", utm(), degrees(0.05), 2.0),
        ("degrees in coarse degrees", degrees(0.1), degrees(0.7), 2.0),
        (
            "around a pole, in degrees around the globe",
            polar(),
            degrees(0.25),
            4.0,
        ),
        (
            "around a pole, in degrees but for a gap",
            polar(),
            made(
                "EPSG:4326",
                [-170.0, 0.25, 0.0, 90.0, 0.0, -0.25],
                [400, 1320],
            ),
            4.0,
        ),
        (
            "degrees, of a pole's surroundings",
            degrees(0.1),
            polar(),
            2.0,
        ),
        (
            "degrees in Mercator, which has no poles",
            degrees(0.1),
            made(
                "EPSG:3857",
                [-2e7, 5000.0, 0.0, 2e7, 0.0, -5000.0],
                [8000, 8000],
            ),
            2.0,
        ),
        (
            "degrees in sinusoidal",
            degrees(0.1),
            made(
                "+proj=sinu +R=6371007.181 +units=m",
                [-2e7, 5000.0, 0.0, 1e7, 0.0, -5000.0],
                [4000, 8000],
            ),
            4.0,
        ),
    ]
}

#[test]
fn the_cells_of_many_tiles_are_bounded_from_above_and_closely() {
    let dir = tempfile::tempdir().unwrap();
    for (name, study, input, most) in pairs_of_projections() {
        let (npp, other) = (dir.path().join("npp.vrt"), dir.path().join("x.vrt"));
        empty(&npp, &study);
        empty(&other, &input);
        let stacks = open(&npp, &other, Some(Resampling::Bilinear));
        let windows = doline::tiling::tiles(study.size, [32, 64], [256, 256]).windows;
        assert!(windows.len() > 1000, "{name}");
        let bound = stacks.most_cells("x", &windows).unwrap();
        let exact = windows
            .chunks(1000)
            .map(|part| stacks.most_cells("x", part).unwrap())
            .max()
            .unwrap();
        assert!(bound >= exact, "{name}: {bound} cells for {exact}");
        assert!(
            bound as f64 <= most * exact as f64 + 100.0,
            "{name}: {bound} cells for {exact}"
        );
    }
}

#[test]
fn the_cells_of_a_vast_study_are_counted_in_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let (npp, other) = (dir.path().join("npp.vrt"), dir.path().join("x.tif"));
    let size = [900_000, 1_000_000];
    empty(
        &npp,
        &Made {
            size,
            transform: [100.0, 1e-5, 0.0, 30.0, 0.0, -1e-5],
            crs: "EPSG:4326",
            bands: Vec::new(),
        },
    );
    make(&other, &utm());
    let start = std::time::Instant::now();
    let stacks = open(&npp, &other, None);
    let windows = doline::tiling::tiles(size, [512, 512], [256, 256]).windows;
    assert!(stacks.most_cells("x", &windows).unwrap() > 0);
    // Looked at one by one, three million tiles take many minutes.
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn grids_that_cannot_be_related_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let refused = |name: &str, made: &Made, crs: Option<&str>| {
        let other = dir.path().join(name);
        make(&other, made);
        let other = InputRequest {
            crs: crs.map(str::to_owned),
            ..request("x", &other, None)
        };
        Stacks::open(&[request("npp", &npp, None), other], YEARS, None, None).map(|_| ())
    };
    let elsewhere = around("EPSG:4326", [10.0, 0.1, 0.0, 50.0, 0.0, -0.1], [20, 20]);
    let error = refused("elsewhere.tif", &elsewhere, None).unwrap_err();
    assert!(
        matches!(error, SourceError::Grid(GridError::NoOverlap { .. })),
        "{error}"
    );
    let nameless = around("", [104.9, 0.1, 0.0, 25.1, 0.0, -0.1], [12, 12]);
    let error = refused("nameless.tif", &nameless, None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("has no CRS") && error.contains("crs = "),
        "{error}"
    );
    refused("nameless.tif", &nameless, Some("EPSG:4326")).unwrap();
    let vrt = dir.path().join("flat.vrt");
    let text = r#"<VRTDataset rasterXSize="3" rasterYSize="3"><SRS>EPSG:4326</SRS><GeoTransform>105, 0, 0, 25, 0, -0.1</GeoTransform>
        <VRTRasterBand dataType="Float32" band="1"/><VRTRasterBand dataType="Float32" band="2"/></VRTDataset>"#;
    std::fs::write(&vrt, text).unwrap();
    let requests = [request("npp", &npp, None), request("x", &vrt, None)];
    let error = Stacks::open(&requests, YEARS, None, None).unwrap_err();
    assert!(
        matches!(error, SourceError::Grid(GridError::Transform { .. })),
        "{error}"
    );
}

#[test]
fn a_reader_that_keeps_no_cells_reads_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let npp = like(dir.path(), LIKE, "EPSG:4326", SIZE);
    let other = dir.path().join("x.tif");
    make(&other, &utm());
    let mut stacks = open(&npp, &other, Some(Resampling::Cubic));
    let windows = [
        Window {
            row: 3,
            col: 5,
            height: 20,
            width: 30,
        },
        Window {
            row: 40,
            col: 50,
            height: 30,
            width: 40,
        },
    ];
    let specs: Vec<InputSpec> = chain(&stacks, &windows).inputs;
    let mut keeping = stacks.reader_of(&specs).unwrap();
    let kept: Vec<_> = windows
        .iter()
        .map(|&window| keeping.read(window).unwrap())
        .collect();
    for bytes in [0, 3000] {
        stacks.keep_cells(bytes);
        let mut reader = stacks.reader_of(&specs).unwrap();
        for (window, kept) in windows.iter().zip(&kept) {
            assert_eq!(reader.read(*window).unwrap(), *kept, "{bytes}");
        }
    }
}
