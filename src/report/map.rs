//! One map of the page: its image, its legend, its numbers for the script.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::error::Error;
use crate::palette::{Ramp, central_range, colours_of, limits, ramp_of};
use crate::sinks::FinishedRaster;

use super::cells::{Means, majorities, means};
use super::choice::Chosen;
use super::folder::Folder;
use super::frame::Frame;
use super::html::{escaped, id_of};
use super::image::{COLOURS, base64_of, decimals_of, packed, png_of, quantised, range_of};
use super::number::{count, percent, significant, unit_words, with_unit};

/// Columns or rows of dots on the longer side of a map.
const DOTS: usize = 48;

/// A map as part of a page.
#[derive(Debug)]
pub(super) struct MapFigure {
    pub(super) html: String,
    /// Its numbers for the script.
    pub(super) numbers: Value,
}

/// Title, image and legend of a map, before they are put together.
struct Drawn {
    png: Vec<u8>,
    alt: String,
    legend: String,
    notes: Vec<String>,
    dots: String,
    numbers: Value,
}

/// Draws a map; `None` where its file is not there any more.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn map_figure(
    folder: &Folder,
    map: &Chosen,
    frame: &Frame,
) -> Result<Option<MapFigure>, Error> {
    let Some(raster) = folder.raster(&map.layer)? else {
        return Ok(None);
    };
    let failed = |error: String| folder.unreadable(&map.layer, &error);
    let classes = raster
        .classes()
        .map_err(|error| failed(error.to_string()))?;
    let unit = raster.unit().map_err(|error| failed(error.to_string()))?;
    let title = title_of(&map.layer, &raster.description(), !classes.is_empty());
    let drawn = if classes.is_empty() {
        quantity(folder, map, frame, &raster, &title, &unit)?
    } else {
        of_classes(folder, map, frame, &raster, &title, &classes).map_err(failed)?
    };
    Ok(Some(assembled(map, frame, &title, &unit, drawn)))
}

fn assembled(map: &Chosen, frame: &Frame, title: &str, unit: &str, drawn: Drawn) -> MapFigure {
    let (width, height) = (frame.cut.width(), frame.cut.height());
    let id = id_of(&map.layer);
    let mut notes = drawn.notes;
    if frame.cut.block > 1 {
        let what = if drawn.numbers["kind"] == "class" {
            "the most frequent class"
        } else {
            "the mean"
        };
        let block = frame.cut.block;
        notes.push(format!("A cell is {what} of {block} × {block} pixels."));
    }
    let notes = notes
        .iter()
        .map(|note| format!("<p class=\"note\">{}</p>", escaped(note)));
    let notes = notes.collect::<Vec<_>>().concat();
    let unit = unit_words(unit);
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(" <span class=\"unit\">{}</span>", escaped(&unit))
    };
    let html = format!(
        "<figure class=\"map\" id=\"{id}\"><figcaption><b>{}</b>{unit}<br><code>{}.tif</code></figcaption><div>\
         <div class=\"cv\" style=\"aspect-ratio:{width}/{height};--ratio:{:.4};--w:{width}\"><img width=\"{width}\" height=\"{height}\" alt=\"{}\" \
         src=\"data:image/png;base64,{}\">{}</div>{}{}{notes}</div></figure>",
        escaped(title),
        escaped(&map.layer),
        ratio(width, height),
        escaped(&drawn.alt),
        base64_of(&drawn.png),
        frame.overlay(&drawn.dots),
        frame.scale_bar(),
        drawn.legend,
    );
    let mut numbers = drawn.numbers;
    numbers["id"] = json!(id);
    numbers["title"] = json!(title);
    MapFigure { html, numbers }
}

#[expect(clippy::cast_precision_loss, reason = "sides of an image")]
fn ratio(width: usize, height: usize) -> f64 {
    width as f64 / height as f64
}

