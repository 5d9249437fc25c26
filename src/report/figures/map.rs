//! A map: its image in a frame, with coordinates, outlines, a scale bar, north and the key of its colours.

use std::fmt::Write as _;

use crate::palette::Ramp;
use crate::report::frame::Frame;
use crate::report::image::base64_of;
use crate::report::map::{dots_of, hex};
use crate::report::number::{percent, significant};
use crate::report::picture::{ClassShown, ColourKey, Picture};

use super::layout::Layout;
use super::numbers::float;
use super::svg::{Anchor, Data, INK, SIZE, SMALL, SOFT, Svg, Type, short};
use super::text::{fitted, width_of, wrapped};
use super::width::ColumnWidth;

/// Where a map has no value.
const VOID: [u8; 3] = [233, 237, 235];

/// Height of a line of text, points.
const LINE: f64 = 9.0;

/// Draws a map.
pub(super) fn draw(picture: &Picture, frame: &Frame, width: ColumnWidth) -> String {
    let mut svg = Svg::new(width.points());
    let layout = Layout::new(frame, width);
    image(&mut svg, picture, frame, &layout);
    around(&mut svg, &layout);
    let below = layout.bottom() + 12.0;
    scale_and_north(&mut svg, frame, &layout, below);
    let mut y = below + 13.0;
    y = heading(&mut svg, picture, y);
    y = match &picture.key {
        ColourKey::Ramp { ramp, limits } => ramp_key(&mut svg, *ramp, *limits, y),
        ColourKey::Ranges(ranges) => {
            let classes = ranges.iter().map(|(colour, label)| ClassShown {
                colour: *colour,
                label: (*label).to_owned(),
                share: None,
            });
            class_key(&mut svg, &classes.collect::<Vec<_>>(), width.pick(2, 4), y)
        }
        ColourKey::Classes(classes) => {
            let columns = columns_of(classes, width.points());
            class_key(&mut svg, classes, columns, y)
        }
    };
    y = remarks(&mut svg, picture, y);
    svg.finish(y + 3.0, &picture.words)
}

/// The image, what is drawn on it, and the frame.
fn image(svg: &mut Svg, picture: &Picture, frame: &Frame, layout: &Layout) {
    let [x, y] = [layout.left, layout.top];
    let size = [layout.width, layout.height];
    svg.rect([x, y], size, VOID, &Data::none());
    let (cell, columns, rows) = (layout.cell, frame.cut.width(), frame.cut.height());
    // A file in cells: one cell of the image is one unit of the group.
    let mut group = format!(
        "<clipPath id=\"map\"><rect width=\"{columns}\" height=\"{rows}\"/></clipPath>\
         <g transform=\"translate({} {}) scale({cell})\" clip-path=\"url(#map)\">\
         <image width=\"{columns}\" height=\"{rows}\" preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" \
         style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,{}\"/>",
        short(x),
        short(y),
        base64_of(&picture.png)
    );
    // Writing to a String cannot fail.
    if !picture.dots.is_empty() {
        let _ = write!(
            group,
            "<path d=\"{}\" fill=\"none\" stroke=\"#000000\" stroke-opacity=\"0.65\" stroke-linecap=\"round\" stroke-width=\"{}\"/>",
            dots_of(&picture.dots),
            1.1 / cell
        );
    }
    if let Some(outline) = frame.outlines.first() {
        let _ = write!(
            group,
            "<path d=\"{}\" fill=\"none\" stroke=\"#111111\" stroke-opacity=\"0.6\" stroke-linejoin=\"round\" stroke-width=\"{}\"/>",
            outline.path,
            0.35 / cell
        );
    }
    svg.add(&(group + "</g>"));
    for zone in &frame.names {
        let at = [x + zone.at[0] * cell, y + zone.at[1] * cell + 2.0];
        let is_inside = zone.at[0] > 0.0
            && zone.at[1] > 0.0
            && zone.at[0] < float(columns)
            && zone.at[1] < float(rows);
        if is_inside {
            let of = Type::new(SMALL, Anchor::Middle).halo();
            svg.text(at, &zone.name, of);
        }
    }
    svg.add(&format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"0.6\"/>",
        short(x),
        short(y),
        short(size[0]),
        short(size[1]),
        hex(INK)
    ));
}

/// Coordinates at the frame.
fn around(svg: &mut Svg, layout: &Layout) {
    let [below, beside] = &layout.coordinates;
    let mut free_from = f64::NEG_INFINITY;
    for (share, text) in below {
        let x = layout.left + share * layout.width;
        svg.line([x, layout.bottom()], [x, layout.bottom() + 2.0], INK, 0.5);
        // One that would not fit beside the last, or into the figure, keeps its mark alone.
        let half = width_of(text, SMALL) / 2.0;
        if x - half > free_from && x + half < svg.width() {
            let of = Type::new(SMALL, Anchor::Middle);
            svg.text([x, layout.bottom() + 8.5], text, of);
            free_from = x + half + 3.0;
        }
    }
    let mut free_from = f64::NEG_INFINITY;
    let mut beside: Vec<_> = beside.iter().collect();
    beside.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    for (share, text) in beside {
        let y = layout.top + share * layout.height;
        svg.line([layout.left - 2.0, y], [layout.left, y], INK, 0.5);
        if y > free_from {
            let of = Type::new(SMALL, Anchor::End);
            svg.text([layout.left - 3.5, y + 2.1], text, of);
            free_from = y + LINE;
        }
    }
}

