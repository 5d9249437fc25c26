//! `tables/zones.geojson`: read back by GDAL, beside the outlines that it was made of.
#![cfg(feature = "gdal")]
#![allow(
    clippy::expect_used,
    reason = "a test stops at the first surprise; grids are small"
)]

#[path = "support/places.rs"]
#[allow(dead_code, reason = "each test file uses a part of it")]
mod places;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use doline::grid::Grid;
use doline::zones::{CellRule, Outlines, ZoneFile, ZoneSource, ZoneSpec, open, outlines};
use gdal::Dataset;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::LayerAccess;
use places::{Folder, grid};

const MOST_BYTES: usize = 1_000_000;

fn spec(path: PathBuf) -> ZoneSpec {
    ZoneSpec {
        name: "county".to_owned(),
        source: ZoneSource::File(ZoneFile {
            path,
            field: Some("name".to_owned()),
            ..ZoneFile::default()
        }),
        rule: CellRule::Centre,
    }
}

fn outlines_of(path: PathBuf, grid: &Grid, most_bytes: usize) -> Outlines {
    let specs = [spec(path)];
    let sets = open(&specs, grid).expect("zones");
    outlines(&specs, &sets, grid, most_bytes)
}

fn written(folder: &Folder, text: &str) -> PathBuf {
    let path = folder.path("outlines.geojson");
    std::fs::write(&path, text).expect("a file");
    path
}

/// Pixels and area of each zone as GDAL reads them, the area in the square of the unit of `crs`.
fn zones_of(path: &Path, crs: Option<&str>) -> BTreeMap<String, (i64, f64)> {
    let dataset = Dataset::open(path).expect("GeoJSON");
    let mut layer = dataset.layer(0).expect("a layer");
    let transform = crs.map(|crs| {
        let mut from = layer.spatial_ref().expect("a reference system");
        let mut to = SpatialRef::from_definition(crs).expect("known");
        for system in [&mut from, &mut to] {
            system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        }
        CoordTransform::new(&from, &to).expect("a transformation")
    });
    let field = |name: &str| {
        let fields = layer.defn().fields();
        fields
            .map(|field| field.name())
            .position(|known| known == name)
    };
    let [zone, pixels] = ["zone", "n_pixels"].map(|name| field(name).expect("a field"));
    let features = layer.features().map(|feature| {
        let shape = feature.geometry().expect("a shape");
        let shape = match &transform {
            Some(transform) => shape.transform(transform).expect("placed"),
            None => shape.clone(),
        };
        assert!(shape.is_valid(), "an outline crosses itself");
        let label = feature.field_as_string(zone).expect("a text");
        let n = feature.field_as_integer64(pixels).expect("a number");
        (label.expect("a label"), (n.expect("a count"), shape.area()))
    });
    features.collect()
}

/// A ring of points around a centre, whose radius has small and large waves.
fn wavy(centre: [f64; 2], radius: f64, n: u32) -> (String, f64) {
    let mut text = String::new();
    let (mut area, mut last) = (0.0, None::<[f64; 2]>);
    for i in 0..=n {
        let turn = f64::from(i % n) / f64::from(n) * std::f64::consts::TAU;
        let waves = 1.0 + 0.1 * (7.0 * turn).sin() + 0.004 * (900.0 * turn).cos();
        let at = [turn.cos(), turn.sin()].map(|part| radius * waves * part);
        if let Some(last) = last {
            area += 0.5 * (last[0] * at[1] - at[0] * last[1]);
            text.push(',');
        }
        last = Some(at);
        write!(text, "{} {}", centre[0] + at[0], centre[1] + at[1]).expect("a text");
    }
    (format!("POLYGON(({text}))"), area)
}

