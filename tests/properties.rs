//! Laws that the kernels must obey whatever the numbers, on the CPU engine.
//!
//! Layers are `f32`: a value read back is off by up to 2⁻²⁴ = 6e-8 of itself, two that should be
//! equal by [`ROUNDING`]. The kernels compute in `f64`, whose own rounding, at most some 1e-11 of
//! the size of the series here, is the absolute part of each tolerance. Inputs are whole multiples
//! of 1/64 and small enough that shifting and scaling them is exact in `f32`.
#![allow(
    clippy::cast_possible_truncation,
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
use doline::kernels::flags;
use doline::kernels::heterotrophic::{FixedFraction, LogLog};
use doline::kernels::lib::drivers::MAX_PREDICTORS;
use doline::kernels::registry::{self, Example};
use doline::kernels::respiration::{Denominator, Gsmsr};
use doline::kernels::statistics::{MeanCv, Ols, Regression};
use doline::kernels::twin::{Kernel, Precision};
use doline::tile::{Stored, gather};
use doline::validate::compare_stages;
use proptest::prelude::*;

/// Two roundings to `f32`.
const ROUNDING: f64 = 1.2e-7;

fn years(n: usize) -> Years {
    Years {
        first: 2001,
        last: 2000 + i32::try_from(n).expect("few years"),
    }
}

/// Every output of `kernel` for one pixel by name, its first step; NaN is missing.
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

fn ols(y: &[f32]) -> BTreeMap<String, f64> {
    outputs(
        Ols {
            min_years: 4,
            n_years: y.len(),
        },
        y.len(),
        &[y.to_vec()],
    )
}

fn mean_cv(y: &[f32]) -> BTreeMap<String, f64> {
    outputs(MeanCv { min_years: 4 }, y.len(), &[y.to_vec()])
}

fn regression(inputs: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let (n_years, n_predictors) = (inputs[0].len(), inputs.len() - 1);
    outputs(
        Regression {
            min_years: 4,
            n_years,
            n_predictors,
        },
        n_years,
        inputs,
    )
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

/// A multiple of 1/64 below 1024.
fn quantity() -> impl Strategy<Value = f32> {
    (-65_535_i32..=65_535).prop_map(|n| n as f32 / 64.0)
}

/// A year's value, or one time in six a gap.
fn quantity_or_gap() -> impl Strategy<Value = f32> {
    prop_oneof![5 => quantity(), 1 => Just(f32::NAN)]
}

fn series() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(quantity_or_gap(), 8..40)
}

/// A response and two to four predictors without gaps.
fn driven() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (3_usize..=5, 12_usize..30).prop_flat_map(|(n, n_years)| {
        prop::collection::vec(prop::collection::vec(quantity(), n_years), n)
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Mean of the values that are there.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Σ (a − ā)(b − b̄).
fn product(a: &[f64], b: &[f64]) -> f64 {
    let (a_mean, b_mean) = (mean(a), mean(b));
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - a_mean) * (b - b_mean))
        .sum()
}

fn wide(series: &[f32]) -> Vec<f64> {
    series.iter().map(|&x| f64::from(x)).collect()
}

