//! Laws that the tests of trend must obey whatever the numbers, on the CPU engine.
//!
//! Inputs are whole multiples of 1/64 and small enough that shifting and scaling them is exact in
//! `f32`; layers are `f32`, so two values that should be equal may differ by [`ROUNDING`].
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]
#![allow(clippy::expect_used, reason = "a test stops at the first surprise")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::chain::{Chain, Recipe, TrendTest, build};
use doline::engines::cpu::CpuEngine;
use doline::kernels::lib::rescaled_range::RangeRule;
use doline::kernels::output::UnitRule;
use doline::kernels::respiration::{Denominator, Gsmsr};
use doline::kernels::statistics::{
    Hurst, Lag1, MannKendall, MkHamedRao, MkPrewhitened, MkSequential, MkTfpw, MkYueWang,
    OlsEffective, Pettitt, TheilSen, TwoSegment,
};
use doline::kernels::twin::Kernel;
use doline::tile::Stored;
use proptest::prelude::*;

/// Two roundings to `f32`.
const ROUNDING: f64 = 1.2e-7;
const MIN_YEARS: u32 = 4;

fn years(n: usize) -> Years {
    Years {
        first: 2001,
        last: 2000 + i32::try_from(n).expect("few years"),
    }
}

/// Every output of `kernel` for one pixel by name, all steps; NaN is missing.
fn outputs(
    kernel: impl Kernel + 'static,
    n_years: usize,
    inputs: &[Vec<f32>],
) -> BTreeMap<String, Vec<f64>> {
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
    let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
    chain
        .layers
        .iter()
        .zip(layers)
        .map(|(layer, values)| (layer.name.clone(), wide(values)))
        .collect()
}

/// The first step of an output.
fn one(kernel: impl Kernel + 'static, y: &[f32], sen: Option<f32>, what: &str) -> f64 {
    let inputs: Vec<Vec<f32>> = std::iter::once(y.to_vec())
        .chain(sen.map(|sen| vec![sen]))
        .collect();
    outputs(kernel, y.len(), &inputs)[what][0]
}

fn mann_kendall(y: &[f32]) -> BTreeMap<String, f64> {
    let kernel = MannKendall {
        min_years: MIN_YEARS,
        n_years: y.len(),
    };
    outputs(kernel, y.len(), &[y.to_vec()])
        .into_iter()
        .map(|(name, values)| (name, values[0]))
        .collect()
}

fn sen(y: &[f32]) -> f32 {
    one(TheilSen::new(MIN_YEARS, y.len(), 0.05), y, None, "slope") as f32
}

/// z or p of every form of Mann-Kendall for years that are not independent.
fn serial(y: &[f32], slope: f32, what: &str) -> Vec<(&'static str, f64)> {
    let (min_years, n_years) = (MIN_YEARS, y.len());
    let tfpw = |only_if_significant| MkTfpw {
        min_years,
        n_years,
        only_if_significant,
    };
    let yue_wang = |all_lags, min_factor| MkYueWang {
        min_years,
        n_years,
        all_lags,
        min_factor,
    };
    let hamed_rao = |min_factor| MkHamedRao {
        min_years,
        n_years,
        min_factor,
    };
    let with_sen = |kernel: Arc<dyn Kernel>| {
        let specs = kernel.inputs();
        let specs = specs
            .iter()
            .map(|port| support::plain_input(&port.name, port.steps, years(n_years)))
            .collect();
        let chain = Arc::new(support::chain_with_inputs(&kernel, years(n_years), specs));
        let stored: Vec<Stored> = [y.to_vec(), vec![slope]]
            .into_iter()
            .take(kernel.inputs().len())
            .map(Stored::F32)
            .collect();
        let port = kernel
            .outputs()
            .iter()
            .position(|port| port.name == what)
            .expect(what);
        f64::from(CpuEngine::new(chain).compute(&stored, 1)[port][0])
    };
    vec![
        (
            "prewhitened",
            with_sen(Arc::new(MkPrewhitened { min_years, n_years })),
        ),
        ("tfpw", with_sen(Arc::new(tfpw(false)))),
        ("tfpw significant", with_sen(Arc::new(tfpw(true)))),
        ("hamed-rao", with_sen(Arc::new(hamed_rao(0.0)))),
        ("hamed-rao, 1", with_sen(Arc::new(hamed_rao(1.0)))),
        ("yue-wang", with_sen(Arc::new(yue_wang(false, 0.0)))),
        ("yue-wang all", with_sen(Arc::new(yue_wang(true, 0.0)))),
        ("yue-wang, 1", with_sen(Arc::new(yue_wang(false, 1.0)))),
    ]
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

/// Values that are often equal.
fn few_values() -> impl Strategy<Value = f32> {
    (0_u8..6).prop_map(f32::from)
}

fn with_gaps(value: impl Strategy<Value = f32> + 'static) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![5 => value, 1 => Just(f32::NAN)], 8..34)
}

fn series() -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![with_gaps(quantity()), with_gaps(few_values())]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        cases: 64,
        ..ProptestConfig::default()
    }
}

