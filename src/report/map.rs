//! One map of the page: its image, its legend, its numbers for the script.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::palette::{Ramp, Rgb};

use super::frame::Frame;
use super::html::{escaped, id_of};
use super::image::base64_of;
use super::number::{percent, significant};
use super::picture::{ColourKey, Picture};

/// A map as part of a page.
#[derive(Debug)]
pub(super) struct MapFigure {
    pub(super) html: String,
    /// Its numbers for the script.
    pub(super) numbers: Value,
}

/// Puts a map into a page.
pub(super) fn map_figure(picture: Picture, frame: &Frame) -> MapFigure {
    let (width, height) = (frame.cut.width(), frame.cut.height());
    let id = id_of(&picture.layer);
    let notes = picture
        .notes
        .iter()
        .map(|note| format!("<p class=\"note\">{}</p>", escaped(note)));
    let notes = notes.collect::<Vec<_>>().concat();
    let unit = if picture.unit.is_empty() {
        String::new()
    } else {
        format!(" <span class=\"unit\">{}</span>", escaped(&picture.unit))
    };
    let html = format!(
        "<figure class=\"map\" id=\"{id}\"><figcaption><b>{}</b>{unit}<br><code>{}.tif</code></figcaption><div>\
         <div class=\"cv\" style=\"aspect-ratio:{width}/{height};--ratio:{:.4};--w:{width}\"><img width=\"{width}\" height=\"{height}\" alt=\"{}\" \
         src=\"data:image/png;base64,{}\">{}</div>{}{}{notes}</div></figure>",
        escaped(&picture.title),
        escaped(&picture.layer),
        ratio(width, height),
        escaped(&picture.words),
        base64_of(&picture.png),
        frame.overlay(&dots_of(&picture.dots)),
        frame.scale_bar(),
        legend_of(&picture.key),
    );
    let mut numbers = picture.numbers;
    numbers["id"] = json!(id);
    numbers["title"] = json!(picture.title);
    MapFigure { html, numbers }
}

#[expect(clippy::cast_precision_loss, reason = "sides of an image")]
fn ratio(width: usize, height: usize) -> f64 {
    width as f64 / height as f64
}

/// A path of points in the middle of cells.
pub(super) fn dots_of(dots: &[[usize; 2]]) -> String {
    let mut path = String::new();
    for [col, row] in dots {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{col}.5 {row}.5h0");
    }
    path
}

fn legend_of(key: &ColourKey) -> String {
    let items: Vec<String> = match key {
        ColourKey::Ramp { ramp, limits } => return gradient(*ramp, *limits),
        ColourKey::Ranges(ranges) => ranges
            .iter()
            .map(|(colour, label)| item(*colour, label, None))
            .collect(),
        ColourKey::Classes(classes) => classes
            .iter()
            .map(|class| item(class.colour, &class.label, class.share))
            .collect(),
    };
    format!("<ul class=\"classes\">{}</ul>", items.concat())
}

fn item(colour: Rgb, label: &str, share: Option<f64>) -> String {
    format!(
        "<li><i style=\"background:{}\"></i><span>{}</span><b>{}</b></li>",
        hex(colour),
        escaped(label),
        share.map_or_else(String::new, percent)
    )
}

/// The colours of a quantity from limit to limit.
fn gradient(ramp: Ramp, [low, high]: [f64; 2]) -> String {
    let colours: Vec<String> = ramp.colours().iter().map(|rgb| hex(*rgb)).collect();
    let middle = f64::midpoint(low, high);
    let label = |x: f64| significant(x, 3);
    format!(
        "<div class=\"ramp\"><i style=\"background:linear-gradient(90deg,{})\"></i><span>\u{2264} {}</span><span>{}</span>\
         <span>\u{2265} {}</span></div>",
        colours.join(","),
        label(low),
        label(middle),
        label(high)
    )
}

/// A colour as `#rrggbb`.
pub(super) fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
