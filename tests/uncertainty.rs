//! Ensembles of models and Monte Carlo over coefficients: the same draws as numbers made outside, the same spread on
//! the GPU, and tables that agree with the maps.
#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "layers are f32, draws are few"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use doline::calendar::{Steps, Years};
use doline::chain::{Chain, ChainError, Draws, Ensemble, Recipe, build};
use doline::engines::cpu::CpuEngine;
use doline::kernels::coefficients::Constraint;
use doline::kernels::draws::{Distribution, draw, normal_quantile};
use doline::kernels::models::{ModelEntry, Settings, heterotrophic, soil_respiration};
use doline::kernels::twin::Kernel;
use doline::run::{RunOptions, run};
use doline::study::Study;
use doline::tile::{InputSpec, Stored};
use serde_json::Value;

const YEARS: Years = Years {
    first: 2001,
    last: 2006,
};

fn golden(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    let golden: Value = serde_json::from_str(&text).expect(&path);
    golden["cases"].as_array().expect("cases").clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|x| x.as_f64().unwrap_or(f64::NAN))
        .collect()
}

fn distribution(of: &Value) -> Distribution {
    let [first, second] = ["first", "second"].map(|name| of[name].as_f64().expect(name));
    if of["distribution"] == "normal" {
        Distribution::Normal {
            mean: first,
            sd: second,
        }
    } else {
        Distribution::Uniform {
            low: first,
            high: second,
        }
    }
}

#[test]
fn draws_are_those_of_an_outside_generator() {
    for case in golden("draws") {
        let params = &case["params"];
        let must = match params["must"].as_str() {
            Some("positive") => Constraint::BePositive,
            Some("share") => Constraint::BeAShare,
            _ => Constraint::BeFinite,
        };
        let (name, seed) = (
            params["name"].as_str().expect("name"),
            params["seed"].as_u64().expect("seed"),
        );
        for (number, expected) in (1..).zip(numbers(&case["expected"]["values"])) {
            let ours =
                draw(distribution(params), must, seed, name, number).expect("a sensible value");
            assert!(
                (ours - expected).abs() <= 4e-15 * expected.abs().max(1.0),
                "{name} {number}: {ours} {expected}"
            );
        }
    }
}

#[test]
fn normal_draws_have_the_moments_of_a_normal() {
    let of = |number| {
        draw(
            Distribution::Normal { mean: 3.0, sd: 0.5 },
            Constraint::BeFinite,
            11,
            "x",
            number,
        )
        .expect("any number is finite")
    };
    let n = 20_000;
    let draws: Vec<f64> = (1..=n).map(of).collect();
    let mean = draws.iter().sum::<f64>() / n as f64;
    let sd = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    // Five standard errors.
    assert!((mean - 3.0).abs() < 5.0 * 0.5 / (n as f64).sqrt(), "{mean}");
    assert!(
        (sd - 0.5).abs() < 5.0 * 0.5 / (2.0 * n as f64).sqrt(),
        "{sd}"
    );
    assert_eq!(normal_quantile(0.5), 0.0);
    assert!(
        draw(
            Distribution::Normal {
                mean: -9.0,
                sd: 0.1
            },
            Constraint::BePositive,
            1,
            "K",
            1
        )
        .is_none()
    );
}

fn input(name: &str) -> InputSpec {
    let steps = match name {
        "npp" => Steps::Annual,
        "soc" => Steps::Static,
        _ => Steps::Monthly,
    };
    support::plain_input(name, steps, YEARS)
}

fn inputs(names: &[&str]) -> Vec<InputSpec> {
    names.iter().map(|name| input(name)).collect()
}

/// A model with the values of its row but for `overrides`.
fn kernel_of(model: ModelEntry, overrides: &[(String, f64)]) -> Arc<dyn Kernel> {
    let stated = [&model.info.example()[..], overrides].concat();
    model.kernel(&Settings::new(YEARS), &stated).expect("valid")
}

fn model(word: &str, overrides: &[(String, f64)]) -> Arc<dyn Kernel> {
    kernel_of(soil_respiration(word).expect(word), overrides)
}

