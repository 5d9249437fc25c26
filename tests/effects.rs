//! Measures beside their control against other people's programs, on cases that a person can check, and on simulated
//! maps without any effect.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "grids and replicates are small"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use doline::calendar::Years;
use doline::effects::{
    AssessError, Assessment, BalanceSums, BlockSums, Cell, Cohort, Contrast, Control,
    CovariateSums, Design, EffectRow, Measure, NO_CLASS, Role, Sample, Stage, Variable,
    assess as assess_or_not, balance, balance_csv, effects_csv, events_csv, rank, ranking_csv, t_p,
    t_quantile, welch,
};
use doline::kernels::lib::random::{normal_deviate, random_bits};
use serde_json::Value;

const CONTROL: u32 = 0;
const TREATED: u32 = 1;

fn golden(name: &str) -> Value {
    let path = format!(
        "{}/tests/golden/places_measures.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).expect(&path);
    let golden: Value = serde_json::from_str(&text).expect(&path);
    let mut cases = golden["cases"].as_array().expect("cases").iter();
    cases.find(|case| case["name"] == name).expect(name).clone()
}

fn optional(value: &Value) -> Vec<Option<f64>> {
    let items = value.as_array().expect("a list").iter();
    items.map(Value::as_f64).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    optional(value).into_iter().flatten().collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn assert_close(ours: f64, expected: f64, rtol: f64, what: &str) {
    assert!(
        (ours - expected).abs() <= rtol * expected.abs() + 1e-12,
        "{what}: {ours}, not {expected}"
    );
}

/// One measure of one cohort, one variable, no classes, stages of five, six, five and four years.
fn design(years: Years) -> Design {
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

fn measure(label: &str, cohorts: &[(u32, Option<i32>)]) -> Measure {
    let cohorts = cohorts.iter();
    Measure {
        label: label.to_owned(),
        cohorts: cohorts
            .map(|&(group, start)| Cohort { group, start })
            .collect(),
    }
}

fn variable(name: &str, unit: &str, role: Role) -> Variable {
    Variable {
        name: name.to_owned(),
        unit: unit.to_owned(),
        role,
    }
}

const TWENTY: Years = Years {
    first: 2001,
    last: 2020,
};

fn cell(block: usize, group: u32, class: u32) -> Cell {
    Cell {
        class,
        group,
        block: u32::try_from(block).expect("few blocks"),
    }
}

fn assess(design: &Design, sums: BlockSums) -> Assessment {
    assess_or_not(design, sums).expect("sums of the design")
}

/// The row of the first measure in a contrast.
fn row<'a>(assessment: &'a Assessment, contrast: &str, is_matched: bool) -> &'a EffectRow {
    let mut rows = assessment.effects.iter();
    rows.find(|row| row.contrast.word() == contrast && row.is_matched == is_matched)
        .expect(contrast)
}

#[test]
fn welch_of_pixel_slopes_is_that_of_r() {
    let case = golden("welch_missing");
    let sample = |side: &str| Sample::of(&optional(&case["inputs"][side])).expect("two values");
    let test = welch(&sample("a"), &sample("b")).expect("values that vary");
    for (ours, name) in [(test.t, "t"), (test.df, "df"), (test.p, "p")] {
        assert_close(ours, number(&case["expected"][name]), 1e-9, name);
    }
}

#[test]
fn effects_of_blocks_are_those_of_r_boot() {
    let case = golden("effect_blocks");
    let mut sums = BlockSums::new(1, 20);
    for (side, group) in [("treated", TREATED), ("control", CONTROL)] {
        let areas = numbers(&case["inputs"][format!("area_{side}")]);
        let means = case["inputs"][format!("mean_{side}")].as_array();
        for (block, (area, means)) in areas.iter().zip(means.expect("means")).enumerate() {
            sums.add(cell(block, group, 0), 0, *area, 0, &numbers(means));
        }
    }
    let design = Design {
        replicates: 20_000,
        ..design(TWENTY)
    };
    let assessment = assess(&design, sums);
    for contrast in ["did_third", "slope"] {
        let expected = &case["expected"][contrast];
        let row = row(&assessment, contrast, false);
        let effect = row.effect.expect("an effect");
        let interval = row.interval.expect("an interval");
        assert_close(effect, number(&expected["effect"]), 1e-9, contrast);
        assert_eq!(row.df.map(|df| df as f64), expected["df"].as_f64());
        // Both sides are simulated.
        assert_close(interval.se, number(&expected["se"]), 0.03, "se");
        assert_close(interval.p.expect("p"), number(&expected["p"]), 0.03, "p");
        for (ours, name) in [(interval.low, "low"), (interval.high, "high")] {
            let margin = number(&expected[name]) - effect;
            assert_close(ours - effect, margin, 0.03, name);
        }
        // What follows from the standard error follows exactly.
        let t = t_quantile(0.05, 9.0);
        assert_close(interval.high - effect, t * interval.se, 1e-12, "margin");
        assert_close(t_p(t, 9.0), 0.05, 1e-12, "quantile");
    }
}

#[test]
fn ranks_are_those_of_r() {
    let case = golden("ranks");
    let estimates = numbers(&case["inputs"]["estimates"]);
    let draws: Vec<Vec<f64>> = case["inputs"]["draws"]
        .as_array()
        .expect("draws")
        .iter()
        .map(numbers)
        .collect();
    let of_measure = |j: usize| draws.iter().map(|draw| draw[j]).collect();
    let replicates: Vec<Vec<f64>> = (0..estimates.len()).map(of_measure).collect();
    let replicates: Vec<&[f64]> = replicates.iter().map(Vec::as_slice).collect();
    let ranks = rank(&estimates, &replicates, 0.95);
    let expected = &case["expected"];
    assert_close(
        ranks.critical.expect("draws"),
        number(&expected["critical"]),
        1e-9,
        "critical",
    );
    for (ours, name) in [(&ranks.low, "rank_low"), (&ranks.high, "rank_high")] {
        let ours: Vec<f64> = ours.iter().map(|rank| *rank as f64).collect();
        assert_eq!(ours, numbers(&expected[name]), "{name}");
    }
    for (ours, expected) in ranks.p_best.iter().zip(numbers(&expected["p_best"])) {
        assert_close(ours.expect("draws"), expected, 1e-9, "p_best");
    }
}

#[test]
fn matching_by_classes_is_coarsened_exact_matching_of_matchit() {
    let case = golden("matched_cem");
    let inputs = &case["inputs"];
    let expected = &case["expected"];
    let treated = numbers(&inputs["treated"]);
    let (elevation, y) = (numbers(&inputs["elevation"]), numbers(&inputs["y"]));
    let cuts = numbers(&inputs["cutpoints"]);
    let covers = inputs["landcover"].as_array().expect("classes");
    let mut sums = BlockSums::new(1, 2);
    let mut balances = BalanceSums::new(1);
    for i in 0..y.len() {
        let names = ["crop", "forest", "shrub"];
        let cover = names.iter().position(|name| covers[i] == *name);
        let height = cuts.partition_point(|cut| *cut < elevation[i]);
        let class = u32::try_from(4 * cover.expect("known") + height).expect("few");
        let group = if treated[i] > 0.5 { TREATED } else { CONTROL };
        // A rise from 0, so that the contrast of two years is the difference of y.
        sums.add(cell(i, group, class), 0, 1.0, 0, &[0.0, y[i]]);
        balances.add(group, class, 0, &CovariateSums::of_pixel(1.0, elevation[i]));
    }
    let design = Design {
        is_matched: true,
        stages: vec![Stage {
            name: "second".to_owned(),
            years: 1..2,
        }],
        pre: Some(Stage {
            name: "first".to_owned(),
            years: 0..1,
        }),
        ..design(Years {
            first: 2001,
            last: 2002,
        })
    };
    let assessment = assess(&design, sums);
    let effect = |is_matched| row(&assessment, "did_second", is_matched).effect;
    let is = |ours: Option<f64>, name: &str| {
        assert_close(ours.expect(name), number(&expected[name]), 1e-8, name);
    };
    is(effect(true), "effect");
    is(effect(false), "naive");
    let record = assessment.comparisons.iter().find(|c| c.is_matched);
    let record = record.expect("a matched comparison");
    is(Some(record.treated_km2 * 1e6), "treated_all");
    let matched = record.matched_share.map(|s| s * record.treated_km2 * 1e6);
    is(matched, "treated_matched");
    is(
        Some(record.control_effective_km2 * 1e6),
        "control_effective_n",
    );
    // Each pixel is a block of its own here.
    is(Some(record.control_blocks as f64), "control_matched");
    let (rows, warnings) = balance(&design, &["elevation".to_owned()], &balances);
    is(rows[0].smd, "smd_elevation");
    is(rows[0].smd_matched, "smd_elevation_matched");
    assert!(
        warnings[0].contains("'enclosure' (elevation)"),
        "{warnings:?}"
    );
    let text = balance_csv(&design, &rows);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.contains("\nmeasure,enclosure,none,elevation,"),
        "{text}"
    );
}

