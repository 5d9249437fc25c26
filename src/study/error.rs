//! Why a study file is refused.

use std::io;
use std::path::PathBuf;

use super::problem::Problem;
use super::whole::Study;

/// A study file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The file cannot be read.
    #[error("cannot read the study file {}", path.display())]
    Read {
        /// The study file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },

    /// The text is not UTF-8.
    #[error(
        "{}:{line}: the text is not UTF-8{}; save the file as UTF-8",
        path.display(),
        if *is_utf16 { " but UTF-16" } else { ", but in another encoding, such as GBK, which is ANSI in Chinese Windows" }
    )]
    Encoding {
        /// The study file.
        path: PathBuf,
        /// The first line that is not UTF-8, from 1.
        line: usize,
        /// Whether it begins as UTF-16 does.
        is_utf16: bool,
    },

    /// The file is far larger than any study; most likely it is a raster.
    #[error(
        "{} is larger than {limit} bytes, expected a study file in TOML; \
         give the study, not a raster",
        path.display()
    )]
    TooLarge {
        /// The study file.
        path: PathBuf,
        /// Bytes that a study file may have.
        limit: u64,
    },

    /// More keys than any study has.
    #[error("{} has {found} keys, expected a study with at most {limit}", path.display())]
    TooManyKeys {
        /// The study file.
        path: PathBuf,
        /// Keys in it, those of tables included.
        found: usize,
        /// Keys that a study file may have.
        limit: usize,
    },

    /// The text is not TOML.
    #[error("{}:{line}:{column}: not valid TOML: {message}", path.display())]
    Syntax {
        /// The study file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// The message of the parser.
        message: String,
    },

    /// The text is TOML, and something in it is no study.
    #[error("{}", lines_of(path, problems))]
    Invalid {
        /// The study file.
        path: PathBuf,
        /// Everything that is wrong, in the order of the checks; never empty.
        problems: Vec<Problem>,
        /// The study with defaults in place of what is wrong, for further checks; `None` without
        /// years.
        rest: Option<Box<Study>>,
    },
}

impl StudyError {
    /// Each problem in words.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Invalid { path, problems, .. } => problems
                .iter()
                .map(|problem| lines_of(path, std::slice::from_ref(problem)))
                .collect(),
            other => vec![other.to_string()],
        }
    }

    /// The exit code of the command for this error.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        2
    }
}

/// Problems that are listed.
const MAX_LINES: usize = 60;
/// Characters of a line: names and values of a strange file may have millions.
const MAX_LETTERS: usize = 1000;

/// One line a problem.
fn lines_of(path: &std::path::Path, problems: &[Problem]) -> String {
    let line = |problem: &Problem| shortened(&format!("{}{problem}", path.display()));
    let mut lines: Vec<String> = problems.iter().take(MAX_LINES).map(line).collect();
    if problems.len() > MAX_LINES {
        lines.push(format!(
            "{}: and {} more problems",
            path.display(),
            problems.len() - MAX_LINES
        ));
    }
    lines.join("\n")
}

/// A line of bounded length, without what would move the cursor of a terminal.
fn shortened(line: &str) -> String {
    let mut text: String = line
        .chars()
        .take(MAX_LETTERS)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    if line.chars().nth(MAX_LETTERS).is_some() {
        text.push_str(" ...");
    }
    text
}
