//! The first screen: what the study found, as a paper would print it, with what is not sure.

use std::fmt::Write as _;

use super::choice::lead;
use super::folder::Folder;
use super::html::escaped;
use super::number::{p_words, percent, signed, significant, unit_words, with_unit};
use super::record::{Attribution, Series};
use super::table::Row;

/// The sentences of the first screen, as HTML.
pub(super) fn headline(folder: &Folder) -> String {
    let mut items = Vec::new();
    if let Some(lead) = lead(&folder.record) {
        items.extend(trend(folder, lead));
        items.extend(phase(folder, lead));
    }
    let attribution = folder.record.attribution.as_ref();
    items.extend(attribution.map(|attribution| by_people(folder, attribution)));
    for measures in &folder.record.measures {
        let sentences = [&measures.sentence, &measures.phase];
        items.extend(
            sentences
                .into_iter()
                .flatten()
                .map(|text| finding("Measures", &escaped(text), "")),
        );
    }
    if items.is_empty() {
        let layers = folder.record.layers.len();
        let text = format!("This run made {layers} layers and no trend of a region.");
        items.push(finding("Result", &text, ""));
    }
    let notes = not_sure(folder);
    format!(
        "<section class=\"findings\" aria-label=\"Findings\"><div>{}</div>{notes}</section>",
        items.concat()
    )
}

/// A finding with what is not sure of it; both are HTML.
fn finding(of: &str, text: &str, unsure: &str) -> String {
    let unsure = if unsure.is_empty() {
        String::new()
    } else {
        format!(" <em>{unsure}</em>")
    };
    format!("<p><span class=\"of\">{of}</span>{text}{unsure}</p>")
}

/// The name of a series in a sentence: NEP, NPP, Rh and Rs as papers write them.
pub(super) fn spoken(name: &str) -> String {
    match name {
        "nep" | "npp" | "ndvi" | "lai" | "gpp" => name.to_uppercase(),
        "rh" => "Rh".to_owned(),
        "rs" => "Rs".to_owned(),
        "nep_human" => "NEP less its climate part".to_owned(),
        other => other.to_owned(),
    }
}

fn series_of<'a>(folder: &'a Folder, name: &str) -> Option<&'a Series> {
    let mut series = folder.record.series.iter();
    series.find(|series| series.variable == name)
}

/// The trend of the mean of the region.
fn trend(folder: &Folder, lead: &str) -> Option<String> {
    let of_region = [
        ("zone_set", "all"),
        ("zone", "all"),
        ("variable", lead),
        ("period", "study"),
    ];
    let row = folder.table("trends")?.row_with(&of_region)?;
    let series = series_of(folder, lead)?;
    let slope = row.number("slope")?;
    let alpha = folder.alpha();
    let verb = match row.number("p") {
        Some(p) if p < alpha && slope > 0.0 => "rose",
        Some(p) if p < alpha => "fell",
        _ => "shows no sure trend",
    };
    let unit = &series.slope_unit;
    let slope_words = with_unit(&significant(slope.abs(), 4), unit);
    let change = if verb == "shows no sure trend" {
        format!(": {}", with_unit(&signed(slope, 4), unit))
    } else {
        format!(" by <b>{}</b>", escaped(&slope_words))
    };
    let [first, last] = folder.record.years;
    let mean = row.number("mean").map_or_else(String::new, |mean| {
        format!(
            ", at a mean of {}",
            with_unit(&significant(mean, 4), &series.unit)
        )
    });
    let found = interval_and_p(row, alpha);
    let name = spoken(lead);
    let text = format!(
        "From {first} to {last} the regional mean of {} {verb}{change} ({}){}.",
        escaped(&name),
        escaped(&found),
        escaped(&mean)
    );
    Some(finding("Trend", &text, &escaped(&persistence(row, alpha))))
}

/// Interval and p of a trend.
fn interval_and_p(row: Row<'_>, alpha: f64) -> String {
    let level = 100.0 * (1.0 - alpha);
    let interval = row.number("low").zip(row.number("high"));
    let interval = interval.map(|(low, high)| {
        format!(
            "{level:.0} % interval {} to {}",
            significant(low, 4),
            significant(high, 4)
        )
    });
    let p = row.number("p").map(p_words);
    let n = row.number("n").map(|n| format!("{n} years"));
    let parts: Vec<String> = [interval, p, n].into_iter().flatten().collect();
    if parts.is_empty() {
        "no interval: too few years".to_owned()
    } else {
        parts.join(", ")
    }
}

