//! A small made study, and commands on it.
#![allow(
    dead_code,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test stops at the first surprise, and each uses a part"
)]

use std::path::Path;

use assert_cmd::Command;
use doline::synth::{self, SynthOptions};

/// Columns and rows of the study.
pub const WIDTH: usize = 150;
pub const HEIGHT: usize = 70;

/// A folder with the study.
pub fn study() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let options = SynthOptions {
        width: WIDTH,
        height: HEIGHT,
        ..SynthOptions::default()
    };
    synth::write(place.path(), &options, &mut |_, _| {}).expect("a study");
    place
}

/// A command on the study of a folder with changes of its keys: exit code, standard output and error.
pub fn doline(place: &Path, command: &str, sets: &[&str], more: &[&str]) -> (i32, String, String) {
    let mut of = Command::cargo_bin("doline").expect("the binary is built");
    of.env("NO_COLOR", "1").arg(command);
    of.arg(place.join("study.toml")).args(["--device", "cpu"]);
    // What is not looked at here is kept short.
    of.args(more).args(["--set", "phase.replicates=99"]);
    for set in sets {
        of.args(["--set", set]);
    }
    let output = of.output().expect("doline starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}