/// S of the definition.
fn s_of(y: &[f32]) -> f64 {
    let pairs = (0..y.len()).flat_map(|i| (0..i).map(move |j| (j, i)));
    pairs
        .map(|(j, i)| f64::from(i8::from(y[j] < y[i]) - i8::from(y[i] < y[j])))
        .sum()
}

/// Sample variance of the textbook formula with groups of ties.
fn variance_of(y: &[f32]) -> f64 {
    let weight = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted: Vec<f32> = y.iter().copied().filter(|y| !y.is_nan()).collect();
    sorted.sort_by(f32::total_cmp);
    let tied: f64 = sorted
        .chunk_by(|a, b| a == b)
        .map(|group| weight(group.len() as f64))
        .sum();
    (weight(sorted.len() as f64) - tied) / 18.0
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn mann_kendall_is_its_definition_ties_gaps_and_all(y in series()) {
        let n = y.iter().filter(|y| !y.is_nan()).count();
        let ours = mann_kendall(&y);
        prop_assert_eq!(ours["s"].is_nan(), n < 4);
        prop_assume!(n >= 4);
        let (s, variance) = (s_of(&y), variance_of(&y));
        prop_assert_eq!(ours["s"], s);
        let z = if s == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
        prop_near!(ours["z"], z, 0.0, "z");
        prop_assert!((0.0..=1.0).contains(&ours["p"]), "{}", ours["p"]);
        if n > 10 {
            let p = statrs::function::erf::erfc(z.abs() / std::f64::consts::SQRT_2);
            prop_near!(ours["p"], p, 1e-9, "p");
        }
    }

    #[test]
    fn time_run_backwards_negates_s_and_keeps_p(y in series()) {
        let reversed: Vec<f32> = y.iter().rev().copied().collect();
        let (forward, backward) = (mann_kendall(&y), mann_kendall(&reversed));
        for (what, sign) in [("s", -1.0), ("z", -1.0), ("tau", -1.0), ("p", 1.0)] {
            prop_near!(forward[what], sign * backward[what], 0.0, what);
        }
        // Autocorrelations are the same from either end.
        let (kernel, slope) = (Lag1 { min_years: MIN_YEARS, n_years: y.len() }, sen(&y));
        prop_near!(one(kernel.clone(), &y, Some(slope), "r"), one(kernel, &reversed, Some(-slope), "r"), 1e-7, "lag 1");
        let kernel = OlsEffective { min_years: MIN_YEARS, n_years: y.len() };
        let (there, back) = (one(kernel.clone(), &y, None, "p"), one(kernel, &reversed, None, "p"));
        prop_near!(there, back, 1e-7, "p with effective years");
    }

    #[test]
    fn order_alone_counts_for_mann_kendall_and_pettitt(y in series()) {
        // Rising, and exact enough that no two values fall together.
        let bent: Vec<f32> = y.iter().map(|y| 3.0 * y + if *y > 0.0 { *y } else { 0.0 }).collect();
        prop_assert_eq!(format!("{:?}", mann_kendall(&y)), format!("{:?}", mann_kendall(&bent)));
        let kernel = Pettitt { min_years: MIN_YEARS, n_years: y.len(), first_year: 2001 };
        for what in ["year", "p"] {
            prop_near!(one(kernel.clone(), &y, None, what), one(kernel.clone(), &bent, None, what), 0.0, what);
        }
    }

    /// A power of two scales every rounding too, so the results are equal to the bit.
    #[test]
    fn a_factor_changes_no_test(y in series()) {
        let scaled: Vec<f32> = y.iter().map(|y| y * 4.0).collect();
        let (before, after) = (sen(&y), sen(&scaled));
        for what in ["z", "p"] {
            for ((name, a), (_, b)) in serial(&y, before, what).into_iter().zip(serial(&scaled, after, what)) {
                prop_near!(a, b, 0.0, format!("{name} {what}"));
            }
        }
        let n_years = y.len();
        let hurst = Hurst::new(MIN_YEARS, n_years, RangeRule::default());
        // The simulation, once for all its clones.
        prop_assert!(Kernel::tables(&hurst).len() > n_years);
        for what in ["h", "null", "p"] {
            prop_near!(one(hurst.clone(), &y, None, what), one(hurst.clone(), &scaled, None, what), 0.0, what);
        }
        let segment = TwoSegment { min_years: MIN_YEARS, n_years, first_year: 2001 };
        for (what, factor) in [("year", 1.0), ("slope_before", 4.0), ("slope_after", 4.0), ("p", 1.0)] {
            prop_near!(factor * one(segment.clone(), &y, None, what), one(segment.clone(), &scaled, None, what), 0.0, what);
        }
    }

    #[test]
    fn p_is_a_probability_and_a_wider_variance_never_makes_it_smaller(y in series()) {
        let slope = sen(&y);
        for (name, p) in serial(&y, slope, "p") {
            prop_assert!(p.is_nan() || (0.0..=1.0).contains(&p), "{name}: {p}");
        }
        let plain = mann_kendall(&y)["z"].abs();
        let z: BTreeMap<_, _> = serial(&y, slope, "z").into_iter().collect();
        for name in ["hamed-rao, 1", "yue-wang, 1"] {
            prop_assert!(z[name].is_nan() && plain.is_nan() || z[name].abs() <= plain * (1.0 + ROUNDING), "{name}");
        }
        let effective = one(OlsEffective { min_years: MIN_YEARS, n_years: y.len() }, &y, None, "n");
        let n = y.iter().filter(|y| !y.is_nan()).count() as f64;
        prop_assert!(effective.is_nan() || (0.0..=n).contains(&effective), "{effective} of {n}");
    }

    /// UF of the last year and UB of the first are Z without continuity; each curve ends at 0.
    #[test]
    fn sequential_curves_end_where_mann_kendall_is(y in series()) {
        let valid: Vec<usize> = (0..y.len()).filter(|&t| !y[t].is_nan()).collect();
        prop_assume!(valid.len() >= 4);
        let (first, last) = (valid[0], valid[valid.len() - 1]);
        let ours = outputs(MkSequential { min_years: MIN_YEARS, n_years: y.len(), first_year: 2001 }, y.len(), std::slice::from_ref(&y));
        let variance = variance_of(&y);
        let z = if variance > 0.0 { s_of(&y) / variance.sqrt() } else { 0.0 };
        prop_near!(ours["uf"][last], z, 0.0, "UF");
        prop_near!(ours["ub"][first], z, 0.0, "UB");
        prop_assert_eq!(ours["uf"][first], 0.0);
        prop_assert_eq!(ours["ub"][last], 0.0);
        for t in 0..y.len() {
            prop_assert_eq!(ours["uf"][t].is_nan(), y[t].is_nan());
            prop_assert_eq!(ours["ub"][t].is_nan(), y[t].is_nan());
        }
        let year = ours["year"][0];
        prop_assert!(year.is_nan() || valid.iter().any(|&t| t as f64 + 2001.0 == year), "{year}");
    }

    /// Mann-Kendall, Pettitt and Hurst know the order of years alone, not their distance.
    #[test]
    fn a_gap_at_either_end_changes_nothing(y in series(), before in 0_usize..4, after in 0_usize..4) {
        let gaps = |n: usize| std::iter::repeat_n(f32::NAN, n);
        let longer: Vec<f32> = gaps(before).chain(y.iter().copied()).chain(gaps(after)).collect();
        prop_assert_eq!(format!("{:?}", mann_kendall(&y)), format!("{:?}", mann_kendall(&longer)));
        let h = |y: &[f32]| one(Hurst::new(MIN_YEARS, y.len(), RangeRule::default()), y, None, "h");
        prop_near!(h(&y), h(&longer), 1e-9, "Hurst");
        let year = |y: &[f32]| one(Pettitt { min_years: MIN_YEARS, n_years: y.len(), first_year: 2001 }, y, None, "year");
        prop_near!(year(&y) + before as f64, year(&longer), 0.0, "Pettitt");
        for ((name, a), (_, b)) in serial(&y, sen(&y), "z").into_iter().zip(serial(&longer, sen(&longer), "z")) {
            // Centred on another year, the residuals differ by the rounding of f64.
            prop_near!(a, b, 1e-6 * a.abs(), name);
        }
    }

    #[test]
    fn a_bend_that_is_there_is_found(knot in 4_usize..15, before in -8_i8..8, after in -8_i8..8, gap in 0_usize..20) {
        prop_assume!(before != after);
        let line = |t: usize| {
            let (t, knot) = (t as f32, knot as f32);
            100.0 + f32::from(before) * (t - knot).min(0.0) + f32::from(after) * (t - knot).max(0.0)
        };
        let y: Vec<f32> = (0..20).map(|t| if t == gap { f32::NAN } else { line(t) }).collect();
        let ours = outputs(TwoSegment { min_years: MIN_YEARS, n_years: 20, first_year: 2001 }, 20, &[y]);
        prop_near!(ours["year"][0], 2001.0 + knot as f64, 0.0, "year");
        prop_near!(ours["slope_before"][0], f64::from(before), 1e-6, "before");
        prop_near!(ours["slope_after"][0], f64::from(after), 1e-6, "after");
        prop_assert!(ours["p"][0] < 1e-9);
    }
}

