//! Runs in parts: by any number of processes, in any order, whatever ends them, they leave the bytes of an undivided run.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use doline::synth::{self, SynthOptions};
use gdal::raster::ResampleAlg;
use gdal::{Dataset, DriverManager, Metadata as _};
use serde_json::Value;

/// What of `run.json` is of the moment, or of who computed, and not of the study.
const OF_THE_MOMENT: [&str; 10] = [
    "command",
    "device",
    "output_dir",
    "parts",
    "parts_of",
    "peak_memory_bytes",
    "readers",
    "seconds",
    "threads",
    "working_dir",
];
/// A run that hangs is a failure.
const PATIENCE: Duration = Duration::from_mins(5);

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// A small study with everything that is gathered over a map, in six blocks below each other.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = SynthOptions {
            width: 60,
            height: 1300,
            ..SynthOptions::default()
        };
        synth::write(dir.path(), &options, &mut |_, _| {}).expect("a study");
        let path = dir.path().join("study.toml");
        coarsen(&dir.path().join("climate/radiation.tif"));
        let text = fs::read_to_string(&path).expect("a study");
        // Random maps take long, and are made of what is gathered.
        let text = text
            .replace(
                "[geodetector]",
                "[geodetector]\nsurrogates = 99\nof = [\"nep_slope\"]",
            )
            .replace("# mask = ", "mask = ")
            .replace("[measures]", "[measures]\nreplicates = 99\nmatch_pre = 3")
            .replace("climate/radiation.tif", "climate/coarse.tif");
        let more =
            "\n[uncertainty]\ndraws = 5\nseed = 5\n[uncertainty.parameters]\nR0 = { sd = 0.06 }\n";
        fs::write(&path, text + more).expect("written");
        Self(dir)
    }

    /// A study as `doline synth` makes it, in two blocks.
    fn small() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = SynthOptions {
            width: 40,
            height: 300,
            ..SynthOptions::default()
        };
        synth::write(dir.path(), &options, &mut |_, _| {}).expect("a study");
        Self(dir)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.0.path().join(name).join("out")
    }

    /// `doline` with a study and a folder of outputs of this name, by a shell command that runs `"$@"`.
    fn command(&self, script: &str, what: &str, name: &str, more: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_doline"), what])
            .arg(self.0.path().join("study.toml"))
            .arg("--out")
            .arg(self.out(name))
            .args(more)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, what: &str, name: &str, more: &[&str]) -> (i32, String) {
        ended(self.command("exec \"$@\"", what, name, more).output())
    }

    fn start_part(&self, name: &str, part: &str) -> Child {
        let arguments = ["--part", part];
        let mut command = self.command("exec \"$@\"", "run", name, &arguments);
        command.spawn().expect("doline starts")
    }

    fn split(&self, name: &str, n: usize) {
        let n = n.to_string();
        let mut arguments = vec!["--parts", &n, "--device=cpu"];
        arguments.extend(SETTINGS);
        let (code, text) = self.run("split", name, &arguments);
        assert_eq!(code, 0, "{text}");
    }

    /// The study as it is.
    fn split_in_two(&self, name: &str) {
        let (code, text) = self.run("split", name, &["--parts=2", "--device=cpu"]);
        assert_eq!(code, 0, "{text}");
    }

    fn status(&self, name: &str) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doline"));
        let command = command.args(["status", "--json"]).arg(self.out(name));
        let output = command.output().expect("doline starts");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The names of all files and folders that the parts have left.
    fn parts(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.out(name).join(".parts")).expect("parts");
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
        names.sort();
        names
    }
}

/// Everything that is gathered over a map: sums of series, members, draws, replicates, classes on q.
const SETTINGS: [&str; 7] = [
    "--set=output.format=\"zarr\"",
    "--set=trend.fdr=\"benjamini-hochberg\"",
    "--set=trend.of=[\"nep\"]",
    "--set=bootstrap.replicates=40",
    "--set=phase.replicates=99",
    "--set=respiration.ensemble={ models = [\"gsmsr\", \"raich-2002\"], heterotrophic = [\"subke-2006\", { fraction = 0.6 }] }",
    "--set=engine.memory=\"512MiB\"",
];

