//! What can go wrong in writing; the command ends with exit code 4 on each of these.

use std::path::PathBuf;

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
        /// What the system said.
        reason: String,
    },

    /// An output would take the place of an input.
    #[error("{} is an input of this study, and would be overwritten; choose another folder with --out or `output.dir`", path.display())]
    IsInput {
        /// The file.
        path: PathBuf,
    },

    /// This GDAL cannot compress in the way asked for.
    #[error(
        "this GDAL cannot write {compress} in GeoTIFF; set `output.compress` to one of: {}",
        known.join(", ")
    )]
    Codec {
        /// The compression asked for.
        compress: &'static str,
        /// Those it can write.
        known: Vec<&'static str>,
    },

    /// COG of several bands would lose missing values to LERC.
    #[error(
        "{} has several bands, and a COG of several bands compressed with lerc loses its missing \
         values; set `output.compress` to deflate or zstd, or `output.format` to gtiff",
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
        /// What GDAL or the system said.
        reason: String,
    },

    /// Values cannot be written.
    #[error("cannot write {}: {reason}; is the disk full?", path.display())]
    Write {
        /// The file under its final name.
        path: PathBuf,
        /// What GDAL or the system said.
        reason: String,
    },

    /// Values that were written cannot be read again.
    #[error("cannot read back what was written of {}: {reason}", path.display())]
    ReadBack {
        /// The file under its final name.
        path: PathBuf,
        /// What GDAL said.
        reason: String,
    },

    /// A finished file cannot be given its final name.
    #[error("cannot move {} to its place: {reason}", path.display())]
    Move {
        /// The file under its final name.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },

    /// The number of values is not that of the window's pixels and the file's bands.
    #[error("{} is given {found} values for {expected}", path.display())]
    Shape {
        /// The file under its final name.
        path: PathBuf,
        /// Values given.
        found: usize,
        /// Bands times pixels.
        expected: usize,
    },
}
