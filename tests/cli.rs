//! The command as a user meets it: outputs, exit codes, messages. Help texts are in `cli/*.trycmd`.
#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(
    clippy::expect_used,
    clippy::many_single_char_names,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use doline::sinks::RasterRead;

fn doline() -> Command {
    let mut command = Command::cargo_bin("doline").expect("the binary is built");
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1");
    command
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi/study.toml")
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

/// A study file with `text`, in a folder of its own, that reads the sample's inputs.
fn study_with(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("study.toml");
    fs::write(&path, text).expect("a study file");
    (dir, path)
}

/// The five inputs of the sample by absolute path.
fn sample_inputs() -> String {
    let folder = sample().parent().expect("a folder").display().to_string();
    format!(
        "[study]\nname = \"test\"\nyears = [2001, 2020]\n\
         [inputs.npp]\nfiles = \"{folder}/npp/npp_{{year}}.tif\"\nvalid_range = [-30000, 32700]\n\
         [inputs.temperature]\nfiles = \"{folder}/climate/temperature.tif\"\n\
         [inputs.precipitation]\nfiles = \"{folder}/climate/precipitation.tif\"\n\
         [inputs.radiation]\nfiles = \"{folder}/climate/radiation.tif\"\n\
         [inputs.soc]\nfiles = \"{folder}/soil/soc.tif\"\n"
    )
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn help_and_wrong_use_read_as_recorded() {
    trycmd::TestCases::new()
        .case("tests/cli/*.trycmd")
        .default_bin_path(assert_cmd::cargo::cargo_bin("doline"));
}

#[test]
fn demo_writes_the_files_of_the_manual_with_their_metadata() {
    let dir = tempfile::tempdir().expect("a folder");
    let (code, stdout, stderr) = outcome(
        doline()
            .args(["demo", "--device", "cpu", "--out"])
            .arg(dir.path()),
    );
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("nep") && stdout.contains("trend +"),
        "{stdout}"
    );

    for stack in ["rs", "rh", "nep"] {
        let raster =
            RasterRead::open(&dir.path().join(format!("stacks/{stack}.tif"))).expect(stack);
        assert_eq!(raster.bands.len(), 20);
        assert_eq!(
            (raster.bands[0].as_str(), raster.bands[19].as_str()),
            ("2001", "2020")
        );
        assert_eq!(raster.unit, "gC m-2 yr-1");
    }
    let drivers = ["temperature", "precipitation", "radiation"];
    let mut maps: Vec<String> = ["npp", "rs", "rh", "nep"]
        .map(|x| format!("{x}_mean"))
        .to_vec();
    for x in ["nep", "npp", "rh"].iter().chain(&drivers) {
        maps.extend(["cv", "slope", "intercept", "r2", "p", "n"].map(|what| format!("{x}_{what}")));
    }
    for d in drivers {
        maps.extend([format!("nep_partial_{d}"), format!("nep_partial_{d}_p")]);
        maps.extend(["coef", "beta", "vif"].map(|what| format!("nep_{what}_{d}")));
    }
    maps.extend(["nep_drivers_r2", "nep_drivers_p"].map(str::to_owned));
    for map in &maps {
        let raster = RasterRead::open(&dir.path().join(format!("maps/{map}.tif"))).expect(map);
        assert!(!raster.unit.is_empty(), "{map} has a unit");
        let n_valid = raster.values[0].iter().filter(|x| !x.is_nan()).count();
        assert!(n_valid > 10_000, "{map} has only {n_valid} values");
    }
    let slope = RasterRead::open(&dir.path().join("maps/nep_slope.tif")).expect("nep_slope");
    assert_eq!(slope.unit, "gC m-2 yr-2");
    let class = RasterRead::open(&dir.path().join("maps/nep_class.tif")).expect("nep_class");
    assert!(
        class
            .class_names
            .iter()
            .any(|name| name == "strong increase"),
        "{:?}",
        class.class_names
    );
    for other in [
        "maps/nep_balance.tif",
        "maps/flags.tif",
        "maps/nep_slope.qml",
        "stacks/nep.tif.aux.json",
        "tables/series.csv",
        "tables/trends.csv",
        "project.qgz",
        "item.json",
        "run.json",
    ] {
        assert!(dir.path().join(other).is_file(), "{other}");
    }
    let unfinished = files_below(dir.path())
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("unfinished"));
    assert_eq!(unfinished.count(), 0);

    let series = fs::read_to_string(dir.path().join("tables/series.csv")).expect("series.csv");
    assert_eq!(
        series.lines().next(),
        Some("zone_set,zone,year,variable,mean,total_tgc,area_km2,pixels,coverage,mean_filled")
    );
    assert_eq!(
        series
            .lines()
            .filter(|line| line.starts_with("all,") && line.contains(",nep,"))
            .count(),
        20
    );
    let trends = fs::read_to_string(dir.path().join("tables/trends.csv")).expect("trends.csv");
    assert_eq!(
        trends.lines().next(),
        Some(
            "zone_set,zone,variable,period,slope,p,sen,mk_p,mean,r2,n,se,low,high,lag1,p_effective,\
             slope_filled"
        )
    );
    assert!(trends.contains("all,all,nep,study,"));
}

