//! How many cells of an input on a grid of its own any tile of a study needs at most.
//!
//! Few tiles are checked one by one. For many tiles a bound is computed, so that the time does not
//! grow with the study. The grid is cut into pieces. If positions change evenly over a piece and
//! the tiles around it, no tile there is wider in cells than its pixels times the largest change
//! from pixel to pixel. If they do not, as around a pole, the piece is cut further, down to single
//! tiles.

use std::collections::HashSet;

use crate::grid::{Grid, Window};
use crate::sources::grids::cells::{SourceGrid, to_f64};
use crate::sources::grids::locate::{Change, Locator};
use crate::sources::grids::placement::NeededCells;

/// Up to this many tiles are checked one by one.
const MAX_TILES: usize = 1000;

/// Pieces along each side of the study to begin with.
const PIECES: usize = 16;

/// Points along each side of a piece.
const POINTS: usize = 5;

/// The most pieces, and the most tiles, that the bound may check. Past these every tile is checked;
/// if there are too many tiles for that, a tile is planned to need all cells of the study.
const MAX_PIECES: usize = 8000;

const MAX_LOOKS: usize = 500;

const MAX_TILES_AFTER_ALL: usize = 20_000;

/// Cells of an input that are planned in any case.
const SMALL_INPUT: usize = 256;

/// By what factor positions may change faster at one point of a piece than at another.
const EVEN: f64 = 1.5;

/// Rows and columns of cells.
type Size = [usize; 2];

/// The most cells that any of these windows, the tiles of `study` row by row, needs.
pub(crate) fn most_cells(
    locator: &Locator,
    study: &Grid,
    needed: &NeededCells,
    windows: &[Window],
) -> usize {
    let one_by_one = || {
        windows
            .iter()
            .map(|&window| cells_of(locator, needed, window))
            .max()
            .unwrap_or(0)
    };
    // The first tile is whole.
    let Some(tile) = windows.first().filter(|_| windows.len() > MAX_TILES) else {
        return one_by_one();
    };
    let tile = [tile.height.max(1), tile.width.max(1)];
    let mut search = Search {
        locator,
        study,
        needed,
        tile,
        looked: HashSet::new(),
    };
    match search.most() {
        Some(most) => most
            .max(needed.window.n_cells().min(SMALL_INPUT))
            .min(search.all()),
        None if windows.len() <= MAX_TILES_AFTER_ALL => one_by_one(),
        None => search.all(),
    }
}

fn cells_of(locator: &Locator, needed: &NeededCells, window: Window) -> usize {
    let cells = locator.outline(window).window(&needed.source);
    // Between the points of an outline the edge may bulge by less than a cell, and a small input
    // may be needed whole.
    ((cells.height + 2) * (cells.width + 2)).max(needed.window.n_cells().min(SMALL_INPUT))
}

struct Search<'a> {
    locator: &'a Locator,
    study: &'a Grid,
    needed: &'a NeededCells,
    /// Rows and columns of a tile.
    tile: Size,
    /// Upper left pixels of the tiles that were checked.
    looked: HashSet<Size>,
}

/// What is known of a piece of the study.
enum Piece {
    /// No tile there needs more cells.
    Bound(usize),
    /// It must be cut.
    Uneven,
}

