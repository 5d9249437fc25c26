//! Pixels a second of a whole study, from inputs in memory to layers in memory, on the CPU engine
//! and on each adapter.
//!
//! Upload, read-back and the pixels decided in `f64` count; files do not. See `benches/README.md`.
#![allow(clippy::expect_used, reason = "a benchmark that cannot go on stops")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use doline::bench::{Case, ChainChoice};
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
#[cfg(feature = "gpu")]
use doline::engines::gpu::{AdapterReport, Gpu, GpuEngine, adapters};
use doline::synth::ClimateType;
use doline::tile::Tile;

/// Pixels of the tile: 256 x 256, inland.
const N_PIXELS: usize = 1 << 16;

fn pipeline(c: &mut Criterion) {
    for (name, climate) in [
        ("float", ClimateType::Float32),
        ("packed", ClimateType::Packed),
    ] {
        for (what, choice) in [
            ("whole study", ChainChoice::Whole),
            ("core of the chain", ChainChoice::Core),
        ] {
            let case = Case::new(choice, climate).expect("a chain");
            run(c, &format!("{what}, {name} climate"), &case);
        }
    }
}

/// Times a chain on the CPU engine and on each adapter.
fn run(c: &mut Criterion, name: &str, case: &Case) {
    let (chain, tile) = (&case.chain, case.tile(N_PIXELS));
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(N_PIXELS as u64));

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
