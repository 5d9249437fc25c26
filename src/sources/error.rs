//! What can be wrong with the inputs of a study; the command ends with exit code 3 on each of these
//! but those of the study file.

use std::path::{Path, PathBuf};

use crate::sources::files::error::FileError;
use crate::sources::grids::error::GridError;
use crate::sources::times::error::TimesError;

/// An input cannot be read, or does not fit the study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Its files.
    #[error(transparent)]
    File(#[from] FileError),

    /// Its times.
    #[error(transparent)]
    Times(#[from] TimesError),

    /// Its grid.
    #[error(transparent)]
    Grid(#[from] GridError),

    /// The mask cannot be used.
    #[error("the mask {} cannot be used: {reason}", path.display())]
    Mask {
        /// File.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },

    /// No input of this name was opened.
    #[error("no input is named `{input}`; there are: {}", inputs.join(", "))]
    UnknownInput {
        /// The name asked for.
        input: String,
        /// The names there are.
        inputs: Vec<String>,
    },

    /// A conversion has the wrong number of factors.
    #[error(
        "input `{input}` has {n_steps} steps and is given {n_factors} factors; give 1 or one a step"
    )]
    Factors {
        /// Input.
        input: String,
        /// Steps of the input.
        n_steps: usize,
        /// Factors given.
        n_factors: usize,
    },

    /// Files changed while they were read.
    #[error(
        "{} while the run read it{}; nothing was written, as results would be of neither state: run again when nothing \
         writes to the inputs",
        files.first().map_or_else(String::new, |(path, what)| format!("{} changed ({what})", path.display())),
        match files.len() { 0 | 1 => String::new(), n => format!(", and {} more files", n - 1) }
    )]
    Changed {
        /// The files, each with what changed.
        files: Vec<(PathBuf, &'static str)>,
    },

    /// PROJ does not find its database.
    #[error(
        "PROJ does not find its database of reference systems, proj.db ({reason}); {}",
        if stated.is_empty() {
            "install PROJ's data, or let PROJ_DATA name their folder".to_owned()
        } else {
            format!("{stated}: unset it, or let it name the folder of proj.db")
        }
    )]
    Proj {
        /// What PROJ reports.
        reason: String,
        /// The variables that tell it where to look.
        stated: String,
    },

    /// The study has no input.
    #[error("the study names no input; add a table such as [inputs.npp] with `files`")]
    NoInputs,
}

impl SourceError {
    /// A mask that cannot be used.
    pub(crate) fn mask(path: &Path, reason: &str) -> Self {
        Self::Mask {
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }

    /// Whether the study file is wrong, rather than the files that it names.
    #[must_use]
    pub fn is_of_the_study_file(&self) -> bool {
        matches!(
            self,
            Self::File(FileError::Pattern { .. })
                | Self::Times(TimesError::Gap { .. })
                | Self::Grid(GridError::StudyGrid { .. } | GridError::ReferenceSystem { .. })
                | Self::UnknownInput { .. }
                | Self::NoInputs
        )
    }
}
