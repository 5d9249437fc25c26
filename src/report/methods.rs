//! The paragraph of methods of this run, ready to paste, with what it used and nothing else.

use std::collections::BTreeMap;

use crate::kernels::models::{rh_models, rs_models};
use crate::kernels::registry::{Example, all};

use super::choice::lead;
use super::equations::{GSMSR_K_P_P0, equation_of};
use super::folder::Folder;
use super::headline::spoken;
use super::html::escaped;
use super::number::count;

/// A method that the run used.
struct Method {
    title: String,
    source: String,
    equation: Option<&'static str>,
}

/// The section of methods, as HTML.
pub(super) fn methods(folder: &Folder) -> String {
    let used = used(folder);
    let mut sentences = vec![grid_sentence(folder)];
    sentences.extend(respiration(folder, &used));
    sentences.extend(trends(folder, &used));
    sentences.extend(drivers(folder, &used));
    sentences.extend(places(folder));
    sentences.push(audit_sentence(folder));
    let paragraph = escaped(&sentences.join(" "));
    let equations: String = used
        .values()
        .filter_map(|method| {
            let equation = method.equation?;
            Some(format!(
                "<li><span>{}</span> <code>{}</code></li>",
                escaped(&method.title),
                escaped(equation)
            ))
        })
        .collect();
    let coefficients = coefficients(folder);
    let references = references(folder, &used);
    let references = references
        .iter()
        .map(|source| format!("<li>{}</li>", escaped(source)));
    let references = references.collect::<Vec<_>>().concat();
    format!(
        "<p class=\"paste\" id=\"methods-text\">{paragraph}</p><div class=\"two\"><div><h3>Equations</h3><ul class=\"equations\">{equations}</ul>{coefficients}</div>\
         <div><h3>References</h3><ul class=\"references\">{references}</ul></div></div>"
    )
}

/// The kernels and models of the run by their names.
fn used(folder: &Folder) -> BTreeMap<String, Method> {
    let names = folder.record.stages.iter();
    let names = names.map(|stage| stage.split(" of ").next().unwrap_or(stage));
    let kernels = all(Example::default());
    let mut used = BTreeMap::new();
    for name in names {
        let mut models = rs_models().chain(rh_models());
        let model = models.find(|model| model.info.recorded_as == name);
        let kernel = kernels.iter().find(|kernel| kernel.spec().name == name);
        let known = model
            .map(|model| (model.info.title, model.info.source))
            .or_else(|| kernel.map(|kernel| (kernel.spec().title, kernel.spec().source)));
        let Some((title, source)) = known else {
            continue;
        };
        let mut equation = equation_of(name);
        if name == "gsmsr" && text_of(folder, "respiration", "denominator") == Some("K+P+P0") {
            equation = Some(GSMSR_K_P_P0);
        }
        used.insert(
            name.to_owned(),
            Method {
                title: title.to_owned(),
                source: source.to_owned(),
                equation,
            },
        );
    }
    used
}

fn text_of<'a>(folder: &'a Folder, table: &str, key: &str) -> Option<&'a str> {
    folder.study.get(table)?.get(key)?.as_str()
}

/// `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn grid_sentence(folder: &Folder) -> String {
    let record = &folder.record;
    let [width, height] = record.size;
    let [first, last] = record.years;
    let crs = if record.crs.is_empty() {
        String::new()
    } else {
        format!(", {}", record.crs)
    };
    let inputs: Vec<String> = record
        .inputs
        .iter()
        .map(|input| match &input.product {
            Some(product) => format!("{} ({}, {})", input.name, product.name, product.version),
            None => input.name.clone(),
        })
        .collect();
    let inputs = if inputs.is_empty() {
        String::new()
    } else {
        format!(" from {}", listed(&inputs))
    };
    format!(
        "The years {first} to {last} were computed pixel by pixel with Doline {}{inputs}, on a grid of {width} × {height} pixels{crs} ({} \
         inside the study area).",
        record.doline,
        count(record.pixels_inside)
    )
}

/// A method by its name, with its source in brackets.
fn cited(used: &BTreeMap<String, Method>, name: &str) -> Option<String> {
    let method = used.get(name)?;
    Some(format!("{} ({})", method.title, short(&method.source)))
}

