//! `[stages]`.

use super::period::period;
use super::places::Stages;
use crate::calendar::Years;
use crate::stages::Preset;
use crate::study::checker::Checker;
use crate::study::places::Stage;
use crate::study::problem::ProblemKind;
use crate::study::schema::stages as keys;
use crate::study::section::Section;

/// `[stages]`, each inside the years of the study.
pub(in crate::study) fn stages(
    c: &mut Checker,
    root: &Section<'_>,
    study: Option<Years>,
) -> Stages {
    let s = c.open(root, &keys::TABLE);
    let mut stages = Stages {
        tables: Vec::new(),
        names: Vec::new(),
    };
    for name in s.names() {
        if name == keys::PRESET.name() {
            let preset = c.get(&s, &keys::PRESET);
            let of_preset = preset.zip(study);
            let found = of_preset.map(|(preset, study)| of_calendar(c, &s, preset, study));
            for stage in found.unwrap_or_default() {
                stages.names.push(stage.name.clone());
                stages.tables.push(stage);
            }
        } else {
            stages.names.push(name.to_owned());
            stages.tables.extend(stage(c, &s, name, study));
        }
    }
    c.no_repeats(&s.key(&keys::PRESET), &stages.names);
    stages
}

fn stage(c: &mut Checker, s: &Section<'_>, name: &str, study: Option<Years>) -> Option<Stage> {
    c.file_name(s.key(name), name);
    if name == "study" {
        let kind = ProblemKind::Reserved {
            name: name.to_owned(),
            reason: "in the tables it means the whole study",
        };
        c.fail(s.key(name), kind);
    }
    let years = period(c, s, name, &keys::STAGE, study)?;
    Some(Stage {
        name: name.to_owned(),
        years,
    })
}

/// The stages of a preset, cut to the study. What is too short for a slope is left out.
fn of_calendar(c: &mut Checker, s: &Section<'_>, preset: Preset, study: Years) -> Vec<Stage> {
    let stages = preset.stages(study).into_iter();
    let stages: Vec<Stage> = stages.map(|(name, years)| Stage { name, years }).collect();
    for ([first, last], n_inside) in preset.too_short(study) {
        let kind = ProblemKind::StageLeftOut {
            stage: format!("{first}-{last}"),
            n_inside,
            needed: Stage::MIN_YEARS,
        };
        c.warn(s.key(&keys::PRESET), kind);
    }
    if stages.is_empty() {
        let kind = ProblemKind::Bounds {
            found: format!("\"{preset}\", which has no stage inside the study"),
            expected: format!(
                "stages of at least {} years within {} to {}, such as \"first\" = [{}, {}]",
                Stage::MIN_YEARS,
                study.first,
                study.last,
                study.first,
                study.first + 2
            ),
        };
        c.fail(s.key(&keys::PRESET), kind);
    }
    stages
}
