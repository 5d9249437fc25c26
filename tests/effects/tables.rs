//! What is in the rows, the tables and the sentence of a small study.

use doline::effects::{
    Assessment, BlockSums, Contrast, Control, Design, EffectRow, NO_CLASS, Role, effects_csv,
    events_csv, ranking_csv,
};
use doline::kernels::lib::random::{normal_deviate, random_bits};

use super::study::{CONTROL, TWENTY, assert_close, assess, cell, design, measure, variable};

/// A study of 12 blocks with two measures, an input as placebo, two classes and a control near the measures.
fn small_study() -> (Design, BlockSums) {
    let design = Design {
        control: Control {
            label: "none, so far".to_owned(),
            group: CONTROL,
            near: Some(9),
        },
        buffer_km: 3.0,
        measures: vec![
            measure("enclosure", &[(1, Some(2008)), (2, Some(2012))]),
            measure("forest", &[(3, None)]),
        ],
        variables: vec![
            variable("nep", "gC m-2 yr-1", Role::Effect),
            variable("temperature", "degC", Role::Placebo),
        ],
        is_matched: true,
        replicates: 199,
        ..design(TWENTY)
    };
    let mut sums = BlockSums::new(2, 20);
    for block in 0..12 {
        for (group, gain) in [(CONTROL, 0.0), (9, 1.0), (1, 5.0), (2, 4.0), (3, 1.0)] {
            for class in [0, 1, NO_CLASS] {
                let series = block * 4096 + group * 64 + (class & 3);
                let noise =
                    |t: u32, seed: u32| -> f64 { normal_deviate(|_| random_bits(series, t, seed)) };
                let nep: Vec<f64> = (0..20)
                    .map(|t| 300.0 + gain * f64::from(t) + 3.0 * noise(t, 1))
                    .collect();
                let warmth: Vec<f64> = (0..20).map(|t| 18.0 + 0.3 * noise(t, 2)).collect();
                let area = 1e6 * f64::from(1 + (block + group) % 3);
                let cell = cell(block as usize, group, class);
                sums.add(cell, 0, area, 2, &nep);
                sums.add(cell, 1, area, 0, &warmth);
            }
        }
    }
    (design, sums)
}

#[test]
fn threads_change_no_bit_and_seeds_change_intervals_alone() {
    let (design, sums) = small_study();
    let with_threads = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
        pool.expect("threads")
            .install(|| assess(&design, sums.clone()))
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(3));
    let other_seed = Design {
        seed: 2,
        ..design.clone()
    };
    let other = assess(&other_seed, sums.clone());
    for (a, b) in one.effects.iter().zip(&other.effects) {
        assert_eq!(a.effect, b.effect);
        assert_ne!(a.interval.map(|i| i.se), b.interval.map(|i| i.se));
    }
}

/// Replicates keep contrasts of placebos and years of others; both must be the same numbers.
#[test]
fn a_placebo_has_the_interval_that_any_variable_has() {
    let (design, sums) = small_study();
    let as_placebo = assess(&design, sums.clone());
    let mut other = design;
    other.variables[1].role = Role::Effect;
    let as_effect = assess(&other, sums);
    let of = |assessment: &Assessment| -> Vec<EffectRow> {
        let rows = assessment.effects.iter();
        rows.filter(|row| row.variable == "temperature")
            .cloned()
            .collect()
    };
    let rows = of(&as_placebo);
    // Two measures, four ways to compare, three stages, slope and pre_slope, and one with a start.
    assert_eq!(rows.len(), 4 * (6 + 5));
    for (a, b) in rows.iter().zip(of(&as_effect)) {
        assert_eq!((a.effect, &a.contrast), (b.effect, &b.contrast));
        let [a, b] = [a, &b].map(|row| row.interval.expect("an interval").se);
        assert_close(a, b, 1e-9, "se");
    }
}

#[test]
fn every_way_to_compare_is_in_the_tables() {
    let (design, sums) = small_study();
    let assessment = assess(&design, sums);
    let text = effects_csv(&design, &assessment);
    let head = "zone_set,zone,control,variable,contrast,matched,buffer_km,effect,se,df,low,high,p,p_holm,se_years,\
        treated_km2,control_km2,treated_blocks,control_blocks,matched_share,filled_share,role\n";
    assert!(text.starts_with(head), "{text}");
    for (matched, buffer) in [("classes", 3), ("classes", 0), ("none", 3), ("none", 0)] {
        let start = format!("\nmeasure,enclosure,\"none, so far\",nep,slope,{matched},{buffer},");
        assert!(text.contains(&start), "{start}{text}");
    }
    // Pixels without a class are in the plain rows alone; the buffer takes a fifth of the groups' control.
    let area = |is_matched: bool, buffer_km: f64| {
        let mut rows = assessment.effects.iter();
        let is_row = |row: &&EffectRow| row.is_matched == is_matched && row.buffer_km == buffer_km;
        let row = rows.find(is_row).expect("a row");
        (row.treated_km2, row.control_km2)
    };
    assert!(area(false, 3.0).0 > 1.4 * area(true, 3.0).0);
    assert!(area(true, 0.0).1 > 1.5 * area(true, 3.0).1);
    let first = &assessment.effects[0];
    assert_close(
        first.filled_share.expect("pixels"),
        0.1,
        1e-12,
        "2 of 20 years",
    );
    assert_eq!(first.matched_share, Some(1.0));
    // Holm's p of two measures: the smaller counts twice.
    let slopes = assessment.effects.iter().filter(|row| {
        row.contrast == Contrast::Slope
            && row.variable == "nep"
            && row.is_matched
            && row.buffer_km > 0.0
    });
    let [a, b] = slopes.collect::<Vec<_>>()[..] else {
        panic!("two measures")
    };
    let least = a.p().expect("p").min(b.p().expect("p"));
    let holm = a.p_holm.expect("p").min(b.p_holm.expect("p"));
    assert_close(holm, (2.0 * least).min(1.0), 1e-12, "p_holm");

    let events = events_csv(&design, &assessment);
    assert!(events.starts_with("zone_set,zone,control,variable,matched,year,since_start,effect,low,high,band_low,band_high,period\n"));
    assert!(
        events.contains("\nmeasure,forest,\"none, so far\",nep,classes,2001,,"),
        "{events}"
    );
    assert!(
        events.contains("\nmeasure,enclosure,\"none, so far\",nep,classes,,-11,"),
        "{events}"
    );
    assert!(!events.contains("temperature"), "placebos have no events");
    for row in &assessment.events {
        let (interval, band) = (
            row.interval.expect("replicates"),
            row.band.expect("replicates"),
        );
        assert!(
            band[0] <= interval.low && interval.high <= band[1],
            "{row:?}"
        );
    }
    let ranking = ranking_csv(&design, &assessment);
    assert!(
        ranking.contains("\nmeasure,enclosure,nep,slope,classes,"),
        "{ranking}"
    );
    assert_eq!(ranking.lines().count(), 5, "{ranking}");
}