/// The scale bar on the left, north on the right.
fn scale_and_north(svg: &mut Svg, frame: &Frame, layout: &Layout, y: f64) {
    let right = layout
        .right()
        .max(layout.left + 90.0)
        .min(svg.width() - 8.0);
    let north = Type::new(SMALL, Anchor::End);
    svg.text([right, y + 6.0], frame.north, north);
    let Some((share, words)) = &frame.scale else {
        return;
    };
    let (from, to) = (layout.left, layout.left + share * layout.width);
    let bar = format!(
        "M{from} {top}V{y}H{to}V{top}",
        from = short(from),
        to = short(to),
        top = short(y + 2.5),
        y = short(y + 5.5)
    );
    svg.path(&bar, INK, 0.8, "");
    let of = Type::new(SMALL, Anchor::Start);
    svg.text([to + 4.0, y + 6.0], words, of);
}

/// What the map shows and its unit.
fn heading(svg: &mut Svg, picture: &Picture, mut y: f64) -> f64 {
    let text = if picture.unit.is_empty() {
        picture.title.clone()
    } else {
        // A unit stays on one line.
        format!(
            "{} ({})",
            picture.title,
            picture.unit.replace(' ', "\u{a0}")
        )
    };
    // Bold letters are wider.
    for line in wrapped(&text, SIZE, (svg.width() - 10.0) / 1.1) {
        svg.text([5.0, y + 6.0], &line, Type::new(SIZE, Anchor::Start).bold());
        y += LINE;
    }
    y + 1.0
}

fn ramp_key(svg: &mut Svg, ramp: Ramp, [low, high]: [f64; 2], y: f64) -> f64 {
    let width = (svg.width() - 10.0).min(200.0);
    let colours = ramp.colours();
    let last = float(colours.len().saturating_sub(1)).max(1.0);
    let stops = colours.iter().enumerate().map(|(i, colour)| {
        let share = short(100.0 * float(i) / last);
        format!(
            "<stop offset=\"{share}%\" stop-color=\"{}\"/>",
            hex(*colour)
        )
    });
    svg.add(&format!(
        "<linearGradient id=\"ramp\">{}</linearGradient><rect x=\"5\" y=\"{}\" width=\"{}\" height=\"7\" fill=\"url(#ramp)\"/>",
        stops.collect::<String>(),
        short(y),
        short(width)
    ));
    let label = |x: f64| significant(x, 3);
    let middle = f64::midpoint(low, high);
    for (share, text, anchor) in [
        (0.0, format!("\u{2264} {}", label(low)), Anchor::Start),
        (0.5, label(middle), Anchor::Middle),
        (1.0, format!("\u{2265} {}", label(high)), Anchor::End),
    ] {
        let at = [5.0 + share * width, y + 14.0];
        svg.text(at, &text, Type::new(SMALL, anchor));
    }
    y + 17.0
}

/// Columns of a key in which all labels have room.
fn columns_of(classes: &[ClassShown], width: f64) -> usize {
    let widest = classes.iter().map(|class| width_of(&class.label, SMALL));
    let widest = widest.fold(0.0, f64::max) + 48.0;
    let fits = |n: &usize| widest * float(*n) <= width;
    (1..=4).rev().find(fits).unwrap_or(1)
}

fn class_key(svg: &mut Svg, classes: &[ClassShown], columns: usize, y: f64) -> f64 {
    let each = (svg.width() - 10.0) / float(columns);
    let rows = classes.len().div_ceil(columns);
    for (i, class) in classes.iter().enumerate() {
        let x = 5.0 + each * float(i / rows.max(1));
        let y = y + LINE * float(i % rows.max(1));
        svg.rect([x, y + 0.5], [7.0, 6.0], class.colour, &Data::none());
        let share = class.share.map_or_else(String::new, percent);
        let room = each - 11.0 - width_of(&share, SMALL) - 10.0;
        let label = fitted(&class.label, SMALL, room);
        let of = Type::new(SMALL, Anchor::Start);
        svg.text([x + 10.0, y + 6.0], &label, of);
        let of = Type::new(SMALL, Anchor::End).colour(SOFT);
        svg.text([x + each - 8.0, y + 6.0], &share, of);
    }
    y + LINE * float(rows) + 2.0
}

/// Where there is no value, and what dots mean.
fn remarks(svg: &mut Svg, picture: &Picture, mut y: f64) -> f64 {
    if picture.has_gaps {
        svg.rect([5.0, y + 0.5], [7.0, 6.0], VOID, &Data::none());
        let of = Type::new(SMALL, Anchor::Start);
        svg.text([15.0, y + 6.0], "no value", of);
        y += LINE;
    }
    if let Some(note) = picture.notes.iter().find(|note| note.starts_with("Dots")) {
        for line in wrapped(note, SMALL, svg.width() - 10.0) {
            let of = Type::new(SMALL, Anchor::Start);
            svg.text([5.0, y + 6.0], &line, of);
            y += LINE - 1.0;
        }
    }
    y
}
