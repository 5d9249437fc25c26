//! Which maps a page shows.

use super::record::Record;

/// A map of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its path without ending.
    pub(super) layer: String,
    /// The map of p, or of q over the map, beside it.
    pub(super) p_layer: Option<String>,
}

/// Maps that belong together, under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) heading: &'static str,
    /// How many stand beside each other, where that matters.
    pub(super) columns: Option<usize>,
    pub(super) maps: Vec<Chosen>,
}

/// The series that the page is about: the response of the attribution, else NEP, else the first series.
pub(super) fn lead(record: &Record) -> Option<&str> {
    let response = record.attribution.as_ref();
    if let Some(response) = response {
        return Some(&response.response);
    }
    let mut names = record.series.iter().map(|series| series.variable.as_str());
    let nep = names.clone().find(|name| *name == "nep");
    nep.or_else(|| names.next())
}

/// The maps of a page.
///
/// # Arguments
///
/// * `more` - further layers by their paths without ending.
pub(super) fn chosen(record: &Record, more: &[String]) -> Vec<Group> {
    let plain = |layer: String| Chosen {
        layer,
        p_layer: None,
    };
    let mut groups = Vec::new();
    if let Some(lead) = lead(record) {
        let slope = Chosen {
            layer: format!("maps/{lead}_slope"),
            p_layer: p_layer(record, lead),
        };
        let maps = [
            plain(format!("maps/{lead}_mean")),
            slope,
            plain(format!("maps/{lead}_class")),
        ];
        groups.push(Group {
            heading: "State and trend",
            columns: None,
            maps: maps.to_vec(),
        });
    }
    groups.extend(of_attribution(record));
    let mut others: Vec<Chosen> = Vec::new();
    for layer in more {
        // One that is on the page already, or asked for twice, is shown once.
        let mut shown = groups.iter().flat_map(|group| &group.maps).chain(&others);
        if !shown.any(|map| map.layer == *layer) {
            others.push(plain(layer.clone()));
        }
    }
    groups.push(Group {
        heading: "Further maps",
        columns: None,
        maps: others,
    });
    for group in &mut groups {
        group.maps.retain(|map| record.has_layer(&map.layer));
    }
    groups.retain(|group| !group.maps.is_empty());
    if groups.is_empty() {
        let maps = record.layers.iter().map(|layer| &layer.path);
        let first = maps.filter(|path| path.starts_with("maps/")).take(4);
        groups.push(Group {
            heading: "Maps",
            columns: None,
            maps: first.cloned().map(plain).collect(),
        });
        groups.retain(|group| !group.maps.is_empty());
    }
    groups
}

/// Correlations with the drivers, and the maps of each sensitivity.
fn of_attribution(record: &Record) -> Vec<Group> {
    let plain = |layer: String| Chosen {
        layer,
        p_layer: None,
    };
    // Also without an attribution there may be a regression.
    let partials = record.layers.iter().filter_map(|layer| {
        let is_partial = layer.path.contains("_partial_") && !is_of_p(&layer.path);
        is_partial.then(|| Chosen {
            layer: layer.path.clone(),
            p_layer: first_layer(
                record,
                &[format!("{}_q", layer.path), format!("{}_p", layer.path)],
            ),
        })
    });
    let correlations = Group {
        heading: "Correlation with each driver, the others held",
        columns: None,
        maps: partials.collect(),
    };
    let mut of_sensitivities = Vec::new();
    let mut columns = None;
    if let Some(attribution) = &record.attribution {
        let response = &attribution.response;
        columns = Some(attribution.by.len());
        for what in ["dominant", "driver_class"] {
            for by in &attribution.by {
                let folder = &by.name;
                of_sensitivities.push(plain(format!("maps/{folder}/{response}_{what}")));
            }
        }
    }
    let attribution = Group {
        heading: "Climate or people, by each sensitivity",
        columns,
        maps: of_sensitivities,
    };
    let mut rest = Vec::new();
    if let Some(attribution) = &record.attribution {
        rest.push(plain(format!(
            "maps/{}_attribution_agreement",
            attribution.response
        )));
    }
    rest.push(plain("maps/climate_regime".to_owned()));
    let rest = Group {
        heading: "Agreement and climate",
        columns: None,
        maps: rest,
    };
    vec![attribution, correlations, rest]
}

/// The map that tells where the trend of a series is significant.
fn p_layer(record: &Record, series: &str) -> Option<String> {
    let names = ["q", "p", "mk_q", "mk_p"].map(|what| format!("maps/{series}_{what}"));
    first_layer(record, &names)
}

fn first_layer(record: &Record, paths: &[String]) -> Option<String> {
    paths.iter().find(|path| record.has_layer(path)).cloned()
}

fn is_of_p(path: &str) -> bool {
    path.ends_with("_p") || path.ends_with("_q")
}