#[test]
fn the_sentence_says_what_the_ranking_shows() {
    let (design, sums) = small_study();
    let assessment = assess(&design, sums.clone());
    let sentence = assessment.sentence.expect("a ranking");
    assert!(
        sentence.starts_with("Enclosure ranks first of 2 measures: NEP rose "),
        "{sentence}"
    );
    assert!(
        sentence.contains(
            " gC m-2 yr-2 faster than on the matched control 'none, so far' (96 km2, 100 % matched, 12 blocks of 50 km)."
        ),
        "{sentence}"
    );
    // Both rise by one a year: which is first is chance.
    let mut alike = design;
    alike.control.near = None;
    alike.is_matched = false;
    alike.measures = vec![
        measure("forest", &[(3, None)]),
        measure("closed\nroads", &[(9, None)]),
    ];
    let sentence = assess(&alike, sums).sentence.expect("a ranking");
    let [first, other] = if sentence.starts_with("Forest") {
        ["Forest", "closed roads"]
    } else {
        ["Closed roads", "forest"]
    };
    let start = format!("{first} has the largest effect of 2 measures: NEP rose ");
    assert!(sentence.starts_with(&start), "{sentence}");
    let untold = format!("). It cannot be told from {other} at this level.");
    assert!(sentence.contains(&untold), "{sentence}");
    let is_nested = sentence.split('(').skip(1).any(|part| !part.contains(')'));
    assert!(!is_nested, "brackets in brackets: {sentence}");
    assert!(sentence.split_whitespace().count() <= 60, "{sentence}");
    assert!(sentence.contains("Nothing was matched"), "{sentence}");
}

#[test]
fn a_trend_before_the_measure_and_a_moving_placebo_are_marked() {
    let (mut design, _) = small_study();
    design.is_matched = false;
    design.measures = vec![measure("enclosure", &[(1, None)])];
    let mut sums = BlockSums::new(2, 20);
    for block in 0..15 {
        for (group, drift) in [(CONTROL, 0.0), (1, 1.0)] {
            let noise =
                |t: u32| -> f64 { normal_deviate(|_| random_bits(block * 8 + group, t, 5)) };
            let series: Vec<f64> = (0..20)
                .map(|t| drift * f64::from(t) + 0.2 * noise(t))
                .collect();
            for variable in 0..2 {
                sums.add(cell(block as usize, group, 0), variable, 1e6, 0, &series);
            }
        }
    }
    let sentence = assess(&design, sums).sentence.expect("a ranking");
    let mark = "Doubtful, since more differs: enclosure (trend before, placebo temperature).";
    assert!(sentence.contains(mark), "{sentence}");
}

#[test]
fn what_cannot_be_compared_is_empty_and_told() {
    let (mut design, sums) = small_study();
    design.measures = vec![
        measure("late", &[(3, Some(2002))]),
        measure("nowhere", &[(77, None)]),
    ];
    let assessment = assess(&design, sums);
    let of = |zone: &str| -> Vec<&EffectRow> {
        let rows = assessment.effects.iter();
        rows.filter(|row| row.zone == zone).collect()
    };
    assert!(
        of("nowhere")
            .iter()
            .all(|row| row.effect.is_none() && row.interval.is_none() && row.treated_km2 == 0.0)
    );
    assert!(of("late").iter().all(|row| row.contrast != Contrast::After));
    assert!(assessment.events.iter().all(|row| row.zone != "late"));
    let notes = assessment.notes.join("\n");
    assert!(
        notes.contains("no pixel with a value and a class: 'nowhere'"),
        "{notes}"
    );
    assert!(
        notes.contains("two years of the study before the start and one from it on: 'late' (2002)"),
        "{notes}"
    );
    let warnings = assessment.warnings.join("\n");
    assert!(
        warnings.contains("is not after `pre`") && warnings.contains("'late' (2002)"),
        "{warnings}"
    );
    let text = effects_csv(&design, &assessment);
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}
