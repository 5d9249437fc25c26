//! Every twin against numbers from outside this repository (`tests/golden/*.json`, made by scipy,
//! statsmodels, pingouin and mpmath with `make_golden.py`).
//!
//! Layers are `f32`, so a value may differ by its rounding, 6e-8; the twins themselves are `f64`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "layers are f32, years few"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::engines::cpu::CpuEngine;
use doline::kernels::carbon::Nep;
use doline::kernels::lib::tails::{f_p_value, t_p_value};
use doline::kernels::models::{Settings, rh_models, rs_models};
use doline::kernels::parameters::{Parameter, Parameters};
use doline::kernels::port::Port;
use doline::kernels::registry::{self, Example};
use doline::kernels::settings::{DaysOfMonth, Denominator, PowerUnit};
use doline::kernels::twin::{Kernel, Precision};
use doline::tile::{Geometry, InputSpec, Stored};
use serde_json::Value;

fn golden(kernel: &str) -> Value {
    let path = format!("{}/tests/golden/{kernel}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).expect(&path)
}

/// A list of numbers and nulls, or a single one.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items
            .iter()
            .map(|x| x.as_f64().unwrap_or(f64::NAN))
            .collect(),
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}

fn whole(params: &Value, name: &str) -> u32 {
    params[name]
        .as_u64()
        .and_then(|x| u32::try_from(x).ok())
        .unwrap_or_else(|| panic!("{name} in {params}"))
}

/// A model of respiration, the row that the case names, with the case's coefficients, each of which must be there.
fn model_of(name: &str, params: &Value, years: Years) -> Option<Arc<dyn Kernel>> {
    let defaults = Settings::new(years);
    let settings = Settings {
        min_months: params
            .get("min_months")
            .map_or(12, |_| whole(params, "min_months")),
        days: if params["days_of_month"] == "30" {
            DaysOfMonth::Thirty
        } else {
            DaysOfMonth::Calendar
        },
        denominator: if params["denominator"] == "K+P+P0" {
            Denominator::KPlusPPlusP0
        } else {
            Denominator::PPlusK
        },
        power_unit: if params["unit"] == "kgC m-2 yr-1" {
            PowerUnit::KilogramsAYear
        } else {
            PowerUnit::GramsADay
        },
        ..defaults
    };
    let row = params["model"].as_str();
    let mut models = rs_models().chain(rh_models());
    let model = models.find(|model| {
        let example = model.kernel(&defaults, &model.info.example());
        let is_its_kernel = example.expect("a valid example").spec().name == name;
        is_its_kernel && row.is_none_or(|row| row == model.word())
    })?;
    let coefficients = model.info.coefficients.iter();
    let coefficients: Vec<(String, f64)> = coefficients
        .map(|c| {
            (
                c.symbol.to_owned(),
                params[c.symbol].as_f64().expect(c.symbol),
            )
        })
        .collect();
    Some(model.kernel(&settings, &coefficients).expect("valid"))
}

/// The parameters of a case by their names, and those that follow from its inputs.
fn parameters_of(params: &Value, years: Years, n_inputs: usize) -> Parameters {
    // A case of members has a step for each, and one of drivers an input for each beside the response.
    let given = Parameters::new(years)
        .with("n_members", years.count())
        .with("n_predictors", n_inputs.saturating_sub(1))
        .with("is_static", true);
    let named = params.as_object().expect("params").iter();
    named.fold(given, |all, (name, value)| match value {
        Value::Number(number) => all.with(name, number.as_f64().expect(name)),
        Value::Bool(flag) => all.with(name, *flag),
        Value::Array(rows) if rows.iter().any(Value::is_array) => {
            let rows = rows.iter().map(numbers).collect();
            all.with(name, Parameter::Rows(rows))
        }
        Value::Array(_) => all.with(name, Parameter::List(numbers(value))),
        Value::Null | Value::String(_) | Value::Object(_) => all,
    })
}

/// The kernel of a case, with the case's parameters.
fn kernel_of(name: &str, params: &Value, years: Years, n_inputs: usize) -> Arc<dyn Kernel> {
    if let Some(kernel) = model_of(name, params, years) {
        return kernel;
    }
    let parameters = parameters_of(params, years, n_inputs);
    registry::kernel(name, &parameters)
        .unwrap_or_else(|| panic!("no kernel is called {name}"))
        .expect(name)
}

