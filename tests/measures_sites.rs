//! `doline measures` and `doline sites`: the tables of the study that states the same, and messages in the words of the
//! command line.
#![cfg(feature = "gdal")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "support/command.rs"]
mod command;
#[path = "support/csv.rs"]
mod csv;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use command::{outcome, path, printed, sample};
use csv::{Row, rows, text};

/// What a command that is wrongly used says.
fn refused(arguments: &[&str]) -> String {
    let (code, _, stderr) = outcome(arguments);
    assert_eq!(code, 2, "{arguments:?}: {stderr}");
    stderr
}

fn table(out: &Path, name: &str) -> String {
    fs::read_to_string(out.join(format!("tables/{name}.csv"))).expect(name)
}

/// Names of the tables of a folder, in their order.
fn tables(out: &Path) -> Vec<String> {
    let entries = fs::read_dir(out.join("tables")).expect("tables");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().replace(".csv", ""))
        .collect();
    names.sort();
    names
}

/// Runs a study of the sample's NPP with further tables into `out`.
fn run_study(dir: &Path, more: &str, out: &Path) {
    let npp = sample("npp/npp_{year}.tif");
    let study = format!(
        "[study]\nname = \"the same\"\nyears = [2001, 2020]\n\
         [inputs.npp]\nfiles = \"{npp}\"\nvalid_range = [-30000, 32700]\n\
         [trend]\nof = [\"npp\"]\n[output]\nlayers = \"none\"\n{more}"
    );
    let file = dir.join("study.toml");
    fs::write(&file, study).expect("a study");
    printed(&["run", &path(&file), "--device", "cpu", "-o", &path(out)]);
}

/// The arguments of a command on the sample's NPP.
fn on_npp<'a>(head: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let all = ["--valid-range=npp=-30000,32700", "--device", "cpu"];
    [head, &all, more].concat()
}

#[test]
fn measures_of_a_stack_are_those_of_the_study_that_states_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let [out, same] = ["out", "same"].map(|name| dir.path().join(name));
    let (npp, measure) = (sample("npp/npp_{year}.tif"), sample("zones/measures.gpkg"));
    let cover = format!("cover={}", sample("zones/landcover.tif"));
    let height = format!("height={}", sample("zones/elevation.tif"));
    let county = format!("county={}", sample("zones/counties.gpkg"));
    let out_path = path(&out);
    let zones = [
        ["--zones", &measure],
        ["--zones", &county],
        ["--field", "measure"],
        ["--field", "county=name"],
        ["--control", "none"],
        ["--match", &cover],
        ["--match", &height],
        ["--breaks", "height=300,600,900"],
        ["--blocks", "county"],
        ["--stage", "first=2001-2005"],
        ["--stage", "second=2006-2011"],
        ["--match-pre", "3"],
        ["--pre", "first"],
        ["--start-field", "start"],
        ["--rank-by", "did_second"],
        ["--replicates", "99"],
        ["--seed", "7"],
        ["--alpha", "0.1"],
        ["-o", &out_path],
    ];
    let (stdout, _) = printed(&on_npp(&["measures", &npp], zones.as_flattened()));
    assert!(
        stdout.contains(" of 7 measures") || stdout.contains("largest effect"),
        "{stdout}"
    );
    assert!(!out.join("maps").exists() && !out.join("stacks").exists());

    let zones = sample("zones");
    run_study(
        dir.path(),
        &format!(
            "[zones.measures]\nfile = \"{zones}/measures.gpkg\"\nfield = \"measure\"\ncontrol = \"none\"\n\
             [zones.county]\nfile = \"{zones}/counties.gpkg\"\nfield = \"name\"\n\
             [zones.cover]\nfile = \"{zones}/landcover.tif\"\n\
             [zones.height]\nfile = \"{zones}/elevation.tif\"\nbreaks = [300, 600, 900]\n\
             [stages]\nfirst = [2001, 2005]\nsecond = [2006, 2011]\n\
             [measures]\nzones = \"measures\"\nof = [\"npp\"]\nmatch = [\"cover\", \"height\"]\nmatch_pre = 3\n\
             blocks = \"county\"\npre = \"first\"\nstart_field = \"start\"\nrank_by = \"did_second\"\n\
             replicates = 99\nseed = 7\nlevel = 0.9\n"
        ),
        &same,
    );
    assert_eq!(tables(&out), tables(&same));
    for name in [
        "effects", "events", "balance", "ranking", "phases", "series", "zones",
    ] {
        assert_eq!(table(&out, name), table(&same, name), "{name}");
    }
    let effects = rows(&table(&out, "effects"));
    let is_matched =
        |row: &Row| text(row, "matched") == "classes" && text(row, "contrast") == "after";
    assert!(effects.iter().any(is_matched));
}

#[test]
fn starts_and_squares_are_those_of_the_options() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let out_path = path(&out);
    let (npp, measure) = (sample("npp/npp_{year}.tif"), sample("zones/measures.gpkg"));
    let options = [
        ["--zones", &measure],
        ["--field", "measure"],
        ["--control", "none"],
        ["--start", "enclosure=2008"],
        ["--block-km", "40"],
        ["--buffer-km", "8"],
        ["--replicates", "99"],
        ["-o", &out_path],
    ];
    let (stdout, _) = printed(&on_npp(
        &["measures", &npp, "--json"],
        options.as_flattened(),
    ));
    let record: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let sentence = record["measures"][0]["sentence"]
        .as_str()
        .unwrap_or_default();
    assert!(sentence.contains("blocks of 40 km"), "{sentence}");
    let effects = rows(&table(&out, "effects"));
    let after: Vec<&str> = effects
        .iter()
        .filter(|row| text(row, "contrast") == "after" && text(row, "buffer_km") == "8")
        .map(|row| text(row, "zone"))
        .collect();
    assert_eq!(after, ["enclosure"]);
}

