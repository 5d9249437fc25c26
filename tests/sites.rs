//! Field data beside the map, against numbers of other programs.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise, and its maps are small"
)]

use std::path::Path;

use doline::calendar::Years;
use doline::grid::{Coordinates, Grid};
use doline::sites::{
    CellWindow, FieldTable, Level, Matching, Merge, Pair, RecordRequest, Samples, SiteRow,
    SiteVariable, Status, When, agreement, at_level, pair, pairs_of, pixel_of, read_csv, records,
    sites_csv, validate, validation_csv, wanted_pixels,
};
use proptest::prelude::*;
use serde_json::Value;

fn case(name: &str) -> (Value, Value, f64) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/places_sites.json"
    );
    let text = std::fs::read_to_string(path).expect("the golden cases");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let cases = all["cases"].as_array().expect("cases");
    let case = cases.iter().find(|case| case["name"] == name).expect(name);
    let rtol = case["rtol"].as_f64().expect("rtol");
    (case["inputs"].clone(), case["expected"].clone(), rtol)
}

fn list<'a>(value: &'a Value, what: &str) -> &'a Vec<Value> {
    value.as_array().expect(what)
}

/// The pairs of a case, those with a missing value left out.
fn pairs(inputs: &Value) -> Vec<Pair> {
    let (obs, modelled) = (list(&inputs["obs"], "obs"), list(&inputs["mod"], "mod"));
    let mut sites = Vec::new();
    let both = obs.iter().zip(modelled).enumerate();
    let pairs = both.filter_map(|(k, (obs, modelled))| {
        let name = inputs
            .get("site")
            .map_or_else(|| k.into(), |sites| sites[k].clone());
        let site = sites.iter().position(|of| *of == name).unwrap_or_else(|| {
            sites.push(name);
            sites.len() - 1
        });
        Some(Pair {
            site,
            year: Some(k as i32),
            measured: obs.as_f64()?,
            modelled: modelled.as_f64()?,
        })
    });
    pairs.collect()
}

/// Each number that a case expects, null as binding as any.
fn is_as_expected(pairs: &[Pair], expected: &Value, rtol: f64) {
    let of = agreement(pairs).expect("pairs");
    for (name, value) in expected.as_object().expect("expected") {
        let ours = match name.as_str() {
            "n" => Some(of.n as f64),
            "r" => of.r,
            "r2" => of.r2,
            "nse" => of.nse,
            "rmse" => Some(of.rmse),
            "mae" => Some(of.mae),
            "bias" => Some(of.bias),
            "pbias_percent" => of.pbias_percent,
            "slope" => of.slope,
            "intercept" => of.intercept,
            "ccc" | "ccc_epiR" => of.ccc,
            "kge" => of.kge,
            other => panic!("{other} is unknown"),
        };
        match (ours, value.as_f64()) {
            (None, None) => {}
            (Some(ours), Some(value)) => {
                assert!(
                    (ours - value).abs() <= rtol * value.abs(),
                    "{name}: {ours} {value}"
                );
            }
            different => panic!("{name}: {different:?}"),
        }
    }
}

#[test]
fn agreement_is_that_of_other_packages() {
    for name in [
        "validation_full",
        "validation_packages",
        "validation_constant",
    ] {
        let (inputs, expected, rtol) = case(name);
        is_as_expected(&pairs(&inputs), &expected, rtol);
    }
}

#[test]
fn the_levels_are_those_of_r() {
    let (inputs, expected, rtol) = case("validation_levels");
    let pairs = pairs(&inputs);
    let anomalies = agreement(&at_level(&pairs, Level::Anomaly)).expect("pairs");
    assert_eq!(
        (anomalies.pbias_percent, anomalies.kge),
        (None, None),
        "their mean is 0"
    );
    for (level, name) in [
        (Level::All, "all"),
        (Level::SiteMean, "site_mean"),
        (Level::Anomaly, "anomaly"),
    ] {
        is_as_expected(&at_level(&pairs, level), &expected[name], rtol);
    }
}

const YEAR: i32 = 2005;

/// A grid, and one year of Rs on it, missing where null.
struct Map {
    grid: Grid,
    values: Vec<Vec<Option<f64>>>,
}