/// The description of a layer without its list of classes, and the sensitivity of one in a folder.
fn title_of(layer: &str, description: &str, has_classes: bool) -> String {
    let name = layer.strip_prefix("maps/").unwrap_or(layer);
    let text = if has_classes {
        let end = [": 1 ", ";"]
            .iter()
            .filter_map(|end| description.find(end))
            .min();
        &description[..end.unwrap_or(description.len())]
    } else {
        description
    };
    let text = if text.is_empty() { name } else { text };
    match name.split_once('/') {
        Some((folder, _)) => format!("{text}: by {folder}"),
        None => text.to_owned(),
    }
}

/// A quantity: its colours go from the 2 % to the 98 % point of its pixels.
fn quantity(
    folder: &Folder,
    map: &Chosen,
    frame: &Frame,
    raster: &FinishedRaster,
    title: &str,
    unit: &str,
) -> Result<Drawn, Error> {
    let failed = |error: String| folder.unreadable(&map.layer, &error);
    let mut seen = means(raster, 1, frame.cut, f64::from).map_err(failed)?;
    let central = central_range(&mut seen.sample);
    let range = central.unwrap_or([0.0, 1.0]);
    let ramp = ramp_of(&map.layer, unit, range);
    let [low, high] = limits(ramp, range);
    let png = image_of(&seen.values, frame, ramp, [low, high]).map_err(failed)?;
    let mut alt = words_of(&seen, central, frame, title, unit);
    let mut notes = Vec::new();
    let mut dots = String::new();
    if let Some(found) = significance(folder, map, frame)? {
        alt.push(' ');
        alt.push_str(&found.words);
        notes.push(found.words);
        dots = found.dots;
    }
    let cells = range_of(&seen.values).unwrap_or([0.0, 0.0]);
    let numbers = json!({
        "kind": "quantity",
        "range": cells,
        "decimals": decimals_of(cells),
        "unit": unit_words(unit),
        "data": packed(&quantised(&seen.values, cells)).map_err(failed)?,
    });
    Ok(Drawn {
        png,
        alt,
        legend: gradient(ramp, [low, high]),
        notes,
        dots,
        numbers,
    })
}

/// The image of a quantity.
fn image_of(
    values: &[f64],
    frame: &Frame,
    ramp: Ramp,
    [low, high]: [f64; 2],
) -> Result<Vec<u8>, String> {
    let colour = |value: &f64| {
        if !value.is_finite() {
            return 0;
        }
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 254"
        )]
        let place = (share * f64::from(COLOURS - 1)).round() as u8;
        place + 1
    };
    let indices: Vec<u8> = values.iter().map(colour).collect();
    let colours: Vec<_> = (0..COLOURS)
        .map(|i| ramp.colour_at(f64::from(i) / f64::from(COLOURS - 1)))
        .collect();
    png_of(frame.cut.width(), frame.cut.height(), &indices, &colours)
}

/// The numbers of a quantity in words.
fn words_of(
    seen: &Means,
    central: Option<[f64; 2]>,
    frame: &Frame,
    title: &str,
    unit: &str,
) -> String {
    let n_pixels = (frame.cut.size[0] * frame.cut.size[1]) as u64;
    match (central, seen.sample.get(seen.sample.len() / 2)) {
        (Some([low, high]), Some(median)) => {
            let of = |x: f64| with_unit(&significant(x, 4), unit);
            format!(
                "Map: {title}. 2 % of the pixels are below {}, half of them above {}, 2 % above {}; {} of {} pixels have a value.",
                of(low),
                of(*median),
                of(high),
                count(seen.n_valid),
                count(n_pixels)
            )
        }
        _ => format!("Map: {title}. No pixel has a value."),
    }
}

/// Where a trend or a correlation is not significant.
struct Significance {
    words: String,
    /// A path of points.
    dots: String,
}

