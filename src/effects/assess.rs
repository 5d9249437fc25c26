//! Effects of all measures, their events and their ranking, from the sums.

use std::collections::BTreeMap;

use crate::kernels::lib::holm::holm;

use super::design::{Design, Role};
use super::difference::Totals;
use super::notes::Notes;
use super::one_measure::{Estimates, OneMeasure};
use super::ranking::{MAX_RANKED, rank};
use super::replicates::{Replicates, n_statistics};
use super::rows::{Assessment, EffectRow, RankRow};
use super::sentence::sentence;
use super::statistics::{Kind, Plan, Statistic, plan};
use super::strips::{Columns, Strips};
use super::sums::BlockSums;

/// Bytes of replicates that are kept at a time.
const BYTES_OF_REPLICATES: usize = 64 << 20;

/// The replicates of the contrast that ranks, of each measure.
type Ranking = BTreeMap<(bool, usize), Vec<f64>>;

/// Sums that do not belong to a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssessError {
    /// They are of more or fewer variables.
    #[error(
        "sums of {sums} variables for a comparison of {design}; add the variables of the comparison, in its order"
    )]
    Variables {
        /// Variables of the sums.
        sums: usize,
        /// Variables of the design.
        design: usize,
    },
    /// They are of more or fewer years.
    #[error("sums of {sums} years for a comparison of {design}; add every year of the study")]
    Years {
        /// Years of the sums.
        sums: usize,
        /// Years of the design.
        design: usize,
    },
}

/// Compares each measure of `design` with the control, from sums of its variables.
///
/// What has no data is missing in the rows and reported in the notes.
///
/// # Errors
///
/// If the sums are of other variables or years than the design.
pub fn assess(design: &Design, sums: BlockSums) -> Result<Assessment, AssessError> {
    check(design, &sums)?;
    let estimates = Estimates {
        design,
        variants: design.variants(),
        totals: (0..design.variables.len())
            .map(|variable| Totals::of(&sums, variable))
            .collect(),
    };
    let measures = design.measures.iter();
    let plans: Vec<Plan> = measures.map(|measure| plan(design, measure)).collect();
    let columns = Columns::new(kept_columns(design, &plans), design.years.count());
    let strips = Strips::of(sums, &columns);
    let replicates = Replicates {
        design,
        columns: &columns,
        strips: &strips,
        variants: &estimates.variants,
    };

    let mut assessment = Assessment {
        n_blocks: strips.n_blocks,
        ..Assessment::default()
    };
    let mut notes = Notes::default();
    let mut ranking = Ranking::new();
    let batch = batch_of(design, &plans);
    for (first, plans) in (0..).step_by(batch).zip(plans.chunks(batch)) {
        let drawn = replicates.draw(plans);
        for (place, plan) in plans.iter().enumerate() {
            let measure = &design.measures[first + place];
            let one = OneMeasure {
                estimates: &estimates,
                measure,
                plan,
                drawn: &drawn,
                place,
            };
            notes.about_measure(design, measure, plan);
            one.rows(&mut assessment, &mut notes);
            keep_for_ranking(&one, first + place, &mut ranking);
        }
    }
    adjust_for_several(&mut assessment.effects);
    for is_matched in [true, false] {
        if design.is_matched || !is_matched {
            add_ranking(design, is_matched, &ranking, &mut assessment, &mut notes);
        }
    }
    assessment.sentence = sentence(design, &assessment);
    [assessment.warnings, assessment.notes] = notes.lines();
    Ok(assessment)
}

fn check(design: &Design, sums: &BlockSums) -> Result<(), AssessError> {
    let variables = (sums.n_variables(), design.variables.len());
    let years = (sums.n_years(), design.years.count());
    if variables.0 != variables.1 {
        let (sums, design) = variables;
        return Err(AssessError::Variables { sums, design });
    }
    if years.0 != years.1 {
        let (sums, design) = years;
        return Err(AssessError::Years { sums, design });
    }
    Ok(())
}

/// The contrasts that are kept of placebos; of other variables all years are.
fn kept_columns(design: &Design, plans: &[Plan]) -> Vec<Option<Vec<Vec<f64>>>> {
    let mut contrasts: Vec<Vec<f64>> = Vec::new();
    for plan in plans {
        for statistic in &plan.statistics[..plan.n_contrasts] {
            for term in &statistic.terms {
                if !contrasts.contains(&term.weights) {
                    contrasts.push(term.weights.clone());
                }
            }
        }
    }
    let is_shorter = contrasts.len() < design.years.count();
    let of_variable = |role: Role| (role == Role::Placebo && is_shorter).then(|| contrasts.clone());
    let variables = design.variables.iter();
    variables
        .map(|variable| of_variable(variable.role))
        .collect()
}

