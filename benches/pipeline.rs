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
use doline::engines::Engine;
use doline::engines::cpu::CpuEngine;
#[cfg(feature = "gpu")]
use doline::engines::gpu::{AdapterReport, Gpu, GpuEngine, adapters};
use doline::grid::Window;
use doline::synth::{self, ClimateType, SynthOptions};

/// Rows and columns of the tile.
const SIDE: usize = 256;

fn pipeline(c: &mut Criterion) {
    for (name, climate) in [("float", ClimateType::Float32), ("packed", ClimateType::Packed)] {
        let options = SynthOptions { width: 1024, height: 768, climate, ..SynthOptions::default() };
        // Inland, so that as many pixels are land as in a study region.
        let tile = synth::tile(&options, Window { row: 256, col: 256, height: SIDE, width: SIDE });
        let chain = Arc::new(support::chain_of_everything(synth::YEARS, synth::input_specs(&options)));
        let mut group = c.benchmark_group(format!("whole study, {name} climate"));
        group.throughput(Throughput::Elements((SIDE * SIDE) as u64));

        let mut cpu = CpuEngine::new(Arc::clone(&chain));
        group.bench_function(BenchmarkId::from_parameter(cpu.name()), |b| b.iter(|| cpu.run(black_box(&tile))));
        #[cfg(feature = "gpu")]
        for adapter in adapters_by_name() {
            let gpu = Gpu::open(Some(&adapter.name)).expect("an adapter that is listed");
            let mut engine = GpuEngine::new(gpu, Arc::clone(&chain), 1 << 30).expect("an engine");
            group.bench_function(BenchmarkId::from_parameter(&adapter.name), |b| {
                b.iter(|| engine.run(black_box(&tile)).expect("a tile"));
            });
        }
        group.finish();
    }
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
