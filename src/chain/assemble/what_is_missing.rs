//! What a study lacks for a layer that it names and does not make.
//!
//! No list of layers is needed for this. The study is given everything that could be added to it.
//! Then each addition that the layer does not need is taken away again.

use crate::calendar::Steps;
use crate::chain::false_discovery::FalseDiscovery;
use crate::chain::names::{DEFAULT_DRIVERS, in_a_row, is_named, stem, trend_of_default};
use crate::chain::recipe::{Draws, Ensemble, Recipe};
use crate::chain::sensitivity::{BootstrapOptions, Sensitivity};
use crate::kernels::trend_tests::TrendTest;
use crate::tile::{DataType, Decoding, Geometry, InputSpec};

use super::everything::everything;

/// Something that could be added to a study.
#[derive(Clone, Debug, PartialEq)]
enum Addition {
    Input(String, Steps),
    TrendOf(String),
    Test(TrendTest),
    Adjusted,
    Sensitivity(Sensitivity),
    Predictor(String),
    Response(String),
    Bootstrap,
    Ensemble,
    Draws,
}

impl Addition {
    fn add_to(&self, recipe: &mut Recipe) {
        match self {
            Self::Input(name, steps) => {
                recipe.inputs.retain(|input| input.name != *name);
                recipe.inputs.push(absent_input(name, *steps, recipe));
            }
            Self::TrendOf(name) => recipe.trend_of.get_or_insert_default().push(name.clone()),
            Self::Test(test) => recipe.tests.push(*test),
            Self::Adjusted => recipe.false_discovery = Some(FalseDiscovery::BenjaminiHochberg),
            Self::Sensitivity(sensitivity) => recipe.sensitivities.push(*sensitivity),
            Self::Predictor(name) => recipe.predictors.get_or_insert_default().push(name.clone()),
            Self::Response(name) => recipe.response.clone_from(name),
            Self::Bootstrap => {
                recipe.bootstrap = Some(BootstrapOptions {
                    replicates: 2,
                    block: 1,
                    seed: 0,
                    level: 0.95,
                });
            }
            Self::Ensemble => {
                let law = |word: &str| (word.to_owned(), recipe.heterotrophic.clone());
                let model = recipe.respiration.clone();
                let models = model
                    .map(|model| (String::new(), model))
                    .into_iter()
                    .collect();
                recipe.ensemble = Some(Ensemble {
                    models,
                    rh_models: vec![law("1"), law("2")],
                    rh_models_of_years: Vec::new(),
                });
            }
            Self::Draws => {
                let respiration = recipe.respiration.clone().into_iter().collect();
                let heterotrophic = Vec::new();
                recipe.draws = Some(Draws {
                    respiration,
                    heterotrophic,
                });
            }
        }
    }

    /// Where it is stated in a study file; an input by its name alone.
    fn in_words(&self, recipe: &Recipe) -> String {
        match self {
            Self::Input(name, Steps::Monthly)
                if recipe.inputs.iter().any(|input| input.name == *name) =>
            {
                format!("{name} by months")
            }
            Self::Input(name, _) => name.clone(),
            Self::TrendOf(name) => format!("{name:?} in trend.of"),
            Self::Test(test) => format!("{:?} in trend.tests", test.as_str()),
            Self::Adjusted => "trend.fdr = true".to_owned(),
            Self::Sensitivity(Sensitivity::Baseline(_)) => {
                "a baseline in attribution.sensitivity".to_owned()
            }
            Self::Sensitivity(sensitivity) => {
                format!("{:?} in attribution.sensitivity", sensitivity.folder())
            }
            Self::Predictor(name) => format!("{name:?} in drivers.predictors"),
            Self::Response(name) => format!("drivers.response = {name:?}"),
            Self::Bootstrap => "[bootstrap]".to_owned(),
            Self::Ensemble => "respiration.ensemble".to_owned(),
            Self::Draws => "[uncertainty]".to_owned(),
        }
    }
}

/// An input that a study does not have.
fn absent_input(name: &str, steps: Steps, recipe: &Recipe) -> InputSpec {
    InputSpec {
        name: name.to_owned(),
        unit: "1".to_owned(),
        steps,
        n_steps: steps.count(recipe.years),
        data_type: DataType::F32,
        decoding: Decoding::identity(),
        geometry: Geometry::StudyGrid,
    }
}

/// All that could be added to a study for a layer of this name. What builds on other additions
/// comes after them.
fn additions(recipe: &Recipe, layer: &str) -> Vec<Addition> {
    let mut all = inputs(recipe);
    // The series and the driver in the layer's name.
    let own = recipe.inputs.iter().map(|input| input.name.as_str());
    let series: Vec<&str> = own.chain(trend_of_default()).chain(["rs"]).collect();
    let longest = |is_meant: &dyn Fn(&str) -> bool| {
        series
            .iter()
            .filter(|name| is_meant(name))
            .max_by_key(|name| name.len())
            .map(|name| (*name).to_owned())
    };
    if let Some(name) = longest(&|name| {
        layer
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('_'))
    }) {
        let is_asked_for = match &recipe.trend_of {
            Some(of) => of.contains(&name),
            None => trend_of_default().contains(&name.as_str()) || name == recipe.response,
        };
        if !is_asked_for {
            all.push(Addition::TrendOf(name.clone()));
        }
        if name != recipe.response {
            all.push(Addition::Response(name));
        }
    }
    let end = layer.strip_suffix("_p").unwrap_or(layer);
    if let Some(name) = longest(&|name| {
        end.strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('_'))
    }) {
        let is_predictor = match &recipe.predictors {
            Some(predictors) => predictors.contains(&name),
            None => DEFAULT_DRIVERS.contains(&name.as_str()),
        };
        if !is_predictor {
            all.push(Addition::Predictor(name));
        }
    }
    all.extend(keys(recipe));
    all
}

