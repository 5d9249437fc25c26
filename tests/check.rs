//! What `doline check`, `run` and `inspect` tell before a pixel is computed.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn doline() -> Command {
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1");
    command
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi")
}

/// Exit code, standard output, standard error.
fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A study file with this text in a folder of its own; `SAMPLE` is the folder of the sample.
fn study_with(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("study.toml");
    fs::write(
        &path,
        text.replace("SAMPLE", &sample().display().to_string()),
    )
    .expect("a study file");
    (dir, path)
}

const FOUR_WRONG: &str = r#"
[study]
years = [2001, 2020]
[inputs.npp]
files = "SAMPLE/npp/npp_{year}.tif"
units = "kgC m-2 yr-1"
[inputs.temperature]
files = "SAMPLE/climate/temperature.tif"
units = "K"
[inputs.precipitation]
files = "nothing_{year}.tif"
[inputs.radiation]
files = "broken.tif"
[output]
layers = ["nep_slop"]
"#;

#[test]
fn everything_wrong_with_the_inputs_is_told_at_once() {
    let (dir, study) = study_with(FOUR_WRONG);
    fs::write(dir.path().join("broken.tif"), "no raster").expect("a file");
    let (code, _, stderr) = outcome(doline().arg("run").arg(&study));
    // The layer that does not exist is of the study file, so 2 and not 3.
    assert_eq!(code, 2, "{stderr}");
    for wrong in [
        "input `precipitation`: 20 files are missing",
        "broken.tif (input `radiation`)",
        "inputs.temperature: a sample of its values has a mean of -2",
        "nep_slop",
    ] {
        assert_eq!(stderr.matches(wrong).count(), 1, "{wrong}: {stderr}");
    }
    assert_eq!(stderr.matches("error: ").count(), 4, "{stderr}");
    assert!(!dir.path().join("out").exists());
}

#[test]
fn what_is_wrong_in_the_study_file_does_not_hide_what_is_wrong_with_the_inputs() {
    let text = FOUR_WRONG
        .replace("[output]", "[output]\ncompress = \"zip\"")
        .replace("units = \"K\"", "units = \"furlong\"");
    let (_dir, study) = study_with(&text);
    let (code, _, stderr) = outcome(doline().arg("run").arg(&study));
    assert_eq!(code, 2, "{stderr}");
    for wrong in [
        "output.compress",
        "inputs.temperature.units",
        "input `precipitation`: 20 files",
        "broken.tif",
    ] {
        assert_eq!(stderr.matches(wrong).count(), 1, "{wrong}: {stderr}");
    }
}

#[test]
fn one_problem_alone_reads_as_ever() {
    let (_dir, study) = study_with(
        "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"SAMPLE/npp/npp_{year}.tif\"\n[inputs.soc]\nfiles = \"no.tif\"\n",
    );
    let (code, _, stderr) = outcome(doline().arg("run").arg(&study));
    assert_eq!(code, 3, "{stderr}");
    assert_eq!(
        stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count(),
        1,
        "{stderr}"
    );
}

#[test]
fn many_broken_files_of_one_input_are_told_in_few_lines() {
    let (dir, study) = study_with(
        "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n[inputs.soc]\nfiles = \"SAMPLE/soil/soc.tif\"\n",
    );
    for year in 2001..=2020 {
        fs::write(dir.path().join(format!("npp_{year}.tif")), "no raster").expect("a file");
    }
    let (code, _, stderr) = outcome(doline().arg("run").arg(&study));
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("15 more of its files cannot be used either"),
        "{stderr}"
    );
    assert_eq!(stderr.matches("error: ").count(), 6, "{stderr}");
}