#[test]
fn a_million_corners_fit_and_keep_their_areas() {
    let folder = Folder::new();
    let grid = grid(
        "EPSG:4326",
        [100.0, 0.05, 0.0, 28.0, 0.0, -0.05],
        [200, 160],
    );
    let mut shapes = Vec::new();
    let mut expected = BTreeMap::new();
    for place in 0..20_u32 {
        let centre = [
            101.0 + 2.0 * f64::from(place % 5),
            27.0 - 2.0 * f64::from(place / 5),
        ];
        let (wkt, area) = wavy(centre, 0.85, 50_000);
        let label = format!("county {place}");
        expected.insert(label.clone(), area);
        shapes.push((label, wkt));
    }
    let shapes: Vec<(&str, &str)> = shapes
        .iter()
        .map(|(label, wkt)| (&**label, &**wkt))
        .collect();
    let path = folder.polygons("county.geojson", Some("EPSG:4326"), &shapes);
    let found = outlines_of(path, &grid, MOST_BYTES);
    assert_eq!(found.notes, [""; 0]);
    let text = found.geojson.expect("outlines");
    assert!(text.len() <= MOST_BYTES, "{} bytes", text.len());
    let zones = zones_of(&written(&folder, &text), None);
    assert_eq!(zones.len(), 20);
    for (label, area) in expected {
        let (n, found) = zones[&label];
        assert!(
            (found / area - 1.0).abs() < 0.01,
            "{label}: {found}, not {area}"
        );
        assert!(n > 500, "{label}: {n} pixels");
    }
}

