//! Models of soil and heterotrophic respiration as a study meets them: which inputs each needs, which coefficients a
//! study must state, what a run says of the others.
#![allow(clippy::too_many_lines, reason = "tables of cases")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a short list"
)]

mod support;

use std::path::Path;
use std::sync::Arc;

use doline::calendar::{Steps, Years};
use doline::chain::{Chain, ChainError, Recipe, Selection, Sensitivity, TrendTest, build};
use doline::engines::cpu::CpuEngine;
use doline::error::Error;
use doline::kernels::coefficients::Provenance;
use doline::kernels::models::{
    ModelEntry, Settings, heterotrophic, rh_models, rs_models, soil_respiration,
};
use doline::kernels::twin::Kernel;
use doline::study::Study;
use doline::tile::{InputSpec, Stored};

const YEARS: Years = Years {
    first: 2001,
    last: 2008,
};

fn input(name: &str) -> InputSpec {
    let steps = match name {
        "npp" => Steps::Annual,
        "soc" => Steps::Static,
        _ => Steps::Monthly,
    };
    support::plain_input(name, steps, YEARS)
}

/// A model with the values of its row.
fn kernel(model: ModelEntry, years: Years) -> Arc<dyn Kernel> {
    model
        .kernel(&Settings::new(years), &model.info.example())
        .expect("valid")
}

fn recipe(model: &str, law: &str, inputs: &[&str]) -> Recipe {
    let model = kernel(soil_respiration(model).expect(model), YEARS);
    let law = kernel(heterotrophic(law).expect(law), YEARS);
    Recipe {
        heterotrophic: law,
        ..Recipe::new(
            YEARS,
            inputs.iter().map(|name| input(name)).collect(),
            model,
        )
    }
}

fn has_file(chain: &Chain, path: &str) -> bool {
    chain.files.iter().any(|file| file.path == path)
}

/// A mild climate with rain, npp of 900 and soil carbon of 4.
fn values(chain: &Chain) -> Vec<Stored> {
    let value = |input: &InputSpec| match input.name.as_str() {
        "temperature" => 18.0,
        "precipitation" => 110.0,
        "soc" => 4.0,
        _ => 900.0,
    };
    chain
        .inputs
        .iter()
        .map(|input| Stored::F32(vec![value(input); input.n_steps]))
        .collect()
}

#[test]
fn every_model_needs_its_own_inputs_and_no_others() {
    for (model, expected) in [
        ("gsmsr", &["temperature", "precipitation", "soc"][..]),
        ("tpc", &["temperature", "precipitation", "soc"]),
        ("raich-2002", &["temperature", "precipitation"]),
        ("hashimoto-2015", &["temperature", "precipitation"]),
        ("q10", &["temperature"]),
    ] {
        let inputs = kernel(soil_respiration(model).expect(model), YEARS).inputs();
        let inputs: Vec<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(inputs, expected, "{model}");
    }
    for entry in rs_models() {
        let model = entry.word();
        let inputs = kernel(entry, YEARS).inputs();
        let needs: Vec<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
        for law in rh_models()
            .map(|law| law.word())
            .filter(|law| *law != "pei")
        {
            let chain = Arc::new(
                build(&recipe(model, law, &needs))
                    .expect(model)
                    .returning_everything(),
            );
            let layers = CpuEngine::new(Arc::clone(&chain)).compute(&values(&chain), 1);
            let of = |name: &str| {
                &layers[chain
                    .layers
                    .iter()
                    .position(|layer| layer.name == name)
                    .expect(name)]
            };
            for (rs, rh) in of("rs").iter().zip(of("rh")) {
                assert!((300.0..2000.0).contains(rs), "{model}: Rs {rs}");
                assert!(
                    (0.2 * rs..=*rs).contains(rh),
                    "{model}, {law}: Rs {rs}, Rh {rh}"
                );
            }
            for lacking in &needs {
                let rest: Vec<&str> = needs
                    .iter()
                    .copied()
                    .filter(|name| name != lacking)
                    .chain(["npp"])
                    .collect();
                let chain = build(&recipe(model, law, &rest)).expect("npp alone allows a trend");
                assert!(
                    !has_file(&chain, "stacks/rs") && !has_file(&chain, "stacks/rh"),
                    "{model} without {lacking}"
                );
            }
        }
    }
}

