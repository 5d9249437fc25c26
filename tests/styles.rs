//! What a run leaves for a GIS: styles, a project, an entry of a catalogue, times of stacks. `tests/gis` opens them with
//! the real programs.
#![cfg(feature = "cli")]
#![allow(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use doline::palette::{OF_P, Ramp, colours_of};
use doline::sinks::RasterRead;
use doline::synth::{self, SynthOptions};
use serde_json::Value;

/// A name that has all that XML and JSON know.
const NAME: &str = "study.name=\"Karst <A> & 'B', \\\"C\\\"\"";

/// The folder of a run of a small synthetic study.
fn run(dir: &Path, overrides: &[&str]) -> PathBuf {
    let options = SynthOptions {
        height: 40,
        width: 50,
        ..SynthOptions::default()
    };
    let study = synth::write(&dir.join("study"), &options, &mut |_, _| {}).expect("a study");
    let out = dir.join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_doline"));
    command
        .arg("run")
        .arg(&study.study)
        .args(["-q", "--device", "cpu", "--out"])
        .arg(&out);
    for change in overrides {
        command.args(["--set", change]);
    }
    let run = command.output().expect("a run");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{stderr}");
    out
}

/// The files below a folder with an ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|known| known == ending) {
            found.push(path);
        }
    }
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

/// The project inside its archive.
fn project(out: &Path) -> String {
    let zip = fs::read(out.join("project.qgz")).expect("a project");
    let name = usize::from(u16::from_le_bytes([zip[26], zip[27]]));
    let mut text = String::new();
    let mut inflated = flate2::read::DeflateDecoder::new(&zip[30 + name..]);
    inflated.read_to_string(&mut text).expect("a text");
    text
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[test]
fn a_run_leaves_styles_a_project_and_an_entry_of_its_maps() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = run(dir.path(), &[NAME]);
    let maps = files(&out, "tif");
    assert!(maps.len() > 50, "{}", maps.len());
    assert_eq!(files(&out, "qml").len(), maps.len());
    for map in &maps {
        let style = text(&map.with_extension("qml"));
        let read = RasterRead::open(map).expect("a raster");
        let classes: Vec<(u8, String)> = (0..=u8::MAX)
            .zip(read.class_names)
            .filter(|(_, label)| !label.is_empty())
            .collect();
        let is_flags = map.ends_with("maps/flags.tif");
        let is_paletted = style.contains("type=\"paletted\"");
        assert_eq!(
            is_paletted,
            is_flags || !classes.is_empty(),
            "{}",
            map.display()
        );
        for ((code, label), colour) in classes.iter().zip(colours_of(&classes)) {
            let colour = hex(colour);
            let entry =
                format!("value=\"{code}\" color=\"{colour}\" alpha=\"255\" label=\"{label}\"");
            assert!(style.contains(&entry), "{}: {entry}", map.display());
        }
    }
    // A trend goes as far to both sides of zero; a test has its ranges.
    let slope = text(&out.join("maps/nep_slope.qml"));
    let limit = |key: &str| -> f64 {
        let rest = slope.split(&format!("{key}=\"")).nth(1).expect(key);
        rest.split('"')
            .next()
            .and_then(|x| x.parse().ok())
            .expect(key)
    };
    assert!(limit("classificationMax") > 0.0);
    assert_eq!(limit("classificationMin"), -limit("classificationMax"));
    assert!(slope.contains(&hex(Ramp::Diverging.colours()[0])));
    let p = text(&out.join("maps/nep_p.qml"));
    assert!(
        OF_P.iter()
            .all(|(_, colour, label)| { p.contains(&hex(*colour)) && p.contains(label) })
    );
    the_project_can_be_moved(&out, &maps);
    the_entry_lists_what_there_is(&out, &maps);
    the_limits_are_those_of_the_record(&out);
    let times = json(&out.join("stacks/nep.tif.aux.json"));
    assert_eq!(times["timestep"], "years");
    assert_eq!(times["time"].as_array().map(Vec::len), Some(20));
    assert_eq!(times["unit"][0], "gC m-2 yr-1");
}

