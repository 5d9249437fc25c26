//! `truth/truth.json`.

use serde_json::{Map, Value, json};

use super::fields::transform;
use super::measures::PHASE;
use super::options::SynthOptions;
use super::piece::TRUTHS;
use super::region::{N_YEARS, YEARS, slope};
use super::text::{GENERATOR, SYNTHETIC};
use super::truth::ZoneTruth;

/// The stages of `study.toml` behind the first, as places among the years.
const STAGES: [(&str, std::ops::Range<usize>); 3] =
    [("second", 5..11), ("third", 11..16), ("fourth", 16..20)];
/// The years of the first.
const FIRST_STAGE: usize = 5;

/// To six decimals, so that no last bit of a sum shows.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "twenty years")]
fn stage_mean(years: &[f64]) -> f64 {
    years.iter().sum::<f64>() / years.len() as f64
}

/// What measures did in a zone: by each year, over the study, and stage by stage against the first.
fn measure(by_year: &[f64; N_YEARS]) -> Value {
    let before = stage_mean(&by_year[..FIRST_STAGE]);
    let mut table = Map::new();
    table.insert("slope".to_owned(), json!(rounded(slope(by_year))));
    for (name, years) in STAGES {
        let gain = stage_mean(&by_year[years]) - before;
        table.insert(format!("did_{name}"), json!(rounded(gain)));
    }
    table.insert("by_year".to_owned(), json!(by_year.map(rounded)));
    Value::Object(table)
}

fn zone(truth: &ZoneTruth) -> Value {
    let means: Map<String, Value> = TRUTHS
        .iter()
        .zip(&truth.means)
        .map(|(&(name, ..), &value)| (name.to_owned(), json!(rounded(value))))
        .collect();
    json!({
        "pixels": truth.n_pixels,
        "area_km2": rounded(truth.area_km2),
        "share_human": rounded(truth.share_human),
        "measure": measure(&truth.measure_gc_m2),
        "means": means,
    })
}

/// Tables of zones by zone set.
fn zones(truths: &[ZoneTruth]) -> Value {
    let mut sets: Map<String, Value> = Map::new();
    for truth in truths {
        let set = sets
            .entry(truth.zone_set)
            .or_insert_with(|| Value::Object(Map::new()));
        set[truth.zone.as_str()] = zone(truth);
    }
    Value::Object(sets)
}

/// Labels of the measures, the one that raised NEP most first.
fn ranking(truths: &[ZoneTruth]) -> Vec<&str> {
    let mut measures: Vec<(&str, f64)> = truths
        .iter()
        .filter(|truth| truth.zone_set == "measure" && truth.zone != "none" && truth.n_pixels > 0)
        .map(|truth| (truth.zone.as_str(), slope(&truth.measure_gc_m2)))
        .collect();
    measures.sort_by(|a, b| b.1.total_cmp(&a.1));
    measures.into_iter().map(|(label, _)| label).collect()
}

/// The text of `truth/truth.json`.
pub(super) fn truth(options: &SynthOptions, truths: &[ZoneTruth]) -> String {
    let layers: Value = TRUTHS
        .iter()
        .map(|&(name, unit, content)| {
            (
                format!("{name}.tif"),
                json!({ "unit": unit, "content": content }),
            )
        })
        .collect();
    let document = json!({
        "generator": GENERATOR,
        "note": SYNTHETIC,
        "version": env!("CARGO_PKG_VERSION"),
        "seed": options.seed,
        "size": [options.width, options.height],
        "years": [YEARS.first, YEARS.last],
        "transform": transform(options),
        "layers": layers,
        "about_zones": "over pixels whose NPP is known in 15 years, weighted with their area; means: of the layers; \
            measure: what measures added to NEP, gC m-2 yr-1 by year, its slope over all years, and stage means less \
            that of the first stage; in the zone none it is what comes over from measures within 3 km; share_human: \
            share of the area in which the part of people in the trend of NEP is larger than that of climate",
        "ranking": ranking(truths),
        "phase": PHASE,
        "zones": zones(truths),
    });
    format!("{document:#}\n")
}