impl Search<'_> {
    /// The most cells of any tile; `None` if too much of the study is uneven.
    fn most(&mut self) -> Option<usize> {
        let mut most = 0;
        let mut pieces = self.cut(self.study.window(), PIECES);
        let mut n_pieces = 0;
        while let Some(piece) = pieces.pop() {
            n_pieces += 1;
            if n_pieces > MAX_PIECES || self.looked.len() > MAX_LOOKS {
                return None;
            }
            match self.bound_of(piece) {
                Piece::Bound(cells) => most = most.max(cells),
                Piece::Uneven if piece.height <= self.tile[0] && piece.width <= self.tile[1] => {
                    most = most.max(self.tiles_of(piece));
                }
                Piece::Uneven => pieces.extend(self.cut(piece, 2)),
            }
        }
        Some(most)
    }

    /// A piece in parts that are at least as large as a tile.
    fn cut(&self, piece: Window, parts: usize) -> Vec<Window> {
        let height = piece
            .height
            .div_ceil(parts)
            .max(self.tile[0].min(piece.height))
            .max(1);
        let width = piece
            .width
            .div_ceil(parts)
            .max(self.tile[1].min(piece.width))
            .max(1);
        let rows = (0..piece.height).step_by(height);
        let part = |row: usize, col: usize| Window {
            row: piece.row + row,
            col: piece.col + col,
            height: height.min(piece.height - row),
            width: width.min(piece.width - col),
        };
        rows.flat_map(|row| {
            (0..piece.width)
                .step_by(width)
                .map(move |col| part(row, col))
        })
        .collect()
    }

    /// The most cells of the tiles that a piece no larger than one has a part of.
    fn tiles_of(&mut self, piece: Window) -> usize {
        let [height, width] = self.tile;
        let starts = |from: usize, length: usize, size: usize| {
            (from / size * size..from + length).step_by(size)
        };
        let mut most = 0;
        for row in starts(piece.row, piece.height, height) {
            for col in starts(piece.col, piece.width, width) {
                if !self.looked.insert([row, col]) {
                    continue;
                }
                let (height, width) = (
                    height.min(self.study.height - row),
                    width.min(self.study.width - col),
                );
                most = most.max(cells_of(
                    self.locator,
                    self.needed,
                    Window {
                        row,
                        col,
                        height,
                        width,
                    },
                ));
            }
        }
        most
    }

    /// All cells that the study needs: more than any tile.
    fn all(&self) -> usize {
        let NeededCells { source, window } = self.needed;
        // The tile over the seam of a grid around the globe may need columns twice.
        let width = if source.is_round {
            window.width.max(source.grid.width)
        } else {
            window.width
        };
        let [across, down] = self.margin([0.0; 2]);
        (window.height + down) * (width + across)
    }

    /// Columns and rows beyond the middles of pixels that resampling needs, with some for rounding.
    fn margin(&self, half: [f64; 2]) -> Size {
        self.needed
            .source
            .span(half)
            .map(|span| whole(2.0 * span) + 4)
    }

    /// The bound of a piece and one tile around it, so that each tile with a part of the piece is
    /// inside.
    fn bound_of(&self, piece: Window) -> Piece {
        let [height, width] = self.tile;
        let (top, left) = (
            piece.row.saturating_sub(height),
            piece.col.saturating_sub(width),
        );
        let bottom = (piece.row + piece.height + height).min(self.study.height);
        let right = (piece.col + piece.width + width).min(self.study.width);
        let points =
            spread(top, bottom).flat_map(|row| spread(left, right).map(move |col| (col, row)));
        let found = self.locator.changes(&points.collect::<Vec<_>>());
        let changes: Vec<Change> = found.iter().copied().flatten().collect();
        if changes.is_empty() {
            // The outline of the whole study has no more points there, and finds nothing either.
            return Piece::Bound(0);
        }
        self.bound(&changes, changes.len() == found.len())
    }

    /// The bound of a piece by its points; `is_whole` if all of them have a position.
    fn bound(&self, changes: &[Change], is_whole: bool) -> Piece {
        let range = |of: &dyn Fn(&Change) -> f64| {
            let values = changes.iter().map(of);
            values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| {
                [low.min(x), high.max(x)]
            })
        };
        let (xs, ys) = (range(&|change| change.at.0), range(&|change| change.at.1));
        // Between its points a piece may extend further by half of its span. Beside points without
        // a position, as at the edge of a projection, its span means nothing.
        let bulge = if is_whole { 0.5 } else { 0.0 };
        let beyond = |[low, high]: [f64; 2], length: usize, margin: usize| {
            let reach = bulge * (high - low) + to_f64(margin);
            low - reach > to_f64(length) || high + reach < 0.0
        };
        let half = [
            range(&|change| change.half()[0])[1],
            range(&|change| change.half()[1])[1],
        ];
        let [across, down] = self.margin(half.map(|half| EVEN * half));
        let SourceGrid { grid, is_round, .. } = &self.needed.source;
        if beyond(ys, grid.height, down) || (!is_round && beyond(xs, grid.width, across)) {
            return Piece::Bound(0);
        }
        if !is_whole {
            return Piece::Uneven;
        }
        let [height, width] = self.tile.map(to_f64);
        let columns = range(&|change| width * change.by_col[0] + height * change.by_row[0]);
        let rows = range(&|change| width * change.by_col[1] + height * change.by_row[1]);
        // Changes of less than a cell over a whole tile do not matter.
        let is_even = |[low, high]: [f64; 2]| high <= EVEN * low + 1.0;
        if !is_even(columns) || !is_even(rows) {
            return Piece::Uneven;
        }
        // Between points the positions may change as they do from one point to the next.
        let most = |[low, high]: [f64; 2]| whole(high + (high - low));
        let has_seam = self
            .locator
            .turn()
            .is_some_and(|turn| xs[1] - xs[0] > 0.5 * turn);
        // Both of its ends may be needed there; few tiles are checked one by one instead.
        if has_seam && self.looked.len() < MAX_LOOKS / 2 {
            return Piece::Uneven;
        }
        let width = if has_seam {
            self.needed.window.width
        } else {
            most(columns)
        };
        Piece::Bound((most(rows) + down) * (width + across))
    }
}

/// Middles of pixels from the first to the last, evenly.
fn spread(from: usize, end: usize) -> impl Iterator<Item = f64> + Clone {
    let length = to_f64((end - from).max(1) - 1);
    (0..POINTS).map(move |i| to_f64(from) + 0.5 + (length * to_f64(i) / to_f64(POINTS - 1)).floor())
}

/// Rounded up; saturates beyond the size of any raster.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "capped"
)]
fn whole(x: f64) -> usize {
    x.ceil().clamp(0.0, 4e9) as usize
}