/// All rasters of two output folders, value by value with NaN equal to NaN.
fn assert_same_rasters(a: &Path, b: &Path) {
    let mut n = 0;
    for path in files_below(a)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "tif"))
    {
        let other = b.join(path.strip_prefix(a).expect("below a"));
        let (x, y) = (
            RasterRead::open(&path).expect("a raster"),
            RasterRead::open(&other).expect("a raster"),
        );
        let bits = |raster: &RasterRead| -> Vec<Vec<u64>> {
            raster
                .values
                .iter()
                .map(|band| {
                    band.iter()
                        .map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() })
                        .collect()
                })
                .collect()
        };
        assert_eq!(bits(&x), bits(&y), "{}", path.display());
        n += 1;
    }
    assert!(n > 50, "only {n} rasters were compared");
    for table in ["tables/series.csv", "tables/trends.csv"] {
        assert_eq!(
            fs::read(a.join(table)).expect(table),
            fs::read(b.join(table)).expect(table),
            "{table}"
        );
    }
}

#[test]
fn neither_tiles_nor_threads_nor_memory_change_a_bit_of_the_output() {
    let whole = tempfile::tempdir().expect("a folder");
    let run = |out: &Path, threads: &str, more: &[&str]| {
        let mut command = doline();
        command
            .arg("run")
            .arg(sample())
            .args(["--device", "cpu", "--out"])
            .arg(out)
            .args(more);
        let (code, _, stderr) = outcome(command.env("RAYON_NUM_THREADS", threads));
        assert_eq!(code, 0, "{stderr}");
    };
    run(whole.path(), "2", &[]);
    for (threads, more) in [
        ("1", ["--tile", "16x64"]),
        ("3", ["--tile", "7x128"]),
        ("2", ["--set", "engine.memory=256MiB"]),
    ] {
        let cut = tempfile::tempdir().expect("a folder");
        run(cut.path(), threads, &more);
        assert_same_rasters(whole.path(), cut.path());
    }
}

#[test]
fn a_gpu_gives_the_maps_of_the_cpu_within_tolerance_and_the_same_classes() {
    let (cpu, gpu) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    for (device, dir) in [("cpu", &cpu), ("gpu", &gpu)] {
        let (code, _, stderr) = outcome(
            doline()
                .arg("run")
                .arg(sample())
                .args(["-q", "--device", device, "--out"])
                .arg(dir.path()),
        );
        assert_eq!(code, 0, "{device}: {stderr}");
    }
    let read = |dir: &tempfile::TempDir, name: &str| {
        RasterRead::open(&dir.path().join(name)).expect(name).values
    };
    for (name, tolerance) in [
        ("stacks/rs.tif", 1e-5),
        ("stacks/rh.tif", 1e-5),
        ("maps/nep_class.tif", 0.0),
        ("maps/nep_balance.tif", 0.0),
    ] {
        for (x, y) in read(&cpu, name)
            .concat()
            .into_iter()
            .zip(read(&gpu, name).concat())
        {
            assert_eq!(x.is_nan(), y.is_nan(), "{name}");
            assert!(
                x.is_nan() || (x - y).abs() <= tolerance * x.abs(),
                "{name}: {x} {y}"
            );
        }
    }
}