#[test]
fn with_one_start_the_effect_is_the_two_way_coefficient() {
    let case = golden("did_is_twfe");
    let treated = numbers(&case["inputs"]["treated_ids"]);
    let mut sums = BlockSums::new(1, 20);
    for (i, y) in case["inputs"]["y"]
        .as_array()
        .expect("y")
        .iter()
        .enumerate()
    {
        let is_treated = treated.contains(&((i + 1) as f64));
        let group = if is_treated { TREATED } else { CONTROL };
        sums.add(cell(i, group, 0), 0, 1.0, 0, &numbers(y));
    }
    let design = Design {
        measures: vec![measure("enclosure", &[(TREATED, Some(2009))])],
        rank_by: Contrast::After,
        ..design(TWENTY)
    };
    let assessment = assess(&design, sums);
    let after = row(&assessment, "after", false);
    let effect = after.effect.expect("an effect");
    assert_close(effect, number(&case["expected"]["twfe"]), 1e-9, "twfe");
    assert_close(effect, number(&case["expected"]["did"]), 1e-9, "did");
    // Events are about the years before the start, and have their calendar years.
    let events = &assessment.events;
    assert_eq!(events.len(), 20);
    let first = &events[0];
    assert_eq!(
        (first.year, first.since_start, first.is_before),
        (Some(2001), Some(-8), true)
    );
    let mean = events.iter().filter(|row| !row.is_before);
    let mean = mean.map(|row| row.effect.expect("an effect")).sum::<f64>() / 12.0;
    assert_close(mean, effect, 1e-9, "mean of the events");
}

