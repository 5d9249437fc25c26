//! `[bootstrap]`.

use super::numbers::{seed, size};
use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::bootstrap as keys;
use crate::study::section::Section;
use crate::study::tables::BootstrapTable;

/// `[bootstrap]`, checked against the years of the study.
pub(in crate::study) fn bootstrap(
    c: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> BootstrapTable {
    let s = c.table(root, &keys::TABLE);
    let default = BootstrapTable::default();
    let replicates = c.get(&s, &keys::REPLICATES);
    // A block of more than half of the years leaves hardly any choice.
    let longest = years.map_or(usize::MAX, |years| years.count() / 2);
    let bounds = match years {
        Some(_) => format!("1 to {longest}, half of the years of the study"),
        None => "at least 1".to_owned(),
    };
    let block = c.bounded(&s, &keys::BLOCK, &bounds, |n| {
        usize::try_from(*n).is_ok_and(|n| (1..=longest).contains(&n))
    });
    let stated_seed = c.get(&s, &keys::SEED);
    let level = c.get(&s, &keys::LEVEL);
    let table = BootstrapTable {
        replicates: size(replicates).unwrap_or(default.replicates),
        block: size(block).unwrap_or_else(|| default.block.min(longest).max(1)),
        seed: seed(stated_seed).unwrap_or(default.seed),
        level: level.unwrap_or(default.level),
    };
    let least = least_replicates(table.level);
    if table.replicates > 0 && table.replicates < least {
        let kind = ProblemKind::Bounds {
            found: format!("{} replicates", table.replicates),
            expected: format!(
                "at least {least}: an interval of level {} needs one replicate beyond each end",
                table.level
            ),
        };
        c.fail(s.key(&keys::REPLICATES), kind);
    }
    table
}

/// The fewest replicates of which one is beyond each end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 2000"
)]
fn least_replicates(level: f64) -> usize {
    // A rounding of the level is no replicate more.
    (2.0 / (1.0 - level) - 1e-6).ceil() as usize
}