/// The place and what an undivided run leaves in it.
static UNDIVIDED: LazyLock<(Place, Contents)> = LazyLock::new(|| {
    let place = Place::new();
    let mut arguments = vec!["--device=cpu"];
    arguments.extend(SETTINGS);
    let (code, text) = place.run("run", "plain", &arguments);
    assert_eq!(code, 0, "{text}");
    let found = contents(&place.out("plain"));
    for name in [
        "tables/effects.csv",
        "tables/attribution.csv",
        "tables/geodetector.csv",
        "tables/sites.csv",
        "tables/ensemble.csv",
        "tables/uncertainty.csv",
        "maps/nep_q.tif",
        "out.zarr/zarr.json",
    ] {
        let names: Vec<&PathBuf> = found.keys().collect();
        assert!(found.contains_key(Path::new(name)), "{name} in {names:?}");
    }
    (place, found)
});

/// Makes `coarse.tif` beside a stack of whole numbers, with pixels twice as wide and high.
fn coarsen(path: &Path) {
    let from = Dataset::open(path).expect("a stack");
    let (width, height) = from.raster_size();
    let size = (width / 2, height / 2);
    let driver = DriverManager::get_driver_by_name("GTiff").expect("GDAL");
    let to = path.with_file_name("coarse.tif");
    let n = from.raster_count();
    let mut to = driver
        .create_with_band_type::<u16, _>(to, size.0, size.1, n)
        .expect("made");
    let mut transform = from.geo_transform().expect("a transform");
    (transform[1], transform[5]) = (2.0 * transform[1], 2.0 * transform[5]);
    to.set_geo_transform(&transform).expect("set");
    to.set_projection(&from.projection()).expect("set");
    for band in 1..=n {
        let from = from.rasterband(band).expect("a band");
        let mut to = to.rasterband(band).expect("a band");
        let nearest = Some(ResampleAlg::NearestNeighbour);
        let mut values = from
            .read_as::<u16>((0, 0), (2 * size.0, 2 * size.1), size, nearest)
            .expect("read");
        to.write((0, 0), size, &mut values).expect("written");
        to.set_no_data_value(from.no_data_value()).expect("set");
        to.set_description(&from.description().unwrap_or_default())
            .expect("set");
    }
}

fn ended(output: std::io::Result<Output>) -> (i32, String) {
    let output = output.expect("a child");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

/// The bytes of every file, without what is of the moment.
fn contents(folder: &Path) -> Contents {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("inside").to_owned();
            let mut bytes = fs::read(&path).expect("a file");
            if name == Path::new("run.json") {
                let mut record: Value = serde_json::from_slice(&bytes).expect("JSON");
                let record = record.as_object_mut().expect("an object");
                for key in OF_THE_MOMENT {
                    // `remove` would change the order of the rest.
                    record.shift_remove(key);
                }
                bytes = serde_json::to_vec_pretty(record).expect("JSON");
            }
            found.insert(name, bytes);
        }
    }
    found
}

fn assert_same(found: &Contents, expected: &Contents) {
    let names = expected.keys().chain(found.keys());
    let different: Vec<&PathBuf> = names
        .filter(|name| found.get(*name) != expected.get(*name))
        .collect();
    if let Some(name) = different.iter().find(|name| name.ends_with("run.json")) {
        let lines = |of: &Contents| {
            let bytes = of.get(*name).map_or(&[][..], |bytes| bytes);
            String::from_utf8_lossy(bytes).into_owned()
        };
        let (found, expected) = (lines(found), lines(expected));
        let both = found.lines().zip(expected.lines());
        let first = both.into_iter().find(|(a, b)| a != b);
        assert!(first.is_none(), "{first:?}, and {different:?}");
    }
    assert!(different.is_empty(), "{different:?}");
}

/// Numbers that look random, from 0 to 1.
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 40).expect("24 bits")) / f64::from(1 << 24)
    }
}

/// Numbers below `n` in an order that looks random.
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut draw = random(seed);
    let mut numbers: Vec<(f64, usize)> = (0..n).map(|number| (draw(), number)).collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    numbers.into_iter().map(|(_, number)| number).collect()
}

