//! Zones from the command line to the tables: labels that are any text, sets that are wrong or odd, and what must hold
//! whatever the zones are.
#![cfg(feature = "gdal")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise; grids are small"
)]

#[path = "support/csv.rs"]
mod csv;
#[path = "support/places.rs"]
#[allow(dead_code, reason = "each test file uses a part of it")]
mod places;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use csv::{Row, number, rows, text};
use doline::sinks::RasterRead;
use places::Folder;
use serde_json::json;

const CRS: &str = "EPSG:32648";
/// West, width, 0, north, 0, height: pixels of 500 m.
const PLACE: [f64; 6] = [500_000.0, 500.0, 0.0, 2_300_000.0, 0.0, -500.0];
const SIZE: [usize; 2] = [150, 40];
const YEARS: std::ops::Range<i32> = 2001..2011;

/// A value with a trend that differs from place to place; some years are missing in some pixels.
fn value(year: i32, pixel: usize) -> f32 {
    let (row, col) = (pixel / SIZE[0], pixel % SIZE[0]);
    let t = (year - YEARS.start) as f32;
    if (pixel * 7 + year as usize * 3).is_multiple_of(11) {
        return -9999.0;
    }
    let noise = ((pixel * 31 + year as usize * 17) % 23) as f32 / 23.0;
    100.0 + row as f32 + t * (0.1 + col as f32 / 50.0) + 5.0 * noise
}

/// A stack of ten years, with the folder that it is in.
fn stack() -> Folder {
    let folder = Folder::new();
    let n = SIZE[0] * SIZE[1];
    for year in YEARS {
        let values: Vec<f32> = (0..n).map(|pixel| value(year, pixel)).collect();
        let name = format!("ndvi_{year}.tif");
        folder.raster(&name, CRS, PLACE, SIZE, &values, Some(-9999.0));
    }
    folder
}

/// The corner points of a shape given in pixels, as text of WKT.
fn ring(corners: &[[f64; 2]]) -> String {
    let point =
        |[col, row]: &[f64; 2]| format!("{} {}", PLACE[0] + 500.0 * col, PLACE[3] - 500.0 * row);
    let points: Vec<String> = corners.iter().chain(corners.first()).map(point).collect();
    format!("POLYGON(({}))", points.join(", "))
}

fn rectangle([left, top]: [f64; 2], [right, bottom]: [f64; 2]) -> String {
    ring(&[[left, top], [right, top], [right, bottom], [left, bottom]])
}

/// Exit code and standard error of `doline` with the folder as its working folder.
fn outcome(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("doline")
        .expect("the binary is built")
        .current_dir(folder.path(""))
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .expect("doline starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code().unwrap_or(-1), stderr)
}

/// What `doline zonal` says of the stack with these arguments.
fn zonal(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let mut all = vec!["zonal", "ndvi_{year}.tif", "--years", "2001-2010"];
    all.extend(["--device", "cpu"]);
    all.extend(arguments);
    outcome(folder, &all)
}

fn table(folder: &Folder, name: &str) -> Vec<Row> {
    let path = folder.path(&format!("out/tables/{name}.csv"));
    rows(&fs::read_to_string(path).expect(name))
}

/// The distinct zones of a set, in the order of the table.
fn zones_of(rows: &[Row], set: &str) -> Vec<String> {
    let mut zones: Vec<String> = Vec::new();
    for row in rows.iter().filter(|row| text(row, "zone_set") == set) {
        if !zones.iter().any(|known| known == text(row, "zone")) {
            zones.push(text(row, "zone").to_owned());
        }
    }
    zones
}

#[test]
fn labels_are_any_text() {
    let folder = stack();
    let labels = ["<b>a & b</b>", "a, \"b\"", "two\nlines", "=1+1", "石漠化"];
    let shape = |col: usize| {
        let [left, right] = [col as f64 * 20.0, (col + 1) as f64 * 20.0];
        let corners = [
            [left, 0.0],
            [right, 0.0],
            [right, 40.0],
            [left, 40.0],
            [left, 0.0],
        ];
        let corners = corners.map(|[x, y]| [PLACE[0] + 500.0 * x, PLACE[3] - 500.0 * y]);
        json!({"type": "Polygon", "coordinates": [corners]})
    };
    let label = labels.map(|label| json!(label));
    let nothing = [json!(null), json!("  ")];
    let features = label.iter().chain(&nothing).enumerate().map(|(col, label)| {
        json!({"type": "Feature", "properties": {"name": label}, "geometry": shape(col)})
    });
    let features: Vec<_> = features.collect();
    let file = json!({"type": "FeatureCollection", "features": features,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}});
    fs::write(folder.path("odd.geojson"), file.to_string()).expect("a file");
    let (code, stderr) = zonal(
        &folder,
        &[
            "--zones",
            "odd.geojson",
            "--field",
            "name",
            "--stage",
            "a=2001-2005",
            "--stage",
            "b=2006-2010",
        ],
    );
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("2 features or codes without a label are no zone"),
        "{stderr}"
    );
    for name in ["series", "trends", "phases", "stages"] {
        assert_eq!(zones_of(&table(&folder, name), "odd"), labels, "{name}");
    }
}

