//! `[stages]`.

use super::period::period;
use crate::calendar::Years;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::stages as keys;
use crate::study::section::Section;
use crate::study::tables::Stage;

/// `[stages]`, each inside the years of the study.
pub(in crate::study) fn stages(
    c: &mut Checker,
    root: &Section<'_>,
    study: Option<Years>,
) -> Vec<Stage> {
    let s = c.open(root, &keys::TABLE);
    let stage = |name: &str| {
        c.file_name(s.key(name), name);
        if name == "study" {
            let kind = ProblemKind::Reserved {
                name: name.to_owned(),
                reason: "in the tables it means the whole study",
            };
            c.fail(s.key(name), kind);
        }
        let years = period(c, &s, name, &keys::STAGE, study)?;
        Some(Stage {
            name: name.to_owned(),
            years,
        })
    };
    s.names().into_iter().filter_map(stage).collect()
}
