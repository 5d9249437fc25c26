//! What a paper says below its figures.

use std::fmt::Write as _;

use crate::report::charts::Chart;
use crate::report::choice::lead;
use crate::report::folder::Folder;
use crate::report::headline::spoken;
use crate::report::number::{p_words, percent, significant, unit_words, with_unit};
use crate::report::picture::{ColourKey, Picture};
use crate::report::table::Row;

/// A caption: which figure it is of, and its sentences.
#[derive(Clone, Debug)]
pub(super) struct Caption {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) sentences: Vec<String>,
}

/// The file of all captions.
pub(super) fn text_of(folder: &Folder, captions: &[Caption], width_mm: f64) -> String {
    let record = &folder.record;
    let [first, last] = record.years;
    let inputs = record.inputs.iter().map(|input| match &input.product {
        Some(product) => format!("{} ({}, {})", input.name, product.name, product.version),
        None => input.name.clone(),
    });
    let inputs: Vec<String> = inputs.collect();
    let data = if inputs.is_empty() {
        String::new()
    } else {
        format!(" Data: {}.", inputs.join(", "))
    };
    let mut text = format!(
        "# Captions\n\n{}, {first} to {last}, computed with Doline {}.{} Each figure is there as SVG and as PNG of 300 dpi, {width_mm} mm wide. \
         All numbers are those of `run.json` and of the tables.\n",
        plain(&record.study),
        plain(&record.doline),
        plain(&data)
    );
    for caption in captions {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n{HEADING}{}\n\n**{}.** {}\n",
            caption.name,
            plain(&caption.title),
            plain(&caption.sentences.join(" "))
        );
    }
    text
}

/// What stands before the name of a figure.
const HEADING: &str = "## ";

/// The figures of a file of captions.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let lines = text.lines();
    let names = lines.filter_map(|line| line.strip_prefix(HEADING));
    names.map(str::to_owned).collect()
}

/// A text without markup of Markdown or HTML.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' => {
                safe.push('\\');
                safe.push(c);
            }
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// What is drawn on a map beside its colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnMap<'a> {
    /// What its test is, from the description of the map of p.
    pub(super) test: Option<&'a str>,
    /// The zone set whose outlines are drawn.
    pub(super) outlines: Option<&'a str>,
}

/// The caption of a map.
pub(super) fn of_map(folder: &Folder, name: &str, picture: &Picture, seen: OnMap<'_>) -> Caption {
    let [first, last] = folder.record.years;
    let words = picture.words.split_once(". ");
    let mut sentences = vec![format!("Period: {first} to {last}.")];
    sentences.extend(words.map(|(_, words)| words.to_owned()));
    match &picture.key {
        ColourKey::Ramp { limits, .. } => {
            let [low, high] = limits.map(|limit| significant(limit, 3));
            let unit = with_unit("", &picture.unit);
            sentences.push(format!(
                "Colours go from {low} to {high}{unit}, by the 2 % and the 98 % point of the pixels."
            ));
        }
        ColourKey::Ranges(_) => sentences.push("Colours are ranges of p.".to_owned()),
        ColourKey::Classes(_) => {
            sentences.push("Per cent are of the area with a value.".to_owned());
        }
    }
    sentences.extend(seen.test.map(|test| format!("The test: {test}.")));
    let notes = picture
        .notes
        .iter()
        .filter(|note| !picture.words.contains(*note));
    sentences.extend(notes.cloned());
    sentences.extend(seen.outlines.map(|set| format!("Outlines: {set}.")));
    sentences.push(format!("Source: {}.tif.", picture.layer));
    Caption {
        name: name.to_owned(),
        title: picture.title.clone(),
        sentences,
    }
}

/// The caption of a chart.
pub(super) fn of_chart(folder: &Folder, name: &str, chart: &Chart) -> Caption {
    let (table, details) = match chart.id {
        "series" => (
            "series",
            trends(folder, &|row| row.text("period") == "study"),
        ),
        "stages" => {
            let lead = lead(&folder.record).unwrap_or_default();
            let is_shown =
                |row: Row<'_>| row.text("period") != "study" && row.text("variable") == lead;
            ("trends", trends(folder, &is_shown))
        }
        "attribution" => ("attribution", attribution(folder)),
        "ranking" => ("ranking", measures(folder)),
        "events" => ("events", measures(folder)),
        "sites" => ("sites", agreement(folder)),
        _ => ("calibration", alarms(folder)),
    };
    let note = chart.note.replace("in the table ", "");
    let mut sentences: Vec<String> = (!note.is_empty()).then_some(note).into_iter().collect();
    sentences.extend(details);
    sentences.push(format!("Source: tables/{table}.csv."));
    Caption {
        name: name.to_owned(),
        title: chart.title.clone(),
        sentences,
    }
}