/// Whole numbers, in which many years are equal and slopes are fractions that no float holds.
fn whole_numbers() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(
        prop_oneof![9 => (0_u8..12).prop_map(f32::from), 1 => Just(f32::NAN)],
        8..30,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..config() })]

    /// Series after pre-whitening have ties that only exact fractions keep; neither the unit of the series nor its
    /// zero may break them. Every number here is exact in `f32`, but for the slope.
    #[test]
    fn unit_and_zero_of_whole_numbers_change_no_pre_whitened_test(y in whole_numbers(), factor in 2_u8..100, shift in 1_u16..2000) {
        let (factor, shift) = (f32::from(factor), f32::from(shift));
        let slope = sen(&y);
        for (a, b) in [(factor, 0.0), (1.0, shift), (factor, -shift), (-factor, shift)] {
            let other: Vec<f32> = y.iter().map(|y| a * y + b).collect();
            for what in ["z", "p"] {
                let sign = if a < 0.0 && what == "z" { -1.0 } else { 1.0 };
                let pairs = serial(&y, slope, what).into_iter().zip(serial(&other, sen(&other), what));
                for ((name, before), (_, after)) in pairs.filter(|((name, _), _)| name.contains("tfpw") || *name == "prewhitened") {
                    prop_near!(before, sign * after, 0.0, format!("{name} {what}, {a} y + {b}"));
                }
            }
        }
    }
}

