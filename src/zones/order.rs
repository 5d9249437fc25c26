//! The order of the pieces of a row from left to right, which says on which side of each the zone lies.
//!
//! A line moves down the row and keeps the pieces that it meets in their order. Where a piece comes between two
//! others, or two become neighbours, they are checked: pieces that cross are neighbours somewhere above. A group
//! whose pieces cross, or in which one feature is inside another, is not settled here.

use std::cmp::Ordering;

use crate::zones::edges::{Edge, Piece};

/// Settles groups of pieces; its buffers are kept.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Pieces that the line meets, from left to right.
    live: Vec<u32>,
    /// Pieces that begin below the upper edge of the row, and those that end above the lower one.
    starts: Vec<u32>,
    ends: Vec<u32>,
    /// By piece: whether the zone begins there, seen from left to right, rather than ends.
    begins: Vec<bool>,
}

impl Order {
    /// By piece of the group that was settled: whether the zone begins there, seen from left to right.
    pub(super) fn begins(&self) -> &[bool] {
        &self.begins
    }

    /// Finds on which side of each piece the zone lies; false where pieces cross or features overlap.
    ///
    /// # Arguments
    ///
    /// * `row` - the upper edge of the row.
    /// * `around` - the feature that what is left of the group is inside of.
    /// * `crossed` - by feature, marked where its outline crosses itself exactly at the upper edge.
    pub(super) fn settle(
        &mut self,
        group: &[Piece],
        row: f64,
        around: Option<usize>,
        crossed: &mut [bool],
    ) -> bool {
        self.begins.clear();
        self.begins.resize(group.len(), false);
        self.fill(group, row);
        if !self.first_line(group, around, crossed) {
            return false;
        }
        let ends = std::mem::take(&mut self.ends);
        let starts = std::mem::take(&mut self.starts);
        let is_settled = self.move_down(group, around, &starts, &ends);
        (self.ends, self.starts) = (ends, starts);
        is_settled
    }

    fn fill(&mut self, group: &[Piece], row: f64) {
        let end = row + 1.0;
        self.live.clear();
        self.starts.clear();
        self.ends.clear();
        for (i, piece) in (0_u32..).zip(group) {
            if piece.top <= row {
                self.live.push(i);
            } else {
                self.starts.push(i);
            }
            if piece.bottom < end {
                self.ends.push(i);
            }
        }
        let at = |i: u32| &group[i as usize];
        self.ends
            .sort_unstable_by(|&a, &b| at(a).bottom.total_cmp(&at(b).bottom));
        self.starts.sort_unstable_by(|&a, &b| {
            let (a, b) = (&at(a).edge, &at(b).edge);
            let by_place = a.y0.total_cmp(&b.y0).then(a.x0.total_cmp(&b.x0));
            let lean = |edge: &Edge| (edge.x1 - edge.x0) / (edge.y1 - edge.y0);
            by_place.then_with(|| lean(a).total_cmp(&lean(b)))
        });
    }

    /// The pieces at the upper edge of the row.
    fn first_line(&mut self, group: &[Piece], around: Option<usize>, crossed: &mut [bool]) -> bool {
        self.live.sort_unstable_by(|&a, &b| {
            let (a, b) = (&group[a as usize], &group[b as usize]);
            let (x_a, x_b) = (a.edge.x_at(a.top), b.edge.x_at(b.top));
            x_a.total_cmp(&x_b).then_with(|| order_below(a, b))
        });
        let mut owner = around;
        for (i, &piece) in self.live.iter().enumerate() {
            let here = &group[piece as usize];
            let feature = here.edge.feature as usize;
            if owner.is_some_and(|owner| owner != feature) {
                return false;
            }
            self.begins[piece as usize] = owner.is_none();
            owner = if owner.is_none() { Some(feature) } else { None };
            let Some(&left) = i.checked_sub(1).and_then(|i| self.live.get(i)) else {
                continue;
            };
            let left = &group[left as usize];
            if cross(left, here) {
                return false;
            }
            if left.edge.feature == here.edge.feature && cross_at_top(left, here) {
                crossed[feature] = true;
            }
        }
        true
    }

