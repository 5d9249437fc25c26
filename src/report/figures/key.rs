//! Keys of colours above a chart.

use crate::palette::Rgb;

use super::svg::{Anchor, Data, SIZE, Svg, Type};
use super::text::{fitted, width_of};

/// Height of a line of a key, points.
pub(super) const LINE: f64 = 10.0;

/// Draws swatches with their names from left to right, and gives the height that they take.
pub(super) fn draw_key(svg: &mut Svg, [left, top]: [f64; 2], items: &[(&str, Rgb)]) -> f64 {
    let room = svg.width() - left - 2.0;
    let (mut x, mut lines) = (0.0, 0.0);
    for (name, colour) in items {
        let name = fitted(name, SIZE, room - 10.0);
        let width = 9.0 + width_of(&name, SIZE) + 10.0;
        if x > 0.0 && x + width - 10.0 > room {
            (x, lines) = (0.0, lines + 1.0);
        }
        let y = top + lines * LINE;
        svg.rect([left + x, y + 1.5], [6.0; 2], *colour, &Data::none());
        let at = [left + x + 9.0, y + 7.0];
        svg.text(at, &name, Type::new(SIZE, Anchor::Start));
        x += width;
    }
    if items.is_empty() {
        return 0.0;
    }
    (lines + 1.0) * LINE
}
