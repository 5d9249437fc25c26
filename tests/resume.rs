//! Runs that are interrupted by anything, and gone on with: they leave the bytes of an undisturbed run.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use doline::synth::{self, SynthOptions};

/// What of `run.json` is of the moment, and not of the study.
const OF_THE_MOMENT: [&str; 5] = [
    "command",
    "output_dir",
    "peak_memory_bytes",
    "seconds",
    "working_dir",
];
const HIDDEN: &str = ".doline-unfinished";
/// A run that hangs is a failure.
const PATIENCE: Duration = Duration::from_mins(5);

/// A small study with everything that is gathered over a map, in fifteen tiles.
struct Place {
    dir: tempfile::TempDir,
    /// More arguments of each run.
    more: Vec<String>,
}

impl Place {
    fn new(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = SynthOptions {
            width: 150,
            height: 70,
            ..SynthOptions::default()
        };
        synth::write(dir.path(), &options, &mut |_, _| {}).expect("a study");
        let path = dir.path().join("study.toml");
        let text = fs::read_to_string(&path).expect("a study");
        // Random maps take long, and are made of what is gathered.
        let text = text.replace("[geodetector]", "[geodetector]\nsurrogates = 99");
        fs::write(&path, text).expect("written");
        let always = [
            "--device=cpu",
            "--tile=16x64",
            "--set=trend.fdr=\"benjamini-hochberg\"",
            "--set=trend.of=[\"nep\"]",
            "--set=attribution.sensitivity=[\"raw\"]",
            "--set=bootstrap.replicates=40",
            "--set=phase.replicates=99",
            "--set=measures.replicates=99",
        ];
        let more = always.iter().chain(more).map(|&text| text.to_owned());
        Self {
            more: more.collect(),
            dir,
        }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.dir.path().join(name).join("out")
    }

    /// `doline run` into a folder of this name, by a shell command that runs `"$@"`.
    fn command(&self, name: &str, script: &str, more: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_doline"), "run"])
            .arg(self.dir.path().join("study.toml"))
            .arg("--out")
            .arg(self.out(name))
            .args(&self.more)
            .args(more)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self, name: &str, more: &[&str]) -> Child {
        let mut command = self.command(name, "exec \"$@\"", more);
        command.spawn().expect("doline starts")
    }

    fn run(&self, name: &str, more: &[&str]) -> (i32, String) {
        ended(self.start(name, more).wait_with_output())
    }

    /// Starts a run and waits until it has written some tiles.
    fn run_until_kept(&self, name: &str) -> Child {
        let mut run = self.start(name, &["--checkpoint=1"]);
        let journal = self.out(name).join(HIDDEN).join("journal");
        let start = Instant::now();
        while !journal.exists() {
            assert!(run.try_wait().expect("a child").is_none(), "ended early");
            assert!(start.elapsed() < PATIENCE, "no checkpoint");
            sleep(Duration::from_millis(2));
        }
        run
    }
}

fn ended(output: std::io::Result<Output>) -> (i32, String) {
    let output = output.expect("a child");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap_or(-1), text)
}

/// The bytes of every file, without what is of the moment.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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
                let mut record: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
                let record = record.as_object_mut().expect("an object");
                for key in OF_THE_MOMENT {
                    record.remove(key);
                }
                bytes = serde_json::to_vec(record).expect("JSON");
            }
            found.insert(name, bytes);
        }
    }
    found
}

/// The undisturbed run of a place, and how long it takes.
fn undisturbed(place: &Place) -> (BTreeMap<PathBuf, Vec<u8>>, Duration) {
    let start = Instant::now();
    let (code, text) = place.run("plain", &[]);
    assert_eq!(code, 0, "{text}");
    let found = contents(&place.out("plain"));
    let has = |name: &str| found.contains_key(Path::new(name));
    for name in ["effects", "attribution", "geodetector", "sites", "stages"] {
        assert!(has(&format!("tables/{name}.csv")), "{name}");
    }
    (found, start.elapsed())
}

/// Goes on with what a run left, to its end.
fn assert_goes_on(place: &Place, name: &str, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let (code, text) = place.run(name, &["--resume"]);
    assert_eq!(code, 0, "{text}");
    assert_same(&contents(&place.out(name)), expected);
}

fn assert_same(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let names = expected.keys().chain(found.keys());
    let different: Vec<&PathBuf> = names
        .filter(|name| found.get(*name) != expected.get(*name))
        .collect();
    assert!(different.is_empty(), "{different:?}");
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([name, &process.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
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

/// Kills runs at random moments: each once, or again and again until one comes to its end.
fn kill_and_go_on(place: &Place, kills: usize, seed: u64) {
    let (expected, takes) = undisturbed(place);
    let mut draw = random(seed);
    let mut made = 0;
    while made < kills {
        let mut left = if draw() < 0.5 { 1 } else { kills };
        loop {
            let mut run = place.start("killed", &["--resume", "--checkpoint=1"]);
            let start = Instant::now();
            let moment = takes.mul_f64(draw());
            let may_kill = left > 0 && made < kills;
            while may_kill && start.elapsed() < moment && run.try_wait().expect("a child").is_none()
            {
                sleep(Duration::from_millis(1));
            }
            if may_kill && run.try_wait().expect("a child").is_none() {
                run.kill().expect("killed");
                run.wait().expect("ended");
                (made, left) = (made + 1, left - 1);
                let is_final = |path: &PathBuf| !path.starts_with(HIDDEN);
                if let Ok(true) = place.out("killed").try_exists() {
                    let names: Vec<PathBuf> = names(&place.out("killed"));
                    let is_naming = place.out("killed").join(HIDDEN).join("names").exists();
                    // The last to get its name; what comes after it removes the hidden folder.
                    let is_named = names.iter().any(|path| path == Path::new("run.json"));
                    let may_be_seen = is_naming || is_named;
                    assert!(may_be_seen || !names.iter().any(is_final), "{names:?}");
                }
                continue;
            }
            let (code, text) = ended(run.wait_with_output());
            assert_eq!(code, 0, "{text}");
            break;
        }
        assert_same(&contents(&place.out("killed")), &expected);
        fs::remove_dir_all(place.out("killed")).expect("removed");
    }
}

/// The names of all files in a folder.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.strip_prefix(folder).expect("inside").to_owned());
            }
        }
    }
    names
}

