//! The commands that README and manual show run as they are written.
//!
//! Each page has a folder of its own with the files that pages speak of. Lines of fences marked `sh` that begin with `doline`
//! run in their order; others, such as `make demo`, build things and are run by hand.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    reason = "small numbers; a test stops at the first surprise"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use doline::synth::{self, SynthOptions};
use gdal::raster::Buffer;
use gdal::{DriverManager, Metadata as _};

const WIDTH: usize = 24;
const HEIGHT: usize = 18;

/// README and the pages that show commands.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["docs/guide", "docs/tutorial", "docs/from"];
    let mut pages = vec![root.join("README.md")];
    for folder in folders {
        let files = fs::read_dir(root.join(folder)).expect("a folder of the manual");
        pages.extend(files.map(|file| file.expect("a file").path()));
    }
    pages.sort();
    pages
}

/// The commands in a page.
fn commands_of(page: &str) -> Vec<String> {
    let (mut is_shell, mut commands) = (false, Vec::new());
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_shell = language == "sh";
        } else if is_shell && line.starts_with("doline ") {
            let command = line.split(" # ").next().unwrap_or(line);
            commands.push(command.trim_end().to_owned());
        }
    }
    commands
}

/// A raster of 32-bit floats on the grid of the synthetic study.
fn raster(like: &Path, path: &Path, labels: &[String], value: impl Fn(usize) -> f32) {
    let like = gdal::Dataset::open(like).expect("a raster of the study");
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GeoTIFF");
    let mut made = driver
        .create_with_band_type::<f32, _>(path, WIDTH, HEIGHT, labels.len())
        .expect("created");
    let transform = like.geo_transform().expect("a place");
    made.set_geo_transform(&transform).expect("placed");
    made.set_projection(&like.projection()).expect("a system");
    for (number, label) in labels.iter().enumerate() {
        let mut band = made.rasterband(number + 1).expect("a band");
        let values = (0..WIDTH * HEIGHT).map(|pixel| value(number) + (pixel % 7) as f32 * 0.01);
        let mut values = Buffer::new((WIDTH, HEIGHT), values.collect());
        band.write((0, 0), (WIDTH, HEIGHT), &mut values)
            .expect("written");
        band.set_description(label).expect("described");
    }
}

/// A folder with a synthetic study, and stacks named as in the pages.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let at = |name: &str| place.path().join(name);
    let options = SynthOptions {
        width: WIDTH,
        height: HEIGHT,
        ..SynthOptions::default()
    };
    synth::write(place.path(), &options, &mut |_, _| {}).expect("a study");
    for (from, to) in [
        ("climate/temperature.tif", "t.tif"),
        ("climate/precipitation.tif", "p.tif"),
        ("soil/soc.tif", "soc.tif"),
        ("zones/counties.gpkg", "counties.gpkg"),
    ] {
        symlink(at(from), at(to)).expect("linked");
    }
    let like = at("npp/npp_2001.tif");
    // Neither a straight line nor a series that a driver explains.
    let swing = |year: usize| ((year * year * 7919) % 23) as f32 / 23.0;
    for year in 1982..=2013 {
        let line = 0.4 + 0.002 * (year - 1982) as f32;
        let path = at(&format!("ndvi_{year}.tif"));
        raster(&like, &path, &[year.to_string()], |_| {
            line + 0.05 * swing(year)
        });
    }
    for year in 2001..=2020_usize {
        let line = 5.0 * (year - 2001) as f32;
        let label = [year.to_string()];
        let nep = at(&format!("nep_{year}.tif"));
        raster(&like, &nep, &label, |_| 300.0 + line + 40.0 * swing(year));
        let npp = at(&format!("npp_{year}.tif"));
        raster(&like, &npp, &label, |_| 700.0 + line + 40.0 * swing(year));
        let months: Vec<String> = (1..=12).map(|month| format!("{year}-{month:02}")).collect();
        let rain = at(&format!("pr_{year}.tif"));
        raster(&like, &rain, &months, |month| {
            80.0 + 10.0 * month as f32 + 30.0 * swing(year + month)
        });
    }
    place
}

#[test]
fn every_command_of_the_manual_runs() {
    let binary = Path::new(env!("CARGO_BIN_EXE_doline"));
    let folder = binary.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let (mut n_commands, mut failures) = (0, Vec::new());
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let commands = commands_of(&text);
        if commands.is_empty() {
            continue;
        }
        let place = place();
        for command in commands {
            let output = Command::new("bash")
                .args(["-c", &command])
                .current_dir(place.path())
                .env("PATH", format!("{folder}:{path}"))
                .env("NO_COLOR", "1")
                .output()
                .expect("a shell");
            n_commands += 1;
            if !output.status.success() {
                let stderr = String::from_utf8_lossy(&output.stderr);
                failures.push(format!("{}: {command}\n{stderr}", page.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(n_commands >= 20, "{n_commands} commands are found");
}