#[test]
fn measures_say_what_to_write() {
    let (npp, measure) = (sample("npp/npp_{year}.tif"), sample("zones/measures.gpkg"));
    let said = |more: &[&str]| {
        let head = [
            "measures",
            npp.as_str(),
            "--zones",
            &measure,
            "--field",
            "measure",
        ];
        refused(&on_npp(&head, more))
    };
    assert!(said(&[]).contains("--control ZONE"));
    let pre = said(&["--control", "none", "--stage", "a=2001-2005", "--pre", "b"]);
    assert!(
        pre.contains("--pre: ") && !pre.contains("measures.pre"),
        "{pre}"
    );
    let alone = said(&["--control", "none", "--match-pre", "5"]);
    assert!(alone.contains("--match-pre: needs --stage"), "{alone}");
    let level = said(&["--control", "none", "--alpha", "0.7"]);
    assert!(level.contains("--alpha"), "{level}");
    let start = said(&["--control", "none", "--start", "enclosure=1990"]);
    assert!(start.contains("--start enclosure"), "{start}");
    let none = refused(&on_npp(&["measures", &npp], &[]));
    assert!(none.contains("add --zones FILE"), "{none}");
}

/// The sample's field data by other names of columns, with a row of another kind.
fn renamed(dir: &Path) -> (String, usize) {
    let field = fs::read_to_string(sample("field.csv")).expect("field data");
    let mut text = "Longitude,Latitude,When,What,Flux,Kind\n".to_owned();
    for (at, line) in field.lines().skip(1).enumerate() {
        let kind = ["None", "Control", "Burned"][at % 3];
        writeln!(text, "{line},{kind}").expect("a text");
    }
    let file = dir.join("renamed.csv");
    fs::write(&file, &text).expect("field data");
    (path(&file), text.lines().count() - 1)
}

#[test]
fn sites_of_a_stack_are_those_of_the_study_that_states_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let [out, same] = ["out", "same"].map(|name| dir.path().join(name));
    let (field, n_rows) = renamed(dir.path());
    let npp = sample("npp/npp_{year}.tif");
    let out_path = path(&out);
    let options = [
        "--columns",
        "lon=Longitude,lat=Latitude,year=When",
        "--columns",
        "variable=What,value=Flux",
        "--where",
        "Kind=None",
        "--where",
        "Kind=Control",
        "--units",
        "kgC m-2 yr-1",
        "--window",
        "3",
        "--when",
        "mean",
        "--merge",
        "pixel-year",
        "-o",
        &out_path,
    ];
    let (stdout, stderr) = printed(&on_npp(&["sites", &field, "--npp", &npp], &options));
    let not_given = "there are measurements of rs, and no rasters of it";
    assert!(stderr.contains(not_given), "{stderr}");
    assert!(
        stdout.contains("npp at ") && stdout.contains("RMSE"),
        "{stdout}"
    );
    assert_eq!(tables(&out), ["sites", "validation"]);
    assert!(!out.join("maps").exists() && !out.join("stacks").exists());
    let statuses = rows(&table(&out, "sites"));
    assert_eq!(statuses.len(), n_rows, "no row is lost");
    let n_left_out = statuses
        .iter()
        .filter(|row| text(row, "status") == "left out")
        .count();
    assert_eq!(n_left_out, n_rows / 3, "the rows of another kind");

    run_study(
        dir.path(),
        &format!(
            "[sites]\nfile = \"{field}\"\nunits = \"kgC m-2 yr-1\"\nwindow = 3\nwhen = \"mean\"\nmerge = \"pixel-year\"\n\
             where = {{ Kind = [\"None\", \"Control\"] }}\n\
             columns = {{ lon = \"Longitude\", lat = \"Latitude\", year = \"When\", variable = \"What\", value = \"Flux\" }}\n"
        ),
        &same,
    );
    for name in ["sites", "validation"] {
        assert_eq!(table(&out, name), table(&same, name), "{name}");
    }
}

#[test]
fn sites_say_what_to_write() {
    let (npp, field) = (sample("npp/npp_{year}.tif"), sample("field.csv"));
    let none = refused(&["sites", &field]);
    assert!(none.contains("--nep <FILES>"), "{none}");
    let said = |more: &[&str]| {
        let (code, _, stderr) = outcome(&on_npp(&["sites", &field, "--npp", &npp], more));
        assert!(code == 2 || code == 3, "{stderr}");
        stderr
    };
    let column = said(&["--columns", "lon=Longitude"]);
    assert!(column.contains("--columns lon names it"), "{column}");
    let window = said(&["--window", "2"]);
    assert!(window.contains("--window: "), "{window}");
    let units = said(&["--units", "degC"]);
    assert!(units.contains("--units: "), "{units}");
    assert!(said(&["--where", "Kind"]).contains("--where Manipulation=None"));
    let stack = said(&["--scale", "0.1"]);
    assert!(stack.contains("--scale npp=..."), "{stack}");
}