#[test]
fn kills_at_any_moment_change_no_byte() {
    kill_and_go_on(&Place::new(&[]), 8, 1);
}

#[test]
fn kills_of_a_run_that_makes_cogs_change_no_byte() {
    let more = [
        "--set=output.format=\"cog\"",
        "--set=output.compress=\"zstd\"",
    ];
    kill_and_go_on(&Place::new(&more), 4, 2);
}

#[test]
fn kills_of_a_run_that_makes_a_store_change_no_byte() {
    kill_and_go_on(&Place::new(&["--set=output.format=\"zarr\""]), 4, 3);
}

#[test]
fn an_interrupt_ends_a_run_soon_and_it_can_be_gone_on_with() {
    let place = Place::new(&[]);
    let (expected, _) = undisturbed(&place);
    for name in ["-INT", "-TERM"] {
        let run = place.run_until_kept(name);
        signal(&run, name);
        let (code, text) = ended(run.wait_with_output());
        assert_eq!(code, 130, "{text}");
        assert!(text.contains("--resume"), "{text}");
        let left = names(&place.out(name));
        assert!(left.iter().all(|path| path.starts_with(HIDDEN)), "{left:?}");
        assert_goes_on(&place, name, &expected);
    }
}

#[test]
fn a_full_disk_ends_a_run_that_can_be_gone_on_with() {
    let place = Place::new(&[]);
    let (expected, _) = undisturbed(&place);
    // The largest file after some tiles is that of parts of blocks.
    let mut run = place.run_until_kept("full");
    run.kill().expect("killed");
    run.wait().expect("ended");
    let parts = fs::metadata(place.out("full").join(HIDDEN).join("parts"));
    // In blocks of 512 bytes, as the shell counts.
    let limit = parts.expect("a file").len() / 512 + 16;
    let script = format!("ulimit -f {limit}; exec \"$@\"");
    let limited = place.command("full", &script, &["--checkpoint=1"]).output();
    let (code, text) = ended(limited);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("disk full"), "{text}");
    assert!(text.contains("--resume"), "{text}");
    assert_goes_on(&place, "full", &expected);
}

#[test]
fn another_run_is_refused_by_what_differs() {
    let place = Place::new(&[]);
    let mut run = place.run_until_kept("other");
    run.kill().expect("killed");
    run.wait().expect("ended");
    let before = names(&place.out("other")).len();
    let refused = |more: &[&str], code: i32, words: &[&str]| {
        let more = [&["--resume"], more].concat();
        let (found, text) = place.run("other", &more);
        assert_eq!(found, code, "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} in {text}");
        }
        assert_eq!(names(&place.out("other")).len(), before, "nothing is lost");
    };
    let alpha = ["`trend.alpha` of the study was not stated and is 0.1"];
    refused(&["--set=trend.alpha=0.1"], 2, &alpha);
    // A file of the same bytes that was written again.
    let input = place.dir.path().join("climate/temperature.tif");
    let file = File::options().write(true).open(&input).expect("an input");
    let modified = file.metadata().and_then(|found| found.modified());
    let modified = modified.expect("a time");
    let later = modified + Duration::from_secs(5);
    file.set_modified(later).expect("set");
    refused(&[], 3, &["temperature.tif changed", "--resume"]);
    file.set_modified(modified).expect("set");
    // Torn checkpoints.
    let hidden = place.out("other").join(HIDDEN);
    let whole = ["journal", "journal-quick"].map(|name| {
        let bytes = fs::read(hidden.join(name)).unwrap_or_default();
        fs::write(hidden.join(name), &bytes[..bytes.len() / 2]).expect("torn");
        (name, bytes)
    });
    let before = names(&place.out("other")).len();
    let (code, text) = place.run("other", &["--resume"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("damaged"), "{text}");
    assert_eq!(names(&place.out("other")).len(), before, "nothing is lost");
    for (name, bytes) in whole {
        fs::write(hidden.join(name), bytes).expect("whole again");
    }
    let (expected, _) = undisturbed(&place);
    assert_goes_on(&place, "other", &expected);
}

#[test]
fn a_run_in_the_folder_of_another_is_refused_and_leftovers_go_with_the_next() {
    let place = Place::new(&[]);
    let run = place.run_until_kept("two");
    signal(&run, "-STOP");
    for more in [&[][..], &["--resume"]] {
        let (code, text) = place.run("two", more);
        assert_eq!(code, 4, "{text}");
        let process = format!("process {}", run.id());
        assert!(text.contains(&process) && text.contains("--out"), "{text}");
    }
    signal(&run, "-KILL");
    ended(run.wait_with_output());
    let (code, text) = place.run("two", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("an unfinished run lies in"), "{text}");
    assert!(!place.out("two").join(HIDDEN).exists());
    let (expected, _) = undisturbed(&place);
    assert_same(&contents(&place.out("two")), &expected);
}