#[test]
fn pei_goes_without_soil_carbon_and_without_soil_respiration() {
    let chain = build(&recipe(
        "gsmsr",
        "pei",
        &["npp", "temperature", "precipitation"],
    ))
    .expect("a chain");
    assert!(
        !has_file(&chain, "stacks/rs"),
        "gsmsr has no soil carbon here"
    );
    assert!(has_file(&chain, "stacks/rh") && has_file(&chain, "stacks/nep"));
    let chain = build(&recipe(
        "gsmsr",
        "pei",
        &["npp", "temperature", "precipitation", "soc"],
    ))
    .expect("a chain");
    assert!(
        has_file(&chain, "stacks/rs"),
        "with soil carbon there is Rs beside"
    );
    let rh = chain
        .files
        .iter()
        .find(|file| file.path == "stacks/rh")
        .expect("rh");
    assert!(rh.description.contains("Pei"), "{}", rh.description);
}

#[test]
fn what_lacks_for_nep_depends_on_the_law() {
    let missing = |model: &str, law: &str| {
        let recipe = Recipe {
            trend_of: Some(vec!["nep".to_owned()]),
            ..recipe(model, law, &["temperature"])
        };
        match build(&recipe) {
            Err(ChainError::LacksInput { missing, .. }) => missing,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        missing("gsmsr", "subke-2006"),
        ["npp", "precipitation", "soc"]
    );
    assert_eq!(missing("gsmsr", "pei"), ["npp", "precipitation"]);
    assert_eq!(missing("q10", "power"), ["npp"]);
}

/// `docs/science/heterotrophic_respiration.md#pei`: the whole sum is multiplied. A code that has
/// the factor on the logarithm alone gives 20 for this year instead of 427.
#[test]
fn pei_has_the_right_brackets() {
    let kernel = heterotrophic("pei").expect("pei");
    let kernel = kernel.kernel(&Settings::new(YEARS), &[]).expect("defaults");
    let t = [
        12.8, 14.1, 17.6, 22.5, 25.9, 27.9, 28.4, 28.2, 26.9, 23.5, 18.9, 14.9,
    ];
    let p = [
        39.0, 43.0, 63.0, 84.0, 183.0, 241.0, 218.0, 203.0, 110.0, 67.0, 44.0, 25.0,
    ];
    let specs = ["temperature", "precipitation"].map(input).to_vec();
    let chain = Arc::new(support::chain_with_inputs(&kernel, YEARS, specs));
    let repeated = |months: [f32; 12]| Stored::F32(months.repeat(YEARS.count()));
    let layers = CpuEngine::new(chain).compute(&[repeated(t), repeated(p)], 1);
    for rh in &layers[0] {
        assert!((rh / 426.567_33 - 1.0).abs() < 1e-6, "{rh}");
    }
}

/// The sample study with another `[respiration]`.
fn sample(respiration: &str) -> Study {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let text = std::fs::read_to_string(folder.join("study.toml")).expect("the sample");
    let (before, after) = text
        .split_once("[respiration]")
        .expect("the sample names its models");
    let (_, after) = after.split_once("[trend]").expect("trends come next");
    let text = format!("{before}[respiration]\n{respiration}\n[trend]{after}");
    Study::from_str(&text, &folder, &[]).expect("a study")
}

fn warnings(respiration: &str) -> Vec<String> {
    planned(respiration).expect("a plan")
}

/// The sample study with another `[respiration]`, planned.
fn planned(respiration: &str) -> Result<Vec<String>, Error> {
    let study = sample(respiration);
    doline::run::plan(&study, None).map(|plan| plan.warnings)
}

/// All values of a row as a study states them.
fn stated(model: ModelEntry) -> String {
    let lines = model.info.example();
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    format!("parameters = {{ {} }}", lines.join(", "))
}

#[test]
fn what_nobody_could_check_must_be_stated_and_is_then_taken() {
    let must = |model: &ModelEntry| match model.info.provenance {
        Provenance::Unchecked => true,
        Provenance::OfASite(_) => model.word() != "fraction",
        Provenance::Verified | Provenance::InWideUse | Provenance::OfUnknownSource => false,
    };
    let rs = rs_models().filter(must).map(|model| ("model", model));
    let rh = rh_models()
        .filter(must)
        .map(|model| ("heterotrophic", model));
    let mut words = Vec::new();
    for (key, model) in rs.chain(rh) {
        words.push(model.word());
        let choice = format!("{key} = \"{}\"", model.word());
        let error = planned(&choice).expect_err(model.word());
        assert_eq!(error.exit_code(), 2);
        let told = error.to_string();
        for c in model.info.coefficients {
            if model.info.must_be_stated(c.symbol) {
                let named = format!("{} ({})", c.symbol, c.unit);
                assert!(told.contains(&named), "{told}");
                assert!(
                    told.contains(&format!("{} = {}", c.symbol, c.value)),
                    "{told}"
                );
            }
        }
        assert!(told.contains(model.info.source), "{told}");
        let warnings = warnings(&format!("{choice}\n{}", stated(model)));
        assert!(
            !warnings.iter().any(|w| w.contains("verified")),
            "{warnings:?}"
        );
    }
    for word in [
        "tpc",
        "raich-potter-1995",
        "hashimoto-2015",
        "lloyd-taylor",
        "q10",
    ] {
        assert!(words.contains(&word), "{words:?}");
    }
    assert_eq!(
        words
            .iter()
            .filter(|word| **word == "hashimoto-2015")
            .count(),
        2
    );
}

/// One line, with everything that a user needs.
#[test]
fn the_error_of_an_unchecked_model_names_all_that_is_needed() {
    let told = |respiration: &str| planned(respiration).expect_err(respiration).to_string();
    assert_eq!(
        told("model = \"raich-potter-1995\"\nparameters = { F = 1.3 }"),
        "respiration.parameters: raich-potter-1995 needs Q (degC-1), K (cm), and there is no default: we could not \
         check the values in circulation against the paper (Raich & Potter (1995), Glob. Biogeochem. Cycles 9, 23-36). \
         Take them from the paper, or state parameters = { Q = 0.03992, K = 1.634 }, the values in circulation, and \
         check them against the paper before you publish"
    );
    assert_eq!(
        told("model = \"lloyd-taylor\""),
        "respiration.parameters: lloyd-taylor needs R10 (gC m-2 d-1), and there is no default: it belongs to a site or \
         a region, and the source gives no value (Lloyd & Taylor (1994), Funct. Ecol. 8, 315-323). State your own, in \
         the form parameters = { R10 = 2 }"
    );
}

#[test]
fn an_ensemble_tells_at_once_what_each_model_lacks() {
    let ensemble = "ensemble = { models = [\"gsmsr\", \"tpc\", \"q10\"], heterotrophic = [\"hashimoto-2015\"] }";
    let error = planned(&format!("{ensemble}\nparameters = {{ Rref = 2, x = 1 }}"))
        .expect_err("lacks much");
    let told: Vec<String> = error.each().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    for (told, words) in told.iter().zip([
        &["no coefficient \"x\""][..],
        // `K` is GSMSR's and `intercept` that of the chosen model of Rh, so that these have their names in front.
        &[
            "tpc needs F (",
            "tpc.K (",
            "F = 1.55, Q = 0.031, tpc.K = 0.68, C = 2.23",
        ],
        &["q10 needs Q10 (1), and", "{ Q10 = 2 }"],
        &["hashimoto-2015 needs hashimoto-2015.intercept ("],
    ]) {
        for word in words {
            assert!(told.contains(word), "{told} lacks {word}");
        }
    }
    let parameters = "parameters = { F = 1.55, Q = 0.031, tpc.K = 0.68, C = 2.23, Rref = 2, Q10 = 2, \
                      hashimoto-2015.intercept = 1.22, hashimoto-2015.slope = 0.73 }";
    assert!(planned(&format!("{ensemble}\n{parameters}")).is_ok());
}

#[test]
fn a_run_says_which_coefficients_were_not_verified() {
    let told = warnings("heterotrophic = \"power\"");
    assert!(
        told.iter()
            .any(|w| w.contains("power") && w.contains("not verified against the paper")),
        "{told:?}"
    );
    let told = warnings("heterotrophic = \"pei\"");
    assert!(told.iter().any(|w| w.contains("Tibet")), "{told:?}");
    let told = warnings("model = \"raich-2002\"\nheterotrophic = \"subke-2006\"");
    assert!(!told.iter().any(|w| w.contains("verified")), "{told:?}");
}

/// The numbers in a row are those of the golden file, which come from elsewhere.
#[test]
fn every_row_has_golden_cases_with_its_numbers() {
    for model in rs_models().chain(rh_models()) {
        let name = kernel(model, YEARS).spec().name;
        let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect(&path);
        let golden: serde_json::Value = serde_json::from_str(&text).expect(&path);
        let has_numbers = |case: &serde_json::Value| {
            let params = &case["params"];
            let is_row = params["model"]
                .as_str()
                .is_none_or(|row| row == model.word());
            let mut coefficients = model.info.coefficients.iter();
            is_row && coefficients.all(|c| params[c.symbol].as_f64() == Some(c.value))
        };
        let cases = golden["cases"].as_array().expect("cases").iter();
        let n = cases.filter(|case| has_numbers(case)).count();
        assert!(
            n > 0,
            "{path} has no case with the numbers of {}",
            model.word()
        );
    }
}

#[test]
fn a_run_says_when_inputs_lie_outside_the_range_of_the_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let plan = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
        let text = std::fs::read_to_string(folder.join("study.toml")).expect("the sample");
        let study = Study::from_str(&text, &folder, &overrides).expect("a study");
        doline::run::plan(&study, None).expect("a plan").warnings
    };
    assert!(
        !plan(&[]).iter().any(|w| w.contains("was made")),
        "the sample is Guangxi"
    );
    // Twenty times the soil carbon is peat.
    let told = plan(&["inputs.soc.scale=20", "inputs.soc.check_range=false"]);
    assert!(
        told.iter()
            .any(|w| w.contains("inputs.soc") && w.contains("0 to 30 kgC m-2")),
        "{told:?}"
    );
}