/// What persistence from year to year does to a trend.
fn persistence(row: Row<'_>, alpha: f64) -> String {
    let (Some(lag1), Some(effective)) = (row.number("lag1"), row.number("p_effective")) else {
        return String::new();
    };
    let end = if effective < alpha {
        "it holds"
    } else {
        "it cannot be told from none"
    };
    format!(
        "With the persistence of its residuals (lag-1 correlation {}) {end}: {}.",
        significant(lag1, 2),
        p_words(effective)
    )
}

/// The phase of fastest rise.
fn phase(folder: &Folder, lead: &str) -> Option<String> {
    let mut phases = folder.record.phases.iter();
    let phase = phases.find(|phase| phase.variable == lead)?;
    let text = format!("{}: {}.", escaped(&spoken(lead)), escaped(&phase.words));
    Some(finding("Fastest phase", &text, ""))
}

/// The share of area dominated by people, by each sensitivity side by side.
fn by_people(folder: &Folder, attribution: &Attribution) -> String {
    let cells = sides(attribution);
    let has_intervals = attribution
        .by
        .iter()
        .any(|by| by.interval_of_share().is_some());
    let mut unsure = Vec::new();
    if !has_intervals {
        unsure.push(
            "The shares have no interval here: [bootstrap] in the study gives one.".to_owned(),
        );
    }
    let disagrees = folder.record.warnings.iter();
    let disagrees = disagrees.filter(|text| text.starts_with("attribution:"));
    unsure.extend(disagrees.map(|text| {
        let text = text
            .trim_start_matches("attribution:")
            .trim()
            .trim_end_matches('.');
        let mut letters = text.chars();
        let first = letters
            .next()
            .map(|c| c.to_uppercase().to_string())
            .unwrap_or_default();
        format!("{}.", escaped(&(first + letters.as_str())))
    }));
    unsure.push(
        "The trend here is the area mean of the trends of pixels, which differs a little from that of the regional mean where \
         years are missing. Raw sensitivities credit climate with what only shares its trend."
            .to_owned(),
    );
    finding(
        "Climate or people",
        &format!(
            "Share of the area on which people have more than half of the trend of {}:<span class=\"sides\">{cells}</span>",
            escaped(&spoken(&attribution.response))
        ),
        &unsure.join(" "),
    )
}

/// What each sensitivity says.
fn sides(attribution: &Attribution) -> String {
    let mut cells = String::new();
    for by in &attribution.by {
        let share = by.human_share_over50.map_or("–".to_owned(), percent);
        let interval = by
            .interval_of_share()
            .map_or_else(String::new, |[low, high]| {
                format!("<span>{} to {}</span>", percent(low), percent(high))
            });
        let alone = by.human_share_only.map_or_else(String::new, |share| {
            format!("<span>alone on {}</span>", percent(share))
        });
        let part = |slope: Option<f64>| slope.map_or("–".to_owned(), |slope| signed(slope, 3));
        // Writing to a String cannot fail.
        let _ = write!(
            cells,
            "<span class=\"side\"><code>{}</code><b>{share}</b>{interval}{alone}<span>trend {} = climate {} + people {} {}</span></span>",
            escaped(&by.name),
            part(by.slope_observed),
            part(by.slope_climate),
            part(by.slope_human),
            escaped(&unit_words(&attribution.unit)),
        );
    }
    cells
}

/// Warnings of the run, and what is to know of its tables.
fn not_sure(folder: &Folder) -> String {
    let record = &folder.record;
    let warnings = record.warnings.iter();
    let warnings = warnings.filter(|text| !text.starts_with("attribution:"));
    let all: Vec<String> = warnings
        .chain(&record.tables.notes)
        .map(|text| format!("<li>{}</li>", escaped(text)))
        .collect();
    if all.is_empty() {
        return String::new();
    }
    format!(
        "<div class=\"unsure\"><h2>What is not sure, and what to know</h2><ul>{}</ul></div>",
        all.concat()
    )
}
