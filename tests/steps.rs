//! The commands of one step, `trend`, `correlate`, `attribute` and `respiration`: the same maps as a
//! study, years and names guessed and said, mistakes in the words of the arguments.
#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
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

/// Exit code, standard output, standard error.
fn outcome(arguments: &[&str], out: &Path) -> (i32, String, String) {
    let output = doline()
        .args(arguments)
        .args(["--device", "cpu", "--out"])
        .arg(out)
        .output()
        .expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// What a successful command says on standard error.
fn said(arguments: &[&str], out: &Path) -> String {
    let (code, _, stderr) = outcome(arguments, out);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    stderr
}

fn bits(path: &Path) -> Vec<u64> {
    let name = path.display().to_string();
    let raster = RasterRead::open(path).expect(&name);
    raster
        .values
        .concat()
        .into_iter()
        .map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() })
        .collect()
}

fn assert_same(a: &Path, b: &Path, layers: &[&str]) {
    for layer in layers {
        let name = format!("{layer}.tif");
        assert!(bits(&a.join(&name)) == bits(&b.join(&name)), "{layer}");
    }
}

/// Files of 2 x 1 pixels as text, in a folder of their own: `value(year)` and twice that.
fn text_rasters(
    names: &[String],
    value: impl Fn(usize) -> f64,
) -> (tempfile::TempDir, Vec<String>) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut paths = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let x = value(i);
        let text = format!(
            "ncols 2\nnrows 1\nxllcorner 10\nyllcorner 20\ncellsize 0.5\nNODATA_value -9999\n{x} {}\n",
            2.0 * x
        );
        let path = dir.path().join(name);
        fs::write(&path, text).expect("a raster");
        paths.push(path.display().to_string());
    }
    (dir, paths)
}

/// A file with a band for each of `paths`.
fn stacked(dir: &Path, name: &str, paths: &[String]) -> String {
    let mut text = String::from(
        "<VRTDataset rasterXSize=\"2\" rasterYSize=\"1\"><GeoTransform>10, 0.5, 0, 20.5, 0, -0.5</GeoTransform>",
    );
    for (i, path) in paths.iter().enumerate() {
        let _ = write!(
            text,
            "<VRTRasterBand dataType=\"Float32\" band=\"{}\"><SimpleSource><SourceFilename>{path}</SourceFilename>\
             <SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>",
            i + 1
        );
    }
    let path = dir.join(name);
    fs::write(&path, text + "</VRTDataset>").expect("a raster");
    path.display().to_string()
}

const GUANGXI: &str = "data-samples/guangxi";

