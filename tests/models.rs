//! Models of soil respiration and laws of heterotrophic respiration as a study meets them: which inputs
//! each needs, what a run says of its coefficients.
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
use doline::kernels::carbon::Pei;
use doline::kernels::models::{
    HETEROTROPHIC, SOIL_RESPIRATION, Settings, heterotrophic, soil_respiration,
};
use doline::kernels::respiration::{DaysOfMonth, Months};
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

fn recipe(model: &str, law: &str, inputs: &[&str]) -> Recipe {
    let settings = Settings::new(YEARS);
    let model = soil_respiration(model)
        .expect(model)
        .kernel(&settings, &[])
        .expect("published");
    let law = heterotrophic(law)
        .expect(law)
        .kernel(&settings, &[])
        .expect("published");
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
    for (model, needs) in [
        ("gsmsr", &["temperature", "precipitation", "soc"][..]),
        ("tpc", &["temperature", "precipitation", "soc"]),
        ("raich-potter-1995", &["temperature", "precipitation"]),
        ("raich-2002", &["temperature", "precipitation"]),
        ("hashimoto-2015", &["temperature", "precipitation"]),
        ("lloyd-taylor", &["temperature"]),
        ("q10", &["temperature"]),
    ] {
        for law in HETEROTROPHIC
            .iter()
            .map(|law| law.model.name)
            .filter(|law| *law != "pei")
        {
            let chain = Arc::new(
                build(&recipe(model, law, needs))
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
            for lacking in needs {
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
    assert_eq!(
        SOIL_RESPIRATION.len(),
        7,
        "a new model belongs into this test"
    );
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
    let months = Months {
        years: YEARS,
        min_months: 12,
        days: DaysOfMonth::Calendar,
    };
    let kernel: Arc<dyn doline::kernels::abi::Kernel> =
        Arc::new(Pei::new(months, &[]).expect("published"));
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
fn warnings(respiration: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data-samples/guangxi");
    let text = std::fs::read_to_string(folder.join("study.toml")).expect("the sample");
    let (before, after) = text
        .split_once("[respiration]")
        .expect("the sample names its models");
    let (_, after) = after.split_once("[trend]").expect("trends come next");
    let text = format!("{before}[respiration]\n{respiration}\n[trend]{after}");
    let study = Study::from_str(&text, &folder, &[]).expect("a study");
    doline::run::plan(&study, None).expect("a plan").warnings
}

#[test]
fn a_run_says_which_coefficients_were_not_verified() {
    for model in ["tpc", "raich-potter-1995", "hashimoto-2015"] {
        let told = warnings(&format!("model = \"{model}\""));
        assert!(
            told.iter()
                .any(|w| w.contains(model) && w.contains("not verified against the paper")),
            "{told:?}"
        );
    }
    for law in ["power", "hashimoto-2015"] {
        let told = warnings(&format!("heterotrophic = \"{law}\""));
        assert!(
            told.iter()
                .any(|w| w.contains(law) && w.contains("not verified against the paper")),
            "{told:?}"
        );
    }
    let told = warnings("model = \"q10\"\nparameters = { Rref = 1.5 }");
    assert!(
        told.iter()
            .any(|w| w.contains("no published Q10; 2 was assumed")),
        "{told:?}"
    );
    assert!(!told.iter().any(|w| w.contains("Rref; ")), "{told:?}");
    let told = warnings("heterotrophic = \"pei\"");
    assert!(told.iter().any(|w| w.contains("Tibet")), "{told:?}");
    let told = warnings("model = \"raich-2002\"\nheterotrophic = \"subke-2006\"");
    assert!(!told.iter().any(|w| w.contains("verified")), "{told:?}");
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
    for law in HETEROTROPHIC.iter().filter(|law| law.model.name != "pei") {
        let kernel = law.kernel(&Settings::new(years), &[]).expect("published");
        let rs = support::plain_input("rs", Steps::Annual, years);
        let chain = Arc::new(support::chain_with_inputs(&kernel, years, vec![rs]));
        let layers = CpuEngine::new(chain).compute(&[Stored::F32(fluxes.to_vec())], 1);
        for (rs, rh) in fluxes.iter().zip(&layers[0]) {
            assert_eq!(
                rs.is_nan(),
                rh.is_nan(),
                "{}: Rs {rs}, Rh {rh}",
                law.model.name
            );
            assert!(
                rs.is_nan() || (0.0..=rs.max(0.0)).contains(rh),
                "{}: Rs {rs}, Rh {rh}",
                law.model.name
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
    for choice in SOIL_RESPIRATION
        .iter()
        .chain(HETEROTROPHIC.iter().filter(|law| law.model.name == "pei"))
    {
        let kernel = choice
            .kernel(&Settings::new(YEARS), &[])
            .expect("published");
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
                        choice.model.name
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