/// Knots that explain equally much: the first is taken. The least sums of squares about two lines, least squares in
/// Python's `fractions`: 355/322 with knots in 2006 and 2015, 324/55 with knots in 2004 and 2005.
#[test]
fn of_knots_that_explain_equally_much_the_first_is_taken() {
    let step: Vec<f32> = [[1.0; 10], [2.0; 10]].concat();
    for (y, year) in [
        (step, 2006.0),
        (vec![1.0, 0.0, 1.0, 0.0, 2.0, -1.0, 0.0, 1.0], 2004.0),
    ] {
        for (factor, shift) in [
            (1.0, 0.0),
            (3.0, 0.0),
            (7.0, 1000.0),
            (-1.0, 0.0),
            (37.0, -600.0),
        ] {
            let y: Vec<f32> = y.iter().map(|y| factor * y + shift).collect();
            let kernel = TwoSegment {
                min_years: MIN_YEARS,
                n_years: y.len(),
                first_year: 2001,
            };
            assert_eq!(one(kernel, &y, None, "year"), year, "{factor} y + {shift}");
        }
    }
}

/// S of 20 years without ties is significant at 10, 5 and 1 % from 52, 62 and 82 on
/// (`docs/science/trends.md#mann-kendall`).
#[test]
fn critical_values_of_twenty_years_are_those_of_the_worked_example() {
    // A falling pair for each inversion: the first k values of the reversed order, then the rest.
    let with_s = |s: i32| -> Vec<f32> {
        let mut y: Vec<f32> = (0_u8..20).map(f32::from).collect();
        let mut inversions = (190 - s) / 2;
        for i in 0..20 {
            for j in (i + 1..20).rev() {
                if inversions > 0 && y[j - 1] < y[j] {
                    y.swap(j - 1, j);
                    inversions -= 1;
                }
            }
        }
        y
    };
    for (level, s) in [(0.1, 52), (0.05, 62), (0.01, 82)] {
        let (at, below) = (mann_kendall(&with_s(s)), mann_kendall(&with_s(s - 2)));
        assert_eq!((at["s"], below["s"]), (f64::from(s), f64::from(s - 2)));
        assert!(
            at["p"] < level && below["p"] >= level,
            "{level}: {} {}",
            at["p"],
            below["p"]
        );
    }
}

