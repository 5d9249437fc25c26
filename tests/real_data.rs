//! The chain on real stacks: monthly climate and NDVI of Wisconsin, MODIS NPP of Hawaii, MODIS LAI
//! of China. They lie in `../shared/data`, are not part of the repository, and their tests are listed
//! as ignored where the folder is not there.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use doline::sinks::RasterRead;
use libtest_mimic::{Arguments, Failed, Trial};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

/// Runs a study on `device` and gives the folder of its outputs.
fn run(study: &str, device: &str) -> Result<tempfile::TempDir, Failed> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("study.toml");
    fs::write(&path, study)?;
    let output = Command::new(env!("CARGO_BIN_EXE_doline"))
        .arg("run")
        .arg(&path)
        .args(["--device", device, "--out"])
        .arg(dir.path().join("out"))
        .output()?;
    if output.status.success() {
        Ok(dir)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

fn values(dir: &tempfile::TempDir, name: &str) -> Vec<f64> {
    RasterRead::open(&dir.path().join("out").join(name))
        .expect(name)
        .values
        .concat()
}

fn mean(values: &[f64]) -> f64 {
    let there: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    there.iter().sum::<f64>() / there.len() as f64
}

fn wisconsin() -> String {
    let folder = data().join("wisconsin-ndvi-climate").display().to_string();
    format!(
        "[study]\nname = \"Wisconsin\"\nyears = [1982, 2013]\n[grid]\nlike = \"ndvi\"\n\
         [inputs.ndvi]\nfiles = \"{folder}/WI_ndvi_growing_season_1982-2013.tif\"\nsteps = \"annual\"\n\
         [inputs.temperature]\nfiles = \"{folder}/WI_tmean_monthly_1982-2013.tif\"\nunits = \"degC\"\n\
         [inputs.precipitation]\nfiles = \"{folder}/WI_precip_monthly_1982-2013.tif\"\nunits = \"mm month-1\"\n\
         [inputs.soc]\nfiles = \"{folder}/WI_soc_0-20cm.tif\"\nunits = \"kgC m-2\"\n\
         [trend]\nof = [\"rs\", \"rh\", \"ndvi\", \"temperature\", \"precipitation\"]\n\
         [drivers]\nresponse = \"ndvi\"\npredictors = [\"temperature\", \"precipitation\"]\n"
    )
}

/// Monthly climate and soil carbon give Rs and Rh; NDVI is the response of the drivers.
fn wisconsin_respiration_and_drivers() -> Result<(), Failed> {
    let dir = run(&wisconsin(), "cpu")?;
    let [rs, rh] = ["maps/rs_mean.tif", "maps/rh_mean.tif"].map(|name| values(&dir, name));
    let (rs_mean, rh_mean) = (mean(&rs), mean(&rh));
    assert!(
        (300.0..900.0).contains(&rs_mean) && rh_mean < rs_mean,
        "Rs {rs_mean}, Rh {rh_mean}"
    );
    assert!(
        rs.iter().zip(&rh).all(|(rs, rh)| rs.is_nan() || rh <= rs),
        "Rh never passes Rs"
    );
    // The annual means that came with the data, from the same stations, are what the months give.
    let annual = data().join("wisconsin-ndvi-climate/WI_tmean_annual_degC_1982-2013.tif");
    let annual = RasterRead::open(&annual)
        .expect("annual temperature")
        .values
        .concat();
    let ours = values(&dir, "maps/temperature_mean.tif");
    assert!(
        (mean(&ours) - mean(&annual)).abs() < 0.05,
        "{} {}",
        mean(&ours),
        mean(&annual)
    );
    for map in [
        "ndvi_partial_temperature",
        "ndvi_partial_precipitation_p",
        "ndvi_coef_precipitation",
        "ndvi_drivers_r2",
    ] {
        let n = values(&dir, &format!("maps/{map}.tif"))
            .iter()
            .filter(|x| !x.is_nan())
            .count();
        assert!(n > 2000, "{map} has {n} values");
    }
    // No NPP: Rs and Rh, but no NEP.
    assert!(!dir.path().join("out/stacks/nep.tif").exists());
    Ok(())
}

/// The same study on a GPU: fluxes within 1e-5, the same classes.
fn wisconsin_is_the_same_on_a_gpu() -> Result<(), Failed> {
    let [cpu, gpu] = [run(&wisconsin(), "cpu")?, run(&wisconsin(), "gpu")?];
    for (name, tolerance) in [
        ("stacks/rs.tif", 1e-5),
        ("stacks/rh.tif", 1e-5),
        ("maps/ndvi_class.tif", 0.0),
        ("maps/rs_class.tif", 0.0),
    ] {
        for (x, y) in values(&cpu, name).into_iter().zip(values(&gpu, name)) {
            assert_eq!(x.is_nan(), y.is_nan(), "{name}");
            assert!(
                x.is_nan() || (x - y).abs() <= tolerance * x.abs(),
                "{name}: {x} {y}"
            );
        }
    }
    Ok(())
}

/// MOD17 NPP as it comes: scale not declared, zeros where there is no value.
fn hawaii_npp_trend() -> Result<(), Failed> {
    let folder = data().join("hawaii-npp-rainfall/npp").display().to_string();
    let dir = run(
        &format!(
            "[study]\nname = \"Hawaii\"\nyears = [2010, 2019]\n\
             [inputs.npp]\nfiles = \"{folder}/hawaii_npp_{{year}}.tif\"\nscale = 0.0001\nunits = \"kgC m-2 yr-1\"\nnodata = [0]\n"
        ),
        "cpu",
    )?;
    let npp = mean(&values(&dir, "maps/npp_mean.tif"));
    assert!((300.0..2500.0).contains(&npp), "{npp}");
    let n = values(&dir, "maps/npp_n.tif");
    assert!(
        n.contains(&0.0) && n.contains(&10.0),
        "sea has no year, land has all"
    );
    let table = fs::read_to_string(dir.path().join("out/tables/series.csv"))?;
    assert_eq!(
        table.lines().filter(|line| line.contains(",npp,")).count(),
        10
    );
    Ok(())
}

/// Twenty bands of annual LAI, a response without drivers.
fn china_lai_trend() -> Result<(), Failed> {
    let file = data()
        .join("china-lai-modis/MOD15A2_LAI_China_G050_2001-2020.tif")
        .display()
        .to_string();
    let study = format!(
        "[study]\nname = \"China\"\nyears = [2001, 2020]\n[grid]\nlike = \"lai\"\n[inputs.lai]\nfiles = \"{file}\"\nsteps = \"annual\"\n[trend]\nof = [\"lai\"]\n"
    );
    let dir = run(&study, "cpu")?;
    let slope = mean(&values(&dir, "maps/lai_slope.tif"));
    // Greening of China is well known: some 0.01 to 0.03 a year.
    assert!((0.003..0.05).contains(&slope), "{slope}");
    Ok(())
}

/// A step command on `files`, its outputs and what it says.
fn step(arguments: &[&str]) -> Result<(tempfile::TempDir, String), Failed> {
    let dir = tempfile::tempdir()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_doline"));
    command
        .args(arguments)
        .args(["--device", "cpu", "--out"])
        .arg(dir.path().join("out"));
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok((dir, said))
    } else {
        Err(said.into())
    }
}