fn law(word: &str, overrides: &[(String, f64)]) -> Arc<dyn Kernel> {
    kernel_of(heterotrophic(word).expect(word), overrides)
}

/// The layer of this name for one pixel, a value a step.
fn layer(chain: &Chain, layers: &[Vec<f32>], name: &str) -> Vec<f64> {
    let place = chain
        .layers
        .iter()
        .position(|layer| layer.name == name)
        .unwrap_or_else(|| panic!("no layer {name}"));
    layers[place].iter().map(|&x| f64::from(x)).collect()
}

fn compute(chain: &Arc<Chain>, value: impl Fn(&str) -> Vec<f32>) -> Vec<Vec<f32>> {
    let stored: Vec<Stored> = chain
        .inputs
        .iter()
        .map(|input| Stored::F32(value(&input.name)))
        .collect();
    CpuEngine::new(Arc::clone(chain)).compute(&stored, 1)
}

#[test]
fn a_monte_carlo_run_gives_the_numbers_of_an_outside_one_with_the_same_draws() {
    for case in golden("monte_carlo") {
        let (params, expected) = (&case["params"], &case["expected"]);
        let count = params["draws"].as_u64().expect("draws");
        let seed = params["seed"].as_u64().expect("seed");
        let value = |name: &str, number: u64| {
            let ours = draw(
                distribution(&params["distributions"][name]),
                Constraint::BeFinite,
                seed,
                name,
                number,
            );
            let theirs = numbers(&params["drawn"][name])[number as usize - 1];
            let ours = ours.expect("finite");
            assert!((ours - theirs).abs() <= 4e-15, "{name} {number}");
            ours
        };
        let of = |prefix: &str, symbols: [&str; 2], number| {
            symbols
                .map(|symbol| {
                    (
                        symbol.to_owned(),
                        value(&format!("{prefix}.{symbol}"), number),
                    )
                })
                .to_vec()
        };
        let draws = Draws {
            respiration: (1..=count)
                .map(|d| model("gsmsr", &of("gsmsr", ["R0", "M"], d)))
                .collect(),
            heterotrophic: (1..=count)
                .map(|d| {
                    law(
                        "bond-lamberty-2004",
                        &of("bond-lamberty-2004", ["intercept", "slope"], d),
                    )
                })
                .collect(),
        };
        let all = inputs(&["npp", "temperature", "precipitation", "soc"]);
        let recipe = Recipe {
            draws: Some(draws),
            min_years: 5,
            ..Recipe::new(YEARS, all, model("gsmsr", &[]))
        };
        let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
        let layers = compute(&chain, |name| {
            numbers(&case["inputs"][name])
                .into_iter()
                .map(|x| x as f32)
                .collect()
        });
        // Rs and Rh stand between the kernels as f32: a few 6e-8 of some 900 gC.
        let close = |what: &str, ours: f64, theirs: f64, allowed: f64| {
            assert!(
                (ours - theirs).abs() <= allowed,
                "{} {what}: {ours}, expected {theirs}",
                case["name"]
            );
        };
        for (ours, theirs) in layer(&chain, &layers, "nep_draws")
            .into_iter()
            .zip(numbers(&expected["draws"]))
        {
            close("draw", ours, theirs, 2e-4);
        }
        let only = |name: &str| layer(&chain, &layers, name)[0];
        close(
            "mean",
            only("nep_uncertainty_mean"),
            expected["mean"].as_f64().expect("mean"),
            2e-4,
        );
        close(
            "sd",
            only("nep_uncertainty_sd"),
            expected["sd"].as_f64().expect("sd"),
            2e-4,
        );
        close(
            "p_sink",
            only("nep_uncertainty_p_sink"),
            expected["p_sink"].as_f64().expect("p_sink"),
            1e-7,
        );
    }
}

