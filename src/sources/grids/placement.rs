//! How the grid of a file relates to the study grid.

use std::path::Path;

use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::{CellWindow, SourceGrid};
use crate::sources::grids::comparison::comparison;
use crate::sources::grids::crs::is_same_crs;
use crate::sources::grids::error::GridError;
use crate::sources::grids::locate::Locator;
use crate::sources::grids::same_grid::{
    corners_agree, has_same_cells, is_same_grid, most_corner_offset,
};
use crate::tile::Resampling;

/// A file with its grid.
#[derive(Clone, Copy)]
pub(crate) struct FileOnGrid<'a> {
    /// The input.
    pub(crate) input: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) grid: &'a Grid,
    /// The resampling that the study asks for.
    pub(crate) resampling: Option<Resampling>,
    /// Its numbers are names of classes.
    pub(crate) has_classes: bool,
}

impl FileOnGrid<'_> {
    fn cannot_be_placed(&self, reason: String) -> SourceError {
        SourceError::Grid(GridError::CannotPlace {
            input: self.input.to_owned(),
            path: self.path.to_owned(),
            reason,
        })
    }
}

/// How an input comes to the study grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The cells that the study needs; `None` if the input is on the study grid.
    pub(crate) cells: Option<NeededCells>,
    /// In a sentence.
    pub how: String,
}

/// The cells of an input on a grid of its own that the whole study needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NeededCells {
    pub(crate) source: SourceGrid,
    pub(crate) window: CellWindow,
}

/// Relates the grid of a file to the study grid; with what the user should know about it.
///
/// # Errors
///
/// The two cannot be related, or do not overlap.
pub(crate) fn place(
    file: FileOnGrid<'_>,
    study: &Grid,
) -> Result<(Placement, Vec<String>), SourceError> {
    if let Some((how, note)) = on_study_grid(file, study) {
        let placement = Placement {
            cells: None,
            how: how.to_owned(),
        };
        return Ok((placement, note.into_iter().collect()));
    }
    let mut notes: Vec<String> = note_small_offset(file, study).into_iter().collect();
    let locator = Locator::new(study, file.grid).map_err(|reason| file.cannot_be_placed(reason))?;
    let size = locator.cells_per_pixel();
    let (resampling, how) = resampling_of(file, study, size);
    let reach = if resampling.takes_area() || resampling == Resampling::Nearest {
        [1.0; 2]
    } else {
        size.map(reach_of)
    };
    let source = SourceGrid {
        grid: file.grid.clone(),
        resampling,
        reach,
        is_round: locator.is_round(),
    };
    let outline = locator.outline_of_study();
    let window = outline.window(&source);
    if window.n_cells() == 0 {
        return Err(SourceError::Grid(GridError::NoOverlap {
            input: file.input.to_owned(),
            path: file.path.to_owned(),
            comparison: comparison(file.grid, study, "study grid"),
        }));
    }
    if !outline.are_inside(&source) {
        let percent = (100.0 * locator.share_inside(&source)).clamp(1.0, 99.0);
        notes.push(format!(
            "input `{}` covers about {percent:.0} % of the study grid; the rest is missing",
            file.input
        ));
    }
    let placement = Placement {
        cells: Some(NeededCells { source, window }),
        how,
    };
    Ok((placement, notes))
}

/// How a file is on the study grid, in a sentence, with a note if that is an assumption; `None` if
/// it is on another grid.
fn on_study_grid(file: FileOnGrid<'_>, study: &Grid) -> Option<(&'static str, Option<String>)> {
    let FileOnGrid { input, grid, .. } = file;
    if is_same_grid(grid, study) {
        return Some(("it is on the study grid", None));
    }
    let lacks_crs = grid.crs_wkt.is_empty() || study.crs_wkt.is_empty();
    (is_same_size(grid, study) && corners_agree(grid, study) && lacks_crs).then(|| {
        let note = format!(
            "input `{input}` has no CRS (or the study grid has none); its corners match those of \
             the study grid, so it is treated as the same grid"
        );
        ("its corners match those of the study grid", Some(note))
    })
}

/// A note on a file that is less than a pixel off the study grid, perhaps by mistake.
fn note_small_offset(file: FileOnGrid<'_>, study: &Grid) -> Option<String> {
    let FileOnGrid { input, grid, .. } = file;
    let is_near = is_same_size(grid, study)
        && is_same_crs(&grid.crs_wkt, &study.crs_wkt)
        && most_corner_offset(study, grid) < 1.0;
    is_near.then(|| {
        format!(
            "input `{input}` has the size of the study grid and is {:.3} pixel off it, so it is \
             resampled (if the grids are meant to be the same, correct its georeference first: \
             gdal_edit.py -a_ullr)",
            most_corner_offset(study, grid)
        )
    })
}

fn is_same_size(a: &Grid, b: &Grid) -> bool {
    (a.width, a.height) == (b.width, b.height)
}

/// Above this number of cells per pixel the weights of interpolation widen, as in GDAL's warper.
const REACHES_FROM: f64 = 1.0 / 0.95;

fn reach_of(cells_per_pixel: f64) -> f64 {
    if cells_per_pixel > REACHES_FROM {
        cells_per_pixel
    } else {
        1.0
    }
}

/// The resampling: the study's, else the default for the sizes of cells and pixels; and the same in
/// a sentence.
fn resampling_of(
    file: FileOnGrid<'_>,
    study: &Grid,
    [across, down]: [f64; 2],
) -> (Resampling, String) {
    if file
        .resampling
        .is_none_or(|asked| asked != Resampling::Mode)
        && has_same_cells(file.grid, study)
    {
        return (
            Resampling::Nearest,
            "its cells are pixels of the study grid, over another extent".to_owned(),
        );
    }
    let cells = across * down;
    let size = if cells > 1.0 {
        format!("a pixel holds {cells:.1} of its cells")
    } else {
        format!("one of its cells holds {:.1} pixels", 1.0 / cells)
    };
    let (resampling, why) = match file.resampling {
        Some(asked) => (asked, "as the study file states"),
        None if file.has_classes => (Resampling::Nearest, "as it holds classes"),
        // More than twice as fine.
        None if cells > 4.0 => (
            Resampling::Average,
            "the default for cells that are much smaller",
        ),
        None => (Resampling::Bilinear, "the default"),
    };
    (
        resampling,
        format!(
            "it is on another grid ({}, {size}); resampling is {resampling}, {why}",
            file.grid.crs_name
        ),
    )
}
