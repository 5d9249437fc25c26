//! Pixels a second of every kernel, on the CPU engine and on each adapter.
//!
//! `cargo bench --bench kernels -- ols` runs one kernel. Upload and read-back count: a kernel that
//! is fast only while its data stays on the card is not fast here. See `benches/README.md`.
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
use doline::kernels::registry::{self, Example};
use doline::tile::Tile;

/// 256 x 256 pixels, twenty years.
const N_PIXELS: usize = 1 << 16;

fn kernels(c: &mut Criterion) {
    let example = Example::default();
    for kernel in registry::all(example) {
        let (chain, inputs) = support::chain_of(&kernel, example.years, N_PIXELS, false, 7);
        let chain = Arc::new(chain);
        let window = Window {
            row: 0,
            col: 0,
            height: 256,
            width: 256,
        };
        let tile = Tile {
            window,
            inputs,
            inside: None,
        };
        let mut group = c.benchmark_group(kernel.spec().name);
        group.throughput(Throughput::Elements(N_PIXELS as u64));

        let mut cpu = CpuEngine::new(Arc::clone(&chain));
        group.bench_function(BenchmarkId::from_parameter(cpu.name()), |b| {
            b.iter(|| cpu.run(black_box(&tile)));
        });
        #[cfg(feature = "gpu")]
        for adapter in adapters_by_name() {
            // Without the decisions in f64, which are the CPU's work.
            let gpu = Gpu::open(Some(&adapter.name)).expect("an adapter that is listed");
            let mut engine =
                GpuEngine::without_recheck(gpu, Arc::clone(&chain), 1 << 30).expect("an engine");
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
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = kernels
}
criterion_main!(benches);