#[test]
fn each_step_alone_gives_the_maps_of_the_whole_study() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    let path = |file: &str| format!("{GUANGXI}/{file}");
    let (temperature, precipitation, radiation) = (
        path("climate/temperature.tif"),
        path("climate/precipitation.tif"),
        path("climate/radiation.tif"),
    );
    said(&["run", &path("study.toml"), "-q"], &at("study"));

    let (npp, soc) = (path("npp/npp_{year}.tif"), path("soil/soc.tif"));
    let valid = ["--valid-range", "npp=-30000,32700"];
    let mut arguments = vec![
        "respiration",
        "--temperature",
        &temperature,
        "--precipitation",
        &precipitation,
        "--soc",
        &soc,
    ];
    arguments.extend(["--npp", &npp]);
    arguments.extend(valid);
    let stderr = said(&arguments, &at("respiration"));
    assert!(
        stderr.contains("npp: years 2001-2020, from the pattern of the file names"),
        "{stderr}"
    );
    let layers = [
        "stacks/rs",
        "stacks/rh",
        "stacks/nep",
        "maps/rs_mean",
        "maps/rh_mean",
        "maps/nep_mean",
    ];
    assert_same(&at("study"), &at("respiration"), &layers);

    let glob = path("npp/npp_*.tif");
    let stderr = said(&["trend", &glob, valid[0], valid[1]], &at("trend"));
    assert!(
        stderr.contains("called npp") && stderr.contains("2001-2020"),
        "{stderr}"
    );
    let layers = ["slope", "intercept", "r2", "p", "n", "class", "mean", "cv"]
        .map(|what| format!("maps/npp_{what}"));
    assert_same(
        &at("study"),
        &at("trend"),
        &layers.each_ref().map(String::as_str),
    );

    let nep = at("respiration")
        .join("stacks/nep.tif")
        .display()
        .to_string();
    let drivers = [
        ("temperature", &temperature),
        ("precipitation", &precipitation),
        ("radiation", &radiation),
    ];
    let drivers: Vec<String> = drivers
        .iter()
        .map(|(name, file)| format!("{name}={file}"))
        .collect();
    let mut arguments = vec!["correlate", "--response", &nep];
    for driver in &drivers {
        arguments.extend(["--driver", driver]);
    }
    said(&arguments, &at("correlate"));
    let mut layers = vec![
        "maps/nep_drivers_r2".to_owned(),
        "maps/nep_drivers_p".to_owned(),
    ];
    for d in ["temperature", "precipitation", "radiation"] {
        layers
            .extend(["partial", "coef", "beta", "vif"].map(|what| format!("maps/nep_{what}_{d}")));
        layers.push(format!("maps/nep_partial_{d}_p"));
    }
    assert_same(
        &at("study"),
        &at("correlate"),
        &layers.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    assert!(
        !at("correlate").join("maps/nep_slope.tif").exists(),
        "correlate makes no trends"
    );
    assert!(
        !at("correlate").join("maps/detrended").exists(),
        "correlate makes no attribution"
    );
    arguments[0] = "attribute";
    said(&arguments, &at("attribute"));
    let each = [
        "slope_climate",
        "slope_human",
        "driver_class",
        "share_climate",
        "dominant",
        "slope_precipitation",
    ];
    let mut layers: Vec<String> = ["raw", "detrended"]
        .iter()
        .flat_map(|folder| each.map(|what| format!("maps/{folder}/nep_{what}")))
        .collect();
    layers.extend(["maps/climate_regime", "maps/nep_slope", "maps/nep_mk_p"].map(str::to_owned));
    assert_same(
        &at("study"),
        &at("attribute"),
        &layers.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    // The study has zones besides; its rows of all are those of the step to the last digit.
    let table = |folder: &str| -> Vec<String> {
        let path = at(folder).join("tables/attribution.csv");
        let text = fs::read_to_string(path).expect("a table");
        let mut lines = text.lines();
        let head = lines.next().map(str::to_owned);
        let of_all = lines.filter(|line| line.split(',').nth(1) == Some("all"));
        head.into_iter().chain(of_all.map(str::to_owned)).collect()
    };
    assert_eq!(table("study"), table("attribute"));
    arguments.extend(["--sensitivity", "first-difference,baseline=2001-2010"]);
    said(&arguments, &at("baseline"));
    assert!(
        at("baseline")
            .join("maps/baseline/nep_slope_human.tif")
            .is_file()
    );
    assert!(
        at("baseline")
            .join("maps/first-difference/nep_slope_human.tif")
            .is_file()
    );
    assert!(!at("baseline").join("maps/raw").exists());

    // Step by step or all at once, the records name the command.
    let record = fs::read_to_string(at("correlate").join("run.json")).expect("run.json");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    assert!(
        record["command"]
            .as_str()
            .is_some_and(|command| command.contains("correlate --response"))
    );
    assert!(
        record["arguments_as_study"]
            .as_str()
            .is_some_and(|text| text.contains("[inputs.radiation]"))
    );
    assert!(record.get("study_file").is_none(), "there is no study file");
}

/// A study made of the record's text gives the same maps: nothing is computed in a second way.
#[test]
fn the_recorded_study_runs_as_a_study() {
    let dir = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (2001..=2008)
        .map(|year| format!("lai_{year}.asc"))
        .collect();
    let (_files, paths) = text_rasters(&names, |i| [1.0, 1.5, 1.2, 1.9, 1.7, 2.2, 2.0, 2.6][i]);
    let mut arguments = vec!["trend"];
    arguments.extend(paths.iter().map(String::as_str));
    arguments.extend(["--min-years", "6", "--json"]);
    let (code, stdout, stderr) = outcome(&arguments, &dir.path().join("step"));
    assert_eq!(code, 0, "{stderr}");
    let record: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let study = dir.path().join("study.toml");
    fs::write(
        &study,
        record["arguments_as_study"].as_str().expect("a study"),
    )
    .expect("a file");
    said(
        &["run", &study.display().to_string()],
        &dir.path().join("study"),
    );
    assert_same(
        &dir.path().join("step"),
        &dir.path().join("study"),
        &["maps/lai_slope", "maps/lai_p", "maps/lai_class"],
    );
}

#[test]
fn years_come_from_names_ranges_and_bands_and_the_guess_is_said() {
    let values = |i: usize| [1.0, 1.5, 1.2, 1.9, 1.7, 2.2][i % 6];
    let out = tempfile::tempdir().expect("a folder");
    let n = |out: &Path, name: &str| {
        RasterRead::open(&out.join(format!("maps/{name}_n.tif")))
            .expect("n")
            .values[0][0]
    };

    let names: Vec<String> = (1990..=1995)
        .map(|year| format!("ndvi_{year}_v2.asc"))
        .collect();
    let (dir, paths) = text_rasters(&names, values);
    let mut arguments = vec!["trend"];
    // In any order: the names tell.
    arguments.extend(paths.iter().rev().map(String::as_str));
    let stderr = said(&arguments, &out.path().join("names"));
    assert!(
        stderr.contains("ndvi: years 1990-1995, from digits in the file names"),
        "{stderr}"
    );
    let slope = RasterRead::open(&out.path().join("names/maps/ndvi_slope.tif"))
        .expect("slope")
        .values[0]
        .clone();
    // 5 6-year values on centred years: sum(t y) / 17.5, by hand; the second pixel is twice the first.
    let expected = (-2.5 * 1.0 - 1.5 * 1.5 - 0.5 * 1.2 + 0.5 * 1.9 + 1.5 * 1.7 + 2.5 * 2.2) / 17.5;
    assert!(
        (slope[0] - expected).abs() < 1e-7 && (slope[1] - 2.0 * expected).abs() < 1e-7,
        "{slope:?}"
    );

    let stack = stacked(dir.path(), "lai_1990-1995.vrt", &paths);
    let stderr = said(&["trend", &stack], &out.path().join("range"));
    assert!(
        stderr.contains("lai: years 1990-1995, from the first and last year in the file name"),
        "{stderr}"
    );
    assert_eq!(n(&out.path().join("range"), "lai"), 6.0);
    // Part of a stack whose name tells its years.
    said(
        &["trend", &stack, "--years", "1991-1995"],
        &out.path().join("part"),
    );
    assert_eq!(n(&out.path().join("part"), "lai"), 5.0);

    let untold = stacked(dir.path(), "lai.vrt", &paths);
    let (code, _, stderr) = outcome(&["trend", &untold], &out.path().join("untold"));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("--years FIRST-LAST"), "{stderr}");
    let stderr = said(
        &["trend", &untold, "--years", "1990-1995"],
        &out.path().join("order"),
    );
    assert!(stderr.contains("taken in order, 1990 to 1995"), "{stderr}");
    // Quiet is quiet.
    assert_eq!(
        said(
            &["trend", &untold, "--years", "1990-1995", "-q"],
            &out.path().join("quiet")
        ),
        ""
    );
}