/// Rh is linear in the fraction, so NEP is normal where the fraction is: mean NPP - 0.6 Rs, sd 0.05 Rs.
#[test]
fn a_linear_law_gives_the_mean_and_the_spread_of_its_coefficient() {
    let n = 400;
    let of = |number| {
        let normal = Distribution::Normal {
            mean: 0.6,
            sd: 0.05,
        };
        draw(normal, Constraint::BeAShare, 3, "fraction.fraction", number).expect("a share")
    };
    let fractions: Vec<f64> = (1..=n).map(of).collect();
    let laws = fractions
        .iter()
        .map(|&f| law("fraction", &[("fraction".to_owned(), f)]))
        .collect();
    let recipe = Recipe {
        heterotrophic: law("fraction", &[("fraction".to_owned(), 0.6)]),
        draws: Some(Draws {
            respiration: Vec::new(),
            heterotrophic: laws,
        }),
        ..Recipe::new(YEARS, inputs(&["npp", "temperature"]), model("q10", &[]))
    };
    let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
    let months = 12 * YEARS.count();
    let layers = compute(&chain, |name| {
        if name == "npp" {
            vec![600.0; YEARS.count()]
        } else {
            vec![15.0; months]
        }
    });
    let rs = layer(&chain, &layers, "rs");
    let rs = rs.iter().sum::<f64>() / rs.len() as f64;
    let count = n as f64;
    let mean = fractions.iter().sum::<f64>() / count;
    let sd = (fractions.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let only = |name: &str| layer(&chain, &layers, name)[0];
    let [nep_mean, nep_sd] = ["nep_uncertainty_mean", "nep_uncertainty_sd"].map(only);
    assert!((nep_mean - (600.0 - mean * rs)).abs() < 1e-3, "{nep_mean}");
    assert!((nep_sd - sd * rs).abs() < 1e-3, "{nep_sd}");
    // Of the distribution itself, within four standard errors.
    assert!(
        (nep_mean - (600.0 - 0.6 * rs)).abs() < 4.0 * 0.05 * rs / count.sqrt(),
        "{nep_mean}"
    );
    assert!(
        (nep_sd / (0.05 * rs) - 1.0).abs() < 4.0 / (2.0 * count).sqrt(),
        "{nep_sd}"
    );
    // Not a stage of Rs was computed again: the fraction alone is uncertain.
    let label = |what: &str| {
        chain
            .stages
            .iter()
            .filter(|stage| stage.label.starts_with(what))
            .count()
    };
    assert_eq!(
        [label("q10"), label("fixed_fraction"), label("nep_mean")],
        [1, n as usize + 1, n as usize]
    );
}

#[test]
fn too_few_years_are_missing_and_a_study_without_the_table_is_as_before() {
    let plain = Recipe::new(YEARS, inputs(&["npp", "temperature"]), model("q10", &[]));
    let before = build(&plain).expect("a chain");
    assert!(
        !before
            .files
            .iter()
            .any(|file| file.path.contains("uncertainty") || file.path.contains("ensemble"))
    );
    assert!(before.samples.is_empty() && before.stages.iter().all(|stage| stage.first_step == 0));
    let laws = [0.5, 0.6, 0.7]
        .map(|f| law("fraction", &[("fraction".to_owned(), f)]))
        .to_vec();
    let draws = Some(Draws {
        respiration: Vec::new(),
        heterotrophic: laws,
    });
    let chain = Arc::new(
        build(&Recipe { draws, ..plain })
            .expect("a chain")
            .returning_everything(),
    );
    let gappy: Vec<f32> = vec![600.0, f32::NAN, f32::NAN, 600.0, 600.0, 600.0];
    let months = 12 * YEARS.count();
    for (npp, is_missing) in [(gappy, true), (vec![600.0; 6], false)] {
        let layers = compute(&chain, |name| {
            if name == "npp" {
                npp.clone()
            } else {
                vec![15.0; months]
            }
        });
        for name in [
            "nep_uncertainty_mean",
            "nep_uncertainty_sd",
            "nep_uncertainty_p_sink",
        ] {
            assert_eq!(
                layer(&chain, &layers, name)[0].is_nan(),
                is_missing,
                "{name}"
            );
        }
    }
}

fn pairs(models: &[&str], rh_models: &[&str]) -> Ensemble {
    Ensemble {
        models: models
            .iter()
            .map(|word| ((*word).to_owned(), model(word, &[])))
            .collect(),
        rh_models: rh_models
            .iter()
            .map(|word| ((*word).to_owned(), law(word, &[])))
            .collect(),
        rh_models_of_years: Vec::new(),
    }
}

#[test]
fn an_ensemble_has_every_pair_that_the_inputs_allow() {
    let recipe = |names: &[&str], ensemble| Recipe {
        ensemble: Some(ensemble),
        ..Recipe::new(YEARS, inputs(names), model("raich-2002", &[]))
    };
    let all = ["npp", "temperature", "precipitation", "soc"];
    let of = |names: &[&str]| {
        build(&recipe(
            names,
            pairs(&["gsmsr", "raich-2002"], &["subke-2006", "pei", "fraction"]),
        ))
    };
    let chain = of(&all).expect("a chain");
    // Pei goes without soil respiration, so it is one member and not two.
    assert_eq!(chain.samples[0].members.len(), 5);
    let chain = of(&all[..3]).expect("a chain");
    assert_eq!(chain.samples[0].members.len(), 3, "gsmsr lacks soil carbon");
    for pair in [
        ["raich-2002", "subke-2006"],
        ["", "pei"],
        ["raich-2002", "fraction"],
    ] {
        assert!(
            chain.samples[0].members.contains(&pair.map(str::to_owned)),
            "{pair:?}"
        );
    }
    let chain = Arc::new(chain.returning_everything());
    let months = 12 * YEARS.count();
    let layers = compute(&chain, |name| match name {
        "npp" => vec![700.0; YEARS.count()],
        "temperature" => vec![16.0; months],
        _ => vec![90.0; months],
    });
    let members = layer(&chain, &layers, "nep_members");
    let only = |name: &str| layer(&chain, &layers, &format!("nep_ensemble_{name}"))[0];
    let mean = members.iter().sum::<f64>() / 3.0;
    let sd = (members.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    assert!(
        (only("mean") - mean).abs() < 1e-4 && (only("sd") - sd).abs() < 1e-4,
        "{members:?}"
    );
    assert_eq!(
        only("min"),
        members.iter().copied().fold(f64::INFINITY, f64::min)
    );
    assert_eq!(
        only("max"),
        members.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    );
    assert_eq!(only("n"), 3.0);
    let alone = build(&recipe(
        &all[..3],
        pairs(&["gsmsr", "raich-2002"], &["subke-2006"]),
    ));
    assert!(
        matches!(alone, Err(ChainError::Ensemble { .. })),
        "{alone:?}"
    );
    let without = build(&recipe(
        &all[1..],
        pairs(&["gsmsr", "raich-2002"], &["subke-2006"]),
    ));
    assert!(
        matches!(without, Err(ChainError::LacksInput { .. })),
        "{without:?}"
    );
}

/// The sample study with more tables, run into `out`.
fn run_sample(more: &str, overrides: &[&str], out: &Path) -> doline::run::RunRecord {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let text = std::fs::read_to_string(folder.join("study.toml")).expect("the sample");
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let study =
        Study::from_str(&format!("{text}\n{more}\n"), &folder, &overrides).expect("a study");
    let options = RunOptions {
        out: Some(out.to_owned()),
        device: Some(doline::study::Device::Cpu),
        ..RunOptions::default()
    };
    run(&study, &options, &AtomicBool::new(false), &mut |_| {}).expect("a run")
}

fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut rows = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    (rows.next().expect("a head"), rows.collect())
}

#[test]
fn the_tables_of_a_run_agree_with_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let uncertainty = "[uncertainty]\ndraws = 12\nseed = 5\n[uncertainty.parameters]\nR0 = { sd = 0.06 }\n\
                       M = { range = [0.1, 0.13] }\nslope = { relative_sd = 0.02 }";
    let ensemble = "respiration.ensemble={ models = [\"gsmsr\", \"raich-2002\"], heterotrophic = [\"subke-2006\", { fraction = 0.6 }] }";
    let record = run_sample(uncertainty, &[ensemble], folder.path());
    let (head, rows) = table(&folder.path().join("tables/uncertainty_draws.csv"));
    assert_eq!(
        head,
        [
            "draw",
            "gsmsr.R0",
            "gsmsr.M",
            "bond-lamberty-2004.slope",
            "nep_mean"
        ]
    );
    assert_eq!(rows.len(), 12);
    let column = |name: &str| -> Vec<f64> {
        let place = head.iter().position(|h| h == name).expect(name);
        rows.iter()
            .map(|row| row[place].parse().expect("a number"))
            .collect()
    };
    assert!(column("gsmsr.M").iter().all(|m| (0.1..0.13).contains(m)));
    let means = column("nep_mean");
    let mean = means.iter().sum::<f64>() / 12.0;
    let sd = (means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 11.0).sqrt();
    let (head, rows) = table(&folder.path().join("tables/uncertainty.csv"));
    let of = |name: &str| {
        rows[0][head.iter().position(|h| h == name).expect(name)]
            .parse::<f64>()
            .expect("a number")
    };
    assert!(
        (of("mean") - mean).abs() < 1e-9 && (of("sd") - sd).abs() < 1e-9 && of("draws") == 12.0
    );
    assert!(
        of("p5") < of("mean") && of("mean") < of("p95") && sd > 1.0,
        "{rows:?}"
    );
    assert!((0.0..=1.0).contains(&of("p_sink")) && of("pixels") > 100.0);
    let (_, rows) = table(&folder.path().join("tables/ensemble.csv"));
    let pairs: Vec<[&str; 2]> = rows
        .iter()
        .map(|row| [row[2].as_str(), row[3].as_str()])
        .collect();
    let expected = [
        ["gsmsr", "subke-2006"],
        ["raich-2002", "subke-2006"],
        ["gsmsr", "fraction 0.6"],
        ["raich-2002", "fraction 0.6"],
    ];
    assert_eq!(pairs, expected);
    for map in [
        "uncertainty_mean",
        "uncertainty_sd",
        "uncertainty_p_sink",
        "ensemble_mean",
        "ensemble_sd",
        "ensemble_n",
    ] {
        assert!(
            folder.path().join(format!("maps/nep_{map}.tif")).is_file(),
            "{map}"
        );
    }
    assert!(
        record.to_json().contains("nep_mean of nep_draws, 12 times"),
        "stages are counted, not listed"
    );
    assert_eq!(record.coefficients.get("gsmsr.K"), Some(&5.657));
    assert_eq!(
        record.coefficients.get("bond-lamberty-2004.slope"),
        Some(&0.73)
    );
}