/// White noise of twenty years: of the forms that keep their level, about one in twenty series is
/// called a trend; with all lags of Yue and Wang most are.
#[test]
fn white_noise_is_seldom_a_trend_but_with_all_lags() {
    let mut random = support::Random(42);
    let n = 400;
    let mut rejected: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..n {
        let y: Vec<f32> = (0..20).map(|_| random.normal() as f32).collect();
        for (name, p) in serial(&y, sen(&y), "p") {
            *rejected.entry(name).or_default() += u32::from(p < 0.05);
        }
    }
    // Four standard errors of 5 % in 400 are 4.4 %.
    for name in ["prewhitened", "yue-wang, 1", "hamed-rao, 1"] {
        assert!(rejected[name] < 38, "{name}: {} of {n}", rejected[name]);
    }
    assert!(
        rejected["yue-wang all"] > 120,
        "{} of {n}",
        rejected["yue-wang all"]
    );
}

/// A chain with these tests of the trend of `npp`, its only input.
fn chain_of(tests: Vec<TrendTest>, years: Years) -> Chain {
    let npp = support::plain_input("npp", Steps::Annual, years);
    let respiration = Gsmsr::new(years, 12, Denominator::default(), &[]);
    let respiration = respiration.expect("published coefficients");
    build(&Recipe {
        trend_of: Some(vec!["npp".to_owned()]),
        tests,
        min_years: MIN_YEARS,
        ..Recipe::new(years, vec![npp], Arc::new(respiration))
    })
    .expect("a chain")
}