/// Fluxes that a law of annual sums must stand: none, nearly none, usual ones, absurd ones, gaps.
#[test]
fn no_law_gives_more_than_soil_respiration_or_less_than_nothing() {
    let fluxes = [
        f32::NAN,
        -1e30,
        -3.0,
        -0.0,
        0.0,
        1e-30,
        1e-6,
        0.5,
        5.0,
        30.0,
        91.0,
        400.0,
        900.0,
        4e4,
        6e4,
        1e9,
        1e30,
    ];
    let years = Years {
        first: 2001,
        last: 2000 + fluxes.len() as i32,
    };
    for law in rh_models().filter(|law| law.word() != "pei") {
        let kernel = kernel(law, years);
        let rs = support::plain_input("rs", Steps::Annual, years);
        let chain = Arc::new(support::chain_with_inputs(&kernel, years, vec![rs]));
        let layers = CpuEngine::new(chain).compute(&[Stored::F32(fluxes.to_vec())], 1);
        for (rs, rh) in fluxes.iter().zip(&layers[0]) {
            assert_eq!(rs.is_nan(), rh.is_nan(), "{}: Rs {rs}, Rh {rh}", law.word());
            assert!(
                rs.is_nan() || (0.0..=rs.max(0.0)).contains(rh),
                "{}: Rs {rs}, Rh {rh}",
                law.word()
            );
        }
    }
}

