//! The geodetector against numbers of other programs, and on maps that no factor made.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise, and its maps are small"
)]

use std::collections::BTreeMap;

use doline::geodetector::{
    Detection, GeodetectorRow, Lattice, LatticeSamples, MAX_POINTS, NO_STRATUM, Settings,
    StratifiedSums, detect, geodetector_csv,
};
use doline::kernels::lib::random::{normal_deviate, random_bits};
use serde_json::Value;

/// A layer on a grid of some columns, with a stratum for each factor.
struct Map {
    width: usize,
    values: Vec<f64>,
    codes: Vec<Vec<u32>>,
}

impl Map {
    /// Sums in two parts, the second half first, and the lattice.
    fn gathered(&self, max_points: usize) -> (StratifiedSums, Lattice) {
        let mut samples = LatticeSamples::default();
        let mut sums_of = |pixels: std::ops::Range<usize>| {
            let mut sums = StratifiedSums::new(1);
            for pixel in pixels {
                let (value, codes) = (self.values[pixel], &self.codes[pixel]);
                let combination = sums.combination(codes);
                sums.add(combination, 0, value, 1);
                samples.offer(pixel / self.width, pixel % self.width, value, 1.0, codes);
            }
            sums
        };
        let half = self.values.len() / 2;
        let mut sums = sums_of(half..self.values.len());
        sums.merge(&sums_of(0..half));
        (sums, samples.finish(max_points))
    }

    fn detect(&self, factors: &[&str], max_points: usize, settings: &Settings) -> Detection {
        let (sums, lattice) = self.gathered(max_points);
        let factors: Vec<String> = factors.iter().map(|&name| name.to_owned()).collect();
        detect("y", &factors, &sums, 0, &lattice, settings)
    }
}

/// A case of `golden/places_geodetector.json` with these factors.
fn case(name: &str, factors: &[&str]) -> (Map, Value) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/places_geodetector.json"
    );
    let text = std::fs::read_to_string(path).expect("the golden cases");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let cases = all["cases"].as_array().expect("cases");
    let case = cases.iter().find(|case| case["name"] == name).expect(name);
    let list = |of: &str| case["inputs"][of].as_array().expect(of).clone();
    let values: Vec<f64> = list("y").iter().map(|y| y.as_f64().expect("y")).collect();
    let mut codes = vec![Vec::new(); values.len()];
    for factor in factors {
        let mut numbers = BTreeMap::new();
        for (codes, label) in codes.iter_mut().zip(list(factor)) {
            let next = numbers.len() as u32;
            let label = label.as_str().expect("a label").to_owned();
            codes.push(*numbers.entry(label).or_insert(next));
        }
    }
    let width = 6;
    (
        Map {
            width,
            values,
            codes,
        },
        case["expected"].clone(),
    )
}

/// To 1e-8: decimals are kept in 32 bits, 1e-10 of a value, where a layer has 24; a p of 1e-7 moves by some thirty
/// times as much as its q.
fn close(ours: Option<f64>, expected: &Value, what: &str) {
    let expected = expected.as_f64().expect(what);
    let ours = ours.expect(what);
    assert!(
        (ours / expected - 1.0).abs() <= 1e-8,
        "{what}: {ours} {expected}"
    );
}

fn is_factor_as_expected(row: &GeodetectorRow, expected: &Value) {
    let test = row.test.expect("F");
    close(row.q, &expected["q"], "q");
    close(Some(test.f), &expected["f"], "F");
    close(Some(test.p), &expected["p_central"], "p");
    assert_eq!(Value::from(vec![test.df1, test.df2]), expected["df"]);
    assert_eq!(Value::from(row.strata), expected["strata"]);
}

#[test]
fn two_factors_and_their_interaction_are_those_of_r() {
    let (map, expected) = case("geodetector_two", &["rock", "cover"]);
    let found = map.detect(&["rock", "cover"], MAX_POINTS, &Settings::default());
    let [rock, cover, both] = &found.rows[..] else {
        panic!("{found:?}");
    };
    is_factor_as_expected(rock, &expected["rock"]);
    is_factor_as_expected(cover, &expected["cover"]);
    assert_eq!(
        (both.factor.as_str(), both.with.as_deref()),
        ("rock", Some("cover"))
    );
    close(both.q, &expected["interaction"]["q_ab"], "q of both");
    let word = both.interaction.expect("an interaction").as_str();
    assert_eq!(Value::from(word), expected["interaction"]["word"]);
    assert_eq!(both.pixels, 48);
}

#[test]
fn a_stratum_of_one_pixel_counts() {
    let (map, expected) = case("geodetector_singleton", &["cover"]);
    let found = map.detect(&["cover"], MAX_POINTS, &Settings::default());
    is_factor_as_expected(&found.rows[0], &expected["cover"]);
    // 20 pixels have no variogram.
    assert_eq!((found.rows[0].p_map, found.notes.len()), (None, 1));
}

