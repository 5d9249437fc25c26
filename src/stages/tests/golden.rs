//! The numbers of R.

use serde_json::Value;

use super::support::{case, check, numbers};
use crate::stages::{Filler, Stage, changes_of_stages, trend_detail};
use crate::tables::series_trend::series_trend;

/// The years of R's numbers.
const FIRST: i64 = 2001;

fn stages(of: &Value) -> Vec<Stage> {
    let step = |year: &Value| usize::try_from(year.as_i64().unwrap() - FIRST).unwrap();
    let stage = |(name, years): (&String, &Value)| Stage {
        name: name.clone(),
        steps: step(&years[0])..step(&years[1]) + 1,
    };
    of.as_object().unwrap().iter().map(stage).collect()
}

/// `lm` and `confint`.
#[test]
fn slopes_of_stages_are_those_of_r() {
    for name in ["stage_slopes_gaps", "stage_overlap"] {
        let case = case(name);
        let y = numbers(&case["inputs"]["y"]);
        for stage in stages(&case["inputs"]["stages"]) {
            let expected = &case["expected"]["stages"][&stage.name];
            let part = &y[stage.steps.clone()];
            let (trend, detail) = (series_trend(part, 3), trend_detail(part, 3, 0.05));
            assert_eq!(detail.n as u64, expected["n"].as_u64().unwrap(), "{name}");
            for (column, ours) in [
                ("slope", trend.slope),
                ("p", trend.p),
                ("mean", trend.mean),
                ("se", detail.se),
                ("low", detail.low),
                ("high", detail.high),
            ] {
                let what = format!("{name} {} {column}", stage.name);
                check(&what, ours, &expected[column]);
            }
        }
    }
}

/// `lm(y ~ t * g)`, `p.adjust` and `strucchange::sctest`.
#[test]
fn changes_of_stages_are_those_of_r() {
    let case = case("stage_change");
    let stages = stages(&case["inputs"]["stages"]);
    let changes = changes_of_stages(&numbers(&case["inputs"]["y"]), &stages);
    assert_eq!(changes.len(), 3);
    for (pair, change) in changes.iter().enumerate() {
        let before = &stages[change.before].name;
        assert_eq!(change.stage, change.before + 1);
        let expected = &case["expected"]["pairs"][before];
        assert_eq!(change.n.map(|n| n as u64), expected["n"].as_u64());
        assert_eq!(change.df.map(|df| df as u64), expected["df"].as_u64());
        for (column, ours) in [
            ("slope_change", change.slope_change),
            ("se", change.se),
            ("p", change.p),
            ("jump_at_border", change.jump),
            ("chow_f", change.chow_f),
            ("chow_p", change.chow_p),
            ("detectable_change_80", change.detectable),
        ] {
            check(&format!("{before} {column}"), ours, &expected[column]);
        }
        check("p_holm", change.p_holm, &case["expected"]["p_holm"][pair]);
    }
}

/// `lm` and `predict`.
#[test]
fn filled_series_are_those_of_r() {
    let case = case("series_filled");
    let (inputs, expected) = (&case["inputs"], &case["expected"]);
    let pixels: Vec<Vec<Option<f64>>> = inputs["y"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let area: Vec<f64> = numbers(&inputs["area"]).into_iter().flatten().collect();
    let n_years = pixels[0].len();
    let min_years = usize::try_from(inputs["min_years"].as_u64().unwrap()).unwrap();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole numbers, which f32 holds"
    )]
    let value = |pixel: &[Option<f64>], year: usize| pixel[year].map_or(f32::NAN, |y| y as f32);
    let values: Vec<f32> = (0..n_years)
        .flat_map(|year| pixels.iter().map(move |pixel| value(pixel, year)))
        .collect();
    let mut filled = vec![0.0; values.len()];
    Filler::new(n_years, min_years).fill(&values, &mut filled);

    let slope = |y: &[Option<f64>]| series_trend(y, min_years).slope;
    let (mut mean, mut mean_filled) = (Vec::new(), Vec::new());
    for year in 0..n_years {
        let of_year = |pixel: usize| pixels[pixel][year].map(|y| (area[pixel], y));
        let valid: Vec<(f64, f64)> = (0..3).filter_map(of_year).collect();
        let valid_area: f64 = valid.iter().map(|(area, _)| area).sum();
        mean.push(Some(
            valid.iter().map(|(area, y)| area * y).sum::<f64>() / valid_area,
        ));
        let all = filled[3 * year..].iter().zip(&area);
        let all: f64 = all.map(|(y, area)| y * area).sum();
        mean_filled.push(Some(all / area.iter().sum::<f64>()));
        check("mean", mean[year], &expected["mean"][year]);
        check("filled", mean_filled[year], &expected["mean_filled"][year]);
    }
    for (pixel, y) in pixels.iter().enumerate() {
        check("pixel", slope(y), &expected["pixel_slopes"][pixel]);
    }
    check("slope", slope(&mean), &expected["slope"]);
    check(
        "slope_filled",
        slope(&mean_filled),
        &expected["slope_filled"],
    );
    // The identity that filling is for.
    let weighted = pixels
        .iter()
        .zip(&area)
        .map(|(y, area)| slope(y).unwrap() * area);
    let of_pixels = weighted.sum::<f64>() / area.iter().sum::<f64>();
    assert!((slope(&mean_filled).unwrap() / of_pixels - 1.0).abs() < 1e-12);
}