/// The files that the manual names for these words.
const FILES: &[(&str, &[&str])] = &[
    (
        "ols",
        &["npp_slope", "npp_intercept", "npp_r2", "npp_p", "npp_class"],
    ),
    (
        "sen",
        &[
            "npp_sen",
            "npp_sen_low",
            "npp_sen_high",
            "npp_sen_intercept",
        ],
    ),
    ("mk", &["npp_mk_s", "npp_mk_z", "npp_mk_p", "npp_mk_tau"]),
    ("lag1", &["npp_lag1"]),
    (
        "mk-prewhitened",
        &["npp_mk_prewhitened_z", "npp_mk_prewhitened_p"],
    ),
    ("mk-tfpw", &["npp_mk_tfpw_z", "npp_mk_tfpw_p"]),
    (
        "mk-tfpw-significant",
        &["npp_mk_tfpw_significant_z", "npp_mk_tfpw_significant_p"],
    ),
    (
        "mk-hamed-rao",
        &["npp_mk_hamed_rao_z", "npp_mk_hamed_rao_p"],
    ),
    ("mk-yue-wang", &["npp_mk_yue_wang_z", "npp_mk_yue_wang_p"]),
    (
        "mk-yue-wang-all",
        &["npp_mk_yue_wang_all_z", "npp_mk_yue_wang_all_p"],
    ),
    ("ols-effective", &["npp_effective_n", "npp_effective_p"]),
    ("pettitt", &["npp_pettitt_year", "npp_pettitt_p"]),
    (
        "mk-sequential",
        &["npp_mk_uf", "npp_mk_ub", "npp_mk_sequential_year"],
    ),
    (
        "two-segment",
        &[
            "npp_segment_year",
            "npp_segment_slope_before",
            "npp_segment_slope_after",
            "npp_segment_p",
        ],
    ),
    ("hurst", &["npp_hurst", "npp_hurst_null", "npp_hurst_p"]),
];

/// Each word makes the files that the manual names, and no other word's. A word that is not in the
/// list above makes files of its own, named after the series.
#[test]
fn every_word_makes_its_files() {
    let common = ["maps/npp_mean", "maps/npp_cv", "maps/npp_n", "maps/flags"];
    let mut made_by: BTreeMap<String, &str> = BTreeMap::new();
    for (word, test) in TrendTest::WORDS {
        let files = chain_of(vec![*test], years(20)).files.into_iter();
        let files: Vec<String> = files
            .map(|file| file.path)
            .filter(|path| !common.contains(&path.as_str()))
            .collect();
        assert!(!files.is_empty(), "{word} makes no file");
        for file in &files {
            let name = file.rsplit('/').next().expect("a name");
            assert!(name.starts_with("npp_"), "{word}: {file}");
            assert_eq!(made_by.insert(file.clone(), word), None, "{word}: {file}");
        }
        let folder = |name: &str| {
            if name.ends_with("_uf") || name.ends_with("_ub") {
                "stacks"
            } else {
                "maps"
            }
        };
        if let Some((_, names)) = FILES.iter().find(|(known, _)| known == word) {
            let named: Vec<String> = names
                .iter()
                .map(|name| format!("{}/{name}", folder(name)))
                .collect();
            assert_eq!(files, named, "{word}");
        }
    }
    for (word, _) in FILES {
        assert!(TrendTest::WORDS.iter().any(|(known, _)| known == word));
    }
}

/// Series of 24 years in which some are missing; in every second one many values are equal.
fn series_with_gaps_and_ties(count: usize) -> Vec<Vec<f32>> {
    let mut random = support::Random(7);
    let mut value = |i: usize| {
        let x = 8.0 * random.normal();
        let value = if i.is_multiple_of(2) {
            (64.0 * x).round() / 64.0
        } else {
            (x / 8.0).round()
        };
        if random.uniform() < 0.15 {
            f32::NAN
        } else {
            value as f32
        }
    };
    (0..count)
        .map(|i| (0..24).map(|_| value(i)).collect())
        .collect()
}