/// Years and values that are there, in `f64`.
fn present(y: &[f32]) -> (Vec<f64>, Vec<f64>) {
    y.iter()
        .enumerate()
        .filter(|(_, y)| !y.is_nan())
        .map(|(t, &y)| (t as f64, f64::from(y)))
        .unzip()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_shift_moves_intercept_and_mean_and_nothing_else(y in series(), c in quantity()) {
        let shifted: Vec<f32> = y.iter().map(|y| y + c).collect();
        let (before, after) = (ols(&y), ols(&shifted));
        for (what, moved, absolute) in
            [("slope", 0.0, 1e-9), ("intercept", f64::from(c), 4e-4), ("r2", 0.0, 1e-10), ("p", 0.0, 1e-10)]
        {
            // The intercept may be a small difference of large numbers, each rounded to f32.
            prop_near!(before[what] + moved, after[what], absolute, what);
        }
        prop_assert_eq!(before["n"], after["n"]);
        let (before, after) = (mean_cv(&y)["mean"], mean_cv(&shifted)["mean"]);
        prop_near!(before + f64::from(c), after, ROUNDING * 1024.0, "mean");
    }

    #[test]
    fn a_factor_scales_slope_and_mean_and_nothing_else(y in series(), a in 1_u8..100) {
        let a = f32::from(a);
        let scaled: Vec<f32> = y.iter().map(|y| y * a).collect();
        let (before, after) = (ols(&y), ols(&scaled));
        for (what, factor) in [("slope", a), ("intercept", a), ("r2", 1.0), ("p", 1.0), ("class", 1.0), ("flags", 1.0)] {
            prop_near!(f64::from(factor) * before[what], after[what], 1e-8, what);
        }
        let (before, after) = (mean_cv(&y), mean_cv(&scaled));
        prop_near!(f64::from(a) * before["mean"], after["mean"], 1e-8, "mean");
        // Where the values cancel, the mean has no more than f64's digits of their size.
        if before["mean"].abs() > 1e-3 {
            prop_near!(before["cv"], after["cv"], 1e-9, "cv");
        }
    }

    #[test]
    fn time_run_backwards_negates_the_slope(y in series()) {
        let reversed: Vec<f32> = y.iter().rev().copied().collect();
        let (forward, backward) = (ols(&y), ols(&reversed));
        prop_near!(forward["slope"], -backward["slope"], 1e-9, "slope");
        prop_near!(forward["r2"], backward["r2"], 1e-10, "r2");
        prop_near!(forward["p"], backward["p"], 1e-10, "p");
        prop_near!(6.0 - forward["class"], backward["class"], 0.0, "class");
    }

    #[test]
    fn a_gap_is_as_if_the_year_had_never_been_for_mean_and_cv(y in series()) {
        let without: Vec<f32> = y.iter().copied().filter(|y| !y.is_nan()).collect();
        prop_assume!(without.len() >= 4);
        let (with_gaps, without) = (mean_cv(&y), mean_cv(&without));
        // Exact: gaps add zeros to the sums.
        prop_assert_eq!(with_gaps["mean"].to_bits(), without["mean"].to_bits());
        prop_assert_eq!(with_gaps["cv"].to_bits(), without["cv"].to_bits());
    }

    /// The textbook formulas over the remaining years at their places in the calendar; p by the
    /// incomplete beta function of statrs.
    #[test]
    fn a_trend_with_gaps_is_the_one_of_the_remaining_years(y in series()) {
        let (t, values) = present(&y);
        let ours = ols(&y);
        prop_assert_eq!(ours["n"], values.len() as f64);
        prop_assert_eq!(ours["slope"].is_nan(), values.len() < 4);
        prop_assume!(values.len() >= 4 && product(&values, &values) > 0.0);
        let slope = product(&t, &values) / product(&t, &t);
        let r2 = slope * product(&t, &values) / product(&values, &values);
        let df = values.len() as f64 - 2.0;
        let p = statrs::function::beta::beta_reg(df / 2.0, 0.5, (1.0 - r2).clamp(0.0, 1.0));
        prop_near!(ours["slope"], slope, 1e-9, "slope");
        prop_near!(ours["intercept"], mean(&values) - slope * mean(&t), 1e-8, "intercept");
        prop_near!(ours["r2"], r2, 1e-10, "r2");
        // 1 − r² of the plain formula loses digits where the fit is close.
        prop_near!(ours["p"], p, 1e-7 * p + 1e-9, "p");
    }

    #[test]
    fn heterotrophic_respiration_is_a_part_of_soil_respiration(
        rs in prop_oneof![-50.0_f32..4000.0, 0.0_f32..1e-3, Just(0.0_f32), Just(91.7_f32)],
        fraction in 0.0_f64..=1.0,
    ) {
        let bond_lamberty = outputs(LogLog::default(), 1, &[vec![rs]])["rh"];
        let fixed = outputs(FixedFraction { fraction }, 1, &[vec![rs]])["rh"];
        // Exact: rounding to f32 keeps the order.
        for rh in [bond_lamberty, fixed] {
            prop_assert!((0.0..=f64::from(rs).max(0.0)).contains(&rh), "Rs {rs}: Rh {rh}");
        }
    }

    /// Steps are large enough to show in f32: dlnRs/dT is at least 4e-4 a degree below 50 degC.
    #[test]
    fn soil_respiration_rises_with_carbon_rain_and_warmth(
        [t_c, dt] in [-30.0_f32..49.5, 0.25_f32..0.5],
        [p_mm, dp] in [0.0_f32..1000.0, 1.0_f32..50.0],
        [soc, ds] in [0.0_f32..30.0, 0.01_f32..5.0],
    ) {
        let rs = |t_c: f32, p_mm: f32, soc: f32| {
            let kernel = Gsmsr::new(years(1), 12, Denominator::default(), &[]).expect("published coefficients");
            outputs(kernel, 1, &[vec![t_c; 12], vec![p_mm; 12], vec![soc]])["rs"]
        };
        let here = rs(t_c, p_mm, soc);
        prop_assert!(here > 0.0);
        prop_assert!(rs(t_c + dt, p_mm, soc) > here, "warmer: {t_c} + {dt}");
        prop_assert!(rs(t_c, p_mm + dp, soc) > here, "wetter: {p_mm} + {dp}");
        prop_assert!(rs(t_c, p_mm, soc + ds) > here, "richer: {soc} + {ds}");
    }

    #[test]
    fn the_order_of_predictors_does_not_matter(inputs in driven()) {
        let mut swapped = inputs.clone();
        swapped.swap(1, 2);
        let (here, there) = (regression(&inputs), regression(&swapped));
        prop_near!(here["partial_1"], there["partial_2"], 1e-9, "partial 1");
        prop_near!(here["partial_2"], there["partial_1"], 1e-9, "partial 2");
        prop_near!(here["partial_p_1"], there["partial_p_2"], 1e-9, "p 1");
        for what in ["coef", "beta", "vif"] {
            prop_near!(here[&format!("{what}_1")], there[&format!("{what}_2")], 1e-8, what);
        }
        prop_near!(here["r2"], there["r2"], 1e-9, "r2");
    }

    #[test]
    fn partial_correlation_is_the_same_from_either_side(inputs in driven()) {
        let mut swapped = inputs.clone();
        swapped.swap(0, 1);
        let (here, there) = (regression(&inputs), regression(&swapped));
        prop_near!(here["partial_1"], there["partial_1"], 1e-9, "partial correlation");
        prop_near!(here["partial_p_1"], there["partial_p_1"], 1e-9, "p");
    }

    #[test]
    fn a_predictor_in_another_unit_explains_as_much(
        inputs in driven(),
        a in prop_oneof![-50_i8..=-1, 1_i8..=50],
        b in quantity(),
    ) {
        let a = f32::from(a);
        let mut converted = inputs.clone();
        converted[1] = inputs[1].iter().map(|x| a * x + b).collect();
        let (here, there) = (regression(&inputs), regression(&converted));
        prop_near!(here["coef_1"], f64::from(a) * there["coef_1"], 1e-8, "coef");
        prop_near!(here["beta_1"], f64::from(a.signum()) * there["beta_1"], 1e-9, "beta");
        prop_near!(here["beta_2"], there["beta_2"], 1e-9, "beta of another");
        prop_near!(here["vif_1"], there["vif_1"], 1e-8, "vif");
        prop_near!(here["r2"], there["r2"], 1e-9, "r2");
        prop_near!(here["p"], there["p"], 1e-9, "p");
    }

    /// R² = Σ β_j r_yj = 1 − Σ e²/Σ(y − ȳ)², and VIF_j = 1 / (1 − R²_j) of the others on x_j.
    #[test]
    fn shares_of_the_variance_add_up(inputs in driven()) {
        let fit = regression(&inputs);
        prop_assume!(fit["flags"] as u16 & flags::SINGULAR == 0);
        let series: Vec<Vec<f64>> = inputs.iter().map(|x| wide(x)).collect();
        let (y, x) = (&series[0], &series[1..]);
        let total = product(y, y);
        let r = |x: &Vec<f64>| product(x, y) / (product(x, x) * total).sqrt();
        let explained: f64 = x.iter().enumerate().map(|(j, x)| fit[&format!("beta_{}", j + 1)] * r(x)).sum();
        let coef = |j: usize| fit[&format!("coef_{}", j + 1)];
        let residual = |t: usize| {
            y[t] - mean(y) - x.iter().enumerate().map(|(j, x)| coef(j) * (x[t] - mean(x))).sum::<f64>()
        };
        let unexplained: f64 = (0..y.len()).map(|t| residual(t) * residual(t)).sum::<f64>() / total;
        // Coefficients of collinear predictors are large and each is rounded to f32.
        let sizes: f64 = (1..=x.len()).map(|j| fit[&format!("beta_{j}")].abs()).sum();
        prop_near!(fit["r2"], explained, ROUNDING * (1.0 + sizes), "Σ β r");
        prop_near!(fit["r2"], 1.0 - unexplained, ROUNDING * (1.0 + sizes) * (1.0 + sizes), "1 − unexplained");
        let r2_of_first = regression(&inputs[1..])["r2"];
        let vif = fit["vif_1"];
        prop_near!(1.0 / vif, 1.0 - r2_of_first, ROUNDING, "1 / VIF");
    }

    /// F = t² and R² = r² with one predictor; with the year as predictor it is the trend.
    #[test]
    fn a_regression_on_the_year_is_the_trend(y in prop::collection::vec(quantity(), 8..40)) {
        let year: Vec<f32> = (0..y.len()).map(|t| t as f32).collect();
        let trend = ols(&y);
        let inputs = [y, year];
        let fit = regression(&inputs);
        prop_near!(trend["slope"], fit["coef_1"], 1e-9, "slope");
        for (what, value) in [("r2", fit["r2"]), ("p", fit["p"]), ("p", fit["partial_p_1"])] {
            prop_near!(trend[what], value, 1e-10, what);
        }
        prop_near!(trend["r2"].sqrt(), fit["partial_1"].abs(), 1e-6, "r");
        prop_near!(1.0, fit["vif_1"], 0.0, "vif");
    }
}