/// What no climate has gives a number that is not negative, or nothing; never a crash and never a NaN with a value.
#[test]
fn absurd_climates_give_a_flux_or_nothing() {
    let absurd = [
        -1e30_f32, -300.0, -46.02, -40.0, -1e-30, 0.0, 1e-30, 60.0, 1e4, 1e30,
    ];
    for choice in rs_models().chain(rh_models().filter(|law| law.word() == "pei")) {
        let kernel = kernel(choice, YEARS);
        let specs: Vec<InputSpec> = kernel
            .inputs()
            .iter()
            .map(|port| support::plain_input(&port.name, port.steps, YEARS))
            .collect();
        let chain = Arc::new(support::chain_with_inputs(&kernel, YEARS, specs));
        for t in absurd {
            for p in absurd {
                let value = |name: &str| match name {
                    "temperature" => t,
                    "precipitation" => p,
                    _ => 4.0,
                };
                let inputs = chain
                    .inputs
                    .iter()
                    .map(|input| Stored::F32(vec![value(&input.name); input.n_steps]));
                let layers =
                    CpuEngine::new(Arc::clone(&chain)).compute(&inputs.collect::<Vec<_>>(), 1);
                for flux in &layers[0] {
                    assert!(
                        flux.is_nan() || *flux >= 0.0,
                        "{}: T {t}, P {p}: {flux}",
                        choice.word()
                    );
                }
            }
        }
    }
}

