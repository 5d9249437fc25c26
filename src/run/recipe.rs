//! What a study asks of the kernels.

use std::collections::BTreeSet;

use crate::calendar::{Steps, Years};
use crate::chain::{BootstrapOptions, MapRequest, Recipe, Selection, TrendOptions};
use crate::kernels::lib::rescaled_range::RangeRule;
use crate::study::{Aggregate, BootstrapTable, HurstSd, InputTable, Layers, Study};
use crate::tile::InputSpec;
use crate::units::{self, Quantity};

use super::models::Models;

/// What the study asks of the kernels.
pub(super) fn recipe(study: &Study, inputs: Vec<InputSpec>, models: Models) -> Recipe {
    let wanted = match &study.output.layers {
        Layers::All => Selection::All,
        Layers::Named(names) => Selection::Named(names.clone()),
    };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let averaged = averaged(study, &inputs);
    let is_static = |input: &&InputSpec| input.steps == Steps::Static;
    let static_inputs: Vec<String> = inputs
        .iter()
        .filter(is_static)
        .map(|input| input.name.clone())
        .collect();
    Recipe {
        years: study.years,
        inputs,
        respiration: Some(models.respiration),
        heterotrophic: models.heterotrophic,
        ensemble: models.ensemble,
        draws: models.draws,
        min_months: count(study.respiration.min_months),
        averaged,
        seasons: study
            .inputs
            .iter()
            .map(|table| (table.name.clone(), table.season))
            .collect(),
        anomalies: study
            .inputs
            .iter()
            .filter_map(|table| Some((table.name.clone(), table.baseline?)))
            .collect(),
        min_years: count(study.trend.min_years),
        alpha: study.trend.alpha,
        trend_of: study.trend.of.clone(),
        tests: study.trend.tests.clone(),
        trend_options: trend_options(study),
        response: study.drivers.response.clone(),
        false_discovery: study.trend.fdr,
        predictors: study.drivers.predictors.clone(),
        correlation: study.drivers.method,
        sensitivities: study.attribution.sensitivity.clone(),
        attribution_stated: study.is_stated("attribution.sensitivity"),
        bootstrap: bootstrap(study),
        covariates: covariates(study, &static_inputs),
        has_human_series: !study.zones.is_empty() || !study.stages.is_empty(),
        stages: stages(study),
        wanted,
        tabled_maps: maps_of_geodetector(study),
    }
}

/// The maps whose pattern zones are to account for.
fn maps_of_geodetector(study: &Study) -> MapRequest {
    match &study.geodetector {
        None => MapRequest::Nothing,
        Some(table) => {
            table
                .of
                .as_ref()
                .map_or(MapRequest::OfResponse, |names| MapRequest::Named {
                    key: "geodetector.of",
                    names: names.clone(),
                })
        }
    }
}

/// The options of the tests of trend.
pub(super) fn trend_options(study: &Study) -> TrendOptions {
    TrendOptions {
        min_variance_factor: study.trend.min_variance_factor,
        hurst: RangeRule {
            tau_min: study.trend.hurst_tau_min,
            sample_sd: study.trend.hurst_sd == HurstSd::Sample,
        },
    }
}

/// The inputs whose months are averaged to a year. The months of a rate are weighed by their days instead, as parts of
/// a sum.
fn averaged(study: &Study, inputs: &[InputSpec]) -> BTreeSet<String> {
    let is_averaged = |table: &&InputTable| match table.aggregate {
        Some(aggregate) => aggregate == Aggregate::Mean,
        None => table.name == "temperature",
    };
    let is_weighed = |table: &&InputTable| {
        let spec = inputs.iter().find(|spec| spec.name == table.name);
        Quantity::of_input(&table.name) == Quantity::Other
            && spec.is_some_and(|spec| spec.steps == Steps::Monthly && units::is_rate(&spec.unit))
    };
    let averaged = study
        .inputs
        .iter()
        .filter(is_averaged)
        .filter(|table| !is_weighed(table));
    averaged.map(|table| table.name.clone()).collect()
}

/// The static inputs whose balance the measures ask for.
fn covariates(study: &Study, static_inputs: &[String]) -> Vec<String> {
    let named = study.measures.iter().flat_map(|measures| &measures.balance);
    let mut names: Vec<String> = named
        .filter(|name| static_inputs.contains(name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The stages of the study.
fn stages(study: &Study) -> Vec<(String, Years)> {
    let stages = study.stages.iter();
    stages
        .map(|stage| (stage.name.clone(), stage.years))
        .collect()
}

/// The bootstrap, where the study asks for one.
fn bootstrap(study: &Study) -> Option<BootstrapOptions> {
    let BootstrapTable {
        replicates,
        block,
        seed,
        level,
    } = study.bootstrap;
    (replicates > 0).then_some(BootstrapOptions {
        replicates,
        block,
        seed,
        level,
    })
}
