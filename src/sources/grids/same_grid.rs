//! Whether two grids are one.

use crate::grid::Grid;
use crate::sources::grids::crs::is_same_crs;

/// How far apart corners may be, in pixels.
pub(crate) const TOLERANCE_PIXELS: f64 = 0.01;

/// Whether two grids have the same pixels, to a hundredth of a pixel.
pub(crate) fn is_same_grid(a: &Grid, b: &Grid) -> bool {
    (a.width, a.height) == (b.width, b.height)
        && is_same_crs(&a.crs_wkt, &b.crs_wkt)
        && corners_agree(a, b)
}

pub(crate) fn corners_agree(a: &Grid, b: &Grid) -> bool {
    most_corner_offset(a, b) <= TOLERANCE_PIXELS
}

/// The largest distance between the corners of two grids, in pixels of the first.
pub(crate) fn most_corner_offset(a: &Grid, b: &Grid) -> f64 {
    let [width, height] = a.pixel_size();
    let side = width.min(height);
    let offsets = a
        .corners()
        .into_iter()
        .zip(b.corners())
        .flat_map(|(p, q)| [p.0 - q.0, p.1 - q.1]);
    // `max` would ignore a corner that is NaN.
    let larger = |most: f64, offset: f64| {
        if offset.is_nan() {
            f64::INFINITY
        } else {
            most.max(offset)
        }
    };
    offsets.map(|offset| offset.abs() / side).fold(0.0, larger)
}

/// Whether the cells of one grid are pixels of the other wherever both grids are.
pub(crate) fn has_same_cells(grid: &Grid, study: &Grid) -> bool {
    let (Some(inverse), true) = (
        study.inverse_transform(),
        is_same_crs(&grid.crs_wkt, &study.crs_wkt),
    ) else {
        return false;
    };
    let to_study = |(x, y): (f64, f64)| {
        (
            inverse[0] + x * inverse[1] + y * inverse[2],
            inverse[3] + x * inverse[4] + y * inverse[5],
        )
    };
    let [first, right, below, last] = grid.corners().map(to_study);
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let (width, height) = (grid.width as f64, grid.height as f64);
    let is_near = |a: f64, b: f64| (a - b).abs() <= TOLERANCE_PIXELS;
    let is_whole = is_near(first.0, first.0.round()) && is_near(first.1, first.1.round());
    let spans = is_near(right.0 - first.0, width) && is_near(below.1 - first.1, height);
    is_whole && spans && is_near(last.0 - first.0, width) && is_near(last.1 - first.1, height)
}
