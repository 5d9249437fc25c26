//! What can be wrong with the grid of an input or of the study.

use std::path::PathBuf;

use crate::grid::Window;

/// A grid is no grid, or does not fit the study grid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GridError {
    /// Pixels without a size or a place.
    #[error(
        "{} (input `{input}`) has the transform {transform:?}, by which its pixels have no size or no place; give it a \
         right one: gdal_translate -a_ullr XMIN YMAX XMAX YMIN",
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

    /// A file lies on another grid than the first of its input.
    #[error(
        "{} (input `{input}`) lies on another grid than the first file of the input; all must share one\n{comparison}\n\
         bring it there with\n  {command}",
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
        "{} (input `{input}`) cannot be brought to the study grid: {reason}; if it lacks a reference system, add \
         `crs = \"EPSG:...\"` to the input",
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

    /// A file lies elsewhere on the Earth than the study.
    #[error("{} (input `{input}`) and the study grid have no place in common\n{comparison}", path.display())]
    NoOverlap {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// Both grids side by side.
        comparison: String,
    },

    /// A file has no place on the Earth that GDAL can tell, or pixels without a size.
    #[error("{} (input `{input}`) has no usable georeference: {reason}", path.display())]
    Georeference {
        /// Input.
        input: String,
        /// File.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },

    /// `[grid]` states no grid.
    #[error("grid.{key}: {reason}")]
    StudyGrid {
        /// The key.
        key: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },

    /// A reference system that PROJ does not know.
    #[error(
        "{key} = {text:?} is no reference system that PROJ knows ({reason}); write a code such as \"EPSG:32648\""
    )]
    ReferenceSystem {
        /// The key of the study file.
        key: String,
        /// What it says.
        text: String,
        /// What PROJ said.
        reason: String,
    },

    /// A tile needs more cells of an input than was planned for.
    #[error(
        "input `{input}`: {window} needs {n_cells} cells of its own grid where {planned} were planned for; please report this, with the study file"
    )]
    TooManyCells {
        /// Input.
        input: String,
        /// Window of the study grid.
        window: Window,
        /// Cells.
        n_cells: usize,
        /// Cells that were planned for.
        planned: usize,
    },

    /// A window reaches over the edge of the study grid.
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
