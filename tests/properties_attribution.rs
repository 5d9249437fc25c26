//! Laws that attributions obey whatever the numbers: parts add up, a common trend changes no
//! detrended sensitivity, units and the order of drivers change nothing else.
//!
//! Values are multiples of 1/64 below 1024, so that adding a trend in such steps is exact in `f32`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use doline::calendar::Years;
use doline::engines::cpu::CpuEngine;
use doline::kernels::attribution::{
    Agreement, Attribution, ClimateRegime, DriverSlopes, SensitivityBaseline, SensitivityDetrended,
    SensitivityFirstDifference,
};
use doline::kernels::flags;
use doline::kernels::statistics::{Ols, Regression};
use doline::kernels::twin::Kernel;
use doline::tile::Stored;
use proptest::prelude::*;

/// Two roundings to `f32`.
const ROUNDING: f64 = 1.2e-7;
const MIN_YEARS: u32 = 8;

fn years(n: usize) -> Years {
    Years {
        first: 2001,
        last: 2000 + i32::try_from(n).expect("few years"),
    }
}

/// Every output of `kernel` for one pixel by name; NaN is missing.
fn outputs(
    kernel: impl Kernel + 'static,
    n_years: usize,
    inputs: &[Vec<f32>],
) -> BTreeMap<String, f64> {
    let kernel: Arc<dyn Kernel> = Arc::new(kernel);
    let years = years(n_years);
    let specs = kernel
        .inputs()
        .iter()
        .map(|port| support::plain_input(&port.name, port.steps, years))
        .collect();
    let chain = Arc::new(support::chain_with_inputs(&kernel, years, specs));
    let stored: Vec<Stored> = inputs
        .iter()
        .map(|series| Stored::F32(series.clone()))
        .collect();
    let layers = CpuEngine::new(Arc::clone(&chain)).compute(&stored, 1);
    chain
        .layers
        .iter()
        .zip(layers)
        .map(|(layer, values)| (layer.name.clone(), f64::from(values[0])))
        .collect()
}

fn raw(inputs: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let (n_years, n_predictors) = (inputs[0].len(), inputs.len() - 1);
    outputs(
        Regression {
            min_years: MIN_YEARS,
            n_years,
            n_predictors,
        },
        n_years,
        inputs,
    )
}

fn detrended(inputs: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let n_predictors = inputs.len() - 1;
    outputs(
        SensitivityDetrended {
            min_years: MIN_YEARS,
            n_predictors,
        },
        inputs[0].len(),
        inputs,
    )
}

fn first_difference(inputs: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let n_predictors = inputs.len() - 1;
    outputs(
        SensitivityFirstDifference {
            min_years: MIN_YEARS,
            n_predictors,
        },
        inputs[0].len(),
        inputs,
    )
}

fn slopes(inputs: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let n_predictors = inputs.len() - 1;
    outputs(
        DriverSlopes {
            min_years: MIN_YEARS,
            n_predictors,
        },
        inputs[0].len(),
        inputs,
    )
}

/// The attribution of these layers.
fn attribute(
    slope: f64,
    slope_y: f64,
    fit: &BTreeMap<String, f64>,
    trends: &BTreeMap<String, f64>,
    k: usize,
) -> BTreeMap<String, f64> {
    let each = |of: &BTreeMap<String, f64>, name: &str| -> Vec<f64> {
        (1..=k)
            .map(|x| of.get(&format!("{name}_{x}")).copied().unwrap_or(1.0))
            .collect()
    };
    let first = [
        slope,
        slope_y,
        trends.get("half_range").copied().unwrap_or(1.0),
        0.0,
    ];
    let inputs = first
        .into_iter()
        .chain(each(fit, "coef"))
        .chain(each(fit, "vif"))
        .chain(each(trends, "slope"));
    let inputs: Vec<Vec<f32>> = inputs.map(|x| vec![x as f32]).collect();
    outputs(Attribution { n_predictors: k }, 4, &inputs)
}

/// Whether two values agree, or are missing both.
fn near(a: f64, b: f64, absolute: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= ROUNDING * a.abs().max(b.abs()) + absolute
}

macro_rules! prop_near {
    ($a:expr, $b:expr, $absolute:expr, $what:expr) => {
        let (a, b): (f64, f64) = ($a, $b);
        prop_assert!(near(a, b, $absolute), "{}: {a:e} and {b:e}", $what);
    };
}

