//! `[bootstrap]`: intervals of an attribution from years drawn with replacement.

use toml::Value;

use super::checker::{Checker, Section, ValueFormat, number};
use super::error::ProblemKind;
use crate::calendar::Years;

/// The keys of the table.
pub(super) const BOOTSTRAP_KEYS: &[&str] = &["replicates", "block", "seed", "level"];

/// `[bootstrap]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapTable {
    /// Replicates; 0 is no bootstrap.
    pub replicates: usize,
    /// Neighbouring years that are drawn together.
    pub block: usize,
    /// Seed of the random numbers.
    pub seed: u32,
    /// Part of the replicates inside an interval, such as 0.95.
    pub level: f64,
}

impl BootstrapTable {
    /// As many replicates as a run takes.
    pub const MAX_REPLICATES: usize = 1000;
}

impl Default for BootstrapTable {
    fn default() -> Self {
        Self {
            replicates: 0,
            block: 3,
            seed: 1,
            level: 0.95,
        }
    }
}

/// `[bootstrap]`, held against the years of the study.
pub(super) fn bootstrap(
    r: &mut Checker,
    root: &Section<'_>,
    years: Option<Years>,
) -> BootstrapTable {
    let s = r.table(
        root,
        "bootstrap",
        "[bootstrap] with replicates = 200",
        BOOTSTRAP_KEYS,
    );
    let whole = |example: &'static str| ValueFormat {
        expected: "a whole number",
        example,
        parse: Value::as_integer,
    };
    let default = BootstrapTable::default();
    let most = i64::try_from(BootstrapTable::MAX_REPLICATES).unwrap_or(i64::MAX);
    let bounds = format!("0, which is none, or 20 to {most}");
    let replicates = r.bounded(&s, "replicates", &whole("200"), &bounds, |n| {
        *n == 0 || (20..=most).contains(n)
    });
    // A block of more than half of the years leaves hardly any choice.
    let longest = years
        .and_then(|years| i64::try_from(years.count() / 2).ok())
        .unwrap_or(i64::MAX);
    let bounds = format!("1 to {longest}, half of the years of the study");
    let block = r.bounded(&s, "block", &whole("3"), &bounds, |n| {
        (1..=longest).contains(n)
    });
    let seed = r.bounded(&s, "seed", &whole("1"), "0 to 4294967295", |n| {
        u32::try_from(*n).is_ok()
    });
    let level = ValueFormat {
        expected: "a number",
        example: "0.95",
        parse: number,
    };
    let level = r.bounded(&s, "level", &level, "0.5 to 0.999", |level| {
        (0.5..=0.999).contains(level)
    });
    let size =
        |n: Option<i64>, default: usize| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(default);
    let table = BootstrapTable {
        replicates: size(replicates, default.replicates),
        block: size(
            block,
            default
                .block
                .min(usize::try_from(longest).unwrap_or(default.block).max(1)),
        ),
        seed: seed
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.seed),
        level: level.unwrap_or(default.level),
    };
    let least = least_replicates(table.level);
    if table.replicates > 0 && table.replicates < least {
        let found = format!("{} replicates", table.replicates);
        let expected = format!(
            "at least {least}, one beyond each end of an interval of level {}",
            table.level
        );
        r.fail(s.key("replicates"), ProblemKind::Bounds { found, expected });
    }
    table
}

/// The fewest replicates of which one lies beyond each end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most 2000"
)]
fn least_replicates(level: f64) -> usize {
    // A rounding of the level is no replicate more.
    (2.0 / (1.0 - level) - 1e-6).ceil() as usize
}
