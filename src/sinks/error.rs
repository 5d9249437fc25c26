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
    #[error("cannot write {}: {reason}; is the disk full?", path.display())]
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
