//! The answer in words, from the tables alone.

use crate::kernels::output::UnitRule;

use super::design::{Contrast, Design};
use super::interval::FEW_BLOCKS;
use super::rows::{Assessment, EffectRow, RankRow, RowRole};
use super::text::{area, capitalised, decimals, listed, one_line, percent};

/// What the ranking says, with the doubts that belong to it; `None` where no measure is ranked.
pub(super) fn sentence(design: &Design, assessment: &Assessment) -> Option<String> {
    let ranked: Vec<&RankRow> = assessment
        .ranking
        .iter()
        .filter(|row| row.is_matched == design.is_matched)
        .collect();
    let first = *ranked.first()?;
    let row = main_row(
        design,
        assessment,
        &first.zone,
        &design.rank_by,
        &first.variable,
    )?;
    let what = what(design, row)?;
    let label = capitalised(&one_line(&first.zone));
    let untold: Vec<&RankRow> = ranked[1..]
        .iter()
        .filter(|row| !row.is_below_first)
        .copied()
        .collect();
    let n = ranked.len();
    let mut text = if n == 1 {
        format!("{label}: {what}.")
    } else if untold.is_empty() {
        format!("{label} ranks first of {n} measures: {what}.")
    } else {
        let names: Vec<String> = untold.iter().map(|row| one_line(&row.zone)).collect();
        let names = listed(&names);
        format!(
            "{label} has the largest effect of {n} measures: {what}. It cannot be told from {names} at this level."
        )
    };
    for doubt in doubts(design, row) {
        text.push(' ');
        text.push_str(&doubt);
    }
    let named = std::iter::once(first).chain(untold);
    let marks: Vec<String> = named
        .filter_map(|row| marks_of(design, assessment, &row.zone))
        .collect();
    if !marks.is_empty() {
        text.push_str(" Doubtful, since more differs: ");
        text.push_str(&listed(&marks));
        text.push('.');
    }
    Some(text)
}

/// The row of a contrast with the classes and the buffer that the design asks for.
fn main_row<'a>(
    design: &Design,
    assessment: &'a Assessment,
    zone: &str,
    contrast: &Contrast,
    variable: &str,
) -> Option<&'a EffectRow> {
    let buffer_km = design.buffer_km_of(design.main_variant());
    assessment.effects.iter().find(|row| {
        row.zone == zone
            && row.contrast == *contrast
            && row.variable == variable
            && row.is_matched == design.is_matched
            && row.buffer_km == buffer_km
    })
}

/// "NEP rose 2.4 [1.9, 2.9] gC m-2 yr-2 faster than on the matched control 'none' (...)".
fn what(design: &Design, row: &EffectRow) -> Option<String> {
    let effect = row.effect?;
    let variable = design.variables.iter().find(|v| v.name == row.variable)?;
    let unit = if row.contrast.is_slope() {
        UnitRule::PerYear(0).unit(&[&variable.unit])
    } else {
        variable.unit.clone()
    };
    let name = if variable.name.chars().count() <= 4 {
        variable.name.to_uppercase()
    } else {
        variable.name.clone()
    };
    let number = with_interval(row, effect);
    let pre = design.pre.as_ref().map_or("", |stage| &stage.name);
    let control = format!(
        "the {}control '{}'",
        if row.is_matched { "matched " } else { "" },
        one_line(&design.control.label)
    );
    let text = match (&row.contrast, effect > 0.0) {
        (Contrast::Slope, true) => format!("{name} rose {number} {unit} faster than on {control}"),
        (Contrast::Slope, false) => {
            format!("the trend of {name} differed by {number} {unit} from that on {control}")
        }
        (Contrast::PreSlope, _) => format!(
            "before the measures the trend of {name} differed by {number} {unit} from that on {control}"
        ),
        (Contrast::Did(stage), true) => {
            format!("from {pre} to {stage} {name} rose {number} {unit} more than on {control}")
        }
        (Contrast::Did(stage), false) => {
            format!("from {pre} to {stage} {name} changed by {number} {unit} against {control}")
        }
        (Contrast::After, true) => {
            format!("after the start {name} rose {number} {unit} more than on {control}")
        }
        (Contrast::After, false) => {
            format!("after the start {name} changed by {number} {unit} against {control}")
        }
    };
    Some(format!("{text} ({})", rests_on(design, row)))
}

/// "2.4 [1.9, 2.9]".
fn with_interval(row: &EffectRow, effect: f64) -> String {
    match row.interval {
        Some(interval) => {
            let n = decimals((interval.high - interval.low) / 2.0);
            let [effect, low, high] =
                [effect, interval.low, interval.high].map(|x| format!("{x:.n$}"));
            format!("{effect} [{low}, {high}]")
        }
        None => format!("{effect:.*}", decimals(effect) + 1),
    }
}

/// "8,120 km2, 96 % matched, 41 blocks of 50 km".
fn rests_on(design: &Design, row: &EffectRow) -> String {
    let matched = match row.matched_share {
        Some(share) if row.is_matched => format!("{} matched, ", percent(share)),
        _ => String::new(),
    };
    let blocks = row.treated_blocks.min(row.control_blocks);
    let noun = if blocks == 1 { "block" } else { "blocks" };
    let words = one_line(&design.block_words);
    let text = format!(
        "{}, {matched}{blocks} {noun} {words}",
        area(row.treated_km2)
    );
    text.trim_end().to_owned()
}

/// What stands against the number itself, in few words: notes and tables have the rest.
fn doubts(design: &Design, row: &EffectRow) -> Vec<String> {
    let mut doubts = Vec::new();
    let blocks = row.treated_blocks.min(row.control_blocks);
    match row.interval {
        None => doubts.push("There is no interval, so this order says nothing.".to_owned()),
        Some(interval) => {
            let holds_zero = interval.low <= 0.0 && interval.high >= 0.0;
            match (holds_zero, blocks < FEW_BLOCKS) {
                (true, true) => doubts
                    .push("The interval holds 0, and of so few blocks it is rough.".to_owned()),
                (true, false) => doubts.push("The interval holds 0.".to_owned()),
                (false, true) => {
                    doubts.push("Of so few blocks the interval is rough.".to_owned());
                }
                (false, false) => {}
            }
            if let Some(years) = row.se_years.filter(|years| *years > interval.se) {
                let n = decimals(interval.se) + 1;
                doubts.push(format!(
                    "Other years would move it more than other places (se {years:.n$}, {:.n$}).",
                    interval.se
                ));
            }
        }
    }
    if !design.is_matched {
        doubts.push("Nothing was matched.".to_owned());
    }
    doubts
}

/// "enclosure (trend before, placebo temperature)" where these intervals exclude 0.
fn marks_of(design: &Design, assessment: &Assessment, zone: &str) -> Option<String> {
    let buffer_km = design.buffer_km_of(design.main_variant());
    let first = design.variables.first().map(|variable| &variable.name);
    let rows = assessment.effects.iter().filter(|row| {
        row.zone == zone
            && row.is_matched == design.is_matched
            && row.buffer_km == buffer_km
            && row.excludes_zero()
    });
    let marks: Vec<String> = rows
        .filter_map(|row| match row.role {
            RowRole::PreTrend => (Some(&row.variable) == first).then(|| "trend before".to_owned()),
            RowRole::Placebo => {
                (row.contrast == design.rank_by).then(|| format!("placebo {}", row.variable))
            }
            RowRole::Effect => None,
        })
        .collect();
    let label = one_line(zone);
    (!marks.is_empty()).then(|| format!("{label} ({})", marks.join(", ")))
}