impl Map {
    fn new(transform: [f64; 6], values: &Value) -> Self {
        let rows = list(values, "rows").iter();
        let values: Vec<Vec<Option<f64>>> = rows
            .map(|row| list(row, "a row").iter().map(Value::as_f64).collect())
            .collect();
        let grid = Grid {
            crs_wkt: String::new(),
            crs_name: String::new(),
            coordinates: Coordinates::Unknown,
            metres_per_unit: 1.0,
            transform,
            width: values[0].len(),
            height: values.len(),
        };
        Self { grid, values }
    }

    /// The rows of a long table of field data, by one year.
    fn rows(&self, table: &str, window: CellWindow) -> Vec<SiteRow> {
        let table = FieldTable::of_bytes(Path::new("field.csv"), table.as_bytes());
        let table = table.expect("a table");
        let request = RecordRequest::default();
        let records = records(&table, &request, When::Year).expect("records");
        let places: Vec<Option<[usize; 2]>> = records
            .iter()
            .map(|record| pixel_of(&self.grid, record.position?))
            .collect();
        let pixels = wanted_pixels(&places, window, &self.grid);
        let mut samples = Samples::new(pixels, vec![SiteVariable::Rs], 1);
        let here: Vec<(usize, usize)> = samples.pixels_in(self.grid.window()).collect();
        for (sample, pixel) in here {
            let value = self.values[pixel / self.grid.width][pixel % self.grid.width];
            let value = value.map_or(f32::NAN, |value| value as f32);
            samples.set(SiteVariable::Rs, sample, 0, value);
        }
        let matching = Matching {
            when: When::Year,
            window,
            years: Years {
                first: YEAR,
                last: YEAR,
            },
            min_years: 1,
        };
        let rows = pair(&records, &places, &samples, &matching);
        assert_eq!(rows.len(), table.rows().len(), "rows in, rows out");
        rows
    }
}

const HEADER: &str = "lon,lat,year,variable,value\n";
const WINDOWS: [(CellWindow, &str); 2] =
    [(CellWindow::One, "window1"), (CellWindow::Three, "window3")];

#[test]
fn sites_lie_in_the_pixels_of_the_worked_example() {
    let (inputs, expected, rtol) = case("site_pixels");
    let t: Vec<f64> = list(&inputs["transform"], "transform")
        .iter()
        .map(|number| number.as_f64().expect("a number"))
        .collect();
    // The case has the order of Python's affine: x0, width, 0, y0, 0, height.
    let map = Map::new([t[0], t[1], t[2], t[3], t[4], t[5]], &inputs["values"]);
    let sites = list(&inputs["sites"], "sites").iter();
    let table: String = std::iter::once(HEADER.to_owned())
        .chain(sites.map(|site| format!("{},{},{YEAR}.5,rs,100\n", site[0], site[1])))
        .collect();
    for (window, name) in WINDOWS {
        let rows = map.rows(&table, window);
        for (row, expected) in rows.iter().zip(list(&expected[name], name)) {
            assert_eq!(Value::from(row.status.as_str()), expected[1], "{row:?}");
            let modelled = expected[0].as_f64();
            assert_eq!(row.modelled.is_some(), modelled.is_some(), "{row:?}");
            let difference = row.modelled.unwrap_or(0.0) - modelled.unwrap_or(0.0);
            assert!(difference.abs() <= rtol * 1000.0, "{row:?} {expected}");
        }
    }
}

#[test]
fn windows_count_valid_cells_and_records_of_a_pixel_merge() {
    let (inputs, expected, _) = case("site_window");
    let map = Map::new([0.0, 1.0, 0.0, 3.0, 0.0, -1.0], &inputs["values"]);
    let records = list(&inputs["records"], "records").iter();
    let of_record = |of: &Value| format!("{},{},{},rs,{}\n", of[0], of[1], of[2], of[3]);
    let table: String = std::iter::once(HEADER.to_owned())
        .chain(records.map(of_record))
        .collect();
    for (window, name) in WINDOWS {
        let rows = map.rows(&table, window);
        let modelled: Vec<Option<f64>> = rows.iter().map(|row| row.modelled).collect();
        assert_eq!(Value::from(modelled), expected[name]);
        assert!(rows.iter().all(|row| row.cells == 1));
        assert_eq!(pairs_of(&rows, SiteVariable::Rs, Merge::None).len(), 2);
        let merged = pairs_of(&rows, SiteVariable::Rs, Merge::PixelYear);
        let measured: Vec<f64> = merged.iter().map(|pair| pair.measured).collect();
        assert_eq!(Value::from(measured), expected["merged_measured"]);
        assert_eq!(Value::from(merged.len()), expected["n_merged"]);
    }
    // The pixel in the middle is missing, and has two valid neighbours.
    let rows = map.rows(&format!("{HEADER}1.5,1.5,{YEAR},rs,1\n"), CellWindow::Three);
    assert_eq!((rows[0].modelled, rows[0].cells), (Some(20.0), 2));
}