/// The inputs that a study lacks for all of the carbon balance and its drivers.
fn inputs(recipe: &Recipe) -> Vec<Addition> {
    let kernels = || recipe.respiration.iter().chain([&recipe.heterotrophic]);
    let read = kernels()
        .flat_map(|kernel| kernel.inputs())
        .map(|port| (port.name, port.steps));
    let drivers = DEFAULT_DRIVERS.map(|name| (name.to_owned(), Steps::Monthly));
    let mut all: Vec<(String, Steps)> = vec![("npp".to_owned(), Steps::Annual)];
    for (name, steps) in read.filter(|(name, _)| name != "rs") {
        let is_there = recipe.inputs.iter().any(|input| {
            // An annual series comes from months too.
            input.name == name && (input.steps == steps || steps == Steps::Annual)
        });
        if !is_there && !all.iter().any(|(known, _)| *known == name) {
            all.push((name, steps));
        }
    }
    for (name, steps) in drivers {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, steps));
        }
    }
    // An input is replaced only where a model reads months and the study has years.
    let is_new = |(name, steps): &(String, Steps)| match recipe
        .inputs
        .iter()
        .find(|input| input.name == *name)
    {
        Some(input) => kernels().any(|kernel| {
            kernel
                .inputs()
                .iter()
                .any(|port| port.name == *name && port.steps == *steps && input.steps != *steps)
        }),
        None => true,
    };
    all.into_iter()
        .filter(is_new)
        .map(|(name, steps)| Addition::Input(name, steps))
        .collect()
}

/// What a study can ask for and does not.
fn keys(recipe: &Recipe) -> Vec<Addition> {
    let tests = TrendTest::WORDS
        .iter()
        .map(|(_, test)| *test)
        .filter(|test| !recipe.tests.contains(test));
    let mut all: Vec<Addition> = tests.map(Addition::Test).collect();
    let ways = Sensitivity::WORDS
        .iter()
        .map(|(_, way)| *way)
        .chain([Sensitivity::Baseline(recipe.years)]);
    let is_new = |way: &Sensitivity| {
        !recipe
            .sensitivities
            .iter()
            .any(|known| known.folder() == way.folder())
    };
    all.extend(ways.filter(is_new).map(Addition::Sensitivity));
    let others = [
        (recipe.false_discovery.is_some(), Addition::Adjusted),
        (recipe.bootstrap.is_some(), Addition::Bootstrap),
        (recipe.ensemble.is_some(), Addition::Ensemble),
        (recipe.draws.is_some(), Addition::Draws),
    ];
    all.extend(
        others
            .into_iter()
            .filter(|(is_there, _)| !is_there)
            .map(|(_, addition)| addition),
    );
    all
}

/// The files of a study with these additions; none where the additions contradict each other.
fn files_of(recipe: &Recipe, additions: &[Addition]) -> Option<Vec<String>> {
    let mut with = recipe.clone();
    for addition in additions {
        addition.add_to(&mut with);
    }
    let (builder, _) = everything(&with).ok()?;
    Some(builder.files.iter().map(|file| file.path.clone()).collect())
}

/// What a study lacks for the layer `name`, in words; `None` for a layer that no study makes.
pub(super) fn what_is_missing(recipe: &Recipe, name: &str) -> Option<String> {
    let makes = |additions: &[Addition]| {
        files_of(recipe, additions)
            .is_some_and(|files| files.iter().any(|path| is_named(path, name)))
    };
    let mut added: Vec<Addition> = Vec::new();
    for addition in additions(recipe, stem(name)) {
        added.push(addition);
        if files_of(recipe, &added).is_none() {
            added.pop();
        }
    }
    if !makes(&added) {
        return None;
    }
    for index in (0..added.len()).rev() {
        let left_out = added.remove(index);
        if !makes(&added) {
            added.insert(index, left_out);
        }
    }
    let (inputs, keys): (Vec<_>, Vec<_>) = added
        .iter()
        .partition(|addition| matches!(addition, Addition::Input(..)));
    let words = |additions: Vec<&Addition>| {
        in_a_row(
            &additions
                .iter()
                .map(|a| a.in_words(recipe))
                .collect::<Vec<_>>(),
        )
    };
    let inputs = match inputs.len() {
        0 => None,
        1 => Some(format!("the input {}", words(inputs))),
        _ => Some(format!("the inputs {}", words(inputs))),
    };
    let keys = (!keys.is_empty()).then(|| words(keys));
    Some(
        inputs
            .into_iter()
            .chain(keys)
            .collect::<Vec<_>>()
            .join(", and "),
    )
}