#[test]
fn cohorts_are_compared_with_the_never_treated_alone() {
    let case = golden("staggered");
    let inputs = &case["inputs"];
    let expected = &case["expected"];
    let never = numbers(&inputs["never"]);
    let starts = ["2007", "2011"];
    let sums_of = |starts: &[&str]| {
        let mut sums = BlockSums::new(1, 20);
        sums.add(cell(0, CONTROL, 0), 0, 70.0, 0, &never);
        for (i, start) in starts.iter().enumerate() {
            let area = number(&inputs["area"][*start]);
            let y = numbers(&inputs["cohorts"][*start]);
            sums.add(cell(i, 1 + i as u32, 0), 0, area, 0, &y);
        }
        sums
    };
    let with = |cohorts: &[(u32, Option<i32>)]| Design {
        measures: vec![measure("enclosure", cohorts)],
        ..design(TWENTY)
    };
    let both = with(&[(1, Some(2007)), (2, Some(2011))]);
    let assessment = assess(&both, sums_of(&starts));
    let overall = row(&assessment, "after", false).effect;
    assert_close(
        overall.expect("an effect"),
        number(&expected["overall"]),
        1e-9,
        "overall",
    );
    let by_years = numbers(&expected["by_years_since_start_0_9"]);
    let events = assessment.events.iter();
    let since_start: Vec<_> = events
        .filter(|row| row.since_start.is_some_and(|k| (0..10).contains(&k)))
        .collect();
    assert_eq!(since_start.len(), by_years.len());
    for (row, expected) in since_start.iter().zip(by_years) {
        assert_close(
            row.effect.expect("an effect"),
            expected,
            1e-9,
            "years since start",
        );
        assert_eq!(row.year, None, "cohorts of two starts");
    }
    for start in starts {
        let one = with(&[(1, Some(start.parse().expect("a year")))]);
        let assessment = assess(&one, sums_of(&[start]));
        let ours = assessment.events.iter().map(|row| row.effect);
        for (ours, expected) in ours.zip(numbers(&expected["att"][start])) {
            assert_close(ours.expect("an effect"), expected, 1e-9, start);
        }
    }
}

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
    let start = format!("{first} has the largest effect of 2 measures (NEP rose ");
    assert!(sentence.starts_with(&start), "{sentence}");
    let untold = format!("), but {other} cannot be told from it at this level.");
    assert!(sentence.contains(&untold), "{sentence}");
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
    let mark = "Doubtful: enclosure (its trend before the measures and placebo temperature differs from 0).";
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

