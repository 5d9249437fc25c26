//! Attribution from a study to its maps and tables: which files there are under which names, what is an
//! error, that parts add up in every pixel, that tables agree with maps, and intervals around them.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "layers are f32"
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
use doline::chain::{
    BootstrapOptions, Chain, ChainError, FileSource, Recipe, Selection, Sensitivity, TrendTest,
    build,
};
use doline::engines::cpu::CpuEngine;
use doline::kernels::models::{DEFAULT_RS, Settings};
use doline::kernels::twin::{Kernel, Precision};
use doline::run::{RunOptions, RunRecord, run};
use doline::sinks::RasterRead;
use doline::study::Study;
use doline::synth::{self, SynthOptions};
use doline::tile::{InputSpec, Stored};
use doline::validate::{Comparison, compare_end_to_end};

const YEARS: Years = Years {
    first: 2001,
    last: 2020,
};

fn annual(name: &str, unit: &str) -> InputSpec {
    InputSpec {
        unit: unit.to_owned(),
        ..support::plain_input(name, Steps::Annual, YEARS)
    }
}

fn respiration() -> Arc<dyn Kernel> {
    DEFAULT_RS
        .kernel(&Settings::new(YEARS), &[])
        .expect("published coefficients")
}

/// An index explained by two drivers.
fn recipe() -> Recipe {
    let inputs = vec![
        annual("ndvi", "1"),
        annual("temperature", "degC"),
        annual("precipitation", "mm yr-1"),
    ];
    Recipe {
        response: "ndvi".to_owned(),
        predictors: Some(vec!["temperature".to_owned(), "precipitation".to_owned()]),
        ..Recipe::new(YEARS, inputs, respiration())
    }
}

const ALL: [Sensitivity; 4] = [
    Sensitivity::Raw,
    Sensitivity::Detrended,
    Sensitivity::FirstDifference,
    Sensitivity::Baseline(Years {
        first: 2001,
        last: 2008,
    }),
];

