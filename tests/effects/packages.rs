//! The same numbers as packages of R.

use doline::calendar::Years;
use doline::effects::{
    BalanceSums, BlockSums, Contrast, CovariateSums, Design, Sample, Stage, balance, balance_csv,
    rank, t_p, welch,
};
use doline::kernels::lib::tails::t_quantile;
use serde_json::Value;

use super::study::{CONTROL, TREATED, TWENTY, assert_close, assess, cell, design, measure, row};

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
        let t = t_quantile(0.05, 9);
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
