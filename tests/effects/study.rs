//! A comparison to vary, and the pieces of it.

use doline::calendar::Years;
use doline::effects::{
    Assessment, BlockSums, Cell, Cohort, Contrast, Control, Design, EffectRow, Measure, Role,
    Stage, Variable, assess as assess_or_not,
};

pub(super) const CONTROL: u32 = 0;
pub(super) const TREATED: u32 = 1;

pub(super) fn assert_close(ours: f64, expected: f64, rtol: f64, what: &str) {
    assert!(
        (ours - expected).abs() <= rtol * expected.abs() + 1e-12,
        "{what}: {ours}, not {expected}"
    );
}

/// One measure of one cohort, one variable, no classes, stages of five, six, five and four years.
pub(super) fn design(years: Years) -> Design {
    let stage = |name: &str, years| Stage {
        name: name.to_owned(),
        years,
    };
    Design {
        zone_set: "measure".to_owned(),
        control: Control {
            label: "none".to_owned(),
            group: CONTROL,
            near: None,
        },
        buffer_km: 0.0,
        measures: vec![measure("enclosure", &[(TREATED, None)])],
        variables: vec![variable("nep", "gC m-2 yr-1", Role::Effect)],
        years,
        pre: Some(stage("first", 0..5)),
        stages: vec![
            stage("second", 5..11),
            stage("third", 11..16),
            stage("fourth", 16..20),
        ],
        is_matched: false,
        rank_by: Contrast::Slope,
        replicates: 999,
        seed: 1,
        level: 0.95,
        block_words: "of 50 km".to_owned(),
    }
}

pub(super) fn measure(label: &str, cohorts: &[(u32, Option<i32>)]) -> Measure {
    let cohorts = cohorts.iter();
    Measure {
        label: label.to_owned(),
        cohorts: cohorts
            .map(|&(group, start)| Cohort { group, start })
            .collect(),
    }
}

pub(super) fn variable(name: &str, unit: &str, role: Role) -> Variable {
    Variable {
        name: name.to_owned(),
        unit: unit.to_owned(),
        role,
    }
}

pub(super) const TWENTY: Years = Years {
    first: 2001,
    last: 2020,
};

pub(super) fn cell(block: usize, group: u32, class: u32) -> Cell {
    Cell {
        class,
        group,
        block: u32::try_from(block).expect("few blocks"),
    }
}

pub(super) fn assess(design: &Design, sums: BlockSums) -> Assessment {
    assess_or_not(design, sums).expect("sums of the design")
}

/// The row of the first measure in a contrast.
pub(super) fn row<'a>(
    assessment: &'a Assessment,
    contrast: &str,
    is_matched: bool,
) -> &'a EffectRow {
    let mut rows = assessment.effects.iter();
    rows.find(|row| row.contrast.word() == contrast && row.is_matched == is_matched)
        .expect(contrast)
}