#[test]
fn months_become_years_by_mean_or_sum_and_an_unfinished_year_is_left_out() {
    // July 2000 to March 2007; the value is the month's number.
    let times: Vec<(i32, i32)> = (0..81)
        .map(|m| (2000 + (6 + m) / 12, (6 + m) % 12 + 1))
        .collect();
    let names: Vec<String> = times
        .iter()
        .map(|(year, month)| format!("lai_{year}_{month:02}.asc"))
        .collect();
    let (_dir, paths) = text_rasters(&names, |i| f64::from(times[i].1));
    let out = tempfile::tempdir().expect("a folder");
    let mut arguments = vec!["trend"];
    arguments.extend(paths.iter().map(String::as_str));
    let stderr = said(&arguments, &out.path().join("mean"));
    assert!(
        stderr.contains("lai: years 2001-2006") && stderr.contains("mean of its months"),
        "{stderr}"
    );
    arguments.extend(["--aggregate", "sum"]);
    said(&arguments, &out.path().join("sum"));
    let mean = |folder: &str| {
        RasterRead::open(&out.path().join(folder).join("maps/lai_mean.tif"))
            .expect("mean")
            .values[0]
            .clone()
    };
    assert_eq!(
        (mean("mean"), mean("sum")),
        (vec![6.5, 13.0], vec![78.0, 156.0])
    );
}

