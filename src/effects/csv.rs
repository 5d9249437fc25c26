//! Text of the tables of measures.

use std::fmt::Write as _;

use crate::tables::cells::{cell, quoted};

use super::balance::BalanceRow;
use super::design::Design;
use super::interval::Interval;
use super::rows::{Assessment, EffectRow, EventRow, RankRow};

/// A whole number, or nothing where it is missing.
fn whole(n: Option<impl ToString>) -> String {
    n.map_or_else(String::new, |n| n.to_string())
}

fn matched_word(is_matched: bool) -> &'static str {
    if is_matched { "classes" } else { "none" }
}

fn ends(interval: Option<Interval>) -> [Option<f64>; 2] {
    [interval.map(|i| i.low), interval.map(|i| i.high)]
}

/// A head and the lines under it.
fn table(head: &str, lines: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("{head}\n");
    for line in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line.join(","));
    }
    text
}

/// Text of `tables/effects.csv`.
#[must_use]
pub fn effects_csv(design: &Design, assessment: &Assessment) -> String {
    let head = "zone_set,zone,control,variable,contrast,matched,buffer_km,effect,se,df,low,high,p,p_holm,se_years,\
        treated_km2,control_km2,treated_blocks,control_blocks,matched_share,filled_share,role";
    let line = |row: &EffectRow| {
        let [low, high] = ends(row.interval);
        let se = row.interval.map(|interval| interval.se);
        vec![
            quoted(&design.zone_set),
            quoted(&row.zone),
            quoted(&design.control.label),
            quoted(&row.variable),
            quoted(&row.contrast.word()),
            matched_word(row.is_matched).to_owned(),
            cell(Some(row.buffer_km)),
            cell(row.effect),
            cell(se),
            whole(row.df),
            cell(low),
            cell(high),
            cell(row.p()),
            cell(row.p_holm),
            cell(row.se_years),
            cell(Some(row.treated_km2)),
            cell(Some(row.control_km2)),
            row.treated_blocks.to_string(),
            row.control_blocks.to_string(),
            cell(row.matched_share),
            cell(row.filled_share),
            row.role.word().to_owned(),
        ]
    };
    table(head, assessment.effects.iter().map(line))
}

/// Text of `tables/events.csv`. `year` is empty where cohorts that began in several years are put together.
#[must_use]
pub fn events_csv(design: &Design, assessment: &Assessment) -> String {
    let head = "zone_set,zone,control,variable,matched,year,since_start,effect,low,high,band_low,band_high,period";
    let line = |row: &EventRow| {
        let [low, high] = ends(row.interval);
        vec![
            quoted(&design.zone_set),
            quoted(&row.zone),
            quoted(&design.control.label),
            quoted(&row.variable),
            matched_word(row.is_matched).to_owned(),
            whole(row.year),
            whole(row.since_start),
            cell(row.effect),
            cell(low),
            cell(high),
            cell(row.band.map(|[low, _]| low)),
            cell(row.band.map(|[_, high]| high)),
            if row.is_before { "pre" } else { "post" }.to_owned(),
        ]
    };
    table(head, assessment.events.iter().map(line))
}

/// Text of `tables/ranking.csv`.
#[must_use]
pub fn ranking_csv(design: &Design, assessment: &Assessment) -> String {
    let head =
        "zone_set,zone,variable,contrast,matched,effect,low,high,rank,rank_low,rank_high,p_best";
    let line = |row: &RankRow| {
        let [low, high] = ends(row.interval);
        vec![
            quoted(&design.zone_set),
            quoted(&row.zone),
            quoted(&row.variable),
            quoted(&row.contrast.word()),
            matched_word(row.is_matched).to_owned(),
            cell(Some(row.effect)),
            cell(low),
            cell(high),
            row.rank.to_string(),
            row.rank_low.to_string(),
            row.rank_high.to_string(),
            cell(row.p_best),
        ]
    };
    table(head, assessment.ranking.iter().map(line))
}

/// Text of `tables/balance.csv`.
#[must_use]
pub fn balance_csv(design: &Design, rows: &[BalanceRow]) -> String {
    let head =
        "zone_set,zone,control,covariate,treated,control_mean,smd,control_matched,smd_matched";
    let line = |row: &BalanceRow| {
        vec![
            quoted(&design.zone_set),
            quoted(&row.zone),
            quoted(&design.control.label),
            quoted(&row.covariate),
            cell(row.treated),
            cell(row.control_mean),
            cell(row.smd),
            cell(row.control_matched),
            cell(row.smd_matched),
        ]
    };
    table(head, rows.iter().map(line))
}
