//! Field data of whole runs: every row comes back, with what the written stacks have at its pixel, the same for every cut;
//! and what is wrong with a table of field data.
#![cfg(feature = "cli")]
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    reason = "a test stops at the first surprise, and maps are small"
)]

#[path = "support/made.rs"]
mod made;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use doline::sinks::RasterRead;
use made::{HEIGHT, WIDTH, doline, study};

const FIRST_YEAR: usize = 2001;

/// Runs the study into `out` and gives what it printed.
fn run(place: &Path, out: &str, sets: &[&str], more: &[&str]) -> [String; 2] {
    let out = place.join(out);
    let out = out.to_str().expect("a path");
    let (code, said, wrong) = doline(place, "run", sets, &[&["--out", out], more].concat());
    assert_eq!(code, 0, "{wrong}");
    [said, wrong]
}

fn tables(place: &Path, out: &str) -> [String; 2] {
    ["sites", "validation"].map(|name| {
        let path = place.join(out).join(format!("tables/{name}.csv"));
        fs::read_to_string(path).expect("a table")
    })
}

/// The middle of a pixel.
fn middle(place: &Path, row: usize, col: usize) -> [f64; 2] {
    let file = place.join("npp/npp_2001.tif");
    let t = gdal::Dataset::open(file)
        .expect("a map")
        .geo_transform()
        .expect("a place");
    [
        t[0] + (col as f64 + 0.5) * t[1],
        t[3] + (row as f64 + 0.5) * t[5],
    ]
}

/// Sites on a lattice, with pixels at the borders of tiles of 16 x 64, and rows that cannot be used.
fn field_data(place: &Path) -> (Vec<(usize, usize, usize)>, String) {
    let mut sites = Vec::new();
    let mut text =
        "Site,Longitude,Latitude,Study_midyear,Rs_annual,Rh_annual,Manipulation\n".to_owned();
    for (k, row) in (0..HEIGHT).step_by(5).enumerate() {
        for col in [0, 62, 63, 64, 65, 127, 128, WIDTH - 1] {
            let year = FIRST_YEAR + (3 * k + col) % 20;
            let [x, y] = middle(place, row, col);
            let rs = 500 + 13 * row + col;
            let rh = if col == 64 {
                String::new()
            } else {
                (rs / 2).to_string()
            };
            sites.push((row, col, year));
            writeln!(text, "\"s {row}, {col}\",{x},{y},{year}.5,{rs},{rh},None").expect("a text");
        }
    }
    let [x, y] = middle(place, 30, 64);
    let here = format!("{x},{y}");
    for row in [
        "far,12.5,48.1,2005,800,400,None".to_owned(),
        format!("early,{here},1999,800,400,None"),
        format!("word,{here},2005,high,NA,None"),
        format!("burnt,{here},2005,800,400,Burned"),
    ] {
        writeln!(text, "{row}").expect("a text");
    }
    (sites, text)
}

const COLUMNS: [&str; 3] = [
    "sites.file=\"field.csv\"",
    "sites.columns={ lon = \"Longitude\", lat = \"Latitude\", year = \"Study_midyear\", rs = \"Rs_annual\", rh = \
     \"Rh_annual\" }",
    "sites.where={ Manipulation = \"None\" }",
];

/// A stack as `[year][pixel]`.
fn stack(place: &Path, out: &str, name: &str) -> Vec<Vec<f64>> {
    let path = place.join(out).join(format!("stacks/{name}.tif"));
    RasterRead::open(&path).expect("a stack").values
}

/// The mean of the valid pixels of a window, and their number.
fn mean_around(values: &[f64], [row, col]: [usize; 2], reach: usize) -> (f64, usize) {
    let rows = row.saturating_sub(reach)..=(row + reach).min(HEIGHT - 1);
    let cols = col.saturating_sub(reach)..=(col + reach).min(WIDTH - 1);
    let pixels = rows.flat_map(|row| cols.clone().map(move |col| values[row * WIDTH + col]));
    let valid: Vec<f64> = pixels.filter(|value| value.is_finite()).collect();
    (valid.iter().sum::<f64>() / valid.len() as f64, valid.len())
}