/// Years of a case: from its first monthly or annual input.
fn years_of(case: &Value, kernel: &str) -> Years {
    let longest = case["inputs"]
        .as_object()
        .expect("inputs")
        .values()
        .map(|v| numbers(v).len())
        .max()
        .unwrap_or(1);
    let any_years = Years {
        first: 2001,
        last: 2004,
    };
    let is_monthly =
        |k: &Arc<dyn Kernel>| k.inputs().iter().any(|port| port.steps == Steps::Monthly);
    let all = registry::all(Example {
        years: any_years,
        ..Example::default()
    });
    let n = if all
        .iter()
        .find(|k| k.spec().name == kernel)
        .is_some_and(is_monthly)
    {
        longest / 12
    } else {
        longest
    };
    let first =
        i32::try_from(case["params"]["first_year"].as_i64().unwrap_or(2001)).expect("a year");
    Years {
        first,
        last: first + i32::try_from(n).expect("few years") - 1,
    }
}

/// Runs a case and compares each output that it names.
fn check_case(kernel_name: &str, case: &Value, precision: Precision) {
    let name = case["name"].as_str().expect("name");
    let years = years_of(case, kernel_name);
    let inputs = case["inputs"].as_object().expect("inputs");
    let kernel = kernel_of(kernel_name, &case["params"], years, inputs.len());
    let ports = kernel.inputs();
    let spec = |port: &Port| InputSpec {
        geometry: port.geometry,
        ..support::plain_input(&port.name, port.steps, years)
    };
    let specs = ports.iter().map(spec).collect();
    // Nine equal pixels, so that eight lanes and a rest are run.
    let n_pixels = if precision == Precision::Lanes { 9 } else { 1 };
    let stored: Vec<Stored> = ports
        .iter()
        .map(|port| {
            let series = numbers(&inputs[&port.name]);
            // Cells are there once, whatever the number of pixels.
            let n_pixels = if let Geometry::SourceGrid { .. } = port.geometry {
                1
            } else {
                n_pixels
            };
            Stored::F32(
                series
                    .iter()
                    .flat_map(|&x| std::iter::repeat_n(x as f32, n_pixels))
                    .collect(),
            )
        })
        .collect();
    let chain = Arc::new(support::chain_with_inputs(&kernel, years, specs));
    let layers =
        CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&stored, n_pixels);
    for (output, expected) in case["expected"].as_object().expect("expected") {
        let port = kernel
            .outputs()
            .iter()
            .position(|port| port.name == *output);
        let Some(port) = port else {
            panic!("{kernel_name} has no output {output}")
        };
        for (step, expected) in numbers(expected).into_iter().enumerate() {
            for pixel in 0..n_pixels {
                let ours = f64::from(layers[port][step * n_pixels + pixel]);
                let place = format!("{kernel_name}, case {name}, {output}[{step}], {precision:?}");
                assert_eq!(
                    ours.is_nan(),
                    expected.is_nan(),
                    "{place}: {ours}, expected {expected}"
                );
                let allowed =
                    1.2e-7 * expected.abs() + rounding(case, output) + f64::from(f32::MIN_POSITIVE);
                let differs = !expected.is_nan() && (ours - expected).abs() > allowed;
                assert!(
                    !differs,
                    "{place}: {ours}, expected {expected}, allowed {allowed:e}"
                );
            }
        }
    }
}

/// What is left of f64 where an output is a small difference of large values.
fn rounding(case: &Value, output: &str) -> f64 {
    let largest = case["inputs"]
        .as_object()
        .expect("inputs")
        .values()
        .flat_map(numbers)
        .filter(|x| !x.is_nan());
    let largest = largest.fold(0.0, |most: f64, x| most.max(x.abs()));
    // Correlations, exponents and curves of order 1 that may be near 0.
    let of_order_one = ["r", "h", "uf", "ub"].contains(&output);
    if of_order_one
        || output.starts_with("partial")
        || output.starts_with("beta")
        || output.starts_with("r2")
    {
        1e-9
    } else if output == "intercept" && case["expected"].get("low").is_some() {
        // The line of Theil and Sen has the slope of its layer, which is f32: 6e-8 of it, times the years.
        let slope = case["expected"]["slope"].as_f64().unwrap_or(0.0).abs();
        6e-8 * slope
            * case["inputs"]["y"]
                .as_array()
                .map_or(0.0, |y| y.len() as f64)
    } else if output.starts_with("slope")
        || ["observed", "climate", "human"].contains(&output)
        || output == "intercept"
        || output.starts_with("coef")
        || output == "nep"
        || output == "sum"
    {
        1e-12 * largest
    } else {
        0.0
    }
}