/// `respiration.days` is of months: what a model of years gives does not change with it, whatever the law and whether
/// alone or as a member of an ensemble.
#[test]
fn the_power_law_after_a_model_of_years_has_the_days_of_the_calendar() {
    let folder = tempfile::tempdir().expect("a folder");
    let ensemble = "respiration.ensemble={ models = [\"gsmsr\", \"tpc\"], heterotrophic = [\"power\", \"subke-2006\"] }";
    let means = |days: &str| {
        let days = format!("respiration.days=\"{days}\"");
        let layers = "output.layers=[\"nep_ensemble_mean\", \"rs\", \"rh\"]";
        run_sample(
            "",
            &[
                "respiration.model=tpc",
                "respiration.parameters={ F = 1.55, Q = 0.031, K = 0.68, C = 2.23 }",
                "respiration.heterotrophic=power",
                &days,
                ensemble,
                layers,
            ],
            folder.path(),
        );
        let (_, rows) = table(&folder.path().join("tables/ensemble.csv"));
        let of = |model: &str, law: &str| {
            rows.iter()
                .find(|row| row[2] == model && row[3] == law)
                .expect("a pair")[4..]
                .to_vec()
        };
        [
            of("tpc", "power"),
            of("gsmsr", "power"),
            of("gsmsr", "subke-2006"),
        ]
    };
    let [tpc, gsmsr, subke] = means("calendar");
    let [tpc_30, gsmsr_30, subke_30] = means("30");
    assert_eq!(tpc, tpc_30);
    assert_ne!(gsmsr, gsmsr_30);
    assert_ne!(subke, subke_30);
    let read = |name: &str| {
        doline::sinks::RasterRead::open(&folder.path().join(format!("stacks/{name}.tif")))
            .expect(name)
    };
    let (rs, rh) = (read("rs"), read("rh"));
    let mut n = 0;
    for (year, (rs, rh)) in (2001..).zip(rs.values.iter().zip(&rh.values)) {
        let days = if year % 4 == 0 { 366.0 } else { 365.0 };
        for (rs, rh) in rs.iter().zip(rh).filter(|(rs, _)| !rs.is_nan()) {
            // The formula of the law, in gC m-2 d-1.
            let expected = 0.6163 * (rs / days).powf(0.7918) * days;
            assert!(
                (rh / expected - 1.0).abs() < 1e-6,
                "{year}: Rs {rs}, Rh {rh}, not {expected}"
            );
            n += 1;
        }
    }
    assert!(n > 1000, "{n} values");
}

