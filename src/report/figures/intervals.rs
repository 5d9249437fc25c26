//! Values with their intervals, a row each: stages, rankings, rates.

use crate::palette::Rgb;

use super::axis::Axis;
use super::key::{LINE, draw_key};
use super::numbers::{float, range};
use super::panel::Panel;
use super::svg::{Anchor, Data, SIZE, Svg, Type};
use super::text::{fitted, width_of};
use super::width::ColumnWidth;

/// A value with its interval.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) value: f64,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) colour: Rgb,
    pub(super) is_open: bool,
    pub(super) data: Data,
}

/// A row of marks, each on its own line.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) marks: Vec<Mark>,
}

/// A chart of rows.
#[derive(Debug)]
pub(super) struct Intervals<'a> {
    pub(super) rows: Vec<Row>,
    /// What the lower axis shows.
    pub(super) unit: &'a str,
    /// A value that the others are compared with, and its dashes.
    pub(super) reference: (f64, &'static str),
    pub(super) key: Vec<(&'a str, Rgb)>,
}

/// Height of a mark's line, points.
const MARK: f64 = 6.0;

impl Intervals<'_> {
    /// Draws the chart; none without a mark.
    pub(super) fn draw(&self, title: &str, width: ColumnWidth) -> Option<String> {
        let marks = self.rows.iter().flat_map(|row| &row.marks);
        let ends = marks.flat_map(|mark| {
            let interval = mark.interval.into_iter().flatten();
            interval.chain([mark.value])
        });
        let ends = range(ends)?;
        let ends = [ends[0].min(self.reference.0), ends[1].max(self.reference.0)];
        let mut svg = Svg::new(width.points());
        let names = self.rows.iter().map(|row| width_of(&row.name, SIZE));
        let widest = svg.width() * width.pick(0.36, 0.3);
        // Where there is neither Helvetica nor Arial, letters are wider.
        let left = (1.12 * names.fold(0.0, f64::max)).min(widest) + 8.0;
        let top = 2.0 + draw_key(&mut svg, [2.0, 2.0], &self.key);
        let heights: Vec<f64> = self.rows.iter().map(height_of).collect();
        let panel = Panel {
            left,
            top: top + 2.0,
            width: svg.width() - left - 10.0,
            height: heights.iter().sum(),
            x: Axis::around(ends, width.pick(5.0, 8.0)),
            y: Axis::within([0.0, 1.0], 1.0),
        };
        panel.draw_x_grid(&mut svg);
        panel.title_x(&mut svg, self.unit);
        panel.upright(&mut svg, self.reference.0, self.reference.1);
        let mut y = panel.top;
        for (row, height) in self.rows.iter().zip(heights) {
            draw_row(&mut svg, &panel, row, y + height / 2.0);
            y += height;
        }
        let title_height = if self.unit.is_empty() { 0.0 } else { LINE };
        Some(svg.finish(panel.bottom() + 12.0 + title_height, title))
    }
}

fn height_of(row: &Row) -> f64 {
    float(row.marks.len().max(1)) * MARK + 7.0
}

fn draw_row(svg: &mut Svg, panel: &Panel, row: &Row, middle: f64) {
    let name = fitted(&row.name, SIZE, panel.left - 7.0);
    let at = [panel.left - 5.0, middle + 2.5];
    svg.text(at, &name, Type::new(SIZE, Anchor::End));
    let first = middle - MARK * (float(row.marks.len()) - 1.0) / 2.0;
    for (i, mark) in row.marks.iter().enumerate() {
        let y = first + MARK * float(i);
        if let Some([low, high]) = mark.interval {
            let ends = [[panel.x_at(low), y], [panel.x_at(high), y]];
            svg.line(ends[0], ends[1], mark.colour, 1.2);
        }
        let at = [panel.x_at(mark.value), y];
        svg.disc(at, 2.2, mark.colour, mark.is_open, &mark.data);
    }
}
