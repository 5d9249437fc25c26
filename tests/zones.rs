//! Zones on a grid: against exactextract, shapely, GDAL and pyproj (`golden/places_zones.json`), and cases that a
//! person can check by hand.
#![cfg(feature = "gdal")]
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise; grids are small"
)]

#[path = "support/places.rs"]
mod places;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use doline::grid::{Area, Grid, Window};
use doline::zones::{
    CellRule, NO_ZONE, Part, PixelAreas, ZoneError, ZoneFile, ZoneSet, ZoneSource, ZoneSpec, open,
};
use places::{Folder, grid, owned};
use serde_json::Value;

const RULES: [CellRule; 2] = [CellRule::Centre, CellRule::Fraction];

/// The codes and parts of a window.
fn read(set: &ZoneSet, window: Window) -> (Vec<u32>, Vec<Part>) {
    let (mut codes, mut parts) = (Vec::new(), Vec::new());
    set.read(window, &mut codes, &mut parts);
    (codes, parts)
}

/// The share of each pixel of a window that each zone has, `[zone][pixel]`.
fn shares(set: &ZoneSet, window: Window) -> Vec<Vec<f64>> {
    let (codes, parts) = read(set, window);
    let mut shares = vec![vec![0.0; window.n_pixels()]; set.labels.len()];
    for (pixel, &code) in codes.iter().enumerate() {
        if code != NO_ZONE {
            shares[code as usize][pixel] += 1.0;
        }
    }
    for part in parts {
        shares[part.zone as usize][part.pixel as usize] += part.share;
    }
    shares
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}

fn golden() -> Vec<Value> {
    let path = format!(
        "{}/tests/golden/places_zones.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(path).expect("golden");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    golden["cases"].as_array().expect("cases").clone()
}

fn close(found: f64, expected: &Value, relative: f64, what: &str) {
    match expected.as_f64() {
        None => assert!(found.is_nan(), "{what}: {found}, but it is missing"),
        Some(expected) => assert!(
            (found - expected).abs() <= relative * expected.abs().max(1e-300),
            "{what}: {found}, expected {expected}"
        ),
    }
}

/// Area, mean, total, pixels and coverage of a zone from its shares.
fn table(shares: &[f64], areas: &[f64], values: &[f64]) -> BTreeMap<&'static str, f64> {
    let (mut all, mut valid, mut sum, mut pixels) = (0.0, 0.0, 0.0, 0.0);
    for ((share, area), value) in shares.iter().zip(areas).zip(values) {
        all += share * area;
        if *share > 0.0 && value.is_finite() {
            valid += share * area;
            sum += share * area * value;
            pixels += 1.0;
        }
    }
    let missing = |x: f64| if pixels > 0.0 { x } else { f64::NAN };
    BTreeMap::from([
        ("area_km2", valid / 1e6),
        ("pixels", pixels),
        ("mean", missing(sum / valid)),
        ("total_tgc", missing(sum / 1e12)),
        ("coverage", missing(valid / all)),
    ])
}

/// A case of zones: its grid, its zones, and the areas and values of its pixels.
struct Case {
    name: String,
    expected: Value,
    grid: Grid,
    path: PathBuf,
    areas: Vec<f64>,
    values: Vec<f64>,
    _folder: Folder,
}

impl Case {
    /// `None` for a case without zones.
    fn of(case: &Value) -> Option<Self> {
        let inputs = &case["inputs"];
        let zones = inputs["zones"].as_object()?;
        let side = |side: &str| inputs[side].as_u64().and_then(|n| usize::try_from(n).ok());
        let transform = <[f64; 6]>::try_from(numbers(&inputs["transform"])).ok()?;
        let grid = grid(
            inputs["crs"].as_str()?,
            transform,
            [side("width")?, side("height")?],
        );
        let folder = Folder::new();
        let shapes: Option<Vec<(&str, &str)>> = zones
            .iter()
            .map(|(label, wkt)| Some((label.as_str(), wkt.as_str()?)))
            .collect();
        let path = folder.polygons("zones.geojson", inputs["crs"].as_str(), &shapes?);
        let nominal = PixelAreas::new(&grid, Area::Nominal).expect("areas");
        let mut areas = vec![0.0; grid.width * grid.height];
        for (row, areas) in areas.chunks_mut(grid.width).enumerate() {
            nominal.row_m2(row, 0..grid.width, areas);
        }
        Some(Self {
            name: case["name"].as_str()?.to_owned(),
            expected: case["expected"].clone(),
            grid,
            path,
            areas,
            values: numbers(&inputs["values"]),
            _folder: folder,
        })
    }

