//! `doline zonal`: tables of any stack, and those of a finished run again.
#![cfg(feature = "gdal")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "support/command.rs"]
mod command;
#[path = "support/csv.rs"]
mod csv;

use std::fs;
use std::path::{Path, PathBuf};

use command::{outcome, path, printed, sample};
use csv::{Row, number, rows, text};

fn table(out: &Path, name: &str) -> Vec<Row> {
    rows(&fs::read_to_string(out.join(format!("tables/{name}.csv"))).expect(name))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn a_stack_becomes_tables_and_no_map() {
    let dir = tempfile::tempdir().expect("a folder");
    let (npp, out) = (sample("npp/npp_{year}.tif"), path(&dir.path().join("out")));
    let (rock, measures) = (sample("zones/karst.tif"), sample("zones/measures.tif"));
    let stack = [
        "zonal",
        &npp,
        "--valid-range=-30000,32700",
        "--device",
        "cpu",
        "-o",
        &out,
    ];
    let zones = [
        "--zones",
        &format!("rock={rock}"),
        "--zones",
        &format!("m={measures}"),
        "--labels",
        "rock=1=karst",
        "--stage",
        "first=2001-2005",
        "--stage",
        "2006-2011",
        "--classes",
        &format!("cover={measures}"),
        "--labels",
        "cover=1=enclosure,8=none",
        "--json",
    ];
    let (stdout, _) = printed(&[&stack[..], &zones].concat());
    let record: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let tables = ["series", "trends", "phases", "zones", "stages", "classes"];
    let expected: Vec<String> = tables
        .iter()
        .map(|name| format!("tables/{name}.csv"))
        .collect();
    assert_eq!(record["tables"]["files"], serde_json::json!(expected));
    assert_eq!(record["stages"], serde_json::json!([]), "no kernel runs");
    assert!(!Path::new(&out).join("maps").exists() && !Path::new(&out).join("stacks").exists());
    let out = Path::new(&out);
    // The class raster is the zone raster: its areas are those of the zones, by either table.
    let classes = table(out, "classes");
    let area = |label: &str, set: &str, zone: &str| {
        let is_it = |row: &&Row| {
            [text(row, "label"), text(row, "zone_set"), text(row, "zone")] == [label, set, zone]
        };
        classes
            .iter()
            .find(is_it)
            .map(|row| number(row, "area_km2"))
    };
    assert_eq!(area("enclosure", "all", "all"), area("enclosure", "m", "1"));
    assert!(area("enclosure", "m", "1") > Some(0.0) && area("enclosure", "m", "8").is_none());
    let classes_found = classes.iter().map(|row| text(row, "class"));
    assert!(
        classes_found
            .clone()
            .all(|class| class == "1" || class == "8"),
        "others have no label"
    );
    let periods: Vec<String> = table(out, "trends")
        .iter()
        .filter(|row| text(row, "zone") == "karst")
        .map(|row| text(row, "period").to_owned())
        .collect();
    assert_eq!(periods, ["study", "first", "2006-2011"]);
}

#[test]
fn without_zones_there_is_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let (npp, out) = (sample("npp/npp_{year}.tif"), dir.path().join("out"));
    let (_, stderr) = printed(&[
        "zonal",
        &npp,
        "--years",
        "2001-2010",
        "--valid-range=-30000,32700",
        "--device",
        "cpu",
        "-o",
        &path(&out),
    ]);
    assert!(!stderr.contains("warning"), "{stderr}");
    let series = table(&out, "series");
    assert_eq!(series.len(), 10);
    assert!(
        series
            .iter()
            .all(|row| text(row, "zone_set") == "all" && text(row, "zone") == "all")
    );
    assert!(!out.join("tables/classes.csv").exists() && !out.join("tables/stages.csv").exists());
    // There is no map, and a page all the same.
    assert!(stderr.contains("doline report") && !out.join("report.html").exists());
    printed(&["report", &path(&out)]);
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    assert!(page.contains("id=\"chart_series\"") && page.contains("This run wrote no map"));
}

/// The page of a run has the numbers of its tables, and no others.
fn the_page_is_of_the_tables(out: &Path) {
    let page = fs::read_to_string(out.join("report.html")).expect("a page");
    let trends = table(out, "trends");
    let of_stage = |stage: &str| {
        let is_it = |row: &&Row| {
            [
                text(row, "zone"),
                text(row, "variable"),
                text(row, "period"),
            ] == ["all", "nep", stage]
        };
        trends.iter().find(is_it).expect("a row of the stage")
    };
    for stage in ["a", "b"] {
        let slope = text(of_stage(stage), "slope");
        assert!(
            page.contains(&format!("data-v=\"{slope}\"")),
            "{stage}: {slope}"
        );
    }
    let chart = page
        .split("\"stages\":{")
        .nth(1)
        .expect("the chart of stages");
    let chart = chart.split("]}").next().expect("an end");
    assert!(chart.contains("\"first\":2001,\"last\":2010") && !chart.contains("\"second\""));
    // The sets of the run are not there any more; its warnings still name them.
    let is_listed = |set: &str| page.contains(&format!("<td>{set}: "));
    assert!(is_listed("land"), "the zones of the tables");
    assert!(!is_listed("county"), "zones of the run");
}