#[test]
fn a_set_beside_the_grid_has_no_rows_and_is_said() {
    let folder = stack();
    folder.polygons(
        "far.geojson",
        Some(CRS),
        &[("far", &rectangle([400.0, 0.0], [410.0, 10.0]))],
    );
    let (code, stderr) = zonal(&folder, &["--zones", "far.geojson", "--field", "name"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("--zones far misses the study grid"),
        "{stderr}"
    );
    let series = table(&folder, "series");
    assert!(!series.is_empty() && series.iter().all(|row| text(row, "zone_set") == "all"));
}

/// Both wings of a bow tie count: half of the square around it.
#[test]
fn an_outline_that_crosses_itself_is_filled_by_the_even_odd_rule() {
    let folder = stack();
    let bow = ring(&[[10.0, 10.0], [30.0, 30.0], [30.0, 10.0], [10.0, 30.0]]);
    folder.polygons("bow.geojson", Some(CRS), &[("bow", &bow)]);
    let arguments = [
        "--zones",
        "bow.geojson",
        "--field",
        "name",
        "--cells",
        "fraction",
    ];
    let (code, stderr) = zonal(&folder, &arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("an outline that crosses itself"),
        "{stderr}"
    );
    // No column of a table has the area of the zone without its gaps: its sum over coverage is it.
    for row in table(&folder, "series")
        .iter()
        .filter(|row| text(row, "zone") == "bow")
    {
        let area = number(row, "area_km2") / number(row, "coverage");
        assert!((area - 200.0 * 0.25).abs() < 1e-6, "{area}");
    }
}

#[test]
fn what_is_wrong_is_told_in_the_words_of_the_command() {
    let folder = stack();
    let half = rectangle([0.0, 0.0], [75.0, 40.0]);
    let rest = rectangle([75.0, 0.0], [150.0, 40.0]);
    folder.polygons(
        "m.geojson",
        Some(CRS),
        &[("enclosure", &half), ("none", &rest)],
    );
    folder.csv("bare.csv", &[("a", &half)]);
    let heights: Vec<f32> = (0..SIZE[0] * SIZE[1]).map(|pixel| pixel as f32).collect();
    folder.raster("dem.tif", CRS, PLACE, SIZE, &heights, None);
    let m = ["--zones", "m.geojson"];
    let cases: [(&[&str], i32, &[&str]); 11] = [
        (
            &["--field", "name", "--control", "nona"],
            3,
            &["--control", "`nona`", "did you mean `none`"],
        ),
        (
            &["--field", "nam"],
            3,
            &["--zones m:", "no field `nam`", "did you mean `name`"],
        ),
        (&[], 3, &["--zones m:", "--field"]),
        (&["--field", "name", "--layer", "n"], 3, &["no layer `n`"]),
        (&["--breaks", "1,2"], 3, &["vector file", "--breaks"]),
        (&["--breaks", "600,300"], 2, &["--breaks m=...", "rise"]),
        (&["--labels", "0=a"], 2, &["--labels m=...", "other than 0"]),
        (
            &["--field", "name", "--cells", "center"],
            2,
            &["--cells m=...", "centre"],
        ),
        (
            &["--field", "name", "--stage", "a=1990-1995"],
            2,
            &["--stage a", "2001"],
        ),
        (
            &["--zones", "all=m.geojson", "--field", "m=name"],
            2,
            &["--zones all"],
        ),
        (
            &["--zones", "dem.tif", "--field", "m=name"],
            3,
            &["--zones dem:", "--breaks 300,600"],
        ),
    ];
    for (arguments, code, words) in cases {
        let (found, stderr) = zonal(&folder, &[&m, arguments].concat());
        assert_eq!(found, code, "{arguments:?}: {stderr}");
        for word in words {
            assert!(
                stderr.contains(word),
                "{arguments:?}: {word:?} is not in: {stderr}"
            );
        }
        assert!(!folder.path("out").exists(), "{arguments:?} left files");
    }
    // Everything at once.
    let arguments = [
        "--field",
        "m=nam",
        "--zones",
        "dem.tif",
        "--zones",
        "gone.gpkg",
        "--zones",
        "bare.csv",
    ];
    let (code, stderr) = zonal(
        &folder,
        &[&m[..], &arguments, &["--field", "bare=name"]].concat(),
    );
    assert_eq!(code, 3, "{stderr}");
    for set in [
        "--zones m:",
        "--zones dem:",
        "--zones gone:",
        "--zones bare:",
    ] {
        assert_eq!(stderr.matches(set).count(), 1, "{set}: {stderr}");
    }
}

/// Three zones with slanted borders that fill the grid, and codes of a raster that do.
fn partitions(folder: &Folder) {
    let shapes = [
        (
            "west",
            ring(&[[0.0, 0.0], [40.3, 0.0], [62.7, 40.0], [0.0, 40.0]]),
        ),
        (
            "middle",
            ring(&[[40.3, 0.0], [100.1, 0.0], [90.9, 40.0], [62.7, 40.0]]),
        ),
        (
            "east",
            ring(&[[100.1, 0.0], [150.0, 0.0], [150.0, 40.0], [90.9, 40.0]]),
        ),
    ];
    let shapes: Vec<(&str, &str)> = shapes
        .iter()
        .map(|(name, wkt)| (*name, wkt.as_str()))
        .collect();
    folder.polygons("parts.geojson", Some(CRS), &shapes);
    let codes: Vec<i32> = (0..SIZE[0] * SIZE[1])
        .map(|pixel| [1, -7, 1000][(pixel / 37 + pixel / SIZE[0]) % 3])
        .collect();
    folder.raster("codes.tif", CRS, PLACE, SIZE, &codes, None);
}

const PARTITIONS: &str = r#"
[study]
years = [2001, 2010]
[inputs.ndvi]
files = "ndvi_{year}.tif"
units = "gC m-2 yr-1"
[trend]
of = ["ndvi"]
[stages]
first = [2001, 2005]
second = [2006, 2010]
[zones.code]
file = "codes.tif"
[zones.centre]
file = "parts.geojson"
field = "name"
[zones.fraction]
file = "parts.geojson"
field = "name"
cells = "fraction"
[zones.cross]
cross = ["code", "fraction"]
[output]
layers = ["ndvi_slope", "ndvi_class"]
"#;

fn run(folder: &Folder, out: &str, arguments: &[&str]) {
    let mut all = vec!["run", "study.toml", "--device", "cpu", "--out", out];
    all.extend(arguments);
    let (code, stderr) = outcome(folder, &all);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
}

#[test]
fn parts_of_the_grid_add_up_to_all_of_it_and_slopes_to_that_of_the_filled_mean() {
    let folder = stack();
    partitions(&folder);
    fs::write(folder.path("study.toml"), PARTITIONS).expect("a study");
    run(&folder, "out", &[]);
    let series = table(&folder, "series");
    for year in YEARS {
        let of = |set: &str, column: &str| -> f64 {
            let is_it =
                |row: &&Row| text(row, "zone_set") == set && text(row, "year") == year.to_string();
            series
                .iter()
                .filter(is_it)
                .map(|row| number(row, column))
                .sum()
        };
        for set in ["code", "centre", "fraction", "cross"] {
            for column in ["total_tgc", "area_km2"] {
                let (all, parts) = (of("all", column), of(set, column));
                assert!(
                    (parts / all - 1.0).abs() < 1e-9,
                    "{set} {column} {year}: {parts} {all}"
                );
            }
        }
        assert_eq!(of("code", "pixels"), of("all", "pixels"));
    }
    // All pixels have one area, so that their mean needs no weights.
    let slopes = &RasterRead::open(&folder.path("out/maps/ndvi_slope.tif"))
        .expect("a map")
        .values[0];
    let codes = &RasterRead::open(&folder.path("codes.tif"))
        .expect("codes")
        .values[0];
    let mut n = 0;
    for row in table(&folder, "trends") {
        let is_code = text(&row, "zone_set") == "code";
        if text(&row, "period") != "study" || !(is_code || text(&row, "zone_set") == "all") {
            continue;
        }
        let code = text(&row, "zone").parse::<f64>().ok();
        let here = slopes.iter().zip(codes);
        let here =
            here.filter(|(slope, of)| slope.is_finite() && code.is_none_or(|code| code == **of));
        let here: Vec<f64> = here.map(|(slope, _)| *slope).collect();
        let mean = here.iter().sum::<f64>() / here.len() as f64;
        let filled = number(&row, "slope_filled");
        assert!(
            (filled / mean - 1.0).abs() < 1e-6,
            "{row:?}: {filled} {mean}"
        );
        n += 1;
    }
    assert_eq!(n, 4, "all and three codes");
}

#[test]
fn tables_depend_on_neither_tiles_nor_threads_nor_memory() {
    let folder = stack();
    partitions(&folder);
    fs::write(folder.path("study.toml"), PARTITIONS).expect("a study");
    run(&folder, "out", &[]);
    run(&folder, "tiles", &["--tile", "7x64"]);
    run(&folder, "memory", &["--set", "engine.memory=\"40MiB\""]);
    let one_thread = Command::cargo_bin("doline")
        .expect("the binary is built")
        .current_dir(folder.path(""))
        .env("RAYON_NUM_THREADS", "1")
        .args([
            "run",
            "study.toml",
            "--device",
            "cpu",
            "--out",
            "thread",
            "-q",
        ])
        .output()
        .expect("doline starts");
    assert!(one_thread.status.success());
    for name in ["series", "trends", "stages", "phases", "classes"] {
        let bytes =
            |out: &str| fs::read(folder.path(&format!("{out}/tables/{name}.csv"))).expect(name);
        for other in ["tiles", "memory", "thread"] {
            assert!(bytes("out") == bytes(other), "{name} of {other}");
        }
    }
}

/// Areas of pyproj: `golden/places_zones.json`, case `zones_ellipsoid_area`.
#[test]
fn areas_on_the_ellipsoid_are_those_of_proj() {
    let golden = format!(
        "{}/tests/golden/places_zones.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let golden: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(golden).expect("golden")).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases");
    let case = cases
        .iter()
        .find(|case| case["name"] == "zones_ellipsoid_area")
        .expect("the case");
    let corners = case["inputs"]["top_left"].as_array().expect("corners");
    let areas = case["expected"]["area_m2"].as_array().expect("areas");
    for (corner, area) in corners.iter().zip(areas) {
        let [x, y] = [&corner[0], &corner[1]].map(|x| x.as_f64().expect("a number"));
        let folder = Folder::new();
        let place = [x, 500.0, 0.0, y, 0.0, -500.0];
        for year in 2001..2005 {
            folder.raster(
                &format!("ndvi_{year}.tif"),
                CRS,
                place,
                [2, 2],
                &[1.0_f32; 4],
                None,
            );
        }
        folder.raster("first.tif", CRS, place, [2, 2], &[1_u8, 0, 0, 0], None);
        let study = "[study]\nyears = [2001, 2004]\n[inputs.ndvi]\nfiles = \"ndvi_{year}.tif\"\n[trend]\nof = [\"ndvi\"]\n\
                     [zones.first]\nfile = \"first.tif\"\n[output]\nlayers = \"none\"\n";
        let found = |grid: &str, out: &str| {
            fs::write(folder.path("study.toml"), format!("{study}[grid]\n{grid}"))
                .expect("a study");
            run(&folder, out, &[]);
            let series = fs::read_to_string(folder.path(&format!("{out}/tables/series.csv")));
            let series = rows(&series.expect("series"));
            let row = series.iter().find(|row| text(row, "zone_set") == "first");
            number(row.expect("a row"), "area_km2") * 1e6
        };
        let expected = area.as_f64().expect("an area");
        let ellipsoid = found("area = \"ellipsoid\"\n", "ellipsoid");
        assert!(
            (ellipsoid / expected - 1.0).abs() < 1e-8,
            "{ellipsoid} {expected}"
        );
        assert!((found("", "nominal") / 250_000.0 - 1.0).abs() < 1e-12);
    }
}

#[test]
fn check_lists_sets_zones_and_those_without_a_pixel() {
    let folder = stack();
    let shapes = [
        ("wide", rectangle([0.0, 0.0], [75.0, 40.0])),
        ("tiny", rectangle([80.1, 10.1], [80.4, 10.4])),
        ("two\nlines", rectangle([100.0, 0.0], [101.0, 1.0])),
    ];
    let shapes: Vec<(&str, &str)> = shapes
        .iter()
        .map(|(name, wkt)| (*name, wkt.as_str()))
        .collect();
    folder.polygons("parts.geojson", Some(CRS), &shapes);
    let study = "[study]\nyears = [2001, 2010]\n[inputs.ndvi]\nfiles = \"ndvi_{year}.tif\"\n[trend]\nof = [\"ndvi\"]\n\
                 [zones.part]\nfile = \"parts.geojson\"\nfield = \"name\"\n\
                 [zones.share]\nfile = \"parts.geojson\"\nfield = \"name\"\ncells = \"fraction\"\n";
    fs::write(folder.path("study.toml"), study).expect("a study");
    let printed = |json: &[&str]| {
        let output = Command::cargo_bin("doline")
            .expect("the binary is built")
            .current_dir(folder.path(""))
            .args(["check", "study.toml", "--device", "cpu", "-q"])
            .args(json)
            .output()
            .expect("doline starts");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let page = printed(&[]);
    let lines = [
        "  part   3 zones, by centre; 1 holds no pixel centre: \"wide\", \"tiny\", \"two\\nlines\"\n",
        "  share  3 zones, by fraction; 0 cover no part of a pixel: \"wide\"",
    ];
    for line in lines {
        assert!(page.contains(line), "{line:?} is not in {page}");
    }
    let json: serde_json::Value = serde_json::from_str(&printed(&["--json"])).expect("JSON");
    assert_eq!(
        json["zones"][0]["zones"],
        json!(["wide", "tiny", "two\nlines"])
    );
    assert_eq!(json["zones"][0]["zones_without_pixels"], 1);
    assert_eq!(json["zones"][1]["cells"], "fraction");
    assert!(
        json["zones"][1]["file"]
            .as_str()
            .is_some_and(|file| Path::new(file).ends_with("parts.geojson"))
    );
}
