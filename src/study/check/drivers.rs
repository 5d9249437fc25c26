//! `[drivers]`.

use super::series::{COMPUTED, Series};
use crate::chain::Correlation;
use crate::study::checker::Checker;
use crate::study::problem::ProblemKind;
use crate::study::schema::drivers as keys;
use crate::study::section::Section;
use crate::study::tables::{DriversTable, InputTable};

/// `[drivers]` of a study with these inputs.
pub(in crate::study) fn drivers(
    c: &mut Checker,
    root: &Section<'_>,
    inputs: &[InputTable],
    names: &[String],
) -> DriversTable {
    let s = c.table(root, &keys::TABLE);
    let series = |computed| Series {
        inputs,
        names,
        computed,
    };
    let response = c.get(&s, &keys::RESPONSE);
    if let Some(response) = &response {
        let wanted = std::slice::from_ref(response);
        series(COMPUTED).check(c, &s.key(&keys::RESPONSE), wanted);
    }
    let response = response.unwrap_or_else(|| "nep".to_owned());
    let mut lagging = inputs.iter().filter(|input| input.season.lag > 0);
    if lagging.any(|input| input.name == response) {
        let kind = ProblemKind::Conflict {
            other: s.key(&keys::RESPONSE),
            reason: "a lag is of a driver, and this is the response; state the lag of the drivers",
        };
        c.fail(format!("inputs.{response}.lag"), kind);
    }
    let predictors = c.get(&s, &keys::PREDICTORS);
    if let Some(predictors) = &predictors {
        series(&[]).check(c, &s.key(&keys::PREDICTORS), predictors);
        if predictors.contains(&response) {
            let kind = ProblemKind::Conflict {
                other: s.key(&keys::RESPONSE),
                reason: "a response cannot explain itself",
            };
            c.fail(s.key(&keys::PREDICTORS), kind);
        }
        if predictors.iter().any(|x| is_the_same(inputs, x, &response)) {
            let kind = ProblemKind::Conflict {
                other: s.key(&keys::RESPONSE),
                reason: "a response cannot explain itself, and one of these is its file under another name",
            };
            c.fail(s.key(&keys::PREDICTORS), kind);
        }
    }
    DriversTable {
        response,
        predictors,
        method: c.get(&s, &keys::METHOD).unwrap_or(Correlation::Pearson),
    }
}

/// Whether two inputs of different names are of the same files and variable.
fn is_the_same(inputs: &[InputTable], one: &str, other: &str) -> bool {
    let of = |name: &str| inputs.iter().find(|input| input.name == name);
    let is_same = |(a, b): (&InputTable, &InputTable)| {
        a.files == b.files
            && a.variable == b.variable
            && a.product == b.product
            && a.season == b.season
    };
    one != other && of(one).zip(of(other)).is_some_and(is_same)
}