#[test]
fn what_the_study_file_says_wrongly_of_its_inputs_is_two() {
    let study = |files: &str, more: &str| {
        format!(
            "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"{files}\"\n{more}\n[trend]\nof = [\"npp\"]\n\
             [engine]\nmemory = \"1GiB\"\n"
        )
    };
    let npp = "SAMPLE/npp/npp_{year}.tif";
    let soc = "[inputs.soc]\nfiles = \"SAMPLE/soil/soc.tif\"\nmissing = [2003]";
    let small = study(npp, "").replace("1GiB", "1KiB");
    for (text, said) in [
        (
            study(npp, "missing = [\"2003-05\"]"),
            "inputs.npp.missing names",
        ),
        (study(npp, soc), "inputs.soc.missing names 2003"),
        (study("[a", ""), "cannot be used as a file pattern"),
        (study("x_{month}.tif", ""), "add `{year}`"),
        (
            small,
            "engine.memory of 1024 bytes is too small: this study needs at least 16 MiB",
        ),
    ] {
        let (dir, study) = study_with(&text);
        let (code, _, stderr) = outcome(doline().arg("run").arg(&study));
        assert_eq!(code, 2, "{said}: {stderr}");
        assert!(
            stderr.contains(said) && stderr.matches("error: ").count() == 1,
            "{said}: {stderr}"
        );
        assert!(!dir.path().join("out").exists());
    }
}

