//! The effect of each measure year by year, a panel for each.

use serde_json::Value;

use super::axis::Axis;
use super::numbers::{colour, different, float, interval_of, list, number, range, text};
use super::panel::{Panel, room_for};
use super::svg::{Anchor, Data, SIZE, Svg, Type, band_of, path_of};
use super::text::fitted;
use super::width::ColumnWidth;

/// Draws the chart; none without an effect.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let rows = list(data, "rows");
    let has_years = rows.iter().any(|row| number(row, "year").is_some());
    let along = if has_years { "year" } else { "since" };
    let is_valid = |row: &&Value| number(row, along).is_some() && number(row, "effect").is_some();
    let rows: Vec<&Value> = rows.iter().filter(is_valid).collect();
    let zones = different(rows.iter().copied(), "zone");
    let ends = rows.iter().flat_map(|row| {
        let interval = interval_of(row).into_iter().flatten();
        interval.chain(number(row, "effect"))
    });
    let y = Axis::around(range(ends.chain([0.0]))?, 4.0);
    let [first, last] = range(rows.iter().filter_map(|row| number(row, along)))?;
    let columns = zones.len().clamp(1, width.pick(2, 4));
    let mut svg = Svg::new(width.points());
    let left = room_for(&y, true);
    let gap = 9.0;
    let each = (svg.width() - left - 8.0 + gap) / float(columns);
    let (height, step) = (64.0, 64.0 + 30.0);
    let mut bottom: f64 = 0.0;
    for (i, zone) in zones.iter().enumerate() {
        let panel = Panel {
            left: left + each * float(i % columns),
            top: 13.0 + step * float(i / columns),
            width: each - gap,
            height,
            x: Axis::of_years(first, last, 5.0),
            y: y.clone(),
        };
        bottom = bottom.max(panel.bottom() + 12.0);
        let own: Vec<&Value> = rows
            .iter()
            .copied()
            .filter(|row| text(row, "zone") == *zone)
            .collect();
        if i % columns == 0 {
            panel.draw_y(&mut svg);
            panel.title_y(&mut svg, text(data, "unit"));
        } else {
            panel.draw_y_grid(&mut svg);
        }
        draw_panel(&mut svg, &panel, zone, &own, along);
    }
    if along == "since" {
        bottom += 9.0;
        let at = [svg.width() / 2.0, bottom - 2.0];
        let below = Type::new(SIZE, Anchor::Middle);
        svg.text(at, "years since the start of the measure", below);
    }
    Some(svg.finish(bottom + 2.0, title))
}

fn draw_panel(svg: &mut Svg, panel: &Panel, zone: &str, rows: &[&Value], along: &str) {
    let name = fitted(zone, SIZE, panel.width);
    let heading = Type::new(SIZE, Anchor::Start).bold();
    svg.text([panel.left, panel.top - 4.0], &name, heading);
    let band = rows.iter().filter_map(|row| {
        let [low, high] = interval_of(row)?;
        let x = number(row, along)?;
        Some((panel.at(x, low), panel.at(x, high)))
    });
    let (low, high): (Vec<[f64; 2]>, Vec<[f64; 2]>) = band.unzip();
    if low.len() > 1 {
        svg.area(&band_of(&low, &high), colour(0), 0.2);
    }
    panel.level(svg, 0.0);
    if along == "since" {
        panel.upright(svg, -0.5, "2 2");
    }
    let points = rows
        .iter()
        .filter_map(|row| Some((number(row, along)?, number(row, "effect")?)));
    let points: Vec<(f64, f64)> = points.collect();
    let line: Vec<[f64; 2]> = points.iter().map(|(x, y)| panel.at(*x, *y)).collect();
    if line.len() > 1 {
        svg.path(&path_of(&line), colour(0), 1.1, "");
    }
    for ((x, effect), at) in points.into_iter().zip(line) {
        let data = Data::none()
            .with("zone", zone)
            .number(along, Some(x))
            .number("value", Some(effect));
        svg.disc(at, 1.1, colour(0), false, &data);
    }
    panel.draw_x(svg);
}