/// Stacks as they come, without a study: years from band descriptions, a range in the name, file
/// names and time axes of three calendars.
fn trends_of_any_stack() -> Result<(), Failed> {
    let path = |file: &str| data().join(file).display().to_string();
    for (file, name, years, from) in [
        (
            "wisconsin-ndvi-climate/WI_ndvi_growing_season_1982-2013.tif",
            "x",
            "1982-2013",
            "descriptions of the bands",
        ),
        (
            "china-lai-modis/MOD15A2_LAI_China_G050_2001-2020.tif",
            "x",
            "2001-2020",
            "first and last year in the file name",
        ),
        (
            "alaska-ndvi-greenbrown/greenbrown_ndvimap_monthly_1982-2011.tif",
            "x",
            "1982-2011",
            "descriptions of the bands",
        ),
        (
            "remote-gpcp-sst/pacificSST_monthly_1982-2010.tif",
            "x",
            "1982-2010",
            "descriptions of the bands",
        ),
        (
            "ccsm-annual-temperature/TREFHT.B06.66.atm.1890-1999ANN.nc",
            "x",
            "1890-1999",
            "time axis",
        ),
        (
            "iris-sample/A1B_north_america.nc",
            "x",
            "1860-2099",
            "time axis",
        ),
        (
            "hawaii-npp-rainfall/npp/hawaii_npp_*.tif",
            "x",
            "2010-2019",
            "digits in the file names",
        ),
    ] {
        let (dir, said) = step(&["trend", &path(file), "--name", name])?;
        assert!(
            said.contains(&format!("{name}: years {years}, from")) && said.contains(from),
            "{file}: {said}"
        );
        let slope = values(&dir, "maps/x_slope.tif");
        assert!(slope.iter().any(|x| !x.is_nan()), "{file} has no trend");
    }
    Ok(())
}

