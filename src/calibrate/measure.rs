//! The share of simulated series in which each test finds a trend.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::calibration::{Calibration, Rate};
use super::design::{CalibrateError, Design, Noise};
use super::simulation::{SERIES, as_f64, fed_by_simulation, inputs_of, mean, recipe_of};
use crate::chain::{Chain, Recipe, Selection, TrendTest, build};
use crate::engines::{Engine, EngineError};
use crate::grid::Window;
use crate::kernels::registry::layer_of_p;
use crate::tile::{Tile, TileOutput};

/// Series that are computed together.
const TILE: usize = 1 << 16;

/// Opens an engine for a chain.
pub type Open<'a> = dyn FnMut(Arc<Chain>) -> Result<Box<dyn Engine>, EngineError> + 'a;

/// Makes up the series of `design` and counts what the tests find.
///
/// # Errors
///
/// No test has a p, or the engine fails.
pub fn measure(design: &Design, open: &mut Open<'_>) -> Result<Calibration, CalibrateError> {
    let Tested {
        chain,
        layers,
        left_out,
    } = chain_of(design)?;
    let chain = Arc::new(chain);
    let mut engine = open(Arc::clone(&chain))?;
    let mut rates = Vec::new();
    for noise in &design.noises {
        for &slope in &design.slopes {
            let counts = count(design, noise, slope, &chain, &layers, engine.as_mut())?;
            for (test, (n, found)) in counts {
                rates.push(rate(noise, slope, test, n, found));
            }
        }
    }
    let n_valid = |pattern: &Vec<bool>| pattern.iter().filter(|valid| **valid).count();
    Ok(Calibration {
        of: None,
        years: design.years.count(),
        min_years: design.min_years,
        mean_valid_years: mean(
            design
                .patterns
                .iter()
                .map(|pattern| as_f64(n_valid(pattern))),
        ),
        pixels: design.patterns.len(),
        persistence: None,
        alpha: design.alpha,
        seed: design.seed,
        device: engine.name(),
        rates,
        left_out,
    })
}

fn rate(noise: &Noise, slope: f64, test: TrendTest, n: u64, found: u64) -> Rate {
    #[expect(clippy::cast_precision_loss, reason = "counts of series")]
    let (n_series, rate) = (n.max(1) as f64, found as f64 / n.max(1) as f64);
    Rate {
        noise: noise.label.clone(),
        lag1: mean(noise.lag1.iter().map(|&lag1| f64::from(lag1))),
        slope_sd_per_decade: slope,
        test: test.as_str().to_owned(),
        series: n,
        rate,
        standard_error: (rate * (1.0 - rate) / n_series).sqrt(),
    }
}

/// Series of one noise and trend through the tests: how many had a p, and how many one under the level.
fn count(
    design: &Design,
    noise: &Noise,
    slope: f64,
    chain: &Chain,
    layers: &[(TrendTest, usize)],
    engine: &mut dyn Engine,
) -> Result<BTreeMap<TrendTest, (u64, u64)>, CalibrateError> {
    let mut counts: BTreeMap<TrendTest, (u64, u64)> =
        layers.iter().map(|(test, _)| (*test, (0, 0))).collect();
    let mut add = |output: &TileOutput| {
        for (test, layer) in layers {
            let Some(index) = chain.index_of_layer(*layer) else {
                continue;
            };
            let (with_p, found) = counts.entry(*test).or_default();
            for &p in output.layers[index].iter().filter(|p| !p.is_nan()) {
                *with_p += 1;
                *found += u64::from(f64::from(p) < design.alpha);
            }
        }
    };
    let mut on_their_way = 0;
    for first in (0..design.n_series).step_by(TILE) {
        let n = TILE.min(design.n_series - first);
        let window = Window {
            row: 0,
            col: 0,
            height: 1,
            width: n,
        };
        let tile = Tile {
            window,
            inputs: inputs_of(design, noise, slope, first, n),
            inside: None,
        };
        if on_their_way == engine.tiles_in_flight() {
            let output = engine.finish()?;
            add(&output);
            engine.reuse(output);
            on_their_way -= 1;
        }
        engine.start(Arc::new(tile))?;
        on_their_way += 1;
    }
    for _ in 0..on_their_way {
        add(&engine.finish()?);
    }
    Ok(counts)
}

/// A chain that makes up series and tests them.
struct Tested {
    chain: Chain,
    /// The layer of each test's p.
    layers: Vec<(TrendTest, usize)>,
    /// Tests that have none.
    left_out: Vec<String>,
}

/// The chain of a design.
fn chain_of(design: &Design) -> Result<Tested, CalibrateError> {
    let recipe = recipe_of(design);
    let has_p = |test: &&TrendTest| layer_of_p(**test, SERIES).is_some();
    let (with_p, without): (Vec<TrendTest>, Vec<TrendTest>) = design.tests.iter().partition(has_p);
    let words = |tests: &[TrendTest]| {
        tests
            .iter()
            .map(|test| test.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    if with_p.is_empty() {
        return Err(CalibrateError::NoTest {
            tests: words(&design.tests).join(", "),
        });
    }
    let layer = |test: &TrendTest| layer_of_p(*test, SERIES);
    let names = with_p.iter().filter_map(layer);
    let wanted = Selection::Named(names.map(|name| format!("maps/{name}")).collect());
    let chain = fed_by_simulation(build(&Recipe { wanted, ..recipe })?, design.seed);
    let index_of = |name: String| chain.layers.iter().position(|layer| layer.name == name);
    let layers = with_p
        .iter()
        .filter_map(|&test| Some((test, index_of(layer(&test)?)?)))
        .collect();
    Ok(Tested {
        chain,
        layers,
        left_out: words(&without),
    })
}