/// What became of the rows of the lattice, by the written stacks; gives how many are used.
fn check_lattice(
    place: &Path,
    out: &str,
    sites: &[(usize, usize, usize)],
    lines: &[Vec<&str>],
    reach: usize,
) -> usize {
    let stacks = ["rs", "rh"].map(|name| stack(place, out, name));
    let mut n_used = 0;
    for (k, &(row, col, year)) in sites.iter().enumerate() {
        for (variable, values) in stacks.iter().enumerate() {
            let line = &lines[2 * k + variable];
            let (mean, n) = mean_around(&values[year - FIRST_YEAR], [row, col], reach);
            if n == 0 || line[4].is_empty() {
                assert_eq!(line[6], "no value", "{line:?}");
                continue;
            }
            n_used += 1;
            let n = n.to_string();
            assert_eq!((line[6], line[7]), ("used", n.as_str()), "{line:?}");
            let modelled: f64 = line[5].parse().expect("a number");
            assert!((modelled / mean - 1.0).abs() < 1e-12, "{line:?} {mean}");
        }
    }
    n_used
}

/// The statuses of the rows behind the lattice, each for Rs and Rh.
const STATUSES: [&str; 8] = [
    "outside grid",
    "outside grid",
    "outside years",
    "outside years",
    "not a number",
    "no value",
    "left out",
    "left out",
];

#[test]
fn every_row_comes_back_with_its_modelled_value_for_every_cut() {
    let place = study();
    let place = place.path();
    let (sites, text) = field_data(place);
    fs::write(place.join("field.csv"), &text).expect("field data");
    let n_rows = text.lines().count() - 1;
    for (window, reach) in [("sites.window=1", 0), ("sites.window=3", 1)] {
        let sets = [&COLUMNS[..], &[window]].concat();
        let out = &format!("out{reach}");
        let [said, _] = run(place, out, &sets, &["--tile", "80x192"]);
        assert!(said.contains("rs at ") && said.contains("RMSE"), "{said}");
        let [rows, validation] = tables(place, out);
        let lines = rows.lines().skip(1);
        let lines: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        // A row for each of both columns, in the order of the table.
        let numbers: Vec<String> = (0..2 * n_rows).map(|k| (k / 2 + 1).to_string()).collect();
        let written: Vec<&str> = lines.iter().map(|line| line[8]).collect();
        assert_eq!(written, numbers);
        let n_used = check_lattice(place, out, &sites, &lines, reach);
        assert!(n_used > sites.len(), "{n_used}");
        let behind = lines[2 * sites.len()..].iter().map(|line| line[6]);
        assert_eq!(behind.collect::<Vec<_>>(), STATUSES);
        let levels = validation.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {}", cells[0], cells[9])
        });
        let levels: Vec<String> = levels.collect();
        assert_eq!(levels, ["rs all", "rs site-mean", "rh all", "rh site-mean"]);
        // Windows reach over the borders of tiles.
        let (set, tile) = match reach {
            0 => ("output.layers=[\"npp_mean\"]", "48x128"),
            _ => ("engine.memory=\"64MiB\"", "16x64"),
        };
        let sets = [&sets[..], &[set]].concat();
        run(place, "other", &sets, &["--tile", tile]);
        assert_eq!(tables(place, "other"), [rows, validation], "{tile}");
    }
}

#[test]
fn a_mask_and_means_of_all_years_hold_for_sites() {
    let place = study();
    let place = place.path();
    let mask = RasterRead::open(&place.join("zones/karst.tif")).expect("a mask");
    let mask = mask.values.concat();
    let mut text = "lon;lat;variable;value\n".to_owned();
    for pixel in (0..WIDTH * HEIGHT).step_by(97) {
        let [x, y] = middle(place, pixel / WIDTH, pixel % WIDTH);
        writeln!(text, "{x};{y};npp;600,5").expect("a text");
    }
    fs::write(place.join("field.csv"), text).expect("field data");
    let sets = [
        "sites.file=\"field.csv\"",
        "sites.when=\"mean\"",
        "grid.mask=\"zones/karst.tif\"",
    ];
    run(place, "out", &sets, &[]);
    let mean = place.join("out/maps/npp_mean.tif");
    let mean = RasterRead::open(&mean).expect("a map").values.concat();
    let [rows, _] = tables(place, "out");
    let mut seen = [0, 0];
    for (line, pixel) in rows.lines().skip(1).zip((0..WIDTH * HEIGHT).step_by(97)) {
        let cells: Vec<&str> = line.split(',').collect();
        let is_inside = mask[pixel] == 1.0;
        seen[usize::from(is_inside)] += 1;
        let expected = match (is_inside, mean[pixel].is_finite()) {
            (false, _) => "outside mask",
            (true, true) => "used",
            (true, false) => "no value",
        };
        assert_eq!(cells[6], expected, "{line}");
        if expected == "used" {
            let modelled: f64 = cells[5].parse().expect("a number");
            assert!((modelled / mean[pixel] - 1.0).abs() < 1e-6, "{line}");
        }
    }
    assert!(seen.iter().all(|n| *n > 10), "{seen:?}");
}