/// How many measures are computed at a time.
fn batch_of(design: &Design, plans: &[Plan]) -> usize {
    let of_plan = |plan: &Plan| -> usize {
        let variables = design.variables.iter();
        variables
            .map(|variable| n_statistics(plan, variable.role))
            .sum()
    };
    let most = plans.iter().map(of_plan).max().unwrap_or(1).max(1);
    let bytes = most * design.variants().len() * (design.replicates as usize).max(1) * 8;
    (BYTES_OF_REPLICATES / bytes).clamp(1, 64)
}

/// Keeps the replicates of the contrast that ranks, of a measure by its place in the design.
fn keep_for_ranking(one: &OneMeasure<'_>, measure: usize, ranking: &mut Ranking) {
    let design = one.estimates.design;
    let is_asked = |statistic: &Statistic| statistic.kind == Kind::Contrast(design.rank_by.clone());
    let Some(statistic) = one.plan.statistics.iter().position(is_asked) else {
        return;
    };
    for (v, variant) in one.estimates.variants.iter().enumerate() {
        if variant.has_buffer == design.has_buffer() && design.measures.len() <= MAX_RANKED {
            let replicates = one.drawn.of([one.place, v, 0], statistic);
            ranking.insert((variant.is_matched, measure), replicates.to_vec());
        }
    }
}

/// Holm's p over the measures of one contrast, variable and way to compare.
fn adjust_for_several(effects: &mut [EffectRow]) {
    let mut families: BTreeMap<(String, String, bool, u64), Vec<usize>> = BTreeMap::new();
    for (i, row) in effects.iter().enumerate() {
        let family = (
            row.variable.clone(),
            row.contrast.word(),
            row.is_matched,
            row.buffer_km.to_bits(),
        );
        families.entry(family).or_default().push(i);
    }
    for rows in families.values() {
        let p: Vec<Option<f64>> = rows.iter().map(|i| effects[*i].p()).collect();
        for (i, adjusted) in rows.iter().zip(holm(&p)) {
            effects[*i].p_holm = adjusted;
        }
    }
}

/// Ranks the measures by the contrast that the design asks for, in its first variable.
fn add_ranking(
    design: &Design,
    is_matched: bool,
    ranking: &Ranking,
    assessment: &mut Assessment,
    notes: &mut Notes,
) {
    let Some(variable) = design.variables.first() else {
        return;
    };
    let buffer_km = design.buffer_km_of(design.main_variant());
    if design.measures.len() > MAX_RANKED {
        notes.too_many_to_rank(design.measures.len());
        return;
    }
    let is_row = |row: &&EffectRow, zone: &str| {
        row.zone == zone
            && row.variable == variable.name
            && row.contrast == design.rank_by
            && row.is_matched == is_matched
            && row.buffer_km == buffer_km
    };
    let mut rows: Vec<(&EffectRow, f64, &[f64])> = Vec::new();
    for (i, measure) in design.measures.iter().enumerate() {
        let mut effects = assessment.effects.iter();
        let row = effects.find(|row| is_row(row, &measure.label));
        let Some((row, effect)) = row.and_then(|row| Some((row, row.effect?))) else {
            continue;
        };
        // Without an interval the replicates tell nothing.
        let replicates = ranking
            .get(&(is_matched, i))
            .filter(|_| row.interval.is_some());
        rows.push((row, effect, replicates.map_or(&[], Vec::as_slice)));
    }
    let effects: Vec<f64> = rows.iter().map(|(_, effect, _)| *effect).collect();
    let replicates: Vec<&[f64]> = rows.iter().map(|(_, _, replicates)| *replicates).collect();
    let ranks = rank(&effects, &replicates, design.level);
    let first = ranks.rank.iter().position(|rank| *rank == 1);
    let mut ranked: Vec<RankRow> = rows
        .iter()
        .enumerate()
        .map(|(j, (row, effect, _))| RankRow {
            zone: row.zone.clone(),
            variable: row.variable.clone(),
            contrast: row.contrast.clone(),
            is_matched,
            effect: *effect,
            interval: row.interval,
            rank: ranks.rank[j],
            rank_low: ranks.low[j],
            rank_high: ranks.high[j],
            p_best: ranks.p_best[j],
            is_below_first: first.is_some_and(|first| ranks.is_above[first][j]),
        })
        .collect();
    ranked.sort_by_key(|row| row.rank);
    assessment.ranking.extend(ranked);
}