/// Sums of `n_blocks` blocks, the first `n_treated` of which hold the measure, in a class of its own in the first.
fn few_blocks(n_blocks: usize, n_treated: usize) -> BlockSums {
    let mut sums = BlockSums::new(1, 20);
    for block in 0..n_blocks {
        for group in [CONTROL, TREATED] {
            let series = u32::try_from(block * 2).expect("few") + group;
            let y: Vec<f64> = (0..20)
                .map(|t| normal_deviate(|_| random_bits(series, t, 3)))
                .collect();
            if group == CONTROL || block < n_treated {
                let class = u32::from(group == TREATED && block == 0);
                sums.add(cell(block, group, class), 0, 1e6, 0, &y);
            }
        }
    }
    sums
}

#[test]
fn few_blocks_make_no_interval_or_a_warning() {
    let design = design(TWENTY);
    for (n_treated, has_interval, says) in [
        (1, false, "fewer than 4 blocks"),
        (3, false, "fewer than 4 blocks"),
        (6, true, "fewer than 10 blocks"),
        (12, true, ""),
    ] {
        let assessment = assess(&design, few_blocks(20, n_treated));
        let slope = row(&assessment, "slope", false);
        assert_eq!(slope.interval.is_some(), has_interval, "{n_treated}");
        assert!(slope.effect.is_some());
        let warnings = assessment.warnings.join("\n");
        assert_eq!(warnings.is_empty(), says.is_empty(), "{warnings}");
        assert!(warnings.contains(says), "{warnings}");
        let sentence = assessment.sentence.expect("one measure");
        let is_without = sentence.contains("There is no interval");
        assert_eq!(is_without, !has_interval, "{sentence}");
    }
    // All in one block: nothing can be drawn.
    let assessment = assess(&design, few_blocks(1, 1));
    assert_eq!(row(&assessment, "slope", false).interval, None);
    assert_eq!(assess(&design, BlockSums::new(1, 20)).sentence, None);
}

#[test]
fn sums_of_other_variables_or_years_are_refused() {
    let design = design(TWENTY);
    let variables = AssessError::Variables { sums: 2, design: 1 };
    let years = AssessError::Years {
        sums: 19,
        design: 20,
    };
    assert_eq!(
        assess_or_not(&design, BlockSums::new(2, 20)),
        Err(variables)
    );
    assert_eq!(assess_or_not(&design, BlockSums::new(1, 19)), Err(years));
}

#[test]
fn treated_without_a_control_in_their_class_are_left_out_and_told() {
    let design = Design {
        is_matched: true,
        ..design(TWENTY)
    };
    let assessment = assess(&design, few_blocks(20, 4));
    let matched = row(&assessment, "slope", true);
    assert_eq!(matched.matched_share, Some(0.75));
    assert_eq!(matched.treated_blocks, 3);
    assert_eq!(matched.treated_km2, 4.0);
    assert_eq!(row(&assessment, "slope", false).matched_share, Some(1.0));
    let warnings = assessment.warnings.join("\n");
    assert!(
        warnings.contains("has a control in its class: 'enclosure' (75 %)"),
        "{warnings}"
    );
}

