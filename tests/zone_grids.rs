//! Zones that come from rasters, from other reference systems and from other sets; and many of them.
#![cfg(feature = "gdal")]
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    reason = "a test stops at the first surprise; grids are small"
)]

#[path = "support/places.rs"]
mod places;
mod support;

use std::path::Path;

use doline::grid::Grid;
use doline::zones::{
    CellRule, NO_ZONE, ZoneError, ZoneFile, ZoneSet, ZoneSource, ZoneSpec, open, open_within,
};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use places::{Folder, grid, owned};
use support::Random;

const UTM: &str = "EPSG:32648";
const DEGREES: &str = "EPSG:4326";

fn spec(name: &str, file: ZoneFile, rule: CellRule) -> ZoneSpec {
    ZoneSpec {
        name: name.to_owned(),
        source: ZoneSource::File(file),
        rule,
    }
}

fn vector(path: &Path) -> ZoneFile {
    ZoneFile {
        path: path.to_owned(),
        field: Some("name".to_owned()),
        ..ZoneFile::default()
    }
}

fn raster(path: &Path) -> ZoneFile {
    ZoneFile {
        path: path.to_owned(),
        ..ZoneFile::default()
    }
}

fn opened(file: ZoneFile, rule: CellRule, grid: &Grid) -> ZoneSet {
    open(&[spec("set", file, rule)], grid)
        .expect("opened")
        .remove(0)
}

/// The label of each pixel; empty where none is.
fn named(set: &ZoneSet, grid: &Grid) -> Vec<String> {
    let (mut codes, mut parts) = (Vec::new(), Vec::new());
    set.read(grid.window(), &mut codes, &mut parts);
    let label = |&code: &u32| match code {
        NO_ZONE => String::new(),
        code => set.labels[code as usize].clone(),
    };
    codes.iter().map(label).collect()
}

/// The share of each pixel that each zone has, `[zone][pixel]`.
fn shares(set: &ZoneSet, grid: &Grid) -> Vec<Vec<f64>> {
    let (mut codes, mut parts) = (Vec::new(), Vec::new());
    set.read(grid.window(), &mut codes, &mut parts);
    let mut shares = vec![vec![0.0; codes.len()]; set.labels.len()];
    for (pixel, &code) in codes.iter().enumerate() {
        if code != NO_ZONE {
            shares[code as usize][pixel] += 1.0;
        }
    }
    for part in parts {
        assert!(part.share > 0.0 && part.share <= 1.0, "{part:?}");
        shares[part.zone as usize][part.pixel as usize] += part.share;
    }
    shares
}

fn assert_close(found: &[f64], expected: &[f64], within: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= within,
            "{what}, pixel {i}: {a}, expected {b}"
        );
    }
}

/// Two rows of three pixels of 500 m.
fn small() -> Grid {
    grid(
        UTM,
        [500_000.0, 500.0, 0.0, 2_603_000.0, 0.0, -500.0],
        [3, 2],
    )
}

#[test]
fn every_code_but_0_and_nodata_is_a_zone_named_by_its_number() {
    let folder = Folder::new();
    let study = small();
    let codes = [300, -7, 0, 70_000, 300, -9999];
    let path = folder.raster::<i32>(
        "codes.tif",
        UTM,
        study.transform,
        [3, 2],
        &codes,
        Some(-9999.0),
    );
    for rule in [CellRule::Centre, CellRule::Fraction] {
        let set = opened(raster(&path), rule, &study);
        assert_eq!(set.labels, ["-7", "300", "70000"]);
        assert_eq!(named(&set, &study), ["300", "-7", "", "70000", "300", ""]);
        assert_eq!(set.notes.pixels, [1, 2, 1]);
    }
}

