//! Rules of the code that a reader can see and a compiler does not know: lines that fit a screen,
//! words that are spelt in one file, tests that are never left out, and plain English.
#![allow(
    clippy::expect_used,
    reason = "a test stops at the first file that it cannot read"
)]

use std::fs;
use std::path::{Path, PathBuf};

use doline::chain::TrendTest;

/// A text file of the repository, by its path from the root.
struct Text {
    path: String,
    text: String,
}

impl Text {
    /// Lines that are code: neither empty nor a comment.
    fn code(&self) -> impl Iterator<Item = &str> {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        self.text.lines().filter(is_code)
    }

    /// The text in front of the unit tests.
    fn without_tests(&self) -> &str {
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn gather(folder: &Path, endings: &[&str], found: &mut Vec<Text>) {
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            gather(&path, endings, found);
            continue;
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| endings.contains(&ending)) {
            let name = path.strip_prefix(root()).expect("under the root");
            found.push(Text {
                path: name.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).expect("readable text"),
            });
        }
    }
}

/// The files of some folders with one of these endings.
fn texts(folders: &[&str], endings: &[&str]) -> Vec<Text> {
    let mut found = Vec::new();
    for folder in folders {
        gather(&root().join(folder), endings, &mut found);
    }
    assert!(!found.is_empty(), "no file in {folders:?}");
    found
}

/// Strings of tables and messages may be longer; they are few.
#[test]
fn lines_of_code_fit_a_hundred_columns() {
    const MAX_SHARE: f64 = 0.005;
    let files = texts(&["src"], &["rs"]);
    let (mut n, mut long) = (0_u32, Vec::new());
    for file in &files {
        for line in file.code() {
            n += 1;
            if line.chars().count() > 100 {
                long.push(format!("{}: {line}", file.path));
            }
        }
    }
    let share = f64::from(u32::try_from(long.len()).expect("few lines")) / f64::from(n);
    assert!(
        share < MAX_SHARE,
        "{share:.4} of all lines:\n{}",
        long.join("\n")
    );
}

/// A chain finds the outputs of a kernel by their names, and the kernel describes them.
#[test]
fn chains_name_the_outputs_of_kernels() {
    for file in texts(&["src/chain"], &["rs"]) {
        for line in file.without_tests().lines() {
            let by_number = line
                .split("outputs[")
                .skip(1)
                .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            assert!(!by_number, "{}: {line}", file.path);
        }
    }
}

/// Data outside the repository belong to tests that are listed as ignored where they are missing.
#[test]
fn no_other_test_reads_data_outside_the_repository() {
    for file in texts(&["tests"], &["rs"]) {
        let may = file.path.starts_with("tests/real_data") || file.path == "tests/rules.rs";
        let reads = file.text.contains("shared/data");
        assert!(may || !reads, "{} reads ../shared/data", file.path);
    }
}

/// A test of trend has its word in one file; documents and the example study are made from it.
#[test]
fn a_word_of_the_study_file_is_spelt_once() {
    let files = texts(&["src"], &["rs"]);
    // Words that are also English or the stem of a kernel are looked for with their hyphen alone.
    for (word, _) in TrendTest::WORDS
        .iter()
        .filter(|(word, _)| word.contains('-'))
    {
        let quoted = format!("\"{word}\"");
        let spelt: Vec<&str> = files
            .iter()
            .filter(|file| file.without_tests().contains(&quoted))
            .map(|file| file.path.as_str())
            .collect();
        assert!(spelt.len() <= 1, "{word} is spelt in {}", spelt.join(", "));
    }
}

/// Turns of phrase that a reader stumbles over, each with what to write.
const DIALECT: &[(&str, &str)] = &[
    ("hangs on", "depends on"),
    ("hang on", "depend on"),
    ("to be had", "available"),
    ("without a word", "silently"),
    ("held against", "checked against"),
    ("no place in common", "does not overlap"),
    ("science note", "docs/science"),
    ("from memory", "not checked against the paper"),
    ("made-up", "synthetic"),
    ("is told", "gets, is reported"),
    ("are told", "get, are reported"),
];

#[test]
fn the_english_is_plain() {
    let mut found = Vec::new();
    let mut files = texts(&["src", "shaders", "docs"], &["rs", "wgsl", "md", "toml"]);
    for name in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(name)).expect("readable text");
        let path = name.to_owned();
        files.push(Text { path, text });
    }
    // The texts of a synthetic study are output, whose bytes users compare.
    files.retain(|file| file.path != "src/synth/text.rs");
    for file in &files {
        for (phrase, rather) in DIALECT {
            for line in file.text.lines().filter(|line| line.contains(phrase)) {
                found.push(format!("{}: {} ({rather})", file.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Each instance loads the drivers anew, and some cannot be loaded often.
#[test]
fn one_place_makes_an_instance_of_wgpu() {
    let mut found = Vec::new();
    for file in texts(&["src", "tests", "benches"], &["rs"]) {
        // In two parts, so that this line does not count.
        let count = file.text.matches(concat!("Instance::", "new(")).count();
        found.extend(vec![file.path; count]);
    }
    assert_eq!(found, ["src/engines/gpu/adapter.rs"]);
}