#[test]
fn every_row_comes_back_with_what_became_of_it() {
    let values = serde_json::json!([[10.0, 20.0], [30.0, null]]);
    let map = Map::new([0.0, 1.0, 0.0, 2.0, 0.0, -1.0], &values);
    let table = format!(
        "{HEADER}0.5,1.5,2005,rs,12\n1.5,0.5,2005,rs,9\n9,9,2005,rs,9\n0.5,1.5,2009,rs,9\n0.5,1.5,2005,rs,high\n\
         0.5,1.5,2005,rs,\n0.5,1.5,2005,soil,4\n"
    );
    let rows = map.rows(&table, CellWindow::One);
    assert_eq!(
        sites_csv(&rows),
        "lon,lat,year,variable,measured,modelled,status,cells,row\n\
         0.5,1.5,2005,rs,12,10,used,1,1\n\
         1.5,0.5,2005,rs,9,,no value,0,2\n\
         9,9,2005,rs,9,,outside grid,0,3\n\
         0.5,1.5,2009,rs,9,,outside years,0,4\n\
         0.5,1.5,2005,rs,,,not a number,0,5\n\
         0.5,1.5,2005,rs,,,no value,0,6\n\
         0.5,1.5,2005,soil,4,,no value,0,7\n"
    );
    let validation = validate(&rows, When::Year, Merge::None);
    assert_eq!(
        validation_csv(&validation.rows),
        "variable,n,r,r2,nse,rmse,mae,bias,ccc,level,slope,intercept,kge,pbias,sites,r_low,r_high,bias_low,bias_high,\
         rmse_low,rmse_high\n\
         rs,1,,,,2,2,-2,,all,,,,-16.666666666666668,1,,,,,,\n\
         rs,1,,,,2,2,-2,,site-mean,,,,-16.666666666666668,1,,,,,,\n"
    );
    let notes: Vec<String> = validation.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "sites: records of other variables than rs, rh, npp, nep: 1",
            "sites: 1 of 6 records of rs are used (1 outside grid, 1 outside years, 2 no value, 1 not a number)",
            "sites: rs (all) has fewer than 5 sites (1), too few for intervals",
            "sites: rs (site-mean) has fewer than 5 sites (1), too few for intervals",
        ]
    );
    assert!(rows.iter().all(|row| row.status != Status::LeftOut));
}

#[test]
fn sites_that_are_all_outside_are_no_failure() {
    let map = Map::new([0.0, 1.0, 0.0, 2.0, 0.0, -1.0], &serde_json::json!([[1.0]]));
    let rows = map.rows(&format!("{HEADER}50,50,2005,rs,1\n"), CellWindow::Three);
    let validation = validate(&rows, When::Year, Merge::PixelYear);
    assert!(validation.rows.is_empty());
    assert_eq!(
        validation.notes[0].to_string(),
        "sites: 0 of 1 records of rs are used (1 outside grid)"
    );
}

proptest! {
    /// Whatever is in the cells, a table that is written with quotes is read as it was.
    #[test]
    fn a_table_is_read_as_it_was_written(
        rows in prop::collection::vec(prop::collection::vec("[a-c,;\t\"\r\n .é0-9]{0,6}", 3), 1..6),
        separator in prop::sample::select(vec![",", ";", "\t"]),
        end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(separator) + end;
        let text: String = rows.iter().map(line).collect();
        let read = read_csv(&text).expect("closed quotes");
        prop_assert_eq!(read.records, rows);
    }

    /// Any bytes are a table or an error, and every record of a table is a row.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let text = [b"lon,lat,year,variable,value\n", &bytes[..]].concat();
        if let Ok(table) = FieldTable::of_bytes(Path::new("field.csv"), &text) {
            let records = records(&table, &RecordRequest::default(), When::Year);
            prop_assert_eq!(records.expect("columns").len(), table.rows().len());
        }
    }
}