#[test]
fn replicates_without_a_side_are_dropped_and_counted() {
    let design = design(TWENTY);
    // P(no treated block among 20 draws of 20) is 0.8^20 = 1.2 %: dropped, and still an interval.
    let assessment = assess(&design, few_blocks(20, 4));
    let dropped = assessment.comparisons[0].dropped_share;
    assert!(dropped > 0.002 && dropped < 0.03, "{dropped}");
    assert!(row(&assessment, "slope", false).interval.is_some());
}

/// A field of `n` by `n` slopes that are alike within some `2 reach` pixels: means of white noise over squares, twice.
fn correlated_field(n: usize, reach: usize, seed: u32) -> Vec<f64> {
    let noise = |i: usize| normal_deviate(|_| random_bits(i as u32, 0, seed));
    let mut field: Vec<f64> = (0..n * n).map(noise).collect();
    for _ in 0..2 {
        for is_along_rows in [true, false] {
            let at = |a: usize, b: usize| if is_along_rows { a * n + b } else { b * n + a };
            let mut smooth = vec![0.0; n * n];
            for a in 0..n {
                let mut sum: f64 = (0..reach).map(|b| field[at(a, b)]).sum();
                for b in 0..n {
                    sum += if b + reach < n {
                        field[at(a, b + reach)]
                    } else {
                        0.0
                    };
                    smooth[at(a, b)] = sum;
                    sum -= if b >= reach {
                        field[at(a, b - reach)]
                    } else {
                        0.0
                    };
                }
            }
            field = smooth;
        }
    }
    let sd = (field.iter().map(|x| x * x).sum::<f64>() / (n * n) as f64).sqrt();
    field.iter().map(|x| x / sd).collect()
}

/// A square map of pixels that belong to blocks, and to patches that have a measure or none.
struct Map {
    n: usize,
    patch: usize,
    block: usize,
    seed: u32,
}

impl Map {
    fn block_of(&self, pixel: usize) -> usize {
        let (row, col) = (pixel / self.n, pixel % self.n);
        row / self.block * self.n.div_ceil(self.block) + col / self.block
    }

    /// A number from 0 to 99 that the pixels of a patch share.
    fn chance(&self, pixel: usize) -> u32 {
        let (row, col) = (pixel / self.n, pixel % self.n);
        let patch = row / self.patch * self.n + col / self.patch;
        random_bits(patch as u32, 1, self.seed) % 100
    }
}

/// Whether blocks, and Welch's test of pixels, find an effect at 0.05 on a map without any.
fn false_alarms(map: &Map) -> [bool; 2] {
    let design = Design {
        replicates: 199,
        seed: map.seed,
        pre: None,
        stages: Vec::new(),
        ..design(Years {
            first: 2001,
            last: 2005,
        })
    };
    let slopes = correlated_field(map.n, 4, map.seed);
    let mut sums = BlockSums::new(1, 5);
    let mut samples = [[0.0; 3]; 2];
    for (pixel, slope) in slopes.iter().enumerate() {
        let group = u32::from(map.chance(pixel) < 40);
        let series: [f64; 5] = std::array::from_fn(|t| slope * (t as f64 - 2.0));
        sums.add(cell(map.block_of(pixel), group, 0), 0, 1.0, 0, &series);
        for (sum, more) in samples[group as usize]
            .iter_mut()
            .zip([1.0, *slope, slope * slope])
        {
            *sum += more;
        }
    }
    let [control, treated] = samples.map(|[n, sum, squares]| Sample::of_sums(n, sum, squares));
    let test = welch(&treated.expect("pixels"), &control.expect("pixels"));
    let p = row(&assess(&design, sums), "slope", false).p();
    [p.expect("replicates"), test.expect("spread").p].map(|p| p < 0.05)
}