/// Whatever tests the registry has: a p is a probability; a factor of 4, which is exact in binary,
/// changes an output by what its unit says; and fewer valid years than a pixel needs give nothing.
#[test]
fn every_test_of_the_registry_keeps_the_laws_of_tests() {
    let tests = TrendTest::WORDS.iter().map(|(_, test)| *test).collect();
    let chain = Arc::new(chain_of(tests, years(24)).returning_everything());
    let series = series_with_gaps_and_ties(60);
    let scaled = series.iter().map(|y| y.iter().map(|y| 4.0 * y).collect());
    let short = series.iter().map(|y| {
        let mut left = MIN_YEARS;
        let keep = |y: &f32| {
            left = left.saturating_sub(u32::from(!y.is_nan()));
            if left == 0 { f32::NAN } else { *y }
        };
        y.iter().map(keep).collect()
    });
    let pixels: Vec<Vec<f32>> = series.iter().cloned().chain(scaled).chain(short).collect();
    let by_step = (0..24).flat_map(|step| pixels.iter().map(move |y| y[step]));
    let stored = [Stored::F32(by_step.collect())];
    let layers = CpuEngine::new(Arc::clone(&chain)).compute(&stored, pixels.len());
    for stage in &chain.stages {
        for (port, &layer) in stage.kernel.outputs().iter().zip(&stage.outputs) {
            let name = &chain.layers[layer].name;
            if port.info.description.is_none() {
                continue;
            }
            let factor = match port.info.unit {
                UnitRule::One | UnitRule::Is(_) | UnitRule::Quotient(..) => 1.0,
                UnitRule::OfInput(_) | UnitRule::PerYear(_) | UnitRule::AnnualSum(_) => 4.0,
            };
            for of_step in layers[layer].chunks_exact(pixels.len()) {
                let [plain, scaled, short] = [0, 1, 2].map(|i| &of_step[60 * i..60 * (i + 1)]);
                for (a, b) in plain.iter().zip(scaled) {
                    let (a, b) = (f64::from(factor * a), f64::from(*b));
                    assert!(near(a, b, 0.0), "{name}: {a:e} becomes {b:e}");
                }
                if port.name == "p" {
                    let is_share = |p: &f32| p.is_nan() || (0.0..=1.0).contains(p);
                    assert!(plain.iter().all(is_share), "{name}");
                }
                // The count of valid years is there for every pixel.
                assert!(
                    name == "npp_n" || short.iter().all(|x| x.is_nan()),
                    "{name} of too few years"
                );
            }
        }
    }
}

/// A line stored in `f32` is off by how numbers are stored, which is no persistence: its correlation is missing, and the tests that
/// correct for one correct nothing.
#[test]
fn a_line_that_is_stored_has_no_persistence() {
    let n_years = 20;
    for (start, step) in [
        (700.0, 0.1),
        (1500.0, -0.3),
        (-40.0, 0.7),
        (0.1, 1e-4),
        (3e4, 0.01),
    ] {
        let y: Vec<f32> = (0..n_years)
            .map(|t| (start + step * f64::from(t)) as f32)
            .collect();
        let n_years = y.len();
        let slope = sen(&y);
        let plain = mann_kendall(&y);
        let min_years = MIN_YEARS;
        let r = one(Lag1 { min_years, n_years }, &y, Some(slope), "r");
        assert!(r.is_nan(), "{start} {step}: r {r}");
        let effective = one(
            OlsEffective {
                min_years: 5,
                n_years,
            },
            &y,
            None,
            "n",
        );
        assert!(effective.is_nan(), "{start} {step}: {effective} years");
        let yue_wang = MkYueWang {
            min_years,
            n_years,
            all_lags: false,
            min_factor: 0.0,
        };
        let hamed_rao = MkHamedRao {
            min_years,
            n_years,
            min_factor: 0.0,
        };
        let z = one(yue_wang, &y, Some(slope), "z");
        assert!((z - plain["z"]).abs() < 1e-6, "{start} {step}: z {z}");
        let z = one(hamed_rao, &y, Some(slope), "z");
        assert!((z - plain["z"]).abs() < 1e-6, "{start} {step}: z {z}");
    }
    // A departure of a few steps of f32 is more than how numbers are stored.
    let y: Vec<f32> = (0..n_years)
        .map(|t| (700.0 + 0.1 * f64::from(t) + if t % 4 < 2 { 4e-4 } else { -4e-4 }) as f32)
        .collect();
    let n_years = y.len();
    let slope = sen(&y);
    let min_years = MIN_YEARS;
    let r = one(Lag1 { min_years, n_years }, &y, Some(slope), "r");
    assert!(r.is_finite() && r.abs() < 0.3, "r {r}");
}
