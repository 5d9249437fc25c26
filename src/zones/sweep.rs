//! The share of each pixel of a row that the outlines of a zone cover, exactly.
//!
//! The pieces of edges in a row are taken in groups whose columns overlap: the gap between two groups is inside or
//! outside as a whole. In a group whose pieces do not cross, their order says on which side of each the zone lies
//! (`order`), and the area between a piece and the right end of the row is added or subtracted. Another group is
//! cut at the rows where its pieces begin, end and cross, so that between two cuts none crosses another. Features
//! of a zone are joined, each by the even-odd rule.

use crate::zones::cover::Cover;
use crate::zones::edges::{Edge, Piece, to_f64};
use crate::zones::order::Order;

/// Rows between two cuts that are still told apart.
const LEAST_HEIGHT: f64 = 1e-12;

/// Works through the rows of one zone; its buffers are kept from row to row.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    /// By feature: whether what is left of the place where the sweep stands is inside it.
    inside: Vec<bool>,
    n_inside: usize,
    /// The feature that was entered last.
    latest: usize,
    /// By feature: whether its outline crosses itself.
    crossed: Vec<bool>,
    pieces: Vec<Piece>,
    in_order: Order,
    cuts: Vec<f64>,
    live: Vec<Edge>,
    /// Edges in the order of their columns.
    order: Vec<(f64, Edge)>,
    slabs: Vec<[f64; 2]>,
}

impl Sweep {
    /// For a zone of some features.
    pub(super) fn new(n_features: usize) -> Self {
        Self {
            inside: vec![false; n_features],
            crossed: vec![false; n_features],
            ..Self::default()
        }
    }

    /// By feature: whether its outline crosses itself in the rows so far.
    pub(super) fn crossed(&self) -> &[bool] {
        &self.crossed
    }

    /// Adds what a row is covered by.
    pub(super) fn row(&mut self, row: usize, edges: &[Edge], cover: &mut Cover) {
        let [top, bottom] = [row, row + 1].map(to_f64);
        self.pieces.clear();
        self.pieces
            .extend(edges.iter().filter_map(|edge| Piece::of(edge, top, bottom)));
        self.pieces.sort_by(|a, b| a.low.total_cmp(&b.low));
        self.inside.fill(false);
        self.n_inside = 0;
        let mut pieces = std::mem::take(&mut self.pieces);
        let mut rest = pieces.as_mut_slice();
        while let Some(first) = rest.first() {
            let mut high = first.high;
            let mut n = 1;
            while let Some(next) = rest.get(n).filter(|next| next.low <= high) {
                high = high.max(next.high);
                n += 1;
            }
            let (group, behind) = rest.split_at_mut(n);
            group.sort_by_key(Piece::is_level);
            let n_upright = group.partition_point(|piece| !piece.is_level());
            let group = &mut group[..n_upright];
            if !self.group_in_order(group, top, cover) {
                self.group_by_cuts(group, cover);
            }
            // Behind the group every row is as its uppermost.
            for piece in group.iter().filter(|piece| piece.top <= top) {
                self.pass(piece.edge.feature);
            }
            rest = behind;
        }
        self.pieces = pieces;
    }

    /// Adds a group whose pieces do not cross; false if they do, or if features overlap.
    fn group_in_order(&mut self, group: &[Piece], row: f64, cover: &mut Cover) -> bool {
        let around = match self.n_inside {
            0 => None,
            1 if self.inside[self.latest] => Some(self.latest),
            1 => self.inside.iter().position(|inside| *inside),
            _ => return false,
        };
        if !self.in_order.settle(group, row, around, &mut self.crossed) {
            return false;
        }
        for (piece, &begins) in group.iter().zip(self.in_order.begins()) {
            let height = piece.bottom - piece.top;
            let (a, b) = (piece.edge.x_at(piece.top), piece.edge.x_at(piece.bottom));
            cover.add(a, b, if begins { height } else { -height });
        }
        true
    }