fn paths(chain: &Chain) -> Vec<&str> {
    chain.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn every_sensitivity_has_a_full_set_of_maps_named_after_the_response() {
    let chain = build(&Recipe {
        sensitivities: ALL.to_vec(),
        ..recipe()
    })
    .expect("a chain");
    let maps = paths(&chain);
    for folder in ["raw", "detrended", "first-difference", "baseline"] {
        for map in [
            "slope_climate",
            "slope_human",
            "slope_temperature",
            "slope_precipitation",
            "driver_class",
            "share_climate",
            "share_human",
            "dominant",
            "dominant_factor",
        ] {
            let path = format!("maps/{folder}/ndvi_{map}");
            assert_eq!(maps.iter().filter(|p| **p == path).count(), 1, "{path}");
        }
    }
    assert!(
        maps.contains(&"maps/ndvi_attribution_agreement") && maps.contains(&"maps/climate_regime")
    );
    let by: Vec<&str> = chain
        .attribution
        .iter()
        .flat_map(|spec| &spec.by)
        .map(|by| by.sensitivity.folder())
        .collect();
    assert_eq!(by, ["raw", "detrended", "first-difference", "baseline"]);
    let names: std::collections::BTreeSet<&str> = chain
        .layers
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    assert_eq!(
        names.len(),
        chain.layers.len(),
        "names of layers are their own"
    );
    let regime = chain
        .files
        .iter()
        .find(|file| file.path == "maps/climate_regime")
        .expect("a regime");
    assert!(
        regime
            .description
            .contains("radiation is not in this study, bit 4 is 0"),
        "{}",
        regime.description
    );
    let labels = regime.kind.classes().expect("classes");
    assert_eq!(
        labels.iter().map(|(code, _)| *code).collect::<Vec<u8>>(),
        [0, 1, 2, 3]
    );
    assert_eq!(labels[3].1, "warming, wetting");
    let factor = chain
        .files
        .iter()
        .find(|file| file.path == "maps/raw/ndvi_dominant_factor")
        .expect("a map");
    let labels = factor.kind.classes().expect("classes");
    assert_eq!(
        labels[1..],
        [
            (1, "temperature".to_owned()),
            (2, "precipitation".to_owned())
        ]
    );
}

#[test]
fn a_map_is_named_with_its_folder_or_for_all_folders() {
    let of = |names: &[&str]| {
        let wanted = Selection::Named(names.iter().map(|name| (*name).to_owned()).collect());
        build(&Recipe {
            sensitivities: ALL.to_vec(),
            wanted,
            ..recipe()
        })
    };
    let chain = of(&["ndvi_share_human"]).expect("a chain");
    assert_eq!(
        paths(&chain),
        ["raw", "detrended", "first-difference", "baseline"]
            .map(|s| format!("maps/{s}/ndvi_share_human"))
    );
    for name in [
        "detrended/ndvi_share_human",
        "maps/detrended/ndvi_share_human",
    ] {
        let chain = of(&[name]).expect("a chain");
        assert_eq!(paths(&chain), ["maps/detrended/ndvi_share_human"]);
        assert_eq!(
            chain.attribution.map(|spec| spec.by.len()),
            Some(1),
            "tables of what is mapped"
        );
        let kernels: Vec<&str> = chain
            .stages
            .iter()
            .map(|stage| stage.kernel.spec().name)
            .collect();
        assert!(!kernels.contains(&"sensitivity_baseline"), "{kernels:?}");
    }
    let chain = of(&["ndvi_slope"]).expect("a chain");
    assert!(
        chain.attribution.is_none() && chain.stages.len() == 1,
        "nothing that is not asked for"
    );
    let error = of(&["detrended/ndvi_share_humans"])
        .expect_err("no such map")
        .to_string();
    assert!(error.contains("detrended/ndvi_share_humans"), "{error}");
}

#[test]
fn trends_that_the_study_does_not_map_are_computed_for_the_attribution_alone() {
    let without = Recipe {
        trend_of: Some(vec!["precipitation".to_owned()]),
        tests: vec![TrendTest::Mk],
        wanted: Selection::Named(vec![
            "ndvi_slope_climate".to_owned(),
            "climate_regime".to_owned(),
        ]),
        ..recipe()
    };
    let chain = build(&without).expect("a chain");
    assert!(chain.layers.iter().any(|layer| layer.name == "ndvi_slope"));
    assert_eq!(chain.files.len(), 3, "{:?}", paths(&chain));
}

#[test]
fn an_attribution_that_cannot_be_had_says_what_it_lacks() {
    let stated = |recipe: Recipe| {
        build(&Recipe {
            attribution_stated: true,
            ..recipe
        })
        .expect_err("an error")
        .to_string()
    };
    let climate = vec![
        annual("temperature", "degC"),
        annual("precipitation", "mm yr-1"),
    ];
    let nep = Recipe::new(YEARS, climate, respiration());
    let error = stated(nep.clone());
    assert!(
        error.starts_with("attribution.sensitivity needs the trend of \"nep\", which needs npp"),
        "{error}"
    );
    assert!(build(&nep).is_ok(), "not asked for, it is left out");
    let lone = Recipe {
        response: "ndvi".to_owned(),
        ..Recipe::new(YEARS, vec![annual("ndvi", "1")], respiration())
    };
    let error = stated(lone);
    assert!(
        error.starts_with("attribution.sensitivity needs a driver"),
        "{error}"
    );
    let short = Sensitivity::Baseline(Years {
        first: 2001,
        last: 2003,
    });
    let error = build(&Recipe {
        sensitivities: vec![short],
        ..recipe()
    })
    .expect_err("too short")
    .to_string();
    assert_eq!(
        error,
        "attribution.sensitivity has a baseline of 3 years, 2001 to 2003; a regression on 2 drivers needs at least 4"
    );
    let options = BootstrapOptions {
        replicates: 40,
        block: 3,
        seed: 1,
        level: 0.95,
    };
    let error = build(&Recipe {
        bootstrap: Some(options),
        sensitivities: vec![Sensitivity::FirstDifference],
        ..recipe()
    });
    assert!(
        matches!(error, Err(ChainError::Attribution { .. })),
        "{error:?}"
    );
}

/// Values of inputs of `n` pixels, synthetic: a trend, two drivers and what is left.
fn series(n: usize, gaps: bool) -> impl Fn(&str) -> Stored {
    move |name: &str| {
        let mut random = support::Random(11 + name.len() as u64);
        let n_years = YEARS.count();
        let mut values = vec![f32::NAN; n_years * n];
        for pixel in 0..n {
            for year in 0..n_years {
                let trend = match name {
                    "ndvi" => 0.3 * (pixel as f64 / n as f64 - 0.4),
                    "temperature" => 0.03,
                    _ => -0.2,
                };
                let is_gap = gaps && random.uniform() < 0.05;
                let x = 10.0 + trend * year as f64 + random.normal();
                values[year * n + pixel] = if is_gap { f32::NAN } else { x as f32 };
            }
        }
        Stored::F32(values)
    }
}

fn compute(recipe: &Recipe, n: usize, gaps: bool) -> (Arc<Chain>, Vec<Vec<f32>>) {
    let chain = Arc::new(build(recipe).expect("a chain").returning_everything());
    let of = series(n, gaps);
    let inputs: Vec<Stored> = chain.inputs.iter().map(|input| of(&input.name)).collect();
    let layers = CpuEngine::new(Arc::clone(&chain)).compute(&inputs, n);
    (chain, layers)
}

#[test]
fn parts_add_up_in_every_pixel_by_every_sensitivity() {
    let n = 200;
    let (chain, layers) = compute(
        &Recipe {
            sensitivities: ALL.to_vec(),
            min_years: 12,
            ..recipe()
        },
        n,
        true,
    );
    let layer = |name: &str| {
        &layers[chain
            .layers
            .iter()
            .position(|layer| layer.name == name)
            .expect(name)]
    };
    let observed = layer("ndvi_slope");
    for sensitivity in ALL {
        let of = |what: &str| layer(&format!("{}/ndvi_{what}", sensitivity.folder()));
        let (climate, human, class) = (of("slope_climate"), of("slope_human"), of("driver_class"));
        let mut n_there = 0;
        for pixel in 0..n {
            if climate[pixel].is_nan() {
                assert!(human[pixel].is_nan() && class[pixel].is_nan());
                continue;
            }
            n_there += 1;
            let size = observed[pixel].abs() + climate[pixel].abs() + human[pixel].abs();
            assert!((climate[pixel] + human[pixel] - observed[pixel]).abs() <= 1e-6 * size);
            let parts = of("slope_temperature")[pixel] + of("slope_precipitation")[pixel];
            assert!((parts - climate[pixel]).abs() <= 1e-6 * size);
            // The table of docs/science/attribution.md#scenarios, from the maps alone.
            let signs = [observed[pixel], climate[pixel], human[pixel]].map(|x| x > 0.0);
            let expected = match signs {
                [true, true, true] => 1.0,
                [true, true, false] => 2.0,
                [true, false, true] => 3.0,
                [false, false, false] => 4.0,
                [false, false, true] => 5.0,
                [false, true, false] => 6.0,
                _ => panic!("{signs:?} cannot add up"),
            };
            let is_contradictory = (of("attribution_flags")[pixel] as u16) & 8 != 0;
            assert_eq!(class[pixel], if is_contradictory { 0.0 } else { expected });
        }
        assert!(n_there > n / 2, "{sensitivity:?}: {n_there}");
    }
}

/// A driver that has gaps where the response has none: the parts are of other years than the trend.
#[test]
fn parts_that_run_against_the_trend_on_both_sides_are_flagged_and_not_classed() {
    // It rises over all years, but falls over those that the driver has, and faster than the driver explains.
    let wiggle = |t: u8| f32::from(t * 7 % 5);
    let y: Vec<f32> = (0..20_u8)
        .map(|t| {
            if t < 13 {
                0.5 * f32::from(t)
            } else {
                6.5 - 0.3 * (f32::from(t) - 13.0) - 0.1 * wiggle(t)
            }
        })
        .collect();
    let x: Vec<f32> = (0..20_u8)
        .map(|t| {
            if t < 13 {
                f32::NAN
            } else {
                f32::from(t) + wiggle(t)
            }
        })
        .collect();
    let recipe = Recipe {
        predictors: Some(vec!["temperature".to_owned()]),
        min_years: 5,
        ..recipe()
    };
    let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
    let inputs: Vec<Stored> = chain
        .inputs
        .iter()
        .map(|input| {
            Stored::F32(if input.name == "ndvi" {
                y.clone()
            } else {
                x.clone()
            })
        })
        .collect();
    let layers = CpuEngine::new(Arc::clone(&chain)).compute(&inputs, 1);
    let value = |name: &str| {
        layers[chain
            .layers
            .iter()
            .position(|layer| layer.name == name)
            .expect(name)][0]
    };
    assert!(value("ndvi_slope") > 0.0 && value("complete/ndvi_slope") < 0.0);
    assert!(value("raw/ndvi_slope_climate") < 0.0);
    assert!(
        value("complete/ndvi_slope") < value("raw/ndvi_slope_climate"),
        "the rest falls too"
    );
    assert_eq!(value("raw/ndvi_driver_class"), 0.0);
    assert!(value("raw/ndvi_share_human").is_nan() && value("raw/ndvi_dominant") == 0.0);
    assert_eq!((value("raw/ndvi_attribution_flags") as u16) & 8, 8);
}

#[test]
fn an_interval_is_that_of_its_replicates_and_a_block_of_the_whole_study_has_no_width() {
    let options = BootstrapOptions {
        replicates: 60,
        block: 3,
        seed: 4,
        level: 0.9,
    };
    let n = 24;
    let with = |options| Recipe {
        bootstrap: Some(options),
        min_years: 12,
        ..recipe()
    };
    let (chain, layers) = compute(&with(options), n, true);
    let layer = |name: &str| {
        &layers[chain
            .layers
            .iter()
            .position(|layer| layer.name == name)
            .expect(name)]
    };
    for folder in ["raw", "detrended"] {
        for (members, map) in [
            ("climate", "slope_climate"),
            ("human", "slope_human"),
            ("share_human", "share_human"),
        ] {
            let members = layer(&format!("{folder}/ndvi_replicates_{members}"));
            assert_eq!(members.len(), 60 * n);
            let [low, high] =
                ["low", "high"].map(|end| layer(&format!("{folder}/ndvi_{map}_{end}")));
            for pixel in 0..n {
                let mut of: Vec<f32> = (0..60)
                    .map(|r| members[r * n + pixel])
                    .filter(|x| !x.is_nan())
                    .collect();
                if of.len() < 30 {
                    assert!(low[pixel].is_nan() && high[pixel].is_nan());
                    continue;
                }
                of.sort_unstable_by(f32::total_cmp);
                let inside = of
                    .iter()
                    .filter(|x| (low[pixel]..=high[pixel]).contains(*x))
                    .count();
                // Nine in ten, but for the two between which each end lies; more where several are equal.
                assert!(inside + 2 >= of.len() * 9 / 10, "{inside} of {}", of.len());
            }
        }
    }
    // One block of all years is the study itself: every replicate is the attribution.
    let whole = BootstrapOptions {
        replicates: 40,
        block: 20,
        seed: 4,
        level: 0.9,
    };
    let (chain, layers) = compute(&with(whole), n, false);
    let layer = |name: &str| {
        &layers[chain
            .layers
            .iter()
            .position(|layer| layer.name == name)
            .expect(name)]
    };
    for folder in ["raw", "detrended"] {
        for map in ["slope_climate", "slope_human"] {
            let itself = layer(&format!("{folder}/ndvi_{map}"));
            for end in ["low", "high"] {
                let end = layer(&format!("{folder}/ndvi_{map}_{end}"));
                for (end, itself) in end.iter().zip(itself) {
                    assert!(
                        (end - itself).abs() <= 1e-5 * (itself.abs() + 0.1),
                        "{end} {itself}"
                    );
                }
            }
        }
    }
}

#[test]
fn without_the_table_of_the_bootstrap_nothing_is_drawn() {
    let chain = build(&recipe()).expect("a chain");
    assert!(
        chain
            .stages
            .iter()
            .all(|stage| !["bootstrap", "quantiles"].contains(&stage.kernel.spec().name))
    );
    assert!(
        !paths(&chain)
            .iter()
            .any(|path| path.ends_with("_climate_low"))
    );
}

/// A small synthetic study, run on the CPU into a folder.
fn run_synthetic(folder: &Path, tile: [usize; 2], overrides: &[&str]) -> RunRecord {
    let options = SynthOptions {
        width: 130,
        height: 20,
        ..SynthOptions::default()
    };
    let files = synth::write(&folder.join("study"), &options, &mut |_, _| {}).expect("a study");
    let overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    let study = Study::load(&files.study, &overrides).expect("a study");
    let options = RunOptions {
        out: Some(folder.join("out")),
        device: Some(doline::study::Device::Cpu),
        tile: Some(tile),
        ..RunOptions::default()
    };
    run(&study, &options, &AtomicBool::new(false), &mut |_| {}).expect("a run")
}

const LITTLE: [&str; 4] = [
    "bootstrap.replicates=24",
    "bootstrap.level=0.8",
    "trend.of=[\"nep\"]",
    "output.layers=[\"nep_driver_class\", \"nep_dominant\", \"nep_attribution_agreement\", \"climate_regime\", \"nep_slope_climate\", \"nep_slope_climate_low\"]",
];

fn rows(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut rows = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    (rows.next().expect("a head"), rows.collect())
}

#[test]
fn tables_agree_with_maps_and_hang_on_no_tile() {
    let folders = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    let record = run_synthetic(folders[0].path(), [20, 192], &LITTLE);
    run_synthetic(folders[1].path(), [3, 64], &LITTLE);
    for table in ["attribution.csv", "classes.csv"] {
        let [a, b] = [0, 1]
            .map(|i| std::fs::read(folders[i].path().join("out/tables").join(table)).expect(table));
        assert_eq!(a, b, "{table} depends on the tiles");
    }
    let out = folders[0].path().join("out");
    let (head, mut rows_) = rows(&out.join("tables/attribution.csv"));
    // The zones of the study are another test's.
    rows_.retain(|row| row[1] == "all");
    assert_eq!(
        rows_.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["raw", "detrended"]
    );
    let of = |row: &[String], name: &str| -> f64 {
        row[head.iter().position(|h| h == name).expect(name)]
            .parse()
            .unwrap_or(f64::NAN)
    };
    for row in &rows_ {
        let parts = of(row, "slope_climate") + of(row, "slope_human");
        assert!((parts - of(row, "slope_observed")).abs() < 1e-6, "{row:?}");
        let drivers: f64 = ["temperature", "precipitation", "radiation"]
            .iter()
            .map(|d| of(row, &format!("slope_{d}")))
            .sum();
        assert!((drivers - of(row, "slope_climate")).abs() < 1e-6, "{row:?}");
        for name in [
            "slope_climate",
            "human_share_over50",
            "human_share_only",
            "human_share_over50_all",
        ] {
            let [low, high] = ["low", "high"].map(|end| of(row, &format!("{name}_{end}")));
            assert!(low <= high && low.is_finite(), "{name}: {low} to {high}");
        }
        assert_eq!(of(row, "replicates"), 24.0);
        assert!(of(row, "human_share_only") <= of(row, "human_share_over50"));
        assert!(of(row, "wet_dim_km2") <= of(row, "area_km2"));
    }
    // The share of class 2 of `dominant` is the share of the area over half, no pixel being unclassified.
    let (_, mut classes) = rows(&out.join("tables/classes.csv"));
    classes.retain(|row| row[1] == "all");
    let share = |layer: &str, class: &str| -> f64 {
        let row = classes
            .iter()
            .find(|row| row[0] == layer && row[3] == class);
        row.map_or(0.0, |row| {
            row.last().expect("a share").parse().expect("a number")
        })
    };
    let unclassed = share("raw/nep_driver_class", "0");
    let over50 = of(&rows_[0], "human_share_over50_all");
    assert!(
        (share("raw/nep_dominant", "2") - over50).abs() < 1e-12 && unclassed < 0.01,
        "{unclassed}"
    );
    let agreed: f64 = (0..4_u8)
        .map(|class| share("nep_attribution_agreement", &class.to_string()))
        .sum();
    assert!((agreed - 1.0).abs() < 1e-12);
    // The climate part of the pixels, on cells of nearly the same size, and in the record.
    let map = RasterRead::open(&out.join("maps/raw/nep_slope_climate.tif")).expect("a map");
    let there: Vec<f64> = map.values[0]
        .iter()
        .copied()
        .filter(|x| !x.is_nan())
        .collect();
    let mean = there.iter().sum::<f64>() / there.len() as f64;
    assert!(
        (mean - of(&rows_[0], "slope_climate")).abs() < 0.02 * mean.abs(),
        "{mean}"
    );
    let recorded = record.attribution.expect("a record");
    assert_eq!((recorded.response.as_str(), recorded.by.len()), ("nep", 2));
    assert_eq!(recorded.by[0].pixels, there.len() as u64);
    assert!(
        recorded.by[1]
            .intervals
            .as_ref()
            .is_some_and(|i| i.replicates == 24 && i.slope_human.is_some())
    );
    assert!(
        out.join("maps/detrended/nep_slope_climate_low.tif")
            .is_file()
    );
    let regime = RasterRead::open(&out.join("maps/climate_regime.tif")).expect("a map");
    assert!(
        regime
            .class_names
            .iter()
            .any(|name| name == "warming, wetting, dimming"),
        "{:?}",
        regime.class_names
    );
}

#[test]
fn mistakes_in_the_table_of_the_bootstrap_are_told() {
    let least = "[study]\nyears = [2001, 2020]\n[inputs.npp]\nfiles = \"npp_{year}.tif\"\n";
    let told = |more: &str| match Study::from_str(&format!("{least}{more}\n"), Path::new("."), &[])
    {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    for (more, words) in [
        (
            "[bootstrap]\nreplicate = 100",
            ["bootstrap.replicate", "replicates"],
        ),
        (
            "[bootstrap]\nreplicates = 5",
            ["bootstrap.replicates", "20 to 1000"],
        ),
        ("[bootstrap]\nreplicates = 30", ["at least 40", "0.95"]),
        (
            "[bootstrap]\nreplicates = 100\nblock = 11",
            ["bootstrap.block", "1 to 10"],
        ),
        (
            "[bootstrap]\nreplicates = 100\nlevel = 95",
            ["bootstrap.level", "0.5 to 0.999"],
        ),
        (
            "[bootstrap]\nreplicates = 100\nseed = -1",
            ["bootstrap.seed", "0 to"],
        ),
    ] {
        let message = told(more);
        assert!(
            words.iter().all(|word| message.contains(word)),
            "{more}: {message:?}"
        );
    }
    assert_eq!(told("[bootstrap]\nreplicates = 40"), "");
    assert_eq!(told("[bootstrap]\nreplicates = 0\nblock = 1"), "");
}

/// Two drivers that are nearly one make replicates that depend on rounding far more than the ends of an interval are
/// allowed by themselves; the ends are then allowed what their replicates are, and no more.
#[test]
fn an_interval_is_allowed_what_its_replicates_are_and_no_more() {
    let n = 60;
    let options = BootstrapOptions {
        replicates: 60,
        block: 3,
        seed: 4,
        level: 0.9,
    };
    let recipe = Recipe {
        bootstrap: Some(options),
        min_years: 12,
        ..recipe()
    };
    let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
    let of = series(n, false);
    let Stored::F32(temperature) = of("temperature") else {
        panic!("floats")
    };
    let mut random = support::Random(5);
    let nearly: Vec<f32> = temperature
        .iter()
        .map(|t| t + 0.1 * random.normal() as f32)
        .collect();
    let input = |name: &str| {
        if name == "precipitation" {
            Stored::F32(nearly.clone())
        } else {
            of(name)
        }
    };
    let inputs: Vec<Stored> = chain.inputs.iter().map(|of| input(&of.name)).collect();
    let layers =
        |precision| CpuEngine::with_precision(Arc::clone(&chain), precision).compute(&inputs, n);
    let (mut single, reference) = (layers(Precision::Single), layers(Precision::Reference));
    let of_intervals = |single: &[Vec<f32>]| -> Vec<Comparison> {
        let all = compare_end_to_end(&chain, &inputs, single, &reference, n);
        let is_end = |row: &Comparison| {
            !row.layer.contains("_sen_")
                && ["_low", "_high"].iter().any(|end| row.layer.ends_with(end))
        };
        all.into_iter().filter(is_end).collect()
    };
    let rows = of_intervals(&single);
    assert_eq!(
        rows.len(),
        14,
        "two ends of the trend, and of three layers by two sensitivities"
    );
    assert!(
        rows.iter()
            .all(|row| row.agrees() && row.n_compared == n as u64),
        "{rows:#?}"
    );
    let at = |name: &str| {
        chain
            .layers
            .iter()
            .position(|layer| layer.name == name)
            .expect(name)
    };
    let [low, high] = ["low", "high"].map(|end| at(&format!("raw/ndvi_slope_climate_{end}")));
    // Past what the end itself is allowed, 20 times 4e-7 of the largest replicate, or this test would show nothing.
    let is_past = |pixel: usize| {
        let members = reference[at("raw/ndvi_replicates_climate")]
            .iter()
            .skip(pixel)
            .step_by(n);
        let largest = members.fold(0.0_f32, |largest, x| largest.max(x.abs()));
        (single[high][pixel] - reference[high][pixel]).abs() > 20.0 * 4e-7 * largest
    };
    assert!((0..n).any(is_past));
    for pixel in 0..n {
        single[low][pixel] += 0.1 * (reference[high][pixel] - reference[low][pixel]);
    }
    let is_wrong = |row: &Comparison| row.layer == "raw/ndvi_slope_climate_low" && !row.agrees();
    assert!(
        of_intervals(&single).iter().any(is_wrong),
        "an end a tenth of the interval away went unnoticed"
    );
}

/// The replicates go through several stages that write one layer, on the device as on the CPU.
#[cfg(feature = "gpu")]
#[test]
fn the_gpu_draws_the_same_years_as_the_cpu() {
    use doline::engines::Engine as _;
    use doline::engines::gpu::{Gpu, GpuEngine};
    use doline::validate::compare_stages;

    let n = 100;
    let options = BootstrapOptions {
        replicates: 70,
        block: 3,
        seed: 9,
        level: 0.9,
    };
    let recipe = Recipe {
        bootstrap: Some(options),
        min_years: 12,
        ..recipe()
    };
    let chain = Arc::new(build(&recipe).expect("a chain").returning_everything());
    let stages = chain
        .stages
        .iter()
        .filter(|stage| stage.kernel.spec().name == "bootstrap")
        .count();
    assert!(stages >= 4, "{stages} stages for two sensitivities");
    let of = series(n, true);
    let inputs: Vec<Stored> = chain.inputs.iter().map(|input| of(&input.name)).collect();
    let window = doline::grid::Window {
        row: 0,
        col: 0,
        height: 1,
        width: n,
    };
    let tile = doline::tile::Tile {
        window,
        inputs: inputs.clone(),
        inside: None,
    };
    let mut engine = GpuEngine::without_recheck(
        Gpu::open(None).expect("an adapter"),
        Arc::clone(&chain),
        1 << 28,
    )
    .expect("an engine");
    let shaders = engine.run(&tile).expect("layers").layers;
    let mut n_compared = 0;
    for comparison in compare_stages(&chain, &inputs, &shaders, n) {
        assert!(comparison.agrees(), "{comparison:#?}");
        n_compared += comparison.n_compared;
    }
    assert!(n_compared > 50_000, "{n_compared}");
    assert!(
        chain
            .files
            .iter()
            .all(|file| !matches!(file.content, FileSource::Layer(l) if l >= chain.layers.len()))
    );
}