#[test]
fn a_budget_that_is_told_is_one_that_does() {
    let study = sample().join("study.toml");
    let check = |memory: &str| {
        let more = [
            "bootstrap.replicates=400".to_owned(),
            format!("engine.memory={memory}"),
        ];
        outcome(
            doline()
                .arg("check")
                .arg(&study)
                .args(more.iter().flat_map(|key| ["--set", key])),
        )
    };
    let (code, _, stderr) = check("20MiB");
    assert_eq!(code, 2, "{stderr}");
    // By the whole budget, of which a quarter is the device's.
    assert!(
        stderr.contains("engine.memory of 20 MiB is too small"),
        "{stderr}"
    );
    let needed = stderr
        .split("at least ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("a number");
    let (code, _, stderr) = check(&format!("{needed}MiB"));
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn sound_files_are_not_called_damaged_where_the_study_grid_cannot_be_had() {
    // The input whose grid is the study's is missing; the two others are of different sizes.
    let (dir, study) = study_with(
        "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"gone_{year}.tif\"\n[inputs.lai]\nfiles = \"a.asc\"\n\
         steps = \"static\"\n[inputs.ndvi]\nfiles = \"b.asc\"\nsteps = \"static\"\n",
    );
    for (name, side) in [("a.asc", 40), ("b.asc", 10)] {
        let head =
            format!("ncols {side}\nnrows {side}\nxllcorner 10\nyllcorner 20\ncellsize 0.5\n");
        fs::write(dir.path().join(name), head + &"0.5 ".repeat(side * side)).expect("a raster");
    }
    let (code, _, stderr) = outcome(doline().arg("check").arg(&study));
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("20 files are missing"), "{stderr}");
    assert!(
        !stderr.contains("cannot read") && !stderr.contains("truncated"),
        "{stderr}"
    );
}

/// What `inspect` prints of files, without its exit code.
fn inspected(files: &[&Path]) -> (i32, String, String) {
    outcome(doline().arg("inspect").args(files))
}

#[test]
fn inspect_shows_a_raster_as_it_is_read() {
    let npp = sample().join("npp/npp_2001.tif");
    let (code, stdout, stderr) = inspected(&[&npp]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    // From gdalinfo of the same file.
    for part in [
        "GeoTIFF",
        "160 columns x 120 rows, 1 band, Int16",
        "EPSG:4326, pixels of",
        "2001",
        "north up",
        "values",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    let (code, stdout, _) = outcome(doline().args(["inspect", "--json"]).arg(&npp));
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(json[0]["raster"]["width"], 160);
    assert_eq!(json[0]["raster"]["time"]["first"], "2001");
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let (dir, broken) = study_with("no raster");
    let good = sample().join("climate/temperature.tif");
    let (code, stdout, stderr) = inspected(&[&broken, &good, &dir.path().join("nothing.tif")]);
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stdout.contains("240 bands") && stdout.contains("2001-01 .. 2020-12, monthly"),
        "{stdout}"
    );
    assert_eq!(stderr.matches("error: cannot open").count(), 2, "{stderr}");
}

#[test]
fn check_shows_a_study_as_it_is_understood_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("out");
    let study = sample().join("study.toml");
    let (code, stdout, stderr) = outcome(
        doline()
            .args(["check", "--device", "cpu", "--out"])
            .arg(&out)
            .arg(&study),
    );
    assert_eq!(code, 0, "{stderr}");
    for part in [
        "20 files",
        "kgC m-2 yr-1, as the study file says",
        "monthly: its times, 2001-01 to 2020-12",
        "nodata 32767, valid -30000 .. 32700",
        "160 columns x 120 rows, EPSG:4326",
        "maps/nep_slope.tif",
        "1 tile of 160 x 120 pixels",
        "an estimate from 1 tile, 19200 of 19200 pixels",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    assert!(!out.exists() && fs::read_dir(dir.path()).expect("a folder").count() == 0);

    let (code, stdout, stderr) = outcome(
        doline()
            .args(["check", "--json", "--device", "cpu"])
            .arg(&study),
    );
    assert_eq!(code, 0, "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(json["inputs"].as_array().map(Vec::len), Some(5));
    assert_eq!(json["memory"]["tiles"], 1);
    assert!(json["time"]["seconds"].as_f64().is_some_and(|s| s > 0.0));
    // What is announced is what a run leaves.
    let (code, _, stderr) = outcome(
        doline()
            .args(["run", "--device", "cpu", "--out"])
            .arg(&out)
            .arg(&study),
    );
    assert_eq!(code, 0, "{stderr}");
    for file in json["files"].as_array().expect("files") {
        let path = out.join(file["path"].as_str().expect("a path"));
        assert!(path.is_file(), "{}", path.display());
    }
    let mut of_run: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(out.join("run.json")).expect("run.json"))
            .expect("JSON");
    // What only reading all of it tells.
    for input in of_run["inputs"].as_array_mut().into_iter().flatten() {
        input
            .as_object_mut()
            .expect("an input")
            .remove("fill_codes");
    }
    assert_eq!(json["stages"], of_run["stages"]);
    assert_eq!(
        json["files"].as_array().map(Vec::len),
        of_run["layers"].as_array().map(Vec::len)
    );
    assert_eq!(json["inputs"], of_run["inputs"]);
}

#[test]
fn check_tells_every_problem_of_a_run_and_as_json() {
    let (dir, study) = study_with(FOUR_WRONG);
    fs::write(dir.path().join("broken.tif"), "no raster").expect("a file");
    let (run_code, _, run_says) = outcome(doline().arg("run").arg(&study));
    let (code, stdout, says) = outcome(doline().args(["check", "--json"]).arg(&study));
    assert_eq!((code, &says), (run_code, &run_says));
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        json["problems"].as_array().map(Vec::len),
        Some(4),
        "{stdout}"
    );
    assert_eq!(json["exit_code"], 2);
}

#[test]
fn inspect_lists_variables_layers_and_what_may_surprise() {
    let dir = tempfile::tempdir().expect("a folder");
    let polygon = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a","code":1},
        "geometry":{"type":"Polygon","coordinates":[[[105,25],[106,25],[106,24],[105,25]]]}}]}"#;
    let zones = dir.path().join("zones.geojson");
    fs::write(&zones, polygon).expect("a file");
    let south_up = dir.path().join("south.vrt");
    let vrt = format!(
        "<VRTDataset rasterXSize=\"160\" rasterYSize=\"120\"><GeoTransform>104.4, 0.0475, 0, 20.8, 0, 0.0475</GeoTransform>\
         <VRTRasterBand dataType=\"Int16\" band=\"1\"><SimpleSource><SourceFilename>{}</SourceFilename></SimpleSource>\
         </VRTRasterBand></VRTDataset>",
        sample().join("npp/npp_2001.tif").display()
    );
    fs::write(&south_up, vrt).expect("a file");
    let (code, stdout, stderr) = inspected(&[&zones, &south_up, Path::new("--allow-external")]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("1 features, Polygon, EPSG:4326")
            && stdout.contains("name (String), code (Integer)"),
        "{stdout}"
    );
    assert!(
        stdout.contains("rows run from south to north") && stdout.contains("no CRS"),
        "{stdout}"
    );
    // 32767 is the file's nodata, which the mosaic does not pass on.
    assert!(stdout.contains("nodata = [32767]"), "{stdout}");
}