#[test]
fn labels_name_codes_and_others_are_no_zone() {
    let folder = Folder::new();
    let study = small();
    let path = folder.raster::<u8>(
        "codes.tif",
        UTM,
        study.transform,
        [3, 2],
        &[1, 2, 3, 4, 1, 0],
        None,
    );
    let label = |code: i64, text: &str| (code, text.to_owned());
    let file = ZoneFile {
        labels: vec![
            label(2, "not karst"),
            label(1, "karst"),
            label(4, "karst"),
            label(9, "none"),
            label(3, ""),
        ],
        ..raster(&path)
    };
    let set = opened(file, CellRule::Centre, &study);
    assert_eq!(set.labels, ["not karst", "karst", "none"]);
    assert_eq!(
        named(&set, &study),
        ["karst", "not karst", "", "karst", "karst", ""]
    );
    assert_eq!(
        (set.notes.unlabelled, &set.notes.pixels[..]),
        (1, &[1, 3, 0][..])
    );
    let said = set.sentences().join("\n");
    assert!(
        said.contains("zone \"none\" holds no pixel centre"),
        "{said}"
    );
}

#[test]
fn breaks_cut_a_quantity_into_classes_that_hold_their_lower_limit() {
    let folder = Folder::new();
    let study = small();
    let values = [299.9, 300.0, 600.0, f32::NAN, -9999.0, 450.0];
    let path = folder.raster::<f32>(
        "dem.tif",
        UTM,
        study.transform,
        [3, 2],
        &values,
        Some(-9999.0),
    );
    let file = ZoneFile {
        breaks: vec![300.0, 600.0],
        ..raster(&path)
    };
    let set = opened(file, CellRule::Centre, &study);
    assert_eq!(
        named(&set, &study),
        ["<300", "300-600", ">=600", "", "", "300-600"]
    );
}

#[test]
fn a_finer_raster_counts_by_the_cell_at_the_centre_or_by_shares() {
    let folder = Folder::new();
    let study = small();
    // Cells of 200 m from 100 m left of and above the study: the first pixel has parts of three by three cells.
    let at = [499_900.0, 200.0, 0.0, 2_603_100.0, 0.0, -200.0];
    let size = [9, 7];
    let codes: Vec<u8> = (0..63).map(|i| if i % 9 < 2 { 1 } else { 2 }).collect();
    let path = folder.raster::<u8>("fine.tif", UTM, at, size, &codes, None);
    let centres = opened(raster(&path), CellRule::Centre, &study);
    // The centre of the first pixel is at 250 m, in the cell from 100 to 300 m.
    assert_eq!(named(&centres, &study), ["1", "2", "2", "1", "2", "2"]);
    let fractions = opened(raster(&path), CellRule::Fraction, &study);
    // Code 1 reaches to 300 m: 3/5 of the first pixel.
    let found = shares(&fractions, &study);
    assert_close(&found[0], &[0.6, 0.0, 0.0, 0.6, 0.0, 0.0], 1e-9, "1");
    assert_close(&found[1], &[0.4, 1.0, 1.0, 0.4, 1.0, 1.0], 1e-9, "2");
}

#[test]
fn cells_outside_a_raster_and_without_a_code_have_no_share() {
    let folder = Folder::new();
    let study = small();
    // One row of cells of 1000 m over the upper half of the first row of pixels; the second has no code.
    let at = [500_000.0, 1000.0, 0.0, 2_603_750.0, 0.0, -1000.0];
    let path = folder.raster::<u8>("coarse.tif", UTM, at, [2, 1], &[5, 0], None);
    let set = opened(raster(&path), CellRule::Fraction, &study);
    let expected = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0];
    assert_close(&shares(&set, &study)[0], &expected, 1e-9, "5");
}