#[test]
fn twins_give_the_numbers_of_outside_implementations() {
    for kernel in registry::all(Example::default()) {
        let name = kernel.spec().name;
        let golden = golden(name);
        let cases = golden["cases"].as_array().expect("cases");
        assert!(cases.len() >= 8, "{name} has only {} cases", cases.len());
        for case in cases {
            check_case(name, case, Precision::Reference);
            check_case(name, case, Precision::Lanes);
        }
    }
}

#[test]
fn every_kernel_has_golden_numbers_and_every_file_a_reader() {
    let folder = format!("{}/tests/golden", env!("CARGO_MANIFEST_DIR"));
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("golden folder")
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_suffix(".json")
                .map(str::to_owned)
        })
        .collect();
    let mut read: BTreeSet<String> = registry::all(Example::default())
        .iter()
        .map(|k| k.spec().name.to_owned())
        .collect();
    read.extend(
        [
            "tails",
            "series_trend",
            "chain",
            "draws",
            "monte_carlo",
            "false_discovery",
            "calibration",
            // Read by tests of the modules for places and periods.
            "places_stages",
            "places_geodetector",
            "places_sites",
            "places_zones",
            "places_measures",
        ]
        .map(str::to_owned),
    );
    assert_eq!(files, read);
}

#[test]
fn tails_are_right_to_1e_9_down_to_1e_30() {
    for case in golden("tails")["cases"].as_array().expect("cases") {
        let (params, inputs) = (&case["params"], &case["inputs"]);
        let expected = numbers(&case["expected"]["p"])[0];
        let ours = if inputs.get("t").is_some() {
            t_p_value(numbers(&inputs["t"])[0], whole(params, "df") as usize)
        } else {
            let degrees = ["d1", "d2"].map(|d| whole(params, d) as usize);
            f_p_value(numbers(&inputs["f"])[0], degrees[0], degrees[1])
        };
        assert!(
            (ours - expected).abs() <= 1e-9 * expected,
            "{}: {ours:e}, expected {expected:e}",
            case["name"]
        );
    }
}

#[test]
fn trends_of_single_series_are_those_of_scipy() {
    for case in golden("series_trend")["cases"].as_array().expect("cases") {
        let series: Vec<Option<f64>> = numbers(&case["inputs"]["y"])
            .into_iter()
            .map(|y| (!y.is_nan()).then_some(y))
            .collect();
        let trend = doline::tables::series_trend::series_trend(
            &series,
            whole(&case["params"], "min_years") as usize,
        );
        let expected = |name: &str| case["expected"][name].as_f64();
        let name = &case["name"];
        let close = |what: &str, ours: Option<f64>| {
            let theirs = expected(what);
            assert_eq!(ours.is_some(), theirs.is_some(), "{name} {what}");
            let (ours, theirs) = (ours.unwrap_or(0.0), theirs.unwrap_or(0.0));
            assert!(
                (ours - theirs).abs() <= 1e-9 * theirs.abs() + 1e-15,
                "{name} {what}: {ours} {theirs}"
            );
        };
        close("sen", trend.sen);
        close("mk_z", trend.mk_z);
        close("mk_p", trend.mk_p);
        assert_eq!(trend.mk_s, case["expected"]["mk_s"].as_i64(), "{name}");
    }
}

/// Where a key of `chain.json` stands among the layers of a chain.
fn layer_name(key: &str) -> &str {
    key.strip_prefix("annual_").unwrap_or(key)
}