    /// Adds any group, between one cut and the next.
    fn group_by_cuts(&mut self, group: &mut [Piece], cover: &mut Cover) {
        self.cuts.clear();
        self.cuts
            .extend(group.iter().flat_map(|piece| [piece.top, piece.bottom]));
        self.cuts.sort_unstable_by(f64::total_cmp);
        self.cuts.dedup();
        group.sort_by(|a, b| a.top.total_cmp(&b.top));
        self.live.clear();
        let mut next = 0;
        let cuts = std::mem::take(&mut self.cuts);
        for pair in cuts.windows(2) {
            while let Some(piece) = group.get(next).filter(|piece| piece.top <= pair[0]) {
                self.live.push(piece.edge);
                next += 1;
            }
            self.live.retain(|edge| edge.y1 >= pair[1]);
            self.slab([pair[0], pair[1]], cover);
        }
        self.cuts = cuts;
    }

    /// Between two cuts: all live edges run from one to the other.
    fn slab(&mut self, whole: [f64; 2], cover: &mut Cover) {
        if self.live.is_empty() {
            return;
        }
        self.slabs.clear();
        self.slabs.push(whole);
        // Two straight edges cross once.
        let mut n_crossings = self.live.len() * (self.live.len() - 1) / 2;
        while let Some([top, bottom]) = self.slabs.pop() {
            let middle = 0.5 * (top + bottom);
            self.order.clear();
            self.order
                .extend(self.live.iter().map(|edge| (edge.x_at(middle), *edge)));
            self.order.sort_by(|a, b| a.0.total_cmp(&b.0));
            let crossing = self.crossing(top, bottom);
            if let Some(y) = crossing.filter(|_| n_crossings > 0) {
                n_crossings -= 1;
                self.slabs.push([y, bottom]);
                self.slabs.push([top, y]);
            } else {
                self.add(top, bottom, cover);
            }
        }
    }

    /// A row between two cuts at which neighbours cross; marks features whose outline does.
    fn crossing(&mut self, top: f64, bottom: f64) -> Option<f64> {
        let mut found = None;
        for pair in self.order.windows(2) {
            let (a, b) = (pair[0].1, pair[1].1);
            let apart = |y: f64| b.x_at(y) - a.x_at(y);
            let (above, below) = (apart(top), apart(bottom));
            let first = a.y0.max(b.y0);
            let meet = a.meet().max(b.meet());
            // They cross at the cut itself where they meet there and have changed sides since they began.
            let at_cut = above.abs() <= meet && first < top && apart(first) < -meet;
            let within = above < -meet || below < -meet;
            if (at_cut || within) && a.feature == b.feature {
                self.crossed[a.feature as usize] = true;
            }
            if within && found.is_none() {
                let y = top + (bottom - top) * above / (above - below);
                let is_apart = y - top > LEAST_HEIGHT && bottom - y > LEAST_HEIGHT;
                found = Some(y).filter(|_| is_apart);
            }
        }
        found
    }

    /// Adds the area right of each edge at which the zone begins, and subtracts it where the zone ends.
    fn add(&mut self, top: f64, bottom: f64, cover: &mut Cover) {
        let order = std::mem::take(&mut self.order);
        for (_, edge) in &order {
            let before = self.n_inside > 0;
            self.pass(edge.feature);
            let height = match (before, self.n_inside > 0) {
                (false, true) => bottom - top,
                (true, false) => top - bottom,
                _ => continue,
            };
            cover.add(edge.x_at(top), edge.x_at(bottom), height);
        }
        for (_, edge) in &order {
            self.pass(edge.feature);
        }
        self.order = order;
    }

    /// Passes an edge of a feature.
    fn pass(&mut self, feature: u32) {
        let inside = &mut self.inside[feature as usize];
        *inside = !*inside;
        if *inside {
            self.latest = feature as usize;
            self.n_inside += 1;
        } else {
            self.n_inside -= 1;
        }
    }
}
