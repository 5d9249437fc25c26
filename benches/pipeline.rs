//! Pixels a second of a whole study, from inputs in memory to layers in memory, on the CPU engine
//! and on each adapter.
//!
//! Upload, read-back and the pixels decided in `f64` count; files do not. See `benches/README.md`.
#![allow(clippy::expect_used, reason = "a benchmark that cannot go on stops")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use doline::chain::{Chain, Recipe, Selection, build};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
#[cfg(feature = "gpu")]
use doline::engines::gpu::{AdapterReport, Gpu, GpuEngine, adapters};
use doline::grid::Window;
use doline::kernels::respiration::{Denominator, Gsmsr};
use doline::synth::{self, ClimateType, SynthOptions};
use doline::tile::Tile;

/// Rows and columns of the tile.
const SIDE: usize = 256;

fn pipeline(c: &mut Criterion) {
    for (name, climate) in [
        ("float", ClimateType::Float32),
        ("packed", ClimateType::Packed),
    ] {
        let options = SynthOptions {
            width: 1024,
            height: 768,
            climate,
            ..SynthOptions::default()
        };
        // Inland, so that as many pixels are land as in a study region.
        let tile = synth::tile(
            &options,
            Window {
                row: 256,
                col: 256,
                height: SIDE,
                width: SIDE,
            },
        );
        let whole = support::chain_of_everything(synth::YEARS, synth::input_specs(&options));
        let core = core_of_the_chain(&options);
        for (what, chain) in [
            ("whole study", Arc::new(whole)),
            ("core of the chain", Arc::new(core)),
        ] {
            run(
                c,
                &format!("{what}, {name} climate"),
                &chain,
                &options,
                &tile,
            );
        }
    }
}

/// NEP with its mean, trend by least squares and Theil-Sen, Mann-Kendall test, partial correlations and
/// plain attribution: what a program for one study would compute, to be compared with one.
fn core_of_the_chain(options: &SynthOptions) -> Chain {
    let drivers = ["temperature", "precipitation", "radiation"];
    let of_nep = [
        "stacks/nep",
        "nep_mean",
        "nep_slope",
        "nep_p",
        "nep_sen",
        "nep_mk_s",
        "nep_mk_z",
        "nep_mk_p",
    ];
    let attributed = ["maps/raw/nep_slope_climate", "maps/raw/nep_slope_human"].map(str::to_owned);
    let of_drivers = drivers.iter().flat_map(|d| {
        [
            format!("nep_partial_{d}"),
            format!("nep_partial_{d}_p"),
            format!("maps/raw/nep_slope_{d}"),
        ]
    });
    let wanted = of_nep
        .map(str::to_owned)
        .into_iter()
        .chain(attributed)
        .chain(of_drivers)
        .collect();
    let gsmsr =
        Gsmsr::new(synth::YEARS, 12, Denominator::default(), &[]).expect("published coefficients");
    let recipe = Recipe {
        trend_of: Some(vec!["nep".to_owned()]),
        wanted: Selection::Named(wanted),
        ..Recipe::new(synth::YEARS, synth::input_specs(options), Arc::new(gsmsr))
    };
    build(&recipe).expect("a chain")
}

/// Times a chain on the CPU engine and on each adapter.
fn run(c: &mut Criterion, name: &str, chain: &Arc<Chain>, options: &SynthOptions, tile: &Tile) {
    let names: Vec<String> = synth::input_specs(options)
        .into_iter()
        .map(|input| input.name)
        .collect();
    // A chain may read the inputs in another order than they are made.
    let place = |name: &str| {
        names
            .iter()
            .position(|made| made == name)
            .expect("an input that is made")
    };
    let inputs = chain
        .inputs
        .iter()
        .map(|input| tile.inputs[place(&input.name)].clone())
        .collect();
    let tile = Tile {
        inputs,
        ..tile.clone()
    };
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements((SIDE * SIDE) as u64));

    let mut cpu = CpuEngine::new(Arc::clone(chain));
    group.bench_function(BenchmarkId::from_parameter(cpu.name()), |b| {
        b.iter(|| next_tile(&mut cpu, &tile));
    });
    #[cfg(feature = "gpu")]
    for adapter in adapters_by_name() {
        let gpu = Gpu::open(Some(&adapter.name)).expect("an adapter that is listed");
        let mut engine = GpuEngine::new(gpu, Arc::clone(chain), 1 << 30).expect("an engine");
        group.bench_function(BenchmarkId::from_parameter(&adapter.name), |b| {
            b.iter(|| next_tile(&mut engine, &tile));
        });
    }
    group.finish();
}

/// One tile of many: its layers go back to the engine when they are written, as in a run.
fn next_tile(engine: &mut dyn Engine, tile: &Tile) {
    let output = black_box(engine.run(black_box(tile)).expect("a tile"));
    engine.reuse(output);
}

/// Adapters, one of each name: cards of the same kind are not told apart by name.
#[cfg(feature = "gpu")]
fn adapters_by_name() -> Vec<AdapterReport> {
    let mut adapters = adapters();
    adapters.dedup_by(|a, b| a.name == b.name);
    adapters
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = pipeline
}
criterion_main!(benches);