/// Pixels alike over some pixels, measures in patches: counting pixels calls most maps an effect, blocks of places one in
/// twenty.
#[test]
fn without_an_effect_blocks_seldom_find_one_and_pixels_mostly_do() {
    const SEEDS: u32 = 200;
    let (mut by_blocks, mut by_pixels) = (0, 0);
    for seed in 0..SEEDS {
        let [blocks, pixels] = false_alarms(&Map {
            n: 144,
            patch: 12,
            block: 24,
            seed,
        });
        by_blocks += u32::from(blocks);
        by_pixels += u32::from(pixels);
    }
    assert!(by_blocks * 100 <= 8 * SEEDS, "{by_blocks} of {SEEDS}");
    assert!(
        by_blocks > 0,
        "a test at 0.05 that never rejects is too weak"
    );
    assert!(by_pixels * 100 >= 60 * SEEDS, "{by_pixels} of {SEEDS}");
}

/// Land that is worse recovers faster by itself, and `forest` is where it is worst. Planted are 3 a year under `enclosure`
/// and 2 under `forest`.
fn confounded(is_confounded: bool) -> (Design, BlockSums) {
    let map = Map {
        n: 160,
        patch: 8,
        block: 16,
        seed: 11,
    };
    let worse = correlated_field(map.n, 6, 3);
    let noise = correlated_field(map.n, 3, 4);
    let mut sums = BlockSums::new(1, 20);
    for pixel in 0..map.n * map.n {
        // Fifths of a normal distribution.
        let fifths = [-0.84, -0.25, 0.25, 0.84];
        let class = fifths.partition_point(|cut| *cut < worse[pixel]);
        let chances: [u32; 2] = if is_confounded {
            [[25, 30], [25, 35], [25, 45], [25, 60], [25, 80]][class]
        } else {
            [25, 50]
        };
        let group = match map.chance(pixel) {
            chance if chance < chances[0] => 1,
            chance if chance < chances[1] => 2,
            _ => CONTROL,
        };
        let gain = [0.0, 3.0, 2.0][group as usize];
        let own = 1.5 * class as f64 + 0.5 * noise[pixel];
        let series: [f64; 20] =
            std::array::from_fn(|t| 300.0 - 20.0 * class as f64 + (own + gain) * t as f64);
        let cell = cell(map.block_of(pixel), group, class as u32);
        sums.add(cell, 0, 250_000.0, 0, &series);
    }
    let design = Design {
        measures: vec![
            measure("enclosure", &[(1, None)]),
            measure("forest", &[(2, None)]),
        ],
        is_matched: true,
        ..design(TWENTY)
    };
    (design, sums)
}

#[test]
fn matching_finds_the_planted_order_where_the_plain_comparison_does_not() {
    let order = |assessment: &Assessment, is_matched: bool| -> Vec<String> {
        let rows = assessment.ranking.iter();
        let rows = rows.filter(|row| row.is_matched == is_matched);
        rows.map(|row| row.zone.clone()).collect()
    };
    let planted = ["enclosure", "forest"];
    let (design, sums) = confounded(true);
    let assessment = assess(&design, sums);
    assert_eq!(order(&assessment, true), planted);
    assert_eq!(order(&assessment, false), ["forest", "enclosure"]);
    for (zone, planted) in [("enclosure", 3.0), ("forest", 2.0)] {
        let mut rows = assessment.effects.iter();
        let is_row = |row: &&EffectRow| row.zone == zone && row.contrast == Contrast::Slope;
        let row = rows.find(|row| is_row(row) && row.is_matched).expect(zone);
        let interval = row.interval.expect("blocks");
        assert!(interval.low < planted && planted < interval.high, "{row:?}");
        assert!(interval.high - interval.low < 1.0, "{row:?}");
        let mut rows = assessment.effects.iter();
        let plain = rows.find(|row| is_row(row) && !row.is_matched);
        let low = plain.and_then(|row| row.interval).expect("blocks").low;
        assert!(zone == "enclosure" || low > planted, "{low}");
    }
    let (design, sums) = confounded(false);
    let assessment = assess(&design, sums);
    assert_eq!(order(&assessment, true), planted);
    assert_eq!(order(&assessment, false), planted);
}