fn join(place: &Place, name: &str, expected: &Contents) {
    let (code, text) = place.run("join", name, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(!place.out(name).join(".parts").exists());
    assert_same(&contents(&place.out(name)), expected);
}

#[test]
fn parts_in_any_order_leave_the_bytes_of_an_undivided_run() {
    let (place, expected) = &*UNDIVIDED;
    for (n, threads) in [(1, "4"), (2, "1"), (7, "2"), (64, "2")] {
        let name = format!("in-{n}");
        place.split(&name, n);
        for index in shuffled(n, n as u64) {
            let part = format!("{index}/{n}");
            let mut command =
                place.command("exec \"$@\"", "run", &name, &["--part", part.as_str()]);
            let (code, text) = ended(command.env("RAYON_NUM_THREADS", threads).output());
            assert_eq!(code, 0, "{part}: {text}");
        }
        let again = place.command("exec \"$@\"", "run", &name, &["--part", &format!("0/{n}")]);
        let output = { again }.output().expect("doline starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("already there"), "{said}");
        join(place, &name, expected);
        // A job that is put into the queue again.
        for (what, more) in [("join", &[] as &[&str]), ("run", &["--part", "0/9"])] {
            let (code, text) = place.run(what, &name, more);
            assert_eq!(code, 0, "{text}");
        }
        assert!(!place.out(&name).join(".parts").exists());
        // Other settings are another run.
        let changed = ["--part", "0/9", "--set=trend.alpha=0.5"];
        let (_, text) = place.run("run", &name, &changed);
        assert!(!text.contains("joined already"), "{text}");
        let record = fs::read(place.out(&name).join("run.json")).expect("a record");
        let record: Value = serde_json::from_slice(&record).expect("JSON");
        assert_eq!(record["parts"].as_array().map(Vec::len), Some(n));
    }
}

#[test]
fn killed_processes_leave_nothing_that_counts_and_the_rest_goes_on() {
    let (place, expected) = &*UNDIVIDED;
    let mut draw = random(7);
    place.split("killed", 3);
    let takes = {
        let start = Instant::now();
        let child = place.start_part("killed", "0/3");
        assert_eq!(ended(child.wait_with_output()).0, 0);
        start.elapsed()
    };
    for _ in 0..6 {
        let mut child = place.start_part("killed", "1/3");
        sleep(takes.mul_f64(draw()));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let status = place.status("killed");
        if status["done"] != serde_json::json!([0, 1]) {
            assert_eq!(status["done"], serde_json::json!([0]), "{status}");
            assert_eq!(status["computing"], serde_json::json!([]), "{status}");
            let (code, text) = place.run("join", "killed", &[]);
            assert_eq!(code, 3, "{text}");
        }
    }
    // Two processes of the same part: the first counts.
    let both = [(); 2].map(|()| place.start_part("killed", "1/3"));
    for child in both {
        let (code, text) = ended(child.wait_with_output());
        assert_eq!(code, 0, "{text}");
    }
    assert_eq!(place.run("run", "killed", &["--part", "2/3"]).0, 0);
    assert_eq!(
        place.parts("killed"),
        ["0000", "0001", "0002", "plan.json"],
        "what dead processes left is removed"
    );
    join(place, "killed", expected);
}

#[test]
fn a_full_disk_in_one_part_leaves_the_others() {
    let (place, expected) = &*UNDIVIDED;
    place.split("full", 2);
    assert_eq!(place.run("run", "full", &["--part", "1/2"]).0, 0);
    // Files of 8 KiB at most.
    let arguments = ["--part", "0/2"];
    let mut limited = place.command("ulimit -f 16; exec \"$@\"", "run", "full", &arguments);
    let (code, text) = ended(limited.output());
    assert_eq!(code, 4, "{text}");
    let status = place.status("full");
    assert_eq!(status["done"], serde_json::json!([1]), "{status}");
    assert_eq!(status["failed"][0]["part"], 0, "{status}");
    let message = status["failed"][0]["message"].as_str().expect("a text");
    assert!(text.contains(message), "{message}");
    assert_eq!(place.run("run", "full", &["--part", "0/2"]).0, 0);
    join(place, "full", expected);
}

#[test]
fn another_run_is_refused_by_what_differs_and_nothing_is_lost() {
    let place = Place::new();
    let out = place.out("other");
    // Without a plan the first part makes one.
    let mut first = vec!["--part", "0/10", "--device=cpu"];
    first.extend(SETTINGS);
    assert_eq!(place.run("run", "other", &first).0, 0);
    for index in [1, 3, 4, 5, 8, 9] {
        let part = format!("{index}/10");
        assert_eq!(place.run("run", "other", &["--part", &part]).0, 0, "{part}");
    }
    let left = place.parts("other");
    let refused = |what: &str, more: &[&str], code: i32, words: &[&str]| {
        let (found, text) = place.run(what, "other", more);
        assert_eq!(found, code, "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} in {text}");
        }
        let found: Vec<String> = place.parts("other");
        let found = found.iter().filter(|name| !name.ends_with(".failed"));
        assert!(found.eq(&left), "nothing is lost");
        assert!(!out.join("run.json").exists());
    };
    refused("join", &[], 3, &["3 of 10 parts are missing", "2,6-7"]);
    let status = place.status("other");
    assert_eq!(status["missing"], serde_json::json!([2, 6, 7]), "{status}");
    let alpha = [&SETTINGS[..], &["--set=trend.alpha=0.1"]].concat();
    let words = ["another run", "`trend.alpha` of the study"];
    refused(
        "run",
        &[&["--part", "2/10"], &alpha[..]].concat(),
        3,
        &words,
    );
    refused("join", &alpha, 3, &words);
    refused("run", &["--part", "2/11"], 2, &["split into 10 parts"]);
    refused("run", &["--part", "10/10"], 2, &["0/10 to 9/10"]);
    let mut other_number = vec!["--parts=4", "--device=cpu"];
    other_number.extend(SETTINGS);
    refused("split", &other_number, 2, &["10 parts"]);
    // Another version made the plan.
    let plan = out.join(".parts/plan.json");
    let text = fs::read_to_string(&plan).expect("a plan");
    let version = format!("\"doline\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "{text}");
    fs::write(&plan, text.replace(&version, "\"doline\": \"0.0.1\"")).expect("written");
    refused(
        "run",
        &["--part", "2/10"],
        3,
        &["version of Doline was 0.0.1"],
    );
    fs::write(&plan, text).expect("written");
    // A file of the same bytes that was written again.
    let input = place.0.path().join("climate/temperature.tif");
    let file = File::options().write(true).open(&input).expect("an input");
    let modified = file.metadata().and_then(|found| found.modified());
    let modified = modified.expect("a time");
    let later = modified + Duration::from_secs(5);
    file.set_modified(later).expect("set");
    refused("run", &["--part", "2/10"], 3, &["temperature.tif changed"]);
    file.set_modified(modified).expect("set");
    for index in [2, 6, 7] {
        let part = format!("{index}/10");
        assert_eq!(place.run("run", "other", &["--part", &part]).0, 0, "{part}");
    }
    let left = place.parts("other");
    file.set_modified(later).expect("set");
    let (code, text) = place.run("join", "other", &[]);
    assert!(
        code == 3 && text.contains("temperature.tif changed"),
        "{text}"
    );
    file.set_modified(modified).expect("set");
    // A file of blocks that was cut off.
    let layers = out.join(".parts/0003/.doline-unfinished/layers");
    let mut files: Vec<PathBuf> = fs::read_dir(layers)
        .expect("files")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort_by_key(|path| fs::metadata(path).map_or(0, |found| found.len()));
    let largest = files.pop().expect("a file");
    let whole = fs::read(&largest).expect("a file");
    fs::write(&largest, &whole[..whole.len() - 1]).expect("cut");
    let (code, text) = place.run("join", "other", &[]);
    assert!(code == 3 && text.contains("0003"), "{text}");
    assert_eq!(place.parts("other"), left, "nothing is lost");
}

/// Files of a part, each of another kind, with its bytes.
fn files_of_kinds(part: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let hidden = part.join(".doline-unfinished");
    let named = |folder: &Path, start: &str| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let paths = entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.starts_with(start) && fs::metadata(path).is_ok_and(|found| found.len() > 0)
        });
        let mut paths: Vec<PathBuf> = paths.collect();
        paths.sort();
        paths
    };
    let layers = named(&hidden.join("layers"), "");
    let spools = named(&hidden, "measures-");
    let (last, spool) = (layers.last(), spools.first());
    let chosen = [layers.first(), last, spool];
    let mut paths: Vec<PathBuf> = chosen.map(|path| path.expect("a file").clone()).to_vec();
    paths.extend(["blocks", "journal"].map(|name| hidden.join(name)));
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a file");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn a_byte_that_the_disk_changed_is_found_and_the_part_is_computed_again() {
    let (place, expected) = &*UNDIVIDED;
    place.split("flipped", 2);
    for part in ["0/2", "1/2"] {
        assert_eq!(place.run("run", "flipped", &["--part", part]).0, 0);
    }
    let left = place.parts("flipped");
    let damaged = place.out("flipped").join(".parts/0001");
    // From the first byte of the first file to the last one of the last.
    for (place_in, (path, whole)) in files_of_kinds(&damaged).into_iter().enumerate() {
        let mut bytes = whole.clone();
        let at = (whole.len() - 1) * place_in / 4;
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).expect("written");
        let (code, text) = place.run("join", "flipped", &[]);
        let name = path.display();
        assert_eq!(code, 3, "byte {at} of {name}: {text}");
        for words in ["part 1 is damaged", "--part 1/2", ".parts/0001"] {
            assert!(text.contains(words), "byte {at} of {name}: {text}");
        }
        assert_eq!(place.parts("flipped"), left, "nothing is lost");
        assert!(!place.out("flipped").join("run.json").exists());
        fs::write(&path, &whole).expect("written");
    }
    let (path, mut bytes) = files_of_kinds(&damaged).remove(0);
    bytes[0] ^= 0x80;
    fs::write(&path, &bytes).expect("written");
    fs::remove_dir_all(&damaged).expect("removed");
    assert_eq!(place.run("run", "flipped", &["--part", "1/2"]).0, 0);
    // Parts that are kept can be joined once more.
    let (code, text) = place.run("join", "flipped", &["--keep-parts"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(place.parts("flipped"), left);
    let mut found = contents(&place.out("flipped"));
    found.retain(|name, _| !name.starts_with(".parts"));
    assert_same(&found, expected);
    join(place, "flipped", expected);
}

#[test]
fn parts_of_two_devices_are_joined_with_a_warning_and_refused_where_one_is_asked_for() {
    let place = Place::small();
    let name = "mixed";
    place.split_in_two(name);
    for (part, device) in [("0/2", "--device=cpu"), ("1/2", "--device=gpu")] {
        let (code, text) = place.run("run", name, &["--part", part, device]);
        assert_eq!(code, 0, "{text}");
    }
    let left = place.parts(name);
    let (code, text) = place.run("join", name, &["--strict"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("different devices: CPU, "), "{text}");
    assert!(text.contains(".parts/0000 (CPU); "), "{text}");
    assert_eq!(place.parts(name), left, "nothing is lost");
    assert!(!place.out(name).join("run.json").exists());
    let (code, text) = place.run("join", name, &[]);
    assert_eq!(code, 0, "{text}");
    let warning = "warning: the parts were computed by different devices";
    assert!(text.contains(warning), "{text}");
    let record = fs::read(place.out(name).join("run.json")).expect("a record");
    let record: Value = serde_json::from_slice(&record).expect("JSON");
    let of_part = |part: usize| record["parts"][part]["device"].as_str().expect("a text");
    assert!(of_part(0).starts_with("CPU"), "{record}");
    assert!(!of_part(1).starts_with("CPU"), "{record}");
    let both = record["device"].to_string();
    assert!(
        both.contains(of_part(0)) && both.contains(of_part(1)),
        "{both}"
    );
    assert!(record["warnings"].to_string().contains("different devices"));
}

#[test]
fn what_is_joined_is_of_these_inputs_or_begins_anew() {
    let place = Place::small();
    let name = "joined";
    place.split_in_two(name);
    for part in ["0/2", "1/2"] {
        assert_eq!(place.run("run", name, &["--part", part]).0, 0);
    }
    assert_eq!(place.status(name)["joined"], false);
    assert_eq!(place.run("join", name, &[]).0, 0);
    assert_eq!(place.status(name)["joined"], true);
    assert_eq!(place.status(name)["done"], serde_json::json!([0, 1]));
    let is_joined = || {
        let output = place.command("exec \"$@\"", "join", name, &[]).output();
        let output = output.expect("doline starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let is_joined = said.contains("joined already");
        assert_eq!(output.status.code(), Some(if is_joined { 0 } else { 3 }));
        is_joined
    };
    assert!(is_joined());
    let input = place.0.path().join("npp/npp_2001.tif");
    let file = File::options().write(true).open(&input).expect("an input");
    let modified = file.metadata().and_then(|found| found.modified());
    let modified = modified.expect("a time");
    let later = modified + Duration::from_secs(5);
    file.set_modified(later).expect("set");
    assert!(!is_joined(), "of another input");
    file.set_modified(modified).expect("set");
    assert!(is_joined());
    fs::remove_file(place.out(name).join("maps/nep_slope.tif")).expect("removed");
    assert!(!is_joined(), "a map is gone");
    let (code, text) = place.run("run", name, &["--part", "1/2", "--device=cpu"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(place.status(name)["missing"], serde_json::json!([0]));
}

#[test]
fn what_is_calibrated_at_the_end_is_that_of_an_undivided_run() {
    let place = Place::small();
    let (code, text) = place.run("run", "plain", &["--device=cpu", "--calibrate"]);
    assert_eq!(code, 0, "{text}");
    let expected = contents(&place.out("plain"));
    for name in [
        "tables/calibration.csv",
        "tables/sites.csv",
        "tables/validation.csv",
    ] {
        assert!(expected.contains_key(Path::new(name)), "{name}");
    }
    place.split_in_two("cut");
    for part in ["1/2", "0/2"] {
        let (code, text) = place.run("run", "cut", &["--part", part]);
        assert_eq!(code, 0, "{text}");
    }
    let (code, text) = place.run("join", "cut", &["--calibrate"]);
    assert_eq!(code, 0, "{text}");
    assert_same(&contents(&place.out("cut")), &expected);
}

#[test]
fn changes_to_the_study_belong_to_the_plan_and_its_folder_to_the_command() {
    let place = Place::new();
    let arguments = [
        "--parts=2",
        "--device=cpu",
        "--set=output.dir=\"elsewhere\"",
    ];
    let (code, text) = place.run("split", "changed", &arguments);
    assert!(code == 2 && text.contains("-o DIR"), "{code}: {text}");
    // A key that the file lacks.
    let path = place.0.path().join("study.toml");
    let text = fs::read_to_string(&path).expect("a study");
    let without = text.replace("\nyears = [2001, 2020]", "");
    assert!(without.len() < text.len());
    fs::write(&path, without).expect("written");
    let arguments = [
        "--parts=2",
        "--device=cpu",
        "--set=study.years=[2001, 2020]",
    ];
    let (code, text) = place.run("split", "changed", &arguments);
    assert_eq!(code, 0, "{text}");
    let (code, text) = place.run("run", "changed", &["--part", "1/2"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_process_ends_with_the_one_that_started_it() {
    let place = Place::new();
    place.split("orphan", 1);
    let arguments = ["--part", "0/1", "--with-parent"];
    let script = "\"$@\" >/dev/null 2>&1 & echo $!; sleep 0.5";
    let mut command = place.command(script, "run", "orphan", &arguments);
    // Slow enough that it is at work when the shell ends.
    command.env("RAYON_NUM_THREADS", "1");
    let output = command.output().expect("a shell");
    let pid = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let start = Instant::now();
    while Path::new("/proc").join(&pid).exists() {
        assert!(start.elapsed() < PATIENCE, "process {pid} is still there");
        sleep(Duration::from_millis(20));
    }
    let status = place.status("orphan");
    assert_eq!(status["computing"], serde_json::json!([]), "{status}");
    assert_eq!(status["done"], serde_json::json!([]), "it went on");
}
