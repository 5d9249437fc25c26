//! How much of each pixel of a row is covered, as the sum of areas right of edges.

use crate::zones::edges::{floor, to_f64};

/// Shares this near to 0 or 1 are 0 or 1.
const NEAR: f64 = 1e-10;

/// The cover of a row: the share of a pixel is the sum of the changes up to its column.
#[derive(Debug)]
pub(super) struct Cover {
    width: usize,
    changes: Vec<(usize, f64)>,
}

impl Cover {
    /// For rows of `width` columns.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            changes: Vec::new(),
        }
    }

    /// Adds the area right of a straight line from one column to another, `height` rows high; below 0 to subtract it.
    pub(super) fn add(&mut self, a: f64, b: f64, height: f64) {
        let (low, high) = (a.min(b), a.max(b));
        let width = to_f64(self.width);
        if high <= 0.0 || low >= width || low >= high {
            if low < width {
                self.upright(low.max(0.0), height);
            }
            return;
        }
        let by_column = height / (high - low);
        if low < 0.0 {
            self.changes.push((0, -low * by_column));
        }
        let (mut x, end) = (low.max(0.0), high.min(width));
        let mut col = floor(x);
        while x < end {
            let next = to_f64(col + 1).min(end);
            let part = (next - x) * by_column;
            self.at(col, part * (to_f64(col + 1) - 0.5 * (x + next)), part);
            x = next;
            col += 1;
        }
    }

    /// The area right of an upright line.
    fn upright(&mut self, x: f64, height: f64) {
        let col = floor(x);
        self.at(col, height * (to_f64(col + 1) - x), height);
    }

    /// A part of a line in one column, with the area right of it in that column, `height` rows high.
    fn at(&mut self, col: usize, area: f64, height: f64) {
        self.changes.push((col, area));
        self.changes.push((col + 1, height - area));
    }

    /// Gives the columns that are covered, from the first to before the end, with their share, and begins a new row.
    pub(super) fn finish(&mut self, mut emit: impl FnMut(usize, usize, f64)) {
        self.changes.sort_by_key(|&(col, _)| col);
        let mut share = 0.0;
        let mut changes = self.changes.chunk_by(|a, b| a.0 == b.0).peekable();
        while let Some(change) = changes.next() {
            let col = change[0].0;
            share += change.iter().map(|(_, change)| change).sum::<f64>();
            let end = changes.peek().map_or(self.width, |next| next[0].0);
            if share > NEAR && col < end.min(self.width) {
                let whole = share > 1.0 - NEAR;
                emit(col, end.min(self.width), if whole { 1.0 } else { share });
            }
        }
        self.changes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(cover: &mut Cover) -> Vec<f64> {
        let mut shares = vec![0.0; cover.width];
        cover.finish(|first, end, share| shares[first..end].fill(share));
        shares
    }

    #[test]
    fn a_line_covers_what_is_right_of_it() {
        let mut cover = Cover::new(4);
        cover.add(0.5, 2.5, 1.0);
        // By hand: triangles of 1/2 x 1/4 in the first and last pixel that it crosses.
        assert_eq!(shares(&mut cover), [0.0625, 0.5, 0.9375, 1.0]);
        cover.add(1.0, 1.0, 1.0);
        cover.add(3.0, 3.0, -1.0);
        assert_eq!(shares(&mut cover), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn what_is_outside_the_row_is_cut_off() {
        let mut cover = Cover::new(2);
        cover.add(-1.0, 1.0, 1.0);
        cover.add(1.0, 3.0, -1.0);
        // Left of the row the line has covered half of each pixel; right of it nothing is taken back.
        assert_eq!(shares(&mut cover), [0.75, 0.75]);
        cover.add(-3.0, -2.0, 0.5);
        cover.add(5.0, 6.0, -0.5);
        assert_eq!(shares(&mut cover), [0.5, 0.5]);
    }
}