/// The commands give what the study of the same files gives.
fn wisconsin_step_by_step() -> Result<(), Failed> {
    let study = run(&wisconsin(), "cpu")?;
    let file = |name: &str| {
        data()
            .join("wisconsin-ndvi-climate")
            .join(name)
            .display()
            .to_string()
    };
    let (t, p) = (
        file("WI_tmean_monthly_1982-2013.tif"),
        file("WI_precip_monthly_1982-2013.tif"),
    );
    let (soc, ndvi) = (
        file("WI_soc_0-20cm.tif"),
        file("WI_ndvi_growing_season_1982-2013.tif"),
    );
    let same = |dir: &tempfile::TempDir, name: &str| {
        let pairs = values(&study, name).into_iter().zip(values(dir, name));
        let differing =
            pairs.filter(|(x, y)| x.to_bits() != y.to_bits() && !(x.is_nan() && y.is_nan()));
        assert_eq!(differing.count(), 0, "{name}");
    };
    let (dir, _) = step(&[
        "respiration",
        "--temperature",
        &t,
        "--precipitation",
        &p,
        "--soc",
        &soc,
        "--units",
        "soc=kgC m-2",
    ])?;
    for name in ["stacks/rs.tif", "stacks/rh.tif", "maps/rs_mean.tif"] {
        same(&dir, name);
    }
    let drivers = [format!("temperature={t}"), format!("precipitation={p}")];
    let (dir, _) = step(&[
        "correlate",
        "--response",
        &ndvi,
        "--name",
        "ndvi",
        "--driver",
        &drivers[0],
        "--driver",
        &drivers[1],
    ])?;
    for name in [
        "partial_temperature",
        "partial_precipitation_p",
        "coef_temperature",
        "drivers_p",
    ] {
        same(&dir, &format!("maps/ndvi_{name}.tif"));
    }
    Ok(())
}

/// Whatever lies there, broken and strange files too, ends with a code of the manual and leaves
/// nothing unfinished.
fn every_file_ends_well_in_inspect_and_trend() -> Result<(), Failed> {
    let mut open = vec![data()];
    let mut n_read = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)?
                    .map(|entry| entry.map(|entry| entry.path()))
                    .collect::<Result<Vec<_>, _>>()?,
            );
            continue;
        }
        let dir = tempfile::tempdir()?;
        let out = dir.path().join("out");
        let trend = [
            Path::new("trend"),
            &path,
            Path::new("--name"),
            Path::new("x"),
            Path::new("-o"),
            &out,
        ];
        for args in [&[Path::new("inspect"), &path], &trend[..]] {
            let output = Command::new(env!("CARGO_BIN_EXE_doline"))
                .args(args)
                .args(["-q"])
                .output()?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 2 | 3)),
                "{args:?}: {} {stderr}",
                output.status
            );
            assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
            assert!(
                output.status.success() || (stderr.contains("error: ") && !out.exists()),
                "{args:?}: {stderr}"
            );
            n_read += usize::from(output.status.success());
        }
    }
    assert!(n_read > 300, "{n_read} could be read");
    Ok(())
}

fn main() {
    type Test = fn() -> Result<(), Failed>;
    let tests: [(&str, Test); 7] = [
        (
            "every_file_ends_well_in_inspect_and_trend",
            every_file_ends_well_in_inspect_and_trend,
        ),
        (
            "wisconsin_respiration_and_drivers",
            wisconsin_respiration_and_drivers,
        ),
        (
            "wisconsin_is_the_same_on_a_gpu",
            wisconsin_is_the_same_on_a_gpu,
        ),
        ("hawaii_npp_trend", hawaii_npp_trend),
        ("china_lai_trend", china_lai_trend),
        ("trends_of_any_stack", trends_of_any_stack),
        ("wisconsin_step_by_step", wisconsin_step_by_step),
    ];
    let is_there = data().is_dir();
    let trials = tests
        .into_iter()
        .map(|(name, test)| Trial::test(name, test).with_ignored_flag(!is_there))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
