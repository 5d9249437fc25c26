//! What may go wrong while a synthetic study is written.

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong while a synthetic study was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// The grid has no pixel.
    #[error("a study of {width} x {height} pixels has no pixel, expected at least 1 x 1")]
    EmptyGrid {
        /// Columns asked for.
        width: usize,
        /// Rows asked for.
        height: usize,
    },
    /// The folder contains other files.
    #[error("{} contains files that `doline synth` did not write; choose another folder or empty it", dir.display())]
    FolderInUse {
        /// The folder.
        dir: PathBuf,
    },
    /// A file or folder could not be made, moved or removed.
    #[error("{} cannot be written", path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// The message of the system.
        #[source]
        source: io::Error,
    },
    /// GDAL could not write a raster.
    #[error("{} cannot be written by GDAL", path.display())]
    Raster {
        /// The raster.
        path: PathBuf,
        /// The message of GDAL.
        #[source]
        source: gdal::errors::GdalError,
    },
}

pub(super) fn files_error(path: &Path, source: io::Error) -> SynthError {
    SynthError::Files {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn gdal_error(path: &Path, source: gdal::errors::GdalError) -> SynthError {
    SynthError::Raster {
        path: path.to_owned(),
        source,
    }
}
