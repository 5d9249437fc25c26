//! Inputs and masks that turn out to hold nothing: exit code 3, no output, and a message that says where to look.
#![cfg(feature = "cli")]
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A folder with rasters as text, and a study of them.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Pixels of a grid of two rows from 10 E, 20 N; -9999 is missing.
    fn raster(&self, name: &str, cell: f64, pixels: &[&str]) {
        let (columns, lines) = (pixels[0].split(' ').count(), pixels.join("\n"));
        let head = format!(
            "ncols {columns}\nnrows {}\nxllcorner 10\nyllcorner 20\n",
            pixels.len()
        );
        fs::write(
            self.path(name),
            format!("{head}cellsize {cell}\nNODATA_value -9999\n{lines}\n"),
        )
        .expect("a raster");
    }

    /// Six years of `name`, each with these pixels.
    fn years(&self, name: &str, cell: f64, pixels: &[&str]) {
        (2001..=2006).for_each(|year| self.raster(&format!("{name}_{year}.asc"), cell, pixels));
    }

    /// Exit code and standard error of a command; what is left is in `out`.
    fn ends(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::cargo_bin("doline").expect("the binary is built");
        let command = command
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .args(arguments);
        let output = command
            .args(["--device", "cpu", "--out", "out"])
            .output()
            .expect("doline starts");
        (
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// `run` of a study must end with exit code 3 and these words, and leave nothing; `check`, which here reads every
    /// tile, likewise.
    fn refuses(&self, study: &str, words: &[&str]) {
        fs::write(self.path("study.toml"), study).expect("a study");
        for command in ["run", "check"] {
            self.refuses_command(&[command, "study.toml"], words);
        }
    }

    fn refuses_command(&self, arguments: &[&str], words: &[&str]) {
        let (code, stderr) = self.ends(arguments);
        assert_eq!(code, 3, "{arguments:?}: {stderr}");
        for word in words {
            assert!(
                stderr.contains(word),
                "{arguments:?}: {word:?} is not in {stderr}"
            );
        }
        assert!(!self.path("out").exists(), "{arguments:?} left files");
    }

    fn runs(&self, study: &str) {
        fs::write(self.path("study.toml"), study).expect("a study");
        let (code, stderr) = self.ends(&["run", "study.toml"]);
        assert_eq!(code, 0, "{stderr}");
        fs::remove_dir_all(self.path("out")).expect("the outputs");
    }
}

/// The study of `x`, with more lines for that input and tables after it.
fn study(of_x: &str, more: &str) -> String {
    format!(
        "[study]\nyears = [2001, 2006]\n[inputs.x]\nfiles = \"x_{{year}}.asc\"\n{of_x}\n{more}\n[trend]\nof = [\"x\"]\n"
    )
}

#[test]
fn an_input_without_a_value_is_refused_and_one_value_is_enough() {
    let folder = Folder::new();
    folder.years("x", 1.0, &["-9999 -9999 -9999", "-9999 -9999 -9999"]);
    let words = [
        "inputs.x",
        "x_2001.asc .. ",
        "x_2006.asc",
        "36 are -9999",
        "`nodata`",
        "doline inspect",
    ];
    folder.refuses(&study("", ""), &words);
    folder.raster("x_2004.asc", 1.0, &["-9999 -9999 -9999", "-9999 7 -9999"]);
    folder.runs(&study("", ""));
    let words = [
        "inputs.x",
        "1 are outside the valid range, 10 to 20",
        "`valid_range`",
    ];
    folder.refuses(&study("valid_range = [10, 20]", ""), &words);
}

#[test]
fn the_step_commands_say_it_in_their_words() {
    let folder = Folder::new();
    folder.years("x", 1.0, &["-9999 -9999", "-9999 -9999"]);
    let words = ["x: every value is missing", "24 are -9999", "--nodata"];
    folder.refuses_command(&["trend", "x_*.asc", "--name", "x"], &words);
}

#[test]
fn values_outside_the_mask_are_none() {
    let folder = Folder::new();
    folder.years("x", 1.0, &["-9999 5 -9999", "-9999 6 -9999"]);
    let with_mask = study("", "[grid]\nmask = \"mask.asc\"");
    folder.raster("mask.asc", 1.0, &["1 0 1", "1 0 1"]);
    folder.refuses(&with_mask, &["inputs.x", "grid.mask"]);
    folder.raster("mask.asc", 1.0, &["1 0 1", "1 1 1"]);
    folder.runs(&with_mask);
    folder.raster("mask.asc", 1.0, &["0 0 0", "0 0 0"]);
    folder.refuses(
        &with_mask,
        &["mask.asc", "no pixel of the study grid is inside"],
    );
}

#[test]
fn an_input_on_another_grid_needs_a_value_where_the_study_is() {
    let folder = Folder::new();
    folder.years("x", 1.0, &["1 2", "3 4"]);
    let with_y = study(
        "",
        "[inputs.y]\nfiles = \"y_{year}.asc\"\n[grid]\nlike = \"x\"",
    )
    .replace("of = [\"x\"]", "of = [\"x\", \"y\"]");
    // Five cells of two degrees from 10 E, of which the study needs the first alone.
    folder.years("y", 2.0, &["-9999 -9999 -9999 -9999 8"]);
    folder.refuses(&with_y, &["inputs.y", "y_2001.asc"]);
    folder.years("y", 2.0, &["8 -9999 -9999 -9999 -9999"]);
    folder.runs(&with_y);
}

#[test]
fn static_inputs_are_looked_at_too_and_every_empty_one_is_named() {
    let folder = Folder::new();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let sample = sample.display();
    let text = format!(
        "[study]\nyears = [2001, 2020]\n\
         [inputs.temperature]\nfiles = \"{sample}/climate/temperature.tif\"\n\
         [inputs.precipitation]\nfiles = \"{sample}/climate/precipitation.tif\"\nvalid_range = [1e6, 2e6]\n\
         [inputs.soc]\nfiles = \"{sample}/soil/soc.tif\"\nvalid_range = [1e6, 2e6]\n"
    );
    folder.refuses(
        &text,
        &[
            "inputs.soc: ",
            "inputs.precipitation: ",
            "soc.tif",
            "outside the valid range",
        ],
    );
}
