//! Years inside those of the study.

use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::places::Stage;
use crate::study::problem::ProblemKind;
use crate::study::schema::Key;
use crate::study::section::Section;
use crate::study::wording::describe;

/// The years of the entry `name`, inside those of the study and long enough for a slope.
pub(super) fn period(
    c: &mut Checker,
    s: &Section<'_>,
    name: &str,
    key: &Key<Years>,
    study: Option<Years>,
) -> Option<Years> {
    let years = c.entry(s, name, key)?;
    let is_outside = |study: &Years| years.first < study.first || years.last > study.last;
    if let Some(study) = study.filter(is_outside) {
        let kind = ProblemKind::OutsideStudy {
            first: years.first,
            last: years.last,
            study_first: study.first,
            study_last: study.last,
        };
        c.fail(s.key(name), kind);
    }
    if years.count() < Stage::MIN_YEARS {
        let kind = ProblemKind::Bounds {
            found: s.value(name).map(describe).unwrap_or_default(),
            expected: format!("at least {} years", Stage::MIN_YEARS),
        };
        c.fail(s.key(name), kind);
    }
    Some(years)
}