/// A boundary along a meridian, as a fine raster in degrees and as a polygon in degrees.
#[test]
fn a_raster_and_a_polygon_in_degrees_have_the_same_shares() {
    let folder = Folder::new();
    let study = grid(
        UTM,
        [640_000.0, 500.0, 0.0, 2_603_000.0, 0.0, -500.0],
        [24, 20],
    );
    let cell = 0.0005;
    let size = [400, 400];
    let at = [106.3, cell, 0.0, 23.6, 0.0, -cell];
    let codes: Vec<u8> = (0..160_000)
        .map(|i| if i % 400 < 250 { 1 } else { 2 })
        .collect();
    let fine = folder.raster::<u8>("fine.tif", DEGREES, at, size, &codes, None);
    let east = 106.3 + 250.0 * cell;
    let west = format!("POLYGON ((106.3 23.4, {east} 23.4, {east} 23.6, 106.3 23.6, 106.3 23.4))");
    let outline = folder.polygons("west.geojson", Some(DEGREES), &[("1", &west)]);
    let by_cells = opened(raster(&fine), CellRule::Fraction, &study);
    let by_outline = opened(vector(&outline), CellRule::Fraction, &study);
    let (cells, outline) = (shares(&by_cells, &study), shares(&by_outline, &study));
    assert!(
        outline[0]
            .iter()
            .any(|share| *share > 0.01 && *share < 0.99)
    );
    // Corners of pixels are right to 0.002 cells, a tenth of a pixel each.
    assert_close(&cells[0], &outline[0], 1e-3, "1");
    let sums: Vec<f64> = cells[0].iter().zip(&cells[1]).map(|(a, b)| a + b).collect();
    assert_close(&sums, &vec![1.0; sums.len()], 1e-6, "both");
}

#[test]
fn a_raster_around_the_globe_has_no_seam() {
    let folder = Folder::new();
    let global = [-180.0, 5.0, 0.0, 90.0, 0.0, -5.0];
    let codes: Vec<u8> = (0..72 * 36)
        .map(|i| u8::try_from(1 + i % 72).expect("a byte"))
        .collect();
    let path = folder.raster::<u8>("globe.tif", DEGREES, global, [72, 36], &codes, None);
    // From 2 degrees west of the seam on, and all around the globe.
    for (west, width) in [(178.0, 4), (-2.0, 360), (178.0, 360)] {
        let study = grid(DEGREES, [west, 1.0, 0.0, 10.0, 0.0, -1.0], [width, 3]);
        let set = opened(raster(&path), CellRule::Fraction, &study);
        let found = shares(&set, &study);
        let share_of = |zone: usize, pixel: usize| found[zone][pixel];
        for pixel in 0..width * 3 {
            let lon = west + (pixel % width) as f64 + 0.5;
            let cell = ((lon + 180.0).rem_euclid(360.0) / 5.0).floor() + 1.0;
            let zone = set
                .labels
                .iter()
                .position(|label| *label == format!("{cell}"));
            let share = share_of(zone.expect("a zone"), pixel);
            assert!(
                (share - 1.0).abs() < 1e-9,
                "{west} {width} {pixel}: {share}"
            );
        }
    }
}

#[test]
fn a_small_raster_does_not_reach_the_other_side_of_the_globe() {
    let folder = Folder::new();
    let at = [100.0, 1.0, 0.0, 5.0, 0.0, -1.0];
    let path = folder.raster::<u8>("small.tif", DEGREES, at, [20, 5], &[1; 100], None);
    let study = grid(DEGREES, [-180.0, 3.0, 0.0, 6.0, 0.0, -3.0], [120, 4]);
    let set = opened(raster(&path), CellRule::Fraction, &study);
    let sum: f64 = shares(&set, &study)[0].iter().sum();
    // 20 by 5 degrees of pixels of 9 square degrees.
    assert!((sum - 100.0 / 9.0).abs() < 1e-9, "{sum}");
}

#[test]
fn combinations_that_occur_are_zones_in_the_order_of_their_sets() {
    let folder = Folder::new();
    let study = small();
    let code = |name: &str, codes: &[u8; 6]| {
        raster(&folder.raster::<u8>(name, UTM, study.transform, [3, 2], codes, None))
    };
    let specs = [
        spec(
            "rock",
            code("rock.tif", &[2, 1, 1, 2, 0, 1]),
            CellRule::Centre,
        ),
        spec(
            "cover",
            code("cover.tif", &[5, 5, 3, 5, 5, 0]),
            CellRule::Centre,
        ),
        ZoneSpec {
            name: "both".to_owned(),
            source: ZoneSource::Cross(owned(&["rock", "cover"])),
            rule: CellRule::Centre,
        },
    ];
    let sets = open(&specs, &study).expect("opened");
    assert_eq!(sets[2].labels, ["1 x 3", "1 x 5", "2 x 5"]);
    assert_eq!(
        named(&sets[2], &study),
        ["2 x 5", "1 x 5", "1 x 3", "2 x 5", "", ""]
    );
}

