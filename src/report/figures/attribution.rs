//! The parts of a trend by zone, a panel for each sensitivity.

use serde_json::Value;

use crate::palette::{Rgb, colour_of_label};

use super::axis::Axis;
use super::key::draw_key;
use super::numbers::{different, float, list, number, range, text};
use super::panel::Panel;
use super::svg::{Anchor, Data, INK, SIZE, SMALL, SOFT, Svg, Type};
use super::text::{fitted, width_of};
use super::width::ColumnWidth;

/// What the region is called in the data.
const REGION: &str = "whole region";

/// Height of a row, points.
const ROW: f64 = 11.0;

/// The colour of a part; drivers share one.
fn colour_of(part: &str) -> Rgb {
    match part {
        "climate" | "people" => colour_of_label(part).unwrap_or(SOFT),
        _ => SOFT,
    }
}

/// A row of a panel.
struct Row<'a> {
    name: String,
    bars: Vec<&'a Value>,
    /// Climate and people together.
    total: Option<f64>,
}

/// Draws the chart; none without a bar.
pub(super) fn draw(data: &Value, title: &str, width: ColumnWidth) -> Option<String> {
    let bars = list(data, "bars");
    let ways = different(bars.iter(), "s");
    let panels: Vec<(&str, Vec<Row<'_>>)> = ways
        .into_iter()
        .map(|way| (way, rows_of(bars, way)))
        .collect();
    let ends = range(bars.iter().filter_map(|bar| number(bar, "v")))?;
    let totals = panels.iter().flat_map(|(_, rows)| rows);
    let totals = range(totals.filter_map(|row| row.total)).unwrap_or(ends);
    let low = ends[0].min(totals[0]).min(0.0);
    let high = ends[1].max(totals[1]).max(0.0);
    let columns = width.pick(1, panels.len().clamp(1, 2));
    let mut svg = Svg::new(width.points());
    let each = svg.width() / float(columns);
    let x = Axis::around([low, high], width.pick(5.0, 4.0));
    let names = panels.iter().flat_map(|(_, rows)| rows);
    let names = names.map(|row| width_of(&row.name, SIZE));
    // Where there is neither Helvetica nor Arial, letters are wider.
    let left = (1.12 * names.fold(0.0, f64::max)).min(each * 0.36) + 7.0;
    let parts = ["climate", "people", "one driver"].map(|part| (part, colour_of(part)));
    let key = draw_key(&mut svg, [2.0, 2.0], &parts);
    let note = "◊ climate and people together: the trend";
    svg.text(
        [2.0, 2.0 + key + 7.0],
        note,
        Type::new(SMALL, Anchor::Start),
    );
    let (mut top, mut bottom) = (key + 14.0, 0.0);
    for (i, (way, rows)) in panels.iter().enumerate() {
        let panel = Panel {
            left: left + each * float(i % columns),
            top: top + 14.0,
            width: each - left - 8.0,
            height: ROW * float(rows.len()),
            x: x.clone(),
            y: Axis::within([0.0, 1.0], 1.0),
        };
        draw_panel(
            &mut svg,
            &panel,
            (way, rows),
            left - 6.0,
            text(data, "unit"),
        );
        bottom = f64::max(bottom, panel.bottom() + 24.0);
        if i % columns == columns - 1 {
            top = bottom;
        }
    }
    Some(svg.finish(bottom, title))
}

/// The region, its drivers, then the zones.
fn rows_of<'a>(bars: &'a [Value], way: &str) -> Vec<Row<'a>> {
    let own: Vec<&Value> = bars.iter().filter(|bar| text(bar, "s") == way).collect();
    let is_part = |bar: &&&Value| ["climate", "people"].contains(&text(bar, "part"));
    let zones = different(own.iter().copied(), "zone");
    let of_zone = |zone: &str| {
        let bars = own.iter().filter(is_part).copied();
        let bars: Vec<&Value> = bars.filter(|bar| text(bar, "zone") == zone).collect();
        let parts: Vec<f64> = bars.iter().filter_map(|bar| number(bar, "v")).collect();
        Row {
            name: zone.to_owned(),
            total: (parts.len() == 2).then(|| parts.iter().sum()),
            bars,
        }
    };
    let drivers = own.iter().filter(|bar| !is_part(bar)).map(|bar| Row {
        name: format!("· {}", text(bar, "part")),
        bars: vec![*bar],
        total: None,
    });
    let region = zones.iter().filter(|zone| **zone == REGION);
    let others = zones.iter().filter(|zone| **zone != REGION);
    region
        .map(|zone| of_zone(zone))
        .chain(drivers)
        .chain(others.map(|zone| of_zone(zone)))
        .collect()
}

fn draw_panel(
    svg: &mut Svg,
    panel: &Panel,
    (way, rows): (&str, &[Row<'_>]),
    room: f64,
    unit: &str,
) {
    let at = [panel.left, panel.top - 5.0];
    let heading = Type::new(SIZE, Anchor::Start).bold();
    svg.text(at, &format!("by {way}"), heading);
    panel.draw_x_grid(svg);
    panel.title_x(svg, unit);
    for (i, row) in rows.iter().enumerate() {
        let top = panel.top + ROW * float(i);
        let middle = top + ROW / 2.0;
        let name = fitted(&row.name, SIZE, room);
        let at = [panel.left - 4.0, middle + 2.5];
        svg.text(at, &name, Type::new(SIZE, Anchor::End));
        draw_bars(svg, panel, row, way, top);
        if let Some(total) = row.total {
            let [x, y] = [panel.x_at(total), middle];
            svg.add(&diamond(x, y));
        }
    }
    panel.upright(svg, 0.0, "");
}

/// Bars of one side are put on each other.
fn draw_bars(svg: &mut Svg, panel: &Panel, row: &Row<'_>, way: &str, top: f64) {
    let mut ends = [0.0, 0.0];
    for bar in &row.bars {
        let Some(value) = number(bar, "v") else {
            continue;
        };
        let end = &mut ends[usize::from(value < 0.0)];
        let (from, to) = (panel.x_at(*end), panel.x_at(*end + value));
        *end += value;
        let data = Data::none()
            .with("sensitivity", way)
            .with("zone", text(bar, "zone"))
            .with("part", text(bar, "part"))
            .number("value", Some(value));
        svg.rect(
            [from.min(to), top + 1.8],
            [(to - from).abs(), ROW - 3.6],
            colour_of(text(bar, "part")),
            &data,
        );
    }
}

fn diamond(x: f64, y: f64) -> String {
    use super::svg::short;
    let corners = [[x, y - 2.8], [x + 2.4, y], [x, y + 2.8], [x - 2.4, y]];
    let corners = corners.map(|[x, y]| format!("{} {}", short(x), short(y)));
    format!(
        "<path d=\"M{}Z\" fill=\"#ffffff\" stroke=\"{}\" stroke-width=\"0.8\"/>",
        corners.join("L"),
        crate::report::map::hex(INK)
    )
}