/// The sample with a precipitation of its own, run into `out`.
fn finished_run(dir: &Path) -> PathBuf {
    let climate = dir.join("precipitation.tif");
    fs::copy(sample("climate/precipitation.tif"), &climate).expect("a copy");
    let study = fs::read_to_string(sample("study.toml")).expect("the study");
    let study = study
        .replace("climate/precipitation.tif", "precipitation.tif")
        .replace("\"npp/", &format!("\"{}", sample("npp/")))
        .replace("\"climate/", &format!("\"{}", sample("climate/")))
        .replace("\"soil/", &format!("\"{}", sample("soil/")))
        .replace("\"field.csv", &format!("\"{}", sample("field.csv")))
        .replace("\"zones/", &format!("\"{}", sample("zones/")));
    fs::write(dir.join("study.toml"), study).expect("a study");
    let out = dir.join("out");
    printed(&[
        "run",
        &path(&dir.join("study.toml")),
        "--device",
        "cpu",
        "-q",
        "-o",
        &path(&out),
    ]);
    out
}

#[test]
fn a_finished_run_gives_its_tables_again() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = finished_run(dir.path());
    let tables = [
        "series",
        "trends",
        "stages",
        "phases",
        "classes",
        "attribution",
        "zones",
        "effects",
        "events",
        "balance",
        "ranking",
        "geodetector",
        "sites",
        "validation",
    ];
    let bytes = |out: &Path, name: &str| -> Vec<String> {
        let text = fs::read_to_string(out.join(format!("tables/{name}.csv"))).expect(name);
        text.lines().map(str::to_owned).collect()
    };

    // With its own zones: the same bytes, although stacks and maps are read.
    let again = dir.path().join("again");
    let (_, stderr) = printed(&["zonal", &path(&out), "--device", "cpu", "-o", &path(&again)]);
    let warnings = stderr.lines().filter(|line| line.starts_with("warning: "));
    // The run itself says both.
    let of_run = |line: &&str| {
        line.ends_with("holds no pixel centre")
            || line.contains("measures: matched measure and control")
    };
    let others = warnings.filter(|line| !of_run(line));
    assert_eq!(others.count(), 0, "{stderr}");
    for name in tables.into_iter().filter(|name| *name != "zones") {
        assert!(bytes(&out, name) == bytes(&again, name), "{name}");
    }
    // What zones.csv has of the slopes of pixels is of the run alone: such maps are not made again.
    let (of_run, made_again) = (table(&out, "zones"), table(&again, "zones"));
    assert_eq!(of_run.len(), made_again.len());
    for (of_run, made_again) in of_run.iter().zip(&made_again) {
        for (column, cell) in of_run {
            let is_of_pixels = column.contains("slope_human") || column.starts_with("welch_");
            let expected = if is_of_pixels { "" } else { cell };
            assert_eq!(made_again[column], expected, "{column} of {of_run:?}");
        }
    }
    let expected = tables.len() + 2;
    assert_eq!(
        files_below(&again).len(),
        expected,
        "outlines and a record besides"
    );

    // With others, into its own folder: the run itself stays.
    let kept: Vec<(PathBuf, Vec<u8>)> = files_below(&out)
        .into_iter()
        .filter(|file| !file.starts_with(out.join("tables")) && !file.ends_with("report.html"))
        .map(|file| (file.clone(), fs::read(file).expect("a file")))
        .collect();
    let zones = format!("land={}", sample("zones/measures.tif"));
    let others = [
        "--zones",
        &zones,
        "--stage",
        "a=2001-2010",
        "--stage",
        "b=2011-2020",
    ];
    let (_, stderr) = printed(&[&["zonal", &path(&out), "--device", "cpu"][..], &others].concat());
    assert!(stderr.contains("report.html is made again"), "{stderr}");
    the_page_is_of_the_tables(&out);
    for (file, before) in kept {
        assert!(
            fs::read(&file).expect("still there") == before,
            "{}",
            file.display()
        );
    }
    assert!(out.join("tables/zonal.json").is_file());
    // Those of measures, factors and sites are of sets that the new zones are not.
    for name in &tables[..7] {
        let rows = table(&out, name);
        let sets = rows.iter().map(|row| text(row, "zone_set"));
        assert!(
            sets.clone().all(|set| set == "all" || set == "land")
                && sets.clone().any(|set| set == "land")
        );
    }
    // What rests on no zone is as it was, but for the order in which pixels are added up.
    let all = |out: &Path, name: &str| {
        let rows = table(out, name).into_iter();
        rows.filter(|row| text(row, "zone") == "all")
            .collect::<Vec<_>>()
    };
    for name in ["series", "classes", "attribution"] {
        let (found, before) = (all(&out, name), all(&again, name));
        assert_eq!(found.len(), before.len(), "{name}");
        for (found, before) in found.iter().zip(&before) {
            for (column, cell) in before {
                let now = text(found, column);
                assert!(is_near(now, cell), "{name} {column}: {now} {cell}");
            }
        }
    }
}