#[test]
fn a_set_by_fractions_may_be_crossed_with_sets_by_centres_and_not_with_another() {
    let folder = Folder::new();
    let study = small();
    let codes = folder.raster::<u8>(
        "codes.tif",
        UTM,
        study.transform,
        [3, 2],
        &[1, 2, 1, 1, 1, 0],
        None,
    );
    let strip = "POLYGON ((500250 2602000, 501250 2602000, 501250 2603000, 500250 2603000, 500250 2602000))";
    let strip = folder.polygons("strip.geojson", Some(UTM), &[("strip", strip)]);
    let cross = |members: &[&str]| ZoneSpec {
        name: "both".to_owned(),
        source: ZoneSource::Cross(owned(members)),
        rule: CellRule::Centre,
    };
    let specs = [
        spec("strip", vector(&strip), CellRule::Fraction),
        spec("codes", raster(&codes), CellRule::Centre),
        cross(&["strip", "codes"]),
    ];
    let sets = open(&specs, &study).expect("opened");
    assert_eq!(sets[2].rule, CellRule::Fraction);
    assert_eq!(sets[2].labels, ["strip x 1", "strip x 2"]);
    let found = shares(&sets[2], &study);
    assert_close(&found[0], &[0.5, 0.0, 0.5, 0.5, 1.0, 0.0], 1e-9, "1");
    assert_close(&found[1], &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1e-9, "2");
    let specs = [
        spec("strip", vector(&strip), CellRule::Fraction),
        spec("again", vector(&strip), CellRule::Fraction),
        cross(&["strip", "again"]),
    ];
    let errors = open(&specs, &study).expect_err("two by fractions");
    assert!(errors[0].is_of_the_study_file(), "{}", errors[0]);
    assert!(
        errors[0].to_string().contains("`strip` and `again`"),
        "{}",
        errors[0]
    );
}

#[test]
fn a_straight_edge_in_degrees_is_the_curve_that_it_is_on_the_grid() {
    let folder = Folder::new();
    // 120 km of a parallel bend by more than a pixel of 100 m.
    let study = grid(
        UTM,
        [700_000.0, 100.0, 0.0, 2_600_000.0, 0.0, -100.0],
        [1200, 400],
    );
    let corners = [
        (106.99, 23.3),
        (107.99, 23.3),
        (107.99, 23.45),
        (106.99, 23.45),
        (106.99, 23.3),
    ];
    let wkt = |points: &[(f64, f64)]| {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
        format!("POLYGON (({}))", points.join(", "))
    };
    let rough = folder.polygons("rough.geojson", Some(DEGREES), &[("a", &wkt(&corners))]);
    // The same with 20,000 corners a side, in the coordinates of the grid.
    let system = |code: &str| {
        let mut system = SpatialRef::from_definition(code).expect("known");
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        system
    };
    let to_grid = CoordTransform::new(&system(DEGREES), &system(UTM)).expect("known");
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for pair in corners.windows(2) {
        for i in 0..20_000 {
            let share = f64::from(i) / 20_000.0;
            x.push(pair[0].0 + share * (pair[1].0 - pair[0].0));
            y.push(pair[0].1 + share * (pair[1].1 - pair[0].1));
        }
    }
    to_grid
        .transform_coords(&mut x, &mut y, &mut [])
        .expect("points");
    let mut points: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
    points.push(points[0]);
    let fine = folder.polygons("fine.geojson", Some(UTM), &[("a", &wkt(&points))]);
    let rough = shares(&opened(vector(&rough), CellRule::Fraction, &study), &study);
    let fine = shares(&opened(vector(&fine), CellRule::Fraction, &study), &study);
    assert_close(&rough[0], &fine[0], 1e-4, "a");
}

