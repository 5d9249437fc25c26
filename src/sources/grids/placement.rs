//! Where a file lies, and how that relates to the study grid.

use std::path::Path;

use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::grids::cells::{CellWindow, OtherGrid};
use crate::sources::grids::comparison::comparison;
use crate::sources::grids::crs::is_same_crs;
use crate::sources::grids::locate::Locator;
use crate::sources::grids::same_grid::{
    corners_agree, has_same_cells, is_same_grid, most_corner_offset,
};
use crate::tile::Resampling;

/// A file with its grid.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    /// The input.
    pub(crate) input: &'a str,
    pub(crate) path: &'a Path,
    pub(crate) grid: &'a Grid,
    /// How the study says that it is resampled.
    pub(crate) asked: Option<Resampling>,
    /// Its numbers are names of classes.
    pub(crate) has_classes: bool,
}

/// How a file comes to the study grid.
#[derive(Debug)]
pub(crate) struct Placement {
    /// `None` where it lies on it.
    pub(crate) other: Option<OtherGrid>,
    /// In a sentence.
    pub(crate) how: String,
    /// What the user should know of it.
    pub(crate) notes: Vec<String>,
}

/// Relates the grid of a file to the study grid.
///
/// # Errors
///
/// The two cannot be related, or do not meet.
pub(crate) fn place(file: Placed<'_>, study: &Grid) -> Result<Placement, SourceError> {
    let mut notes = Vec::new();
    let Placed { input, grid, .. } = file;
    if is_same_grid(grid, study) {
        return Ok(Placement {
            other: None,
            how: "it lies on the study grid".to_owned(),
            notes,
        });
    }
    let is_same_size = (grid.width, grid.height) == (study.width, study.height);
    if is_same_size
        && corners_agree(grid, study)
        && (grid.crs_wkt.is_empty() || study.crs_wkt.is_empty())
    {
        notes.push(format!("input `{input}`: one of it and the study grid names no reference system; as their corners agree, they are taken for one grid"));
        return Ok(Placement {
            other: None,
            how: "its corners are those of the study grid".to_owned(),
            notes,
        });
    }
    if is_same_size
        && is_same_crs(&grid.crs_wkt, &study.crs_wkt)
        && most_corner_offset(study, grid) < 1.0
    {
        notes.push(format!(
            "input `{input}` has the size of the study grid and lies {:.3} pixel off it; it is resampled (if the grids are meant to be one, \
             mend its georeference first: gdal_edit.py -a_ullr)",
            most_corner_offset(study, grid)
        ));
    }
    let cannot = |reason: String| SourceError::CannotPlace {
        input: input.to_owned(),
        path: file.path.to_owned(),
        reason,
    };
    let locator = Locator::new(study, grid).map_err(cannot)?;
    let size = locator.cells_per_pixel();
    let (resampling, how) = resampling_of(file, study, size);
    let reach = if resampling.takes_area() || resampling == Resampling::Nearest {
        [1.0; 2]
    } else {
        size.map(reach_of)
    };
    let nothing = CellWindow {
        row: 0,
        col: 0,
        height: 0,
        width: 0,
    };
    let mut other = OtherGrid {
        grid: grid.clone(),
        resampling,
        reach,
        is_round: locator.is_round(),
        needed: nothing,
    };
    let outline = locator.outline_of_study();
    other.needed = outline.window(&other);
    if other.needed.n_cells() == 0 {
        return Err(SourceError::NoOverlap {
            input: input.to_owned(),
            path: file.path.to_owned(),
            comparison: comparison(grid, study, "study grid"),
        });
    }
    if !outline.are_inside(&other) {
        let percent = (100.0 * locator.share_inside(&other)).clamp(1.0, 99.0);
        notes.push(format!(
            "input `{input}` covers about {percent:.0} % of the study grid; the rest is missing"
        ));
    }
    Ok(Placement {
        other: Some(other),
        how,
        notes,
    })
}

/// Cells from which on the weights of interpolation widen, as GDAL's warper has it.
const REACHES_FROM: f64 = 1.0 / 0.95;

fn reach_of(cells_per_pixel: f64) -> f64 {
    if cells_per_pixel > REACHES_FROM {
        cells_per_pixel
    } else {
        1.0
    }
}

/// The way to resample: the study's, else what fits, and that in a sentence.
fn resampling_of(file: Placed<'_>, study: &Grid, [across, down]: [f64; 2]) -> (Resampling, String) {
    if file.asked.is_none_or(|asked| asked != Resampling::Mode) && has_same_cells(file.grid, study)
    {
        return (
            Resampling::Nearest,
            "its cells are pixels of the study grid over another extent".to_owned(),
        );
    }
    let cells = across * down;
    let size = if cells > 1.0 {
        format!("a pixel holds {cells:.1} of its cells")
    } else {
        format!("one of its cells holds {:.1} pixels", 1.0 / cells)
    };
    let (resampling, why) = match file.asked {
        Some(asked) => (asked, "as the study file says"),
        None if file.has_classes => (Resampling::Nearest, "as it holds classes"),
        // More than twice as fine.
        None if cells > 4.0 => (
            Resampling::Average,
            "by default where cells are that much smaller",
        ),
        None => (Resampling::Bilinear, "by default"),
    };
    (
        resampling,
        format!(
            "it lies on another grid ({}, {size}); resampling is {resampling}, {why}",
            file.grid.crs_name
        ),
    )
}