/// Whether two cells have the same text, or numbers that agree to 1e-12.
fn is_near(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-12 * b.abs(),
        _ => a == b,
    }
}

#[test]
fn what_a_finished_run_cannot_give_again_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = finished_run(dir.path());
    fs::remove_file(dir.path().join("precipitation.tif")).expect("removed");
    fs::remove_file(out.join("maps/raw/nep_dominant.tif")).expect("removed");
    let again = dir.path().join("again");
    let (_, stderr) = printed(&["zonal", &path(&out), "--device", "cpu", "-o", &path(&again)]);
    for said in [
        "precipitation cannot be made again: its file ",
        "nep_human cannot be made again without its drivers (precipitation)",
        "has no rows of raw: maps/raw/nep_dominant.tif is not there",
    ] {
        assert_eq!(stderr.matches(said).count(), 1, "{said}: {stderr}");
    }
    let record = fs::read_to_string(again.join("tables/zonal.json")).expect("a record");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    let notes = record["tables"]["notes"].to_string();
    assert!(
        notes.contains("has no rows of raw: maps/raw/nep_dominant.tif is not there"),
        "{notes}"
    );
    assert!(
        notes.contains("precipitation cannot be made again"),
        "{notes}"
    );
    // The rest is as the run has it: other variables, and the attribution by the other sensitivity.
    let of_others = |rows: Vec<Row>| {
        let is_lost = |row: &Row| ["precipitation", "nep_human"].contains(&text(row, "variable"));
        rows.into_iter()
            .filter(|row| !is_lost(row))
            .collect::<Vec<_>>()
    };
    assert_eq!(table(&again, "series"), of_others(table(&out, "series")));
    let detrended = |rows: Vec<Row>| {
        let is_it = |row: &Row| text(row, "sensitivity") == "detrended";
        rows.into_iter().filter(is_it).collect::<Vec<_>>()
    };
    let found = table(&again, "attribution");
    assert!(!found.is_empty());
    assert_eq!(found, detrended(table(&out, "attribution")));
}

#[test]
fn a_folder_is_a_finished_run_or_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = path(dir.path());
    let (code, _, stderr) = outcome(&["zonal", &folder]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("without run.json"), "{stderr}");
    fs::write(dir.path().join("run.json"), "{}").expect("a file");
    let (code, _, stderr) = outcome(&["zonal", &folder]);
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("run.json") && stderr.contains("is no record of a run"),
        "{stderr}"
    );
    let (code, _, stderr) = outcome(&["zonal", &folder, "--years", "2001-2010", "--units", "1"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("--years, --units are of rasters"),
        "{stderr}"
    );
}

/// A class raster of another kind of numbers is refused before anything is computed.
#[test]
fn classes_are_small_whole_numbers() {
    let dir = tempfile::tempdir().expect("a folder");
    let (npp, out) = (sample("npp/npp_{year}.tif"), dir.path().join("out"));
    let classes = sample("npp/npp_2001.tif");
    let arguments = [
        "zonal",
        &npp,
        "--device",
        "cpu",
        "-o",
        &path(&out),
        "--classes",
        &classes,
    ];
    let (code, _, stderr) = outcome(&arguments);
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("classes are whole numbers from 0 to 254"),
        "{stderr}"
    );
    assert!(!out.exists());
}

/// An input of the name of a series of the chain is read, and the chain does not make another.
#[test]
fn a_stated_flux_takes_the_place_of_the_computed_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let npp = sample("npp/npp_{year}.tif");
    let flux = |name: &str| {
        format!(
            "[inputs.{name}]\nfiles = \"{npp}\"\nunits = \"gC m-2 yr-1\"\ncheck_range = false\n"
        )
    };
    let study = ["npp", "rs", "nep"].map(flux).concat();
    let study = format!(
        "[study]\nyears = [2001, 2020]\n{study}[output]\nlayers = [\"nep_mean\", \"rh_mean\"]\n"
    );
    let file = dir.path().join("study.toml");
    fs::write(&file, study).expect("a study");
    let (stdout, _) = printed(&["check", &path(&file), "--json", "--device", "cpu"]);
    let checked: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let equations: Vec<String> =
        serde_json::from_value(checked["equations"].clone()).expect("a list");
    let makes = |name: &str| {
        equations
            .iter()
            .any(|line| line.starts_with(&format!("{name} = ")))
    };
    assert!(
        makes("rh") && !makes("nep") && !makes("rs"),
        "{equations:?}"
    );
}