fn significance(
    folder: &Folder,
    map: &Chosen,
    frame: &Frame,
) -> Result<Option<Significance>, Error> {
    let Some(layer) = &map.p_layer else {
        return Ok(None);
    };
    let Some(raster) = folder.raster(layer)? else {
        return Ok(None);
    };
    let alpha = folder.alpha();
    let is_above = |p: f32| f64::from(u8::from(f64::from(p) >= alpha));
    let seen =
        means(&raster, 1, frame.cut, is_above).map_err(|error| folder.unreadable(layer, &error))?;
    if seen.n_valid == 0 {
        return Ok(None);
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of pixels")]
    let share = seen.sum / seen.n_valid as f64;
    let what = if layer.ends_with("_q") { "q" } else { "p" };
    let words = format!(
        "Dots: not significant ({what} \u{2265} {alpha}), {} of the pixels.",
        percent(share)
    );
    let (width, height) = (frame.cut.width(), frame.cut.height());
    let step = width.max(height).div_ceil(DOTS).max(1);
    let mut dots = String::new();
    for row in (step / 2..height).step_by(step) {
        for col in (step / 2..width).step_by(step) {
            // NaN, which is no p, is not above.
            if seen.values[row * width + col] >= 0.5 {
                // Writing to a String cannot fail.
                let _ = write!(dots, "M{col}.5 {row}.5h0");
            }
        }
    }
    Ok(Some(Significance { words, dots }))
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

/// Classes, with the share of area of each.
fn of_classes(
    folder: &Folder,
    map: &Chosen,
    frame: &Frame,
    raster: &FinishedRaster,
    title: &str,
    classes: &[(u8, String)],
) -> Result<Drawn, String> {
    let codes = majorities(raster, frame.cut)?;
    let colours = colours_of(classes);
    let place = |code: &u8| {
        let at = classes.iter().position(|(class, _)| class == code);
        at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
    };
    let indices: Vec<u8> = codes.iter().map(place).collect();
    let png = png_of(frame.cut.width(), frame.cut.height(), &indices, &colours)?;
    let shares = shares_of(folder, &map.layer);
    let (mut items, mut words) = (String::new(), Vec::new());
    for ((code, label), colour) in classes.iter().zip(&colours) {
        let share = shares.iter().find(|(class, _)| class == code);
        let share = share.map(|(_, share)| *share);
        // A class that is nowhere needs no place in the legend.
        if share.is_none() && (!shares.is_empty() || !codes.contains(code)) {
            continue;
        }
        let share = share.map_or_else(String::new, percent);
        // Writing to a String cannot fail.
        let _ = write!(
            items,
            "<li><i style=\"background:{}\"></i><span>{}</span><b>{share}</b></li>",
            hex(*colour),
            escaped(label)
        );
        words.push(format!("{label} {share}").trim_end().to_owned());
    }
    let of_area = if shares.is_empty() {
        ""
    } else {
        " of the area"
    };
    let alt = format!("Map: {title}. {}{of_area}.", words.join(", "));
    let description = raster.description();
    let labels: Vec<Value> = classes
        .iter()
        .map(|(code, label)| json!([code, label]))
        .collect();
    Ok(Drawn {
        png,
        alt,
        legend: format!("<ul class=\"classes\">{items}</ul>"),
        notes: if description == title {
            Vec::new()
        } else {
            vec![format!("{description}.")]
        },
        dots: String::new(),
        numbers: json!({"kind": "class", "labels": labels, "data": packed(&codes)?}),
    })
}

/// The share of area of each class, from the table of classes.
fn shares_of(folder: &Folder, layer: &str) -> Vec<(u8, f64)> {
    let layer = layer.strip_prefix("maps/").unwrap_or(layer);
    let of_region = [("layer", layer), ("zone_set", "all"), ("zone", "all")];
    let rows = folder.table("classes").into_iter();
    let rows = rows.flat_map(|table| table.rows_with(&of_region));
    rows.filter_map(|row| Some((row.text("class").parse().ok()?, row.number("share")?)))
        .collect()
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_description_without_its_classes() {
        let of = |layer, text| title_of(layer, text, true);
        assert_eq!(
            of("maps/nep_class", "Linear trend of NEP: 1 less, 2 more"),
            "Linear trend of NEP"
        );
        assert_eq!(
            of(
                "maps/raw/nep_driver_class",
                "What moves NEP; sensitivities as they are"
            ),
            "What moves NEP: by raw"
        );
        assert_eq!(title_of("maps/nep_cv", "", false), "nep_cv");
    }
}