fn the_project_can_be_moved(out: &Path, maps: &[PathBuf]) {
    let project = project(out);
    let folder = out.to_string_lossy();
    assert!(!project.contains(&*folder), "an absolute path");
    for map in maps {
        let path = map.strip_prefix(out).expect("below it");
        let source = format!("<datasource>./{}</datasource>", path.display());
        assert!(project.contains(&source), "{source}");
    }
    let title = "<title>Karst &lt;A&gt; &amp; &apos;B&apos;, &quot;C&quot;</title>";
    assert!(project.contains(title));
    // Twenty years of three stacks, each with its time.
    assert_eq!(project.matches("<temporal enabled=\"1\"").count(), 60);
    // Zones are listed before maps, and so on top.
    let zones = project.find("name=\"zones\"").expect("zones");
    assert!(zones < project.find("name=\"nep\"").expect("NEP"));
    // One map is shown: of layers that are checked only years are hidden with their group.
    let checked = project
        .lines()
        .filter(|line| line.contains("layer-tree-layer"));
    let checked: Vec<&str> = checked
        .filter(|line| line.contains("Qt::Checked"))
        .collect();
    let maps = checked
        .iter()
        .filter(|line| line.contains("expanded=\"1\""));
    assert_eq!(maps.count(), 1, "{checked:?}");
}

fn the_entry_lists_what_there_is(out: &Path, maps: &[PathBuf]) {
    let item = json(&out.join("item.json"));
    let assets = item["assets"].as_object().expect("assets");
    let rasters = assets.values().filter(|asset| asset["roles"][0] == "data");
    assert_eq!(rasters.clone().count(), maps.len());
    // The schema of raster 2.0 (stac-extensions/raster, v2.0.0) wants a field of its own from an item that names it; this
    // one is `area` or `point` there.
    for raster in rasters {
        assert_eq!(raster["raster:sampling"], "area", "{raster}");
    }
    for (name, asset) in assets {
        let href = asset["href"].as_str().expect("an address");
        assert!(out.join(href).is_file(), "{name}: {href}");
    }
    assert_eq!(item["properties"]["title"], "Karst <A> & 'B', \"C\"");
    assert_eq!(item["properties"]["proj:code"], "EPSG:4326");
    assert_eq!(
        item["properties"]["proj:shape"],
        serde_json::json!([40, 50])
    );
    let classes = &assets["nep_class"]["classification:classes"];
    assert_eq!(classes[4]["title"], "strong increase");
    assert_eq!(assets["flags"]["classification:bitfields"][1]["offset"], 1);
}

fn the_limits_are_those_of_the_record(out: &Path) {
    let record = json(&out.join("run.json"));
    let layers = record["layers"].as_array().expect("layers");
    for layer in layers {
        let path = layer["path"].as_str().expect("a path");
        let number = |key: &str, end: usize| layer[key][end].as_f64();
        let (Some(low), Some(high)) = (number("extremes", 0), number("extremes", 1)) else {
            assert!(layer["extremes"].is_null(), "{path}");
            continue;
        };
        let read = RasterRead::open(&out.join(format!("{path}.tif"))).expect("a raster");
        let values = || read.values.iter().flatten().filter(|value| !value.is_nan());
        let least = values().copied().fold(f64::INFINITY, f64::min);
        let most = values().copied().fold(f64::NEG_INFINITY, f64::max);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs();
        assert!(
            near(low, least) && near(high, most),
            "{path}: {low} {least} {high} {most}"
        );
        let Some((from, to)) = number("central_range", 0).zip(number("central_range", 1)) else {
            continue;
        };
        // All pixels of so small a grid are in the sample, one band of each.
        let values: Vec<f64> = values().copied().collect();
        let share = |is_counted: &dyn Fn(f64) -> bool| {
            let n = values.iter().filter(|value| is_counted(**value)).count();
            n as f64 / values.len() as f64
        };
        let beyond = [share(&|value| value < from), share(&|value| value > to)];
        assert!(least <= from && from <= to && to <= most, "{path}");
        assert!(
            beyond.iter().all(|share| *share <= 0.04),
            "{path}: {beyond:?}"
        );
    }
}

#[test]
fn a_run_without_maps_leaves_no_styles() {
    let dir = tempfile::tempdir().expect("a folder");
    let out = run(dir.path(), &["output.layers=\"none\""]);
    assert!(out.join("tables/series.csv").is_file());
    assert!(!out.join("project.qgz").exists() && !out.join("item.json").exists());
    assert_eq!(files(&out, "qml").len() + files(&out, "tif").len(), 0);
}