#[test]
fn mistakes_in_uncertain_coefficients_are_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let text = std::fs::read_to_string(folder.join("study.toml")).expect("the sample");
    let told = |more: &str| -> String {
        match Study::from_str(&format!("{text}\n{more}\n"), &folder, &[]) {
            Err(error) => error.to_string(),
            Ok(study) => doline::run::plan(&study, None)
                .map_or_else(|error| error.to_string(), |_| String::new()),
        }
    };
    for (more, words) in [
        (
            "[uncertainty]\ndraws = 20",
            &["uncertainty.parameters", "missing"][..],
        ),
        (
            "[uncertainty]\ndraws = 1\n[uncertainty.parameters]\nR0 = { sd = 0.1 }",
            &["uncertainty.draws", "2 to 2000"],
        ),
        (
            "[uncertainty.parameters]\nR0 = { sd = 0.0 }",
            &["uncertainty.parameters.R0.sd", "above 0"],
        ),
        (
            "[uncertainty.parameters]\nR0 = { sdd = 0.1 }",
            &["uncertainty.parameters.R0.sdd", "sd"],
        ),
        (
            "[uncertainty.parameters]\nR0 = 0.1",
            &["uncertainty.parameters.R0", "a table"],
        ),
        (
            "[uncertainty.parameters]\nR0 = { sd = 0.1, range = [0.0, 1.0] }",
            &["one distribution"],
        ),
        (
            "[uncertainty.parameters]\nR0 = { range = [1.0, 0.0] }",
            &["least value first"],
        ),
        (
            "[uncertainty.parameters]\nR9 = { sd = 0.1 }",
            &["uncertainty.parameters", "R9", "R0", "intercept"],
        ),
        (
            "[uncertainty.parameters]\nR0 = { sd = 0.1 }\ngsmsr.R0 = { sd = 0.1 }",
            &["named already"],
        ),
        (
            "[uncertainty.parameters]\nK = { range = [-2.0, -1.0] }",
            &["K of gsmsr", "positive"],
        ),
        (
            "[uncertainty.parameters]\nfraction = { sd = 0.1 }",
            &["has no coefficient \"fraction\""],
        ),
    ] {
        let message = told(more);
        for word in words {
            assert!(message.contains(word), "{more}: {message:?} lacks {word:?}");
        }
    }
    // A value that makes no sense without a draw is not one of the draws.
    let (draws, wrong) = (
        "[uncertainty.parameters]\nR0 = { sd = 0.1 }",
        "respiration.parameters.K=-5".to_owned(),
    );
    let study = Study::from_str(&format!("{text}\n{draws}\n"), &folder, &[wrong]).expect("a study");
    let message =
        doline::run::plan(&study, None).map_or_else(|error| error.to_string(), |_| String::new());
    assert_eq!(
        message,
        "respiration.parameters: K = -5 of gsmsr must be positive"
    );
    assert_eq!(
        told("[uncertainty.parameters]\nbond-lamberty-2004.slope = { sd = 0.01 }"),
        ""
    );
}

