//! Field data as they come.

use std::fs;
use std::path::Path;
use std::process::Command;

use doline::sinks::RasterRead;
use doline::sites::{
    FieldTable, Measured, RecordRequest, SiteColumns, SiteVariable, When, records,
};

use crate::data::real;

/// Counts and sum by Python's `csv` module and `float`.
pub(crate) fn the_soil_respiration_database_is_read_whole() {
    let table = FieldTable::open(&real("srdb/srdb-data_2024.csv")).unwrap();
    let names = [
        ("lon", "Longitude"),
        ("lat", "Latitude"),
        ("year", "Study_midyear"),
        ("rs", "Rs_annual"),
        ("rh", "Rh_annual"),
    ];
    let names = names.map(|(word, name)| (word.to_owned(), name.to_owned()));
    let text = |text: &str| vec![text.to_owned()];
    let request = RecordRequest {
        columns: SiteColumns::from_names(&names),
        keep: vec![
            ("Manipulation".to_owned(), text("None")),
            ("Region".to_owned(), text("Guangxi")),
        ],
        unit: None,
    };
    let records = records(&table, &request, When::Year).unwrap();
    assert_eq!((table.rows().len(), records.len()), (12_272, 2 * 12_272));
    let values = |variable, is_kept: bool| -> Vec<f64> {
        let of = records
            .iter()
            .filter(|record| record.variable == Some(variable));
        let kept = of.filter(|record| record.is_kept || !is_kept);
        let values = kept.filter_map(|record| match record.measured {
            Measured::Value(value) => Some(value),
            Measured::Missing | Measured::NotANumber => None,
        });
        values.collect()
    };
    let rs = values(SiteVariable::Rs, false);
    assert_eq!(rs.len(), 6763);
    assert!((rs.iter().sum::<f64>() / 6_015_944.480_772_526 - 1.0).abs() < 1e-12);
    assert_eq!(values(SiteVariable::Rh, false).len(), 1330);
    assert_eq!(
        values(SiteVariable::Rs, true),
        [377.0, 456.0, 622.0, 1816.0, 1022.72, 901.55]
    );
    assert_eq!(values(SiteVariable::Rh, true), [1249.0, 746.46]);
    assert!(
        records
            .iter()
            .all(|record| record.measured != Measured::NotANumber)
    );
}

/// Rows of a table of a run, each cell by its column; no cell has a comma of its own.
fn rows_of(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(1);
    lines
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect()
}

/// The whole database beside a run of the sample, which lies over Guangxi: every row comes back, and those of Guangxi have
/// what the stacks have at their pixels. The sample is made up, so that nothing is said of how well they agree.
pub(crate) fn the_soil_respiration_database_is_paired_with_a_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("out");
    let file = real("srdb/srdb-data_2024.csv");
    let output = Command::new(env!("CARGO_BIN_EXE_doline"))
        .arg("run")
        .arg(root.join("data-samples/guangxi/study.toml"))
        .args(["--device", "cpu", "--out"])
        .arg(&out)
        .args(["--set", &format!("sites.file=\"{}\"", file.display())])
        .args([
            "--set",
            "sites.columns={ lon = \"Longitude\", lat = \"Latitude\", year = \"Study_midyear\", rs = \"Rs_annual\", \
             rh = \"Rh_annual\" }",
        ])
        .args(["--set", "sites.where={ Manipulation = \"None\" }"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let rows = rows_of(&out.join("tables/sites.csv"));
    assert_eq!(rows.len(), 2 * 12_272);
    assert!((0..rows.len()).all(|k| rows[k][8] == (k / 2 + 1).to_string()));
    let npp = gdal::Dataset::open(root.join("data-samples/guangxi/npp/npp_2001.tif")).unwrap();
    let (t, (width, height)) = (npp.geo_transform().unwrap(), npp.raster_size());
    let stacks = ["rs", "rh"].map(|name| {
        let path = out.join(format!("stacks/{name}.tif"));
        RasterRead::open(&path).unwrap().values
    });
    let (mut n_inside, mut n_used) = (0, [0, 0]);
    for row in &rows {
        let number = |cell: &str| cell.parse::<f64>().ok();
        let (Some(x), Some(y)) = (number(&row[0]), number(&row[1])) else {
            assert!(row[6] != "used", "{row:?}");
            continue;
        };
        let (col, line) = (((x - t[0]) / t[1]).floor(), ((y - t[3]) / t[5]).floor());
        let is_inside = (0.0..width as f64).contains(&col) && (0.0..height as f64).contains(&line);
        n_inside += usize::from(is_inside);
        if row[6] != "used" {
            let is_outside = row[6] == "outside grid";
            assert!(!is_outside || !is_inside, "{row:?}");
            continue;
        }
        assert!(is_inside, "{row:?}");
        let variable = usize::from(row[3] == "rh");
        n_used[variable] += 1;
        let year = number(&row[2]).unwrap() - 2001.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "inside the grid and the study"
        )]
        let value = stacks[variable][year as usize][line as usize * width + col as usize];
        assert!((number(&row[5]).unwrap() - value).abs() < 1e-9, "{row:?}");
    }
    assert!(
        n_inside > 20,
        "{n_inside} rows of the database lie on the grid"
    );
    assert!(n_used[0] > 0, "{n_used:?}");
    let validation = rows_of(&out.join("tables/validation.csv"));
    for (variable, n) in ["rs", "rh"].iter().zip(n_used) {
        let of_all = validation
            .iter()
            .find(|row| row[0] == *variable && row[9] == "all");
        assert_eq!(of_all.map_or(0, |row| row[1].parse().unwrap()), n);
    }
}
