//! What can end a command, its exit code and its text.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::error::Error;
use crate::servers::as_written;
use crate::study::StudyError;

use super::console::painted;

/// What can end a command.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Run(#[from] Error),
    #[error(transparent)]
    Synth(#[from] crate::synth::SynthError),
    #[error("{0}")]
    Usage(String),
    /// Errors put into the words of the command.
    #[error("{}", texts.join("\n"))]
    Reworded { texts: Vec<String>, exit_code: u8 },
}

impl Failure {
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Run(error) => error.exit_code(),
            Self::Synth(_) => 4,
            Self::Usage(_) => 2,
            Self::Reworded { exit_code, .. } => *exit_code,
        }
    }
}

/// Prints an error with its causes, and several of them one after the other.
pub(super) fn report(failure: &Failure) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    for text in texts_of(failure) {
        let _ = writeln!(std::io::stderr(), "{}: {text}", painted("error", style));
    }
}

/// Each error of a failure with its causes.
pub(super) fn texts_of(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Run(error) => error
            .each()
            .into_iter()
            .map(|error| with_causes(error))
            .collect(),
        Failure::Reworded { texts, .. } => {
            let texts = texts.iter();
            texts.map(|text| as_written(text).into_owned()).collect()
        }
        other => vec![with_causes(other)],
    }
}

/// Each problem of a failure, those of a study file one by one.
pub(super) fn problems_of(failure: &Failure) -> Vec<String> {
    let Failure::Run(error) = failure else {
        return texts_of(failure);
    };
    let each = error.each().into_iter().flat_map(|error| match error {
        Error::Study(study @ StudyError::Invalid { .. }) => study.texts(),
        other => vec![with_causes(other)],
    });
    each.collect()
}

/// An error with what caused it, and names of servers as they were written.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n  caused by: {reason}");
        }
        cause = error.source();
    }
    as_written(&text).into_owned()
}
