//! What can be wrong with the grid of an input or of the study.

use std::path::PathBuf;

use crate::grid::Window;

/// A grid is not valid, or cannot be related to the study grid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// Pixels without a size or a position.
    #[error(
        "{} (input `{input}`) has an invalid geotransform, {transform:?}: its pixels have no size \
         or no position; set one: gdal_translate -a_ullr XMIN YMAX XMAX YMIN",
        path.display()
    )]
    Transform {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// GDAL's affine transform.
        transform: [f64; 6],
    },

    /// A file is on another grid than the first file of its input.
    #[error(
        "{} (input `{input}`) is on another grid than the first file of the input; all files must \
         share one grid\n{comparison}\nwarp it to that grid with\n  {command}",
        path.display()
    )]
    OtherGrid {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Both grids side by side.
        comparison: String,
        /// The command that brings the file to the study grid.
        command: String,
    },

    /// The grid of a file cannot be related to the study grid.
    #[error(
        "{} (input `{input}`) cannot be resampled to the study grid: {reason}; if it has no CRS, \
         add `crs = \"EPSG:...\"` to the input",
        path.display()
    )]
    CannotPlace {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Why.
        reason: String,
    },

    /// A file does not overlap the study grid.
    #[error("{} (input `{input}`) does not overlap the study grid\n{comparison}", path.display())]
    NoOverlap {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Both grids side by side.
        comparison: String,
    },

    /// A file without a usable position on the Earth.
    #[error("{} (input `{input}`) has no usable georeference: {reason}", path.display())]
    Georeference {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },

    /// `[grid]` does not describe a grid.
    #[error("grid.{key}: {reason}")]
    StudyGrid {
        /// The key.
        key: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A CRS that PROJ does not know.
    #[error(
        "{key} = {text:?} is not a CRS that PROJ knows ({reason}); write a code such as \
         \"EPSG:32648\""
    )]
    ReferenceSystem {
        /// The key of the study file.
        key: String,
        /// Its value.
        text: String,
        /// PROJ's message.
        reason: String,
    },

    /// A tile needs more cells of an input than planned.
    #[error(
        "input `{input}`: {window} needs {n_cells} cells of its own grid, but {planned} were \
         planned; please report this, with the study file"
    )]
    TooManyCells {
        /// Input.
        input: String,
        /// Window of the study grid.
        window: Window,
        /// Cells.
        n_cells: usize,
        /// Cells that were planned.
        planned: usize,
    },

    /// A window extends beyond the study grid.
    #[error("{window} is not inside the study grid of {height} rows and {width} columns")]
    Window {
        /// The window.
        window: Window,
        /// Rows of the grid.
        height: usize,
        /// Columns of the grid.
        width: usize,
    },
}
