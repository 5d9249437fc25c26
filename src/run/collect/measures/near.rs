//! Which pixels are near a measure.

use rayon::prelude::*;

use crate::grid::{Grid, Window};
use crate::zones::{NO_ZONE, Part, ZoneSet};

use super::setup::pixel_km;

/// Whether each pixel of a window is nearer than `buffer_km` to one of a zone other than the control, from centre to
/// centre; `None` without a buffer.
pub(super) fn near_measures(
    set: &ZoneSet,
    control: u32,
    grid: &Grid,
    window: Window,
    buffer_km: f64,
) -> Option<Vec<bool>> {
    if buffer_km <= 0.0 {
        return None;
    }
    let [height_km, width_km] = pixel_km(grid, window.row + window.height / 2);
    let reach = [height_km, width_km].map(|side| reach(buffer_km, side));
    let wide = widened(grid, window, reach);
    let treated = treated(set, control, wide);
    let to_treated = rows_to_treated(&treated, wide, reach[0]);
    let mut near = vec![false; window.n_pixels()];
    let rows = near.par_chunks_mut(window.width.max(1)).enumerate();
    rows.for_each(|(row, near)| {
        let of_row = (window.row - wide.row + row) * wide.width;
        let rows_away = &to_treated[of_row..of_row + wide.width];
        for (col, near) in near.iter_mut().enumerate() {
            let at = window.col - wide.col + col;
            let columns = at.saturating_sub(reach[1])..wide.width.min(at + reach[1] + 1);
            *near = columns.into_iter().any(|other| {
                let rows = f64::from(rows_away[other]) * height_km;
                #[expect(clippy::cast_precision_loss, reason = "columns within reach")]
                let columns = other.abs_diff(at) as f64 * width_km;
                rows * rows + columns * columns < buffer_km * buffer_km
            });
        }
    });
    Some(near)
}

/// Pixels that a distance reaches over, 2^20 at most.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded before the cast"
)]
fn reach(buffer_km: f64, side_km: f64) -> usize {
    (buffer_km / side_km).ceil().clamp(0.0, f64::from(1 << 20)) as usize
}

/// A window with all pixels within reach.
fn widened(grid: &Grid, window: Window, [rows, cols]: [usize; 2]) -> Window {
    let row = window.row.saturating_sub(rows);
    let col = window.col.saturating_sub(cols);
    Window {
        row,
        col,
        height: grid.height.min(window.row + window.height + rows) - row,
        width: grid.width.min(window.col + window.width + cols) - col,
    }
}

/// Whether each pixel of a window is, in part at least, in a zone other than the control.
fn treated(set: &ZoneSet, control: u32, window: Window) -> Vec<bool> {
    let (mut codes, mut parts) = (Vec::new(), Vec::new());
    set.read(window, &mut codes, &mut parts);
    let is_measure = |zone: u32| zone != NO_ZONE && zone != control;
    let mut treated: Vec<bool> = codes.iter().map(|&zone| is_measure(zone)).collect();
    for Part { pixel, zone, .. } in parts {
        if is_measure(zone) {
            treated[pixel as usize] = true;
        }
    }
    treated
}

/// Rows from each pixel to the nearest treated one of its column; more than `reach` where none is within reach.
fn rows_to_treated(treated: &[bool], window: Window, reach: usize) -> Vec<u32> {
    let far = u32::try_from(reach + 1)
        .unwrap_or(u32::MAX)
        .saturating_mul(2);
    let mut rows = vec![far; treated.len()];
    let width = window.width;
    let down = 0..window.height;
    let mut sweep = |row: usize, before: Option<usize>| {
        for col in 0..width {
            let at = row * width + col;
            let from_before =
                before.map_or(far, |before| rows[before * width + col].saturating_add(1));
            rows[at] = if treated[at] {
                0
            } else {
                rows[at].min(from_before)
            };
        }
    };
    for row in down.clone() {
        sweep(row, row.checked_sub(1));
    }
    for row in down.rev() {
        sweep(row, Some(row + 1).filter(|&below| below < window.height));
    }
    rows
}
