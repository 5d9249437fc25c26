//! Modelled against measured.

use serde_json::Value;

use crate::palette::Rgb;
use crate::report::headline::spoken;

use super::axis::Axis;
use super::key::draw_key;
use super::numbers::{colour, different, list, number, range, text};
use super::panel::{Panel, room_for};
use super::svg::{Data, INK, Svg, path_of};
use super::width::ColumnWidth;

/// Draws the chart; none without a pair.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let pairs = list(data, "pairs");
    let names = different(pairs.iter(), "v");
    let values = pairs
        .iter()
        .flat_map(|pair| [number(pair, "x"), number(pair, "y")]);
    let axis = Axis::around(range(values.flatten())?, 5.0);
    let mut svg = Svg::new(width.points());
    let shown: Vec<String> = names.iter().map(|name| spoken(name)).collect();
    let key = shown.iter().enumerate();
    let key: Vec<(&str, Rgb)> = key.map(|(i, name)| (name.as_str(), colour(i))).collect();
    let left = room_for(&axis, true);
    let top = 4.0 + draw_key(&mut svg, [left, 2.0], &key);
    // Both axes have the same scale.
    let side = (svg.width() - left - 12.0).min(260.0);
    let panel = Panel {
        left,
        top: top + 2.0,
        width: side,
        height: side,
        x: axis.clone(),
        y: axis,
    };
    panel.draw_y(&mut svg);
    panel.draw_x_grid(&mut svg);
    let unit = text(data, "unit");
    let of = |what: &str| {
        if unit.is_empty() {
            what.to_owned()
        } else {
            format!("{what} ({unit})")
        }
    };
    panel.title_x(&mut svg, &of("measured"));
    panel.title_y(&mut svg, &of("modelled"));
    let [low, high] = panel.x.domain;
    let equal = path_of(&[panel.at(low, low), panel.at(high, high)]);
    svg.path(&equal, INK, 0.6, "3 2");
    for pair in pairs {
        let (Some(x), Some(y)) = (number(pair, "x"), number(pair, "y")) else {
            continue;
        };
        let variable = text(pair, "v");
        let at = names.iter().position(|name| *name == variable);
        let data = Data::none()
            .with("variable", variable)
            .number("measured", Some(x))
            .number("modelled", Some(y));
        svg.disc(panel.at(x, y), 1.4, colour(at.unwrap_or(0)), false, &data);
    }
    Some(svg.finish(panel.bottom() + 22.0, title))
}