/// The share falls with Rs, and the law subtracts its slope: the sign of every other law's slope would turn it around.
#[test]
fn the_slope_of_subke_has_no_minus_sign() {
    let law = |slope: f64| {
        heterotrophic("subke-2006")
            .expect("a law")
            .kernel(&Settings::new(YEARS), &[("slope".to_owned(), slope)])
    };
    assert!(law(0.2).is_ok() && law(0.0).is_ok());
    let told = law(-0.138).err().map(|error| error.to_string());
    let expected = "slope = -0.138 of subke-2006 must be 0 or more, without a minus sign: the model subtracts it";
    assert_eq!(told.as_deref(), Some(expected));
    for other in ["bond-lamberty-2004", "bond-lamberty-2010"] {
        let law = heterotrophic(other).expect("a law");
        assert!(
            law.kernel(&Settings::new(YEARS), &[("slope".to_owned(), -0.1)])
                .is_ok(),
            "{other}"
        );
    }
}

/// Why a study does not make a layer.
fn why_not(recipe: &Recipe, layer: &str) -> String {
    let recipe = Recipe {
        wanted: Selection::Named(vec![layer.to_owned()]),
        ..recipe.clone()
    };
    build(&recipe).expect_err(layer).to_string()
}

#[test]
fn a_layer_that_cannot_be_had_says_what_it_lacks() {
    let everything = ["npp", "temperature", "precipitation", "radiation", "soc"];
    let all = recipe("gsmsr", "bond-lamberty-2004", &everything);
    let npp = recipe("gsmsr", "bond-lamberty-2004", &["npp"]);
    let climate = "the inputs temperature, precipitation and soc";
    let with_npp = "the inputs npp, temperature, precipitation and soc";
    let annual = Recipe {
        inputs: everything
            .map(|name| InputSpec {
                steps: Steps::Annual,
                n_steps: 8,
                ..input(name)
            })
            .to_vec(),
        ..recipe("raich-2002", "bond-lamberty-2004", &[])
    };
    let raw = Recipe {
        sensitivities: vec![Sensitivity::Raw],
        tests: vec![TrendTest::Sen],
        ..all.clone()
    };
    let rh = Recipe {
        trend_of: Some(vec!["rh".to_owned()]),
        ..all.clone()
    };
    let rain = Recipe {
        predictors: Some(vec!["precipitation".to_owned()]),
        ..all.clone()
    };
    let soc = recipe(
        "gsmsr",
        "bond-lamberty-2004",
        &["npp", "temperature", "precipitation"],
    );
    let cases: &[(&Recipe, &str, &str)] = &[
        // Inputs, of stacks and of every family of maps.
        (&npp, "stacks/rs", climate),
        (&npp, "nep", climate),
        (&npp, "nep_slope", climate),
        (&soc, "maps/nep_slope", "the input soc"),
        (&npp, "nep_balance", climate),
        (
            &recipe("gsmsr", "bond-lamberty-2004", &everything[1..]),
            "nep_mean",
            "the input npp",
        ),
        (
            &recipe("raich-2002", "fraction", &["npp"]),
            "rh_cv",
            "the inputs temperature and precipitation",
        ),
        (&npp, "temperature_sen", "the input temperature"),
        (&npp, "climate_regime", "the input temperature"),
        (
            &soc,
            "nep_partial_radiation_p",
            "the inputs soc and radiation",
        ),
        (
            &recipe("gsmsr", "bond-lamberty-2004", &["soc", "temperature"]),
            "nep_vif_temperature",
            "the inputs npp and precipitation",
        ),
        (
            &soc,
            "raw/nep_slope_radiation",
            "the inputs soc and radiation",
        ),
        (
            &annual,
            "nep_slope",
            "the inputs temperature by months and precipitation by months",
        ),
        // Keys of trends.
        (&all, "nep_hurst", "\"hurst\" in trend.tests"),
        (&all, "nep_mk_tfpw_p", "\"mk-tfpw\" in trend.tests"),
        (&all, "stacks/nep_mk_uf", "\"mk-sequential\" in trend.tests"),
        (&raw, "nep_class", "\"ols\" in trend.tests"),
        (&raw, "nep_mk_s", "\"mk\" in trend.tests"),
        (&all, "nep_q", "trend.fdr = true"),
        (
            &npp,
            "npp_pettitt_q",
            "\"pettitt\" in trend.tests and trend.fdr = true",
        ),
        (
            &npp,
            "nep_hurst",
            &format!("{climate}, and \"hurst\" in trend.tests"),
        ),
        (&all, "rs_slope", "\"rs\" in trend.of"),
        (&rh, "npp_cv", "\"npp\" in trend.of"),
        // Keys of drivers and attributions.
        (
            &rain,
            "nep_partial_temperature",
            "\"temperature\" in drivers.predictors",
        ),
        (&all, "npp_drivers_r2", "drivers.response = \"npp\""),
        (
            &raw,
            "detrended/nep_share_human",
            "\"detrended\" in attribution.sensitivity",
        ),
        (
            &all,
            "maps/first-difference/nep_dominant",
            "\"first-difference\" in attribution.sensitivity",
        ),
        (
            &raw,
            "maps/baseline/nep_slope_climate",
            "a baseline in attribution.sensitivity",
        ),
        (&npp, "raw/nep_driver_class", climate),
        (&all, "nep_slope_low", "[bootstrap]"),
        (&all, "raw/nep_share_human_high", "[bootstrap]"),
        (
            &raw,
            "detrended/nep_slope_human_low",
            "\"detrended\" in attribution.sensitivity and [bootstrap]",
        ),
        // How sure NEP is.
        (&all, "nep_ensemble_sd", "respiration.ensemble"),
        (&all, "nep_uncertainty_p_sink", "[uncertainty]"),
        (
            &recipe("gsmsr", "bond-lamberty-2004", &["radiation"]),
            "nep_uncertainty_sd",
            &format!("{with_npp}, and [uncertainty]"),
        ),
    ];
    for (recipe, layer, needs) in cases {
        let text = why_not(recipe, layer);
        assert!(
            text.contains(&format!(
                "output.layers names {layer:?}, which needs {needs};"
            )),
            "{layer}: {text}"
        );
    }
    for (recipe, layer, nearest) in [
        (&all, "nep_slop", "nep_slope"),
        (&npp, "npp_slope_of_mine", "npp_slope"),
    ] {
        let text = why_not(recipe, layer);
        assert!(
            text.contains("does not make") && text.contains(&format!("{nearest:?}")),
            "{layer}: {text}"
        );
    }
}