    fn set(&self, rule: CellRule) -> ZoneSet {
        let spec = vector_spec("set", &self.path, rule);
        open(&[spec], &self.grid).expect("opened").remove(0)
    }

    /// Compares what tables say of each zone; how many numbers that were.
    fn compare_tables(&self, set: &ZoneSet, word: &str) -> usize {
        let found = shares(set, self.grid.window());
        let mut n = 0;
        for (label, expected) in self.expected[word].as_object().expect("zones") {
            let zone = set.labels.iter().position(|known| known == label);
            for (column, found) in table(&found[zone.expect(label)], &self.areas, &self.values) {
                let what = format!("{} {word} {label} {column}", self.name);
                close(found, &expected[column], 1e-6, &what);
                n += 1;
            }
        }
        n
    }
}

#[test]
fn zones_have_the_codes_shares_and_means_of_other_programs() {
    let mut n = 0;
    for case in golden().iter().filter_map(Case::of) {
        let (name, expected) = (&case.name, &case.expected);
        for (row, area) in case.areas.chunks(case.grid.width).enumerate() {
            close(area[0], &expected["cell_area_m2"][row], 1e-7, name);
        }
        let centres = case.set(CellRule::Centre);
        n += case.compare_tables(&centres, "centre");
        let codes = read(&centres, case.grid.window()).0;
        let codes: Vec<f64> = codes
            .iter()
            .map(|&code| f64::from(code.wrapping_add(1)))
            .collect();
        assert_eq!(codes, numbers(&expected["centre_codes"]), "{name}");
        let fractions = case.set(CellRule::Fraction);
        n += case.compare_tables(&fractions, "fraction");
        for (label, found) in fractions
            .labels
            .iter()
            .zip(shares(&fractions, case.grid.window()))
        {
            for (found, expected) in found.iter().zip(numbers(&expected["coverage"][label])) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{name} {label}: {found} {expected}"
                );
            }
        }
    }
    assert!(n >= 90, "only {n} numbers were compared");
}

#[test]
fn areas_on_the_ellipsoid_are_those_of_pyproj() {
    let case = golden()
        .into_iter()
        .find(|case| case["name"] == "zones_ellipsoid_area")
        .expect("the case");
    let corners = case["inputs"]["top_left"]
        .as_array()
        .expect("corners")
        .clone();
    for (corner, expected) in corners.iter().zip(numbers(&case["expected"]["area_m2"])) {
        let (x, y) = (numbers(corner)[0], numbers(corner)[1]);
        // The pixel is first a node of the lattice, then between nodes.
        for (at, before) in [(0, 0.0), (100, 100.0)] {
            let transform = [
                x - before * 500.0,
                500.0,
                0.0,
                y + before * 500.0,
                0.0,
                -500.0,
            ];
            let grid = grid("EPSG:32648", transform, [130, 130]);
            let areas = PixelAreas::new(&grid, Area::Ellipsoid).expect("areas");
            let mut row = [0.0; 130];
            areas.row_m2(at, 0..130, &mut row);
            let error = (row[at] / expected - 1.0).abs();
            assert!(error < 1e-8, "{x} {y}: {} {expected}", row[at]);
            let mut one = [0.0];
            areas.row_m2(at, at..at + 1, &mut one);
            assert_eq!(one[0], row[at]);
        }
    }
}

#[test]
fn an_equal_area_grid_and_a_geographic_one_have_the_same_areas_either_way() {
    // MODIS' sinusoidal grid is on a sphere; its nominal area is what it means.
    let modis = "+proj=sinu +lon_0=0 +R=6371007.181 +units=m +no_defs";
    let side = 463.312_716_5;
    for (crs, transform) in [
        (modis, [1.0e7, side, 0.0, 2.8e6, 0.0, -side]),
        ("EPSG:6933", [1.0e7, side, 0.0, 2.8e6, 0.0, -side]),
        ("EPSG:4326", [105.0, 0.1, 0.0, 25.0, 0.0, -0.1]),
    ] {
        let grid = grid(crs, transform, [70, 70]);
        let [mut nominal, mut true_area] = [[0.0; 70]; 2];
        for (area, row) in [
            (Area::Nominal, &mut nominal),
            (Area::Ellipsoid, &mut true_area),
        ] {
            PixelAreas::new(&grid, area)
                .expect("areas")
                .row_m2(69, 0..70, row);
        }
        for (a, b) in nominal.iter().zip(true_area) {
            assert!((a / b - 1.0).abs() < 1e-8, "{crs}: {a} {b}");
        }
    }
}

