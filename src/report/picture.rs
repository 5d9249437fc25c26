//! One map as it is shown: its image, what its colours mean, and what is known of it in words.

use serde_json::{Value, json};

use crate::error::Error;
use crate::palette::{OF_P, Ramp, Rgb, central_range, colours_of, limits, ramp_of};
use crate::sinks::FinishedRaster;

use super::cells::{Cut, Means, majorities, means};
use super::choice::Chosen;
use super::folder::Folder;
use super::image::{COLOURS, decimals_of, packed, png_of, quantised, range_of};
use super::number::{count, percent, significant, unit_words, with_unit};

/// Columns or rows of dots on the longer side of a map.
const DOTS: usize = 48;

/// What the colours of a map mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ColourKey {
    /// A quantity, from limit to limit.
    Ramp { ramp: Ramp, limits: [f64; 2] },
    /// Ranges of p, the surest first.
    Ranges(Vec<(Rgb, &'static str)>),
    /// Classes that occur, each with its share of the area where that is known.
    Classes(Vec<ClassShown>),
}

/// A class of a map.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClassShown {
    pub(super) colour: Rgb,
    pub(super) label: String,
    pub(super) share: Option<f64>,
}

/// A map before it is put on a page or into a figure.
#[derive(Debug)]
pub(super) struct Picture {
    /// Its path without ending.
    pub(super) layer: String,
    /// What it shows.
    pub(super) title: String,
    /// Its unit, as papers print it.
    pub(super) unit: String,
    /// The image, a cell a pixel.
    pub(super) png: Vec<u8>,
    /// What it shows, in numbers.
    pub(super) words: String,
    pub(super) key: ColourKey,
    pub(super) notes: Vec<String>,
    /// Whether there are cells without a value.
    pub(super) has_gaps: bool,
    /// Columns and rows of the cells in which a trend is not significant.
    pub(super) dots: Vec<[usize; 2]>,
    /// Its numbers for the script of the page.
    pub(super) numbers: Value,
}

/// Draws a map; `None` where its file is not there any more.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn picture(folder: &Folder, map: &Chosen, cut: Cut) -> Result<Option<Picture>, Error> {
    let Some(raster) = folder.raster(&map.layer)? else {
        return Ok(None);
    };
    let failed = |error: String| folder.unreadable(&map.layer, &error);
    let classes = raster
        .classes()
        .map_err(|error| failed(error.to_string()))?;
    let unit = raster.unit().map_err(|error| failed(error.to_string()))?;
    let title = title_of(&map.layer, &raster.description(), !classes.is_empty());
    let mut picture = if classes.is_empty() {
        quantity(folder, map, cut, &raster, &title, &unit)?
    } else {
        of_classes(folder, map, cut, &raster, &title, &classes).map_err(failed)?
    };
    if cut.block > 1 {
        let what = if classes.is_empty() {
            "the mean"
        } else {
            "the most frequent class"
        };
        let block = cut.block;
        let note = format!("A cell is {what} of {block} × {block} pixels.");
        picture.notes.push(note);
    }
    Ok(Some(picture))
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