#[test]
fn a_limit_makes_outlines_simpler_and_keeps_every_zone() {
    let folder = Folder::new();
    let grid = grid(
        "EPSG:4326",
        [100.0, 0.05, 0.0, 28.0, 0.0, -0.05],
        [200, 160],
    );
    let (large, _) = wavy([104.0, 24.0], 3.0, 20_000);
    let shapes = [
        ("large", &*large),
        ("small", "POLYGON((109 21,109.0001 21,109 21.0001,109 21))"),
        ("outside", "POLYGON((10 1,11 1,10 2,10 1))"),
    ];
    let path = folder.polygons("county.geojson", Some("EPSG:4326"), &shapes);
    let fine = outlines_of(path.clone(), &grid, MOST_BYTES)
        .geojson
        .expect("outlines");
    let plain = outlines_of(path.clone(), &grid, 3_000)
        .geojson
        .expect("outlines");
    assert!(plain.len() <= 3_000 && fine.len() > plain.len());
    let names = |text: &str| {
        let zones = zones_of(&written(&folder, text), None);
        zones.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(names(&plain), ["large", "outside", "small"]);
    let none = outlines_of(path, &grid, 300);
    assert_eq!(none.geojson, None);
    assert!(
        none.notes[0].contains("3 zones take more than 300 bytes"),
        "{:?}",
        none.notes
    );
}

#[test]
fn outlines_that_cross_the_date_line_or_themselves_stay_in_one_piece() {
    let folder = Folder::new();
    let grid = grid(
        "EPSG:3832",
        [2_000_000.0, 5e4, 0.0, 500_000.0, 0.0, -5e4],
        [80, 20],
    );
    let shapes = [
        (
            "across",
            "POLYGON((3000000 0,4000000 0,4000000 400000,3000000 400000,3000000 0))",
        ),
        (
            "bow tie",
            "POLYGON((2100000 0,2500000 400000,2500000 0,2100000 400000,2100000 0))",
        ),
    ];
    let path = folder.polygons("county.geojson", Some("EPSG:3832"), &shapes);
    let found = outlines_of(path, &grid, MOST_BYTES);
    let zones = zones_of(&written(&folder, &found.geojson.expect("outlines")), None);
    // On a Mercator map a degree of longitude has 111,319.49 m everywhere; of latitude nearly as much at the equator.
    let square = 111_319.49 * 111_319.49;
    for (label, area) in [("across", 4e11), ("bow tie", 8e10)] {
        let ratio = zones[label].1 * square / area;
        assert!((ratio - 1.0).abs() < 0.02, "{label}: {ratio}");
    }
}

/// On the command line, with labels that are any text and a projected grid.
#[test]
fn zonal_writes_the_outlines_of_vector_sets_alone() {
    let folder = Folder::new();
    let place = [500_000.0, 500.0, 0.0, 2_300_000.0, 0.0, -500.0];
    for year in 2001..2011_u16 {
        let values: Vec<f32> = (0..1600_u16).map(|i| f32::from(i % 40 + year)).collect();
        folder.raster(
            &format!("ndvi_{year}.tif"),
            "EPSG:32648",
            place,
            [40, 40],
            &values,
            None,
        );
    }
    let labels = ["<b>\"east\", 'x'</b>", "\u{77f3}\u{6f20} & co"];
    let shapes = [
        (
            labels[0],
            "POLYGON((510000 2281000,519000 2281000,519000 2299000,510000 2299000,510000 2281000),\
             (512000 2285000,512000 2287000,514000 2287000,514000 2285000,512000 2285000))",
        ),
        (
            labels[1],
            "MULTIPOLYGON(((500500 2281000,509000 2281000,509000 2299000,500500 2281000)))",
        ),
    ];
    folder.polygons("county.geojson", Some("EPSG:32648"), &shapes);
    let codes: Vec<u8> = (0..1600_u16).map(|i| u8::from(i % 2 == 0)).collect();
    folder.raster("rock.tif", "EPSG:32648", place, [40, 40], &codes, None);
    let run = |zones: &[&str], out: &Path| {
        let mut command = Command::cargo_bin("doline").expect("the binary is built");
        let stack = folder.path("ndvi_{year}.tif");
        command
            .arg("zonal")
            .arg(stack)
            .args(["--device", "cpu", "-o"])
            .arg(out);
        command
            .current_dir(folder.path(""))
            .args(zones)
            .assert()
            .success();
    };
    let out = folder.path("out");
    run(
        &[
            "--zones",
            "county.geojson",
            "--field",
            "county=name",
            "--zones",
            "rock.tif",
        ],
        &out,
    );
    let path = out.join("tables/zones.geojson");
    let zones = zones_of(&path, Some("EPSG:32648"));
    let names: Vec<&str> = zones.keys().map(String::as_str).collect();
    assert_eq!(names, labels);
    for (label, area) in labels.iter().zip([162e6 - 4e6, 76.5e6]) {
        let (n, found) = zones[*label];
        assert!((found / area - 1.0).abs() < 0.01, "{label}: {found}");
        let by_pixels = f64::from(u32::try_from(n).expect("a count")) * 0.25e6;
        assert!((by_pixels / area - 1.0).abs() < 0.1, "{label}: {n} pixels");
    }
    let record = std::fs::read_to_string(out.join("run.json")).expect("a record");
    assert!(record.contains("tables/zones.geojson"));
    let out = folder.path("rasters");
    run(&["--zones", "rock.tif"], &out);
    assert!(!out.join("tables/zones.geojson").exists());
}

#[test]
fn outlines_do_not_replace_the_zones_that_they_are_made_of() {
    let folder = Folder::new();
    let place = [100.0, 0.05, 0.0, 28.0, 0.0, -0.05];
    for year in 2001..2006_u16 {
        let name = format!("ndvi_{year}.tif");
        folder.raster(
            &name,
            "EPSG:4326",
            place,
            [20, 20],
            &[f32::from(year); 400],
            None,
        );
    }
    std::fs::create_dir_all(folder.path("out/tables")).expect("a folder");
    let shape = "POLYGON((100 27,101 27,101 28,100 28,100 27))";
    let zones = folder.polygons(
        "out/tables/zones.geojson",
        Some("EPSG:4326"),
        &[("a", shape)],
    );
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .current_dir(folder.path(""))
        .args(["zonal", "ndvi_{year}.tif", "--device", "cpu"]);
    let assert = command
        .arg("--zones")
        .arg(&zones)
        .args(["--field", "name"])
        .assert();
    let output = assert.code(4).get_output().clone();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("zones.geojson"), "{said}");
}