#[test]
fn outlines_meet_a_grid_of_other_longitudes() {
    let folder = Folder::new();
    let square = "POLYGON ((-101 1, -99 1, -99 3, -101 3, -101 1))";
    let path = folder.polygons("zones.geojson", Some(DEGREES), &[("a", square)]);
    let study = grid(DEGREES, [255.0, 1.0, 0.0, 4.0, 0.0, -1.0], [10, 4]);
    let set = opened(vector(&path), CellRule::Centre, &study);
    // Longitudes 259 to 261.
    let inside: Vec<usize> = named(&set, &study)
        .iter()
        .enumerate()
        .filter_map(|(pixel, label)| (label == "a").then_some(pixel))
        .collect();
    assert_eq!(inside, [14, 15, 24, 25]);
}

#[test]
fn curves_are_followed() {
    let folder = Folder::new();
    let circle = "CURVEPOLYGON (CIRCULARSTRING (10 20, 30 20, 10 20))";
    let path = folder.csv("circle.csv", &[("a", circle)]);
    let study = grid("", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [40, 40]);
    let set = opened(vector(&path), CellRule::Fraction, &study);
    let area: f64 = shares(&set, &study)[0].iter().sum();
    let expected = 100.0 * std::f64::consts::PI;
    // GDAL makes chords of 4 degrees: a thousandth less.
    assert!((area / expected - 1.0).abs() < 1.5e-3, "{area} {expected}");
}

/// A net of quadrilaterals with common corners that lie anywhere, on centres and edges of pixels too.
#[test]
fn zones_that_share_their_edges_fill_each_pixel_once() {
    let mut random = Random(7);
    let n = 12;
    let corners: Vec<Vec<(f64, f64)>> = (0..=n)
        .map(|row| {
            let mut at = |i: usize| {
                let shift = (random.uniform() * 16.0).round() / 8.0 - 1.0;
                if i == 0 || i == n { 0.0 } else { shift }
            };
            (0..=n)
                .map(|col| ((col * 4) as f64 + at(col), (row * 4) as f64 + at(row)))
                .collect()
        })
        .collect();
    let mut shapes = Vec::new();
    for row in 0..n {
        for col in 0..n {
            let around = [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)];
            let points: Vec<String> = around
                .map(|(down, right)| corners[row + down][col + right])
                .map(|(x, y)| format!("{x} {y}"))
                .to_vec();
            shapes.push((
                format!("{row}-{col}"),
                format!("POLYGON (({}))", points.join(", ")),
            ));
        }
    }
    let shapes: Vec<(&str, &str)> = shapes
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let folder = Folder::new();
    let path = folder.polygons("net.geojson", None, &shapes);
    let study = grid("", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [4 * n, 4 * n]);
    let centres = opened(vector(&path), CellRule::Centre, &study);
    assert!(
        named(&centres, &study)
            .iter()
            .all(|label| !label.is_empty())
    );
    assert_eq!(centres.notes.claimed_twice, 0);
    let fractions = opened(vector(&path), CellRule::Fraction, &study);
    let found = shares(&fractions, &study);
    for pixel in 0..16 * n * n {
        let sum: f64 = found.iter().map(|shares| shares[pixel]).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{pixel}: {sum}");
    }
    assert_eq!(fractions.notes.claimed_twice, 0);
}