/// What a user does wrong, the exit code, and what the message must name.
#[test]
fn mistakes_end_with_the_exit_code_and_a_message_that_names_file_key_and_remedy() {
    let inputs = sample_inputs();
    let cases: Vec<(&str, String, i32, Vec<&str>)> = vec![
        (
            "unknown key",
            format!("{inputs}[trend]\nalfa = 0.05\n"),
            2,
            vec!["study.toml", "trend.alfa", "alpha"],
        ),
        (
            "years reversed",
            inputs.replace("[2001, 2020]", "[2020, 2001]"),
            2,
            vec!["years"],
        ),
        (
            "unknown unit",
            inputs.replace("[inputs.soc]", "[inputs.soc]\nunits = \"bananas\""),
            2,
            vec!["inputs.soc", "bananas"],
        ),
        (
            "not convertible",
            inputs.replace("[inputs.soc]", "[inputs.soc]\nunits = \"degC\""),
            2,
            vec!["soc", "degC"],
        ),
        (
            "min_years",
            format!("{inputs}[trend]\nmin_years = 30\n"),
            2,
            vec!["min_years"],
        ),
        (
            "unknown coefficient",
            format!("{inputs}[respiration.parameters]\nQ7 = 2.0\n"),
            2,
            vec!["Q7", "R0"],
        ),
        (
            "power law in grams a year",
            format!(
                "{inputs}[respiration]\nheterotrophic = \"power\"\npower_unit = \"gC m-2 yr-1\"\n"
            ),
            2,
            vec!["respiration.power_unit", "kgC m-2 yr-1", "sixth"],
        ),
        (
            "layer that is not made",
            format!("{inputs}[output]\nlayers = [\"nep_slop\"]\n"),
            2,
            vec!["nep_slop", "nep_slope"],
        ),
        (
            "series without input",
            format!("{inputs}[trend]\nof = [\"lai\"]\n"),
            2,
            vec!["trend.of", "lai"],
        ),
        (
            "budget",
            format!("{inputs}[engine]\nmemory = \"1MiB\"\n"),
            2,
            vec!["engine.memory", "MiB"],
        ),
        (
            "missing file",
            inputs.replace("soc.tif", "sock.tif"),
            3,
            vec!["soc", "sock.tif"],
        ),
        (
            "missing year",
            inputs.replace("[2001, 2020]", "[2001, 2022]"),
            3,
            vec!["2021"],
        ),
        (
            "kelvin",
            inputs.replace(
                "[inputs.temperature]",
                "[inputs.temperature]\nunits = \"degC\"\noffset = 273.15",
            ),
            3,
            vec!["inputs.temperature", "kelvin"],
        ),
        (
            "unknown crs",
            format!("{inputs}[grid]\ncrs = \"EPSG:999999\"\n"),
            2,
            vec!["grid.crs", "EPSG:999999"],
        ),
    ];
    for (what, text, code, words) in cases {
        let (dir, study) = study_with(&text);
        let out = dir.path().join("out");
        let (found, _, stderr) = outcome(
            doline()
                .arg("run")
                .arg(&study)
                .args(["--device", "cpu", "--out"])
                .arg(&out),
        );
        assert_eq!(found, code, "{what}: {stderr}");
        for word in words {
            assert!(
                stderr.contains(word),
                "{what}: {word:?} is not in: {stderr}"
            );
        }
        assert!(!stderr.contains("panicked"), "{what}: {stderr}");
        assert_eq!(
            files_below(&out),
            Vec::<PathBuf>::new(),
            "{what} left files"
        );
    }
}

