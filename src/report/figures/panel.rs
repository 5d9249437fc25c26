//! A rectangle with two axes.

use super::axis::Axis;
use super::svg::{Anchor, GRID, INK, SIZE, SMALL, Svg, Type, path_of};
use super::text::width_of;

/// Width of the lines of axes, points.
const AXIS: f64 = 0.6;

/// Width of the lines of a grid, points.
const FINE: f64 = 0.4;

/// A rectangle of the figure with the axes of what is drawn in it.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Panel {
    /// Where a pair of values is.
    pub(super) fn at(&self, x: f64, y: f64) -> [f64; 2] {
        [self.x_at(x), self.y_at(y)]
    }

    pub(super) fn x_at(&self, x: f64) -> f64 {
        self.left + self.x.share(x) * self.width
    }

    /// Values grow upwards.
    pub(super) fn y_at(&self, y: f64) -> f64 {
        self.top + (1.0 - self.y.share(y)) * self.height
    }

    pub(super) const fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(super) const fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Grid, marks and numbers of the upright axis.
    pub(super) fn draw_y(&self, svg: &mut Svg) {
        self.draw_y_grid(svg);
        for mark in &self.y.marks {
            let at = [self.left - 3.0, self.y_at(*mark) + 2.2];
            let of = Type::new(SMALL, Anchor::End);
            svg.text(at, &self.y.label(*mark), of);
        }
    }

    /// The same without numbers, for panels beside one that has them.
    pub(super) fn draw_y_grid(&self, svg: &mut Svg) {
        for mark in &self.y.marks {
            let y = self.y_at(*mark);
            svg.line([self.left, y], [self.right(), y], GRID, FINE);
        }
        svg.line([self.left, self.top], [self.left, self.bottom()], INK, AXIS);
    }

    /// Marks and numbers of the lower axis.
    pub(super) fn draw_x(&self, svg: &mut Svg) {
        self.base(svg);
        self.numbers_below(svg);
    }

    /// The same with a grid, for charts that are read along it.
    pub(super) fn draw_x_grid(&self, svg: &mut Svg) {
        for mark in &self.x.marks {
            let x = self.x_at(*mark);
            svg.line([x, self.top], [x, self.bottom()], GRID, FINE);
        }
        self.base(svg);
        self.numbers_below(svg);
    }

    fn base(&self, svg: &mut Svg) {
        let y = self.bottom();
        svg.line([self.left, y], [self.right(), y], INK, AXIS);
    }

    fn numbers_below(&self, svg: &mut Svg) {
        for mark in &self.x.marks {
            let (x, y) = (self.x_at(*mark), self.bottom());
            svg.line([x, y], [x, y + 2.5], INK, AXIS);
            svg.text(
                [x, y + 9.0],
                &self.x.label(*mark),
                Type::new(SMALL, Anchor::Middle),
            );
        }
    }

    /// What the lower axis shows.
    pub(super) fn title_x(&self, svg: &mut Svg, title: &str) {
        let middle = self.left + self.width / 2.0;
        let at = [middle, self.bottom() + 18.0];
        svg.text(at, title, Type::new(SIZE, Anchor::Middle));
    }

    /// What the upright axis shows, left of its numbers.
    pub(super) fn title_y(&self, svg: &mut Svg, title: &str) {
        let x = self.left - 5.0 - widest(&self.y.labels()) - 2.0;
        let middle = self.top + self.height / 2.0;
        svg.text([x, middle], title, Type::new(SIZE, Anchor::Middle).turned());
    }

    /// A line at a value of the lower axis.
    pub(super) fn upright(&self, svg: &mut Svg, x: f64, dashes: &str) {
        let x = self.x_at(x);
        let path = path_of(&[[x, self.top], [x, self.bottom()]]);
        svg.path(&path, INK, AXIS, dashes);
    }

    /// A line at a value of the upright axis.
    pub(super) fn level(&self, svg: &mut Svg, y: f64) {
        let y = self.y_at(y);
        svg.line([self.left, y], [self.right(), y], INK, AXIS);
    }
}

/// Room left of a panel for the numbers and the title of its upright axis.
pub(super) fn room_for(y: &Axis, has_title: bool) -> f64 {
    let title = if has_title { 11.0 } else { 0.0 };
    widest(&y.labels()) + 6.0 + title
}

fn widest(labels: &[String]) -> f64 {
    let widths = labels.iter().map(|label| width_of(label, SMALL));
    widths.fold(0.0, f64::max)
}