#[test]
fn the_whole_chain_gives_the_numbers_of_outside_implementations() {
    use doline::chain::{Recipe, build};

    let years = Years {
        first: 2001,
        last: 2020,
    };
    let input = |name: &str, unit: &str, steps| doline::tile::InputSpec {
        unit: unit.to_owned(),
        ..support::plain_input(name, steps, years)
    };
    let inputs = vec![
        input("npp", "gC m-2 yr-1", Steps::Annual),
        input("temperature", "degC", Steps::Monthly),
        input("precipitation", "mm month-1", Steps::Monthly),
        input("radiation", "MJ m-2 month-1", Steps::Monthly),
        input("soc", "kgC m-2", Steps::Static),
    ];
    let mut n_compared = 0;
    for case in golden("chain")["cases"].as_array().expect("cases") {
        let (params, name) = (&case["params"], &case["name"]);
        let recipe = Recipe {
            min_months: whole(params, "min_months"),
            min_years: whole(params, "min_years"),
            ..Recipe::new(years, inputs.clone(), kernel_of("gsmsr", params, years, 0))
        };
        let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
        let stored: Vec<Stored> = chain
            .inputs
            .iter()
            .map(|input| {
                Stored::F32(
                    numbers(&case["inputs"][&input.name])
                        .into_iter()
                        .map(|x| x as f32)
                        .collect(),
                )
            })
            .collect();
        let layers = CpuEngine::new(Arc::clone(&chain)).compute(&stored, 1);
        for (key, expected) in case["expected"].as_object().expect("expected") {
            let place = chain
                .layers
                .iter()
                .position(|layer| layer.name == layer_name(key));
            let place = place.unwrap_or_else(|| panic!("{name}: no layer {key}"));
            for (step, expected) in numbers(expected).into_iter().enumerate() {
                let ours = f64::from(layers[place][step]);
                assert_eq!(
                    ours.is_nan(),
                    expected.is_nan(),
                    "{name}, {key}[{step}]: {ours}, expected {expected}"
                );
                // Layers between the kernels are f32: 6e-8 of Rs is 5e-5 gC, a millionth of the spread of NEP.
                // A small coefficient is no better than its standardised form, which is of order 1.
                let beta = case["expected"][key.replace("_coef_", "_beta_")]
                    .as_f64()
                    .filter(|_| key.contains("_coef_"));
                let of_order_one = key.contains("_beta_") || key.contains("_partial_");
                let scale = beta.map_or(if of_order_one { 0.1 } else { 1e-2 }, |beta| {
                    (expected / beta).abs()
                });
                let allowed = if key.ends_with("_p") {
                    (1e-3 * expected.max(1e-6)).min(1e-5)
                } else {
                    2e-5 * expected.abs().max(scale)
                };
                let is_close = expected.is_nan() || (ours - expected).abs() <= allowed;
                assert!(
                    is_close,
                    "{name}, {key}[{step}]: {ours}, expected {expected}"
                );
                n_compared += usize::from(!expected.is_nan());
            }
        }
    }
    assert!(n_compared > 500, "only {n_compared} values were compared");
}

/// `docs/science/carbon_balance.md#mod17`: stored MOD17 numbers to gC m-2 yr-1, fill codes and
/// values below the valid range missing.
#[test]
fn mod17_numbers_are_decoded_as_in_the_worked_example() {
    const STORED: [i16; 11] = [
        9452, -120, 32700, 32701, 32761, 32762, 32766, 32767, -30000, -30001, 0,
    ];
    let expected = [
        945.2,
        -12.0,
        3270.0,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        -3000.0,
        f64::NAN,
        0.0,
    ];
    let years = Years {
        first: 2001,
        last: 2001,
    };
    let kernel: Arc<dyn Kernel> = Arc::new(Nep);
    let mut npp = support::plain_input("npp", doline::calendar::Steps::Annual, years);
    npp.data_type = doline::tile::DataType::I16;
    npp.decoding.scale = vec![0.0001 * 1000.0];
    npp.decoding.valid_range = Some([-30000.0, 32700.0]);
    let rh = support::plain_input("rh", doline::calendar::Steps::Annual, years);
    let chain = Arc::new(support::chain_with_inputs(&kernel, years, vec![npp, rh]));
    let inputs = [
        Stored::I16(STORED.to_vec()),
        Stored::F32(vec![0.0; STORED.len()]),
    ];
    for precision in [Precision::Reference, Precision::Lanes] {
        let layers =
            CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, STORED.len());
        for ((&ours, expected), stored) in layers[0].iter().zip(expected).zip(STORED) {
            assert_eq!(ours.is_nan(), expected.is_nan(), "{stored}");
            let is_close =
                expected.is_nan() || (f64::from(ours) - expected).abs() <= 1e-7 * expected.abs();
            assert!(is_close, "{stored}: {ours}, expected {expected}");
        }
    }
}