/// Draws and members write one layer one after the other, on the device as on the CPU.
#[cfg(feature = "gpu")]
#[test]
fn the_gpu_gives_the_spread_of_the_cpu() {
    use doline::engines::Engine as _;
    use doline::engines::gpu::{Gpu, GpuEngine};
    use doline::grid::Window;
    use doline::kernels::twin::Precision;
    use doline::synth::{self, SynthOptions};
    use doline::tile::Tile;
    use doline::validate::{Comparison, compare_end_to_end, compare_stages};

    let options = SynthOptions {
        width: 40,
        height: 25,
        ..SynthOptions::default()
    };
    let years = synth::YEARS;
    let settings = Settings::new(years);
    let kernel = |model: bool, word: &str, symbol: &str, factor: f64| {
        let choice = if model {
            soil_respiration(word)
        } else {
            heterotrophic(word)
        }
        .expect(word);
        let mut stated = choice.info.example();
        let (_, value) = stated
            .iter_mut()
            .find(|(name, _)| name == symbol)
            .expect(symbol);
        *value *= factor;
        choice.kernel(&settings, &stated).expect("valid")
    };
    // More than 32, so that the validity bits of a draw go into a second word.
    let factors: Vec<f64> = (0..40).map(|d| 0.8 + 0.01 * f64::from(d)).collect();
    let draws = Draws {
        respiration: factors
            .iter()
            .map(|&f| kernel(true, "gsmsr", "R0", f))
            .collect(),
        heterotrophic: factors
            .iter()
            .map(|&f| kernel(false, "bond-lamberty-2004", "intercept", 2.0 - f))
            .collect(),
    };
    let named = |model, words: [&str; 2], symbol| {
        words
            .map(|word| (word.to_owned(), kernel(model, word, symbol, 1.0)))
            .to_vec()
    };
    let ensemble = Ensemble {
        models: named(true, ["raich-2002", "tpc"], "F"),
        rh_models: named(false, ["subke-2006", "bond-lamberty-2010"], "slope"),
        rh_models_of_years: Vec::new(),
    };
    let recipe = Recipe {
        draws: Some(draws),
        ensemble: Some(ensemble),
        ..Recipe::new(
            years,
            synth::input_specs(&options),
            kernel(true, "gsmsr", "R0", 1.0),
        )
    };
    let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
    let whole = synth::tile(&options, synth::grid(&options).window());
    let place = |name: &str| {
        recipe
            .inputs
            .iter()
            .position(|input| input.name == name)
            .expect("an input")
    };
    let inputs: Vec<Stored> = chain
        .inputs
        .iter()
        .map(|input| whole.inputs[place(&input.name)].clone())
        .collect();
    let n_pixels = whole.window.n_pixels();
    let tile = Tile {
        window: Window {
            row: 0,
            col: 0,
            height: 1,
            width: n_pixels,
        },
        inputs,
        inside: None,
    };
    let reference = CpuEngine::with_precision(Arc::clone(&chain), Precision::Reference)
        .compute(&tile.inputs, n_pixels);
    // A small budget makes slabs of one workgroup.
    let mut gpu = Some(Gpu::open(None).expect("an adapter"));
    for memory in [1, 1 << 28] {
        let mut engine =
            GpuEngine::without_recheck(gpu.take().expect("a device"), Arc::clone(&chain), memory)
                .expect("an engine");
        let layers = engine.run(&tile).expect("a tile").layers;
        gpu = Some(engine.into_gpu());
        let stages = compare_stages(&chain, &tile.inputs, &layers, n_pixels);
        let wrong: Vec<&Comparison> = stages.iter().filter(|c| !c.agrees()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let of = |name: &str| {
            stages
                .iter()
                .filter(|c| c.layer == name)
                .map(|c| c.n_compared)
                .sum::<u64>()
        };
        assert!(
            of("nep_members") > 3000 && of("nep_draws") > 500 && of("draw_rs") > 10_000,
            "{}",
            of("nep_draws")
        );
        let end_to_end = compare_end_to_end(&chain, &tile.inputs, &layers, &reference, n_pixels);
        let ours = end_to_end
            .iter()
            .filter(|c| c.layer.contains("uncertainty") || c.layer.contains("ensemble"));
        let wrong: Vec<&Comparison> = ours.filter(|c| !c.agrees()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        // Each draw, not the last alone.
        let draws = chain
            .layers
            .iter()
            .position(|layer| layer.name == "nep_draws")
            .expect("draws");
        for (ours, theirs) in layers[draws].iter().zip(&reference[draws]) {
            assert_eq!(ours.is_nan(), theirs.is_nan());
            assert!(
                theirs.is_nan() || (ours - theirs).abs() < 0.01,
                "{ours} {theirs}"
            );
        }
    }
}