#[test]
fn what_is_wrong_with_field_data_is_told_with_all_else() {
    let place = study();
    let place = place.path();
    let (_, text) = field_data(place);
    fs::write(place.join("field.csv"), text).expect("field data");
    let check = |sets: &[&str]| doline(place, "check", sets, &[]);

    let (code, _, wrong) = check(&["sites.file=\"nothing.csv\"", "zones.rock.file=\"none.tif\""]);
    assert_eq!(code, 3, "{wrong}");
    for part in ["nothing.csv cannot be read", "none.tif"] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    let (code, _, wrong) = check(&[
        COLUMNS[0],
        "sites.columns={ lon = \"Longitud\", lat = \"Latitude\", year = \"Study_midyear\", rs = \"Rs\" }",
        "sites.where={ Treatment = \"None\" }",
        "inputs.soc.files=\"soil/none.tif\"",
    ]);
    assert_eq!(code, 3, "{wrong}");
    for part in [
        "no column `Longitud`; did you mean `Longitude`?",
        "no column `Rs`",
        "no column `Treatment`",
        "none.tif",
    ] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    // What the study file says wrongly.
    for (set, part) in [
        ("sites.units=\"degC\"", "sites.units"),
        ("sites.crs=\"EPSG:0\"", "sites.crs"),
        ("sites.window=5", "1 or 3"),
    ] {
        let (code, _, wrong) = check(&[&COLUMNS[..], &[set]].concat());
        assert_eq!(code, 2, "{set}: {wrong}");
        assert!(wrong.contains(part), "{set}: {wrong}");
    }
}

#[test]
fn field_data_that_pair_with_nothing_end_well_and_say_so() {
    let place = study();
    let place = place.path();
    let of = |text: &str, sets: &[&str]| {
        fs::write(place.join("field.csv"), text).expect("field data");
        let sets = [&[COLUMNS[0], "output.layers=[\"npp_mean\"]"][..], sets].concat();
        let [_, wrong] = run(place, "out", &sets, &[]);
        (tables(place, "out"), wrong)
    };
    let header = "lon,lat,year,variable,value\n";
    let ([rows, validation], wrong) = of(header, &[]);
    assert_eq!((rows.lines().count(), validation.lines().count()), (1, 1));
    assert!(wrong.contains("have no row below the header"), "{wrong}");

    let away = format!("{header}12,48,2005,rs,700\n");
    let ([rows, _], wrong) = of(&away, &[]);
    assert!(rows.contains("700,,outside grid,0,1"), "{rows}");
    assert!(wrong.contains("have no site on the study grid"), "{wrong}");

    let (_, wrong) = of(&away, &["sites.where={ variable = \"rh\" }"]);
    assert!(
        wrong.contains("no row with the texts of sites.where"),
        "{wrong}"
    );

    // Without NPP there is no NEP.
    let [x, y] = middle(place, 30, 64);
    let text = "[study]\nyears = [2001, 2020]\n[inputs.temperature]\nfiles = \"climate/temperature.tif\"\n\
         units = \"degC\"\n[inputs.precipitation]\nfiles = \"climate/precipitation.tif\"\n\
         units = \"mm month-1\"\n[inputs.soc]\nfiles = \"soil/soc.tif\"\nunits = \"kgC m-2\"\n";
    fs::write(place.join("study.toml"), text).expect("a study");
    fs::write(
        place.join("field.csv"),
        format!("{header}{x},{y},2005,nep,-100\n"),
    )
    .expect("field data");
    let sets = [COLUMNS[0], "output.layers=[\"rs_mean\"]"];
    let [_, wrong] = run(place, "no-npp", &sets, &[]);
    let [rows, _] = tables(place, "no-npp");
    assert!(rows.contains(",nep,-100,,no value,0,1"), "{rows}");
    let says = "[sites] has measurements of nep, which this study does not make";
    assert!(wrong.contains(says), "{wrong}");
}