/// The trends of the means of the region: slope, interval, p, years.
fn trends(folder: &Folder, is_shown: &dyn Fn(Row<'_>) -> bool) -> Vec<String> {
    let level = 100.0 * (1.0 - folder.alpha());
    let Some(table) = folder.table("trends") else {
        return Vec::new();
    };
    let region = [("zone_set", "all"), ("zone", "all")];
    let rows = table.rows_with(&region).filter(|row| is_shown(*row));
    let sentence = |row: Row<'_>| {
        let slope = row.number("slope")?;
        let variable = row.text("variable");
        let series = folder.record.series.iter();
        let series = series.clone().find(|series| series.variable == variable)?;
        let period = match row.text("period") {
            "study" => String::new(),
            stage => format!(", {stage}"),
        };
        let mut parts = Vec::new();
        let interval = row.number("low").zip(row.number("high"));
        parts.extend(interval.map(|(low, high)| {
            let [low, high] = [low, high].map(|end| significant(end, 4));
            format!("{level:.0} % interval {low} to {high}")
        }));
        parts.extend(row.number("p").map(p_words));
        parts.extend(
            row.number("p_effective")
                .map(|p| format!("with the persistence of its residuals {}", p_words(p))),
        );
        parts.extend(
            row.number("mk_p")
                .map(|p| format!("Mann-Kendall {}", p_words(p))),
        );
        parts.extend(row.number("n").map(|n| format!("n = {n} years")));
        Some(format!(
            "{}{period}: least-squares trend {} ({}).",
            spoken(variable),
            with_unit(&significant(slope, 4), &series.slope_unit),
            parts.join(", ")
        ))
    };
    rows.filter_map(sentence).collect()
}

fn attribution(folder: &Folder) -> Vec<String> {
    let Some(attribution) = &folder.record.attribution else {
        return Vec::new();
    };
    let unit = unit_words(&attribution.unit);
    let mut sentences = vec![format!(
        "Area means of the trends of pixels, {unit}; drivers: {}.",
        attribution.predictors.join(", ")
    )];
    let pixels = folder.table("attribution").and_then(|table| {
        let region = [("zone_set", "all"), ("zone", "all")];
        table.row_with(&region)?.number("pixels")
    });
    sentences.extend(pixels.map(|pixels| format!("n = {pixels} pixels.")));
    for by in &attribution.by {
        let (Some(observed), Some(climate), Some(human)) =
            (by.slope_observed, by.slope_climate, by.slope_human)
        else {
            continue;
        };
        let share = by.human_share_over50.map_or_else(String::new, |share| {
            let interval = by
                .interval_of_share()
                .map_or_else(String::new, |[low, high]| {
                    format!(" ({} to {})", percent(low), percent(high))
                });
            let share = percent(share);
            format!("; people have more than half of it on {share}{interval} of the area")
        });
        let [observed, climate, human] = [observed, climate, human].map(|x| significant(x, 4));
        sentences.push(format!(
            "By {}: trend {observed} = climate {climate} + people {human}{share}.",
            by.name
        ));
    }
    sentences
}

fn measures(folder: &Folder) -> Vec<String> {
    let mut sentences = Vec::new();
    for measures in &folder.record.measures {
        sentences.push(format!(
            "Control: {}; intervals from {} blocks {}, {} replicates, seed {}.",
            measures.control,
            measures.blocks,
            measures.block_words,
            measures.replicates,
            measures.seed
        ));
        sentences.extend(measures.sentence.clone());
    }
    sentences
}

fn agreement(folder: &Folder) -> Vec<String> {
    let Some(table) = folder.table("validation") else {
        return Vec::new();
    };
    let sentence = |row: Row<'_>| {
        let mut parts = Vec::new();
        for (column, what) in [
            ("n", "n"),
            ("sites", "sites"),
            ("r", "r"),
            ("rmse", "RMSE"),
            ("bias", "bias"),
        ] {
            let is_count = matches!(column, "n" | "sites");
            parts.extend(row.number(column).map(|x| {
                let shown = if is_count {
                    x.to_string()
                } else {
                    significant(x, 3)
                };
                format!("{what} = {shown}")
            }));
        }
        let (variable, level) = (spoken(row.text("variable")), row.text("level"));
        format!("{variable}, {level}: {}.", parts.join(", "))
    };
    table.rows().map(sentence).collect()
}

fn alarms(folder: &Folder) -> Vec<String> {
    let first = folder
        .table("calibration")
        .and_then(|table| table.rows().next());
    let sentence = first.and_then(|row| {
        let (alpha, series) = (row.number("alpha")?, row.number("series")?);
        Some(format!(
            "{series} simulated series for each noise, level {alpha}."
        ))
    });
    sentence.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_caption_is_text() {
        assert_eq!(
            plain("<b>a_b*</b>\n# c"),
            "&lt;b&gt;a\\_b\\*&lt;/b&gt; \\# c"
        );
    }

    #[test]
    fn the_names_of_figures_are_found_again() {
        let text = "# Captions\n\n## nep_slope\n\n**x.** ## y\n\n## chart_series\n";
        assert_eq!(names_in(text), ["nep_slope", "chart_series"]);
    }
}