#[test]
fn a_pair_has_one_set_of_pixels() {
    let (mut map, _) = case("geodetector_two", &["rock", "cover"]);
    for codes in &mut map.codes[..8] {
        codes[0] = NO_STRATUM;
    }
    for codes in &mut map.codes[5..10] {
        codes[1] = NO_STRATUM;
    }
    let found = map.detect(&["rock", "cover"], MAX_POINTS, &Settings::default());
    let pixels: Vec<u64> = found.rows.iter().map(|row| row.pixels).collect();
    assert_eq!(pixels, [40, 43, 38]);
}

/// A map of normal values whose correlation falls to 1/e within `length` pixels along rows and columns.
fn map_of_length(side: usize, length: f64, seed: u32) -> Map {
    /// Values before the map begins, so that it starts as it goes on.
    const BEFORE: usize = 40;
    let share = if length > 0.0 {
        (-1.0 / length).exp()
    } else {
        0.0
    };
    let new = (1.0 - share * share).sqrt();
    let full = side + BEFORE;
    let mut all: Vec<f64> = (0..full * full)
        .map(|k| normal_deviate::<f64>(|_| random_bits(k as u32, 1000, seed)))
        .collect();
    for k in (0..full * full).filter(|k| k % full > 0) {
        all[k] = share * all[k - 1] + new * all[k];
    }
    for k in full..full * full {
        all[k] = share * all[k - full] + new * all[k];
    }
    let pixels = (0..side * side).map(|k| (k / side, k % side));
    Map {
        width: side,
        values: pixels
            .clone()
            .map(|(row, col)| all[(row + BEFORE) * full + col + BEFORE])
            .collect(),
        codes: pixels
            .map(|(row, col)| vec![(row * 4 / side * 4 + col * 4 / side) as u32])
            .collect(),
    }
}

const FEW: Settings = Settings {
    surrogates: 99,
    seed: 7,
    pixel_km: [1.0, 1.0],
};

/// 16 square counties on maps that have nothing to do with them: the F test calls nearly all of them significant, the
/// random maps at most 8 %.
#[test]
fn counties_on_maps_of_their_own_are_seen_through() {
    const MAPS: u32 = 75;
    for length in [0.0, 1.5, 4.0, 7.0] {
        let (mut by_f, mut by_maps) = (0, 0);
        for seed in 0..MAPS {
            let map = map_of_length(36, length, seed);
            let found = map.detect(&["county"], 144, &FEW);
            let row = &found.rows[0];
            by_f += u32::from(row.test.expect("F").p < 0.05);
            by_maps += u32::from(row.p_map.expect("random maps") <= 0.05);
        }
        assert!(
            by_maps * 100 <= 8 * MAPS,
            "length {length}: {by_maps} of {MAPS}"
        );
        let is_fooled = by_f * 10 >= 9 * MAPS;
        assert_eq!(
            is_fooled,
            length > 0.0,
            "length {length}: F {by_f} of {MAPS}"
        );
    }
}

#[test]
fn counties_that_make_the_map_are_found() {
    for seed in 0..10 {
        let mut map = map_of_length(48, 4.0, seed);
        for (value, codes) in map.values.iter_mut().zip(&map.codes) {
            *value += 3.0 * f64::from(codes[0] * 7 % 16 % 4);
        }
        let found = map.detect(&["county"], 256, &FEW);
        let row = &found.rows[0];
        assert!(row.p_map.is_some_and(|p| p <= 0.05), "{row:?}");
        assert!(
            row.q > row.null_95 && row.null_95 > row.null_median,
            "{row:?}"
        );
    }
}

#[test]
fn threads_change_no_bit() {
    let map = map_of_length(40, 3.0, 1);
    let texts = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let found = pool
            .expect("threads")
            .install(|| map.detect(&["county"], 400, &FEW));
        geodetector_csv(&found.rows)
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn what_cannot_be_computed_is_empty_and_told() {
    let mut map = map_of_length(12, 2.0, 1);
    map.values.fill(4.5);
    map.codes
        .iter_mut()
        .for_each(|codes| *codes = vec![0, NO_STRATUM]);
    let found = map.detect(&["a,b", "none"], MAX_POINTS, &FEW);
    assert_eq!(
        geodetector_csv(&found.rows),
        "of,factor,with,q,f,df1,df2,p_f,null_median,null_95,p_map,range_km,strata,pixels,interaction\n\
         y,\"a,b\",,,,,,,,,,,1,144,\n"
    );
    let notes: Vec<String> = found.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "geodetector: y has 144 points on its lattice; random maps need 30 that differ",
            "geodetector: y has one value in all zones of a,b; there is no q",
            "geodetector: no pixel of y is in a zone of none; the row is left out",
            "geodetector: no pixel of y is in a zone of a,b and none; the row is left out",
        ]
    );
}