/// Annual climate is no input of a model of respiration, but a driver like any other.
#[test]
fn an_annual_temperature_can_be_a_driver() {
    let years: Vec<i32> = (2001..=2010).collect();
    let rasters = |name: &str, values: fn(usize) -> f64| {
        text_rasters(
            &years
                .iter()
                .map(|year| format!("{name}_{year}.asc"))
                .collect::<Vec<_>>(),
            values,
        )
    };
    let (y_dir, y) = rasters("ndvi", |i| {
        [1.0, 1.4, 1.1, 1.9, 1.5, 2.1, 1.6, 2.4, 2.0, 2.6][i]
    });
    let (t_dir, _) = rasters("t", |i| {
        [10.0, 10.5, 10.2, 11.1, 10.4, 11.0, 10.6, 11.4, 10.9, 11.2][i]
    });
    let driver = format!("temperature={}/t_{{year}}.asc", t_dir.path().display());
    let out = tempfile::tempdir().expect("a folder");
    let mut arguments = vec!["correlate", "--response"];
    arguments.extend(y.iter().map(String::as_str));
    arguments.extend(["--driver", &driver]);
    said(&arguments, out.path());
    let read = |name: &str| {
        RasterRead::open(&out.path().join(format!("maps/{name}.tif")))
            .expect(name)
            .values[0][0]
    };
    // scipy.stats.pearsonr of the two series as float32; with one driver the partial correlation is the plain one.
    assert!(
        (read("ndvi_partial_temperature") - 0.955_835_31).abs() < 1e-6,
        "{}",
        read("ndvi_partial_temperature")
    );
    drop(y_dir);
}

