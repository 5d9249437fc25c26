//! What can go wrong in writing; the command ends with exit code 4 on each of these.

use std::path::PathBuf;

use crate::formats::Format;
use crate::grid::Window;

/// A result cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The output folder cannot be made or written to.
    #[error(
        "cannot write into {}: {reason}; choose another folder with --out or `output.dir`",
        dir.display()
    )]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system reports.
        reason: String,
    },

    /// Another run writes into the folder.
    #[error(
        "another run ({by}) writes into {}; wait until it ends, or choose another folder with --out or `output.dir`",
        dir.display()
    )]
    InUse {
        /// The folder.
        dir: PathBuf,
        /// Which run.
        by: String,
    },

    /// What an interrupted run left cannot be gone on from.
    #[error(
        "the unfinished run in {} cannot be resumed: {reason}; start it anew without --resume",
        path.display()
    )]
    Journal {
        /// The folder of its files.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// What a part of a run left cannot be used.
    #[error(
        "the part in {} cannot be used: {reason}; remove this folder and compute the part again",
        dir.display()
    )]
    Part {
        /// Its folder.
        dir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An output would overwrite an input.
    #[error(
        "{} is an input of this study and would be overwritten; choose another folder with --out \
         or `output.dir`",
        path.display()
    )]
    IsInput {
        /// The file.
        path: PathBuf,
    },

    /// This version cannot write the format.
    #[error("cannot write {format} in this version; set `output.format` to gtiff or cog")]
    Format {
        /// The format.
        format: Format,
    },

    /// This GDAL cannot compress as the study asks.
    #[error(
        "this GDAL cannot write {compress} in GeoTIFF; set `output.compress` to one of: {}",
        known.join(", ")
    )]
    Codec {
        /// The compression that the study asks for.
        compress: &'static str,
        /// Those it can write.
        known: Vec<&'static str>,
    },

    /// LERC would lose the missing values of a COG with several bands.
    #[error(
        "{} has several bands, and a COG of several bands loses its missing values with lerc; \
         set `output.compress` to deflate or zstd, or `output.format` to gtiff",
        path.display()
    )]
    CogLerc {
        /// The file under its final name.
        path: PathBuf,
    },

    /// A file cannot be created.
    #[error("cannot create {}: {reason}", path.display())]
    Create {
        /// The file under its final name.
        path: PathBuf,
        /// What GDAL or the system reports.
        reason: String,
    },

    /// Values cannot be written.
    #[error("cannot write {}: {reason}; {}", path.display(), likely_cause(reason))]
    Write {
        /// The file under its final name.
        path: PathBuf,
        /// What GDAL or the system reports.
        reason: String,
    },

    /// Values cannot be read back after they were written.
    #[error("cannot read {} back after writing it: {reason}", path.display())]
    ReadBack {
        /// The file under its final name.
        path: PathBuf,
        /// What GDAL reports.
        reason: String,
    },

    /// A finished file cannot be given its final name.
    #[error("cannot move {} into the output folder: {reason}", path.display())]
    Move {
        /// The file under its final name.
        path: PathBuf,
        /// What the system reports.
        reason: String,
    },

    /// A window has no pixels, or some beyond the grid.
    #[error(
        "{} cannot take {window}: its grid has {height} rows and {width} columns",
        path.display()
    )]
    Window {
        /// The file under its final name.
        path: PathBuf,
        /// The window.
        window: Window,
        /// Rows of the grid.
        height: usize,
        /// Columns of the grid.
        width: usize,
    },

    /// The number of values is not that of the window's pixels and the file's bands.
    #[error("{} got {found} values; its window has {expected}", path.display())]
    Shape {
        /// The file under its final name.
        path: PathBuf,
        /// Values given.
        found: usize,
        /// Bands times pixels.
        expected: usize,
    },
}

impl SinkError {
    /// Whether memory ran out, rather than the disk.
    #[must_use]
    pub fn is_of_memory(&self) -> bool {
        match self {
            Self::Folder { reason, .. }
            | Self::Create { reason, .. }
            | Self::Write { reason, .. }
            | Self::ReadBack { reason, .. }
            | Self::Move { reason, .. } => is_of_memory(reason),
            Self::IsInput { .. }
            | Self::Format { .. }
            | Self::Codec { .. }
            | Self::CogLerc { .. }
            | Self::Window { .. }
            | Self::Shape { .. }
            | Self::InUse { .. }
            | Self::Part { .. }
            | Self::Journal { .. } => false,
        }
    }
}

/// Whether GDAL or the system says that there is no more memory.
fn is_of_memory(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    let words = [
        "out of memory",
        "cannot allocate",
        "unable to allocate",
        "not enough memory",
    ];
    words.iter().any(|words| reason.contains(words))
}

/// What most likely is behind what GDAL or the system says.
fn likely_cause(reason: &str) -> &'static str {
    if is_of_memory(reason) {
        "memory ran out: set a smaller engine.memory, or raise the limit of the process"
    } else if reason.contains("PROJ") || reason.contains("proj.db") {
        "unset PROJ_LIB and PROJ_DATA, or let them name the folder of PROJ's database proj.db"
    } else {
        "is the disk full?"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_ran_out_is_not_a_full_disk() {
        let error = |reason: &str| SinkError::Write {
            path: "a.tif".into(),
            reason: reason.to_owned(),
        };
        for reason in [
            "Cannot allocate memory (os error 12)",
            "Out of memory allocating 9 bytes",
        ] {
            assert!(error(reason).is_of_memory());
            assert!(error(reason).to_string().contains("smaller engine.memory"));
        }
        let full = error("No space left on device (os error 28)");
        assert!(!full.is_of_memory() && full.to_string().contains("disk full"));
        let proj = error("PROJ: proj_create_from_database: Cannot find proj.db");
        assert!(proj.to_string().contains("PROJ_LIB"));
    }
}