/// A quantity. Its colours go between the points that `run.json` has of it, as in the styles beside the maps.
fn quantity(
    folder: &Folder,
    map: &Chosen,
    cut: Cut,
    raster: &FinishedRaster,
    title: &str,
    unit: &str,
) -> Result<Picture, Error> {
    let failed = |error: String| folder.unreadable(&map.layer, &error);
    let mut seen = means(raster, 1, cut, f64::from).map_err(failed)?;
    let sampled = central_range(&mut seen.sample);
    // Records of older runs do not have it.
    let central = sampled.and(folder.record.central_range(&map.layer).or(sampled));
    let key = key_of(&map.layer, unit, central.unwrap_or([0.0, 1.0]));
    let png = image_of(&seen.values, cut, &key).map_err(failed)?;
    let mut words = words_of(&seen, central, cut, title, unit);
    let mut notes = Vec::new();
    let mut dots = Vec::new();
    if let Some(found) = significance(folder, map, cut)? {
        words.push(' ');
        words.push_str(&found.words);
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
    Ok(Picture {
        layer: map.layer.clone(),
        title: title.to_owned(),
        unit: unit_words(unit),
        png,
        words,
        key,
        notes,
        has_gaps: seen.values.iter().any(|value| !value.is_finite()),
        dots,
        numbers,
    })
}

/// What the colours of a quantity mean: ranges of a p, limits of anything else.
fn key_of(layer: &str, unit: &str, range: [f64; 2]) -> ColourKey {
    if layer.ends_with("_p") || layer.ends_with("_q") {
        let ranges = OF_P.iter().map(|(_, colour, label)| (*colour, *label));
        return ColourKey::Ranges(ranges.collect());
    }
    let ramp = ramp_of(layer, unit, range);
    ColourKey::Ramp {
        ramp,
        limits: limits(ramp, range),
    }
}

/// The image of a quantity.
fn image_of(values: &[f64], cut: Cut, key: &ColourKey) -> Result<Vec<u8>, String> {
    let (indices, colours): (Vec<u8>, Vec<Rgb>) = match key {
        ColourKey::Ramp { ramp, limits } => {
            let colours = (0..COLOURS)
                .map(|i| ramp.colour_at(f64::from(i) / f64::from(COLOURS - 1)))
                .collect();
            let place = |value: &f64| place_on_ramp(*value, *limits);
            (values.iter().map(place).collect(), colours)
        }
        ColourKey::Ranges(_) | ColourKey::Classes(_) => {
            let colours = OF_P.iter().map(|(_, colour, _)| *colour).collect();
            (values.iter().map(|p| place_of_p(*p)).collect(), colours)
        }
    };
    png_of(cut.width(), cut.height(), &indices, &colours)
}

/// The colour of a value, from 1; 0 where it is missing.
fn place_on_ramp(value: f64, [low, high]: [f64; 2]) -> u8 {
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
}

/// The range of a p, from 1; 0 where it is missing.
fn place_of_p(p: f64) -> u8 {
    if !p.is_finite() {
        return 0;
    }
    let range = OF_P.iter().position(|(up_to, ..)| p <= *up_to);
    range
        .and_then(|range| u8::try_from(range + 1).ok())
        .unwrap_or(0)
}

/// The numbers of a quantity in words.
fn words_of(seen: &Means, central: Option<[f64; 2]>, cut: Cut, title: &str, unit: &str) -> String {
    let n_pixels = (cut.size[0] * cut.size[1]) as u64;
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
    /// Columns and rows of the cells that get a dot.
    dots: Vec<[usize; 2]>,
}

fn significance(folder: &Folder, map: &Chosen, cut: Cut) -> Result<Option<Significance>, Error> {
    let Some(layer) = &map.p_layer else {
        return Ok(None);
    };
    let Some(raster) = folder.raster(layer)? else {
        return Ok(None);
    };
    let alpha = folder.alpha();
    let is_above = |p: f32| f64::from(u8::from(f64::from(p) >= alpha));
    let seen =
        means(&raster, 1, cut, is_above).map_err(|error| folder.unreadable(layer, &error))?;
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
    let (width, height) = (cut.width(), cut.height());
    let step = width.max(height).div_ceil(DOTS).max(1);
    let mut dots = Vec::new();
    for row in (step / 2..height).step_by(step) {
        for col in (step / 2..width).step_by(step) {
            // NaN, which is no p, is not above.
            if seen.values[row * width + col] >= 0.5 {
                dots.push([col, row]);
            }
        }
    }
    Ok(Some(Significance { words, dots }))
}

/// Classes, with the share of area of each.
fn of_classes(
    folder: &Folder,
    map: &Chosen,
    cut: Cut,
    raster: &FinishedRaster,
    title: &str,
    classes: &[(u8, String)],
) -> Result<Picture, String> {
    let codes = majorities(raster, cut)?;
    let colours = colours_of(classes);
    let place = |code: &u8| {
        let at = classes.iter().position(|(class, _)| class == code);
        at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
    };
    let indices: Vec<u8> = codes.iter().map(place).collect();
    let png = png_of(cut.width(), cut.height(), &indices, &colours)?;
    let shares = shares_of(folder, &map.layer);
    let mut shown = Vec::new();
    for ((code, label), colour) in classes.iter().zip(colours) {
        let share = shares.iter().find(|(class, _)| class == code);
        // A class that is nowhere needs no place in the legend.
        if share.is_none() && (!shares.is_empty() || !codes.contains(code)) {
            continue;
        }
        shown.push(ClassShown {
            colour,
            label: label.clone(),
            share: share.map(|(_, share)| *share),
        });
    }
    let words = shown.iter().map(|class| {
        let share = class.share.map_or_else(String::new, percent);
        format!("{} {share}", class.label).trim_end().to_owned()
    });
    let words = words.collect::<Vec<_>>().join(", ");
    let of_area = if shares.is_empty() {
        ""
    } else {
        " of the area"
    };
    let description = raster.description();
    let labels: Vec<Value> = classes
        .iter()
        .map(|(code, label)| json!([code, label]))
        .collect();
    Ok(Picture {
        layer: map.layer.clone(),
        title: title.to_owned(),
        unit: String::new(),
        png,
        words: format!("Map: {title}. {words}{of_area}."),
        key: ColourKey::Classes(shown),
        notes: if description == title {
            Vec::new()
        } else {
            vec![format!("{description}.")]
        },
        has_gaps: indices.contains(&0),
        dots: Vec::new(),
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

    #[test]
    fn a_p_has_the_colour_of_its_range() {
        let of = [0.0, 0.01, 0.0101, 0.05, 0.1, 0.7, 1.0, f64::NAN];
        assert_eq!(of.map(place_of_p), [1, 1, 2, 2, 3, 4, 4, 0]);
        let key = key_of("maps/nep_mk_p", "1", [0.0, 1.0]);
        assert!(matches!(key, ColourKey::Ranges(ranges) if ranges.len() == 4));
    }
}