/// Every kernel, and those with predictors for `n_predictors` of them.
fn kernels(n_years: usize, n_predictors: usize) -> Vec<Arc<dyn Kernel>> {
    let min_years = u32::try_from(n_years * 3 / 4).expect("few years").max(3);
    registry::all(Example {
        years: years(n_years),
        min_years,
        min_months: 11,
        n_predictors,
    })
}

fn bits(layers: &[Vec<f32>]) -> Vec<Vec<u32>> {
    layers
        .iter()
        .map(|layer| layer.iter().map(|x| x.to_bits()).collect())
        .collect()
}

proptest! {
    // Each case runs every kernel.
    #![proptest_config(ProptestConfig { cases: config().cases / 8, ..config() })]

    #[test]
    fn eight_lanes_give_the_bits_of_one(
        n_years in prop_oneof![Just(4_usize), Just(20), Just(33)],
        n_predictors in 1..=MAX_PREDICTORS,
        // Around the lanes of 8 and the blocks of 256.
        n_pixels in prop_oneof![1_usize..70, 250_usize..270],
        packed: bool,
        seed: u32,
    ) {
        for kernel in kernels(n_years, n_predictors) {
            let (chain, inputs) =
                support::chain_of(&kernel, years(n_years), n_pixels, packed, u64::from(seed));
            let chain = Arc::new(chain);
            let run = |precision| CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, n_pixels);
            let (lanes, reference) = (run(Precision::Lanes), run(Precision::Reference));
            prop_assert_eq!(bits(&lanes), bits(&reference), "{}", kernel.spec().name);
        }
    }

    #[test]
    fn pixels_in_another_order_give_the_same_pixels(n_pixels in 2_usize..300, packed: bool, seed: u32) {
        let mut random = support::Random(u64::from(seed));
        let mut order: Vec<usize> = (0..n_pixels).collect();
        order.sort_by_cached_key(|_| random.next());
        for kernel in kernels(20, 3) {
            let (chain, inputs) = support::chain_of(&kernel, years(20), n_pixels, packed, u64::from(seed));
            let permuted = gather(&chain.inputs, &inputs, n_pixels, &order);
            let engine = CpuEngine::new(Arc::new(chain));
            let expected: Vec<Vec<f32>> = engine
                .compute(&inputs, n_pixels)
                .into_iter()
                .map(|layer| layer.chunks_exact(n_pixels).flat_map(|step| order.iter().map(|&p| step[p])).collect())
                .collect();
            prop_assert_eq!(bits(&engine.compute(&permuted, n_pixels)), bits(&expected), "{}", kernel.spec().name);
        }
    }

    /// The `f32` twin is there to tell rounding from mistakes: it may be worse than a shader, which
    /// has fused operations, but not by more than two digits.
    #[test]
    fn single_precision_stays_within_a_hundred_tolerances(n_predictors in 1_usize..=4, packed: bool, seed: u32) {
        let n_pixels = 144;
        for kernel in kernels(20, n_predictors) {
            let (chain, inputs) = support::chain_of(&kernel, years(20), n_pixels, packed, u64::from(seed));
            let chain = Arc::new(chain);
            let single =
                CpuEngine::with_precision(Arc::clone(&chain), Precision::Single).compute(&inputs, n_pixels);
            for comparison in compare_stages(&chain, &inputs, &single, n_pixels) {
                prop_assert_eq!(comparison.n_missing_differs, 0, "{:#?}", comparison);
                prop_assert!(comparison.worst_share <= 100.0, "{:#?}", comparison);
            }
        }
    }
}
