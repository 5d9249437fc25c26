//! Where the parts of a map are.

use crate::report::frame::Frame;

use super::graticule::{Coordinate, coordinates};
use super::numbers::float;
use super::svg::SMALL;
use super::text::width_of;
use super::width::ColumnWidth;

/// The largest cell, points: a study of few pixels is no map of a page.
const MOST_CELL: f64 = 40.0;

/// The highest map as a share of the width of the figure.
const MOST_HEIGHT: [f64; 2] = [1.3, 0.9];

/// Where the image is, and the coordinates around it.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) left: f64,
    pub(super) top: f64,
    /// Points of a cell.
    pub(super) cell: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Below the map, and left of it.
    pub(super) coordinates: [Vec<Coordinate>; 2],
}

impl Layout {
    pub(super) fn new(frame: &Frame, width: ColumnWidth) -> Self {
        let (columns, rows) = (float(frame.cut.width()), float(frame.cut.height()));
        let coordinates = coordinates(frame, width.pick([3.0, 3.0], [5.0, 4.0]));
        let labels = coordinates[1].iter().map(|(_, text)| width_of(text, SMALL));
        let left = labels.fold(0.0, f64::max) + 6.0;
        let room = width.points() - left - 8.0;
        let most_height = width.points() * width.pick(MOST_HEIGHT[0], MOST_HEIGHT[1]);
        let cell = (room / columns).min(most_height / rows).min(MOST_CELL);
        Self {
            left,
            top: 4.0,
            cell,
            width: cell * columns,
            height: cell * rows,
            coordinates,
        }
    }

    pub(super) const fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) const fn bottom(&self) -> f64 {
        self.top + self.height
    }
}
