//! Outlines as straight edges, in columns and rows of the grid from its top left corner.

/// A point in columns and rows.
pub(super) type Point = [f64; 2];

/// A straight piece of an outline that runs down from row `y0` to row `y1`, which are equal on a level piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
    /// The feature that it belongs to, among those of one zone.
    pub(super) feature: u32,
}

impl Edge {
    /// The edge between two points in either order, so that neighbours have the same edge.
    fn between(a: Point, b: Point, feature: u32) -> Self {
        let ([x0, y0], [x1, y1]) = if a[1] < b[1] { (a, b) } else { (b, a) };
        Self {
            x0,
            y0,
            x1,
            y1,
            feature,
        }
    }

    /// Columns within which it meets another.
    pub(super) fn meet(&self) -> f64 {
        MEET + MEET_BY_COLUMN * self.x0.abs().max(self.x1.abs())
    }

    /// Its column at row `y`, exact at both ends: pieces of an outline meet.
    #[inline]
    pub(super) fn x_at(&self, y: f64) -> f64 {
        if y >= self.y1 {
            self.x1
        } else {
            (y - self.y0) * (self.x1 - self.x0) / (self.y1 - self.y0) + self.x0
        }
    }
}

/// Columns within which two edges meet: a billionth of a pixel, and more where an edge comes from so far that its
/// columns have fewer digits.
const MEET: f64 = 1e-9;
const MEET_BY_COLUMN: f64 = 1e-15;

/// The part of an edge that is in a row. A level one bounds no area, but joins what it runs between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) edge: Edge,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Least and largest column.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Columns within which it meets another.
    pub(super) meet: f64,
}

impl Piece {
    /// The part between two rows; `None` where it only touches them.
    pub(super) fn of(edge: &Edge, row: f64, end: f64) -> Option<Self> {
        let (top, bottom) = (edge.y0.max(row), edge.y1.min(end));
        let (a, b) = if top < bottom {
            (edge.x_at(top), edge.x_at(bottom))
        } else {
            (edge.x0, edge.x1)
        };
        let is_level_inside = top == bottom && row < top && bottom < end;
        (top < bottom || is_level_inside).then(|| Self {
            edge: *edge,
            top,
            bottom,
            low: a.min(b),
            high: a.max(b),
            meet: edge.meet(),
        })
    }

    pub(super) fn is_level(&self) -> bool {
        self.top == self.bottom
    }
}

/// Adds the edges of a ring that matter inside a grid of `width` columns and `height` rows. What lies right of the
/// grid, above or below it bounds no pixel.
pub(super) fn add_ring(
    edges: &mut Vec<Edge>,
    ring: &[Point],
    feature: u32,
    [width, height]: [f64; 2],
) {
    let next = ring.iter().cycle().skip(1);
    for (&a, &b) in ring.iter().zip(next) {
        let edge = Edge::between(a, b, feature);
        if edge.y1 > 0.0 && edge.y0 < height && edge.x0.min(edge.x1) < width {
            edges.push(edge);
        }
    }
}

/// Calls `work` for each row that edges pass, with those that do, in the order of their upper ends.
pub(super) fn each_row(edges: &mut [Edge], height: usize, mut work: impl FnMut(usize, &[Edge])) {
    edges.sort_by(|a, b| a.y0.total_cmp(&b.y0));
    let mut active: Vec<Edge> = Vec::new();
    let mut next = 0;
    let mut row = 0;
    while row < height {
        if active.is_empty() {
            let Some(edge) = edges.get(next) else { return };
            row = row.max(floor(edge.y0));
            if row >= height {
                return;
            }
        }
        let [top, bottom] = [row, row + 1].map(to_f64);
        while let Some(edge) = edges.get(next).filter(|edge| edge.y0 < bottom) {
            active.push(*edge);
            next += 1;
        }
        active.retain(|edge| edge.y1 > top);
        if !active.is_empty() {
            work(row, &active);
        }
        row += 1;
    }
}

/// The whole number at or below, 0 for what is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast to a whole number stays within its range"
)]
pub(super) fn floor(x: f64) -> usize {
    x.floor() as usize
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rows and columns are far below 2^52"
)]
pub(super) fn to_f64(n: usize) -> f64 {
    n as f64
}