/// Authors and year of a source, without journal and pages.
fn short(source: &str) -> String {
    let each = source.split("; ").map(|one| match one.find("),") {
        Some(end) => one[..=end]
            .replace(" (", ", ")
            .trim_end_matches(')')
            .to_owned(),
        None => one.to_owned(),
    });
    each.collect::<Vec<_>>().join("; ")
}

fn respiration(folder: &Folder, used: &BTreeMap<String, Method>) -> Vec<String> {
    let mut sentences = Vec::new();
    let rs = rs_models().find_map(|model| cited(used, model.info.recorded_as));
    let rh = rh_models().find_map(|model| cited(used, model.info.recorded_as));
    if let Some(rs) = rs {
        let rs = rs.trim_start_matches("soil respiration, ");
        sentences.push(format!("Soil respiration (Rs) is by {rs}."));
    }
    if let Some(rh) = rh {
        let rh = rh.trim_start_matches("heterotrophic respiration, ");
        sentences.push(format!("Heterotrophic respiration (Rh) is by {rh}."));
    }
    if used.contains_key("nep") {
        sentences.push(
            "Net ecosystem production is NEP = NPP − Rh, positive where carbon is taken up."
                .to_owned(),
        );
    }
    if folder.study.contains_key("uncertainty") || folder.study.contains_key("ensemble") {
        sentences.push(
            "Coefficients were drawn, or models combined, as the study file states.".to_owned(),
        );
    }
    sentences
}

fn trends(folder: &Folder, used: &BTreeMap<String, Method>) -> Option<String> {
    const TESTS: [&str; 12] = [
        "ols",
        "ols_effective",
        "theil_sen",
        "mann_kendall",
        "mk_prewhitened",
        "mk_tfpw",
        "mk_hamed_rao",
        "mk_yue_wang",
        "mk_sequential",
        "pettitt",
        "two_segment",
        "hurst",
    ];
    let tests: Vec<String> = TESTS.iter().filter_map(|name| cited(used, name)).collect();
    if tests.is_empty() {
        return None;
    }
    let alpha = folder.alpha();
    let is_over_map = folder
        .record
        .layers
        .iter()
        .any(|layer| layer.path.ends_with("_q"));
    let over_map = if is_over_map {
        ", on q over the map, which counts that many pixels are tested at once (Benjamini & Hochberg, 1995)"
    } else {
        ", each pixel by itself"
    };
    let least = folder.study_number("trend", "min_years");
    let least = least.map_or_else(String::new, |n| format!(" A pixel needs {n} valid years."));
    Some(format!(
        "Trends are by {}; significance is at the level {alpha}{over_map}.{least}",
        listed(&tests)
    ))
}

fn drivers(folder: &Folder, used: &BTreeMap<String, Method>) -> Vec<String> {
    let mut sentences = Vec::new();
    let predictors = folder
        .study
        .get("drivers")
        .and_then(|table| table.get("predictors")?.as_array());
    let stated: Vec<String> = predictors
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    let of_run = folder
        .record
        .attribution
        .as_ref()
        .map(|attribution| attribution.predictors.clone());
    let predictors = of_run.unwrap_or(stated);
    let response = lead(&folder.record).map(spoken).unwrap_or_default();
    if used.contains_key("regression") {
        let by = cited(used, "regression").unwrap_or_default();
        sentences.push(format!(
            "{response} was regressed on {}, all of them at once, in each pixel by {by}; partial correlations hold the other drivers.",
            listed(&predictors)
        ));
    }
    if let Some(attribution) = &folder.record.attribution {
        let by: Vec<String> = attribution.by.iter().map(|by| by.name.clone()).collect();
        let source = cited(used, "attribution").unwrap_or_default();
        sentences.push(format!(
            "The climate part of its trend is the sum over drivers of sensitivity times the driver's trend, and the rest is called the part of \
             people: {source}; sensitivities: {}.",
            listed(&by)
        ));
    }
    sentences
}

