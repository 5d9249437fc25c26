//! Two grids side by side, for messages.

use std::fmt::Write as _;
use std::path::Path;

use crate::grid::Grid;
use crate::sources::error::SourceError;
use crate::sources::files::listing::name_of;
use crate::sources::grids::crs::{crs_of_wkt, is_same_crs};
use crate::sources::grids::error::GridError;

/// The error that shows both grids and the command that warps one to the other.
pub(crate) fn other_grid(input: &str, path: &Path, found: &Grid, study: &Grid) -> SourceError {
    SourceError::Grid(GridError::OtherGrid {
        input: input.to_owned(),
        path: path.to_owned(),
        comparison: comparison(found, study, "first file"),
        command: gdalwarp(path, study),
    })
}

pub(crate) fn comparison(found: &Grid, study: &Grid, whose: &str) -> String {
    let pair = |a: f64, b: f64| format!("{a:.9}, {b:.9}");
    let rows = |grid: &Grid| {
        let t = grid.transform;
        [
            grid.crs_name.clone(),
            pair(t[0], t[3]),
            pair(t[1], t[5]),
            format!("{} x {}", grid.width, grid.height),
        ]
    };
    let (found_rows, study_rows) = (rows(found), rows(study));
    let width = found_rows
        .iter()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max("this file".len());
    let mut text = format!("  {:<8}{:<width$}  {whose}", "", "this file");
    for (name, (a, b)) in ["CRS", "origin", "step", "size"]
        .iter()
        .zip(found_rows.iter().zip(&study_rows))
    {
        let sign = if a == b { " " } else { "!" };
        let _ = write!(text, "\n{sign} {name:<8}{a:<width$}  {b}");
    }
    if found_rows[0] == study_rows[0] && !is_same_crs(&found.crs_wkt, &study.crs_wkt) {
        text.push_str("\n! the CRS differ in more than their names");
    }
    text
}

/// The command that warps `path` to `study`.
fn gdalwarp(path: &Path, study: &Grid) -> String {
    let (mut xs, mut ys) = study
        .corners()
        .into_iter()
        .unzip::<_, _, Vec<f64>, Vec<f64>>();
    xs.sort_by(f64::total_cmp);
    ys.sort_by(f64::total_cmp);
    let t = study.transform;
    let name = name_of(path);
    let stem = name
        .rsplit_once('.')
        .map_or(name.as_str(), |(stem, _)| stem);
    let target = match crs_of_wkt(&study.crs_wkt) {
        None => String::new(),
        Some(crs) => {
            let text = crs.authority().ok().or_else(|| crs.to_proj4().ok());
            format!("-t_srs '{}' ", text.unwrap_or_default().trim())
        }
    };
    format!(
        "gdalwarp {target}-te {} {} {} {} -tr {} {} -r bilinear '{}' '{stem}_on_grid.tif'",
        xs[0],
        ys[0],
        xs[3],
        ys[3],
        t[1].hypot(t[4]),
        t[2].hypot(t[5]),
        path.display()
    )
}