/// A study of pixels of a unit, without a reference system.
fn plain(size: [usize; 2]) -> Grid {
    grid("", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], size)
}

fn vector_spec(name: &str, path: &Path, rule: CellRule) -> ZoneSpec {
    let file = ZoneFile {
        path: path.to_owned(),
        field: Some("name".to_owned()),
        ..ZoneFile::default()
    };
    file_spec(name, file, rule)
}

fn file_spec(name: &str, file: ZoneFile, rule: CellRule) -> ZoneSpec {
    ZoneSpec {
        name: name.to_owned(),
        source: ZoneSource::File(file),
        rule,
    }
}

/// Polygons in a plain grid, one a zone.
fn plain_zones(shapes: &[(&str, &str)], rule: CellRule, size: [usize; 2]) -> ZoneSet {
    let folder = Folder::new();
    let path = folder.polygons("zones.geojson", None, shapes);
    // A file without a reference system: GeoJSON has one by default.
    let spec = vector_spec("set", &path, rule);
    open(&[spec], &plain(size)).expect("opened").remove(0)
}

#[test]
fn a_centre_on_a_shared_edge_is_in_one_zone() {
    // Four squares whose edges run through the centres of pixels.
    let square = |x: f64, y: f64| {
        format!(
            "POLYGON (({x} {y}, {} {y}, {} {}, {x} {}, {x} {y}))",
            x + 2.0,
            x + 2.0,
            y + 2.0,
            y + 2.0
        )
    };
    let corners = [(0.5, 0.5), (2.5, 0.5), (0.5, 2.5), (2.5, 2.5)];
    let shapes = corners.map(|(x, y)| square(x, y));
    let named: Vec<(&str, &str)> = ["a", "b", "c", "d"]
        .into_iter()
        .zip(shapes.iter().map(String::as_str))
        .collect();
    let set = plain_zones(&named, CellRule::Centre, [6, 6]);
    assert_eq!(set.notes.pixels, [4, 4, 4, 4]);
    assert_eq!(set.notes.claimed_twice, 0);
    // What is left of an edge has it, and what is below: the first square begins behind column 0, at row 0.
    let codes = read(&set, plain([6, 6]).window()).0;
    assert_eq!(codes[..6], [NO_ZONE, 0, 0, 1, 1, NO_ZONE]);
}