/// What a user does wrong, the exit code, and what the message must name.
#[test]
fn mistakes_are_told_in_the_words_of_the_arguments() {
    let names: Vec<String> = (2001..=2008)
        .map(|year| format!("lai_{year}.asc"))
        .collect();
    let (dir, paths) = text_rasters(&names, |i| [1.0, 1.5, 1.2, 1.9, 1.7, 2.2, 2.0, 2.6][i]);
    let lai = format!("{}/lai_{{year}}.asc", dir.path().display());
    let one = paths[0].as_str();
    let driver = format!("x={lai}");
    let (temperature, precipitation) = (
        format!("{GUANGXI}/climate/temperature.tif"),
        format!("{GUANGXI}/climate/precipitation.tif"),
    );
    let climate = [
        "respiration",
        "--temperature",
        &temperature,
        "--precipitation",
        &precipitation,
    ];
    let with = |more: &[&'static str]| [&climate[..], more].concat();
    let cases: Vec<(Vec<&str>, i32, &[&str])> = vec![
        (vec!["trend"], 2, &["FILES"]),
        (
            vec!["trend", "none_*.tif", "--name", "x"],
            3,
            &["none_*.tif", "working folder"],
        ),
        (
            vec!["trend", &lai, "--years", "2008-2001"],
            2,
            &["--years", "2001-2008"],
        ),
        (
            vec!["trend", &lai, "--years", "2001-2009"],
            3,
            &["2009", "lai"],
        ),
        (
            vec!["trend", &lai, "--min-years", "9"],
            2,
            &["--min-years", "4 to 8"],
        ),
        (vec!["trend", &lai, "--alpha", "2"], 2, &["--alpha"]),
        (
            vec!["trend", &lai, "--tests", "osl"],
            2,
            &["--tests", "ols"],
        ),
        (
            vec!["trend", &lai, "--layers", "lai_slop"],
            2,
            &["--layers", "lai_slope"],
        ),
        (
            vec!["trend", &lai, "--scale", "zero"],
            2,
            &["--scale", "zero"],
        ),
        (
            vec!["trend", &lai, "--scale", "0"],
            2,
            &["--scale", "other than 0"],
        ),
        (
            vec!["trend", &lai, "--name", "npp", "--units", "bananas"],
            2,
            &["--units", "bananas"],
        ),
        (vec!["trend", &lai, "--name", "a/b"], 2, &["--name", "a_b"]),
        (
            vec!["trend", &lai, "--steps", "weekly"],
            2,
            &["--steps", "weekly"],
        ),
        (vec!["trend", &lai, "--memory", "lots"], 2, &["--memory"]),
        (
            vec!["trend", one, "--years", "2001-2008"],
            2,
            &["lai", "static"],
        ),
        (
            vec!["correlate", "--response", &lai, "--driver", one],
            2,
            &["--driver NAME=FILES"],
        ),
        (vec!["correlate", "--response", &lai], 2, &["--driver"]),
        (
            vec![
                "attribute",
                "--response",
                &lai,
                "--driver",
                &driver,
                "--sensitivity",
                "baselin=2001-2005",
            ],
            2,
            &[
                "--sensitivity",
                "did you mean \"baseline\"?",
                "first-difference, baseline=2001-2005",
            ],
        ),
        (
            vec!["trend", &lai, "--layers", "lai_hurst"],
            2,
            &["--layers", "\"lai_hurst\"", "needs \"hurst\" in --tests"],
        ),
        (with(&[]), 2, &["rs", "--soc"]),
        (with(&["--soc", "none.tif"]), 3, &["none.tif"]),
        (with(&["--units", "K"]), 2, &["--units temperature="]),
        (
            with(&[
                "--soc",
                "data-samples/guangxi/soil/soc.tif",
                "--parameter",
                "K7=1",
            ]),
            2,
            &["--parameter", "K7", "R0"],
        ),
        (
            with(&[
                "--soc",
                "data-samples/guangxi/soil/soc.tif",
                "--heterotrophic",
                "1.5",
            ]),
            2,
            &["--heterotrophic"],
        ),
        (
            with(&[
                "--soc",
                "data-samples/guangxi/soil/soc.tif",
                "--offset",
                "temperature=300",
            ]),
            3,
            &["temperature", "kelvin", "--units", "--no-check-range"],
        ),
    ];
    for (arguments, code, words) in cases {
        let out = dir.path().join("out");
        let (found, _, stderr) = outcome(&arguments, &out);
        assert_eq!(found, code, "{arguments:?}: {stderr}");
        for word in words {
            assert!(
                stderr.contains(word),
                "{arguments:?}: {word:?} is not in: {stderr}"
            );
        }
        for word in [
            "study.toml",
            "inputs.",
            "trend.",
            "drivers.",
            "respiration.",
            "output.",
            "panicked",
        ] {
            assert!(
                !stderr.contains(word),
                "{arguments:?}: {word:?} is in: {stderr}"
            );
        }
        assert!(!out.exists(), "{arguments:?} left files");
    }
}

#[test]
fn a_mask_and_a_list_of_layers_hold_in_steps() {
    let names: Vec<String> = (2001..=2008)
        .map(|year| format!("lai_{year}.asc"))
        .collect();
    let (dir, paths) = text_rasters(&names, |i| [1.0, 1.5, 1.2, 1.9, 1.7, 2.2, 2.0, 2.6][i]);
    let mask: PathBuf = dir.path().join("mask.asc");
    fs::write(
        &mask,
        "ncols 2\nnrows 1\nxllcorner 10\nyllcorner 20\ncellsize 0.5\n0 1\n",
    )
    .expect("a raster");
    let mut arguments = vec!["trend"];
    arguments.extend(paths.iter().map(String::as_str));
    let mask = mask.display().to_string();
    arguments.extend(["--mask", &mask, "--layers", "lai_slope"]);
    let out = dir.path().join("out");
    said(&arguments, &out);
    let slope = RasterRead::open(&out.join("maps/lai_slope.tif"))
        .expect("slope")
        .values[0]
        .clone();
    assert!(slope[0].is_nan() && slope[1] > 0.0, "{slope:?}");
    assert!(!out.join("maps/lai_p.tif").exists());
}

#[test]
fn what_a_step_leaves_has_a_page() {
    let dir = tempfile::tempdir().expect("a folder");
    let sample = |file: &str| format!("{}/data-samples/guangxi/{file}", env!("CARGO_MANIFEST_DIR"));
    let (npp, heat) = (
        sample("npp/npp_{year}.tif"),
        sample("climate/temperature.tif"),
    );
    let driver = format!("temperature={heat}");
    let steps: [(&str, Vec<&str>, &str); 3] = [
        (
            "trend",
            vec!["trend", &npp, "--valid-range=-30000,32700"],
            "npp_slope",
        ),
        (
            "correlate",
            vec!["correlate", "--response", &npp, "--driver", &driver],
            "npp_partial_temperature",
        ),
        (
            "attribute",
            vec!["attribute", "--response", &npp, "--driver", &driver],
            "npp_slope",
        ),
    ];
    for (name, arguments, map) in steps {
        let out = dir.path().join(name);
        // A page of before would tell of other numbers.
        fs::create_dir_all(&out).expect("a folder");
        fs::write(out.join("report.html"), "a page of before").expect("written");
        let stderr = said(&arguments, &out);
        let command = format!("`doline report {}` makes a page", out.display());
        assert!(stderr.contains(&command), "{stderr}");
        assert!(!out.join("report.html").exists(), "{name}");
        let made = doline()
            .arg("report")
            .arg(&out)
            .arg("-q")
            .output()
            .expect("doline starts");
        assert!(
            made.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let page = fs::read_to_string(out.join("report.html")).expect("a page");
        assert!(
            page.contains(&format!("<code>maps/{map}.tif</code>")),
            "{name}"
        );
    }
}
