//! Which pixels have their centre inside an outline.

use crate::zones::edges::{Edge, floor, to_f64};

/// The columns of a row whose centres are inside by the even-odd rule, from the first to before the end, rising.
///
/// A centre on an edge belongs to what is left of the edge, one on a horizontal edge to what is below: so a
/// centre on an edge that two outlines share is inside exactly one of them. The sums are those of GDAL's
/// rasterizer.
pub(super) fn columns_inside(
    row: usize,
    edges: &[Edge],
    width: usize,
    crossings: &mut Vec<f64>,
    mut emit: impl FnMut(usize, usize),
) {
    let y = to_f64(row) + 0.5;
    crossings.clear();
    let crossed = edges.iter().filter(|edge| edge.y0 <= y && y < edge.y1);
    crossings.extend(crossed.map(|edge| edge.x_at(y)));
    crossings.sort_unstable_by(f64::total_cmp);
    for pair in crossings.chunks(2) {
        // An edge right of the grid may have been left out.
        let last = pair.get(1).copied().unwrap_or(f64::INFINITY);
        let [first, end] = [pair[0], last].map(|x| floor(x + 0.5).min(width));
        if first < end {
            emit(first, end);
        }
    }
}