    /// Moves the line down over all ends and beginnings.
    fn move_down(
        &mut self,
        group: &[Piece],
        around: Option<usize>,
        mut starts: &[u32],
        mut ends: &[u32],
    ) -> bool {
        loop {
            let end = ends.first().map(|&i| group[i as usize].bottom);
            let start = starts.first().map(|&i| group[i as usize].top);
            let y = match (end, start) {
                (Some(end), Some(start)) => end.min(start),
                (Some(y), None) | (None, Some(y)) => y,
                (None, None) => return true,
            };
            while let Some((&piece, later)) = ends.split_first() {
                if group[piece as usize].bottom > y {
                    break;
                }
                if !self.leave(group, piece) {
                    return false;
                }
                ends = later;
            }
            while let Some((&piece, later)) = starts.split_first() {
                if group[piece as usize].top > y {
                    break;
                }
                if !self.enter(group, piece, around) {
                    return false;
                }
                starts = later;
            }
        }
    }

    /// A piece ends; false where the line does not find it, or its neighbours cross.
    fn leave(&mut self, group: &[Piece], piece: u32) -> bool {
        let y = group[piece as usize].bottom;
        let x = group[piece as usize].edge.x_at(y);
        let meet = group[piece as usize].meet;
        let x_of = |i: u32| group[i as usize].edge.x_at(y);
        let from = self.live.partition_point(|&i| x_of(i) < x - 2.0 * meet);
        let found = self.live[from..].iter().position(|&i| i == piece);
        let Some(at) = found.map(|n| from + n) else {
            return false;
        };
        self.live.remove(at);
        self.are_apart(group, at)
    }

    /// A piece begins; false where it crosses a neighbour or is inside another feature.
    fn enter(&mut self, group: &[Piece], piece: u32, around: Option<usize>) -> bool {
        let new = &group[piece as usize];
        let is_left = |&other: &u32| {
            let other = &group[other as usize];
            let meet = new.meet.max(other.meet);
            let apart = new.edge.x_at(new.top) - other.edge.x_at(new.top);
            apart > meet || (apart >= -meet && order_below(other, new) != Ordering::Greater)
        };
        let at = self.live.partition_point(is_left);
        let left = at.checked_sub(1).map(|i| self.live[i] as usize);
        let owner = match left {
            Some(left) => self.begins[left].then_some(group[left].edge.feature as usize),
            None => around,
        };
        if owner.is_some_and(|owner| owner != new.edge.feature as usize) {
            return false;
        }
        self.begins[piece as usize] = owner.is_none();
        self.live.insert(at, piece);
        self.are_apart(group, at) && self.are_apart(group, at + 1)
    }

    /// Whether the piece at a place does not cross the one left of it.
    fn are_apart(&self, group: &[Piece], at: usize) -> bool {
        let left = at.checked_sub(1).and_then(|i| self.live.get(i));
        match (left, self.live.get(at)) {
            (Some(&left), Some(&right)) => !cross(&group[left as usize], &group[right as usize]),
            _ => true,
        }
    }
}

/// The order of two pieces where the first of them ends.
fn order_below(a: &Piece, b: &Piece) -> Ordering {
    let y = a.bottom.min(b.bottom);
    a.edge.x_at(y).total_cmp(&b.edge.x_at(y))
}

/// Whether two neighbours have changed sides where the first of them ends.
fn cross(left: &Piece, right: &Piece) -> bool {
    let y = left.bottom.min(right.bottom);
    right.edge.x_at(y) - left.edge.x_at(y) < -left.meet.max(right.meet)
}

/// Whether two edges meet at the upper edge of the row and have changed sides since they began.
fn cross_at_top(left: &Piece, right: &Piece) -> bool {
    let apart = |y: f64| right.edge.x_at(y) - left.edge.x_at(y);
    let first = left.edge.y0.max(right.edge.y0);
    let meet = left.meet.max(right.meet);
    first < left.top && apart(left.top).abs() <= meet && apart(first) < -meet
}