#[test]
fn windows_of_any_cut_have_the_codes_and_parts_of_the_whole() {
    let ring = |n: usize, x: f64, y: f64, r: f64| {
        let corner = |i: usize| {
            let angle = i as f64 / n as f64 * std::f64::consts::TAU;
            let r = r * (1.0 + 0.3 * ((i * 7919) % 13) as f64 / 13.0);
            format!("{} {}", x + r * angle.cos(), y + r * angle.sin())
        };
        let corners: Vec<String> = (0..n).chain([0]).map(corner).collect();
        format!("POLYGON (({}))", corners.join(", "))
    };
    let shapes = [
        ring(60, 20.2, 18.7, 14.0),
        ring(25, 33.1, 30.4, 11.0),
        ring(9, 8.0, 40.0, 5.0),
    ];
    let named: Vec<(&str, &str)> = ["a", "b", "c"]
        .into_iter()
        .zip(shapes.iter().map(String::as_str))
        .collect();
    for rule in RULES {
        let size = [53, 47];
        let set = plain_zones(&named, rule, size);
        let whole = shares(&set, plain(size).window());
        for (height, width) in [(1, 53), (47, 1), (5, 7), (16, 16)] {
            for row in (0..47).step_by(height) {
                for col in (0..53).step_by(width) {
                    let window = Window {
                        row,
                        col,
                        height: height.min(47 - row),
                        width: width.min(53 - col),
                    };
                    for (zone, part) in shares(&set, window).iter().enumerate() {
                        for (pixel, share) in part.iter().enumerate() {
                            let at = (row + pixel / window.width) * 53 + col + pixel % window.width;
                            assert_eq!(*share, whole[zone][at]);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn both_wings_of_a_bow_tie_count_and_it_is_reported() {
    let bow_tie = "POLYGON ((1 1, 5 5, 5 1, 1 5, 1 1))";
    for rule in RULES {
        let set = plain_zones(&[("tie", bow_tie)], rule, [7, 7]);
        assert_eq!(set.notes.mended, 1);
        let area: f64 = shares(&set, plain([7, 7]).window())[0].iter().sum();
        if rule == CellRule::Fraction {
            // Two triangles of 4 x 2.
            assert!((area - 8.0).abs() < 1e-9, "{area}");
        }
        assert!(
            set.sentences()
                .iter()
                .any(|text| text.contains("crosses itself"))
        );
    }
}

#[test]
fn features_of_one_label_are_one_zone_whose_overlap_counts_once() {
    let shapes = [
        ("a", "POLYGON ((1 1, 4 1, 4 3.5, 1 3.5, 1 1))"),
        ("b", "POLYGON ((6 6, 7 6, 7 7, 6 7, 6 6))"),
        ("a", "POLYGON ((3 1, 6 1, 6 3.5, 3 3.5, 3 1))"),
    ];
    let set = plain_zones(&shapes, CellRule::Fraction, [8, 8]);
    assert_eq!(set.labels, ["a", "b"]);
    let area: f64 = shares(&set, plain([8, 8]).window())[0].iter().sum();
    assert!((area - 12.5).abs() < 1e-9, "{area}");
    assert_eq!((set.notes.mended, set.notes.claimed_twice), (0, 0));
    let set = plain_zones(&shapes, CellRule::Centre, [8, 8]);
    // The centres of row 3 are on the lower edge, and belong to what is below.
    assert_eq!(set.notes.pixels, [10, 1]);
}

#[test]
fn by_centres_the_later_feature_wins_whichever_zone_came_first() {
    let shapes = [
        ("a", "POLYGON ((0 0, 3 0, 3 1, 0 1, 0 0))"),
        ("b", "POLYGON ((1 0, 4 0, 4 1, 1 1, 1 0))"),
        ("a", "POLYGON ((3 0, 5 0, 5 1, 3 1, 3 0))"),
    ];
    let set = plain_zones(&shapes, CellRule::Centre, [6, 1]);
    let codes = read(&set, plain([6, 1]).window()).0;
    assert_eq!(codes, [0, 1, 1, 0, 0, NO_ZONE]);
    assert_eq!(set.notes.claimed_twice, 3);
}

#[test]
fn labels_are_data_and_blank_ones_are_no_zone() {
    let square = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))";
    let labels = ["<b>x</b>", "a,\"b\"\nc", "=1+1", "", "0"];
    let shapes = labels.map(|label| (label, square));
    let set = plain_zones(&shapes, CellRule::Centre, [2, 2]);
    assert_eq!(set.labels, ["<b>x</b>", "a,\"b\"\nc", "=1+1", "0"]);
    assert_eq!(set.notes.unlabelled, 1);
}

#[test]
fn a_set_that_misses_the_grid_says_so() {
    let set = plain_zones(
        &[("far", "POLYGON ((50 50, 51 50, 51 51, 50 50))")],
        CellRule::Fraction,
        [3, 3],
    );
    assert!(set.notes.misses_grid());
    assert_eq!(
        read(&set, plain([3, 3]).window()),
        (vec![NO_ZONE; 9], vec![])
    );
    let said = set.sentences().join("\n");
    assert!(said.contains("misses the study grid"), "{said}");
}

/// An outline that reaches a billion pixels beyond the grid has fewer digits there; it is cut once where it crosses
/// itself, and no more.
#[test]
fn outlines_from_far_away_run() {
    let far = 1e9;
    let wkt = format!("POLYGON ((-{far} 0.1, {far} 4.1, {far} 0.1, -{far} 4.1, -{far} 0.1))");
    for rule in RULES {
        let set = plain_zones(&[("far", &wkt)], rule, [5, 5]);
        assert_eq!(set.notes.mended, 1);
    }
    // Left of the crossing, at column 0, and right of it: wedges that open by 4e-9 rows a column.
    let set = plain_zones(&[("far", &wkt)], CellRule::Fraction, [5, 5]);
    let sum: f64 = shares(&set, plain([5, 5]).window())[0].iter().sum();
    assert!(sum < 1e-6, "{sum}");
}

#[test]
fn a_window_beyond_the_grid_has_no_zone_there() {
    let square = "POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))";
    let set = plain_zones(&[("a", square)], CellRule::Centre, [3, 3]);
    let window = Window {
        row: 2,
        col: 2,
        height: 2,
        width: 2,
    };
    assert_eq!(read(&set, window).0, [0, NO_ZONE, NO_ZONE, NO_ZONE]);
}

/// Files that cannot be zones, each with words of its error.
fn wrong_files(folder: &Folder, at: [f64; 6], size: [usize; 2]) -> Vec<(ZoneFile, &'static str)> {
    let square = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))";
    let good = folder.polygons("good.geojson", Some("EPSG:4326"), &[("a", square)]);
    let points = folder.polygons("points.geojson", Some("EPSG:4326"), &[("a", "POINT (0 0)")]);
    let empty = folder.polygons("empty.geojson", Some("EPSG:4326"), &[]);
    let bare = folder.csv("bare.csv", &[("a", square)]);
    let floats = folder.raster::<f32>("floats.tif", "EPSG:4326", at, size, &[0.5; 4], None);
    let elsewhere = [10.0, 1.0, 0.0, 2.0, 0.0, -1.0];
    let bare_raster = folder.raster::<u8>("bare.tif", "", elsewhere, size, &[1; 4], None);
    let file = |path: &Path, change: fn(&mut ZoneFile)| {
        let mut file = ZoneFile {
            path: path.to_owned(),
            field: Some("name".to_owned()),
            ..ZoneFile::default()
        };
        change(&mut file);
        file
    };
    vec![
        (
            file(&folder.path("none.gpkg"), |_| ()),
            "there is no such file",
        ),
        (
            file(&good, |file| file.field = Some("nam".to_owned())),
            "did you mean `name`?",
        ),
        (file(&good, |file| file.field = None), "state the field"),
        (
            file(&good, |file| file.layer = Some("godo".to_owned())),
            "did you mean `good`?",
        ),
        (
            file(&good, |file| file.breaks = vec![1.0]),
            "`breaks` does not belong",
        ),
        (file(&points, |_| ()), "has point where zones are polygons"),
        (file(&empty, |_| ()), "has no features"),
        (file(&bare, |_| ()), "has no reference system"),
        (file(&floats, |file| file.field = None), "holds a quantity"),
        (file(&floats, |_| ()), "`field` does not belong"),
        (
            file(&bare_raster, |file| file.field = None),
            "has no reference system",
        ),
    ]
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let folder = Folder::new();
    let size = [2, 2];
    let at = [0.0, 1.0, 0.0, 2.0, 0.0, -1.0];
    let files = wrong_files(&folder, at, size);
    let mut specs: Vec<ZoneSpec> = Vec::new();
    for (i, (file, _)) in files.iter().enumerate() {
        specs.push(file_spec(
            &format!("set{i}"),
            file.clone(),
            CellRule::Centre,
        ));
    }
    let crossing = |name: &str, members: &[&str]| ZoneSpec {
        name: name.to_owned(),
        source: ZoneSource::Cross(owned(members)),
        rule: CellRule::Centre,
    };
    // What is wrong with a member is said once.
    specs.push(crossing("of_failed", &["set0", "set1"]));
    specs.push(crossing("unknown", &["set99", "set98"]));
    let errors = open(&specs, &grid("EPSG:4326", at, size)).expect_err("all are wrong");
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), files.len() + 1, "{}", said.join("\n"));
    for (i, (file, words)) in files.iter().enumerate() {
        let path = file.path.display().to_string();
        let is_whole = said[i].contains(words) && said[i].contains(&path);
        assert!(
            is_whole && said[i].contains(&format!("zones.set{i}")),
            "{words:?} in {}",
            said[i]
        );
    }
    let last = &said[files.len()];
    assert!(last.contains("there is no set `set99`"), "{last}");
    assert!(errors.last().is_some_and(ZoneError::is_of_the_study_file));
}