#[test]
fn truncated_and_foreign_inputs_end_with_exit_code_3() {
    let soc = sample().with_file_name("soil/soc.tif");
    let bytes = fs::read(&soc).expect("soc.tif");
    let broken: [(&str, Vec<u8>); 3] = [
        ("truncated", bytes[..bytes.len() / 2].to_vec()),
        ("text", b"not a raster".to_vec()),
        ("empty", Vec::new()),
    ];
    for (what, bytes) in broken {
        let (dir, study) = study_with("");
        let path = dir.path().join("soc.tif");
        fs::write(&path, bytes).expect("a broken file");
        let text = sample_inputs().replace(&soc.display().to_string(), &path.display().to_string());
        fs::write(&study, text).expect("a study file");
        let out = dir.path().join("out");
        let (code, _, stderr) = outcome(
            doline()
                .arg("run")
                .arg(&study)
                .args(["--device", "cpu", "--out"])
                .arg(&out),
        );
        assert_eq!(code, 3, "{what}: {stderr}");
        assert!(stderr.contains("soc.tif"), "{what}: {stderr}");
        assert_eq!(
            files_below(&out),
            Vec::<PathBuf>::new(),
            "{what} left files"
        );
    }
}

#[test]
fn an_output_folder_that_cannot_be_made_is_exit_code_4_before_any_reading() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    fs::write(&file, "in the way").expect("a file");
    let (code, _, stderr) = outcome(
        doline()
            .arg("run")
            .arg(sample())
            .arg("--out")
            .arg(file.join("out")),
    );
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("--out"), "{stderr}");
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_never_the_cpu() {
    let dir = tempfile::tempdir().expect("a folder");
    let (code, _, stderr) = outcome(
        doline()
            .arg("run")
            .arg(sample())
            .args(["--device", "no such card", "--out"])
            .arg(dir.path()),
    );
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("no such card") && stderr.contains("--device cpu"),
        "{stderr}"
    );
}

#[test]
fn validation_on_synthetic_data_agrees_and_says_by_how_much() {
    let (code, stdout, stderr) =
        outcome(doline().args(["validate", "--synthetic", "--pixels", "2500", "--json"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let stages = json["adapters"][0]["stages"].as_array().expect("stages");
    assert!(
        stages
            .iter()
            .any(|row| row["layer"] == "nep_p" && row["n_compared"].as_u64() > Some(2000))
    );
    for layer in [
        "raw/nep_replicates_climate",
        "raw/nep_slope_climate_low",
        "detrended/nep_share_human_high",
    ] {
        let rows = ["stages", "end_to_end"]
            .map(|rows| json["adapters"][0][rows].as_array().expect("rows"));
        let is_there = |row: &serde_json::Value| {
            row["layer"] == layer && row["n_compared"].as_u64() > Some(2000)
        };
        assert!(rows.iter().all(|rows| rows.iter().any(is_there)), "{layer}");
    }
}

#[test]
fn validation_on_a_study_agrees() {
    let (code, stdout, stderr) = outcome(
        doline()
            .arg("validate")
            .arg(sample())
            .args(["--pixels", "2000"]),
    );
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("agrees: "), "{stdout}");
}

#[test]
fn a_synthetic_study_of_any_size_runs() {
    let dir = tempfile::tempdir().expect("a folder");
    let study = dir.path().join("study");
    let (code, stdout, stderr) = outcome(
        doline()
            .args(["synth", "--size", "70x33", "--json", "--out"])
            .arg(&study),
    );
    assert_eq!(code, 0, "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(json["width"], 70);
    let (code, stdout, stderr) = outcome(
        doline()
            .arg("run")
            .arg(study.join("study.toml"))
            .args(["--json", "--set", "output.format=cog", "--out"])
            .arg(dir.path().join("out")),
    );
    assert_eq!(code, 0, "{stderr}");
    let record: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(record["size"], serde_json::json!([70, 33]));
}

#[test]
fn the_sample_that_ships_is_the_one_that_synth_makes() {
    let dir = tempfile::tempdir().expect("a folder");
    let (code, _, stderr) = outcome(doline().args(["synth", "-q", "--out"]).arg(dir.path()));
    assert_eq!(code, 0, "{stderr}");
    for file in [
        "npp/npp_2007.tif",
        "climate/precipitation.tif",
        "soil/soc.tif",
    ] {
        let shipped = RasterRead::open(&sample().with_file_name(file)).expect(file);
        let made = RasterRead::open(&dir.path().join(file)).expect(file);
        let bits = |raster: &RasterRead| {
            raster
                .values
                .concat()
                .into_iter()
                .map(f64::to_bits)
                .collect::<Vec<_>>()
        };
        assert!(bits(&shipped) == bits(&made), "{file}");
    }
}
