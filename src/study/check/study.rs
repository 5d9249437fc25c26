//! `[study]`.

use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::study as keys;
use crate::study::section::Section;
use crate::study::tables::TrendTable;

/// More years than any record of the ground has.
const MAX_YEARS: usize = 1000;

/// `[study]`: name and years.
pub(in crate::study) fn study(
    c: &mut Checker,
    root: &Section<'_>,
) -> (Option<String>, Option<Years>) {
    let s = c.table(root, &keys::TABLE);
    let name = c.get(&s, &keys::NAME);
    // Required also where the whole table is missing.
    if !s.has(&keys::YEARS) {
        c.missing(&s, &keys::YEARS);
    }
    let years = c.get(&s, &keys::YEARS).filter(|years| {
        let count = years.count();
        let fits = (TrendTable::MIN_YEARS..=MAX_YEARS).contains(&count);
        if !fits {
            let expected = format!("{} to {MAX_YEARS} years", TrendTable::MIN_YEARS);
            let found = format!("{count} {}", if count == 1 { "year" } else { "years" });
            c.fail(s.key(&keys::YEARS), ProblemKind::Bounds { found, expected });
        }
        fits
    });
    (name, years)
}