fn places(folder: &Folder) -> Vec<String> {
    let mut sentences = Vec::new();
    let sets: Vec<String> = folder
        .record
        .zones
        .iter()
        .map(|set| set.name.clone())
        .collect();
    if !sets.is_empty() {
        sentences.push(format!(
            "Means of the region and of zones ({}) are weighted by the area of pixels.",
            listed(&sets)
        ));
    }
    if folder.table("phases").is_some() {
        sentences.push(
            "The phase of fastest rise is the pair of years whose line inside is steepest against the rest of the series, its p from \
             simulated series with the same persistence."
                .to_owned(),
        );
    }
    for measures in &folder.record.measures {
        sentences.push(format!(
            "Measures were compared with the control '{}' by post-stratification on filled series, within classes where the study matches; \
             intervals are from {} draws of {} blocks of places {} (seed {}), ranks after Mogstad et al. (2024).",
            measures.control, measures.replicates, measures.blocks, measures.block_words, measures.seed
        ));
    }
    if folder.table("geodetector").is_some() {
        sentences.push(
            "What zone sets account for in a map is q of the geographical detector (Wang et al., 2010), beside q of simulated maps with the \
             map's variogram."
                .to_owned(),
        );
    }
    if folder.table("validation").is_some() {
        sentences.push("Field data were compared in the pixel that holds them, with intervals from draws of sites.".to_owned());
    }
    sentences
}

fn audit_sentence(folder: &Folder) -> String {
    let audit = &folder.record.audit;
    format!(
        "{} pixels were computed again in double precision as a check.",
        count(audit.pixels)
    )
}

/// The coefficients of the models.
fn coefficients(folder: &Folder) -> String {
    let coefficients = &folder.record.coefficients;
    if coefficients.is_empty() {
        return String::new();
    }
    let each: Vec<String> = coefficients
        .iter()
        .map(|(name, value)| format!("{} = {value}", escaped(name)))
        .collect();
    format!("<p class=\"note\">Coefficients: {}.</p>", each.join(", "))
}

/// Everything that the run used and that somebody published, once each, in the order of the alphabet.
fn references(folder: &Folder, used: &BTreeMap<String, Method>) -> Vec<String> {
    let is_published =
        |source: &&str| source.contains('(') && source.contains(|c: char| c.is_ascii_digit());
    let kernels = used.values().flat_map(|method| method.source.split("; "));
    let mut all: Vec<String> = kernels
        .filter(is_published)
        .map(|source| source.trim_start_matches("scenarios of ").to_owned())
        .collect();
    if folder
        .record
        .layers
        .iter()
        .any(|layer| layer.path.ends_with("_q"))
    {
        all.push("Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289-300".to_owned());
    }
    if !folder.record.measures.is_empty() {
        all.push("Mogstad, Romano, Shaikh & Wilhelm (2024), Rev. Econ. Stud. 91".to_owned());
    }
    if folder.table("geodetector").is_some() {
        all.push("Wang et al. (2010), Int. J. Geogr. Inf. Sci. 24".to_owned());
    }
    let products = folder
        .record
        .inputs
        .iter()
        .filter_map(|input| input.product.as_ref());
    all.extend(products.map(|product| format!("{} ({}), data", product.name, product.version)));
    all.push(format!("Doline {}, the program", folder.record.doline));
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_cited_by_authors_and_year() {
        assert_eq!(
            short("Yu et al. (2010), Environ. Sci. Technol. 44, 6074-6080"),
            "Yu et al., 2010"
        );
        assert_eq!(
            short("Mann (1945), Econometrica 13; Kendall (1975), Rank"),
            "Mann, 1945; Kendall, 1975"
        );
        assert_eq!(short("definition"), "definition");
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }

    #[test]
    fn every_model_has_its_equation() {
        for model in rs_models().chain(rh_models()) {
            let name = model.info.recorded_as;
            assert!(equation_of(name).is_some(), "{name}");
        }
        // No equation is of a kernel that there is not.
        let kernels = all(Example::default());
        for name in [
            "nep",
            "ols",
            "theil_sen",
            "regression",
            "attribution",
            "sensitivity_detrended",
        ] {
            assert!(equation_of(name).is_some(), "{name}");
            assert!(
                kernels.iter().any(|kernel| kernel.spec().name == name),
                "{name}"
            );
        }
    }
}