fn quantity() -> impl Strategy<Value = f32> {
    (-65_535_i32..=65_535).prop_map(|n| n as f32 / 64.0)
}

/// A year's value, or one time in twelve a gap.
fn quantity_or_gap() -> impl Strategy<Value = f32> {
    prop_oneof![11 => quantity(), 1 => Just(f32::NAN)]
}

/// A response and one to four drivers.
fn driven() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (2_usize..=5, 16_usize..34).prop_flat_map(|(n, n_years)| {
        prop::collection::vec(prop::collection::vec(quantity_or_gap(), n_years), n)
    })
}

/// Years in which all inputs have a value.
fn complete(inputs: &[Vec<f32>]) -> Vec<usize> {
    (0..inputs[0].len())
        .filter(|&t| inputs.iter().all(|series| !series[t].is_nan()))
        .collect()
}

/// Least-squares slope of points.
fn slope_of(t: &[f64], y: &[f64]) -> f64 {
    let n = t.len() as f64;
    let (t_mean, y_mean) = (t.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| {
        t.iter()
            .zip(y)
            .map(|(&t, &y)| f(t - t_mean, y - y_mean))
            .sum::<f64>()
    };
    sum(&|t, y| t * y) / sum(&|t, _| t * t)
}

fn with_trend(series: &[f32], per_year: f32) -> Vec<f32> {
    series
        .iter()
        .enumerate()
        .map(|(t, &x)| x + per_year * t as f32)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    /// `docs/science/attribution.md#parts`: with the coefficients of the fit the parts are the
    /// trend of the fitted series.
    #[test]
    fn the_parts_are_the_trend_of_the_fitted_series(inputs in driven()) {
        let (fit, trends, k) = (raw(&inputs), slopes(&inputs), inputs.len() - 1);
        let years = complete(&inputs);
        prop_assume!(!fit["coef_1"].is_nan());
        let t: Vec<f64> = years.iter().map(|&t| t as f64).collect();
        let fitted: Vec<f64> = years
            .iter()
            .map(|&t| (1..=k).map(|x| fit[&format!("coef_{x}")] * f64::from(inputs[x][t])).sum())
            .collect();
        let climate: f64 = (1..=k).map(|x| fit[&format!("coef_{x}")] * trends[&format!("slope_{x}")]).sum();
        let size: f64 = (1..=k).map(|x| (fit[&format!("coef_{x}")] * trends[&format!("slope_{x}")]).abs()).sum();
        prop_near!(climate, slope_of(&t, &fitted), 1e-6 * size + 1e-9, "climate");
    }

    #[test]
    fn climate_and_human_are_the_observed_trend_and_the_parts_are_climate(inputs in driven()) {
        let (k, n_years) = (inputs.len() - 1, inputs[0].len());
        let observed = outputs(Ols { min_years: MIN_YEARS, n_years }, n_years, &inputs[..1])["slope"];
        for fit in [raw(&inputs), detrended(&inputs), first_difference(&inputs)] {
            let trends = slopes(&inputs);
            let parts = attribute(observed, trends["slope_y"], &fit, &trends, k);
            if parts["climate"].is_nan() {
                continue;
            }
            let of_drivers: Vec<f64> = (1..=k).map(|x| parts[&format!("part_{x}")]).collect();
            let size = observed.abs() + of_drivers.iter().map(|part| part.abs()).sum::<f64>();
            prop_near!(parts["climate"] + parts["human"], f64::from(observed as f32), 1e-6 * size, "observed");
            prop_near!(parts["climate"], of_drivers.iter().sum(), 1e-6 * size, "climate");
            if !parts["share_climate"].is_nan() {
                prop_near!(parts["share_climate"] + parts["share_human"], 100.0, 1e-4, "shares");
                prop_assert!((0.0..=100.0).contains(&parts["share_climate"]), "{parts:?}");
            }
        }
    }

    /// `docs/science/attribution.md#sensitivities`: detrended coefficients are those with the year
    /// added.
    #[test]
    fn detrended_coefficients_are_those_with_the_year_as_a_driver(inputs in driven()) {
        prop_assume!(inputs.len() < 5);
        let year: Vec<f32> = (0..inputs[0].len()).map(|t| 2001.0 + t as f32).collect();
        let (k, with_year) = (inputs.len() - 1, [inputs.clone(), vec![year]].concat());
        let (here, there) = (detrended(&inputs), raw(&with_year));
        for x in 1..=k {
            for what in ["coef", "vif"] {
                let name = format!("{what}_{x}");
                prop_near!(here[&name], there[&name], 1e-9, name);
            }
        }
    }

    #[test]
    fn a_trend_added_to_any_series_changes_no_detrended_sensitivity(
        inputs in driven(), which in 0_usize..5, per_year in -64_i32..=64,
    ) {
        let which = which % inputs.len();
        let mut trended = inputs.clone();
        trended[which] = with_trend(&inputs[which], per_year as f32 / 64.0);
        for of in [detrended, first_difference] {
            let (here, there) = (of(&inputs), of(&trended));
            for x in 1..inputs.len() {
                let name = format!("coef_{x}");
                prop_near!(here[&name], there[&name], 1e-7 * here[&name].abs() + 1e-8, name);
            }
        }
    }

    #[test]
    fn a_baseline_is_the_regression_of_its_years(inputs in driven(), first in 0_usize..4) {
        let n = inputs[0].len();
        let (k, last) = (inputs.len() - 1, first + 11);
        let baseline = Years { first: 2001 + first as i32, last: 2001 + last as i32 };
        let kernel = SensitivityBaseline { min_years: 4, years: years(n), baseline, n_predictors: k };
        let here = outputs(kernel, n, &inputs);
        let inside: Vec<Vec<f32>> = inputs.iter().map(|series| series[first..=last].to_vec()).collect();
        let there = outputs(Regression { min_years: 9, n_years: 12, n_predictors: k }, 12, &inside);
        for x in 1..=k {
            let name = format!("coef_{x}");
            prop_near!(here[&name], there[&name], 0.0, name);
        }
    }

    /// In other units of the response everything scales with it, and no class changes.
    #[test]
    fn units_scale_the_parts_and_change_no_class(inputs in driven(), power in -3_i32..=3) {
        let factor = 2.0_f32.powi(power);
        let mut scaled = inputs.clone();
        scaled[0].iter_mut().for_each(|y| *y *= factor);
        let k = inputs.len() - 1;
        let parts = |inputs: &[Vec<f32>]| {
            let (fit, trends) = (detrended(inputs), slopes(inputs));
            attribute(trends["slope_y"], trends["slope_y"], &fit, &trends, k)
        };
        let (here, there) = (parts(&inputs), parts(&scaled));
        for name in ["climate", "human"] {
            prop_near!(here[name] * f64::from(factor), there[name], 1e-12, name);
        }
        for name in ["class", "dominant", "dominant_factor"] {
            prop_near!(here[name], there[name], 0.0, name);
        }
    }

    /// The mirror image of a trend has the mirror image of its class.
    #[test]
    fn a_mirrored_response_has_the_mirrored_class(inputs in driven()) {
        let mut mirrored = inputs.clone();
        mirrored[0].iter_mut().for_each(|y| *y = -*y);
        let k = inputs.len() - 1;
        let parts = |inputs: &[Vec<f32>]| {
            let (fit, trends) = (raw(inputs), slopes(inputs));
            attribute(trends["slope_y"], trends["slope_y"], &fit, &trends, k)
        };
        let (here, there) = (parts(&inputs), parts(&mirrored));
        prop_near!(here["climate"], -there["climate"], 0.0, "climate");
        prop_near!(here["dominant"], there["dominant"], 0.0, "dominant");
        let mirror = |class: f64| if class > 3.5 { class - 3.0 } else if class > 0.5 { class + 3.0 } else { class };
        prop_near!(mirror(here["class"]), there["class"], 0.0, "class");
    }

    #[test]
    fn the_order_of_drivers_changes_nothing_else(inputs in driven()) {
        prop_assume!(inputs.len() > 2);
        let mut swapped = inputs.clone();
        swapped.swap(1, 2);
        for of in [detrended, first_difference] {
            let (here, there) = (of(&inputs), of(&swapped));
            for (a, b) in [("coef_1", "coef_2"), ("coef_2", "coef_1"), ("vif_1", "vif_2")] {
                prop_near!(here[a], there[b], 1e-9 + 1e-8 * here[a].abs(), a);
            }
        }
        let (here, there) = (slopes(&inputs), slopes(&swapped));
        prop_near!(here["slope_1"], there["slope_2"], 0.0, "slope");
    }

    /// A gap in one series is a gap in all: no value beside it may change a result.
    #[test]
    fn values_beside_a_gap_are_not_looked_at(inputs in driven(), year in 0_usize..16, other in quantity()) {
        let mut here = inputs.clone();
        here[0][year] = f32::NAN;
        let mut there = here.clone();
        there[1][year] = other;
        for of in [detrended, first_difference, slopes] {
            let (a, b) = (of(&here), of(&there));
            for (name, value) in &a {
                prop_near!(*value, b[name], 0.0, name);
            }
        }
    }

    #[test]
    fn agreement_does_not_hang_on_the_order(a in 0_u8..3, b in 0_u8..3, c in 0_u8..3) {
        let class = |order: [u8; 3]| {
            let inputs: Vec<Vec<f32>> = order.iter().map(|&d| vec![f32::from(d)]).chain((0..3).map(|_| vec![1e6])).collect();
            outputs(Agreement { n_sensitivities: 3 }, 4, &inputs)["class"]
        };
        prop_assert_eq!(class([a, b, c]), class([c, a, b]));
        prop_assert_eq!(class([a, b, c]), class([b, a, c]));
    }

    #[test]
    fn a_regime_and_its_opposite_have_all_bits(t in quantity(), p in quantity(), r in quantity()) {
        prop_assume!(t != 0.0 && p != 0.0 && r != 0.0);
        let code = |sign: f32| {
            let inputs = [t, p, r].map(|slope| vec![sign * slope]).into_iter().chain((0..3).map(|_| vec![0.5]));
            outputs(ClimateRegime { bits: vec![1, 2, 4] }, 4, &inputs.collect::<Vec<_>>())["class"]
        };
        prop_assert_eq!(code(1.0) + code(-1.0), 7.0);
    }
}

/// All sensitivities on series that hurt: a stated result, and p and shares in their bounds.
#[test]
fn constant_tied_huge_tiny_and_missing_series_have_a_stated_result() {
    let line: Vec<f32> = (0..20_u8).map(f32::from).collect();
    let wave: Vec<f32> = (0..20_u8)
        .map(|t| f32::from(t * 7 % 5) + f32::from(t) * 0.1)
        .collect();
    let scaled =
        |series: &[f32], factor: f32| series.iter().map(|x| x * factor).collect::<Vec<_>>();
    let missing = vec![f32::NAN; 20];
    let one = [vec![3.0], vec![f32::NAN; 19]].concat();
    for (what, y, x, is_there) in [
        (
            "huge",
            scaled(&wave, 1e30),
            line.iter().map(|t| (t * 1.7).sin()).collect(),
            true,
        ),
        (
            "tiny",
            scaled(&wave, 1e-30),
            line.iter().map(|t| (t * 1.7).sin()).collect(),
            true,
        ),
        ("constant response", vec![5.0; 20], wave.clone(), true),
        ("constant driver", wave.clone(), vec![5.0; 20], false),
        ("missing response", missing.clone(), wave.clone(), false),
        ("missing driver", wave.clone(), missing, false),
        ("one value", one, wave.clone(), false),
        (
            "two values",
            line.iter().map(|t| t % 2.0).collect(),
            wave.clone(),
            true,
        ),
    ] {
        for (name, of) in [
            ("detrended", detrended as fn(&[Vec<f32>]) -> _),
            ("differences", first_difference),
        ] {
            let fit = of(&[y.clone(), x.clone()]);
            assert_eq!(!fit["coef_1"].is_nan(), is_there, "{what}, {name}: {fit:?}");
            let bits = fit["flags"] as u16;
            let has_reason = bits & (flags::TOO_FEW_YEARS | flags::SINGULAR) != 0;
            assert_eq!(has_reason, !is_there, "{what}, {name}: {fit:?}");
        }
    }
    // A driver that is the year itself cannot be told from the trend.
    let fit = detrended(&[wave, line]);
    assert!(
        fit["coef_1"].is_nan() && (fit["flags"] as u16) & flags::SINGULAR != 0,
        "{fit:?}"
    );
}