/// Outlines that cross themselves many times: shares against centres of pixels sixty-four times as fine each way.
#[test]
fn shares_are_right_whatever_crosses() {
    let mut random = Random(11);
    for case in 0..12 {
        let n = 4 + 2 * case;
        let mut points: Vec<(f64, f64)> = (0..n)
            .map(|_| (10.0 * random.uniform() - 1.0, 10.0 * random.uniform() - 1.0))
            .collect();
        points.push(points[0]);
        let wkt = |scale: f64| {
            let points: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{} {}", x * scale, y * scale))
                .collect();
            format!("POLYGON (({}))", points.join(", "))
        };
        let folder = Folder::new();
        let coarse = folder.csv("coarse.csv", &[("a", &wkt(1.0))]);
        let fine = folder.csv("fine.csv", &[("a", &wkt(64.0))]);
        let plain = |side: usize| grid("", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [side, side]);
        let found = shares(
            &opened(vector(&coarse), CellRule::Fraction, &plain(8)),
            &plain(8),
        );
        let counted = shares(
            &opened(vector(&fine), CellRule::Centre, &plain(512)),
            &plain(512),
        );
        for (pixel, share) in found[0].iter().enumerate() {
            let (row, col) = (pixel / 8, pixel % 8);
            let rows = row * 64..(row + 1) * 64;
            let inside: f64 = rows
                .flat_map(|row| &counted[0][row * 512 + col * 64..][..64])
                .sum();
            // Each edge passes some 64 to 128 of the 4096 centres, and is off by half of a centre at most.
            let off = (share - inside / 4096.0).abs();
            assert!(
                off < 0.01,
                "case {case}, pixel {pixel}: {share} {}",
                inside / 4096.0
            );
        }
    }
}

#[test]
fn thirty_thousand_zones_run() {
    let squares: Vec<(String, String)> = (0..30_000)
        .map(|i| {
            let (x, y) = (f64::from(i % 200), f64::from(i / 200));
            let (e, s) = (x + 1.0, y + 1.0);
            let wkt = format!("POLYGON (({x} {y}, {e} {y}, {e} {s}, {x} {s}, {x} {y}))");
            (format!("zone {i}"), wkt)
        })
        .collect();
    let shapes: Vec<(&str, &str)> = squares
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let folder = Folder::new();
    let path = folder.csv("squares.csv", &shapes);
    let study = grid("", [0.0, 1.0, 0.0, 0.0, 0.0, 1.0], [200, 150]);
    let [centres, fractions] =
        [CellRule::Centre, CellRule::Fraction].map(|rule| opened(vector(&path), rule, &study));
    assert_eq!(centres.notes.pixels, vec![1; 30_000]);
    assert_eq!(named(&centres, &study), centres.labels);
    assert_eq!(named(&fractions, &study), centres.labels);
}

/// A raster in which every pixel is shared by two zones takes 16 bytes and more for each of them.
#[test]
fn zones_that_take_too_much_memory_are_refused_by_name() {
    let folder = Folder::new();
    let fine: Vec<u8> = (0..160_000_u32).map(|i| 1 + u8::from(i % 2 == 0)).collect();
    let at = [0.0, 0.5, 0.0, 200.0, 0.0, -0.5];
    let path = folder.raster("fine.tif", "", at, [400, 400], &fine, None);
    let study = grid("", [0.0, 1.0, 0.0, 200.0, 0.0, -1.0], [200, 200]);
    let file = ZoneFile {
        path: path.clone(),
        ..ZoneFile::default()
    };
    let by = |rule| spec("rock", file.clone(), rule);
    let both = ZoneSpec {
        name: "both".to_owned(),
        source: ZoneSource::Cross(owned(&["rock", "rock2"])),
        rule: CellRule::Centre,
    };
    let fractions = open(&[by(CellRule::Fraction)], &study).expect("room");
    let needed = fractions[0].bytes();
    assert!(needed > 16 * 200 * 200, "{needed}");
    let refused = |specs: &[ZoneSpec], most: usize| {
        let errors = open_within(specs, &study, most).expect_err("too large");
        assert!(errors.iter().all(ZoneError::is_of_the_study_file));
        errors[0].to_string()
    };
    let said = refused(&[by(CellRule::Fraction)], needed / 2);
    for words in [
        "zones.rock",
        "fine.tif",
        "engine.memory",
        "cells = \"centre\"",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // By centres a row of pixels is one run: what is too little for shares is more than enough.
    let centres = open_within(&[by(CellRule::Centre)], &study, needed / 2).expect("room");
    let mut second = by(CellRule::Centre);
    second.name = "rock2".to_owned();
    let sets = [by(CellRule::Fraction), second, both];
    // Room for both of them and not for their combinations.
    let said = refused(&sets, needed + centres[0].bytes() + 1000);
    assert!(said.contains("zones.both"), "{said}");
}
